// SPDX-License-Identifier: GPL-2.0-or-later

//! The differences that changesets make, as they are printed behind them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::AtomicBool;

use memchr::memmem;
use vermilion_core::diff::Options;
use vermilion_core::snapshot::{Patch, PatchedFile, Snapshot};
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use super::chosen::Chosen;
use super::colors::Colors;
use super::invocation::Invocation;
use super::printer::columns;
use super::shown_paths::ShownPaths;
use crate::{Error, Result};

/// Patches that are made at a time.
const MOST_AHEAD: usize = 16;

/// What is shown of each changeset, besides what it says itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// The difference to its first parent.
    pub patch: bool,
    /// How many lines that adds and removes.
    pub stat: bool,
    /// The files that it copied.
    pub copies: bool,
}

/// The files that differences tell of.
#[derive(Default)]
pub(crate) enum Files<'c> {
    /// All.
    #[default]
    All,
    /// Those that a command line chooses.
    Chosen(&'c Chosen),
    /// Others in each changeset.
    Each(HashMap<Rev, HashSet<RepoPathBuf>>),
}

impl Files<'_> {
    /// Tells whether the difference of a changeset tells of a file.
    pub(crate) fn has(&self, rev: Rev, path: &RepoPath) -> bool {
        match self {
            Files::All => true,
            Files::Chosen(chosen) => chosen.has(path),
            Files::Each(files) => files.get(&rev).is_some_and(|files| files.contains(path)),
        }
    }
}

/// How the difference of a changeset to its first parent is printed behind it.
pub(crate) struct Difference {
    parts: Parts,
    options: Options,
    colors: Colors,
    width: usize,
    paths: ShownPaths,
}

impl Difference {
    /// Returns that of a command.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where a width is not known.
    pub(crate) fn new(hg: &Invocation, parts: Parts) -> Result<Difference> {
        Ok(Difference {
            parts,
            options: hg.diff_options()?,
            colors: hg.colors.clone(),
            width: if parts.stat { hg.width()? } else { 0 },
            paths: if parts.stat {
                hg.shown_paths(false)?
            } else {
                ShownPaths::default()
            },
        })
    }

    /// Tells whether nothing of it is printed.
    pub(crate) fn is_empty(&self) -> bool {
        !self.parts.patch && !self.parts.stat
    }

    /// Tells whether nothing but what is wrong with a content can keep it from being shown.
    pub(crate) fn is_certain(&self) -> bool {
        !(self.parts.stat || self.parts.patch && self.options.shows_binary())
    }

    /// Returns how it is made.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Returns that of a changeset as it is printed, on lines of which some columns are taken.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the width of a name is not known.
    pub(crate) fn show(&self, patch: &Patch, taken: usize) -> Result<Vec<u8>> {
        let mut shown = Vec::new();
        if self.parts.stat {
            let stat = patch.stat(|path| self.paths.show(path));
            for file in &stat.files {
                columns(&file.name)?;
            }
            let known = |name: &[u8]| columns(name).unwrap_or_default();
            let text = stat.text(self.width.saturating_sub(taken), known);
            shown.extend_from_slice(&self.colors.stat(&text));
        }
        if self.parts.patch {
            if self.parts.stat {
                shown.push(b'\n');
            }
            shown.extend_from_slice(&self.colors.patch(&text_of(patch)?));
        }
        shown.push(b'\n');
        Ok(shown)
    }
}

/// Returns two changesets whose difference is shown: the null revision's to itself is something
/// else for Mercurial.
///
/// # Errors
/// [`Error::Unsupported`].
pub(crate) fn differing(between: [Rev; 2]) -> Result<[Rev; 2]> {
    if between.iter().all(|rev| rev.is_null()) {
        return Err(Error::unsupported("the null revision beside itself"));
    }
    Ok(between)
}

/// Returns the text of a patch as Mercurial prints it.
///
/// # Errors
/// [`Error::Unsupported`] where a content is compressed, which Python's zlib does otherwise.
pub(crate) fn text_of(patch: &Patch) -> Result<Vec<u8>> {
    let is_compressed = |file: &PatchedFile| {
        file.is_binary && memmem::find(&file.text, b"\nGIT binary patch\n").is_some()
    };
    if patch.files.iter().any(is_compressed) {
        return Err(Error::unsupported("a binary file in a patch"));
    }
    Ok(patch.text())
}

/// The patches of changesets to their first parents, some of which are made before anybody asks.
pub(crate) struct Patches<'p> {
    snapshot: &'p Snapshot,
    options: &'p Options,
    files: &'p Files<'p>,
    interrupt: &'p AtomicBool,
    rest: &'p [Rev],
    ready: VecDeque<Result<Patch>>,
    /// How many are made next.
    many: usize,
}

impl<'p> Patches<'p> {
    /// Returns those of changesets in this order.
    pub(crate) fn new(
        snapshot: &'p Snapshot,
        options: &'p Options,
        files: &'p Files<'p>,
        revs: &'p [Rev],
        interrupt: &'p AtomicBool,
    ) -> Patches<'p> {
        Patches {
            snapshot,
            options,
            files,
            interrupt,
            rest: revs,
            ready: VecDeque::new(),
            // Who looks at the first one does not wait for others.
            many: 1,
        }
    }

    /// Returns the next one.
    ///
    /// # Errors
    /// Those of [`Snapshot::patch`].
    pub(crate) fn next(&mut self) -> Result<Patch> {
        if self.ready.is_empty() {
            let (revs, rest) = self.rest.split_at(self.many.min(self.rest.len()));
            let pairs: Result<Vec<[Rev; 2]>> = revs
                .iter()
                .map(|&rev| differing([self.snapshot.parents(rev)?[0], rev]))
                .collect();
            let is_wanted = |at: usize, path: &RepoPath| self.files.has(revs[at], path);
            let (options, interrupt) = (self.options, self.interrupt);
            let made = self
                .snapshot
                .patches(&pairs?, is_wanted, options, interrupt);
            let made = made.into_iter().map(|patch| patch.map_err(Error::from));
            self.ready.extend(made);
            self.rest = rest;
            self.many = (2 * self.many).min(MOST_AHEAD);
        }
        let none = || Error::unsupported("more changesets than there are");
        self.ready.pop_front().ok_or_else(none)?
    }
}
