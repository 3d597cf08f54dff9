// SPDX-License-Identifier: GPL-2.0-or-later

//! The history graph: every revision's parents, and what can be asked of them.
//!
//! One file per group of questions; all of them are methods of [`Graph`] or
//! objects that share one. Where Mercurial has the same operation, the results
//! and their order are its own (its C index's where that has it).
//!
//! Arguments are checked: a revision that is neither in the graph nor the null
//! revision is [`Error::OutOfRange`]. In the stated complexities *n* is the number
//! of revisions, and a pass is one walk over a bit set and the parents.

mod ancestors;
pub mod bitset;
mod common;
mod common_by_labels;
mod common_of_many;
mod discovery;
mod greatest_common;
mod heads;
mod label_making;
mod labels;
mod missing;
mod range;
mod reachability;
pub mod revset;
mod toposort;

use crate::error::check_rev;
use crate::{Error, Result, Rev};

use reachability::Reachability;

pub use ancestors::{Ancestors, AncestorsIter};
pub use discovery::Discovery;
pub use missing::MissingAncestors;

/// A history: the two parents of each revision, -1 where there is none.
///
/// Parents have smaller numbers than their children, so the numbers are a
/// topological order. Takes 8 bytes a revision, and labels for reachability
/// (see `labels.rs`) once questions have been asked that they answer.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    parents: Vec<[Rev; 2]>,
    reachability: Reachability,
}

impl Graph {
    /// Returns a graph of these parents. O(n), without copying them.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a parent is not smaller than its child or below -1,
    /// or for more than `i32::MAX` revisions.
    pub fn new(parents: Vec<[Rev; 2]>) -> Result<Self> {
        check_parents(&parents, 0)?;
        Ok(Self::from_valid(parents))
    }

    /// Returns a graph of parents that were checked where they were read.
    pub fn from_valid(parents: Vec<[Rev; 2]>) -> Self {
        debug_assert!(check_parents(&parents, 0).is_ok());
        Self {
            parents,
            reachability: Reachability::default(),
        }
    }

    /// Returns how many revisions there are.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Returns how many bytes the parents take.
    pub fn memory(&self) -> usize {
        self.parents.capacity() * std::mem::size_of::<[Rev; 2]>()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// Both parents of `rev`; those of the null revision are null.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn parents(&self, rev: Rev) -> Result<[Rev; 2]> {
        self.check(rev)?;
        Ok(self.parents_or_null(rev))
    }

    /// Appends revisions.
    ///
    /// # Errors
    /// As for [`Graph::new`]; nothing is appended then.
    pub fn extend(&mut self, parents: &[[Rev; 2]]) -> Result<()> {
        check_parents(parents, self.len())?;
        self.parents.extend_from_slice(parents);
        self.reachability.resized(self.parents.len());
        Ok(())
    }

    /// Forgets the revisions from `len` up; does nothing when there are none.
    pub fn truncate(&mut self, len: usize) {
        self.parents.truncate(len);
        self.reachability.resized(self.parents.len());
    }

    /// Returns all parents, by revision.
    pub fn as_slice(&self) -> &[[Rev; 2]] {
        &self.parents
    }

    /// Checks one revision number: in the graph, or null.
    pub(crate) fn check(&self, rev: Rev) -> Result<()> {
        check_rev(rev, self.len())
    }

    /// Checks several.
    pub(crate) fn check_all(&self, revs: &[Rev]) -> Result<()> {
        revs.iter().try_for_each(|&rev| self.check(rev))
    }

    /// Returns the parents of a revision that was checked.
    #[inline(always)]
    fn parents_or_null(&self, rev: Rev) -> [Rev; 2] {
        match self.parents.get(rev.index()) {
            Some(&parents) => parents,
            None => [Rev::NULL; 2],
        }
    }

    /// Returns one past the highest revision, as a revision.
    fn end(&self) -> Rev {
        Rev::from_index(self.len())
    }
}

/// Checks the parents of the revisions from `first` up.
fn check_parents(parents: &[[Rev; 2]], first: usize) -> Result<()> {
    if first + parents.len() > Rev::MAX.index() {
        return Err(Error::Invalid(format!(
            "{} revisions are too many: there can be {}",
            first + parents.len(),
            Rev::MAX
        )));
    }
    // one comparison a parent: shifted by one and unsigned, all from -1 to the child's are smaller
    let fits = |rev: usize, parent: Rev| parent.slot() <= rev;
    let valid = parents
        .iter()
        .enumerate()
        .fold(true, |valid, (i, &[p1, p2])| {
            valid & fits(first + i, p1) & fits(first + i, p2)
        });
    if valid {
        return Ok(());
    }
    for (i, both) in parents.iter().enumerate() {
        let rev = first + i;
        for &parent in both {
            if !fits(rev, parent) {
                return Err(Error::Invalid(format!(
                    "revision {rev} has the parent {parent}: it must be smaller, and -1 for none"
                )));
            }
        }
    }
    Ok(())
}
