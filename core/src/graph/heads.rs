// SPDX-License-Identifier: GPL-2.0-or-later

//! Ends and neighbours: heads, roots, children.

use super::Graph;
use crate::graph::bitset::BitSet;
use crate::graph::revset::RevSet;
use crate::{Result, Rev};

impl Graph {
    /// Returns the revisions without children, ascending; null alone for an empty graph.
    /// One pass.
    pub fn heads(&self) -> Vec<Rev> {
        self.visible_heads(None, None)
    }

    /// Returns the revisions below `stop` without children there, ascending, as if those in
    /// `exclude` did not exist; null alone when `stop` leaves nothing. An excluded
    /// revision that has a child which is not excluded counts as not excluded.
    /// One pass.
    pub fn visible_heads(&self, exclude: Option<&RevSet>, stop: Option<usize>) -> Vec<Rev> {
        let count = stop.unwrap_or(usize::MAX).min(self.len());
        if count == 0 {
            return vec![Rev::NULL];
        }
        // null first; bytes, because a byte is written without being read
        let mut inner = vec![false; count + 1];
        let parents = &self.parents[..count];
        match exclude.filter(|exclude| !exclude.is_empty()) {
            None => {
                for [p1, p2] in parents {
                    inner[p1.slot()] = true;
                    inner[p2.slot()] = true;
                }
            }
            Some(exclude) => {
                // a revision known to be inner has a child that is not excluded
                let revs = Rev::range(Rev::FIRST..Rev::from_index(count));
                for (rev, [p1, p2]) in revs.zip(parents).rev() {
                    if !inner[rev.slot()] && exclude.contains(rev) {
                        inner[rev.slot()] = true;
                        continue;
                    }
                    inner[p1.slot()] = true;
                    inner[p2.slot()] = true;
                }
            }
        }
        let mut heads = Vec::new();
        for (at, some) in inner[1..].chunks(32).enumerate() {
            if some.iter().all(|&inner| inner) {
                continue;
            }
            let here = (32 * at..).map(Rev::from_index).zip(some);
            heads.extend(here.filter(|(_, inner)| !**inner).map(|(rev, _)| rev));
        }
        heads
    }

    /// Returns those of `revs` that are not a parent of another of them, ascending, without
    /// null. O(k log k) for k revisions.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn heads_of(&self, revs: &[Rev]) -> Result<Vec<Rev>> {
        self.check_all(revs)?;
        Ok(self.heads_among(revs))
    }

    /// Returns [`Graph::heads_of`] for revisions that were checked.
    pub(super) fn heads_among(&self, revs: &[Rev]) -> Vec<Rev> {
        if self.is_small(revs) {
            let mut sorted = revs.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            let mut parents: Vec<Rev> = sorted
                .iter()
                .flat_map(|&rev| self.parents_or_null(rev))
                .collect();
            parents.sort_unstable();
            sorted.retain(|rev| !rev.is_null() && parents.binary_search(rev).is_err());
            return sorted;
        }
        let mut heads = BitSet::new(self.len());
        for &rev in revs {
            heads.insert(rev);
        }
        for &rev in revs {
            let [p1, p2] = self.parents_or_null(rev);
            heads.remove(p1);
            heads.remove(p2);
        }
        heads.remove_null();
        heads.to_vec()
    }

    /// Returns those of `revs` without a parent among them, ascending. The null revision is
    /// nobody's parent here, and a root if it is given. O(k log k) for k revisions.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn roots_of(&self, revs: &[Rev]) -> Result<Vec<Rev>> {
        self.check_all(revs)?;
        let is_root = |rev: Rev, among: &dyn Fn(Rev) -> bool| {
            let inner = |parent: Rev| !parent.is_null() && among(parent);
            !self.parents_or_null(rev).into_iter().any(inner)
        };
        if self.is_small(revs) {
            let mut sorted = revs.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            let among = |rev: Rev| sorted.binary_search(&rev).is_ok();
            return Ok(sorted
                .iter()
                .copied()
                .filter(|&r| is_root(r, &among))
                .collect());
        }
        let mut set = BitSet::new(self.len());
        for &rev in revs {
            set.insert(rev);
        }
        let among = |rev: Rev| set.contains(rev);
        Ok(set.iter().filter(|&r| is_root(r, &among)).collect())
    }

    /// Returns the revisions that have `rev` for a parent, ascending. Those of the null
    /// revision are the ones without parents. One pass over the later revisions.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn children(&self, rev: Rev) -> Result<Vec<Rev>> {
        self.check(rev)?;
        let later = Rev::range(rev.next()..self.end()).zip(&self.parents[rev.next().index()..]);
        Ok(if rev.is_null() {
            let roots = later.filter(|(_, p)| **p == [Rev::NULL; 2]);
            roots.map(|(child, _)| child).collect()
        } else {
            let children = later.filter(|(_, p)| p[0] == rev || p[1] == rev);
            children.map(|(child, _)| child).collect()
        })
    }

    /// Returns whether sorting `revs` is cheaper than clearing a bit for every revision.
    fn is_small(&self, revs: &[Rev]) -> bool {
        revs.len() < self.len() / 256
    }
}
