// SPDX-License-Identifier: GPL-2.0-or-later

//! Revision sets: `hg log -r 'only(tip, @) and user(ann)'` (`hg help revsets`).
//!
//! A text becomes tokens (`token.rs`), a tree (`parser.rs`), the same with aliases expanded
//! (`alias.rs`), one with operations that can be evaluated, and in the order in which that is
//! quick (`analysis.rs`). Evaluating it (`evaluate.rs`, `predicates/`) makes sets that are worked out
//! as far as somebody looks at them (`sets/`). The members come in Mercurial's order.
//!
//! What is not answered here, such as predicates of extensions, is
//! [`Error::Unsupported`](crate::Error::Unsupported).

mod alias;
mod analysis;
mod arguments;
mod environment;
mod evaluate;
mod format;
mod parser;
mod predicates;
mod sets;
mod similar;
#[cfg(test)]
mod tests;
mod token;
mod tree;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use vermilion_core::snapshot::Snapshot;
use vermilion_core::{Error as CoreError, Rev, RevSet};

use crate::text::lossy;
use crate::{Error, Result};

use environment::Environment;
use evaluate::Evaluator;

pub use alias::Aliases;
pub use format::{Value, format};
pub use tree::{Op, Tree};

/// Parses a revision set, as it is written.
///
/// ```
/// let tree = vermilion_hg::revset::parse(b"tip^ or @")?;
/// assert_eq!(tree.to_string(), "tip^ or @");
/// # Ok::<(), vermilion_hg::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parse`] as Mercurial has it, with the place; [`Error::Unsupported`] if it is nested too
/// deeply.
pub fn parse(text: &[u8]) -> Result<Tree> {
    parser::parse(text, None)
}

/// A revision set that can be evaluated.
#[derive(Clone, Debug)]
pub struct Revset {
    tree: Tree,
}

impl Revset {
    /// Compiles a revision set.
    ///
    /// With `names`, names of its changesets are known while the text is read, as on the command line:
    /// those that have a minus in them need no quotes, and a text that is a name as a whole is that.
    ///
    /// # Errors
    /// [`Error::Parse`], [`Error::Abort`] for an alias that is wrong, and [`Error::Unsupported`];
    /// those of [`Refs::lookup`](vermilion_core::refs::Refs::lookup).
    pub fn compile(text: &[u8], aliases: &Aliases, names: Option<&Snapshot>) -> Result<Revset> {
        if text.is_empty() {
            return Err(Error::parse("empty query", None));
        }
        let lookup = |symbol: &[u8]| {
            let Some(snapshot) = names else {
                return Ok(false);
            };
            match snapshot.refs().lookup(symbol) {
                Ok(_) => Ok(true),
                Err(CoreError::UnknownRevision { .. } | CoreError::HiddenRevision { .. }) => {
                    Ok(false)
                }
                Err(CoreError::AmbiguousRevision { .. }) => Err(Error::abort(format!(
                    "ambiguous revision identifier: {}",
                    lossy(symbol)
                ))),
                Err(error) => Err(error.into()),
            }
        };
        let lookup: Option<token::Lookup<'_>> = match names {
            Some(_) => Some(&lookup),
            None => None,
        };
        let tree = aliases.expand(parser::parse(text, lookup)?)?;
        let tree = analysis::analyze(alias::joined(tree)?)?;
        Ok(Revset {
            tree: analysis::optimize(tree)?,
        })
    }

    /// Returns the tree that is evaluated.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Returns the revisions that it stands for.
    ///
    /// `cwd` is what patterns are relative to, the root of the repository if there is none. Long work
    /// ends with [`Interrupted`](vermilion_core::Error::Interrupted) once somebody sets `interrupt`.
    /// Changesets are read only as far as the answer depends on them, many of them by several
    /// threads.
    ///
    /// # Errors
    /// [`Error::Parse`] for predicates that are not known and arguments that they do not take;
    /// [`Error::Lookup`] and the core's for names that are not; [`Error::Unsupported`] for
    /// what only Mercurial can answer; those of reading the repository.
    pub fn evaluate(
        &self,
        snapshot: &Snapshot,
        cwd: Option<&Path>,
        interrupt: &AtomicBool,
    ) -> Result<Revs> {
        let env = Environment::new(snapshot, cwd, interrupt)?;
        let evaluator = Evaluator { env: &env };
        let set = evaluator.all(&self.tree)?;
        let revs = set.to_vec()?;
        Ok(Revs { revs })
    }
}

/// The revisions of a set, in Mercurial's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revs {
    revs: Vec<Rev>,
}

impl Revs {
    /// Iterates over them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Rev> + ExactSizeIterator {
        self.revs.iter().copied()
    }

    /// Returns them side by side.
    pub fn as_slice(&self) -> &[Rev] {
        &self.revs
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.revs.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.revs.is_empty()
    }

    /// Returns whether each is higher than the one before it.
    pub fn is_ascending(&self) -> bool {
        self.revs.is_sorted_by(|a, b| a < b)
    }

    /// Returns them without their order.
    ///
    /// # Errors
    /// Those of [`RevSet::from_revs`], which there are none of here.
    pub fn to_set(&self) -> Result<RevSet> {
        Ok(RevSet::from_revs(self.iter())?)
    }
}
