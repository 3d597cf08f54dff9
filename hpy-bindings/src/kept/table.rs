// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tables: which places of a Python list belong to the objects that values keep.
//!
//! What is in the list, the collector sees; who has it, sees the collector: each object whose
//! value refers to the table has the list in a field. Here is only what needs no interpreter.

use std::cell::UnsafeCell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};
use std::sync::{Arc, OnceLock};

use crate::api::{Ctx, thread_state};

/// The places of one list.
///
/// A place may be given up by any thread, with the interpreter or without. All else is done by
/// the thread that has it.
pub(crate) struct Table {
    /// The table to which all places have moved, and the number of the first one there.
    moved: OnceLock<(Arc<Table>, usize)>,
    /// Places whose objects are still in the list, though nobody refers to them: a stack, of
    /// which all is taken at once. Without a lock, which a fork could find taken.
    given_up: AtomicPtr<Place>,
    /// Used by `Table::free` only.
    free: UnsafeCell<Free>,
}

// SAFETY: `free` is used by the one thread that holds the interpreter; the places behind
// `given_up` belong to whoever takes them out.
unsafe impl Send for Table {}
// SAFETY: likewise.
unsafe impl Sync for Table {}

#[derive(Default)]
struct Free {
    /// Empty places.
    places: Vec<usize>,
    /// The number of all places, at most the length of the list.
    all: usize,
    /// The number of changes of the above.
    version: usize,
}

/// The place of an object, with a count of those that refer to it.
pub(crate) struct Place {
    holders: AtomicUsize,
    /// `None` once it is given up: then the table refers to it.
    table: Option<Arc<Table>>,
    number: usize,
    /// The next one that is given up.
    next: *mut Place,
}

/// The place of the list to which all objects have moved; empty until they have.
pub(crate) const MOVED_TO: usize = 0;

impl Place {
    /// Makes a place with one holder; the object is there already.
    pub(crate) fn new(table: Arc<Table>, number: usize) -> NonNull<Self> {
        let place = Box::new(Place {
            holders: AtomicUsize::new(1),
            table: Some(table),
            number,
            next: ptr::null_mut(),
        });
        NonNull::from(Box::leak(place))
    }

    /// Returns the table and the number of a place that has a holder.
    #[inline(always)]
    pub(crate) fn table(&self) -> Option<(&Arc<Table>, usize)> {
        self.table.as_ref().map(|table| (table, self.number))
    }

    /// Adds a holder.
    #[inline(always)]
    pub(crate) fn hold(&self) {
        // As an `Arc` does: whoever has a holder gives another one away, and no number of leaked
        // ones begins anew.
        if self.holders.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
            std::process::abort();
        }
    }

    /// Takes a holder away; after the last one, the place is given up.
    ///
    /// # Safety
    /// It is one of those that are counted, and not used after this.
    #[inline(always)]
    pub(crate) unsafe fn let_go(place: NonNull<Self>) {
        // SAFETY: it has a holder (caller's promise).
        if unsafe { place.as_ref() }
            .holders
            .fetch_sub(1, Ordering::Release)
            == 1
        {
            fence(Ordering::Acquire); // all that others did with it comes before this
            // SAFETY: that was the last one; `new` leaked the box.
            Place::give_up(unsafe { Box::from_raw(place.as_ptr()) });
        }
    }

    fn give_up(mut place: Box<Self>) {
        if let Some(table) = place.table.take() {
            table.push(place);
        }
    }
}

/// Places that were given up, taken out of a table.
pub(crate) struct GivenUp(*mut Place);

impl Iterator for GivenUp {
    type Item = Box<Place>;

    fn next(&mut self) -> Option<Box<Place>> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: from `Box::into_raw` in `push`, and taken out of the stack by this.
        let place = unsafe { Box::from_raw(self.0) };
        self.0 = place.next;
        Some(place)
    }
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        drop(GivenUp(*self.given_up.get_mut()));
    }
}

impl Table {
    /// Makes a table for a list of [`MOVED_TO`] and so many empty places more.
    pub(crate) fn new(places: usize) -> Arc<Self> {
        let free = Free {
            places: (MOVED_TO + 1..=MOVED_TO + places).rev().collect(),
            all: MOVED_TO + 1 + places,
            version: 0,
        };
        Arc::new(Table {
            moved: OnceLock::new(),
            given_up: AtomicPtr::new(ptr::null_mut()),
            free: UnsafeCell::new(free),
        })
    }

    /// Does something with the empty places that neither runs Python nor comes back here.
    #[inline(always)]
    fn free<R>(&self, _: Ctx<'_>, work: impl FnOnce(&mut Free) -> R) -> R {
        thread_state::check();
        // SAFETY: this thread holds the interpreter, so that no other is here; nor is this one
        // further up, as `work` calls nobody.
        work(unsafe { &mut *self.free.get() })
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
    pub(crate) fn take(&self, ctx: Ctx<'_>) -> Option<usize> {
        self.free(ctx, |free| {
            free.version += 1;
            free.places.pop()
        })
    }

    /// Puts back a place that is empty.
    pub(crate) fn put_back(&self, ctx: Ctx<'_>, place: usize) {
        self.free(ctx, |free| {
            free.version += 1;
            free.places.push(place);
        });
    }

    /// Takes note that the list has grown by so many empty places.
    pub(crate) fn grow(&self, ctx: Ctx<'_>, places: usize) {
        self.free(ctx, |free| {
            free.version += 1;
            free.places.extend((free.all..free.all + places).rev());
            free.all += places;
        });
    }

    /// Returns the number of places.
    pub(crate) fn len(&self, ctx: Ctx<'_>) -> usize {
        self.free(ctx, |free| free.all)
    }

    /// Returns the number of changes so far, but for places that are given up.
    pub(crate) fn version(&self, ctx: Ctx<'_>) -> usize {
        self.free(ctx, |free| free.version)
    }

    /// Gives up a place, whose object stays in the list until somebody has the interpreter.
    pub(crate) fn give_up(self: &Arc<Self>, number: usize) {
        let place = Place::new(Arc::clone(self), number);
        // SAFETY: made with one holder.
        unsafe { Place::let_go(place) };
    }

    /// Puts a place of this table on the stack of those that are given up.
    pub(crate) fn push(&self, mut place: Box<Place>) {
        let (table, number) = self.locate(place.number);
        place.number = number;
        let place = Box::into_raw(place);
        let mut first = table.given_up.load(Ordering::Relaxed);
        loop {
            // SAFETY: nobody else has it yet.
            unsafe { (*place).next = first };
            let order = (Ordering::Release, Ordering::Relaxed);
            match table
                .given_up
                .compare_exchange_weak(first, place, order.0, order.1)
            {
                Ok(_) => break,
                Err(other) => first = other,
            }
        }
        // Else they would stay there that came when the others had just moved.
        if table.moved_to().is_some() {
            table.take_given_up().for_each(|place| table.push(place));
        }
    }

    /// Takes the places that were given up.
    pub(crate) fn take_given_up(&self) -> GivenUp {
        GivenUp(self.given_up.swap(ptr::null_mut(), Ordering::Acquire))
    }

    /// Returns `true` if there is a place that was given up.
    #[inline(always)]
    pub(crate) fn has_given_up(&self) -> bool {
        let (table, _) = self.locate(0);
        !table.given_up.load(Ordering::Relaxed).is_null()
    }

    /// Takes note that all objects are in the list of another table now, from place `first` on.
    pub(crate) fn move_to(&self, ctx: Ctx<'_>, other: &Arc<Table>, first: usize) {
        let mine = self.free(ctx, std::mem::take);
        other.free(ctx, |free| {
            free.version += 1;
            free.all = free.all.max(first + mine.all);
            free.places
                .extend(mine.places.iter().map(|place| first + place));
            free.places.push(first + MOVED_TO);
        });
        let known = self.moved.set((Arc::clone(other), first));
        debug_assert!(known.is_ok(), "a table moves once");
        self.take_given_up().for_each(|place| self.push(place));
    }
}

impl Place {
    /// Returns the number of a place that is given up.
    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Call;

    fn given_up(table: &Table) -> Vec<usize> {
        table.take_given_up().map(|place| place.number()).collect()
    }

    #[test]
    fn places_are_used_again() {
        // SAFETY: nothing is asked of the host.
        let call = unsafe { Call::new(NonNull::dangling().as_ptr()) };
        let (ctx, table) = (call.ctx(), Table::new(1));
        assert_eq!((table.take(ctx), table.take(ctx)), (Some(1), None));
        table.grow(ctx, 2);
        assert_eq!((table.take(ctx), table.take(ctx)), (Some(2), Some(3)));
        table.give_up(2);
        assert!(table.has_given_up());
        assert_eq!(given_up(&table), [2]);
        assert!(!table.has_given_up());
        let version = table.version(ctx);
        table.put_back(ctx, 2);
        assert_ne!(table.version(ctx), version);
        assert_eq!(
            (table.len(ctx), table.take(ctx), table.take(ctx)),
            (4, Some(2), None)
        );
    }

    #[test]
    fn the_last_holder_gives_a_place_up() {
        let table = Table::new(0);
        let place = Place::new(Arc::clone(&table), 7);
        // SAFETY: it has a holder.
        unsafe { place.as_ref() }.hold();
        // SAFETY: the first of two.
        unsafe { Place::let_go(place) };
        assert!(!table.has_given_up());
        // SAFETY: the second one.
        unsafe { Place::let_go(place) };
        assert!(table.has_given_up());
        assert_eq!(Arc::strong_count(&table), 1);
        drop(table); // with the place
    }

    #[test]
    fn places_are_given_up_by_threads() {
        let table = Table::new(0);
        std::thread::scope(|scope| {
            for part in 0..4 {
                let table = &table;
                scope.spawn(move || (0..1000).for_each(|n| table.give_up(part * 1000 + n)));
            }
        });
        let mut all = given_up(&table);
        all.sort_unstable();
        assert!(all.into_iter().eq(0..4000));
    }

    #[test]
    fn places_move_to_another_table() {
        // SAFETY: nothing is asked of the host.
        let call = unsafe { Call::new(NonNull::dangling().as_ptr()) };
        let ctx = call.ctx();
        let (small, large, largest) = (Table::new(2), Table::new(0), Table::new(0));
        let place = small.take(ctx).unwrap();
        small.give_up(1);
        // The lists have 1 and 5 items, of which nobody has told yet.
        small.move_to(ctx, &large, 1);
        large.move_to(ctx, &largest, 5);
        let (found, now) = small.locate(place);
        assert!(std::ptr::eq(found, Arc::as_ptr(&largest)));
        assert_eq!(now, 5 + 1 + place);
        assert_eq!(given_up(&largest), [5 + 1 + 1]);
        small.give_up(place);
        assert!(small.has_given_up());
        assert_eq!(given_up(&largest), [now]);
        assert_eq!((largest.len(ctx), small.take(ctx)), (5 + 4, None));
        // The first places of both, and the one that nobody took.
        let mut free: Vec<usize> = std::iter::from_fn(|| largest.take(ctx)).collect();
        free.sort_unstable();
        assert_eq!(free, [5, 5 + 1, 5 + 1 + 2]);
    }
}
