//! Drawing order: one topological branch after the other.

use std::ops::ControlFlow;

use super::Graph;
use crate::bitset::BitSet;
use crate::{Result, Rev, NULL_REV};

/// The group of what has been emitted; it waits for the parents of that.
const EMITTED: usize = 0;

/// "No entry" in the lists of waiting groups.
const NONE: u32 = u32::MAX;

/// Revisions held back until a revision that blocks them is about to be emitted.
#[derive(Default)]
struct Group {
    /// In the order in which they will be emitted.
    revs: Vec<Rev>,
    /// Parents of `revs` that are still to come; repeated and past ones are harmless.
    blocked: Vec<Rev>,
}

/// The groups by age, and which revision each of them waits for.
struct Groups {
    groups: Vec<Group>,
    /// Where the group went: itself, a group it was merged into, or [`EMITTED`].
    merged_into: Vec<usize>,
    /// The oldest group that may still be alive, other than [`EMITTED`].
    oldest: usize,
    /// What [`EMITTED`] waits for, with the number of members.
    unblocked: BitSet,
    unblocked_count: usize,
    /// For each revision the first of its entries in `entries`: (group, next entry).
    waiting: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

impl Groups {
    fn new(len: usize, first_branch: &[Rev]) -> Self {
        let mut groups = Self {
            groups: vec![Group::default()],
            merged_into: vec![EMITTED],
            oldest: 1,
            unblocked: BitSet::new(len),
            unblocked_count: 0,
            waiting: vec![NONE; len],
            entries: Vec::new(),
        };
        for &rev in first_branch {
            groups.unblock(rev);
        }
        groups
    }

    fn unblock(&mut self, rev: Rev) {
        self.unblocked_count += !self.unblocked.contains(rev) as usize;
        self.unblocked.insert(rev);
    }

    /// The living group that `group` has become.
    fn find(&mut self, mut group: usize) -> usize {
        while self.merged_into[group] != group {
            self.merged_into[group] = self.merged_into[self.merged_into[group]];
            group = self.merged_into[group];
        }
        group
    }

    fn is_alive(&self, group: usize) -> bool {
        self.merged_into[group] == group
    }

    /// The living groups that wait for `rev`, oldest first.
    fn waiting_for(&mut self, rev: Rev, found: &mut Vec<usize>) {
        found.clear();
        if self.unblocked.contains(rev) {
            found.push(EMITTED);
        }
        let mut next = self.waiting.get(rev as usize).map_or(NONE, |&first| first);
        while next != NONE {
            let (group, after) = self.entries[next as usize];
            // one that has become EMITTED was found above
            let group = self.find(group as usize);
            if group != EMITTED {
                found.push(group);
            }
            next = after;
        }
        found.sort_unstable();
        found.dedup();
    }

    fn add(&mut self) -> usize {
        self.groups.push(Group::default());
        self.merged_into.push(self.groups.len() - 1);
        self.groups.len() - 1
    }

    /// Merges `from` into the older `into`, at the visit of `rev`.
    fn merge(&mut self, into: usize, from: usize, rev: Rev) {
        let gone = std::mem::take(&mut self.groups[from]);
        self.merged_into[from] = into;
        self.groups[into].revs.extend(gone.revs);
        for parent in gone.blocked.into_iter().filter(|&p| p < rev) {
            if into == EMITTED {
                self.unblock(parent);
            } else {
                self.groups[into].blocked.push(parent);
            }
        }
    }

    /// Makes `group` wait for a parent.
    fn block(&mut self, group: usize, parent: Rev) {
        if group == EMITTED {
            self.unblock(parent);
            return;
        }
        self.groups[group].blocked.push(parent);
        let first = &mut self.waiting[parent as usize];
        self.entries.push((group as u32, *first));
        *first = (self.entries.len() - 1) as u32;
    }

    /// The group to emit after the visit of `rev`, which went to `group`.
    fn ready(&mut self, group: usize, rev: Rev) -> Option<usize> {
        if self.unblocked_count == 0 {
            // nothing is waited for: a whole part of the graph has been emitted
            while self.oldest < self.groups.len() && !self.is_alive(self.oldest) {
                self.oldest += 1;
            }
            let any = self.oldest < self.groups.len();
            return Some(if any { self.oldest } else { group });
        }
        if group == EMITTED {
            return Some(group);
        }
        let unblocked = &self.unblocked;
        let blocked = &mut self.groups[group].blocked;
        blocked.retain(|&parent| parent < rev);
        blocked
            .iter()
            .any(|&p| unblocked.contains(p))
            .then_some(group)
    }

    fn emit(&mut self, group: usize, rev: Rev, out: &mut Vec<Rev>) {
        out.append(&mut self.groups[group].revs);
        if group != EMITTED {
            self.merge(EMITTED, group, rev);
        }
    }
}

impl Graph {
    /// `revs` from heads to roots, one topological branch after the other, as
    /// Mercurial draws them: a branch is held back until the revision it started
    /// from is about to come, and then comes as a whole. The branches towards
    /// `first_branch` come first. Repetitions are dropped.
    ///
    /// O(n / 64 + ancestors of `revs` above the lowest of them), plus the sizes of
    /// the groups that have to be compared or merged.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange).
    pub fn toposort(&self, revs: &[Rev], first_branch: &[Rev]) -> Result<Vec<Rev>> {
        self.check_all(revs)?;
        self.check_all(first_branch)?;
        let Some(&lowest) = revs.iter().min() else {
            return Ok(Vec::new());
        };
        let mut wanted = BitSet::new(self.len());
        for &rev in revs {
            wanted.insert(rev);
        }
        let mut sorted = Vec::with_capacity(revs.len());
        let mut groups = Groups::new(self.len(), first_branch);
        let mut matching = Vec::new();
        let mut pending = wanted.clone();
        let _ = pending.descend::<()>(self.end(), lowest, |pending, rev| {
            groups.waiting_for(rev, &mut matching);
            let group = match matching.split_first() {
                None => groups.add(),
                Some((&oldest, younger)) => {
                    for &from in younger {
                        groups.merge(oldest, from, rev);
                    }
                    oldest
                }
            };
            if group == EMITTED {
                groups.unblocked_count -= 1;
                groups.unblocked.remove(rev);
            }
            if wanted.contains(rev) {
                groups.groups[group].revs.push(rev);
            }
            for parent in self.parents_or_null(rev) {
                if parent != NULL_REV {
                    groups.block(group, parent);
                    pending.insert(parent);
                }
            }
            if let Some(group) = groups.ready(group, rev) {
                groups.emit(group, rev, &mut sorted);
            }
            ControlFlow::Continue(())
        });
        for group in &mut groups.groups {
            sorted.append(&mut group.revs);
        }
        Ok(sorted)
    }
}
