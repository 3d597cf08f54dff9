//! The walk: the file system's directories beside the dirstate's, several at a time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use rayon::prelude::*;
use rustix::io::Errno;

use super::classify::classify;
use super::fs::{is_file, mtime, Base, Directory};
use super::items::{merge, Item};
use super::level::{Place, Visit};
use super::records::{Records, State};
use super::Options;
use crate::dirstate::{Node, Siblings, Timestamp, Tree};
use crate::ignore::Ignore;
use crate::{Error, Result};

/// Bytes of the longest path that the system takes, the NUL behind it included.
const PATH_MAX: usize = 4096;

/// What has been found in a part of the walk.
#[derive(Default)]
pub(super) struct Found {
    pub(super) records: Records,
    pub(super) bad: Vec<(Vec<u8>, i32)>,
    pub(super) cacheable: Vec<(Vec<u8>, Timestamp)>,
    pub(super) outdated: Vec<Vec<u8>>,
}

impl Found {
    pub(super) fn append(&mut self, mut other: Found) {
        self.records.append(other.records);
        self.bad.append(&mut other.bad);
        self.cacheable.append(&mut other.cacheable);
        self.outdated.append(&mut other.outdated);
    }
}

/// How a directory is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// All that is in it.
    Search,
    /// Its tracked files only.
    Tracked,
    /// Its tracked files, none of which are there: it is no directory, or not this
    /// repository's.
    Missing,
}

/// A directory to look at.
pub(super) struct Task<'t> {
    pub(super) path: Cow<'t, [u8]>,
    pub(super) depth: usize,
    pub(super) children: Siblings,
    pub(super) cached: Option<Timestamp>,
    /// It, or one above it, is ignored.
    pub(super) ignored: bool,
    pub(super) mode: Mode,
    /// Whether it is known not to be ignored, if it is to be searched. Directories that are
    /// as they were need not be judged by the rules, which takes a good part of a walk.
    pub(super) judged: bool,
    /// It has just been seen, so that it is worth a complaint if it is gone.
    pub(super) seen: bool,
}

/// What a directory's own names gave, and the directories in it.
#[derive(Default)]
struct Level<'t> {
    /// Records before, between and behind those of the directories.
    between: Vec<Records>,
    below: Vec<Task<'t>>,
    /// Every name that was found is in the dirstate or ignored.
    known: bool,
    /// Whether files could be looked up, where any was.
    passable: Option<bool>,
}

impl Level<'_> {
    /// Whether names in the directory cannot be looked up.
    fn is_closed(&self, directory: &Directory) -> bool {
        !self.passable.unwrap_or_else(|| directory.is_passable())
    }
}

pub(super) struct Walk<'w> {
    pub(super) tree: &'w Tree,
    pub(super) root: &'w Path,
    pub(super) ignore: &'w Ignore,
    pub(super) options: &'w Options<'w>,
    /// Directories that are looked at by themselves.
    pub(super) apart: HashSet<&'w [u8]>,
    /// Names about which nothing is said here, as they are looked at by themselves.
    pub(super) files: HashSet<&'w [u8]>,
}

impl<'w> Walk<'w> {
    /// Looks at a directory that the scope names, and all below.
    pub(super) fn named(&self, path: &'w [u8], search: bool, root: &Base) -> Result<Found> {
        let node = match path.is_empty() {
            true => None,
            false => self.tree.find(path)?,
        };
        let children = match (path.is_empty(), &node) {
            (true, _) => self.tree.roots(),
            (false, Some(node)) => node.children,
            (false, None) => Siblings::default(),
        };
        let read =
            self.options.ignored || (self.options.unknown && !self.ignore.matches_or_parent(path));
        let task = Task {
            path: path.into(),
            depth: depth(path),
            children,
            cached: node.as_ref().and_then(cached),
            ignored: self.options.ignored && self.ignore.matches_or_parent(path),
            mode: if search && read {
                Mode::Search
            } else {
                Mode::Tracked
            },
            judged: true,
            seen: true,
        };
        self.directory(task, root)
    }

    /// Looks at a path that the scope names.
    pub(super) fn file(&self, path: &[u8], root: &Base) -> Result<Records> {
        let mut records = Records::default();
        let stat = root.stat(path).ok().filter(is_file);
        let node = self.tree.find(path)?;
        let state = match node.and_then(|node| Some((node.entry?, node.copy_source.is_some()))) {
            Some((entry, is_copy)) => classify(&entry, is_copy, stat.as_ref(), self.options),
            None if stat.is_none() => return Ok(records),
            None if self.ignore.matches_or_parent(path) => State::Ignored,
            None => State::Unknown,
        };
        if self.wants(state) {
            records.push(state, b"", path);
        }
        Ok(records)
    }

    /// Whether anybody wants to know of this state.
    pub(super) fn wants(&self, state: State) -> bool {
        match state {
            State::Clean => self.options.clean,
            State::Unknown => self.options.unknown,
            State::Ignored => self.options.ignored,
            State::Directory => self.options.directories,
            _ => true,
        }
    }

    /// Looks at a directory and all below.
    fn directory(&self, mut task: Task<'w>, base: &Base) -> Result<Found> {
        if self.options.interrupt.load(Relaxed) {
            return Err(Error::Interrupted);
        }
        self.options.progress.fetch_add(1, Relaxed);
        let mut found = Found::default();
        let directory = match task.mode {
            Mode::Missing => None,
            _ => match self.open(&task, base) {
                Ok(directory) => Some(directory),
                Err(error) => {
                    self.refused(&mut task, error, &mut found)?;
                    None
                }
            },
        };
        let Some(directory) = directory else {
            if self.is_nested(&task, base) {
                task.mode = Mode::Missing;
            }
            let place = match task.mode {
                Mode::Missing => Place::Nowhere,
                _ => Place::Closed(base),
            };
            let level = self.level(&task, merge(self.tree, task.children, None)?, place)?;
            self.descend(level, base, &mut found)?;
            return Ok(found);
        };
        let level = match task.mode {
            Mode::Search => self.search(&mut task, &directory, &mut found)?,
            _ => self.tracked(&mut task, &directory)?,
        };
        let base = base.below(&task.path, task.depth, directory);
        self.descend(level, &base, &mut found)?;
        Ok(found)
    }

    /// Whether a directory that cannot be opened is another repository's.
    fn is_nested(&self, task: &Task<'w>, base: &Base) -> bool {
        let hg = || [&task.path, &b"/.hg"[..]].concat();
        self.options.unknown && !task.path.is_empty() && base.has_directory(&hg())
    }

    fn open(&self, task: &Task<'w>, base: &Base) -> std::result::Result<Directory, Errno> {
        if self.root.as_os_str().len() + task.path.len() + 2 > PATH_MAX {
            return Err(Errno::NAMETOOLONG);
        }
        // Without looking for unknown files, Mercurial looks tracked ones up by their
        // paths, through whatever these lead.
        let follow = task.path.is_empty() || (task.mode == Mode::Tracked && !self.options.unknown);
        base.open(&task.path, follow)
    }

    /// Finds out whether a directory is ignored, of which only tracked files matter then.
    fn judge(&self, task: &mut Task<'w>) {
        if !task.judged && self.ignore.matches_or_parent(&task.path) {
            task.mode = Mode::Tracked;
        }
        task.judged = true;
    }

    /// What becomes of a directory that cannot be opened.
    fn refused(&self, task: &mut Task<'w>, error: Errno, found: &mut Found) -> Result<()> {
        self.judge(task);
        let searching = task.mode == Mode::Search;
        match error {
            Errno::ACCESS | Errno::PERM => {}
            Errno::LOOP | Errno::NAMETOOLONG if self.is_strict() && !task.children.is_empty() => {
                return Err(self.not_for_me(&task.path, error));
            }
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => task.mode = Mode::Missing,
            Errno::NAMETOOLONG if task.mode == Mode::Tracked => task.mode = Mode::Missing,
            _ => return Err(self.not_for_me(&task.path, error)),
        }
        let worth_a_word = match error {
            Errno::ACCESS | Errno::PERM => true,
            Errno::NOENT => task.seen,
            _ => false,
        };
        if searching && worth_a_word {
            found.bad.push((task.path.to_vec(), error.raw_os_error()));
        }
        if task.mode == Mode::Search {
            task.mode = Mode::Tracked;
        }
        Ok(())
    }

    fn is_strict(&self) -> bool {
        self.options.strict && !self.options.unknown
    }

    fn not_for_me(&self, path: &[u8], error: Errno) -> Error {
        let name = String::from_utf8_lossy(path);
        Error::not_for_me(
            self.root.join(&*name).display(),
            std::io::Error::from(error),
        )
    }

    /// A directory of which only the tracked files matter.
    fn tracked(&self, task: &mut Task<'w>, directory: &Directory) -> Result<Level<'w>> {
        let items = merge(self.tree, task.children, None)?;
        // Where unknown files matter, other repositories' files are not ours.
        if self.options.unknown && !task.path.is_empty() && directory.has_directory(b".hg") {
            task.mode = Mode::Missing;
            return self.level(task, items, Place::Nowhere);
        }
        self.level(task, items, Place::Open(directory))
    }

    /// A directory of which everything matters.
    fn search(
        &self,
        task: &mut Task<'w>,
        directory: &Directory,
        found: &mut Found,
    ) -> Result<Level<'w>> {
        let may_be_cached =
            self.options.now.is_some() && !task.children.is_empty() && !task.path.is_empty();
        let own = match may_be_cached || task.cached.is_some() {
            true => directory.own_stat().ok().map(|stat| mtime(&stat)),
            false => None,
        };
        let same = |cached: Timestamp| own.is_some_and(|own| own.likely_equal_to(cached));
        let fresh = self.options.cache_is_valid && task.cached.is_some_and(same);
        if fresh && !self.options.ignored && !self.options.directories {
            let items = merge(self.tree, task.children, None)?;
            let level = self.level(task, items, Place::Open(directory))?;
            return match level.is_closed(directory) {
                true => self.closed(task, directory, found),
                false => Ok(level),
            };
        }
        self.judge(task);
        if task.mode == Mode::Tracked {
            return self.tracked(task, directory);
        }
        if task.cached.is_some() && !self.options.cache_is_valid {
            found.outdated.push(task.path.to_vec());
            task.cached = None;
        }
        let mut entries = match directory.read() {
            Ok(entries) => entries,
            Err(error) => {
                self.refused(task, error, found)?;
                return self.tracked(task, directory);
            }
        };
        if task.path.is_empty() {
            entries.remove(b".hg");
        } else if entries.has_directory(b".hg") {
            if !directory.is_passable() {
                return self.closed(task, directory, found);
            }
            task.mode = Mode::Tracked;
            return self.tracked(task, directory);
        }
        let items = merge(self.tree, task.children, Some(&entries))?;
        let level = self.level(task, items, Place::Read(directory))?;
        if entries.len() != 0 && level.is_closed(directory) {
            return self.closed(task, directory, found);
        }
        if may_be_cached && !fresh && level.known {
            let own = own.zip(self.options.now);
            if let Some(own) = own.and_then(|(own, now)| own.reliable(now)) {
                found.cacheable.push((task.path.to_vec(), own));
            }
        }
        Ok(level)
    }

    /// A directory that can be read, but whose names cannot be looked up: Mercurial looks
    /// up each one it reads, and nothing counts where that fails.
    fn closed(
        &self,
        task: &mut Task<'w>,
        directory: &Directory,
        found: &mut Found,
    ) -> Result<Level<'w>> {
        self.refused(task, Errno::ACCESS, found)?;
        self.tracked(task, directory)
    }

    /// Looks at the names of a directory; at their files in `place`.
    fn level(
        &self,
        task: &Task<'w>,
        items: Vec<Item<'w, '_>>,
        place: Place<'_>,
    ) -> Result<Level<'w>> {
        let mut visit = Visit::new(self, task, place);
        let mut level = Level::default();
        for item in items {
            if let Some(below) = visit.item(item) {
                if !self.apart.contains(&*below.path) {
                    level.between.push(visit.take_records());
                    level.below.push(below);
                }
            }
        }
        level.between.push(visit.take_records());
        level.known = visit.known;
        level.passable = visit.passable;
        match visit.failed {
            Some(error) if self.is_strict() => Err(self.not_for_me(&task.path, error)),
            _ => Ok(level),
        }
    }

    /// Looks at the directories of a level, and puts everything into its order.
    fn descend(&self, level: Level<'w>, base: &Base, found: &mut Found) -> Result<()> {
        let mut between = level.between.into_iter();
        found.records.append(between.next().unwrap_or_default());
        let parts: Vec<Result<Found>> = match level.below.len() {
            0 => return Ok(()),
            1 => level
                .below
                .into_iter()
                .map(|task| self.directory(task, base))
                .collect(),
            _ => level
                .below
                .into_par_iter()
                .map(|task| self.directory(task, base))
                .collect(),
        };
        for (part, records) in parts.into_iter().zip(between) {
            found.append(part?);
            found.records.append(records);
        }
        Ok(())
    }
}

/// The time stamp of a directory all of whose entries are in the dirstate.
pub(super) fn cached(node: &Node<'_>) -> Option<Timestamp> {
    let cached = node.cached.filter(|cached| cached.all_unknown)?;
    Some(cached.mtime)
}

fn depth(path: &[u8]) -> usize {
    path.iter().filter(|byte| **byte == b'/').count() + usize::from(!path.is_empty())
}
