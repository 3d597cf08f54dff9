// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reference counting without calls.
//!
//! Counts are where they have been since CPython 3.12, in the first 32 bits of an object,
//! and those of immortal objects have the highest bit set and never change. Extensions for
//! older stable ABIs count in place too, so this cannot change while those work. `init`
//! looks whether it is so; where it is not, CPython is called.

use crate::handle::Object;
use pyo3_ffi as ffi;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

unsafe extern "C" {
    /// In the stable ABI, for those who count themselves.
    fn _Py_Dealloc(object: Object);
}

static IN_PLACE: AtomicBool = AtomicBool::new(false);

/// Finds out how this CPython counts; false with an exception set.
pub unsafe fn init() -> bool {
    let probe = ffi::PyList_New(0);
    if probe.is_null() {
        return false;
    }
    let count = || *probe.cast::<u32>();
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
    let as_expected = counts == [1, 2, 1] && none_is_immortal && !debug;
    IN_PLACE.store(here && as_expected, Relaxed);
    true
}

/// Adds a reference, unless it is null.
#[inline(always)]
pub unsafe fn incref(object: Object) {
    if object.is_null() {
        return;
    }
    if !IN_PLACE.load(Relaxed) {
        return ffi::Py_IncRef(object);
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
    if !IN_PLACE.load(Relaxed) {
        return ffi::Py_DecRef(object);
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
