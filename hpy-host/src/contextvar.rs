// SPDX-License-Identifier: MIT OR Apache-2.0

//! Context variables. CPython's functions for them are not in the stable ABI, so the
//! class `contextvars.ContextVar` is asked, as Python code would.

use crate::errors::type_error;
use crate::handle::{NULL, Object, handle, object};
use crate::refcount::decref;
use hpy_shim::{HPy, HPyContext};
use pyo3_ffi as ffi;
use std::ffi::{c_char, c_int};
use std::ptr;

/// The class `contextvars.ContextVar`, a new reference.
unsafe fn class() -> Object {
    let module = ffi::PyImport_ImportModule(c"contextvars".as_ptr());
    if module.is_null() {
        return ptr::null_mut();
    }
    let class = ffi::PyObject_GetAttrString(module, c"ContextVar".as_ptr());
    decref(module);
    class
}

/// Returns true for a context variable; sets TypeError if not.
unsafe fn check(variable: Object) -> bool {
    let class = class();
    if class.is_null() {
        return false;
    }
    let is = ffi::PyObject_IsInstance(variable, class);
    decref(class);
    if is == 0 {
        type_error("an instance of ContextVar was expected");
    }
    is == 1
}

unsafe fn call_method(variable: Object, method: *const c_char, argument: Object) -> Object {
    let name = ffi::PyUnicode_FromString(method);
    if name.is_null() {
        return ptr::null_mut();
    }
    let arguments = [variable, argument];
    let count = 1 + usize::from(!argument.is_null());
    let result = ffi::PyObject_VectorcallMethod(name, arguments.as_ptr(), count, ptr::null_mut());
    decref(name);
    result
}

pub unsafe extern "C" fn ctx_ContextVar_New(
    _: *mut HPyContext,
    name: *const c_char,
    default: HPy,
) -> HPy {
    let class = class();
    if class.is_null() {
        return NULL;
    }
    let arguments = ffi::Py_BuildValue(c"(s)".as_ptr(), name);
    let keywords = if default._i == 0 {
        ptr::null_mut()
    } else {
        ffi::Py_BuildValue(c"{sO}".as_ptr(), c"default".as_ptr(), object(default))
    };
    let variable = if arguments.is_null() || (default._i != 0 && keywords.is_null()) {
        ptr::null_mut()
    } else {
        ffi::PyObject_Call(class, arguments, keywords)
    };
    for used in [class, arguments, keywords] {
        decref(used);
    }
    handle(variable)
}

/// Gives `HPy_NULL`, and no error, for a variable without a value and without a default.
pub unsafe extern "C" fn ctx_ContextVar_Get(
    _: *mut HPyContext,
    variable: HPy,
    default: HPy,
    result: *mut HPy,
) -> c_int {
    *result = NULL;
    if !check(object(variable)) {
        return -1;
    }
    let value = call_method(object(variable), c"get".as_ptr(), object(default));
    if value.is_null() {
        if ffi::PyErr_ExceptionMatches(ffi::PyExc_LookupError) == 0 {
            return -1;
        }
        ffi::PyErr_Clear();
    }
    *result = handle(value);
    0
}

/// Gives the token with which the change can be undone.
pub unsafe extern "C" fn ctx_ContextVar_Set(_: *mut HPyContext, variable: HPy, value: HPy) -> HPy {
    if !check(object(variable)) {
        return NULL;
    }
    handle(call_method(
        object(variable),
        c"set".as_ptr(),
        object(value),
    ))
}
