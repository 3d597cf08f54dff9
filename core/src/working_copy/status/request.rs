// SPDX-License-Identifier: GPL-2.0-or-later

//! A status as somebody asks for it, and what comes of it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use super::{Options, Outcome, Scope, State, Wanted, status};
use crate::dirstate::{DirstateMap, Timestamp, Tree};
use crate::matcher::{Ignore, Warning};
use crate::{Error, Result};

/// A status that somebody asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The root of the working copy.
    pub root: PathBuf,
    /// The files with ignore rules.
    pub ignore_files: Vec<PathBuf>,
    /// The part of the working copy that is looked at.
    pub scope: Scope,
    /// The states that are listed, and the abilities of the file system.
    pub wanted: Wanted,
    /// What the file system's clock said before; see [`Options::now`].
    pub now: Option<Timestamp>,
}

/// A view of work from outside, by which it can be ended.
#[derive(Debug, Default)]
pub struct Watch {
    /// Set by somebody else to end the work, which then gives
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub interrupt: AtomicBool,
    /// Counts what has been done: for a status, the directories that have been looked at.
    pub progress: AtomicUsize,
}

impl Watch {
    /// Fails if somebody has ended the work.
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn go_on(&self) -> Result<()> {
        if self.interrupt.load(Relaxed) {
            return Err(Error::Interrupted);
        }
        Ok(())
    }
}

/// The result of a status, with complaints about ignore files.
#[derive(Debug)]
pub struct Report {
    /// What the walk found.
    pub outcome: Outcome,
    /// What time it was when the walk began.
    pub now: Option<Timestamp>,
    /// What there is to say about ignore files.
    pub warnings: Vec<Warning>,
    /// The hash of the ignore rules, if they were needed.
    ignore_hash: Option<[u8; 20]>,
}

impl Request {
    /// Returns whether another request is for the same, at whatever time.
    pub fn is_like(&self, other: &Request) -> bool {
        self.root == other.root
            && self.ignore_files == other.ignore_files
            && self.scope == other.scope
            && self.wanted == other.wanted
            && self.now.is_some() == other.now.is_some()
    }

    /// Reads the ignore rules, if they matter, and compares the files with the dirstate;
    /// `known_hash` is that of the ignore rules with which the dirstate's directories were
    /// looked at.
    ///
    /// # Errors
    /// Those of [`Ignore::load`] and [`status`].
    pub fn run(&self, tree: &Tree, known_hash: [u8; 20], watch: &Watch) -> Result<Report> {
        let reads_rules = self.wanted.unknown || self.wanted.ignored;
        let (ignore, warnings) = if reads_rules {
            Ignore::load(&self.root, &self.ignore_files, &watch.interrupt)?
        } else {
            (Ignore::none(), Vec::new())
        };
        let options = Options {
            tracked: true,
            wanted: self.wanted,
            now: self.now,
            cache_is_valid: ignore.hash() == known_hash,
            interrupt: &watch.interrupt,
            progress: &watch.progress,
        };
        Ok(Report {
            outcome: status(tree, &self.root, &ignore, &self.scope, &options)?,
            now: self.now,
            warnings,
            ignore_hash: reads_rules.then(|| ignore.hash()),
        })
    }
}

impl Report {
    /// Returns whether there may be a difference from the first parent.
    pub fn differs(&self) -> bool {
        let changes = [State::Modified, State::Added, State::Removed, State::Unsure];
        let found = |state| !self.outcome.list(state).is_empty();
        changes.into_iter().any(found)
    }

    /// Keeps in a dirstate what the walk found out about directories; returns whether it
    /// knows more than before.
    ///
    /// # Errors
    /// Those of [`DirstateMap::set_cached_directory`].
    pub fn cache_directories(&self, map: &mut DirstateMap) -> Result<bool> {
        match self.ignore_hash {
            Some(hash) => self.outcome.directories.cache(map, hash),
            None => Ok(false),
        }
    }
}
