// SPDX-License-Identifier: GPL-2.0-or-later

//! A history with all that templates speak of.

use std::fs;
use std::path::Path;

use super::hg::Server;
use super::random::Numbers;

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

/// Makes a history of random steps, some of which come to nothing.
pub(super) fn at_random(server: &mut Server, root: &Path, numbers: &mut Numbers) {
    let names = ["a", "b", "c", "d/a", "d/b", "d/e/f", "g h"];
    for step in 0..60 {
        let date = format!(
            "{} {}",
            1_000_000_000 + step * 90_001,
            numbers.below(8) * 1800
        );
        let (one, two) = (numbers.one(&names), numbers.one(&names));
        let revision = numbers.below(step as usize / 2 + 1).to_string();
        let commit = [
            "commit",
            "-A",
            "-q",
            "-d",
            &date,
            "-u",
            numbers.one(&["ann", "B <b@c.d>"]),
            "-m",
        ];
        let message = format!(
            "step {step}{}",
            numbers.one(&["", "\n\nmore", " \u{e4} \n"])
        );
        let commit = |server: &mut Server, more: &[&str]| {
            server.run(&[&commit[..], &[&message], more].concat());
        };
        match numbers.below(16) {
            0..=4 => {
                let path = root.join(one);
                fs::create_dir_all(path.parent().expect("inside")).expect("made");
                let content = format!("{}\n{step}\n", "line\n".repeat(numbers.below(5)));
                // A directory may be there.
                let _ = fs::write(path, content);
                commit(server, &[]);
            }
            5 => {
                server.run(&["mv", one, two]);
                commit(server, &[]);
            }
            6 => {
                server.run(&["cp", one, two]);
                commit(server, &[]);
            }
            7 => {
                server.run(&["rm", "-f", one]);
                commit(server, &[]);
            }
            8 | 9 => {
                server.run(&["update", "-q", "-C", &revision]);
            }
            10 | 11 => {
                server.run(&["merge", "-q", "-t", ":local", "-r", &revision]);
                if numbers.below(2) == 0 {
                    server.run(&["rm", "-f", two]);
                }
                commit(server, &[]);
            }
            12 => {
                let name = format!("v{}", numbers.below(4));
                server.run(&["tag", "-f", "-d", &date, "-r", &revision, &name]);
            }
            13 => {
                server.run(&["bookmark", "-f", numbers.one(&["x", "y", "z"])]);
            }
            14 => {
                server.run(&[
                    "branch",
                    "-q",
                    "-f",
                    numbers.one(&["one", "two", "default"]),
                ]);
                commit(server, &[]);
            }
            _ => {
                let close = numbers.below(2) == 0;
                commit(server, if close { &["--close-branch"] } else { &[] });
            }
        }
    }
    // Where a process has made them, Mercurial does not find its changesets' phases.
    server.restart();
    let public = numbers.below(12).to_string();
    server.run(&["phase", "-p", &public]);
    server.restart();
}
