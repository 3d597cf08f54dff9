// SPDX-License-Identifier: MIT OR Apache-2.0

//! Items of lists and tuples without calls.
//!
//! A list has had its length and the pointer to its items in the same places since before
//! there was a stable ABI, and a tuple its items behind what `tuple.__basicsize__` counts;
//! but the stable ABI does not promise it. `init` looks whether they are there; where they
//! are not, CPython is called.

use crate::handle::{NULL, Object, handle};
use crate::refcount::{decref, new_ref};
use crate::shape::{OBJECT_HEAD, basicsize};
use hpy_shim::HPy;
use pyo3_ffi as ffi;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

static LISTS: AtomicBool = AtomicBool::new(false);
/// The offset of a tuple's items; 0 if that is not known.
static TUPLES: AtomicUsize = AtomicUsize::new(0);

/// Returns the length of a list or a tuple.
unsafe fn length(sequence: Object) -> isize {
    *sequence.cast::<u8>().add(OBJECT_HEAD).cast()
}

unsafe fn list_items(list: Object) -> *mut Object {
    *list
        .cast::<u8>()
        .add(OBJECT_HEAD + size_of::<isize>())
        .cast()
}

/// Finds out where this CPython has them; false with an exception set.
pub unsafe fn init() -> bool {
    let Some(offset) = basicsize((&raw mut ffi::PyTuple_Type).cast()) else {
        return false;
    };
    let list = ffi::PyList_New(0);
    let (mut lists, mut tuples) = (true, true);
    for count in 1..20 {
        let item = ffi::PyList_New(0);
        let appended = !item.is_null() && ffi::PyList_Append(list, item) == 0;
        let tuple = if appended {
            ffi::PyList_AsTuple(list)
        } else {
            ptr::null_mut()
        };
        decref(item);
        if tuple.is_null() {
            decref(list);
            return false;
        }
        let in_list = list_items(list);
        lists = lists
            && length(list) == count
            && in_list.is_aligned()
            && !in_list.is_null()
            && *in_list.offset(count - 1) == item
            && *in_list == ffi::PyList_GetItem(list, 0);
        let in_tuple: *mut Object = tuple.cast::<u8>().add(offset).cast();
        tuples = tuples
            && length(tuple) == count
            && *in_tuple.offset(count - 1) == item
            && *in_tuple == ffi::PyTuple_GetItem(tuple, 0);
        decref(tuple);
    }
    decref(list);
    LISTS.store(lists, Relaxed);
    TUPLES.store(if tuples { offset } else { 0 }, Relaxed);
    true
}

/// Returns the item of that number, from the end if it is negative, as a new reference; null with
/// IndexError set. The object has to be a list, and not one of a subtype.
#[inline(always)]
pub unsafe fn of_list(list: Object, index: isize) -> Object {
    if LISTS.load(Relaxed) {
        let wanted = if index < 0 {
            index + length(list)
        } else {
            index
        };
        if (0..length(list)).contains(&wanted) {
            return new_ref(*list_items(list).offset(wanted));
        }
    }
    let wanted = if index < 0 {
        index + ffi::PyList_Size(list)
    } else {
        index
    };
    new_ref(ffi::PyList_GetItem(list, wanted))
}

/// Likewise for a tuple.
pub unsafe fn of_tuple(tuple: Object, index: isize) -> Object {
    let wanted = if index < 0 {
        index + ffi::PyTuple_Size(tuple)
    } else {
        index
    };
    new_ref(ffi::PyTuple_GetItem(tuple, wanted))
}

/// Puts an item, of which it takes a reference of its own, into a list that nobody else has.
#[inline(always)]
pub unsafe fn set_in_list(list: Object, index: isize, item: Object) {
    let item = new_ref(item);
    if LISTS.load(Relaxed) && (0..length(list)).contains(&index) {
        return decref(list_items(list).offset(index).replace(item));
    }
    ffi::PyList_SetItem(list, index, item);
}

/// Likewise for a tuple.
pub unsafe fn set_in_tuple(tuple: Object, index: isize, item: Object) {
    ffi::PyTuple_SetItem(tuple, index, new_ref(item));
}

/// Calls `with` with the items of an argument tuple, as handles.
#[inline(always)]
pub unsafe fn with_arguments<R>(tuple: Object, with: impl FnOnce(&[HPy]) -> R) -> R {
    match TUPLES.load(Relaxed) {
        0 => with_copies(tuple, with),
        offset => {
            let items = tuple.cast::<u8>().add(offset).cast();
            // SAFETY: an array of objects is an array of handles, and the caller of this
            // function holds the tuple.
            with(std::slice::from_raw_parts(items, length(tuple) as usize))
        }
    }
}

#[inline(never)]
unsafe fn with_copies<R>(tuple: Object, with: impl FnOnce(&[HPy]) -> R) -> R {
    let mut copies = vec![NULL; ffi::PyTuple_Size(tuple) as usize];
    for (index, place) in copies.iter_mut().enumerate() {
        *place = handle(ffi::PyTuple_GetItem(tuple, index as isize));
    }
    with(&copies)
}
