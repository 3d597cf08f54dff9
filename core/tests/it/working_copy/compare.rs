// SPDX-License-Identifier: GPL-2.0-or-later

//! Comparing files of a working copy with their first parent, while others change them.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use crate::repository::support::{DOTENCODE, FLAGS, file, repository};
use tempfile::TempDir;
use vermilion_core::dirstate::Timestamp;
use vermilion_core::platform::clock::file_system_now;
use vermilion_core::working_copy::compare::{Compared, Comparison, compare_contents};
use vermilion_core::working_copy::status::{Names, State};
use vermilion_core::{Error, Node, Result};

const CLEAN: &[u8] = b"clean\n";
const OLD: u64 = 1_000_000_000;

struct Case {
    dir: TempDir,
    p1: Node,
    interrupt: AtomicBool,
}

impl Case {
    fn new(files: &[(&str, &str, &[u8])]) -> Case {
        let logs = files
            .iter()
            .map(|(path, flag, text)| (*path, *flag, file(FLAGS, &[text])))
            .collect::<Vec<_>>();
        let (dir, p1) = repository(DOTENCODE, &logs);
        Case {
            dir,
            p1,
            interrupt: AtomicBool::new(false),
        }
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    /// A file appears whole, with a time of modification.
    fn put(&self, path: &str, content: &[u8], seconds: u64) {
        let (new, path) = (self.root().join(".new"), self.root().join(path));
        fs::write(&new, content).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let times = FileTimes::new().set_modified(time);
        let opened = File::options().write(true).open(&new).unwrap();
        opened.set_times(times).unwrap();
        fs::rename(new, path).unwrap();
    }

    /// A time at which everything that there is has not been changed for a while.
    fn later(&self) -> Timestamp {
        let first = file_system_now(self.root()).unwrap();
        loop {
            let now = file_system_now(self.root()).unwrap();
            if first.reliable(now).is_some() {
                return now;
            }
        }
    }

    fn compare(&self, paths: &[&str], now: Option<Timestamp>) -> Result<Comparison> {
        let block = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"]);
        let names = Names::from_block(block.flatten().copied().collect()).unwrap();
        compare_contents(self.root(), &self.p1, None, &names, now, &self.interrupt)
    }

    fn one(&self, path: &str, now: Option<Timestamp>) -> Compared {
        self.compare(&[path], now).unwrap().files[0]
    }
}

#[test]
fn what_is_recorded_is_of_what_was_read() {
    let case = Case::new(&[("a", "", CLEAN)]);
    // Whoever looks at the file after it was read may see the other one.
    let done = AtomicBool::new(false);
    let (mut recorded, mut modified) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                case.put("a", CLEAN, OLD);
                case.put("a", b"another one\n", OLD - 1);
            }
        });
        for _ in 0..20_000 {
            // All changes seem to lie in the past.
            let ahead = Timestamp::of(i64::from(case.later().seconds) + 10, 1);
            let found = case.compare(&["a"], Some(ahead));
            let found = found.map(|compared| compared.files[0]);
            match found.unwrap_or(State::Unsure.into()) {
                Compared {
                    recorded: Some(file),
                    ..
                } => {
                    assert_eq!((file.size, file.mtime.seconds), (6, OLD as i32));
                    recorded += 1;
                }
                other => modified += u32::from(other.state == State::Modified),
            }
            if recorded > 50 && modified > 50 {
                break;
            }
        }
        done.store(true, Relaxed);
    });
    assert!(recorded > 0 && modified > 0, "{recorded} {modified}");
}

#[test]
fn what_may_be_recorded() {
    let case = Case::new(&[("a", "", CLEAN), ("link", "l", b"a")]);
    let before = file_system_now(case.root()).unwrap();
    case.put("a", CLEAN, OLD);
    symlink("a", case.root().join("link")).unwrap();
    let now = case.later();
    let file = case.one("a", Some(now)).recorded.unwrap();
    assert_eq!((file.size, file.mtime.seconds), (6, OLD as i32));
    assert_eq!(file.mode & 0o170_000, 0o100_000);
    assert_eq!(case.one("link", Some(now)).recorded.unwrap().size, 1);
    // Whoever set the time of modification back might do it again.
    assert!(case.one("a", Some(before)).recorded.is_none());
    assert!(case.one("a", None).recorded.is_none());
    for compared in [case.one("a", Some(before)), case.one("a", None)] {
        assert_eq!(compared.state, State::Clean);
    }
}

#[test]
fn lengths_are_compared_before_anything_is_read() {
    let case = Case::new(&[("a", "", CLEAN), ("same", "", &[0; 8])]);
    // A file of which nothing could be held in memory, nor be read in a day.
    let large = File::create(case.root().join("a")).unwrap();
    large.set_len(1 << 42).unwrap();
    let compared = case.compare(&["a"], None).unwrap();
    assert_eq!(compared.files[0].state, State::Modified);
    assert_eq!(compared.bytes_read, 0);
    large.set_len(CLEAN.len() as u64).unwrap();
    large.write_all_at(CLEAN, 0).unwrap();
    let compared = case.compare(&["a"], None).unwrap();
    assert_eq!(compared.files[0].state, State::Clean);
    let once = CLEAN.len() as u64;
    // Its beginning may be read twice.
    assert!((once..2 * once).contains(&compared.bytes_read));
}

#[test]
fn only_what_is_not_there_is_deleted() {
    let files = [("a/b", "", CLEAN), ("loop", "", CLEAN), ("dir", "", CLEAN)];
    let case = Case::new(&files);
    let at = |path: &str| case.root().join(path);
    assert_eq!(case.one("a/b", None).state, State::Deleted);
    fs::write(at("a"), "").unwrap();
    assert_eq!(case.one("a/b", None).state, State::Deleted);
    // Above a file: it cannot be said whether that is there.
    fs::remove_file(at("a")).unwrap();
    symlink("a", at("a")).unwrap();
    fs::create_dir(at("dir")).unwrap();
    fs::set_permissions(at("dir"), fs::Permissions::from_mode(0o644)).unwrap();
    for path in ["a/b", "dir"] {
        let compared = case.compare(&[path], None).unwrap();
        assert_eq!(compared.files[0].state, State::Unsure, "{path}");
        assert!(
            matches!(compared.unsure_reason, Some(Error::Io { .. })),
            "{path}"
        );
    }
}

#[test]
fn an_interrupted_comparison_ends() {
    let case = Case::new(&[("a", "", CLEAN)]);
    case.put("a", CLEAN, OLD);
    case.interrupt.store(true, Relaxed);
    assert!(matches!(
        case.compare(&["a"], None),
        Err(Error::Interrupted)
    ));
}
