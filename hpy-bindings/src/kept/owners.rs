// SPDX-License-Identifier: MIT OR Apache-2.0

//! The objects that take part in a call and keep objects themselves.

use std::cell::RefCell;
use std::ptr;
use std::sync::Arc;

use hpy_shim::{HPy, HPyField};
use smallvec::SmallVec;

use super::table::{GivenUp, MOVED_TO, Table};
use crate::api::Ctx;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::operators::Binary;
use crate::shared::Kind;

const NULL: HPy = HPy { _i: 0 };

/// How often something is tried again that a finalizer got in between: collections of garbage
/// happen at any time, and may run native code that uses the same list.
const TRIES: usize = 8;

/// The number of places that a list has at first, beside [`MOVED_TO`]; and the most that it grows by.
const FIRST_PLACES: usize = 7;
const MOST_MORE_PLACES: usize = 64;

/// One object that takes part in a call; or a list that belongs to no object yet.
pub(crate) struct Owner {
    /// Null for the latter.
    object: HPy,
    /// The handle is closed at the end; else the host does that, later.
    owned: bool,
    /// The value behind the object, which lives as long.
    kind: *const Kind,
    /// The field of its list.
    field: *mut HPyField,
    /// The number of changes of the value so far.
    generation: u64,
    /// The list that was loaded, and its table.
    loaded: Option<(Arc<Table>, HPy)>,
}

/// The owners of one call; none in most.
#[derive(Default)]
pub(crate) struct Owners {
    list: RefCell<SmallVec<[Owner; 2]>>,
}

/// The owners, with the context of their call.
#[derive(Clone, Copy)]
pub(crate) struct OwnersOf<'c> {
    ctx: Ctx<'c>,
    owners: &'c Owners,
}

impl<'c> Ctx<'c> {
    /// Returns the objects that keep objects and take part in this call.
    #[inline(always)]
    pub(crate) fn owners(self) -> OwnersOf<'c> {
        OwnersOf {
            ctx: self,
            owners: &self.this_call().owners,
        }
    }
}

impl Owners {
    /// Returns `true` for a call in which no object keeps others.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }
}

impl Owner {
    /// # Safety
    /// Behind `object` is the value of `kind`, and the field lies in the struct of the object;
    /// the handle is good until the end of the call, or `owned`.
    pub(crate) unsafe fn new(
        object: HPy,
        owned: bool,
        kind: *const Kind,
        field: *mut HPyField,
    ) -> Self {
        Owner {
            object,
            owned,
            kind,
            field,
            // SAFETY: the caller's promise.
            generation: unsafe { (*kind).generation.get() },
            loaded: None,
        }
    }

    fn of_list(table: Arc<Table>, list: HPy) -> Self {
        Owner {
            object: NULL,
            owned: false,
            kind: ptr::null(),
            field: ptr::null_mut(),
            generation: 0,
            loaded: Some((table, list)),
        }
    }

    fn kind(&self) -> Option<&Kind> {
        // SAFETY: null, or the promise of `new`: the object is held as long as this.
        unsafe { self.kind.as_ref() }
    }

    fn is_changed(&self) -> bool {
        self.kind()
            .is_some_and(|kind| kind.generation.get() != self.generation)
    }

    /// Returns the table, and its list; `None` where the object has none yet.
    fn load(&mut self, ctx: Ctx<'_>) -> PyResult<Option<(&Arc<Table>, HPy)>> {
        if self.loaded.is_none() {
            let Some(table) = self.kind().and_then(Kind::table) else {
                return Ok(None);
            };
            // SAFETY: the field lies in the object's struct (the promise of `new`).
            let field = unsafe { *self.field };
            if field._i == 0 {
                return Ok(None);
            }
            let list = ctx.load_field(Borrowed::new(ctx, self.object), field)?;
            self.loaded = Some((table, list.into_raw()));
        }
        self.follow(ctx)?;
        Ok(self.loaded.as_ref().map(|(table, list)| (table, *list)))
    }

    /// Goes to where the places of the table have moved.
    fn follow(&mut self, ctx: Ctx<'_>) -> PyResult<()> {
        while let Some((table, list)) = &self.loaded {
            let Some(next) = table.moved_to().cloned() else {
                break;
            };
            let further = ctx.item(Borrowed::new(ctx, *list), MOVED_TO);
            let further =
                further.map_err(|error| error.replace(ctx, Exception::Runtime, COLLECTED))?;
            // `None` where the objects have just begun to move: another try finds it.
            if further.as_borrowed().is_none() {
                return Err(collected());
            }
            self.set(ctx, next, further);
        }
        Ok(())
    }

    /// Sets the list, for the object as well.
    fn set(&mut self, ctx: Ctx<'_>, table: Arc<Table>, list: Handle<'_>) {
        if let Some(kind) = self.kind() {
            kind.set_table(Arc::clone(&table));
            ctx.store_field(
                Borrowed::new(ctx, self.object),
                self.field,
                list.as_borrowed().raw(),
            );
        }
        let before = self.loaded.replace((table, list.into_raw()));
        if let Some((_, list)) = before {
            ctx.close(list);
        }
    }

    fn close(self, ctx: Ctx<'_>) {
        if let Some((_, list)) = self.loaded {
            ctx.close(list);
        }
        if self.owned {
            ctx.close(self.object);
        }
    }
}

impl<'c> OwnersOf<'c> {
    /// Adds an object that takes part in the call.
    pub(crate) fn add(self, owner: Owner) {
        self.owners.list.borrow_mut().push(owner);
    }

    /// Adds an object that was made in the call: it shares the list of the others, if there are
    /// any.
    pub(crate) fn add_new(self, mut owner: Owner) -> PyResult<()> {
        let (count, only) = {
            let owners = self.owners.list.borrow();
            let only = owners.first().and_then(|owner| owner.loaded.clone());
            (owners.len(), only.filter(|_| owners.len() == 1))
        };
        if count == 0 {
            self.add(owner);
            return Ok(());
        }
        // Most are made by a method of the only one, or of objects that nobody had before.
        match only {
            Some((table, list)) if table.moved_to().is_none() => {
                let list = Borrowed::new(self.ctx, list).to_owned();
                owner.set(self.ctx, table, list);
                self.add(owner);
                Ok(())
            }
            _ => {
                self.add(owner);
                self.share_list()
            }
        }
    }

    /// Puts an object into a list. Returns its table and place.
    pub(crate) fn keep(self, object: Borrowed<'_>) -> PyResult<(Arc<Table>, usize)> {
        for _ in 0..TRIES {
            let (table, list) = self.any_list()?;
            let mut reused = None;
            if table.has_given_up() {
                let mut all = table.take_given_up();
                reused = all.next();
                let emptied = self.empty_all(&table, list, all);
                // What was let go of may have run native code.
                if emptied.is_err() || table.moved_to().is_some() {
                    if let Some(place) = reused {
                        table.push(place);
                    }
                    emptied?;
                    continue;
                }
            }
            let reused = reused.map(|place| place.number());
            let Some(place) = reused.or_else(|| table.take(self.ctx)) else {
                let more = table.len(self.ctx).clamp(FIRST_PLACES, MOST_MORE_PLACES);
                let more_places = self.ctx.nones(more)?;
                self.ctx
                    .in_place(Binary::Add, list, more_places.as_borrowed())?;
                if table.moved_to().is_none() {
                    table.grow(self.ctx, more);
                }
                continue;
            };
            let stored = self.ctx.set_index(list, place, object);
            if self.is_done(&table, stored)?.is_some() {
                return Ok((table, place));
            }
            table.give_up(place);
        }
        Err(collected())
    }

    /// Returns the result of an operation of a table's list; `None` where the objects have moved
    /// meanwhile, or are gone.
    fn is_done<R>(self, table: &Table, result: PyResult<R>) -> PyResult<Option<R>> {
        match result {
            Ok(done) => Ok(table.moved_to().is_none().then_some(done)),
            Err(error) if error.is(self.ctx, Exception::Index) => {
                error.forget(self.ctx);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the object in a place.
    pub(crate) fn find(self, table: &Table, place: usize) -> PyResult<Handle<'c>> {
        for _ in 0..TRIES {
            let (table, place) = table.locate(place);
            let list = self.list_of(table)?.ok_or_else(not_here)?;
            let found = self.ctx.item(Borrowed::new(self.ctx, list), place);
            if let Some(found) = self.is_done(table, found)? {
                return Ok(found);
            }
        }
        Err(collected())
    }

    /// Returns the list of a table, if one of the owners has it.
    #[inline]
    fn list_of(self, wanted: &Table) -> PyResult<Option<HPy>> {
        let mut owners = self.owners.list.borrow_mut();
        let is_wanted = |table: &Arc<Table>| ptr::eq(Arc::as_ptr(table), wanted);
        for owner in owners.iter() {
            match &owner.loaded {
                Some((table, list)) if is_wanted(table) => return Ok(Some(*list)),
                _ => {}
            }
        }
        for owner in owners.iter_mut() {
            match owner.load(self.ctx)? {
                Some((table, list)) if is_wanted(table) => return Ok(Some(list)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Returns a list of the call, which is made if there is none: it belongs to the first
    /// object then. It is good until the call looks for lists again.
    fn any_list(self) -> PyResult<(Arc<Table>, Borrowed<'c>)> {
        let mut owners = self.owners.list.borrow_mut();
        for owner in owners.iter_mut() {
            if let Some((table, list)) = owner.load(self.ctx)? {
                return Ok((Arc::clone(table), Borrowed::new(self.ctx, list)));
            }
        }
        let list = self.ctx.nones(MOVED_TO + 1 + FIRST_PLACES)?;
        let table = Table::new(FIRST_PLACES);
        let raw = Borrowed::new(self.ctx, list.as_borrowed().raw());
        match owners.first_mut() {
            Some(owner) => owner.set(self.ctx, Arc::clone(&table), list),
            None => owners.push(Owner::of_list(Arc::clone(&table), list.into_raw())),
        }
        Ok((table, raw))
    }

    /// Lets go of the objects whose places were given up.
    fn empty(self, table: &Table, list: Borrowed<'_>) -> PyResult<()> {
        self.empty_all(table, list, table.take_given_up())
    }

    fn empty_all(self, table: &Table, list: Borrowed<'_>, mut all: GivenUp) -> PyResult<()> {
        let none = self.ctx.constant(|c| c.h_None);
        while let Some(place) = all.next() {
            let emptied = self.ctx.set_index(list, place.number(), none);
            match self.is_done(table, emptied) {
                Ok(Some(())) => table.put_back(self.ctx, place.number()),
                failed => {
                    // Whoever uses the table to which they have moved does it.
                    if failed.is_err() || table.moved_to().is_some() {
                        std::iter::once(place)
                            .chain(all)
                            .for_each(|p| table.push(p));
                    }
                    return failed.map(drop);
                }
            }
        }
        Ok(())
    }

    /// Makes all objects of the call refer to one list.
    fn share_list(self) -> PyResult<()> {
        let (mut table, list) = self.any_list()?;
        let mut list = list.to_owned();
        let mut owners = self.owners.list.borrow_mut();
        for owner in owners.iter_mut() {
            match owner.load(self.ctx)? {
                None => owner.set(self.ctx, Arc::clone(&table), list.as_borrowed().to_owned()),
                Some((other, _)) if Arc::ptr_eq(other, &table) => {}
                Some((other, more)) => {
                    let other = Arc::clone(other);
                    let more = Borrowed::new(self.ctx, more).to_owned();
                    // The smaller one moves, so that no object moves often.
                    if other.len(self.ctx) > table.len(self.ctx) {
                        self.unite(&other, &more, &table, &list)?;
                        (table, list) = (other, more);
                    } else {
                        self.unite(&table, &list, &other, &more)?;
                    }
                }
            }
        }
        // Those before the last that moved.
        for owner in owners.iter_mut() {
            owner.follow(self.ctx)?;
        }
        Ok(())
    }

    /// Moves all objects of a list to another one.
    fn unite(
        self,
        table: &Arc<Table>,
        list: &Handle<'_>,
        moving: &Table,
        from: &Handle<'_>,
    ) -> PyResult<()> {
        let (ctx, from) = (self.ctx, from.as_borrowed());
        for _ in 0..TRIES {
            let (first, count) = (list.as_borrowed().len()?, moving.len(ctx));
            let version = moving.version(ctx);
            for place in 0..count {
                list.append(ctx.item(from, place)?)?;
            }
            // Else some of them are not what they were any more.
            let undisturbed = moving.version(ctx) == version
                && list.as_borrowed().len()? == first + count
                && table.moved_to().is_none()
                && moving.moved_to().is_none();
            if undisturbed {
                moving.move_to(ctx, table, first);
                ctx.set_index(from, MOVED_TO, list.as_borrowed())?;
                for place in MOVED_TO + 1..count {
                    ctx.set_index(from, place, ctx.none().as_borrowed())?;
                }
                return Ok(());
            }
        }
        Err(collected())
    }

    /// Ends the call.
    pub(crate) fn end(self) {
        let is_changed = || {
            let owners = self.owners.list.borrow();
            owners.len() > 1 && owners.iter().any(Owner::is_changed)
        };
        // Without memory, what follows is left to later calls.
        if is_changed() {
            let shared = self.share_list();
            shared.unwrap_or_else(|error| error.forget(self.ctx));
        }
        loop {
            let Some(mut owner) = self.owners.list.borrow_mut().pop() else {
                break;
            };
            let emptied = self.empty_of(&mut owner);
            emptied.unwrap_or_else(|error| error.forget(self.ctx));
            owner.close(self.ctx);
        }
    }

    fn empty_of(self, owner: &mut Owner) -> PyResult<()> {
        let given_up = match (&owner.loaded, owner.kind().and_then(Kind::table)) {
            (Some((table, _)), _) => table.has_given_up(),
            (None, Some(table)) => table.has_given_up(),
            (None, None) => false,
        };
        if !given_up {
            return Ok(());
        }
        match owner.load(self.ctx)? {
            Some((table, list)) => {
                let table = Arc::clone(table);
                self.empty(&table, Borrowed::new(self.ctx, list))
            }
            None => Ok(()),
        }
    }
}

const COLLECTED: &str = "the object was let go of by the garbage collector";

#[cold]
#[inline(never)]
fn collected() -> PyErr {
    PyErr::new(Exception::Runtime, COLLECTED)
}

#[cold]
#[inline(never)]
fn not_here() -> PyErr {
    PyErr::new(
        Exception::Runtime,
        "no object that keeps this one takes part in the call",
    )
}
