// SPDX-License-Identifier: GPL-2.0-or-later

//! The state of a working copy: its files beside what the dirstate says of them.
//!
//! What is answered, and when a file's time stamp is to be trusted, follows Mercurial's
//! `dirstate.status` and `dirstate.walk`; the dirstate-v2 format's cached directories are
//! used and renewed as the format describes (`helptext/internals/dirstate-v2.txt`).

mod classify;
mod directory_visit;
mod found;
mod items;
mod records;
pub mod request;
mod scope;
mod task;
mod visits;
mod walk;

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use crate::dirstate::{DirstateMap, Timestamp, Tree};
use crate::matcher::Ignore;
use crate::platform::directory::Base;
use crate::platform::pool;
use crate::{Error, RepoPathBuf, Result};

pub use records::{Names, STATES, State};
pub use scope::Scope;

/// The states that are listed, and the abilities of the file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// List clean files.
    pub clean: bool,
    /// List files that are neither tracked nor ignored.
    pub unknown: bool,
    /// List ignored files.
    pub ignored: bool,
    /// List the directories that are searched.
    pub directories: bool,
    /// The file system keeps the permission to execute.
    pub check_exec: bool,
    /// The file system has symlinks.
    pub check_link: bool,
    /// What a tracked file that cannot be looked at means where no unknown files are asked
    /// for. Where they are, Mercurial always does the same.
    pub unseen: Unseen,
}

/// Options of a status.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Look at tracked files; else only others are found, for which directories are read
    /// and files are not looked at.
    pub tracked: bool,
    /// The states that are listed, and the abilities of the file system.
    pub wanted: Wanted,
    /// What the file system's clock said before: files and directories that are not older
    /// may change again without a change of their time stamp. `None`: it cannot be told,
    /// as nothing can be written there; then time stamps are taken as they are.
    pub now: Option<Timestamp>,
    /// The dirstate's cached directories were made with the present ignore rules.
    pub cache_is_valid: bool,
    /// Set by somebody else to end the walk, which then gives [`Error::Interrupted`].
    pub interrupt: &'a AtomicBool,
    /// Counts the directories that have been looked at.
    pub progress: &'a AtomicUsize,
}

/// The meaning of a tracked file that cannot be looked at because permissions are in the way.
/// Any other error, beside that there is no such file, ends the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// It counts as missing, as for Mercurial's C code.
    Missing,
    /// It ends the walk, as in Mercurial's Python code.
    Fatal,
    /// It counts as missing, and its directory is among the bad ones.
    Told,
}

/// The work that a walk took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Directories that were read.
    pub read: usize,
    /// Entries of these directories.
    pub entries: usize,
    /// Files that were looked up.
    pub stats: usize,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        self.read += more.read;
        self.entries += more.entries;
        self.stats += more.stats;
    }
}

/// The result of a walk.
#[derive(Debug, Default)]
pub struct Outcome {
    lists: [Names; STATES],
    /// The work that it took.
    pub counts: Counts,
    /// Directories that could not be read, with the number of the system's error, in the
    /// order in which Mercurial complains: a directory before what is in it, and the later
    /// ones of its entries before the earlier ones.
    pub bad: Vec<(RepoPathBuf, i32)>,
    /// What a dirstate may keep of directories.
    pub directories: Directories,
}

/// The findings of a walk about directories, for the next one.
#[derive(Debug, Default)]
pub struct Directories {
    /// Directories whose entries are all tracked or ignored, with their time stamps: next
    /// time they need not be read if these are the same. Only such as are not cached yet.
    pub cacheable: Vec<(RepoPathBuf, Timestamp)>,
    /// Directories whose cached time stamp is of no use any more.
    pub outdated: Vec<RepoPathBuf>,
}

impl Directories {
    /// Keeps them in a dirstate, with the hash of the ignore rules by which they were looked
    /// at; returns whether it knows more than before.
    ///
    /// # Errors
    /// Those of [`DirstateMap::set_cached_directory`].
    pub fn cache(&self, map: &mut DirstateMap, ignore_hash: [u8; 20]) -> Result<bool> {
        for directory in &self.outdated {
            map.clear_cached_directory(directory)?;
        }
        for (directory, mtime) in &self.cacheable {
            map.set_cached_directory(directory, *mtime)?;
        }
        let is_new = !self.outdated.is_empty() || !self.cacheable.is_empty();
        let changed = is_new || map.ignore_hash() != ignore_hash;
        map.set_ignore_hash(ignore_hash);
        Ok(changed)
    }
}

impl Outcome {
    /// Returns the paths in this state, in the order of their bytes.
    pub fn list(&self, state: State) -> &Names {
        &self.lists[state as usize]
    }

    /// Returns the same, given away.
    pub fn take(&mut self, state: State) -> Names {
        std::mem::take(&mut self.lists[state as usize])
    }
}

/// Compares the working copy below `root` with its dirstate.
///
/// Linear in the number of files and of directories' entries, on all processors.
///
/// # Errors
/// - [`Error::Io`] if the root cannot be opened, or if the system gives an error for a file
///   or directory, beside those of missing files and missing permissions: such a file is in
///   no state;
/// - [`Error::Corrupt`] for a damaged dirstate;
/// - [`Error::Interrupted`].
pub fn status(
    tree: &Tree,
    root: &Path,
    ignore: &Ignore,
    scope: &Scope,
    options: &Options<'_>,
) -> Result<Outcome> {
    let base = Base::root(root).map_err(|error| Error::io(root, error.into()))?;
    let mut walk = task::Walk {
        tree,
        root,
        ignore,
        options,
        apart: HashSet::new(),
        files: scope.files.iter().map(|path| &**path).collect(),
    };
    let mut outcome = pool::run(|| scope::look(&mut walk, scope, &base))?;
    ignore.fault()?;
    outcome.lists.iter_mut().for_each(Names::sort);
    Ok(outcome)
}
