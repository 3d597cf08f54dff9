// SPDX-License-Identifier: GPL-2.0-or-later

//! The greatest among several common ancestors, as Mercurial chooses them.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::Graph;
use super::common::NEVER;
use crate::graph::bitset::BitSet;
use crate::{Error, Result, Rev};

/// Somebody who interrupts is noticed after so many revisions.
const BETWEEN_LOOKS: u32 = 1 << 10;

/// A set of candidates, interned: small numbers are cheap to compare and count.
type Group = usize;

/// Interned sets of candidates. The first `k` are those of one candidate each; of others
/// there are only those that revisions are in.
struct Groups {
    candidates: usize,
    members: Vec<Vec<u64>>,
    ids: HashMap<Vec<u64>, Group>,
    /// How many revisions not yet visited are in each group.
    pending: Vec<usize>,
    /// How many groups have any.
    alive: usize,
    /// Numbers that have no group.
    free: Vec<Group>,
}

impl Groups {
    fn new(candidates: usize) -> Self {
        let mut groups = Self {
            candidates,
            free: Vec::new(),
            members: Vec::new(),
            ids: HashMap::new(),
            pending: Vec::new(),
            alive: 0,
        };
        for i in 0..candidates {
            let mut set = vec![0; candidates.div_ceil(64)];
            set[i / 64] |= 1 << (i % 64);
            let group = groups.intern(set);
            groups.enter(group);
        }
        groups
    }

    fn intern(&mut self, set: Vec<u64>) -> Group {
        if let Some(&group) = self.ids.get(&set) {
            return group;
        }
        let group = self.free.pop().unwrap_or_else(|| {
            self.members.push(Vec::new());
            self.pending.push(0);
            self.members.len() - 1
        });
        self.members[group] = set.clone();
        self.ids.insert(set, group);
        group
    }

    fn union(&mut self, a: Group, b: Group) -> Group {
        if a == b {
            return a;
        }
        let both = self.members[a].iter().zip(&self.members[b]);
        let set = both.map(|(a, b)| a | b).collect();
        self.intern(set)
    }

    fn enter(&mut self, group: Group) {
        self.alive += usize::from(self.pending[group] == 0);
        self.pending[group] += 1;
    }

    fn leave(&mut self, group: Group) {
        self.pending[group] -= 1;
        if self.pending[group] == 0 {
            self.alive -= 1;
            if group >= self.candidates {
                self.ids.remove(&std::mem::take(&mut self.members[group]));
                self.free.push(group);
            }
        }
    }

    fn contains(&self, group: Group, candidate: usize) -> bool {
        self.members[group][candidate / 64] >> (candidate % 64) & 1 != 0
    }
}

impl Graph {
    /// Returns those of [`Graph::common_ancestor_heads`] that are furthest from a root,
    /// ascending: Mercurial's `ancestors()`.
    ///
    /// With one common head that is it. Otherwise the walk goes down from all of
    /// them together, each revision belonging to the heads with the longest way to
    /// it, until one group of heads is left; with heads above separate roots this is
    /// the group whose root has the lowest number, and it may be none at all.
    ///
    /// O(n / 64 + k) for the k revisions visited, which lie between the heads and the
    /// place where all but one group have ended; k times as much for each 64 heads.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn greatest_common_ancestors(&self, revs: &[Rev]) -> Result<Vec<Rev>> {
        let heads = self.common_ancestor_heads(revs)?;
        self.greatest_of_until(&heads, &NEVER)
    }

    /// Chooses among the heads of some common ancestors, descending, as
    /// [`Graph::greatest_common_ancestors`] does, unless somebody sets `interrupt` before it
    /// is done.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange) and
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn greatest_of_until(&self, heads: &[Rev], interrupt: &AtomicBool) -> Result<Vec<Rev>> {
        self.check_all(heads)?;
        let mut heads: Vec<Rev> = heads.iter().copied().filter(|&r| !r.is_null()).collect();
        if heads.len() > 1 {
            heads.sort_unstable();
            heads.dedup();
            heads = self.greatest_of(&heads, interrupt)?;
        }
        Ok(heads)
    }

    /// Returns the choice among several heads, ascending.
    fn greatest_of(&self, heads: &[Rev], interrupt: &AtomicBool) -> Result<Vec<Rev>> {
        let mut groups = Groups::new(heads.len());
        let end = heads.last().map_or(Rev::FIRST, |last| last.next());
        // the length of the way to each revision, 0 for none yet, and whose it is
        let mut ways = vec![(0u32, 0); end.index()];
        let mut pending = BitSet::new(end.index());
        for (group, &head) in heads.iter().enumerate() {
            ways[head.index()] = (1, group);
            pending.insert(head);
        }
        let mut visited = 0u32;
        let ended = pending.descend(end, Rev::FIRST, |pending, rev| {
            if groups.alive < 2 {
                return ControlFlow::Break(Ok(()));
            }
            visited = visited.wrapping_add(1);
            if visited.is_multiple_of(BETWEEN_LOOKS) && interrupt.load(Relaxed) {
                return ControlFlow::Break(Err(Error::Interrupted));
            }
            let (depth, group) = ways[rev.index()];
            for parent in self.parents[rev.index()] {
                if parent.is_null() {
                    continue;
                }
                let (known, whose) = &mut ways[parent.index()];
                if *known <= depth {
                    groups.enter(group);
                    if *known > 0 {
                        groups.leave(*whose);
                    }
                    (*known, *whose) = (depth + 1, group);
                    pending.insert(parent);
                } else if *known == depth + 1 {
                    let union = groups.union(*whose, group);
                    groups.enter(union);
                    groups.leave(*whose);
                    *whose = union;
                }
            }
            groups.leave(group);
            ControlFlow::Continue(())
        });
        ended.break_value().unwrap_or(Ok(()))?;
        Ok(match groups.pending.iter().position(|&count| count > 0) {
            None => Vec::new(),
            Some(group) => heads
                .iter()
                .enumerate()
                .filter(|&(i, _)| groups.contains(group, i))
                .map(|(_, &head)| head)
                .collect(),
        })
    }
}
