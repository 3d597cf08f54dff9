//! What some revisions have that others lack, asked again and again.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Graph;
use crate::bitset::BitSet;
use crate::revset::RevSet;
use crate::{Result, Rev, NULL_REV};

/// With more bases than this, labels are not asked.
const FEW_BASES: usize = 8;

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

/// The ancestors of the bases, themselves included, as far as they were walked.
#[derive(Clone, Debug)]
struct Known {
    /// From `cursor` up everything is known; below it are bases and some parents.
    set: BitSet,
    cursor: Rev,
}

impl Known {
    fn new(graph: &Graph) -> Self {
        Self {
            set: BitSet::new(graph.len()),
            cursor: 0,
        }
    }

    /// Walks until everything from `rev` up is known.
    #[inline]
    fn down_to(&mut self, graph: &Graph, rev: Rev) {
        if rev < self.cursor {
            let _ = self.set.descend::<()>(self.cursor, rev, |set, rev| {
                set.insert_both(graph.parents[rev as usize]);
                ControlFlow::Continue(())
            });
            self.cursor = rev;
        }
    }

    fn add(&mut self, rev: Rev) {
        if !self.set.contains(rev) {
            self.set.insert(rev);
            // the walk has to come by once more
            self.cursor = self.cursor.max(rev + 1);
        }
    }

    /// The ancestors of `revs`, themselves included, that are not known, which
    /// means ancestors of `bases`. Labels tell where there are few bases; otherwise
    /// both sides are walked, as far down as something is missing.
    fn missing(&mut self, graph: &Graph, bases: &[Rev], revs: &[Rev]) -> BitSet {
        if bases.len() <= FEW_BASES {
            if let Some(missing) = graph.missing_by_labels(bases, revs) {
                return missing;
            }
        }
        let end = revs.iter().max().map_or(0, |&max| max + 1);
        let mut missing = BitSet::new(end as usize);
        for &rev in revs {
            missing.insert(rev);
        }
        let start = self.cursor;
        let _ = missing.descend::<()>(end, 0, |missing, rev| {
            self.down_to(graph, rev);
            if self.set.contains(rev) {
                missing.remove(rev);
            } else {
                missing.insert_both(graph.parents[rev as usize]);
            }
            ControlFlow::Continue(())
        });
        graph.walked((start - self.cursor).max(0) as usize);
        missing.remove_null();
        missing
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
        made.add_bases(if bases.is_empty() { &[NULL_REV] } else { bases })?;
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

    /// Whether there is a base other than null.
    pub fn has_bases(&self) -> bool {
        self.bases.last().is_some_and(|&rev| rev != NULL_REV)
    }

    /// The bases as they were given. (In Mercurial this set also takes up
    /// ancestors of bases that a question came by.)
    pub fn bases(&self) -> RevSet {
        RevSet::from_revs(self.bases.iter().copied()).expect("bases are checked when added")
    }

    /// The bases that are not a parent of another base, ascending, without null.
    pub fn bases_heads(&self) -> Vec<Rev> {
        let bases: Vec<Rev> = self.bases.iter().copied().collect();
        self.graph.heads_among(&bases)
    }

    /// Takes all ancestors of the bases out of `revs`, and null. Members that are
    /// not in the graph stay. One pass at most, from the highest base to the lowest
    /// member.
    pub fn remove_ancestors_from(&mut self, revs: &mut RevSet) {
        revs.discard(NULL_REV);
        let Some(lowest) = revs.min() else { return };
        self.known.down_to(&self.graph, lowest);
        if revs.len() < self.graph.len() / 32 {
            let known: Vec<Rev> = revs.iter().filter(|&r| self.known.set.contains(r)).collect();
            for rev in known {
                revs.discard(rev);
            }
        } else {
            revs.difference_with(&RevSet::from_dense(&self.known.set));
        }
    }

    /// The same for a dense set.
    pub(super) fn remove_from_dense(&mut self, revs: &mut BitSet) {
        revs.remove_null();
        if let Some(lowest) = revs.first_from(0) {
            self.known.down_to(&self.graph, lowest);
            revs.subtract(&self.known.set);
        }
    }

    /// The ancestors of `revs`, themselves included, that are not ancestors of any
    /// base, ascending.
    ///
    /// O(what is missing + ancestors of bases above the lowest parent of that).
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn missing_ancestors(&mut self, revs: &[Rev]) -> Result<Vec<Rev>> {
        self.graph.check_all(revs)?;
        Ok(self.missing_dense(revs).to_vec())
    }

    /// The same as a dense set, for revisions that were checked.
    pub(super) fn missing_dense(&mut self, revs: &[Rev]) -> BitSet {
        let few: Vec<Rev> = self.bases.iter().copied().take(FEW_BASES + 1).collect();
        self.known.missing(&self.graph, &few, revs)
    }
}

impl Graph {
    /// The ancestors of `include`, themselves included, that are not ancestors of
    /// `exclude`: Mercurial's revset `only()`. One pass at most.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn only(&self, include: &[Rev], exclude: &[Rev]) -> Result<RevSet> {
        self.check_all(include)?;
        self.check_all(exclude)?;
        let mut known = Known::new(self);
        for &rev in exclude {
            known.add(rev);
        }
        Ok(RevSet::from_dense(&known.missing(self, exclude, include)))
    }
}
