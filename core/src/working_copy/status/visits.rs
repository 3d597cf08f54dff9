// SPDX-License-Identifier: GPL-2.0-or-later

//! The visits to directories, by several threads, and what they found in its order.
//!
//! A visit tells which directories come next. They wait on the heap, and not in a function
//! that called another one: how deep a tree is costs no stack.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use rayon::Scope;

use super::Outcome;
use super::found::Found;
use super::task::{Task, Walk};
use crate::platform::directory::Base;
use crate::{Error, Result};

/// Visits a directory and all below, and adds what is found to the outcome.
///
/// Has to run on a thread of the pool.
pub(super) fn visit<'w>(
    walk: &Walk<'w>,
    task: Task<'w>,
    base: Base,
    outcome: &mut Outcome,
) -> Result<()> {
    let threads = rayon::current_num_threads();
    let visits = Visits {
        walk,
        numbers: AtomicUsize::new(1),
        found: (0..threads).map(|_| Mutex::default()).collect(),
        failed: Mutex::new(None),
        stop: AtomicBool::new(false),
    };
    rayon::scope(|scope| visits.go(scope, task, base, 0));
    visits.into_outcome(outcome)
}

struct Visits<'a, 'w> {
    walk: &'a Walk<'w>,
    /// How many visits have a number.
    numbers: AtomicUsize,
    /// What was found, with the visits' numbers, by each thread of the pool.
    found: Vec<Mutex<Vec<(usize, Found)>>>,
    failed: Mutex<Option<Error>>,
    /// Something failed: nothing else matters.
    stop: AtomicBool,
}

impl<'w> Visits<'_, 'w> {
    /// Makes one visit after the other, and leaves some to other threads.
    fn go<'s>(&'s self, scope: &Scope<'s>, mut task: Task<'w>, mut base: Base, mut number: usize) {
        while !self.stop.load(Relaxed) {
            let (mut found, below, inside) = match self.walk.directory(task, &base) {
                Ok(visited) => visited,
                Err(error) => return self.fail(error),
            };
            let first = self.numbers.fetch_add(below.len(), Relaxed);
            found.first = first;
            self.keep(number, found);
            let mut below = below.into_iter();
            let Some(next) = below.next() else {
                return;
            };
            // This thread takes up the latest first, and goes on in the order of the names
            // then; others take the one that waits for longest.
            let numbers = first + 1..first + 1 + below.len();
            for (task, number) in below.zip(numbers).rev() {
                let base = inside.clone();
                scope.spawn(move |scope| self.go(scope, task, base, number));
            }
            (task, base, number) = (next, inside, first);
        }
    }

    fn keep(&self, number: usize, found: Found) {
        // Locks that nobody else asks for.
        let thread = rayon::current_thread_index().unwrap_or_default();
        let kept = &self.found[thread % self.found.len()];
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((number, found));
    }

    fn fail(&self, error: Error) {
        self.stop.store(true, Relaxed);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert(error);
    }

    /// Puts everything into its order.
    fn into_outcome(self, outcome: &mut Outcome) -> Result<()> {
        let failed = self.failed.into_inner();
        if let Some(error) = failed.unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let found = self.found.into_iter().map(Mutex::into_inner);
        let mut found: Vec<Vec<(usize, Found)>> = found
            .map(|found| found.unwrap_or_else(PoisonError::into_inner))
            .collect();
        let mut places = vec![(0, 0); self.numbers.into_inner()];
        for (thread, found) in found.iter().enumerate() {
            for (index, (number, _)) in found.iter().enumerate() {
                places[*number] = (thread, index);
            }
        }
        // The visits that lead to where we are, and which of the directories in each is next.
        let mut way: Vec<(usize, usize)> = vec![(0, 0)];
        while let Some((number, next)) = way.last_mut() {
            let (thread, index) = places[*number];
            let (_, found) = &mut found[thread][index];
            if *next == 0 {
                outcome.counts += found.counts;
            }
            if let Some(mut about) = found.about.take() {
                outcome.bad.append(&mut about.bad);
                outcome.directories.cacheable.extend(about.cacheable);
                outcome.directories.outdated.extend(about.outdated);
            }
            let from = next.checked_sub(1).map_or(0, |before| found.cuts[before]);
            let to = found.cuts.get(*next);
            let records = &found.records;
            let end = to.copied().unwrap_or(records.len());
            records.list(from, end, &mut outcome.lists);
            let below = found.first + *next;
            *next += 1;
            match to {
                Some(_) => way.push((below, 0)),
                None => {
                    way.pop();
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{self, Mode, OFlags};

    use super::super::{Options, State, Unseen, Wanted, scope};
    use super::*;
    use crate::RepoPathBuf;
    use crate::dirstate::Tree;
    use crate::matcher::Ignore;

    /// More than a visit takes, and far less than two thousand visits in each other would.
    const STACK: usize = 192 << 10;

    fn open(directory: &OwnedFd, name: &str) -> OwnedFd {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY;
        fs::openat(directory, name, flags, Mode::empty()).unwrap()
    }

    /// A directory with so many others below each other, and two files in the last.
    fn well(top: &OwnedFd, name: &str, depth: usize) {
        fs::mkdirat(top, name, Mode::RWXU).unwrap();
        let mut bottom = open(top, name);
        for _ in 1..depth {
            fs::mkdirat(&bottom, "a", Mode::RWXU).unwrap();
            bottom = open(&bottom, "a");
        }
        for name in ["x", "y"] {
            let flags = OFlags::CREATE | OFlags::WRONLY;
            fs::openat(&bottom, name, flags, Mode::RUSR).unwrap();
        }
    }

    fn unknown(root: &Path, threads: usize) -> Result<Outcome> {
        let options = Options {
            tracked: true,
            wanted: Wanted {
                clean: false,
                unknown: true,
                ignored: false,
                directories: false,
                check_exec: true,
                check_link: true,
                unseen: Unseen::Fatal,
            },
            now: None,
            cache_is_valid: false,
            interrupt: &AtomicBool::new(false),
            progress: &AtomicUsize::new(0),
        };
        let (tree, ignore, everything) = (
            Tree::empty(),
            Ignore::none(),
            super::super::Scope::everything(),
        );
        let mut walk = Walk {
            tree: &tree,
            root,
            ignore: &ignore,
            options: &options,
            apart: HashSet::new(),
            files: HashSet::new(),
        };
        let base = Base::root(root).unwrap();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(STACK)
            .build()
            .unwrap();
        pool.install(|| scope::look(&mut walk, &everything, &base))
    }

    #[test]
    fn depth_takes_no_stack() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::open(dir.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
        let (wells, depth) = (8, 1900);
        let name = |number| format!("w{number:02}");
        (0..wells).for_each(|number| well(&root, &name(number), depth));
        let wanted: Vec<RepoPathBuf> = (0..wells)
            .flat_map(|number| {
                ["x", "y"].map(|file| name(number) + &"/a".repeat(depth - 1) + "/" + file)
            })
            .map(|path| path.as_str().into())
            .collect();
        for threads in [1, 2, 8] {
            let outcome = unknown(dir.path(), threads).unwrap();
            let found = outcome.list(State::Unknown);
            assert!(found.iter().eq(wanted.iter().map(|path| &**path)));
            assert!(outcome.bad.is_empty());
        }
        // Longer than a path can be: an error that names the directory, as in Mercurial.
        well(&root, "deeper", 2100);
        match unknown(dir.path(), 8) {
            Err(Error::Io { path, source }) => {
                assert!(path.starts_with(dir.path().join("deeper/a/a")));
                assert_eq!(source.raw_os_error(), Some(libc::ENAMETOOLONG));
            }
            other => panic!("{other:?}"),
        }
        // What removes it with the rest goes deep itself.
        let status = std::process::Command::new("rm")
            .arg("-rf")
            .arg(dir.path())
            .status();
        assert!(status.unwrap().success());
    }
}
