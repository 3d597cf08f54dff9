// SPDX-License-Identifier: GPL-2.0-or-later

//! Which changeset a file's lines come from.
//!
//! A revision of the file begins with all lines as its own. Those that match lines of a parent are
//! the parent's then, whatever they are there; of two parents the second one comes last, and
//! counts. So revisions are gone through from the first one on (`walk.rs`), each compared with
//! its parents (`pair.rs`). The answers are those of Mercurial's `fctx.annotate`.

mod pair;
mod walk;

use crate::diff::{Algorithm, Whitespace};
use crate::history::{Files, PathId};
use crate::{RepoPath, Result, Rev, RevSet};

/// How a file is annotated.
#[derive(Clone, Copy, Debug)]
pub struct Annotating<'s> {
    /// Whether lines are followed to what the file was copied from.
    pub follow: bool,
    /// Changesets that no line is said to come from, but those that have nothing to compare with:
    /// lines that they changed come from where lines near by in a parent do.
    pub skip: Option<&'s RevSet>,
    /// The changes in whitespace that are none.
    pub whitespace: Whitespace,
    /// The way to find lines that match.
    pub algorithm: Algorithm,
    /// Whether each text is compared with its node.
    pub check: bool,
}

impl Default for Annotating<'_> {
    fn default() -> Self {
        Annotating {
            follow: true,
            skip: None,
            whitespace: Whitespace::default(),
            algorithm: Algorithm::default(),
            check: false,
        }
    }
}

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnotatedLine {
    /// The changeset that introduced it.
    pub changeset: Rev,
    /// The path that the file has there.
    pub path: PathId,
    /// The number that the line has there, from 1 on.
    pub number: u32,
    /// Whether it only stands in for a changed line, as a changeset was skipped.
    pub skipped: bool,
}

/// A file's content, and where its lines come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotated {
    /// The content.
    pub text: Vec<u8>,
    /// A line for each that ends with a newline, and for what is behind the last one.
    pub lines: Vec<AnnotatedLine>,
}

impl Files<'_> {
    /// Returns the content of a file in a changeset, and where each of its lines comes from.
    ///
    /// Each of the revisions that it was made of is read once, and held until all that were
    /// made of it right away are done. Takes the time of comparing each with its parents
    /// ([`matching_blocks`](crate::diff::matching_blocks)); finding the changesets mostly takes
    /// none ([`Files::introduced_by`]).
    ///
    /// Where changesets are skipped and a parent is empty, Mercurial fails; here the lines then
    /// come from the changeset that is to be skipped.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if there is no such file; otherwise those of
    /// [`Files::introduced_by`], [`Contents::read`](crate::filelog::Contents::read) and
    /// [`Filelog::copied_from`](crate::filelog::Filelog::copied_from).
    pub fn annotate(
        &mut self,
        path: &RepoPath,
        at: Rev,
        how: &Annotating<'_>,
    ) -> Result<Annotated> {
        walk::Walk::of(self, path, at, how)?.annotated()
    }
}
