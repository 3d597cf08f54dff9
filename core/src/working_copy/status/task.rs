// SPDX-License-Identifier: GPL-2.0-or-later

//! A walk, and the directories that it has still to look at.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use super::{Options, State};
use crate::dirstate::{Siblings, Timestamp, Tree, TreeNode};
use crate::matcher::Ignore;
use crate::{Error, RepoPath, Result};

/// The manner in which a directory is looked at.
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
    pub(super) path: Cow<'t, RepoPath>,
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

/// A walk through a working copy: all that is the same for each directory.
pub(super) struct Walk<'w> {
    pub(super) tree: &'w Tree,
    pub(super) root: &'w Path,
    pub(super) ignore: &'w Ignore,
    pub(super) options: &'w Options<'w>,
    /// Directories that are looked at by themselves.
    pub(super) apart: HashSet<&'w RepoPath>,
    /// Names about which nothing is said here, as they are looked at by themselves.
    pub(super) files: HashSet<&'w RepoPath>,
}

impl Walk<'_> {
    /// Returns whether anybody wants to know of this state.
    pub(super) fn wants(&self, state: State) -> bool {
        match state {
            State::Clean => self.options.wanted.clean,
            State::Unknown => self.options.wanted.unknown,
            State::Ignored => self.options.wanted.ignored,
            State::Directory => self.options.wanted.directories,
            _ => true,
        }
    }

    pub(super) fn check_interrupt(&self) -> Result<()> {
        if self.options.interrupt.load(Relaxed) {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    }
}

/// Returns the time stamp of a directory all of whose entries are in the dirstate.
pub(super) fn cached(node: &TreeNode<'_>) -> Option<Timestamp> {
    let cached = node.cached.filter(|cached| cached.all_unknown)?;
    Some(cached.mtime)
}

pub(super) fn depth(path: &RepoPath) -> usize {
    if path.is_empty() {
        0
    } else {
        path.components().count()
    }
}
