//! Common heads by labels: where the ancestors of two sides meet, on runs of
//! revisions.

use std::cmp::Reverse;

use super::labels::{Budget, Labels, NO_RUN};
use crate::bitset::BitSet;
use crate::Rev;

/// What the walk through private runs may cost until the scan takes over, which may
/// be over soon or go through all runs: this, and a part of their number.
const BUDGET: usize = 512;

impl Labels {
    /// The heads, descending, of the revisions that are ancestors both of one of
    /// `left` and of one of `right`; all of them are labelled.
    pub(super) fn common_heads(&self, left: &[Rev], right: &[Rev]) -> Vec<Rev> {
        self.meet_in_private(left, right, &mut Budget(BUDGET + self.parents.len() / 16))
            .unwrap_or_else(|| self.meet_in_scan(left, right))
    }

    /// Goes down from both sides in turns through what is private to each, until
    /// either has no more. What was met just below that is common; and every head
    /// of what is common was met, as it has a private child on both sides.
    fn meet_in_private(
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
                    if parent == NO_RUN || side.seen.contains(parent as Rev) {
                        continue;
                    }
                    side.seen.insert(parent as Rev);
                    if self.reaches_any(parent, &side.others, budget)? {
                        // parents of a bottom are tops
                        side.found.push(self.top[parent as usize]);
                    } else {
                        side.pending.push(parent);
                    }
                }
            }
        }
        found.sort_unstable_by_key(|&rev| Reverse(rev));
        let mut heads: Vec<Rev> = Vec::new();
        let mut runs = Vec::new();
        for rev in found {
            // one of the same run as a head is below it
            let run = self.run_of[rev as usize];
            if !self.reaches_any(run, &runs, budget)? {
                heads.push(rev);
                runs.push(run);
            }
        }
        Some(heads)
    }

    /// The start of one side: its private runs, and what of it is common.
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
            others: others.iter().map(|&rev| self.run_of[rev as usize]).collect(),
            found: Vec::new(),
        };
        for &start in starts {
            let run = self.run_of[start as usize];
            let mut common = false;
            for (&other, &other_run) in others.iter().zip(&side.others) {
                common |= match other_run == run {
                    true => start <= other,
                    false => self.reaches_within(run, other_run, budget)?,
                };
            }
            if common {
                found.push(start);
            } else if !side.seen.contains(run as Rev) {
                side.seen.insert(run as Rev);
                side.pending.push(run);
            }
        }
        Some(side)
    }

    fn reaches_any(&self, run: u32, others: &[u32], budget: &mut Budget) -> Option<bool> {
        for &other in others {
            if self.reaches_within(run, other, budget)? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Goes down through all runs below the starts, until nothing private is left
    /// that could meet. O(runs passed).
    fn meet_in_scan(&self, left: &[Rev], right: &[Rev]) -> Vec<Rev> {
        const LEFT: u8 = 1;
        const RIGHT: u8 = 2;
        const BOTH: u8 = LEFT | RIGHT;
        /// Is an ancestor of a common one.
        const COVERED: u8 = 4;
        /// From `LEFT` and `RIGHT` to their signs for "by way of the top".
        const AT_TOP: u32 = 3;
        let run_of = |rev: &Rev| self.run_of[*rev as usize];
        let end = left.iter().chain(right).map(run_of).max().map_or(0, |max| max as usize + 1);
        let mut marks = vec![0u8; end];
        // marked runs not yet visited that are not covered
        let mut open = 0;
        for (revs, mark) in [(left, LEFT), (right, RIGHT)] {
            for rev in revs {
                let marks = &mut marks[run_of(rev) as usize];
                open += (*marks == 0) as usize;
                *marks |= mark;
            }
        }
        // where a side enters a run: at the top, or at its highest start in it
        let entry = |run: usize, revs: &[Rev], at_top: bool| match at_top {
            true => self.top[run],
            false => {
                let here = revs.iter().filter(|rev| run_of(rev) as usize == run);
                here.copied().max().unwrap_or(self.top[run])
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
                    let from_left = entry(run, left, mark & LEFT << AT_TOP != 0);
                    let from_right = entry(run, right, mark & RIGHT << AT_TOP != 0);
                    heads.push(from_left.min(from_right));
                    mark |= COVERED;
                }
            }
            let spread = mark & (BOTH | COVERED) | (mark & BOTH) << AT_TOP;
            for parent in self.parents[run] {
                if let Some(marks) = marks.get_mut(parent as usize) {
                    let (before, after) = (*marks, *marks | spread);
                    *marks = after;
                    open += (before == 0 && after & COVERED == 0) as usize;
                    open -= (before != 0 && (before ^ after) & COVERED != 0) as usize;
                }
            }
        }
        heads.sort_unstable_by_key(|&rev| Reverse(rev));
        heads
    }
}

/// One side's walk through what is private to it.
struct Side {
    /// Private runs still to go through.
    pending: Vec<u32>,
    /// Runs that have been met.
    seen: BitSet,
    /// The runs of the other side.
    others: Vec<u32>,
    /// Common revisions that were met.
    found: Vec<Rev>,
}
