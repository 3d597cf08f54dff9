// SPDX-License-Identifier: GPL-2.0-or-later

//! The walk: the file system's directories beside the dirstate's.

use std::borrow::Cow;
use std::sync::atomic::Ordering::Relaxed;

use super::Unseen;
use super::classify::classify;
use super::directory_visit::{DirectoryVisit, Lookup};
use super::found::Found;
use super::items::{Item, merge};
use super::records::{Records, State};
use super::task::{Mode, Task, Walk, cached, depth};
use crate::dirstate::{Siblings, Timestamp};
use crate::platform::directory::{
    Base, Directory, Errno, SOME, Stat, Unread, ctime, is_denied, is_file, mtime,
};
use crate::{Error, RepoPath, Result};

/// Bytes of the longest path that the system takes, the NUL behind it included.
const PATH_MAX: usize = 4096;

/// The findings about a directory's own names, and the directories in it.
#[derive(Default)]
struct Listing<'t> {
    records: Records,
    /// Where in the records those of the directories belong.
    cuts: Vec<usize>,
    below: Vec<Task<'t>>,
    /// Every name that was found is in the dirstate or ignored.
    known: bool,
    /// Whether a file could be looked up.
    passed: bool,
    /// Which permission there was not to look up others.
    denied: Option<Errno>,
    /// How many files were looked up.
    stats: usize,
}

impl Listing<'_> {
    /// Returns why names in the directory cannot be looked up.
    fn closed(&self, directory: &Directory) -> Option<Errno> {
        if self.passed {
            self.denied
        } else {
            self.denied.or_else(|| directory.closed())
        }
    }
}

impl<'w> Walk<'w> {
    /// Returns how a directory is looked at that the scope names.
    pub(super) fn named(&self, path: &'w RepoPath, search: bool) -> Result<Task<'w>> {
        let node = if path.is_empty() {
            None
        } else {
            self.tree.find(path)?
        };
        let children = match (path.is_empty(), &node) {
            (true, _) => self.tree.roots(),
            (false, Some(node)) => node.children,
            (false, None) => Siblings::default(),
        };
        let read = self.options.wanted.ignored
            || (self.options.wanted.unknown && !self.ignore.matches_or_parent(path));
        Ok(Task {
            path: Cow::Borrowed(path),
            depth: depth(path),
            children,
            cached: node.as_ref().and_then(cached),
            ignored: self.options.wanted.ignored && self.ignore.matches_or_parent(path),
            mode: if search && read {
                Mode::Search
            } else {
                Mode::Tracked
            },
            judged: true,
            seen: true,
        })
    }

    /// Looks at a path that the scope names.
    pub(super) fn file(&self, path: &RepoPath, root: &Base) -> Result<Records> {
        let mut records = Records::default();
        let stat = match root.stat(path) {
            Ok(stat) => Some(stat).filter(is_file),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG) => None,
            // For Mercurial, a file that was named is missing then.
            Err(error) if is_denied(error) => None,
            Err(error) => return Err(self.failed(path, error)),
        };
        let node = self.tree.find(path)?;
        let state = match node.and_then(|node| Some((node.entry?, node.copy_source.is_some()))) {
            Some((entry, is_copy)) => classify(&entry, is_copy, stat.as_ref(), self.options),
            None if stat.is_none() => return Ok(records),
            None if self.ignore.matches_or_parent(path) => State::Ignored,
            None => State::Unknown,
        };
        if self.wants(state) {
            records.push(state, RepoPath::root(), path.as_bytes());
        }
        Ok(records)
    }

    /// Looks at a directory; returns the directories in it that are next, and from where
    /// their paths begin.
    pub(super) fn directory(
        &self,
        mut task: Task<'w>,
        base: &Base,
    ) -> Result<(Found, Vec<Task<'w>>, Base)> {
        self.check_interrupt()?;
        self.options.progress.fetch_add(1, Relaxed);
        let mut found = Found::default();
        let directory = match task.mode {
            Mode::Missing => None,
            _ => match self.open(&task, base) {
                Ok(directory) => Some(directory),
                Err(error) => {
                    self.refused(&mut task, error, base, &mut found)?;
                    None
                }
            },
        };
        let (listing, base) = match directory {
            Some(directory) => {
                let listing = match task.mode {
                    Mode::Search => self.search(&mut task, &directory, base, &mut found)?,
                    _ => self.tracked(&mut task, &directory)?,
                };
                let base = base.below(&task.path, task.depth, directory);
                (listing, base)
            }
            None => {
                if self.is_nested(&task, base) {
                    task.mode = Mode::Missing;
                }
                let lookup = match task.mode {
                    Mode::Missing => Lookup::Nowhere,
                    _ => Lookup::Closed(base),
                };
                let items = merge(self.tree, task.children, None)?;
                (self.list(&task, items, lookup)?, base.clone())
            }
        };
        let told = !self.options.wanted.unknown
            && self.options.wanted.unseen == Unseen::Told
            && !found.is_bad();
        if let (Some(error), Mode::Tracked, true) = (listing.denied, task.mode, told) {
            complain(&task, error, &mut found);
        }
        found.counts.stats += listing.stats;
        found.records = listing.records;
        found.cuts = listing.cuts;
        Ok((found, listing.below, base))
    }

    /// Returns whether a directory that cannot be opened is another repository's.
    fn is_nested(&self, task: &Task<'w>, base: &Base) -> bool {
        let hg = || task.path.join(b".hg");
        self.options.wanted.unknown && !task.path.is_empty() && base.has_directory(&hg())
    }

    fn open(&self, task: &Task<'w>, base: &Base) -> std::result::Result<Directory, Errno> {
        if self.root.as_os_str().len() + task.path.len() + 2 > PATH_MAX {
            return Err(Errno::NAMETOOLONG);
        }
        // Without looking for unknown files, Mercurial looks tracked ones up by their
        // paths, through whatever these lead.
        let follow =
            task.path.is_empty() || (task.mode == Mode::Tracked && !self.options.wanted.unknown);
        base.open(&task.path, follow)
    }

    /// Finds out whether a directory is ignored, of which only tracked files matter then.
    fn judge(&self, task: &mut Task<'w>) {
        if !task.judged && self.ignore.matches_or_parent(&task.path) {
            task.mode = Mode::Tracked;
        }
        task.judged = true;
    }

    /// Decides what becomes of a directory that cannot be opened.
    fn refused(
        &self,
        task: &mut Task<'w>,
        error: Errno,
        base: &Base,
        found: &mut Found,
    ) -> Result<()> {
        self.judge(task);
        if task.mode != Mode::Search {
            return self.closed_to_us(task, error);
        }
        task.mode = match error {
            Errno::ACCESS | Errno::PERM => {
                complain(task, error, found);
                Mode::Tracked
            }
            Errno::NOENT => {
                if task.seen {
                    complain(task, error, found);
                }
                Mode::Missing
            }
            // Something else has taken its lookup.
            Errno::NOTDIR => Mode::Missing,
            Errno::LOOP if base.stat(&task.path).is_ok() => Mode::Missing,
            _ => return Err(self.failed(&task.path, error)),
        };
        Ok(())
    }

    /// Decides what becomes of a directory that cannot be opened, and is not searched: Mercurial
    /// does not open it, but looks up its tracked files by their paths.
    fn closed_to_us(&self, task: &mut Task<'w>, error: Errno) -> Result<()> {
        match error {
            Errno::NOENT | Errno::NOTDIR => task.mode = Mode::Missing,
            Errno::LOOP | Errno::NAMETOOLONG
                if self.options.wanted.unknown || task.children.is_empty() =>
            {
                task.mode = Mode::Missing;
            }
            Errno::LOOP | Errno::NAMETOOLONG => return Err(self.failed(&task.path, error)),
            // That is about us.
            Errno::MFILE | Errno::NFILE | Errno::NOMEM => {
                return Err(self.failed(&task.path, error));
            }
            // The files will show.
            _ => {}
        }
        Ok(())
    }

    /// Returns the system's error about a path.
    fn failed(&self, path: &RepoPath, error: Errno) -> Error {
        Error::io(&path.below(self.root), error.into())
    }

    /// Looks at a directory of which only the tracked files matter.
    fn tracked(&self, task: &mut Task<'w>, directory: &Directory) -> Result<Listing<'w>> {
        let items = merge(self.tree, task.children, None)?;
        // Where unknown files matter, other repositories' files are not ours.
        if self.options.wanted.unknown && !task.path.is_empty() && directory.has_directory(b".hg") {
            task.mode = Mode::Missing;
            return self.list(task, items, Lookup::Nowhere);
        }
        self.list(task, items, Lookup::Open(directory))
    }

    /// Looks at a directory of which everything matters.
    fn search(
        &self,
        task: &mut Task<'w>,
        directory: &Directory,
        base: &Base,
        found: &mut Found,
    ) -> Result<Listing<'w>> {
        let may_be_cached =
            self.options.now.is_some() && !task.children.is_empty() && !task.path.is_empty();
        let own = if may_be_cached || task.cached.is_some() {
            directory.own_stat().ok()
        } else {
            None
        };
        let same = |cached: Timestamp| own.is_some_and(|own| mtime(&own).likely_equal_to(cached));
        let fresh = self.options.cache_is_valid && task.cached.is_some_and(same);
        if fresh && !self.options.wanted.ignored && !self.options.wanted.directories {
            let items = merge(self.tree, task.children, None)?;
            let listing = self.list(task, items, Lookup::Open(directory))?;
            return match listing.closed(directory) {
                Some(error) => self.closed(task, directory, error, base, found),
                None => Ok(listing),
            };
        }
        self.judge(task);
        if task.mode == Mode::Tracked {
            return self.tracked(task, directory);
        }
        if task.cached.is_some() && !self.options.cache_is_valid {
            found.about().outdated = Some(task.path.clone().into_owned());
            task.cached = None;
        }
        let mut entries = match directory.read(|| self.check_interrupt().is_ok()) {
            Ok(entries) => entries,
            Err(Unread::Name(_, error)) if is_denied(error) => {
                return self.closed(task, directory, error, base, found);
            }
            Err(Unread::Name(name, error)) => {
                return Err(self.failed(&task.path.join(&name), error));
            }
            Err(Unread::All(error)) => return Err(self.failed(&task.path, error)),
        };
        self.check_interrupt()?;
        found.counts.read += 1;
        found.counts.entries += entries.len();
        if task.path.is_empty() {
            entries.remove(b".hg");
        } else if entries.has_directory(b".hg") {
            if let Some(error) = directory.closed() {
                return self.closed(task, directory, error, base, found);
            }
            task.mode = Mode::Tracked;
            return self.tracked(task, directory);
        }
        let items = merge(self.tree, task.children, Some(&entries))?;
        let listing = self.list(task, items, Lookup::Read(directory))?;
        if entries.len() != 0
            && let Some(error) = listing.closed(directory)
        {
            return self.closed(task, directory, error, base, found);
        }
        if may_be_cached && !fresh && listing.known {
            let own = own.zip(self.options.now);
            if let Some(own) = own.and_then(|(own, now)| unchanged(&own, directory, now)) {
                found.about().cacheable = Some((task.path.clone().into_owned(), own));
            }
        }
        Ok(listing)
    }

    /// Looks at a directory that can be read, but whose names cannot be looked up: Mercurial looks
    /// up each one it reads, and nothing counts where that fails.
    fn closed(
        &self,
        task: &mut Task<'w>,
        directory: &Directory,
        error: Errno,
        base: &Base,
        found: &mut Found,
    ) -> Result<Listing<'w>> {
        self.refused(task, error, base, found)?;
        self.tracked(task, directory)
    }

    /// Looks at the names of a directory; at their files by `lookup`.
    fn list(
        &self,
        task: &Task<'w>,
        items: Vec<Item<'w, '_>>,
        lookup: Lookup<'_>,
    ) -> Result<Listing<'w>> {
        let mut visit = DirectoryVisit::new(self, task, lookup);
        let mut listing = Listing::default();
        for (index, item) in items.into_iter().enumerate() {
            if index % SOME == SOME - 1 {
                self.check_interrupt()?;
            }
            if let Some(below) = visit.item(item)
                && !self.apart.contains(&*below.path)
            {
                listing.cuts.push(visit.records.len());
                listing.below.push(below);
            }
        }
        if let Some((path, error)) = visit.failed {
            return Err(self.failed(&path, error));
        }
        listing.records = visit.records;
        listing.known = visit.known;
        listing.passed = visit.passed;
        listing.denied = visit.denied;
        listing.stats = visit.stats;
        Ok(listing)
    }
}

/// Notes that a directory could not be read.
fn complain(task: &Task<'_>, error: Errno, found: &mut Found) {
    let complaint = (task.path.clone().into_owned(), error.raw_os_error());
    found.about().bad.push(complaint);
}

/// Returns the time stamp that tells of every change to a directory since it was read, if it
/// does.
///
/// Anybody may set the time of modification back, but not that of the last change of status.
fn unchanged(before: &Stat, directory: &Directory, now: Timestamp) -> Option<Timestamp> {
    let after = directory.own_stat().ok()?;
    ctime(&after).reliable(now)?;
    let times = |stat: &Stat| {
        (
            stat.st_mtime,
            stat.st_mtime_nsec,
            stat.st_ctime,
            stat.st_ctime_nsec,
        )
    };
    let same = times(before) == times(&after);
    mtime(&after).reliable(now).filter(|_| same)
}
