// SPDX-License-Identifier: MIT OR Apache-2.0

//! References to objects: handles, fields and globals; types of objects; the GIL.

use crate::handle::{Object, handle, object};
use crate::older;
use crate::refcount::{decref, incref};
use hpy_shim::{HPy, HPyContext, HPyField, HPyGlobal, HPyThreadState, call_host};
use pyo3_ffi as ffi;
use std::ffi::{c_char, c_int};
use std::ptr;

pub unsafe extern "C" fn ctx_Dup(_: *mut HPyContext, h: HPy) -> HPy {
    incref(object(h));
    h
}

pub unsafe extern "C" fn ctx_Close(_: *mut HPyContext, h: HPy) {
    decref(object(h));
}

pub unsafe extern "C" fn ctx_Field_Store(_: *mut HPyContext, _: HPy, field: *mut HPyField, h: HPy) {
    let old = (*field)._i as Object;
    incref(object(h));
    (*field)._i = h._i;
    // Last, as it may run anything.
    decref(old);
}

pub unsafe extern "C" fn ctx_Field_Load(_: *mut HPyContext, _: HPy, field: HPyField) -> HPy {
    incref(field._i as Object);
    HPy { _i: field._i }
}

pub unsafe extern "C" fn ctx_Global_Store(_: *mut HPyContext, global: *mut HPyGlobal, h: HPy) {
    let old = (*global)._i as Object;
    incref(object(h));
    (*global)._i = h._i;
    decref(old);
}

pub unsafe extern "C" fn ctx_Global_Load(_: *mut HPyContext, global: HPyGlobal) -> HPy {
    incref(global._i as Object);
    HPy { _i: global._i }
}

pub unsafe extern "C" fn ctx_Type(_: *mut HPyContext, h: HPy) -> HPy {
    let kind: Object = ffi::Py_TYPE(object(h)).cast();
    incref(kind);
    handle(kind)
}

pub unsafe extern "C" fn ctx_TypeCheck(_: *mut HPyContext, h: HPy, kind: HPy) -> c_int {
    ffi::PyObject_TypeCheck(object(h), object(kind).cast())
}

pub unsafe extern "C" fn ctx_Is(_: *mut HPyContext, a: HPy, b: HPy) -> c_int {
    c_int::from(a._i == b._i)
}

pub unsafe extern "C" fn ctx_Type_IsSubtype(_: *mut HPyContext, sub: HPy, kind: HPy) -> c_int {
    ffi::PyType_IsSubtype(object(sub).cast(), object(kind).cast())
}

/// The name without the module. It lives as long as the type.
pub unsafe extern "C" fn ctx_Type_GetName(_: *mut HPyContext, kind: HPy) -> *const c_char {
    let kind = object(kind);
    let name = older::type_name(kind.cast());
    if name.is_null() {
        return ptr::null();
    }
    if ffi::PyType_GetFlags(kind.cast()) & ffi::Py_TPFLAGS_HEAPTYPE == 0 {
        // The string was made for us. Kept for ever, as are the types it belongs to.
        let mut kept = name;
        ffi::PyUnicode_InternInPlace(&raw mut kept);
        return ffi::PyUnicode_AsUTF8AndSize(kept, ptr::null_mut());
    }
    let text = ffi::PyUnicode_AsUTF8AndSize(name, ptr::null_mut());
    // The type has a reference of its own.
    decref(name);
    text
}

pub unsafe extern "C" fn ctx_LeavePythonExecution(_: *mut HPyContext) -> HPyThreadState {
    HPyThreadState {
        _i: ffi::PyEval_SaveThread() as isize,
    }
}

/// A thread that is to end here sleeps instead, whatever language its module is written in.
pub unsafe extern "C" fn ctx_ReenterPythonExecution(_: *mut HPyContext, state: HPyThreadState) {
    // The function itself: pyo3-ffi's takes part in the unwinding, with the unwinder that this
    // module is linked to.
    unsafe extern "C" {
        fn PyEval_RestoreThread(state: *mut ffi::PyThreadState);
    }
    let restore: unsafe extern "C" fn(_) = PyEval_RestoreThread;
    call_host(restore, (state._i as *mut ffi::PyThreadState,));
}
