// SPDX-License-Identifier: MIT OR Apache-2.0

//! The table of the handles that modules in debug mode have.
//!
//! Such a handle is the number of an entry, with the number of times that this was used before
//! above it: one that is closed is not mistaken for a later one. The GIL is held by whoever
//! uses the table.

use super::{Name, fatal};
use crate::handle::{NULL, Object, handle, object};
use crate::refcount::{decref, incref};
use hpy_shim::HPy;
use pyo3_ffi as ffi;
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::ptr;

/// What an entry stands for, and who closes it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// A handle that the module has to close.
    Own,
    /// An argument: a handle that its caller closes.
    Lent,
    /// A member of the context.
    Constant,
    ListBuilder,
    TupleBuilder,
    Tracker,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Own | Kind::Lent | Kind::Constant => "handle",
            Kind::ListBuilder => "list builder",
            Kind::TupleBuilder => "tuple builder",
            Kind::Tracker => "tracker",
        }
    }

    fn is_handle(self) -> bool {
        matches!(self, Kind::Own | Kind::Lent | Kind::Constant)
    }
}

struct Entry {
    /// The object, or what else the host itself has: a handle of the other mode.
    plain: isize,
    kind: Kind,
    open: bool,
    /// The number of times that the entry was used before.
    turn: u32,
    /// The generation in which it was opened.
    generation: u64,
    opened_by: Name,
    closed_by: Name,
}

#[derive(Default)]
struct Table {
    /// The first is `HPy_NULL`'s.
    entries: Vec<Entry>,
    free: VecDeque<usize>,
    generation: u64,
}

struct Shared(UnsafeCell<Option<Table>>);
// SAFETY: it is used with the GIL held only.
unsafe impl Sync for Shared {}
static TABLE: Shared = Shared(UnsafeCell::new(None));

/// An entry is used again once so many others are free, so that much can be told of it.
const RESTING: usize = 1024;
const TURNS: u32 = i32::MAX as u32;

unsafe fn table<'a>() -> &'a mut Table {
    (*TABLE.0.get()).get_or_insert_with(|| {
        let mut table = Table::default();
        table.entries.push(Entry {
            plain: 0,
            kind: Kind::Constant,
            open: false,
            turn: 0,
            generation: 0,
            opened_by: "",
            closed_by: "",
        });
        table
    })
}

/// Opens a handle of a kind; of null, null.
pub unsafe fn open(plain: isize, kind: Kind, by: Name) -> isize {
    if plain == 0 {
        return 0;
    }
    let table = table();
    let generation = table.generation;
    let entry = Entry {
        plain,
        kind,
        open: true,
        turn: 0,
        generation,
        opened_by: by,
        closed_by: "",
    };
    if table.free.len() <= RESTING {
        table.entries.push(entry);
        return table.entries.len() as isize - 1;
    }
    let index = table.free.pop_front().unwrap_or_default();
    let turn = (table.entries[index].turn + 1) % TURNS;
    table.entries[index] = Entry { turn, ..entry };
    ((turn as isize) << 32) | index as isize
}

/// Returns the entry of a handle that is open and of a kind that fits; else the process ends.
unsafe fn entry<'a>(given: isize, fits: impl Fn(Kind) -> bool, by: Name) -> &'a mut Entry {
    let index = given as usize & u32::MAX as usize;
    let turn = (given >> 32) as u32;
    let Some(entry) = table().entries.get_mut(index) else {
        fatal(&format!(
            "{by} got {given:#x}, which is no handle, or not one of this context"
        ));
    };
    if given <= 0 || index == 0 || entry.turn < turn {
        fatal(&format!(
            "{by} got {given:#x}, which is no handle, or not one of this context"
        ));
    }
    if entry.turn != turn {
        fatal(&format!(
            "{by} got the handle {given:#x}, which was closed long ago"
        ));
    }
    let what = entry.kind.text();
    if !entry.open {
        fatal(&format!(
            "{by} got a {what} that was closed by {}; it had been opened by {}",
            entry.closed_by, entry.opened_by
        ));
    }
    if !fits(entry.kind) {
        fatal(&format!("{by} cannot use a {what}"));
    }
    entry
}

/// Returns the object behind a handle, as the other mode's handle; of null, null.
pub unsafe fn plain(given: HPy, by: Name) -> HPy {
    if given._i == 0 {
        return NULL;
    }
    HPy {
        _i: entry(given._i, Kind::is_handle, by).plain,
    }
}

/// Returns what is behind a builder or a tracker; of null, null.
pub unsafe fn of_kind(given: isize, kind: Kind, by: Name) -> isize {
    if given == 0 {
        return 0;
    }
    entry(given, |found| found == kind, by).plain
}

unsafe fn close_entry(given: isize, by: Name) {
    let index = given as usize & u32::MAX as usize;
    let table = table();
    table.entries[index].open = false;
    table.entries[index].closed_by = by;
    table.free.push_back(index);
}

/// Closes a builder or a tracker and returns what was behind it; of null, null.
pub unsafe fn take_kind(given: isize, kind: Kind, by: Name) -> isize {
    let plain = of_kind(given, kind, by);
    if given != 0 {
        close_entry(given, by);
    }
    plain
}

/// Takes the object out of a handle that its owner gives up; the process ends if that is not
/// the module.
pub unsafe fn take(given: HPy, by: Name) -> HPy {
    if given._i == 0 {
        return NULL;
    }
    let entry = entry(given._i, Kind::is_handle, by);
    match entry.kind {
        Kind::Own => (),
        Kind::Lent => fatal(&format!(
            "{by} got a handle that belongs to the caller of the function: one of its own has to \
             be made by HPy_Dup"
        )),
        _ => fatal(&format!(
            "{by} got a handle that belongs to the context: one of its own has to be made by \
             HPy_Dup"
        )),
    }
    let plain = entry.plain;
    close_entry(given._i, by);
    HPy { _i: plain }
}

/// Closes an argument's handle after the call. The module cannot have closed it.
pub unsafe fn end_loan(given: HPy) {
    close_entry(given._i, "the end of the call");
}

/// Begins a generation and returns its number.
pub unsafe fn new_generation() -> u64 {
    let table = table();
    table.generation += 1;
    table.generation
}

/// Returns a list of what was opened since a generation began and is not closed: the handle's
/// number, its object (of builders and trackers the word for them) and the name of the
/// function that made it. Null with an exception set.
pub unsafe fn opened_since(generation: u64) -> Object {
    let list = ffi::PyList_New(0);
    // Objects of Python are made below, which may open handles.
    let mut found = Vec::new();
    for (index, entry) in table().entries.iter().enumerate() {
        let counts = entry.open && !matches!(entry.kind, Kind::Lent | Kind::Constant);
        if counts && entry.generation >= generation {
            let object = if entry.kind == Kind::Own {
                object(HPy { _i: entry.plain })
            } else {
                let word = entry.kind.text();
                ffi::PyUnicode_FromStringAndSize(word.as_ptr().cast(), word.len() as isize)
            };
            if entry.kind == Kind::Own {
                incref(object);
            }
            let number = ((entry.turn as isize) << 32) | index as isize;
            found.push((number, object, entry.opened_by));
        }
    }
    for (number, object, by) in found {
        let by = ffi::PyUnicode_FromStringAndSize(by.as_ptr().cast(), by.len() as isize);
        let item = ffi::Py_BuildValue(c"(nNN)".as_ptr(), number, object, by);
        if item.is_null() || ffi::PyList_Append(list, item) < 0 {
            decref(item);
            decref(list);
            return ptr::null_mut();
        }
        decref(item);
    }
    list
}

/// Opens a handle for an object, whose reference becomes the handle's.
pub unsafe fn own(plain: HPy, by: Name) -> HPy {
    HPy {
        _i: open(plain._i, Kind::Own, by),
    }
}

/// Opens a handle for an object that somebody else holds.
pub unsafe fn lend(plain: HPy) -> HPy {
    HPy {
        _i: open(plain._i, Kind::Lent, "the call"),
    }
}

/// Opens a handle for a constant.
pub unsafe fn constant(plain: HPy) -> HPy {
    incref(object(plain));
    handle(open(plain._i, Kind::Constant, "the context") as Object)
}
