// SPDX-License-Identifier: GPL-2.0-or-later

//! The names of one directory, each beside what the dirstate has of it.

use std::borrow::Cow;

use super::Unseen;
use super::classify::classify;
use super::items::Item;
use super::records::{Records, State};
use super::task::{Mode, Task, Walk, cached};
use crate::dirstate::{Siblings, TreeNode};
use crate::platform::directory::{Base, Directory, Errno, Kind, Stat, is_denied, is_file};
use crate::{RepoPath, RepoPathBuf};

/// The way in which the files of a directory are looked up.
pub(super) enum Lookup<'p> {
    /// All its names are known: a file that is not among them need not be looked up.
    Read(&'p Directory),
    Open(&'p Directory),
    /// It cannot be opened; that it can be passed through is another permission.
    Closed(&'p Base),
    Nowhere,
}

/// A look at the names of one directory.
pub(super) struct DirectoryVisit<'v, 'w> {
    walk: &'v Walk<'w>,
    task: &'v Task<'w>,
    lookup: Lookup<'v>,
    pub(super) records: Records,
    /// Every name so far is in the dirstate or ignored.
    pub(super) known: bool,
    /// A file of the directory has been looked up, so that others can be as well.
    pub(super) passed: bool,
    /// How many files have been looked up.
    pub(super) stats: usize,
    /// Which permission there is not to look up files.
    pub(super) denied: Option<Errno>,
    /// The first file, by its path, that is there or not for all we know, and why.
    pub(super) failed: Option<(RepoPathBuf, Errno)>,
    /// The full path of the name that is looked at, where it is needed.
    path: RepoPathBuf,
}

impl<'v, 'w> DirectoryVisit<'v, 'w> {
    pub(super) fn new(walk: &'v Walk<'w>, task: &'v Task<'w>, lookup: Lookup<'v>) -> Self {
        DirectoryVisit {
            walk,
            task,
            lookup,
            records: Records::default(),
            known: true,
            passed: false,
            stats: 0,
            denied: None,
            failed: None,
            path: RepoPathBuf::default(),
        }
    }

    /// Looks at a name; returns a directory to go on with.
    pub(super) fn item(&mut self, item: Item<'w, '_>) -> Option<Task<'w>> {
        match (item.found, item.node) {
            (Some((name, Kind::Directory)), node) => self.directory(name, node),
            (Some((name, kind)), node) => self.file(name, kind, node),
            (None, Some(node)) => self.expected(node),
            (None, None) => None,
        }
    }

    /// Takes up a directory that has been found.
    fn directory(&mut self, name: &[u8], node: Option<TreeNode<'w>>) -> Option<Task<'w>> {
        if let Some(node) = &node {
            self.tracked(node, None);
        }
        let ignored = self.ignores(name);
        self.known &= ignored || node.is_some();
        let mode = if ignored && !self.walk.options.wanted.ignored {
            Mode::Tracked
        } else {
            Mode::Search
        };
        let Some(node) = node else {
            let path = Cow::Owned(self.path_of(name).to_owned());
            let task = self.below(path, Siblings::default(), mode, true);
            return (mode == Mode::Search).then(|| Task {
                ignored,
                ..self.searched(name, task)
            });
        };
        let task = Task {
            cached: cached(&node),
            ignored,
            ..self.below(Cow::Borrowed(node.path), node.children, mode, true)
        };
        match mode {
            Mode::Search => Some(self.searched(name, task)),
            _ => Some(task).filter(|task| !task.children.is_empty()),
        }
    }

    /// Takes up something else than a directory that has been found.
    fn file(&mut self, name: &[u8], kind: Kind, node: Option<TreeNode<'w>>) -> Option<Task<'w>> {
        let tracked = node.as_ref().is_some_and(|node| node.entry.is_some());
        if kind != Kind::Other && !tracked {
            let ignored = self.ignores(name);
            self.known &= ignored;
            let state = if ignored {
                State::Ignored
            } else {
                State::Unknown
            };
            self.report(state, name);
        }
        let node = node?;
        if tracked && self.walk.options.tracked {
            let stat = match kind {
                Kind::Other => None,
                _ => self.stat(node.base),
            };
            self.tracked(&node, stat.as_ref());
        }
        // Files that are tracked below a symlink exist for Mercurial unless it looks for
        // unknown ones.
        let mode = if kind == Kind::Symlink && !self.walk.options.wanted.unknown {
            Mode::Tracked
        } else {
            Mode::Missing
        };
        self.children(&node, mode)
    }

    /// Takes up a name of the dirstate that has not been found, or not been looked for.
    fn expected(&mut self, node: TreeNode<'w>) -> Option<Task<'w>> {
        let stat = match (&self.lookup, node.entry) {
            (Lookup::Read(_) | Lookup::Nowhere, _) | (_, None) => None,
            _ if !self.walk.options.tracked => None,
            _ => self.stat(node.base),
        };
        self.tracked(&node, stat.as_ref());
        let mode = match self.lookup {
            Lookup::Read(_) | Lookup::Nowhere => Mode::Missing,
            Lookup::Open(_) | Lookup::Closed(_) => self.task.mode,
        };
        if mode != Mode::Search {
            return self.children(&node, mode);
        }
        // This directory is as it was, which says nothing of those in it.
        Some(Task {
            cached: cached(&node),
            judged: false,
            ..self.children(&node, mode)?
        })
    }

    /// Notes the state of a path of the dirstate; `stat` is `None` where there is no file.
    fn tracked(&mut self, node: &TreeNode<'w>, stat: Option<&Stat>) {
        if let Some(entry) = node.entry.filter(|_| self.walk.options.tracked) {
            let is_copy = node.copy_source.is_some();
            let state = classify(&entry, is_copy, stat, self.walk.options);
            self.report(state, node.base);
        }
    }

    fn report(&mut self, state: State, name: &[u8]) {
        let apart = !self.walk.files.is_empty() && {
            let walk = self.walk;
            walk.files.contains(self.path_of(name))
        };
        if self.walk.wants(state) && !apart {
            self.records.push(state, &self.task.path, name);
        }
    }

    /// Returns what is known of a file of this directory. Where Mercurial looks up single files
    /// because it has not searched their directory, it takes whatever there is for a file.
    fn stat(&mut self, name: &[u8]) -> Option<Stat> {
        let stat = match &self.lookup {
            Lookup::Read(directory) | Lookup::Open(directory) => directory.stat(name),
            Lookup::Closed(base) => {
                let base = *base;
                base.stat(self.path_of(name))
            }
            Lookup::Nowhere => return None,
        };
        self.stats += 1;
        self.passed |= matches!(stat, Ok(_) | Err(Errno::NOENT));
        match stat {
            Ok(stat) => (is_file(&stat) || self.takes_anything()).then_some(stat),
            Err(Errno::NOENT) => None,
            Err(error) => {
                self.unseen(name, error);
                None
            }
        }
    }

    /// Notes that a tracked file could not be looked up, which says that it is missing only where
    /// Mercurial takes it for that.
    fn unseen(&mut self, name: &[u8], error: Errno) {
        let options = self.walk.options;
        let fatal = if self.is_searched() {
            // Mercurial has no use then for what it has read of the directory.
            !is_denied(error)
        } else {
            let missing = options.wanted.unseen != Unseen::Fatal && is_denied(error);
            !(options.wanted.unknown || error == Errno::NOTDIR || missing)
        };
        if is_denied(error) {
            self.denied.get_or_insert(error);
        }
        if fatal && self.failed.is_none() {
            self.failed = Some((self.path_of(name).to_owned(), error));
        }
    }

    /// Returns whether Mercurial would have read the directory, and looked up all that is in it.
    fn is_searched(&self) -> bool {
        let task = self.task;
        let open = matches!(self.lookup, Lookup::Read(_) | Lookup::Open(_));
        open && task.mode == Mode::Search
            && (task.judged || !self.walk.ignore.matches_or_parent(&task.path))
    }

    fn takes_anything(&self) -> bool {
        let task = self.task;
        let tracked = task.mode == Mode::Tracked
            || !task.judged && self.walk.ignore.matches_or_parent(&task.path);
        tracked && self.walk.options.wanted.unknown
    }

    fn path_of(&mut self, name: &[u8]) -> &RepoPath {
        self.path.set(&self.task.path, name);
        &self.path
    }

    fn ignores(&mut self, name: &[u8]) -> bool {
        let ignore = self.walk.ignore;
        self.task.ignored || ignore.matches(self.path_of(name))
    }

    /// Returns a task for what the dirstate has below a name, if it has anything.
    fn children(&self, node: &TreeNode<'w>, mode: Mode) -> Option<Task<'w>> {
        let path = Cow::Borrowed(node.path);
        (!node.children.is_empty()).then(|| self.below(path, node.children, mode, false))
    }

    fn below(
        &self,
        path: Cow<'w, RepoPath>,
        children: Siblings,
        mode: Mode,
        seen: bool,
    ) -> Task<'w> {
        Task {
            path,
            depth: self.task.depth + 1,
            children,
            cached: None,
            ignored: self.task.ignored,
            mode,
            judged: true,
            seen,
        }
    }

    /// Notes that a directory is searched.
    fn searched(&mut self, name: &[u8], task: Task<'w>) -> Task<'w> {
        self.report(State::Directory, name);
        task
    }
}
