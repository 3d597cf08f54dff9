// SPDX-License-Identifier: GPL-2.0-or-later

//! Keeping what a status found out: not in a dirstate that somebody has changed meanwhile.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use crate::repository::support::{DOTENCODE, FLAGS, file, repository};
use tempfile::TempDir;
use vermilion_core::dirstate::{DirstateMap, Entry, StatV1, Tree, pack_v1};
use vermilion_core::platform::clock::file_system_now;
use vermilion_core::working_copy::{Status, StatusRequest, WorkingCopy};
use vermilion_core::{Node, RepoPath, RepoPathBuf};

/// A working copy with a clean file of which its dirstate says little.
struct Case {
    dir: TempDir,
    p1: Node,
}

impl Case {
    fn new() -> Case {
        let (dir, p1) = repository(DOTENCODE, &[("a", "", file(FLAGS, &[b"clean\n"]))]);
        let case = Case { dir, p1 };
        fs::write(case.dir.path().join("a"), "clean\n").unwrap();
        case.write(-1);
        let begun = file_system_now(case.dir.path()).unwrap().seconds;
        while file_system_now(case.dir.path()).unwrap().seconds == begun {}
        case
    }

    fn dirstate(&self) -> PathBuf {
        self.dir.path().join(".hg/dirstate")
    }

    /// Writes a dirstate that says when the file was modified; -1: nobody knows.
    fn write(&self, mtime: i32) {
        let mut map = DirstateMap::new(Tree::empty());
        let entry = Entry::from_v1(StatV1 {
            state: b'n',
            mode: 0o100_644,
            size: 6,
            mtime,
        });
        map.set(RepoPath::new("a"), entry.unwrap()).unwrap();
        let packed = pack_v1(&map, &self.p1, &Node::NULL).unwrap();
        fs::write(self.dirstate(), packed).unwrap();
    }

    fn status(&self) -> Status {
        let request = StatusRequest {
            tracked: true,
            clean: false,
            unknown: true,
            ignored: false,
            copies: false,
            paths: None::<&[RepoPathBuf]>,
            ignore_files: &[],
            interrupt: &AtomicBool::new(false),
            progress: &AtomicUsize::new(0),
        };
        let working_copy = WorkingCopy::open(self.dir.path()).unwrap();
        let mut status = working_copy.status(&request).unwrap();
        working_copy
            .compare_contents(&mut status, &request)
            .unwrap();
        status
    }
}

#[test]
fn what_was_found_out_is_kept_once() {
    let case = Case::new();
    let before = fs::read(case.dirstate()).unwrap();
    let mut status = case.status();
    let unrecorded = status.unrecorded().unwrap().unwrap();
    assert!(status.unrecorded().unwrap().is_none());
    assert_eq!(fs::read(case.dirstate()).unwrap(), before);
    assert!(unrecorded.record().unwrap());
    assert_ne!(fs::read(case.dirstate()).unwrap(), before);
    assert!(case.status().unrecorded().unwrap().is_none());
    assert!(!case.dir.path().join(".hg/wlock").is_symlink());
}

#[test]
fn another_dirstate_stays() {
    let case = Case::new();
    let unrecorded = case.status().unrecorded().unwrap().unwrap();
    case.write(7);
    let theirs = fs::read(case.dirstate()).unwrap();
    assert!(!unrecorded.record().unwrap());
    assert_eq!(fs::read(case.dirstate()).unwrap(), theirs);
    // Nor is there one where there was none, or is none any more.
    let unrecorded = case.status().unrecorded().unwrap().unwrap();
    fs::remove_file(case.dirstate()).unwrap();
    assert!(!unrecorded.record().unwrap());
    assert!(case.status().unrecorded().unwrap().is_none());
    assert!(!case.dirstate().exists());
}

#[test]
fn somebody_at_work_is_not_disturbed() {
    let case = Case::new();
    let before = fs::read(case.dirstate()).unwrap();
    let lock = case.dir.path().join(".hg/wlock");
    symlink("host:1", &lock).unwrap();
    let unrecorded = case.status().unrecorded().unwrap().unwrap();
    assert!(!unrecorded.record().unwrap());
    assert!(lock.is_symlink());
    assert_eq!(fs::read(case.dirstate()).unwrap(), before);
}
