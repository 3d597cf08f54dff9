// SPDX-License-Identifier: GPL-2.0-or-later

//! Drawing order: one topological branch after the other.
//!
//! Revisions are held back in groups, which become one where they meet. What a group has
//! is in linked lists, so that this takes one step however large the groups are, and each
//! group counts what it shares with those that have been emitted instead of comparing.

use std::ops::ControlFlow;

use super::Graph;
use crate::graph::bitset::BitSet;
use crate::{Result, Rev};

/// The group of what has been emitted; it waits for the parents of that.
const EMITTED: usize = 0;

/// "No item" in lists.
const NONE: u32 = u32::MAX;

/// A list of numbered items; for each item, an array has the number of the next.
#[derive(Clone, Copy)]
struct List {
    first: u32,
    last: u32,
}

impl List {
    const EMPTY: List = List {
        first: NONE,
        last: NONE,
    };

    /// Returns the list of one item, which is in no other.
    fn of(item: u32) -> Self {
        List {
            first: item,
            last: item,
        }
    }

    fn append(&mut self, more: List, next: &mut [u32]) {
        match (self.last, more.first) {
            (_, NONE) => {}
            (NONE, _) => *self = more,
            (last, first) => {
                next[last as usize] = first;
                self.last = more.last;
            }
        }
    }
}

/// Revisions held back until a revision that blocks them is about to be emitted.
struct Group {
    /// In the order in which they will be emitted.
    revs: List,
    /// Entries for their parents that are still to come; repeated and past ones are harmless.
    blocked: List,
    /// How many of the entries are for revisions that [`EMITTED`] waits for as well.
    shared: usize,
    /// Where the group went: itself, a group it was merged into, or [`EMITTED`].
    merged_into: usize,
}

/// That a group waits for a parent.
struct Entry {
    group: u32,
    parent: Rev,
    /// The next entry for the same parent.
    next: u32,
}

/// The groups by age, and which revision each of them waits for.
struct Groups {
    groups: Vec<Group>,
    /// The oldest group that may still be alive, other than [`EMITTED`].
    oldest: usize,
    /// What [`EMITTED`] waits for, with the number of members.
    unblocked: BitSet,
    unblocked_count: usize,
    /// For each revision the first of its entries.
    waiting: Vec<u32>,
    entries: Vec<Entry>,
    /// The next of each entry among those of its group.
    next_blocked: Vec<u32>,
    /// The next of each revision in its group; in lists, revisions are one higher, as null
    /// may be asked for.
    next_rev: Vec<u32>,
}

impl Groups {
    fn new(len: usize, first_branch: &[Rev]) -> Self {
        let mut groups = Self {
            groups: Vec::new(),
            oldest: 1,
            unblocked: BitSet::new(len),
            unblocked_count: 0,
            waiting: vec![NONE; len],
            entries: Vec::new(),
            next_blocked: Vec::new(),
            next_rev: vec![NONE; len + 1],
        };
        groups.add();
        for &rev in first_branch {
            groups.unblock(rev);
        }
        groups
    }

    fn add(&mut self) -> usize {
        self.groups.push(Group {
            revs: List::EMPTY,
            blocked: List::EMPTY,
            shared: 0,
            merged_into: self.groups.len(),
        });
        self.groups.len() - 1
    }

    /// Returns the living group that `group` has become.
    fn find(&mut self, mut group: usize) -> usize {
        while self.groups[group].merged_into != group {
            let next = self.groups[group].merged_into;
            self.groups[group].merged_into = self.groups[next].merged_into;
            group = next;
        }
        group
    }

    /// Makes [`EMITTED`] wait for a revision.
    fn unblock(&mut self, rev: Rev) {
        if self.unblocked.contains(rev) {
            return;
        }
        self.unblocked.insert(rev);
        self.unblocked_count += 1;
        let mut next = self.first_entry(rev);
        while let Some(group) = self.follow(&mut next) {
            // of no meaning for what has become EMITTED
            self.groups[group].shared += 1;
        }
    }

    /// Returns the living group of an entry, and goes on to the next entry.
    fn follow(&mut self, next: &mut u32) -> Option<usize> {
        if *next == NONE {
            return None;
        }
        let entry = &self.entries[*next as usize];
        let group = entry.group as usize;
        *next = entry.next;
        Some(self.find(group))
    }

    fn first_entry(&self, rev: Rev) -> u32 {
        self.waiting.get(rev.index()).map_or(NONE, |&first| first)
    }

    /// The living groups that wait for `rev`, oldest first.
    fn waiting_for(&mut self, rev: Rev, found: &mut Vec<usize>) {
        found.clear();
        if self.unblocked.contains(rev) {
            found.push(EMITTED);
        }
        let mut next = self.first_entry(rev);
        while let Some(group) = self.follow(&mut next) {
            // one that has become EMITTED was found above
            if group != EMITTED {
                found.push(group);
            }
        }
        found.sort_unstable();
        found.dedup();
    }

    fn hold(&mut self, group: usize, rev: Rev) {
        let revs = &mut self.groups[group].revs;
        revs.append(List::of(rev.slot() as u32), &mut self.next_rev);
    }

    /// Merges `from` into the older `into`, at the visit of `rev`.
    fn merge(&mut self, into: usize, from: usize, rev: Rev) {
        let gone = &mut self.groups[from];
        gone.merged_into = into;
        let (blocked, shared) = (gone.blocked, gone.shared);
        let revs = std::mem::replace(&mut gone.revs, List::EMPTY);
        let older = &mut self.groups[into];
        older.revs.append(revs, &mut self.next_rev);
        if into != EMITTED {
            older.blocked.append(blocked, &mut self.next_blocked);
            older.shared += shared;
            return;
        }
        let mut next = blocked.first;
        while next != NONE {
            let parent = self.entries[next as usize].parent;
            if parent < rev {
                self.unblock(parent);
            }
            next = self.next_blocked[next as usize];
        }
    }

    /// Makes `group` wait for a parent.
    fn block(&mut self, group: usize, parent: Rev) {
        if group == EMITTED {
            self.unblock(parent);
            return;
        }
        let number = self.entries.len() as u32;
        let first = &mut self.waiting[parent.index()];
        self.entries.push(Entry {
            group: group as u32,
            parent,
            next: *first,
        });
        *first = number;
        self.next_blocked.push(NONE);
        let group = &mut self.groups[group];
        group
            .blocked
            .append(List::of(number), &mut self.next_blocked);
        // Nothing more has to be counted: whoever shares what is about to be visited becomes
        // EMITTED there.
        group.shared += usize::from(self.unblocked.contains(parent));
    }

    /// Returns the group to emit after a visit, which went to `group`.
    fn ready(&mut self, group: usize) -> Option<usize> {
        if self.unblocked_count == 0 {
            // nothing is waited for: a whole part of the graph has been emitted
            let alive = |(at, group): &(usize, &Group)| group.merged_into == *at;
            let mut later = self.groups.iter().enumerate().skip(self.oldest);
            return Some(match later.find(alive) {
                Some((oldest, _)) => {
                    self.oldest = oldest;
                    oldest
                }
                None => {
                    self.oldest = self.groups.len();
                    group
                }
            });
        }
        (group == EMITTED || self.groups[group].shared > 0).then_some(group)
    }

    fn emit(&mut self, group: usize, rev: Rev, out: &mut Vec<Rev>) {
        self.take(group, out);
        if group != EMITTED {
            self.merge(EMITTED, group, rev);
        }
    }

    /// Moves the revisions of a group to the end of `out`.
    fn take(&mut self, group: usize, out: &mut Vec<Rev>) {
        let mut next = std::mem::replace(&mut self.groups[group].revs, List::EMPTY).first;
        while next != NONE {
            out.push(Rev::from_slot(next as usize));
            next = self.next_rev[next as usize];
        }
    }
}

impl Graph {
    /// `revs` from heads to roots, one topological branch after the other, as
    /// Mercurial draws them: a branch is held back until the revision it started
    /// from is about to come, and then comes as a whole. The branches towards
    /// `first_branch` come first. Repetitions are dropped.
    ///
    /// O(n / 64 + ancestors of `revs` above the lowest of them), and 8 bytes a revision.
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
                groups.hold(group, rev);
            }
            for parent in self.parents_or_null(rev) {
                if !parent.is_null() {
                    groups.block(group, parent);
                    pending.insert(parent);
                }
            }
            if let Some(group) = groups.ready(group) {
                groups.emit(group, rev, &mut sorted);
            }
            ControlFlow::Continue(())
        });
        for group in 0..groups.groups.len() {
            groups.take(group, &mut sorted);
        }
        Ok(sorted)
    }
}
