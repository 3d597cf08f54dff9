// SPDX-License-Identifier: GPL-2.0-or-later

//! What names stand for while a template is expanded.

use vermilion_core::{RepoPathBuf, Rev};

use super::keywords;
use super::value::{Name, Value};

/// The changeset that keywords are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changeset {
    /// One of the repository's.
    Rev(Rev),
    /// The working copy.
    WorkingCopy,
    /// One that is not there.
    Missing,
}

/// The meaning of a name.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    Value(Value),
    /// The number of changesets since the tag `tag`.
    ChangesSinceTag,
    /// A name that is being expanded: it must not stand for itself.
    Poison,
}

/// Names and a changeset that an item adds.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    pub(super) vars: Vec<(Name, Binding)>,
    pub(super) changeset: Option<Changeset>,
    /// A file in the changeset.
    pub(super) file: Option<RepoPathBuf>,
}

impl Overlay {
    /// Returns one with a file of a changeset.
    pub(super) fn about(rev: Rev, file: RepoPathBuf) -> Overlay {
        Overlay {
            file: Some(file),
            ..Overlay::of(Changeset::Rev(rev))
        }
    }

    /// Returns one with a changeset.
    pub(super) fn of(changeset: Changeset) -> Overlay {
        Overlay {
            changeset: Some(changeset),
            ..Overlay::default()
        }
    }

    /// Returns it with a name more.
    pub(super) fn with(mut self, name: impl Into<Name>, value: Value) -> Overlay {
        self.vars.push((name.into(), Binding::Value(value)));
        self
    }

    /// Returns it with a name more.
    pub(super) fn named(self, name: &'static str, value: Value) -> Overlay {
        self.with(name.as_bytes(), value)
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Binding> {
        let found = self.vars.iter().rev().find(|(own, _)| **own == *name);
        found.map(|(_, binding)| binding)
    }

    fn has(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }
}

/// The places in which the repository is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Where {
    /// Nowhere.
    #[default]
    Nowhere,
    /// In what a command tells of an item.
    OfItem,
    /// Everywhere.
    Everywhere,
}

/// The meanings of names, and the changeset that keywords are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    vars: Vec<(Name, Binding)>,
    pub(super) changeset: Option<Changeset>,
    /// Tells for which templates there is a repository.
    pub(super) repository: Where,
    /// A file, and the changeset that it was named in.
    pub(super) file: Option<(RepoPathBuf, Option<Changeset>)>,
    /// Set if findings about the changeset are kept, which Mercurial calls a cache.
    pub(super) has_cache: bool,
}

/// The things that keywords need.
pub(super) mod needs {
    /// A changeset.
    pub(in super::super) const CHANGESET: u8 = 1;
    /// A file.
    pub(in super::super) const FILE: u8 = 2;
    /// A repository.
    pub(in super::super) const REPOSITORY: u8 = 4;
    /// The configuration.
    pub(in super::super) const UI: u8 = 8;
    /// A place to keep what was found out.
    pub(in super::super) const CACHE: u8 = 16;
    /// The same, for one changeset.
    pub(in super::super) const OWN_CACHE: u8 = 32;
}

impl Scope {
    /// Returns the scope of a whole template, about a changeset or nothing.
    pub(super) fn new(changeset: Option<Changeset>, repository: Where) -> Scope {
        Scope {
            changeset,
            repository,
            has_cache: changeset.is_some(),
            ..Scope::default()
        }
    }

    /// Returns what a name stands for here.
    pub(super) fn get(&self, name: &[u8]) -> Option<&Binding> {
        let found = self.vars.iter().rev().find(|(own, _)| **own == *name);
        found.map(|(_, binding)| binding)
    }

    /// Has a name stand for something.
    pub(super) fn set(&mut self, name: impl Into<Name>, binding: Binding) {
        let name = name.into();
        match self.vars.iter_mut().find(|(own, _)| *own == name) {
            Some((_, old)) => *old = binding,
            None => self.vars.push((name, binding)),
        }
    }

    /// Tells what keywords may need and is there.
    pub(super) fn available(&self) -> u8 {
        let flag = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
        needs::UI
            | needs::CACHE
            | flag(self.repository != Where::Nowhere, needs::REPOSITORY)
            | flag(self.changeset.is_some(), needs::CHANGESET)
            | flag(self.file.is_some(), needs::FILE)
            | flag(self.has_cache, needs::OWN_CACHE)
    }

    fn has_node(&self) -> bool {
        self.changeset.is_some() || self.get(b"node").is_some()
    }

    /// Returns the scope with what an item of a list adds.
    ///
    /// Names that hide a keyword do not do that any more where the keyword would say something
    /// else now. `original` is the node of the changeset so far, and `find` finds a changeset by its
    /// node.
    pub(super) fn overlaid(
        &self,
        overlay: &Overlay,
        original: impl FnOnce() -> Value,
        find: impl FnOnce(&Value) -> Changeset,
    ) -> Scope {
        let node = overlay.get(b"node").filter(|_| overlay.changeset.is_none());
        let new_node = overlay.changeset.is_some() || node.is_some();
        let flag = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
        // These are always there, so that whoever needs them is always asked again.
        let new = needs::UI
            | needs::CACHE
            | flag(self.repository == Where::Everywhere, needs::REPOSITORY)
            | flag(overlay.file.is_some(), needs::REPOSITORY | needs::FILE)
            | flag(overlay.changeset.is_some(), needs::CHANGESET);
        let is_kept = |name: &Name| keywords::requirements(name) & new == 0;
        let kept = self.vars.iter().filter(|(name, _)| is_kept(name)).cloned();
        let mut scope = Scope {
            vars: kept.collect(),
            changeset: self.changeset,
            repository: self.repository,
            file: self.file.clone(),
            has_cache: self.has_cache || new_node,
        };
        for (name, binding) in &overlay.vars {
            scope.set(name.clone(), binding.clone());
        }
        if new_node && self.has_node() {
            scope.set(&b"originalnode"[..], Binding::Value(original()));
        }
        if let Some(Binding::Value(node)) = node {
            scope.changeset = Some(find(node));
        } else if overlay.changeset.is_some() {
            scope.changeset = overlay.changeset;
        }
        if let Some(file) = &overlay.file {
            scope.file = Some((file.clone(), scope.changeset));
            if scope.repository == Where::Nowhere {
                scope.repository = Where::OfItem;
            }
        }
        if let Some(Binding::Value(Value::Text(path))) = overlay.get(b"path") {
            let path = vermilion_core::RepoPath::new(path).to_owned();
            scope.file = Some((path, scope.changeset));
        } else if overlay.has(b"path") {
            scope.file = None;
        }
        scope
    }
}
