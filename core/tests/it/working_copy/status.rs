// SPDX-License-Identifier: GPL-2.0-or-later

//! The walk against a naive one, and what it makes of files that it cannot look at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use proptest::prelude::*;
use vermilion_core::dirstate::{Timestamp, Tree};
use vermilion_core::matcher::Ignore;
use vermilion_core::platform::clock::file_system_now;
use vermilion_core::working_copy::status::{
    Counts, Options, Outcome, Scope, State, Unseen, Wanted, status,
};
use vermilion_core::{Error, RepoPathBuf, Result};

/// A dirstate-v1 file in which all these files are to be added.
fn dirstate(paths: &BTreeSet<String>) -> Tree {
    let mut data = vec![0; 40];
    for path in paths {
        data.extend_from_slice(b"a");
        data.extend_from_slice(&[0; 12]);
        data.extend_from_slice(&(path.len() as u32).to_be_bytes());
        data.extend_from_slice(path.as_bytes());
    }
    Tree::from_v1(data, "dirstate").unwrap().0
}

struct Asked {
    interrupt: AtomicBool,
    progress: AtomicUsize,
    unknown: bool,
    unseen: Unseen,
    now: Option<Timestamp>,
}

impl Asked {
    fn new(unknown: bool, unseen: Unseen) -> Asked {
        Asked {
            interrupt: AtomicBool::new(false),
            progress: AtomicUsize::new(0),
            unknown,
            unseen,
            now: None,
        }
    }

    fn look(&self, root: &Path, tree: &Tree, scope: &Scope) -> Result<Outcome> {
        let options = Options {
            tracked: true,
            wanted: Wanted {
                clean: true,
                unknown: self.unknown,
                ignored: false,
                directories: false,
                check_exec: true,
                check_link: true,
                unseen: self.unseen,
            },
            now: self.now,
            cache_is_valid: false,
            interrupt: &self.interrupt,
            progress: &self.progress,
        };
        status(tree, root, &Ignore::none(), scope, &options)
    }
}

/// All files below a directory, by their paths, and how many directories there are.
fn files(directory: &Path, prefix: &str, found: &mut BTreeSet<String>) -> usize {
    let mut directories = 1;
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            directories += files(&entry.path(), &format!("{path}/"), found);
        } else {
            found.insert(path);
        }
    }
    directories
}

fn listed(outcome: &Outcome, state: State) -> Vec<String> {
    let names = outcome.list(state).iter();
    names
        .map(|name| String::from_utf8(name.as_bytes().to_vec()).unwrap())
        .collect()
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "a-", "a.b", "B", "ab", "c"]).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..5).prop_map(|parts| parts.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn lists_are_those_of_a_naive_walk(
        there in prop::collection::btree_set(path(), 0..60),
        tracked in prop::collection::btree_set(path(), 0..40),
        wide in prop_oneof![9 => Just(0), 1 => 1..300usize],
    ) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in &there {
            // Where a file is in the way, there is no such path.
            let path = root.join(path);
            let _ = fs::create_dir_all(path.parent().unwrap());
            let _ = fs::File::create_new(path);
        }
        for number in 0..wide {
            fs::create_dir_all(root.join(format!("wide/{number}"))).unwrap();
            fs::write(root.join(format!("wide/{number}/{}", "n".repeat(1 + number % 250))), b"").unwrap();
        }
        // A path is of a file or of a directory.
        let mut tracked_files = BTreeSet::new();
        for path in &tracked {
            let below = format!("{path}/");
            if !tracked.iter().any(|other| other.starts_with(&below)) {
                tracked_files.insert(path.clone());
            }
        }
        let mut found = BTreeSet::new();
        let directories = files(root, "", &mut found);
        let tree = dirstate(&tracked_files);
        let asked = Asked::new(true, Unseen::Fatal);
        let outcome = asked.look(root, &tree, &Scope::everything()).unwrap();
        let mut wanted: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        for path in &found | &tracked_files {
            let state = match (tracked_files.contains(&path), found.contains(&path)) {
                (true, true) => State::Added,
                (true, false) => State::Deleted,
                _ => State::Unknown,
            };
            wanted.entry(state as u8).or_default().push(path);
        }
        for state in State::ALL {
            let wanted = wanted.remove(&(state as u8)).unwrap_or_default();
            prop_assert_eq!(listed(&outcome, state), wanted, "{:?}", state);
        }
        prop_assert!(outcome.bad.is_empty());
        prop_assert!(asked.progress.load(Relaxed) >= directories);
        // Each directory is read once, and nothing is looked up but what is tracked and there.
        let counts = Counts {
            read: directories,
            entries: found.len() + directories - 1,
            stats: (&found & &tracked_files).len(),
        };
        prop_assert_eq!(outcome.counts, counts);
    }
}

#[test]
fn an_error_is_no_state() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    symlink("dir", root.join("dir")).unwrap();
    fs::write(root.join("file"), b"").unwrap();
    let long = format!("dir2/{}/x", "l".repeat(300));
    fs::create_dir(root.join("dir2")).unwrap();
    let tracked = |paths: &[&str]| dirstate(&paths.iter().map(|path| path.to_string()).collect());
    let everything = Scope {
        all_tracked: true,
        ..Scope::everything()
    };
    let missing = ["dir/a", "file/b", "none/c"];
    // A loop above a file.
    for unseen in [Unseen::Fatal, Unseen::Missing, Unseen::Told] {
        for (path, errno) in [("dir/a", libc::ELOOP), (&*long, libc::ENAMETOOLONG)] {
            let asked = Asked::new(false, unseen);
            match asked.look(root, &tracked(&[path]), &everything) {
                Err(Error::Io {
                    path: named,
                    source,
                }) => {
                    let parent = Path::new(path).parent().unwrap();
                    assert!(named.starts_with(root.join(parent)), "{named:?}");
                    assert_eq!(source.raw_os_error(), Some(errno));
                }
                other => panic!("{path}: {other:?}"),
            }
        }
        // What is not there, is not there.
        let outcome = Asked::new(false, unseen).look(root, &tracked(&missing[1..]), &everything);
        assert_eq!(listed(&outcome.unwrap(), State::Deleted), missing[1..]);
    }
    // A file that is asked for by name.
    let named = |path: &[u8]| Scope {
        files: vec![path.to_vec().into()],
        ..Scope::default()
    };
    let asked = Asked::new(true, Unseen::Missing);
    let outcome = asked.look(root, &tracked(&["dir/a"]), &named(b"dir/a"));
    assert!(matches!(outcome, Err(Error::Io { .. })), "{outcome:?}");
    for path in [&missing[1], &missing[2], &&*long] {
        let outcome = asked.look(root, &tracked(&[path]), &named(path.as_bytes()));
        assert_eq!(listed(&outcome.unwrap(), State::Deleted), [*path]);
    }
    // Where Mercurial takes an error for a missing file, it is one.
    for asked in [
        Asked::new(true, Unseen::Missing),
        Asked::new(true, Unseen::Fatal),
        Asked::new(true, Unseen::Told),
    ] {
        let outcome = asked.look(root, &tracked(&missing), &everything).unwrap();
        assert_eq!(listed(&outcome, State::Deleted), missing);
        let outcome = asked.look(root, &tracked(&[&long]), &everything).unwrap();
        assert_eq!(listed(&outcome, State::Deleted), [&*long]);
    }
}

#[test]
fn an_interruption_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..50 {
        fs::create_dir_all(dir.path().join(format!("{number}/x"))).unwrap();
    }
    let asked = Asked::new(true, Unseen::Fatal);
    asked.interrupt.store(true, Relaxed);
    for scope in [
        Scope::everything(),
        Scope {
            files: vec!["a".into()],
            ..Scope::default()
        },
    ] {
        let outcome = asked.look(dir.path(), &Tree::empty(), &scope);
        assert!(matches!(outcome, Err(Error::Interrupted)), "{outcome:?}");
    }
    assert_eq!(asked.progress.load(Relaxed), 0);
}

#[test]
fn few_directories_stay_open() {
    let dir = tempfile::tempdir().unwrap();
    let mut path = dir.path().to_owned();
    for _ in 0..1500 {
        path.push("d");
    }
    // Each of these is a path that the system takes.
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("file"), b"").unwrap();
    let open = || fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let before = open();
    let (done, most) = (AtomicBool::new(false), AtomicUsize::new(0));
    let asked = Asked::new(true, Unseen::Fatal);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                most.fetch_max(open(), Relaxed);
            }
        });
        for _ in 0..20 {
            let outcome = asked.look(dir.path(), &Tree::empty(), &Scope::everything());
            assert_eq!(outcome.unwrap().list(State::Unknown).len(), 1);
        }
        done.store(true, Relaxed);
    });
    assert!(
        most.load(Relaxed) < before + 64 + 64,
        "{most:?} of {before}"
    );
    let removed = std::process::Command::new("rm")
        .arg("-rf")
        .arg(dir.path())
        .status();
    assert!(removed.unwrap().success());
}

#[test]
fn a_directory_is_remembered_by_the_time_of_its_last_change_too() {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("a");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("b"), "").unwrap();
    let tree = dirstate(&BTreeSet::from(["a/b".to_owned()]));
    let now = || file_system_now(dir.path()).unwrap();
    let cached = |now| {
        let mut asked = Asked::new(true, Unseen::Missing);
        asked.now = Some(now);
        let scope = Scope {
            search: vec![RepoPathBuf::default()],
            all_tracked: true,
            tracked_in: Vec::new(),
            files: Vec::new(),
        };
        asked
            .look(dir.path(), &tree, &scope)
            .unwrap()
            .directories
            .cacheable
            .len()
    };
    let before = now();
    // Long ago, as far as the time of modification tells.
    let times = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
    fs::File::open(&inside).unwrap().set_times(times).unwrap();
    assert_eq!(cached(before), 0);
    let changed = now();
    let later = loop {
        let later = now();
        if changed.reliable(later).is_some() {
            break later;
        }
    };
    assert_eq!(cached(later), 1);
}
