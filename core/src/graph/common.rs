// SPDX-License-Identifier: GPL-2.0-or-later

//! Ancestry of pairs, and what several revisions have in common.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use super::Graph;
use super::labels::{Budget, Labels};
use crate::graph::bitset::BitSet;
use crate::{Result, Rev};

/// Up to so many revisions are taken in one after the other, which is a short way for
/// each of them mostly.
const FEW: usize = 8;

/// For those whom nobody interrupts.
pub(super) static NEVER: AtomicBool = AtomicBool::new(false);

impl Graph {
    /// Returns whether `a` is an ancestor of `b`; every revision is its own, and null is
    /// everyone's.
    ///
    /// By labels mostly O(1), and O(n) at worst. The first questions of all are searches
    /// between the two numbers.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    #[inline]
    pub fn is_ancestor(&self, a: Rev, b: Rev) -> Result<bool> {
        if let Some(answer) = self.is_ancestor_at_once(a, b)? {
            return Ok(answer);
        }
        let found = match self.reachability.get(&self.parents) {
            Some((labels, labelled)) if b < labelled => Some(labels.is_ancestor(a, b)),
            Some((labels, labelled)) if a < labelled => {
                let entries = self.entries_below(labelled, &[b]);
                let mut budget = Budget::for_part_of(b.above(a));
                labels.is_ancestor_of_any(a, &entries, &mut budget)
            }
            _ => None,
        };
        Ok(found.unwrap_or_else(|| self.search(a, b)))
    }

    /// Returns the answer of [`Graph::is_ancestor`] where that takes no longer than a
    /// microsecond.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    #[inline]
    pub fn is_ancestor_at_once(&self, a: Rev, b: Rev) -> Result<Option<bool>> {
        self.check(a)?;
        self.check(b)?;
        if a >= b || a.is_null() {
            return Ok(Some(a == b || a.is_null()));
        }
        Ok(match self.reachability.ready() {
            Some((labels, labelled)) if b < labelled => {
                labels.is_ancestor_within(a, b, &mut Budget(64))
            }
            _ => None,
        })
    }

    /// Returns the ancestors of `revs` that are no ancestors of `bases`, without null, all of
    /// them checked; if labels can tell, and soon.
    pub(super) fn missing_by_labels(&self, bases: &[Rev], revs: &[Rev]) -> Option<BitSet> {
        let (labels, labelled) = self.reachability.get(&self.parents)?;
        let apt = |rev: &Rev| (Rev::FIRST..labelled).contains(rev);
        if !(bases.iter().all(apt) && revs.iter().all(apt)) {
            return None;
        }
        let mut budget = Budget::for_part_of(self.len());
        labels.missing(&self.parents, bases, revs, &mut budget)
    }

    /// Looks for `a` among the ancestors of the higher `b`.
    fn search(&self, a: Rev, b: Rev) -> bool {
        // by distance from `a`
        let from_a = |rev: Rev| Rev::from_index(rev.above(a));
        let (top, bottom) = (from_a(b), Rev::FIRST);
        let mut seen = BitSet::new(top.index() + 1);
        seen.insert(top);
        let mut visited = 0;
        let found = seen.descend(top.next(), bottom.next(), |seen, distance| {
            visited += 1;
            for parent in self.parents[a.index() + distance.index()] {
                if parent == a {
                    return ControlFlow::Break(());
                }
                if parent > a {
                    seen.insert(from_a(parent));
                }
            }
            ControlFlow::Continue(())
        });
        self.walked(visited);
        found.is_break()
    }

    /// Returns the ancestors of `revs` below `floor` that are parents of ones from there up,
    /// or given themselves; without null.
    fn entries_below(&self, floor: Rev, revs: &[Rev]) -> Vec<Rev> {
        let from_floor = |rev: Rev| Rev::from_index(rev.above(floor));
        let end = from_floor(self.end());
        let mut seen = BitSet::new(end.index());
        let mut entries = Vec::new();
        let mut enter = |seen: &mut BitSet, rev: Rev| {
            if rev >= floor {
                seen.insert(from_floor(rev));
            } else if !rev.is_null() {
                entries.push(rev);
            }
        };
        for &rev in revs {
            enter(&mut seen, rev);
        }
        let _ = seen.descend::<()>(end, Rev::FIRST, |seen, above| {
            for parent in self.parents[floor.index() + above.index()] {
                enter(seen, parent);
            }
            ControlFlow::Continue(())
        });
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    /// Returns the heads of the common ancestors of all of `revs`, descending. Nothing
    /// when null is among them, or when none are given.
    ///
    /// With labels O(what is private to the one of two revisions that has less of
    /// it), in runs of revisions, and O(n) at worst; some further revisions are taken in
    /// one after the other, many as in `common_of_many.rs`: O(n) for 62 of them. The first questions
    /// of all are walks down to where nothing private is left.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn common_ancestor_heads(&self, revs: &[Rev]) -> Result<Vec<Rev>> {
        self.common_ancestor_heads_until(revs, &NEVER)
    }

    /// Returns [`Graph::common_ancestor_heads`], unless somebody sets `interrupt` before it is
    /// done.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange) and
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn common_ancestor_heads_until(
        &self,
        revs: &[Rev],
        interrupt: &AtomicBool,
    ) -> Result<Vec<Rev>> {
        self.check_all(revs)?;
        if revs.contains(&Rev::NULL) {
            return Ok(Vec::new());
        }
        if revs.len() > FEW {
            return self.common_heads_of_many(revs, interrupt);
        }
        let Some((&first, rest)) = revs.split_first() else {
            return Ok(Vec::new());
        };
        let mut heads = vec![first];
        for &rev in rest {
            heads = self.common_heads_of_two(&heads, &[rev]);
        }
        Ok(heads)
    }

    /// Returns which of `revs` are not known soon to have all of `heads` for ancestors.
    pub(super) fn not_above(&self, heads: &[Rev], revs: &[Rev]) -> Vec<Rev> {
        let Some((labels, labelled)) = self.reachability.get(&self.parents) else {
            return revs.to_vec();
        };
        // what is sorted out need not be walked to
        let mut budget = Budget(512 + self.len() / 4 + 4 * revs.len());
        let mut above = |head: Rev, rev: Rev| {
            rev < labelled && labels.is_ancestor_within(head, rev, &mut budget) == Some(true)
        };
        let mut left = revs.to_vec();
        left.retain(|&rev| !heads.iter().all(|&head| above(head, rev)));
        left
    }

    /// Returns the heads, descending, of the revisions that are ancestors of one of `left`
    /// and of one of `right`.
    fn common_heads_of_two(&self, left: &[Rev], right: &[Rev]) -> Vec<Rev> {
        if left == right {
            return left.to_vec();
        }
        let by_labels = self
            .reachability
            .get(&self.parents)
            .and_then(|(labels, labelled)| self.meet_by_labels(labels, labelled, left, right));
        by_labels.unwrap_or_else(|| self.walk_both(left, right, Rev::FIRST).heads)
    }

    /// Returns the same, if labels for the revisions below `labelled` can tell, and soon.
    fn meet_by_labels(
        &self,
        labels: &Labels,
        labelled: Rev,
        left: &[Rev],
        right: &[Rev],
    ) -> Option<Vec<Rev>> {
        if left.iter().chain(right).all(|&rev| rev < labelled) {
            return Some(labels.common_heads(left, right));
        }
        let mut above = self.walk_both(left, right, labelled);
        for entries in [&mut above.left, &mut above.right] {
            entries.sort_unstable();
            entries.dedup();
        }
        let covered = self.entries_below(labelled, &above.heads);
        let mut budget = Budget::for_part_of(self.len());
        for rev in labels.common_heads(&above.left, &above.right) {
            if !labels.is_ancestor_of_any(rev, &covered, &mut budget)? {
                above.heads.push(rev);
            }
        }
        Some(above.heads)
    }

    /// Walks down from both sides at once, to `floor` at most, until nothing
    /// private is left that could meet.
    fn walk_both(&self, left: &[Rev], right: &[Rev], floor: Rev) -> Common {
        const LEFT: u8 = 1;
        const RIGHT: u8 = 2;
        /// Is an ancestor of a common one.
        const COVERED: u8 = 4;
        let end = left
            .iter()
            .chain(right)
            .max()
            .map_or(floor, |max| max.next());
        let mut marks = vec![0u8; end.max(floor).above(floor)];
        let mut meeting = Common::default();
        // marked revisions not yet visited that are not covered
        let mut open = 0;
        for (revs, entries, mark) in [
            (left, &mut meeting.left, LEFT),
            (right, &mut meeting.right, RIGHT),
        ] {
            for &rev in revs {
                if rev < floor {
                    entries.push(rev);
                } else {
                    let marks = &mut marks[rev.above(floor)];
                    open += usize::from(*marks == 0);
                    *marks |= mark;
                }
            }
        }
        let mut visited = 0;
        for rev in Rev::range(floor..end).rev() {
            if open == 0 {
                break;
            }
            let mut mark = marks[rev.above(floor)];
            if mark == 0 {
                continue;
            }
            visited += 1;
            if mark & COVERED == 0 {
                open -= 1;
                if mark == LEFT | RIGHT {
                    meeting.heads.push(rev);
                    mark |= COVERED;
                }
            }
            for parent in self.parents[rev.index()] {
                if parent >= floor {
                    let marks = &mut marks[parent.above(floor)];
                    let (before, after) = (*marks, *marks | mark);
                    *marks = after;
                    open += usize::from(before == 0 && after & COVERED == 0);
                    open -= usize::from(before != 0 && (before ^ after) & COVERED != 0);
                } else if !parent.is_null() && mark == LEFT {
                    meeting.left.push(parent);
                } else if !parent.is_null() && mark == RIGHT {
                    meeting.right.push(parent);
                }
            }
        }
        self.walked(visited);
        meeting
    }
}

/// The result of a walk from two sides.
#[derive(Default)]
struct Common {
    /// Heads of the common revisions above the floor, descending.
    heads: Vec<Rev>,
    /// Where the left side, but no common revision, goes on below the floor.
    left: Vec<Rev>,
    /// The same for the right side.
    right: Vec<Rev>,
}
