// SPDX-License-Identifier: GPL-2.0-or-later

//! Files of a working copy that are not what they should be.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use tempfile::TempDir;
use vermilion_core::repository::{Repository, open_index};
use vermilion_core::working_copy::{Status, StatusRequest, WorkingCopy};
use vermilion_core::{Error, Result};

const PLAIN: &str = "dotencode\nfncache\ngeneraldelta\nrevlogv1\nstore\n";

/// A repository without history, in which these files are to be added.
fn repository(requires: &str, tracked: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let dot_hg = dir.path().join(".hg");
    fs::create_dir_all(dot_hg.join("store")).unwrap();
    fs::write(dot_hg.join("requires"), requires).unwrap();
    let mut data = vec![0; 40];
    for path in tracked {
        data.extend_from_slice(b"a");
        data.extend_from_slice(&[0; 12]);
        data.extend_from_slice(&(path.len() as u32).to_be_bytes());
        data.extend_from_slice(path.as_bytes());
    }
    fs::write(dot_hg.join("dirstate"), data).unwrap();
    dir
}

fn status(root: &Path) -> Result<Status> {
    let question = StatusRequest {
        tracked: true,
        clean: false,
        unknown: true,
        ignored: false,
        copies: true,
        paths: None,
        ignore_files: &[],
        interrupt: &AtomicBool::new(false),
        progress: &AtomicUsize::new(0),
    };
    WorkingCopy::open(root)?.status(&question)
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn refused<T: std::fmt::Debug>(result: Result<T>, file: &Path) {
    match result {
        Err(Error::Unsupported { name, .. } | Error::Corrupt { name, .. }) => {
            assert_eq!(Path::new(&name), file);
        }
        Err(Error::Io { path, .. }) => assert_eq!(path, file),
        other => panic!("{file:?}: {other:?}"),
    }
}

/// A name for a file, and what is made there.
type Made = (&'static str, fn(&Path));

/// What nobody can read to its end.
const ENDLESS: [Made; 4] = [
    ("a pipe", fifo),
    ("zeros", |path| symlink("/dev/zero", path).unwrap()),
    ("a loop", |path| symlink(path, path).unwrap()),
    ("a long file", |path| {
        File::create(path).unwrap().set_len(1 << 43).unwrap();
    }),
];

#[test]
fn whatever_is_read_ends() {
    let share_safe = format!("share-safe\n{PLAIN}");
    for (kind, make) in ENDLESS {
        for (requires, name) in [
            (PLAIN, ".hg/requires"),
            (PLAIN, ".hg/dirstate"),
            (&share_safe, ".hg/store/requires"),
        ] {
            let dir = repository(requires, &[]);
            let root = dir.path().canonicalize().unwrap();
            fs::write(root.join(".hg/store/requires"), PLAIN).unwrap();
            fs::remove_file(root.join(name)).unwrap();
            make(&root.join(name));
            println!("{kind} as {name}");
            refused(status(&root), &root.join(name));
            if name.ends_with("requires") {
                refused(Repository::open(&root), &root.join(name));
                refused(open_index(&root), &root.join(name));
            }
        }
        let dir = repository(&format!("{PLAIN}shared\n"), &[]);
        let root = dir.path().canonicalize().unwrap();
        make(&root.join(".hg/sharedpath"));
        refused(status(&root), &root.join(".hg/sharedpath"));
        // Without a marker of dirstate-v2, the data file is not looked at.
        let dir = repository(&format!("{PLAIN}dirstate-v2\n"), &[]);
        let root = dir.path().canonicalize().unwrap();
        let docket = [
            &b"dirstate-v2\n"[..],
            &[0; 108],
            &44u32.to_be_bytes(),
            b"\x01x",
        ]
        .concat();
        fs::write(root.join(".hg/dirstate"), docket).unwrap();
        make(&root.join(".hg/dirstate.x"));
        if kind != "a long file" {
            refused(status(&root), &root.join(".hg/dirstate.x"));
        }
    }
}

#[test]
fn a_share_of_itself_ends() {
    let dir = repository(&format!("{PLAIN}shared\n"), &[]);
    let root = dir.path().canonicalize().unwrap();
    let own = root.join(".hg");
    fs::write(own.join("sharedpath"), own.to_str().unwrap()).unwrap();
    // Whose source says that it is a share as well, which nobody asks.
    assert!(status(&root).is_ok());
}

#[test]
fn requirements_are_read_where_mercurial_reads_them() {
    for (kind, make) in ENDLESS {
        let dir = repository(PLAIN, &[]);
        make(&dir.path().join(".hg/store/requires"));
        assert!(status(dir.path()).is_ok(), "{kind}");
        assert!(
            Repository::open(dir.path()).unwrap().store().is_ok(),
            "{kind}"
        );
    }
    for name in ["narrowhg-experimental", "exp-sparse", "who-knows"] {
        let dir = repository(PLAIN, &[]);
        fs::write(dir.path().join(".hg/store/requires"), name).unwrap();
        assert!(status(dir.path()).is_ok(), "{name}");
        fs::write(dir.path().join(".hg/requires"), "share-safe\n").unwrap();
        fs::write(
            dir.path().join(".hg/store/requires"),
            format!("{PLAIN}{name}\n"),
        )
        .unwrap();
        assert!(
            matches!(status(dir.path()), Err(Error::Unsupported { .. })),
            "{name}"
        );
    }
    // What the source of a share requires of its own working copy is its own affair.
    let source = repository(&format!("{PLAIN}exp-sparse\ndirstate-v2\n"), &[]);
    let share = repository(&format!("{PLAIN}shared\n"), &["a"]);
    let dot_hg = source.path().canonicalize().unwrap().join(".hg");
    fs::write(
        share.path().join(".hg/sharedpath"),
        dot_hg.to_str().unwrap(),
    )
    .unwrap();
    assert!(status(share.path()).is_ok());
}

#[test]
fn subrepositories_as_mercurial_reads_them() {
    let dir = repository(PLAIN, &[".hgsub", ".hgsubstate"]);
    let root = dir.path().canonicalize().unwrap();
    let (sub, state) = (root.join(".hgsub"), root.join(".hgsubstate"));
    // Nothing there.
    assert!(status(&root).is_ok());
    // Of a symlink, the path it points to is what counts.
    for target in ["/dev/zero", "none", ".hgsub"] {
        symlink(target, &sub).unwrap();
        refused(status(&root), &sub);
        fs::remove_file(&sub).unwrap();
    }
    symlink("[subpaths]", &sub).unwrap();
    symlink("/dev/zero", root.join("[subpaths]")).unwrap();
    assert!(status(&root).is_ok());
    symlink("no-space", &state).unwrap();
    refused(status(&root), &state);
    fs::remove_file(&state).unwrap();
    symlink("a path", &state).unwrap();
    assert!(status(&root).is_ok());
    for file in [&sub, &state] {
        fs::remove_file(file).unwrap();
        fifo(file);
        refused(status(&root), file);
        fs::remove_file(file).unwrap();
        File::create(file).unwrap().set_len(1 << 43).unwrap();
        refused(status(&root), file);
        fs::write(file, b"").unwrap();
    }
    fs::write(&state, "00 sub\nnonsense\n").unwrap();
    match status(&root) {
        Err(Error::Corrupt { name, reason, .. }) => {
            assert_eq!(Path::new(&name), state);
            assert!(reason.contains("line 2"));
        }
        other => panic!("{other:?}"),
    }
    fs::write(&sub, "nonsense\n").unwrap();
    refused(status(&root), &sub);
    // Without .hgsub, nobody reads .hgsubstate.
    let dir = repository(PLAIN, &[".hgsubstate"]);
    fs::write(dir.path().join(".hgsubstate"), "nonsense\n").unwrap();
    assert!(status(dir.path()).is_ok());
}
