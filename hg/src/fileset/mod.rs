// SPDX-License-Identifier: GPL-2.0-or-later

//! Filesets (`hg help filesets`): expressions for files, in patterns of the kind `set:`.
//!
//! An expression is read ([`parse`]) and becomes a function that tells of a path whether it is in the
//! set ([`compile`]), of a changeset or of the working copy. What is wrong with one, and what is not
//! known here, Mercurial says itself.

mod compile;
mod files;
mod names;
mod parse;
mod size;

use vermilion_core::Rev;

use crate::Result;
use crate::patterns::Fileset;
use crate::program::invocation::Invocation;

pub use parse::{Tree, parse};

/// Returns the set that an expression stands for, of a changeset or, without one, of the working copy.
///
/// States of files are looked for at once, contents when they are asked for.
///
/// # Errors
/// [`Error::Unsupported`](crate::Error::Unsupported) for what Mercurial has something to say about, and
/// for what is not known here; those of reading the repository.
pub(crate) fn of(hg: &Invocation, at: Option<Rev>, expression: &[u8]) -> Result<Fileset> {
    compile::Context::of(hg, at, &parse::parse(expression)?)?.set()
}
