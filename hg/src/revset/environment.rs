// SPDX-License-Identifier: GPL-2.0-or-later

//! The repository in which revision sets are evaluated.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use vermilion_core::changelog::{Changelog, Changeset, Reading};
use vermilion_core::history::Files;
use vermilion_core::refs::Refs;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::{Graph, Rev, RevSet};

use crate::{Error, Result};

/// A repository, and what is kept of it between predicates.
pub(super) struct Environment<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) graph: &'s Graph,
    /// The changesets that do not count.
    pub(super) hidden: &'s RevSet,
    pub(super) interrupt: &'s AtomicBool,
    /// The directory that patterns are relative to.
    pub(super) cwd: PathBuf,
    tip: Rev,
    files: RefCell<Option<Files<'s>>>,
}

impl<'s> Environment<'s> {
    pub(super) fn new(
        snapshot: &'s Snapshot,
        cwd: Option<&Path>,
        interrupt: &'s AtomicBool,
    ) -> Result<Environment<'s>> {
        let refs = snapshot.refs();
        let root = snapshot.repository().root();
        Ok(Environment {
            snapshot,
            graph: refs.changelog().graph()?,
            hidden: refs.filtered()?,
            interrupt,
            cwd: cwd.unwrap_or(root).to_owned(),
            tip: refs.tip()?,
            files: RefCell::new(None),
        })
    }

    pub(super) fn refs(&self) -> &'s Refs {
        self.snapshot.refs()
    }

    pub(super) fn changelog(&self) -> &'s Changelog {
        self.refs().changelog()
    }

    /// Returns how many revisions there are, hidden ones among them.
    pub(super) fn len(&self) -> usize {
        self.graph.len()
    }

    /// Returns the last revision that counts.
    pub(super) fn tip(&self) -> Rev {
        self.tip
    }

    /// Returns whether a revision is there and not hidden.
    pub(super) fn is_there(&self, rev: Rev) -> bool {
        rev.index() < self.len() && !self.hidden.contains(rev)
    }

    /// Returns how changesets are read.
    pub(super) fn reading(&self) -> Reading<'s> {
        Reading {
            check: false,
            interrupt: self.interrupt,
        }
    }

    /// Fails if somebody has ended the work.
    pub(super) fn go_on(&self) -> Result<()> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(Error::Core(vermilion_core::Error::Interrupted));
        }
        Ok(())
    }

    /// Returns what `make` makes of each of some changesets, in their order; many are read by
    /// several threads.
    pub(super) fn map<T: Send>(
        &self,
        revs: &[Rev],
        make: impl Fn(Rev, &Changeset<'_>) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let mut made = Vec::with_capacity(revs.len());
        // Errors of ours go beside those of the core.
        let read = |rev: Rev, changeset: &Changeset<'_>| Ok(make(rev, changeset));
        self.changelog()
            .for_each(revs, &self.reading(), read, |one| {
                made.push(one);
                Ok(())
            })?;
        made.into_iter().collect()
    }

    /// Returns what `make` makes of one changeset.
    pub(super) fn one<T>(&self, rev: Rev, make: impl FnOnce(&Changeset<'_>) -> T) -> Result<T> {
        let changelog = self.changelog();
        let text = changelog.text(rev)?;
        Ok(make(&changelog.parse(rev, &text)?))
    }

    /// Asks for histories of files.
    pub(super) fn files<T>(&self, ask: impl FnOnce(&mut Files<'s>) -> Result<T>) -> Result<T> {
        let mut files = self.files.borrow_mut();
        let files = match &mut *files {
            Some(files) => files,
            none => none.insert(self.snapshot.files(self.interrupt)?),
        };
        ask(files)
    }
}
