// SPDX-License-Identifier: MIT OR Apache-2.0

//! Items by number or by name, tuples, slices, builders and trackers.

use crate::handle::{NULL, Object, handle, object};
use crate::items;
use crate::refcount::{decref, new_ref};
use hpy_shim::{HPy, HPyContext, HPyListBuilder, HPyTracker, HPyTupleBuilder};
use pyo3_ffi as ffi;
use std::ffi::{c_char, c_int};

/// Calls `with` with a key made for this purpose; `failed` if it cannot be made.
unsafe fn with_key<R>(key: Object, failed: R, with: impl FnOnce(Object) -> R) -> R {
    if key.is_null() {
        return failed;
    }
    let result = with(key);
    decref(key);
    result
}

pub unsafe extern "C" fn ctx_GetItem_i(_: *mut HPyContext, h: HPy, index: isize) -> HPy {
    let container = object(h);
    // Without a key where the type says what the number means.
    if ffi::PyList_CheckExact(container) != 0 {
        return handle(items::of_list(container, index));
    }
    if ffi::PyTuple_CheckExact(container) != 0 {
        return handle(items::of_tuple(container, index));
    }
    with_key(ffi::PyLong_FromSsize_t(index), NULL, |key| {
        handle(ffi::PyObject_GetItem(container, key))
    })
}

pub unsafe extern "C" fn ctx_GetItem_s(_: *mut HPyContext, h: HPy, key: *const c_char) -> HPy {
    with_key(ffi::PyUnicode_FromString(key), NULL, |key| {
        handle(ffi::PyObject_GetItem(object(h), key))
    })
}

pub unsafe extern "C" fn ctx_SetItem_i(
    _: *mut HPyContext,
    h: HPy,
    index: isize,
    value: HPy,
) -> c_int {
    let container = object(h);
    // Without a key where the type says what the number means.
    if index >= 0 && ffi::PyList_CheckExact(container) != 0 {
        return ffi::PyList_SetItem(container, index, new_ref(object(value)));
    }
    with_key(ffi::PyLong_FromSsize_t(index), -1, |key| {
        ffi::PyObject_SetItem(container, key, object(value))
    })
}

pub unsafe extern "C" fn ctx_SetItem_s(
    _: *mut HPyContext,
    h: HPy,
    key: *const c_char,
    value: HPy,
) -> c_int {
    with_key(ffi::PyUnicode_FromString(key), -1, |key| {
        ffi::PyObject_SetItem(object(h), key, object(value))
    })
}

pub unsafe extern "C" fn ctx_DelItem_i(_: *mut HPyContext, h: HPy, index: isize) -> c_int {
    with_key(ffi::PyLong_FromSsize_t(index), -1, |key| {
        ffi::PyObject_DelItem(object(h), key)
    })
}

pub unsafe extern "C" fn ctx_DelItem_s(_: *mut HPyContext, h: HPy, key: *const c_char) -> c_int {
    with_key(ffi::PyUnicode_FromString(key), -1, |key| {
        ffi::PyObject_DelItem(object(h), key)
    })
}

pub unsafe extern "C" fn ctx_Tuple_FromArray(
    _: *mut HPyContext,
    array: *mut HPy,
    count: isize,
) -> HPy {
    let tuple = ffi::PyTuple_New(count);
    if tuple.is_null() {
        return NULL;
    }
    for index in 0..count {
        items::set_in_tuple(tuple, index, object(*array.offset(index)));
    }
    handle(tuple)
}

pub unsafe extern "C" fn ctx_Slice_Unpack(
    _: *mut HPyContext,
    slice: HPy,
    start: *mut isize,
    stop: *mut isize,
    step: *mut isize,
) -> c_int {
    ffi::PySlice_Unpack(object(slice), start, stop, step)
}

// -- builders: the list or tuple itself, null if there was no memory for it -----

pub unsafe extern "C" fn ctx_ListBuilder_New(_: *mut HPyContext, size: isize) -> HPyListBuilder {
    let list = ffi::PyList_New(size);
    if list.is_null() {
        // `Build` is where a builder may fail.
        ffi::PyErr_Clear();
    }
    HPyListBuilder {
        _lst: list as isize,
    }
}

pub unsafe extern "C" fn ctx_ListBuilder_Set(
    _: *mut HPyContext,
    builder: HPyListBuilder,
    index: isize,
    item: HPy,
) {
    let made = builder._lst as Object;
    if !made.is_null() {
        items::set_in_list(made, index, object(item));
    }
}

pub unsafe extern "C" fn ctx_ListBuilder_Build(_: *mut HPyContext, builder: HPyListBuilder) -> HPy {
    built(builder._lst as Object)
}

pub unsafe extern "C" fn ctx_ListBuilder_Cancel(_: *mut HPyContext, builder: HPyListBuilder) {
    decref(builder._lst as Object);
}

pub unsafe extern "C" fn ctx_TupleBuilder_New(_: *mut HPyContext, size: isize) -> HPyTupleBuilder {
    let tuple = ffi::PyTuple_New(size);
    if tuple.is_null() {
        ffi::PyErr_Clear();
    }
    HPyTupleBuilder {
        _tup: tuple as isize,
    }
}

pub unsafe extern "C" fn ctx_TupleBuilder_Set(
    _: *mut HPyContext,
    builder: HPyTupleBuilder,
    index: isize,
    item: HPy,
) {
    let tuple = builder._tup as Object;
    if !tuple.is_null() {
        items::set_in_tuple(tuple, index, object(item));
    }
}

pub unsafe extern "C" fn ctx_TupleBuilder_Build(
    _: *mut HPyContext,
    builder: HPyTupleBuilder,
) -> HPy {
    built(builder._tup as Object)
}

pub unsafe extern "C" fn ctx_TupleBuilder_Cancel(_: *mut HPyContext, builder: HPyTupleBuilder) {
    decref(builder._tup as Object);
}

unsafe fn built(object: Object) -> HPy {
    if object.is_null() {
        ffi::PyErr_NoMemory();
    }
    handle(object)
}

// -- trackers: a vector of handles ---------------------------------------------

/// Returns a tracker's handles.
pub unsafe fn tracked<'a>(tracker: HPyTracker) -> &'a mut Vec<HPy> {
    &mut *(tracker._i as *mut Vec<HPy>)
}

pub unsafe extern "C" fn ctx_Tracker_New(_: *mut HPyContext, size: isize) -> HPyTracker {
    let mut handles = Vec::<HPy>::new();
    // One more than promised: `Add` keeps the handle also when it fails.
    if handles.try_reserve(size.max(0) as usize + 1).is_err() {
        ffi::PyErr_NoMemory();
        return HPyTracker { _i: 0 };
    }
    HPyTracker {
        _i: Box::into_raw(Box::new(handles)) as isize,
    }
}

/// The handle belongs to the tracker even where this fails for want of memory.
pub unsafe extern "C" fn ctx_Tracker_Add(_: *mut HPyContext, tracker: HPyTracker, h: HPy) -> c_int {
    let handles = tracked(tracker);
    handles.push(h);
    if handles.try_reserve(1).is_err() {
        ffi::PyErr_NoMemory();
        return -1;
    }
    0
}

pub unsafe extern "C" fn ctx_Tracker_ForgetAll(_: *mut HPyContext, tracker: HPyTracker) {
    tracked(tracker).clear();
}

pub unsafe extern "C" fn ctx_Tracker_Close(_: *mut HPyContext, tracker: HPyTracker) {
    for h in *Box::from_raw(tracker._i as *mut Vec<HPy>) {
        decref(object(h));
    }
}
