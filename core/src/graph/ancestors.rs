// SPDX-License-Identifier: GPL-2.0-or-later

//! The ancestors of some revisions, found no further than they are asked for.

use std::ops::ControlFlow;
use std::sync::{Arc, MutexGuard};

use super::Graph;
use crate::graph::bitset::BitSet;
use crate::platform::fork_lock::ForkLock;
use crate::{Result, Rev};

/// The lazy set of the ancestors of some revisions.
///
/// Walks from the highest revision down, only as far as a question needs, and
/// keeps what it found for the next question. Iterators are independent of each
/// other and share what was walked. The graph is the one of the moment of creation.
#[derive(Debug)]
pub struct Ancestors {
    graph: Arc<Graph>,
    /// The lowest revision that may be a member, null apart.
    floor: Rev,
    /// Whether the null revision is a member: only if given, and the stop allows it.
    null: bool,
    /// The revisions given that count, and whether they are members themselves.
    starts: Box<[Rev]>,
    inclusive: bool,
    walk: ForkLock<Walk>,
}

/// The state of a walk.
#[derive(Debug)]
struct Walk {
    /// Members from `cursor` up are all known; below it are only parents of those.
    seen: BitSet,
    cursor: Rev,
}

impl Walk {
    /// Returns a walk that has not set off.
    fn new(graph: &Graph, starts: &[Rev], inclusive: bool) -> Self {
        let end = starts.iter().max().map_or(Rev::FIRST, |max| max.next());
        let mut seen = BitSet::new(end.index());
        for &rev in starts {
            if inclusive {
                seen.insert(rev);
            } else {
                seen.insert_both(graph.parents_or_null(rev));
            }
        }
        Walk { seen, cursor: end }
    }

    /// Walks until everything from `rev` up is known.
    #[inline]
    fn down_to(&mut self, graph: &Graph, rev: Rev) {
        if rev < self.cursor {
            let _ = self.seen.descend::<()>(self.cursor, rev, |seen, rev| {
                seen.insert_both(graph.parents[rev.index()]);
                ControlFlow::Continue(())
            });
            self.cursor = rev;
        }
    }
}

impl Ancestors {
    /// Returns the ancestors of `revs` that are not below `stoprev`; with `inclusive`, `revs`
    /// themselves too. A given revision below `stoprev` counts for nothing.
    ///
    /// O(limit / 64), where the limit is the highest revision given.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn new(graph: Arc<Graph>, revs: &[Rev], stoprev: Rev, inclusive: bool) -> Result<Self> {
        graph.check_all(revs)?;
        let starts: Box<[Rev]> = revs.iter().copied().filter(|&r| r >= stoprev).collect();
        let walk = Walk::new(&graph, &starts, inclusive);
        Ok(Self {
            graph,
            floor: stoprev.max(Rev::FIRST),
            null: inclusive && walk.seen.contains(Rev::NULL),
            starts,
            inclusive,
            walk: ForkLock::new(walk),
        })
    }

    /// Returns whether `rev` is a member; false for anything that is no revision.
    /// Walks down to `rev` at most.
    pub fn contains(&self, rev: Rev) -> bool {
        if rev < self.floor {
            return rev.is_null() && self.null;
        }
        let mut walk = self.lock();
        walk.down_to(&self.graph, rev);
        walk.seen.contains(rev)
    }

    /// Returns whether there is no member. Walks nowhere.
    pub fn is_empty(&self) -> bool {
        // the highest revision put in at the start is a member if it is not too low
        !self.null && self.lock().seen.last_below(Rev::MAX) < Some(self.floor)
    }

    /// Iterates in descending order.
    pub fn iter(self: &Arc<Self>) -> AncestorsIter {
        AncestorsIter {
            set: Arc::clone(self),
            end: Rev::MAX,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Walk> {
        let start = || Walk::new(&self.graph, &self.starts, self.inclusive);
        self.walk.lock(start)
    }
}

/// One iteration over [`Ancestors`].
#[derive(Clone, Debug)]
pub struct AncestorsIter {
    set: Arc<Ancestors>,
    /// What comes next is below this.
    end: Rev,
}

impl AncestorsIter {
    /// Writes the next revisions to the start of `out`; says how many. Fewer than
    /// there is room for means that these were the last.
    pub fn fill(&mut self, out: &mut [Rev]) -> usize {
        let set = &*self.set;
        let walk = &mut *set.lock();
        let mut count = 0;
        let mut emit = |rev: Rev| match out.get_mut(count) {
            Some(place) => {
                *place = rev;
                count += 1;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(rev),
        };
        // what was walked before
        let cursor = walk.cursor.max(set.floor);
        let mut full = walk.seen.descend(self.end, cursor, |_, rev| emit(rev));
        if full.is_continue() {
            // and on from there: the highest one not yet visited is always a member
            let end = self.end.min(walk.cursor);
            full = walk.seen.descend(end, set.floor, |seen, rev| {
                emit(rev)?;
                seen.insert_both(set.graph.parents[rev.index()]);
                ControlFlow::Continue(())
            });
            let walked = full.break_value().map_or(set.floor, |next| next.next());
            walk.cursor = walk.cursor.min(walked);
        }
        if let ControlFlow::Break(next) = full {
            self.end = next.next();
        } else {
            self.end = self.end.min(set.floor);
            if set.null && self.end > Rev::NULL && emit(Rev::NULL).is_continue() {
                self.end = Rev::NULL;
            }
        }
        count
    }

    /// Returns up to `count` further revisions; none at the end.
    pub fn next_chunk(&mut self, count: usize) -> Vec<Rev> {
        let mut chunk = vec![Rev::NULL; count];
        let filled = self.fill(&mut chunk);
        chunk.truncate(filled);
        chunk
    }
}

impl Iterator for AncestorsIter {
    type Item = Rev;

    fn next(&mut self) -> Option<Rev> {
        let mut one = [Rev::NULL];
        (self.fill(&mut one) == 1).then_some(one[0])
    }
}
