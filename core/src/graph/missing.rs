// SPDX-License-Identifier: GPL-2.0-or-later

//! What some revisions have that others lack, asked again and again.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Graph;
use crate::graph::bitset::BitSet;
use crate::graph::revset::RevSet;
use crate::{Result, Rev};

/// With more excluded revisions than this, labels are not asked.
const FEW: usize = 8;

/// A growing set of *bases* whose ancestors count as known, and questions about
/// what is not an ancestor of any base.
///
/// The ancestors of the bases are found only as far down as questions need, and
/// kept. The graph is the one of the moment of creation.
#[derive(Clone, Debug)]
pub struct MissingAncestors {
    graph: Arc<Graph>,
    bases: BTreeSet<Rev>,
    known: Known,
}

/// Bases, without null, and what has been found of their ancestors.
///
/// The walks go exactly as far as Mercurial's do, because
/// [`MissingAncestors::bases_heads`] lets that be seen.
#[derive(Clone, Debug)]
struct Known {
    set: BitSet,
    /// The parents of all members from here up are members.
    cursor: Rev,
}

impl Known {
    fn new(graph: &Graph) -> Self {
        Self {
            set: BitSet::new(graph.len()),
            cursor: Rev::FIRST,
        }
    }

    fn add(&mut self, rev: Rev) {
        if !rev.is_null() && !self.set.contains(rev) {
            self.set.insert(rev);
            // the walk has to come by once more
            self.cursor = self.cursor.max(rev.next());
        }
    }

    /// Walks until everything from `rev` up is known.
    fn down_to(&mut self, graph: &Graph, rev: Rev) {
        if rev < self.cursor {
            let _ = self.set.descend::<()>(self.cursor, rev, |set, rev| {
                set.insert_both(graph.parents[rev.index()]);
                ControlFlow::Continue(())
            });
            self.set.remove_null();
            self.cursor = rev;
        }
    }

    /// Returns the ancestors of `revs`, themselves included, that are not known. Walks down
    /// from both sides until no ancestor of `revs` is left that is not known.
    fn missing(&mut self, graph: &Graph, revs: &[Rev]) -> BitSet {
        // everybody knows null
        self.set.insert(Rev::NULL);
        // what is left to visit; then also what has been visited
        let mut either = self.set.clone();
        either.remove_from(self.cursor);
        // how many are left that are not known
        let mut left = 0;
        for &rev in revs {
            if !self.set.contains(rev) && !either.contains(rev) {
                either.insert(rev);
                left += 1;
            }
        }
        let (set, cursor) = (&mut self.set, &mut self.cursor);
        let _ = either.descend(graph.end(), Rev::FIRST, |either, rev| {
            if left == 0 {
                return ControlFlow::Break(());
            }
            *cursor = (*cursor).min(rev);
            let parents = graph.parents[rev.index()];
            if set.contains(rev) {
                for parent in parents {
                    left -= usize::from(either.contains(parent) && !set.contains(parent));
                    set.insert(parent);
                    either.insert(parent);
                }
            } else {
                left -= 1;
                for parent in parents {
                    if !set.contains(parent) && !either.contains(parent) {
                        either.insert(parent);
                        left += 1;
                    }
                }
            }
            ControlFlow::Continue(())
        });
        set.remove_null();
        either.subtract(set);
        either.remove_null();
        either
    }
}

impl MissingAncestors {
    /// No bases is the same as the null revision for one.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn new(graph: Arc<Graph>, bases: &[Rev]) -> Result<Self> {
        let mut made = Self {
            known: Known::new(&graph),
            graph,
            bases: BTreeSet::new(),
        };
        made.add_bases(if bases.is_empty() {
            &[Rev::NULL]
        } else {
            bases
        })?;
        Ok(made)
    }

    /// Adds bases.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange); none is added then.
    pub fn add_bases(&mut self, bases: &[Rev]) -> Result<()> {
        self.graph.check_all(bases)?;
        for &rev in bases {
            self.bases.insert(rev);
            self.known.add(rev);
        }
        Ok(())
    }

    /// Returns whether there is a base other than null.
    pub fn has_bases(&self) -> bool {
        self.bases.last().is_some_and(|&rev| !rev.is_null())
    }

    /// Returns the bases as they were given. (In Mercurial this set also takes up
    /// ancestors of bases that a question came by.)
    pub fn bases(&self) -> RevSet {
        RevSet::from_revs(self.bases.iter().copied()).expect("bases are checked when added")
    }

    /// Returns the bases that no base, and nothing found so far of the bases' ancestors, has
    /// for a parent; ascending, without null. As in Mercurial, a base that is an
    /// ancestor of another one is only left out if that is known from an earlier
    /// question (or if it is a parent). One pass over what is known.
    pub fn bases_heads(&self) -> Vec<Rev> {
        let mut heads = BitSet::new(self.graph.len());
        self.bases.iter().for_each(|&rev| heads.insert(rev));
        for rev in self.known.set.iter() {
            let [p1, p2] = self.graph.parents[rev.index()];
            heads.remove(p1);
            heads.remove(p2);
        }
        heads.remove_null();
        heads.to_vec()
    }

    /// Takes all ancestors of the bases out of `revs`, and null. Members that are
    /// not in the graph stay. One pass at most, from the highest base to the lowest
    /// member.
    pub fn remove_ancestors_from(&mut self, revs: &mut RevSet) {
        revs.discard(Rev::NULL);
        self.remove_known(revs);
        if let Some(lowest) = revs.min() {
            self.known.down_to(&self.graph, lowest);
            self.remove_known(revs);
        }
    }

    fn remove_known(&self, revs: &mut RevSet) {
        if revs.len() < self.graph.len() / 32 {
            let known: Vec<Rev> = revs
                .iter()
                .filter(|&r| self.known.set.contains(r))
                .collect();
            for rev in known {
                revs.discard(rev);
            }
        } else {
            revs.difference_with(&RevSet::from_dense(&self.known.set));
        }
    }

    /// [`MissingAncestors::remove_ancestors_from`] a dense set.
    pub(super) fn remove_from_dense(&mut self, revs: &mut BitSet) {
        revs.remove_null();
        revs.subtract(&self.known.set);
        if let Some(lowest) = revs.first_from(Rev::FIRST) {
            self.known.down_to(&self.graph, lowest);
            revs.subtract(&self.known.set);
        }
    }

    /// Returns the ancestors of `revs`, themselves included, that are not ancestors of any
    /// base, ascending.
    ///
    /// O(n / 64 + what is missing + ancestors of bases above the lowest of that).
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn missing_ancestors(&mut self, revs: &[Rev]) -> Result<Vec<Rev>> {
        self.graph.check_all(revs)?;
        Ok(self.missing_dense(revs).to_vec())
    }

    /// Returns the same as a dense set, for revisions that were checked.
    pub(super) fn missing_dense(&mut self, revs: &[Rev]) -> BitSet {
        self.known.missing(&self.graph, revs)
    }
}

impl Graph {
    /// Returns the ancestors of `include`, themselves included, that are not ancestors of
    /// `exclude`: Mercurial's revset `only()`.
    ///
    /// By labels, if few are excluded, O(n / 64 + the result); otherwise as
    /// [`MissingAncestors::missing_ancestors`].
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn only(&self, include: &[Rev], exclude: &[Rev]) -> Result<RevSet> {
        self.check_all(include)?;
        self.check_all(exclude)?;
        let by_labels = (exclude.len() <= FEW).then(|| self.missing_by_labels(exclude, include));
        let missing = by_labels.flatten().unwrap_or_else(|| {
            let mut known = Known::new(self);
            for &rev in exclude {
                known.add(rev);
            }
            let missing = known.missing(self, include);
            self.walked(self.end().above(known.cursor));
            missing
        });
        Ok(RevSet::from_dense(&missing))
    }
}
