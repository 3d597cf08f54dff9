// SPDX-License-Identifier: GPL-2.0-or-later

//! What lies between: descendants, and the paths from roots to heads.

use std::ops::ControlFlow;

use super::Graph;
use crate::graph::bitset::BitSet;
use crate::graph::revset::RevSet;
use crate::{Result, Rev};

impl Graph {
    /// Returns the revisions with an ancestor in `revs`, other than themselves. All, when
    /// null is given. One pass over the later revisions.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn descendants(&self, revs: &[Rev]) -> Result<RevSet> {
        self.check_all(revs)?;
        let Some(&first) = revs.iter().min() else {
            return Ok(RevSet::new());
        };
        if first.is_null() {
            return Ok(RevSet::from_dense(&BitSet::full(self.len())));
        }
        let mut below = BitSet::new(self.len());
        for &rev in revs {
            below.insert(rev);
        }
        // the given ones are members only if another one is their ancestor
        let mut strict = BitSet::new(self.len());
        for rev in Rev::range(first.next()..self.end()) {
            let [p1, p2] = self.parents[rev.index()];
            if below.contains(p1) || below.contains(p2) {
                below.insert(rev);
                strict.insert(rev);
            }
        }
        Ok(RevSet::from_dense(&strict))
    }

    /// Returns those of `roots` that are reached when walking from `heads` towards parents,
    /// not going on from a root, nor to parents below `min_root`; with
    /// `include_path`, going on, and everything on the way between the two from
    /// `min_root` up: Mercurial's `roots::heads` when `min_root` is the lowest root.
    ///
    /// The null revision is a root like any other, though only reached with
    /// `min_root` -1 (or as a head). One pass at most, and one upwards for the path.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn range(
        &self,
        roots: &[Rev],
        heads: &[Rev],
        min_root: Rev,
        include_path: bool,
    ) -> Result<RevSet> {
        self.check_all(roots)?;
        self.check_all(heads)?;
        Ok(RevSet::from_dense(&self.range_dense(
            roots,
            heads,
            min_root,
            include_path,
        )))
    }

    /// Returns [`Graph::range`] for revisions that were checked.
    pub(super) fn range_dense(
        &self,
        roots: &[Rev],
        heads: &[Rev],
        min_root: Rev,
        include_path: bool,
    ) -> BitSet {
        let (Some(&lowest), Some(&highest)) = (roots.iter().min(), heads.iter().max()) else {
            return BitSet::new(0);
        };
        let end = highest.next();
        let mut is_root = BitSet::new(end.index());
        for &root in roots.iter().filter(|&&root| root <= highest) {
            is_root.insert(root);
        }
        let mut seen = BitSet::new(end.index());
        for &head in heads {
            seen.insert(head);
        }
        let mut null_seen = seen.contains(Rev::NULL);
        let mut reached = BitSet::new(end.index());
        // nothing below the lowest root leads to one
        let _ = seen.descend::<()>(end, lowest.max(Rev::FIRST), |seen, rev| {
            if is_root.contains(rev) {
                reached.insert(rev);
                if !include_path {
                    return ControlFlow::Continue(());
                }
            }
            for parent in self.parents[rev.index()] {
                if parent >= min_root {
                    null_seen |= parent.is_null();
                    seen.insert(parent);
                }
            }
            ControlFlow::Continue(())
        });
        if null_seen && is_root.contains(Rev::NULL) {
            reached.insert(Rev::NULL);
        }
        if include_path && !reached.is_empty() {
            for rev in seen.iter().filter(|&rev| rev >= min_root.max(Rev::FIRST)) {
                let [p1, p2] = self.parents[rev.index()];
                if reached.contains(p1) || reached.contains(p2) {
                    reached.insert(rev);
                }
            }
        }
        reached
    }
}
