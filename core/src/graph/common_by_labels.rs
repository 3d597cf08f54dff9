// SPDX-License-Identifier: GPL-2.0-or-later

//! Common heads by labels: common ancestors of two sides, on runs of
//! revisions.

use std::cmp::Reverse;

use super::labels::{Budget, Labels, NO_RUN};
use crate::Rev;
use crate::graph::bitset::BitSet;

impl Labels {
    /// Returns the heads, descending, of the revisions that are ancestors both of one of
    /// `left` and of one of `right`; all of them are labelled.
    pub(super) fn common_heads(&self, left: &[Rev], right: &[Rev]) -> Vec<Rev> {
        self.common_in_private(left, right, &mut Budget::for_part_of(self.parents.len()))
            .unwrap_or_else(|| self.common_in_scan(left, right))
    }

    /// Goes down from both sides in turns through what is private to each, until
    /// either has no more. What was met just below that is common; and every head
    /// of what is common was met, as it has a private child on both sides.
    fn common_in_private(
        &self,
        left: &[Rev],
        right: &[Rev],
        budget: &mut Budget,
    ) -> Option<Vec<Rev>> {
        let mut found = Vec::new();
        let mut sides = [
            self.side(left, right, &mut found, budget)?,
            self.side(right, left, &mut found, budget)?,
        ];
        'walk: loop {
            for side in &mut sides {
                let Some(run) = side.pending.pop() else {
                    found.append(&mut side.found);
                    break 'walk;
                };
                for parent in self.parents[run as usize] {
                    if parent == NO_RUN || side.seen.contains(in_set(parent)) {
                        continue;
                    }
                    side.seen.insert(in_set(parent));
                    match self.highest_common(parent, &side.others, budget)? {
                        Some(rev) => side.found.push(rev),
                        None => side.pending.push(parent),
                    }
                }
            }
        }
        found.sort_unstable_by_key(|&rev| Reverse(rev));
        let mut heads: Vec<Rev> = Vec::new();
        for rev in found {
            let mut below = false;
            for &head in &heads {
                below |= self.is_ancestor_within(rev, head, budget)?;
            }
            if !below {
                heads.push(rev);
            }
        }
        Some(heads)
    }

    /// Returns the start of one side: its private runs, and what of it is common.
    fn side(
        &self,
        starts: &[Rev],
        others: &[Rev],
        found: &mut Vec<Rev>,
        budget: &mut Budget,
    ) -> Option<Side> {
        let mut side = Side {
            pending: Vec::with_capacity(16),
            seen: BitSet::new(self.parents.len()),
            others: others.to_vec(),
            found: Vec::new(),
        };
        for &start in starts {
            let run = self.run_of[start.index()];
            let mut common = false;
            for &other in others {
                common |= self.is_ancestor_within(start, other, budget)?;
            }
            if common {
                found.push(start);
            } else if !side.seen.contains(in_set(run)) {
                side.seen.insert(in_set(run));
                side.pending.push(run);
            }
        }
        Some(side)
    }

    /// Returns the highest revision of `run`, entered at the top, that is an ancestor of one
    /// of `others`.
    fn highest_common(&self, run: u32, others: &[Rev], budget: &mut Budget) -> Option<Option<Rev>> {
        let mut in_run = None;
        for &other in others {
            budget.spend(1)?;
            let other_run = self.run_of[other.index()];
            if other_run == run {
                in_run = in_run.max(Some(other));
            } else if self.reaches_within(run, other_run, budget)? {
                return Some(Some(self.top[run as usize]));
            }
        }
        Some(in_run)
    }

    /// Goes down through all runs below the starts, until nothing private is left
    /// that could meet. O(runs passed).
    fn common_in_scan(&self, left: &[Rev], right: &[Rev]) -> Vec<Rev> {
        const LEFT: u8 = 1;
        const RIGHT: u8 = 2;
        const BOTH: u8 = LEFT | RIGHT;
        /// Is an ancestor of a common one.
        const COVERED: u8 = 4;
        /// From `LEFT` and `RIGHT` to their signs for "by way of the top".
        const AT_TOP: u32 = 3;
        let run_of = |rev: &Rev| self.run_of[rev.index()];
        let end = left
            .iter()
            .chain(right)
            .map(run_of)
            .max()
            .map_or(0, |max| max as usize + 1);
        let mut marks = vec![0u8; end];
        // marked runs not yet visited that are not covered
        let mut open = 0;
        for (revs, mark) in [(left, LEFT), (right, RIGHT)] {
            for rev in revs {
                let marks = &mut marks[run_of(rev) as usize];
                open += usize::from(*marks == 0);
                *marks |= mark;
            }
        }
        // where a side enters a run: at the top, or at its highest start in it
        let [left, right] = [left, right].map(|revs| {
            let mut starts: Vec<(u32, Rev)> = revs.iter().map(|rev| (run_of(rev), *rev)).collect();
            starts.sort_unstable();
            starts
        });
        let entry = |run: usize, starts: &[(u32, Rev)], at_top: bool| {
            let up_to = starts.partition_point(|&(its, _)| its as usize <= run);
            match starts[..up_to].last() {
                Some(&(its, rev)) if its as usize == run && !at_top => rev,
                _ => self.top[run],
            }
        };
        let mut heads = Vec::new();
        for run in (0..end).rev() {
            if open == 0 {
                break;
            }
            let mut mark = marks[run];
            if mark == 0 {
                continue;
            }
            if mark & COVERED == 0 {
                open -= 1;
                if mark & BOTH == BOTH {
                    let from_left = entry(run, &left, mark & LEFT << AT_TOP != 0);
                    let from_right = entry(run, &right, mark & RIGHT << AT_TOP != 0);
                    heads.push(from_left.min(from_right));
                    mark |= COVERED;
                }
            }
            let spread = mark & (BOTH | COVERED) | (mark & BOTH) << AT_TOP;
            for parent in self.parents[run] {
                if let Some(marks) = marks.get_mut(parent as usize) {
                    let (before, after) = (*marks, *marks | spread);
                    *marks = after;
                    open += usize::from(before == 0 && after & COVERED == 0);
                    open -= usize::from(before != 0 && (before ^ after) & COVERED != 0);
                }
            }
        }
        heads.sort_unstable_by_key(|&rev| Reverse(rev));
        heads
    }
}

/// Returns a run as a member of a set.
fn in_set(run: u32) -> Rev {
    Rev::from_index(run as usize)
}

/// One side's walk through what is private to it.
struct Side {
    /// Private runs still to go through.
    pending: Vec<u32>,
    /// Runs that have been met.
    seen: BitSet,
    /// The starts of the other side.
    others: Vec<Rev>,
    /// Common revisions that were met.
    found: Vec<Rev>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Graph;

    /// Histories with parents up to `back` before their children.
    fn history() -> impl Strategy<Value = Vec<[Rev; 2]>> {
        (1i32..60).prop_flat_map(|back| {
            prop::collection::vec((0..back, 0..back, 0..100), 1..300).prop_map(|draws| {
                let parents = draws
                    .iter()
                    .zip(0..)
                    .map(|(&(b1, b2, kind), rev): (_, i32)| {
                        let (p1, p2) = ((rev - 1 - b1).max(-1), (rev - 1 - b2).max(-1));
                        let second = if kind < 70 { -1 } else { p2 };
                        [p1, if p1 == p2 { -1 } else { second }].map(Rev::new)
                    });
                parents.collect()
            })
        })
    }

    proptest! {
        #[test]
        fn the_walk_and_the_scan_agree(
            history in history(),
            lists in prop::collection::vec(
                (prop::collection::vec(any::<u16>(), 1..4), prop::collection::vec(any::<u16>(), 1..4)),
                50,
            ),
        ) {
            let labels = Labels::new(&history);
            let graph = Graph::from_valid(history);
            for (left, right) in lists {
                let revs = |list: Vec<u16>| -> Vec<Rev> {
                    list.iter().map(|&r| Rev::from_index(r as usize % graph.len())).collect()
                };
                let (left, right) = (revs(left), revs(right));
                let walked = labels.common_in_private(&left, &right, &mut Budget(usize::MAX));
                let scanned = labels.common_in_scan(&left, &right);
                prop_assert_eq!(walked.as_ref(), Some(&scanned));
                if let ([a], [b]) = (&left[..], &right[..]) {
                    // without labels
                    prop_assert_eq!(graph.common_ancestor_heads(&[*a, *b]).unwrap(), scanned);
                }
                let small = labels.common_in_private(&left, &right, &mut Budget(3));
                prop_assert!(small.is_none() || small == walked);
            }
        }
    }
}
