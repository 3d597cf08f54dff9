// SPDX-License-Identifier: MIT OR Apache-2.0

//! Capsules, which are CPython's.

use crate::errors::raise;
use crate::handle::{NULL, handle, object};
use hpy_shim::{HPy, HPyCapsule_Destructor, HPyContext};
use pyo3_ffi as ffi;
use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;
use std::ptr;

/// The function that CPython calls when a capsule dies; an error if one of the two is missing.
///
/// The module's own trampoline knows the implementation and hands over to
/// `ctx_CallRealFunctionFromTrampoline`.
unsafe fn destructor(
    wanted: *mut HPyCapsule_Destructor,
) -> Result<Option<ffi::PyCapsule_Destructor>, ()> {
    let Some(wanted) = wanted.as_ref() else {
        return Ok(None);
    };
    if wanted.cpy_trampoline.is_none() || wanted.impl_.is_none() {
        raise(ffi::PyExc_ValueError, "Invalid HPyCapsule destructor");
        return Err(());
    }
    // SAFETY: the same C function, under HPy's and under CPython's name of its type.
    Ok(transmute::<
        hpy_shim::cpy_PyCapsule_Destructor,
        Option<ffi::PyCapsule_Destructor>,
    >(wanted.cpy_trampoline))
}

pub unsafe extern "C" fn ctx_Capsule_New(
    _: *mut HPyContext,
    pointer: *mut c_void,
    name: *const c_char,
    wanted: *mut HPyCapsule_Destructor,
) -> HPy {
    match destructor(wanted) {
        Ok(destructor) => handle(ffi::PyCapsule_New(pointer, name, destructor)),
        Err(()) => NULL,
    }
}

pub unsafe extern "C" fn ctx_Capsule_Get(
    _: *mut HPyContext,
    capsule: HPy,
    key: hpy_shim::_HPyCapsule_key,
    name: *const c_char,
) -> *mut c_void {
    let capsule = object(capsule);
    match key {
        hpy_shim::HPyCapsule_key_Pointer => ffi::PyCapsule_GetPointer(capsule, name),
        hpy_shim::HPyCapsule_key_Name => ffi::PyCapsule_GetName(capsule) as *mut c_void,
        hpy_shim::HPyCapsule_key_Context => ffi::PyCapsule_GetContext(capsule),
        _ => {
            raise(
                ffi::PyExc_ValueError,
                "a capsule's destructor cannot be asked for",
            );
            ptr::null_mut()
        }
    }
}

pub unsafe extern "C" fn ctx_Capsule_Set(
    _: *mut HPyContext,
    capsule: HPy,
    key: hpy_shim::_HPyCapsule_key,
    value: *mut c_void,
) -> c_int {
    let capsule = object(capsule);
    match key {
        hpy_shim::HPyCapsule_key_Pointer => ffi::PyCapsule_SetPointer(capsule, value),
        hpy_shim::HPyCapsule_key_Name => ffi::PyCapsule_SetName(capsule, value as *const c_char),
        hpy_shim::HPyCapsule_key_Context => ffi::PyCapsule_SetContext(capsule, value),
        hpy_shim::HPyCapsule_key_Destructor => match destructor(value.cast()) {
            Ok(destructor) => ffi::PyCapsule_SetDestructor(capsule, destructor),
            Err(()) => -1,
        },
        _ => {
            raise(ffi::PyExc_ValueError, "a capsule has no such part");
            -1
        }
    }
}

pub unsafe extern "C" fn ctx_Capsule_IsValid(
    _: *mut HPyContext,
    capsule: HPy,
    name: *const c_char,
) -> c_int {
    ffi::PyCapsule_IsValid(object(capsule), name)
}
