// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reference counting without calls.
//!
//! Counts are where they have been since CPython 3.12, in the first 32 bits of an object,
//! and those of immortal objects have the highest bit set and never change; before, in the
//! first 64 bits, and nothing is immortal. Extensions for older stable ABIs count in place
//! too, so this cannot change while those work. `init` looks whether it is so; where it is
//! not, CPython is called.

use crate::handle::Object;
use crate::older;
use pyo3_ffi as ffi;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

unsafe extern "C" {
    /// In the stable ABI, for those who count themselves.
    fn _Py_Dealloc(object: Object);
}

/// CPython counts.
const BY_CALLS: u8 = 0;
/// 32 bits, of which the highest says that the object is immortal.
const SHORT: u8 = 1;
/// 64 bits.
const LONG: u8 = 2;
static WAY: AtomicU8 = AtomicU8::new(BY_CALLS);

/// Finds out how this CPython counts; false with an exception set.
pub unsafe fn init() -> bool {
    let probe = ffi::PyList_New(0);
    if probe.is_null() {
        return false;
    }
    let count = || *probe.cast::<u64>();
    let mut counts = [count(), 0, 0];
    ffi::Py_IncRef(probe);
    counts[1] = count();
    ffi::Py_DecRef(probe);
    counts[2] = count();
    ffi::Py_DecRef(probe);
    let none_is_immortal = (*ffi::Py_None().cast::<u32>() as i32) < 0;
    // A debug build counts all references there are as well.
    let debug = !ffi::PySys_GetObject(c"gettotalrefcount".as_ptr()).is_null();
    let here = cfg!(all(target_endian = "little", target_pointer_width = "64"));
    let way = match counts.map(|count| count & u64::from(u32::MAX)) {
        [1, 2, 1] if here && !debug && none_is_immortal => SHORT,
        [1, 2, 1] if here && !debug && counts == [1, 2, 1] && older::counts_in_64_bits() => LONG,
        _ => BY_CALLS,
    };
    WAY.store(way, Relaxed);
    true
}

#[inline(never)]
unsafe fn incref_otherwise(object: Object) {
    if WAY.load(Relaxed) == LONG {
        *object.cast::<usize>() += 1;
    } else {
        ffi::Py_IncRef(object);
    }
}

#[inline(never)]
unsafe fn decref_otherwise(object: Object) {
    if WAY.load(Relaxed) != LONG {
        return ffi::Py_DecRef(object);
    }
    let count = object.cast::<usize>();
    *count -= 1;
    if *count == 0 {
        _Py_Dealloc(object);
    }
}

/// Adds a reference, unless it is null.
#[inline(always)]
pub unsafe fn incref(object: Object) {
    if object.is_null() {
        return;
    }
    if WAY.load(Relaxed) != SHORT {
        return incref_otherwise(object);
    }
    let count = object.cast::<u32>();
    if (*count as i32) >= 0 {
        *count += 1;
    }
}

/// Releases a reference, unless it is null.
#[inline(always)]
pub unsafe fn decref(object: Object) {
    if object.is_null() {
        return;
    }
    if WAY.load(Relaxed) != SHORT {
        return decref_otherwise(object);
    }
    let count = object.cast::<u32>();
    if (*count as i32) < 0 {
        return;
    }
    *count -= 1;
    if *count == 0 {
        _Py_Dealloc(object);
    }
}

/// Returns the object with a reference added.
#[inline(always)]
pub unsafe fn new_ref(object: Object) -> Object {
    incref(object);
    object
}
