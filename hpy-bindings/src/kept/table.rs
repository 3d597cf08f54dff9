// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tables: which places of a Python list belong to the objects that values keep.
//!
//! What is in the list, the collector sees; who has it, sees the collector: each object whose
//! value refers to the table has the list in a field. Here is only what needs no interpreter.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crossbeam_queue::SegQueue;

/// The places of one list.
///
/// A place may be given up by any thread, with the interpreter or without. All else is done by
/// the thread that has it.
pub(crate) struct Table {
    /// The table to which all places have moved, and the number of the first one there.
    moved: OnceLock<(Arc<Table>, usize)>,
    /// Places whose objects are still in the list, though nobody refers to them. Without a
    /// lock, which a fork could find taken.
    given_up: SegQueue<usize>,
    /// Locked only with the interpreter, and not while Python runs.
    free: Mutex<Free>,
}

#[derive(Default)]
struct Free {
    /// Empty places.
    places: Vec<usize>,
    /// The number of all places, at most the length of the list.
    all: usize,
    /// The number of changes of the above.
    version: usize,
}

/// The place of the list to which all objects have moved; empty until they have.
pub(crate) const MOVED_TO: usize = 0;

impl Table {
    /// Makes a table for a list with one empty place, [`MOVED_TO`].
    pub(crate) fn new() -> Arc<Self> {
        let free = Free {
            all: MOVED_TO + 1,
            ..Free::default()
        };
        Arc::new(Table {
            moved: OnceLock::new(),
            given_up: SegQueue::new(),
            free: Mutex::new(free),
        })
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        // Nothing in between can leave it half done.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the table to which this one's places have moved.
    pub(crate) fn moved_to(&self) -> Option<&Arc<Table>> {
        self.moved.get().map(|(table, _)| table)
    }

    /// Returns where a place is now.
    #[inline]
    pub(crate) fn locate(&self, mut place: usize) -> (&Table, usize) {
        let mut table = self;
        while let Some((next, first)) = table.moved.get() {
            (table, place) = (next, first + place);
        }
        (table, place)
    }

    /// Takes an empty place, if there is one.
    pub(crate) fn take(&self) -> Option<usize> {
        let mut free = self.free();
        free.version += 1;
        free.places.pop()
    }

    /// Puts back a place that is empty.
    pub(crate) fn put_back(&self, place: usize) {
        let mut free = self.free();
        free.version += 1;
        free.places.push(place);
    }

    /// Takes note that the list has grown by an empty place.
    pub(crate) fn grow(&self) {
        let mut free = self.free();
        let place = free.all;
        free.version += 1;
        free.places.push(place);
        free.all += 1;
    }

    /// Returns the number of places.
    pub(crate) fn len(&self) -> usize {
        self.free().all
    }

    /// Returns the number of changes so far, but for places that are given up.
    pub(crate) fn version(&self) -> usize {
        self.free().version
    }

    /// Gives up a place, whose object stays in the list until somebody has the interpreter.
    pub(crate) fn give_up(&self, place: usize) {
        let (table, place) = self.locate(place);
        table.given_up.push(place);
    }

    /// Returns a place that was given up.
    pub(crate) fn next_given_up(&self) -> Option<usize> {
        self.given_up.pop()
    }

    /// Returns `true` if there is a place that was given up.
    pub(crate) fn has_given_up(&self) -> bool {
        !self.locate(0).0.given_up.is_empty()
    }

    /// Takes note that all objects are in the list of another table now, from place `first` on.
    pub(crate) fn move_to(&self, other: &Arc<Table>, first: usize) {
        let mine = std::mem::take(&mut *self.free());
        let mut free = other.free();
        free.version += 1;
        free.all = free.all.max(first + mine.all);
        free.places
            .extend(mine.places.iter().map(|place| first + place));
        free.places.push(first + MOVED_TO);
        drop(free);
        let known = self.moved.set((Arc::clone(other), first));
        debug_assert!(known.is_ok(), "a table moves once");
        while let Some(place) = self.given_up.pop() {
            other.given_up.push(first + place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        let table = Table::new();
        assert_eq!(table.take(), None);
        table.grow();
        table.grow();
        assert_eq!((table.take(), table.take()), (Some(2), Some(1)));
        table.give_up(2);
        assert!(table.has_given_up());
        assert_eq!(table.next_given_up(), Some(2));
        let version = table.version();
        table.put_back(2);
        assert_ne!(table.version(), version);
        assert_eq!(
            (table.len(), table.take(), table.take()),
            (3, Some(2), None)
        );
    }

    #[test]
    fn places_move_to_another_table() {
        let (small, large, largest) = (Table::new(), Table::new(), Table::new());
        small.grow();
        small.grow();
        let place = small.take().unwrap();
        small.give_up(1);
        // The lists have 1 and 5 items, of which nobody has told yet.
        small.move_to(&large, 1);
        large.move_to(&largest, 5);
        let (found, now) = small.locate(place);
        assert!(std::ptr::eq(found, Arc::as_ptr(&largest)));
        assert_eq!(now, 5 + 1 + place);
        assert_eq!(largest.next_given_up(), Some(5 + 1 + 1));
        small.give_up(place);
        assert!(small.has_given_up());
        assert_eq!(largest.next_given_up(), Some(now));
        assert_eq!((largest.len(), small.take()), (5 + 4, None));
        // The first places of both, and the one that nobody took.
        let mut free: Vec<usize> = std::iter::from_fn(|| largest.take()).collect();
        free.sort_unstable();
        assert_eq!(free, [5, 5 + 1, 5 + 1 + 1]);
    }
}
