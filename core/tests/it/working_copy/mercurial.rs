// SPDX-License-Identifier: GPL-2.0-or-later

//! The status of repositories that the real Mercurial has made, by `repositories.sh`, beside what
//! that says.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use vermilion_core::working_copy::status::State;
use vermilion_core::working_copy::{StatusRequest, WorkingCopy};
use vermilion_core::{Error, RepoPath, Result};

use crate::hg::{TESTS, hg, output};

/// The letters of `hg status`.
const LETTERS: [(State, char); 7] = [
    (State::Modified, 'M'),
    (State::Added, 'A'),
    (State::Removed, 'R'),
    (State::Deleted, '!'),
    (State::Clean, 'C'),
    (State::Unknown, '?'),
    (State::Ignored, 'I'),
];

/// What a status says, each item with its letter; the source of a copy behind `from`.
type Said = BTreeSet<String>;

/// Returns what Mercurial says.
fn theirs(root: &Path, rc: &Path) -> Said {
    let mut command = Command::new(hg());
    command
        .args(["status", "--all", "--print0", "-R"])
        .arg(root);
    command.env("HGRCPATH", rc).env("HGPLAIN", "1");
    let printed = output(command.current_dir(root));
    let mut said = Said::new();
    let mut last = String::new();
    for item in printed
        .split(|&byte| byte == 0)
        .filter(|item| !item.is_empty())
    {
        let (letter, path) = (char::from(item[0]), RepoPath::new(&item[2..]));
        if letter == ' ' {
            said.insert(format!("{last} from {path:?}"));
        } else {
            last = format!("{path:?}");
            said.insert(format!("{letter} {path:?}"));
        }
    }
    said
}

/// Returns what the core says.
fn ours(root: &Path) -> Result<Said> {
    let request = StatusRequest {
        tracked: true,
        clean: true,
        unknown: true,
        ignored: true,
        copies: true,
        paths: None,
        ignore_files: &[],
        interrupt: &AtomicBool::new(false),
        progress: &AtomicUsize::new(0),
    };
    let working_copy = WorkingCopy::open(root)?;
    let mut status = working_copy.status(&request)?;
    working_copy.compare_contents(&mut status, &request)?;
    assert!(status.complaints.is_empty() && status.warnings.is_empty());
    assert!(
        status.list(State::Unsure).is_empty(),
        "{:?}",
        status.unsure_reason
    );
    let mut said = Said::new();
    for (state, letter) in LETTERS {
        said.extend(
            status
                .list(state)
                .iter()
                .map(|path| format!("{letter} {path:?}")),
        );
    }
    let copies = status.copies.iter();
    said.extend(copies.map(|(path, source)| format!("{path:?} from {source:?}")));
    Ok(said)
}

/// Compares the two in each repository of the script, with a dirstate of this format.
fn compare(format: &str) {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().canonicalize().unwrap();
    let mut script = Command::new(Path::new(TESTS).join("repositories.sh"));
    script.arg(&place).arg(format).env("HG", hg());
    let done = script.output().unwrap();
    let log = || fs::read_to_string(place.join("log")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}\n{}", log());
    let rc = place.join("hgrc");
    let made = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<OsString> = made
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name())
        .collect();
    names.sort_unstable();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        let root = place.join(&name);
        let docket = fs::read(root.join(".hg/dirstate")).unwrap_or_default();
        let is_v2 = docket.starts_with(b"dirstate-v2\n");
        assert!(docket.is_empty() || is_v2 == (format == "2"), "{name:?}");
        if name == "sparse" {
            assert!(matches!(ours(&root), Err(Error::Unsupported { .. })));
            continue;
        }
        // Theirs may note which files are clean, which changes what ours goes by.
        let before = ours(&root).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let expected = theirs(&root, &rc);
        let again = ours(&root).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        for said in [&before, &again] {
            let (more, less) = (said - &expected, &expected - said);
            assert!(
                more.is_empty() && less.is_empty(),
                "{name:?}: {more:?}, not {less:?}"
            );
        }
    }
}

#[test]
fn status_beside_mercurial_with_dirstate_v1() {
    compare("1");
}

#[test]
fn status_beside_mercurial_with_dirstate_v2() {
    compare("2");
}
