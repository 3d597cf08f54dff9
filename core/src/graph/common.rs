// SPDX-License-Identifier: GPL-2.0-or-later

//! Ancestry of pairs, and what several revisions have in common.

use std::ops::ControlFlow;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use once_cell::race::OnceBox;

use super::Graph;
use super::labels::{Budget, Labels};
use crate::graph::bitset::BitSet;
use crate::{Result, Rev};

/// Labels are made once searches without them have visited this many times as many
/// revisions as there are: about what making them costs.
const PATIENCE: usize = 8;

/// Up to so many revisions are taken in one after the other, which is a short way for
/// each of them mostly.
const FEW: usize = 8;

/// For those whom nobody interrupts.
pub(super) static NEVER: AtomicBool = AtomicBool::new(false);

/// The labels of a graph, when there are any.
///
/// They are for the revisions that there were when they were made; later ones are
/// searched down to those, until they are too many. They are made without a lock, because
/// a child that was forked meanwhile would wait for it for ever: where two threads made
/// them, one has worked in vain.
#[derive(Debug)]
pub(super) struct Reachability {
    labels: OnceBox<Arc<Labels>>,
    /// The process that has a thread at work on them, 0 for none.
    maker: AtomicU32,
    /// The shortest that the graph has been since the labels were made.
    intact: usize,
    /// How many revisions have been visited for want of labels.
    visited: AtomicUsize,
}

impl Default for Reachability {
    fn default() -> Self {
        Self {
            labels: OnceBox::new(),
            maker: AtomicU32::new(0),
            intact: usize::MAX,
            visited: AtomicUsize::new(0),
        }
    }
}

impl Clone for Reachability {
    fn clone(&self) -> Self {
        let labels = self.labels.get().map(|labels| Box::new(Arc::clone(labels)));
        Self {
            labels: labels.map_or_else(OnceBox::new, OnceBox::with_value),
            maker: AtomicU32::new(0),
            intact: self.intact,
            visited: AtomicUsize::new(self.visited.load(Ordering::Relaxed)),
        }
    }
}

impl Reachability {
    /// Takes note that the graph has `len` revisions now.
    pub(super) fn resized(&mut self, len: usize) {
        if let Some(labels) = self.labels.get() {
            self.intact = self.intact.min(len);
            // what is right before a truncation is right after, but not for numbers
            // that are used again
            let intact = self.intact.min(labels.len());
            if len - intact > 256 + intact / 64 {
                *self = Self::default();
            }
        }
    }

    /// Returns the labels, and for how many revisions they are right; if there are any, or
    /// if it is time to make them.
    #[inline]
    fn get(&self, parents: &[[Rev; 2]]) -> Option<(&Labels, Rev)> {
        let labels = match self.labels.get() {
            Some(labels) => labels,
            None if self.are_due(parents.len()) => self.make(parents),
            None => return None,
        };
        Some((labels, Rev::from_index(labels.len().min(self.intact))))
    }

    /// Returns whether it is time to make labels: there are none, and no thread is at it. (The
    /// others search meanwhile.)
    fn are_due(&self, len: usize) -> bool {
        self.labels.get().is_none()
            && self.visited.load(Ordering::Relaxed) >= PATIENCE * len
            && self.maker.load(Ordering::Relaxed) != process::id()
    }

    #[cold]
    fn make(&self, parents: &[[Rev; 2]]) -> &Labels {
        /// Says that nobody is at it, also after a panic.
        struct Made<'a>(&'a AtomicU32);
        impl Drop for Made<'_> {
            fn drop(&mut self) {
                self.0.store(0, Ordering::Relaxed);
            }
        }
        if let Some(labels) = self.labels.get() {
            return labels;
        }
        self.maker.store(process::id(), Ordering::Relaxed);
        let _made = Made(&self.maker);
        let labels = Labels::new(parents);
        self.labels.get_or_init(|| Box::new(Arc::new(labels)))
    }
}

impl Graph {
    /// Makes the labels for reachability now, if there are none: otherwise that
    /// happens when enough questions have been asked. O(n): 10 to 200 ns a
    /// revision, more where there are more merges and for very large graphs.
    pub fn prepare(&self) {
        self.reachability.make(&self.parents);
    }

    /// Returns how many bytes the labels for reachability take, 0 before there are any.
    pub fn label_bytes(&self) -> usize {
        let labels = self.reachability.labels.get();
        labels.map_or(0, |labels| labels.bytes())
    }

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
        let Some(labels) = self.reachability.labels.get() else {
            return Ok(None);
        };
        let labelled = Rev::from_index(labels.len().min(self.reachability.intact));
        Ok(if b < labelled {
            labels.is_ancestor_within(a, b, &mut Budget(64))
        } else {
            None
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

    /// Takes note of revisions that were visited for want of labels.
    pub(super) fn walked(&self, visited: usize) {
        self.reachability
            .visited
            .fetch_add(visited, Ordering::Relaxed);
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
    /// one after the other, many as in `many.rs`: O(n) for 62 of them. The first questions
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
