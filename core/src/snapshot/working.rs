// SPDX-License-Identifier: GPL-2.0-or-later

//! The difference between a changeset and the working copy as a patch.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::AtomicBool;

use super::patch::{FileAt, Pair, Patch, trace};
use super::{Snapshot, go_on};
use crate::changelog::Date;
use crate::copies::Copies;
use crate::diff::{Heading, Options};
use crate::error::FileKind;
use crate::manifest::Manifest;
use crate::working_copy::auditor::PathAuditor;
use crate::working_copy::file::flag_of;
use crate::working_copy::{Status, status::State};
use crate::{Error, RepoPath, Result, Rev};

/// The working copy, as the second side of a difference.
#[derive(Clone, Copy, Debug)]
pub struct Working<'s> {
    /// Its status, of which modified, added, removed and missing files count, and copies. Files that
    /// are not in it, as others were asked for, are taken for unchanged.
    pub status: &'s Status,
    /// The date that headers give it.
    pub date: Date,
    /// Whether the difference is that from the working copy to the changeset.
    pub reverse: bool,
}

impl Snapshot {
    /// Returns the difference between a changeset and the working copy, in the files that `is_wanted`
    /// tells. Missing files are left out, as by `hg diff`.
    ///
    /// Takes the time of [`Snapshot::patch`]; the files that the status names are read.
    ///
    /// # Errors
    /// Those of [`Snapshot::patch`], and of reading the files; [`Error::Unsupported`] for files behind
    /// symlinks or in other repositories, and for copies that the reverse of a difference or one
    /// with a changeset elsewhere may have.
    pub fn patch_of_working_copy(
        &self,
        from: Rev,
        to: Working<'_>,
        is_wanted: impl Fn(&RepoPath) -> bool,
        options: &Options,
        interrupt: &AtomicBool,
    ) -> Result<Patch> {
        let base = self.refs.changelog().rev_of(&to.status.parents[0])?;
        let base = base.unwrap_or(Rev::NULL);
        let [old, parent] = [self.manifest(from)?, self.manifest(base)?];
        let is_wanted = |path: &RepoPath| options.root.contains(path) && is_wanted(path);
        let mut pairs = self.pairs_with(&old, &parent, to.status, is_wanted)?;
        if options.git && pairs.iter().any(|pair| pair.old.is_none() != to.reverse) {
            if to.reverse {
                return Err(copies_unknown());
            }
            let mut copies = self.working_copies([from, base], to.status, interrupt)?;
            copies.retain(|_, from| options.root.contains(from));
            trace(&mut pairs, &copies, |path| old.find(path))?;
        }
        let (short, date) = self.heading(from)?;
        let mut dates = [date, to.date.to_string()];
        if to.reverse {
            dates.reverse();
            for pair in &mut pairs {
                std::mem::swap(&mut pair.old, &mut pair.new);
            }
        }
        let heading = Heading {
            revs: &[&short],
            dates: [dates[0].as_bytes(), dates[1].as_bytes()],
        };
        self.patched(&pairs, &heading, options, interrupt)
    }

    /// Returns the status of the working copy as seen from a changeset; `status` is the one that it has
    /// as seen from its first parent. Copies are found out where that has some.
    ///
    /// Takes time linear in the manifests; the files that the status names are read.
    ///
    /// # Errors
    /// Those of [`Snapshot::patch_of_working_copy`].
    pub fn status_since(
        &self,
        from: Rev,
        status: &Status,
        with_copies: bool,
        interrupt: &AtomicBool,
    ) -> Result<Status> {
        let base = self.refs.changelog().rev_of(&status.parents[0])?;
        let base = base.unwrap_or(Rev::NULL);
        let [old, parent] = [self.manifest(from)?, self.manifest(base)?];
        let pairs = self.pairs_with(&old, &parent, status, |_| true)?;
        let mut found = Vec::new();
        let mut seen: HashSet<&RepoPath> = HashSet::new();
        for pair in &pairs {
            go_on(interrupt)?;
            let state = match (pair.old, pair.new) {
                (None, _) => State::Added,
                (_, None) => State::Removed,
                (Some(old), Some(new)) if new.node.is_none() && self.are_same(old, new)? => {
                    State::Clean
                }
                _ => State::Modified,
            };
            let path = pair
                .new
                .or(pair.old)
                .map_or(RepoPath::root(), |file| file.path);
            seen.insert(path);
            found.push((state, path.to_owned()));
        }
        for state in [State::Deleted, State::Unknown, State::Ignored, State::Clean] {
            for path in status
                .list(state)
                .iter()
                .filter(|path| !seen.contains(path))
            {
                let is_untracked = matches!(state, State::Unknown | State::Ignored);
                if !is_untracked || old.find(path)?.is_none() {
                    found.push((state, path.to_owned()));
                }
            }
        }
        let mut since = Status::of(found);
        if with_copies {
            let copies = self.working_copies([from, base], status, interrupt)?;
            since.copies = copies.into_iter().collect();
        }
        Ok(since)
    }

    /// Returns whether two files have the same flag and content.
    fn are_same(&self, old: FileAt<'_>, new: FileAt<'_>) -> Result<bool> {
        Ok(old.flag == new.flag && self.content(Some(old))? == self.content(Some(new))?)
    }

    /// Returns the files that differ or may do so, in order.
    fn pairs_with<'m>(
        &self,
        old: &'m Manifest,
        parent: &'m Manifest,
        status: &'m Status,
        is_wanted: impl Fn(&RepoPath) -> bool,
    ) -> Result<Vec<Pair<'m>>> {
        let paths = |state| status.list(state).iter().filter(|path| is_wanted(path));
        let there: Vec<&RepoPath> = [State::Modified, State::Added]
            .into_iter()
            .flat_map(paths)
            .collect();
        let mut pairs = BTreeMap::new();
        let auditor = PathAuditor::of(self.repository.root(), &there);
        for &path in &there {
            auditor.check(path)?;
            let flag = flag_of(&path.below(self.repository.root()))?;
            let node = None;
            let new = FileAt { path, flag, node };
            pairs.insert(path, Pair::new(old.find(path)?, Some(new)));
        }
        for path in paths(State::Removed) {
            if let Some(entry) = old.find(path)? {
                pairs.insert(path, Pair::new(Some(entry), None::<FileAt<'_>>));
            }
        }
        let missing: HashSet<&RepoPath> = paths(State::Deleted).collect();
        let gone: HashSet<&RepoPath> = paths(State::Removed).collect();
        for change in old.changes_to(parent)? {
            let is_known = missing.contains(change.path) || gone.contains(change.path);
            if is_wanted(change.path) && !is_known {
                let pair = || Pair::new(change.old, change.new);
                pairs.entry(change.path).or_insert_with(pair);
            }
        }
        Ok(pairs.into_values().collect())
    }

    /// Returns the files of the working copy that were copied since a changeset.
    fn working_copies(
        &self,
        [from, base]: [Rev; 2],
        status: &Status,
        interrupt: &AtomicBool,
    ) -> Result<Copies> {
        let own = status.copies.iter().cloned();
        if from == base {
            return Ok(own.collect());
        }
        if from.is_null() {
            return Ok(Copies::new());
        }
        let mut files = self.files(interrupt)?;
        if !files.graph().is_ancestor(from, base)? {
            return Err(copies_unknown());
        }
        let before = files.copies(from, base)?;
        let mut all = before.clone();
        for (path, source) in own {
            let source = before.get(&source).cloned().unwrap_or(source);
            all.insert(path, source);
        }
        Ok(all)
    }
}

fn copies_unknown() -> Error {
    Error::unsupported(
        FileKind::WorkingCopy,
        "copies",
        "between changesets on other lines",
    )
}
