// SPDX-License-Identifier: MIT OR Apache-2.0

//! The error indicator, which is CPython's own.

use crate::handle::{NULL, handle, object};
use crate::refcount::{decref, incref};
use hpy_shim::{HPy, HPyContext};
use pyo3_ffi as ffi;
use std::ffi::{c_char, c_int};

/// Sets an exception of type `kind` with a message made here.
pub unsafe fn raise(kind: *mut ffi::PyObject, message: &str) {
    let text = ffi::PyUnicode_FromStringAndSize(message.as_ptr().cast(), message.len() as isize);
    if !text.is_null() {
        ffi::PyErr_SetObject(kind, text);
        decref(text);
    }
}

/// `TypeError: message`.
pub unsafe fn type_error(message: &str) {
    raise(ffi::PyExc_TypeError, message);
}

/// `SystemError: message`.
pub unsafe fn system_error(message: &str) {
    raise(ffi::PyExc_SystemError, message);
}

pub unsafe extern "C" fn ctx_FatalError(_: *mut HPyContext, message: *const c_char) {
    ffi::Py_FatalError(message)
}

pub unsafe extern "C" fn ctx_Err_SetString(_: *mut HPyContext, kind: HPy, text: *const c_char) {
    ffi::PyErr_SetString(object(kind), text);
}

pub unsafe extern "C" fn ctx_Err_SetObject(_: *mut HPyContext, kind: HPy, value: HPy) {
    ffi::PyErr_SetObject(object(kind), object(value));
}

pub unsafe extern "C" fn ctx_Err_SetFromErrnoWithFilename(
    _: *mut HPyContext,
    kind: HPy,
    filename: *const c_char,
) -> HPy {
    handle(ffi::PyErr_SetFromErrnoWithFilename(object(kind), filename))
}

pub unsafe extern "C" fn ctx_Err_SetFromErrnoWithFilenameObjects(
    _: *mut HPyContext,
    kind: HPy,
    filename1: HPy,
    filename2: HPy,
) {
    ffi::PyErr_SetFromErrnoWithFilenameObjects(object(kind), object(filename1), object(filename2));
}

pub unsafe extern "C" fn ctx_Err_Occurred(_: *mut HPyContext) -> c_int {
    c_int::from(!ffi::PyErr_Occurred().is_null())
}

pub unsafe extern "C" fn ctx_Err_ExceptionMatches(_: *mut HPyContext, kind: HPy) -> c_int {
    ffi::PyErr_ExceptionMatches(object(kind))
}

pub unsafe extern "C" fn ctx_Err_NoMemory(_: *mut HPyContext) {
    ffi::PyErr_NoMemory();
}

pub unsafe extern "C" fn ctx_Err_Clear(_: *mut HPyContext) {
    ffi::PyErr_Clear();
}

pub unsafe extern "C" fn ctx_Err_NewException(
    _: *mut HPyContext,
    name: *const c_char,
    base: HPy,
    dict: HPy,
) -> HPy {
    handle(ffi::PyErr_NewException(name, object(base), object(dict)))
}

pub unsafe extern "C" fn ctx_Err_NewExceptionWithDoc(
    _: *mut HPyContext,
    name: *const c_char,
    doc: *const c_char,
    base: HPy,
    dict: HPy,
) -> HPy {
    handle(ffi::PyErr_NewExceptionWithDoc(
        name,
        doc,
        object(base),
        object(dict),
    ))
}

pub unsafe extern "C" fn ctx_Err_WarnEx(
    _: *mut HPyContext,
    category: HPy,
    message: *const c_char,
    stack_level: isize,
) -> c_int {
    ffi::PyErr_WarnEx(object(category), message, stack_level)
}

pub unsafe extern "C" fn ctx_Err_WriteUnraisable(_: *mut HPyContext, h: HPy) {
    ffi::PyErr_WriteUnraisable(object(h));
}

/// Meant for debuggers: what is known of an object, on standard error.
pub unsafe extern "C" fn ctx_Dump(_: *mut HPyContext, h: HPy) {
    let dumped = object(h);
    if dumped.is_null() {
        eprintln!("HPy_NULL");
        return;
    }
    let mut kind = String::from("?");
    let mut text = String::from("?");
    for (found, made) in [
        (&mut kind, ffi::PyObject_Str(ffi::Py_TYPE(dumped).cast())),
        (&mut text, ffi::PyObject_Repr(dumped)),
    ] {
        if let Some(made) = crate::library::text(made) {
            *found = made;
        } else {
            ffi::PyErr_Clear();
        }
        decref(made);
    }
    let count = ffi::Py_REFCNT(dumped);
    eprintln!("object at {dumped:p}, {count} references\ntype: {kind}\nrepr: {text}");
}

pub unsafe extern "C" fn ctx_FromPyObject(
    _: *mut HPyContext,
    object: *mut hpy_shim::cpy_PyObject,
) -> HPy {
    incref(object.cast());
    if object.is_null() {
        return NULL;
    }
    handle(object.cast())
}

pub unsafe extern "C" fn ctx_AsPyObject(_: *mut HPyContext, h: HPy) -> *mut hpy_shim::cpy_PyObject {
    incref(object(h));
    object(h).cast()
}
