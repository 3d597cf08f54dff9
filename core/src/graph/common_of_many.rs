// SPDX-License-Identifier: GPL-2.0-or-later

//! What very many revisions have in common.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::Graph;
use crate::graph::bitset::BitSet;
use crate::{Error, Result, Rev};

/// The number of sides that are told apart in one walk: the bits of a mark, without one for
/// [`COVERED`].
const SIDES: usize = u64::BITS as usize - 1;

/// Is an ancestor of a common one.
const COVERED: u64 = 1 << SIDES;

/// Somebody who interrupts is noticed after so many revisions.
const BETWEEN_LOOKS: usize = 1 << 16;

impl Graph {
    /// Returns [`Graph::common_ancestor_heads`] of many revisions, without null.
    ///
    /// Each walk takes in 62 of them, and the common ones of those before. Between the
    /// walks, labels sort out whom what is common so far cannot become less by.
    pub(super) fn common_heads_of_many(
        &self,
        revs: &[Rev],
        interrupt: &AtomicBool,
    ) -> Result<Vec<Rev>> {
        let mut left = self.without_descendants(revs);
        let mut heads = match left.pop() {
            Some(lowest) => vec![lowest],
            None => return Ok(Vec::new()),
        };
        while !left.is_empty() && !heads.is_empty() {
            let singles = left.split_off(left.len().saturating_sub(SIDES - 1));
            heads = self.meet_of_all(&heads, &singles, interrupt)?;
            left = self.not_above(&heads, &left);
        }
        Ok(heads)
    }

    /// Returns those of `revs` that descend from no other one, descending: the ancestors of the
    /// others are no fewer.
    fn without_descendants(&self, revs: &[Rev]) -> Vec<Rev> {
        let (Some(&lowest), Some(&highest)) = (revs.iter().min(), revs.iter().max()) else {
            return Vec::new();
        };
        let place = |rev: Rev| Rev::from_index(rev.above(lowest));
        let mut given = BitSet::new(place(highest).index() + 1);
        for &rev in revs {
            given.insert(place(rev));
        }
        let mut below = given.clone();
        let mut kept = Vec::new();
        for rev in Rev::range(lowest..highest.next()) {
            let of_another = |&parent: &Rev| parent >= lowest && below.contains(place(parent));
            if self.parents[rev.index()].iter().any(of_another) {
                below.insert(place(rev));
            } else if given.contains(place(rev)) {
                kept.push(rev);
            }
        }
        kept.reverse();
        kept
    }

    /// Returns the heads, descending, of the revisions that are ancestors of one of `union` and
    /// of each of `singles`.
    fn meet_of_all(
        &self,
        union: &[Rev],
        singles: &[Rev],
        interrupt: &AtomicBool,
    ) -> Result<Vec<Rev>> {
        let all = (1 << (singles.len() + 1)) - 1;
        let end = union
            .iter()
            .chain(singles)
            .max()
            .map_or(Rev::FIRST, |max| max.next());
        let mut marks = vec![0u64; end.index()];
        // marked revisions not yet visited that are not covered
        let mut open = 0;
        let of_union = union.iter().map(|&rev| (rev, 1));
        let of_singles = singles.iter().zip(1..).map(|(&rev, side)| (rev, 1 << side));
        for (rev, mark) in of_union.chain(of_singles) {
            let marks = &mut marks[rev.index()];
            open += usize::from(*marks == 0);
            *marks |= mark;
        }
        let (mut heads, mut visited) = (Vec::new(), 0);
        for rev in Rev::range(Rev::FIRST..end).rev() {
            if rev.index().is_multiple_of(BETWEEN_LOOKS) && interrupt.load(Relaxed) {
                return Err(Error::Interrupted);
            }
            if open == 0 {
                break;
            }
            let mut mark = marks[rev.index()];
            if mark == 0 {
                continue;
            }
            visited += 1;
            if mark & COVERED == 0 {
                open -= 1;
                if mark == all {
                    heads.push(rev);
                    mark |= COVERED;
                }
            }
            for parent in self.parents[rev.index()] {
                if let Some(marks) = marks.get_mut(parent.index()) {
                    let (before, after) = (*marks, *marks | mark);
                    *marks = after;
                    open += usize::from(before == 0 && after & COVERED == 0);
                    open -= usize::from(before != 0 && (before ^ after) & COVERED != 0);
                }
            }
        }
        self.walked(visited);
        Ok(heads)
    }
}
