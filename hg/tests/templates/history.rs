// SPDX-License-Identifier: GPL-2.0-or-later

//! A history with all that templates speak of.

use std::fs;
use std::path::Path;

use super::hg::Server;

/// Makes a history with all that templates speak of.
pub(super) fn handmade(server: &mut Server, root: &Path, with_obsolete: bool) {
    let write = |path: &str, content: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("inside")).expect("made");
        fs::write(path, content).expect("written");
    };
    let mut hour = 1_000_000_000;
    let mut commit = |server: &mut Server, zone: i32, words: &[&str]| {
        hour += 3_600_123;
        let date = format!("{hour} {zone}");
        server.must(&[&["commit", "-A", "-q", "-d", &date], words].concat());
    };
    write("a", "a\n");
    write("dir/b", "b\nb\n");
    write("dir/sub/ä ö", "x\n");
    commit(
        server,
        -7200,
        &[
            "-m",
            "first ä — line\n\nbody: a long line that goes on and on, far beyond \
        any width; it has hyphen-ated words -- and dashes--too, co-op-er-ate, 'quotes', \"more\".\n- an \
        item\n* another item\n\n\nend <x> & 'y'\ttab\\ \n ",
        ],
    );
    server.must(&["mv", "a", "c"]);
    server.must(&["cp", "dir/b", "dir/copy"]);
    commit(
        server,
        3600,
        &["-u", "bob.smith@example.org", "-m", "rename"],
    );
    server.must(&["tag", "-d", "1100000001 0", "v1", "v1.0"]);
    server.must(&["bookmark", "book"]);
    server.must(&["bookmark", "-i", "another mark"]);
    write("c", "a\nmore\n");
    commit(server, 0, &["-m", "on book\r\nwith a carriage return"]);
    server.must(&["update", "-q", "1"]);
    server.must(&["branch", "-q", "other bränch"]);
    write("y", "y\n");
    commit(
        server,
        0,
        &["-u", "\"J. \\\"D\\\" Doe\" <j@d.e> x", "-m", "other"],
    );
    server.must(&["remove", "-q", "dir/copy"]);
    commit(server, 12_600, &["-m", "removes", "-u", "nobody"]);
    server.must(&["merge", "-q", "book"]);
    commit(server, 0, &["-m", "merge"]);
    server.must(&["tag", "-l", "local"]);
    server.must(&[
        "commit",
        "--close-branch",
        "-q",
        "-d",
        "1400000000 0",
        "-m",
        "close",
    ]);
    if !with_obsolete {
        return;
    }
    server.must(&["update", "-q", "0"]);
    write("z", "z\n");
    commit(server, 0, &["-m", "to be rewritten", "-u", "<empty@name>"]);
    write("zz", "zz\n");
    commit(server, 0, &["-m", "above it"]);
    server.must(&["update", "-q", ".^"]);
    server.must(&[
        "commit",
        "--amend",
        "-q",
        "-d",
        "1500000000 0",
        "-m",
        "rewritten",
    ]);
    server.must(&["phase", "-p", "3"]);
    server.must(&["phase", "-fs", "."]);
    server.must(&["update", "-q", "book"]);
}
