// SPDX-License-Identifier: MIT OR Apache-2.0

//! An HPy host for CPython: HPy 0.9's universal ABI on top of CPython's stable ABI.
//!
//! Built as one `_cpython.abi3.so`, it loads HPy universal modules on CPython 3.9 and
//! every later one; what 3.9 to 3.11 lack of the stable ABI of 3.12 is in [`older`]. A handle
//! is the pointer to the object itself, so that opening and closing handles is reference
//! counting. What HPy's structs and slots mean is taken from HPy's documentation, its headers
//! and its test suite.
//!
//! This crate is the interpreter's side of the ABI and the only one that names CPython's
//! objects. Its functions are called by native code that keeps HPy's contract: the
//! context is ours, handles are open, the GIL is held. That contract is what makes every
//! unsafe operation here sound; where more is needed, a comment says so.

#![allow(unsafe_op_in_unsafe_fn, non_snake_case, non_upper_case_globals)]

mod calls;
mod capsule;
mod collections;
mod context;
mod contextvar;
mod debug;
mod defs;
mod dynamic;
mod elf;
mod errors;
mod forward;
mod handle;
mod inherited;
mod instance;
mod items;
mod iteration;
mod library;
mod module;
mod older;
mod refcount;
mod references;
mod registry;
mod shape;
mod spec;
mod types;

use pyo3_ffi as ffi;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

/// `load(name, path, spec, debug)`: see `library::load`.
unsafe extern "C" fn load(
    _: *mut ffi::PyObject,
    args: *mut *mut ffi::PyObject,
    nargs: isize,
) -> *mut ffi::PyObject {
    if nargs != 4 {
        ffi::PyErr_SetString(
            ffi::PyExc_TypeError,
            c"load() takes the module's name, its path, its spec, and whether to debug".as_ptr(),
        );
        return ptr::null_mut();
    }
    let debug = ffi::PyObject_IsTrue(*args.add(3)) == 1;
    library::load(*args, *args.add(1), *args.add(2), debug)
}

unsafe extern "C" fn new_generation(
    _: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    ffi::PyLong_FromUnsignedLongLong(debug::new_generation())
}

unsafe extern "C" fn opened_since(
    _: *mut ffi::PyObject,
    generation: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let generation = ffi::PyLong_AsUnsignedLongLong(generation);
    if !ffi::PyErr_Occurred().is_null() {
        return ptr::null_mut();
    }
    debug::opened_since(generation)
}

unsafe extern "C" fn get_version(
    _: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let version = concat!("hpy-host ", env!("CARGO_PKG_VERSION"));
    let pair = ffi::PyTuple_New(2);
    if !pair.is_null() {
        for (index, text) in ["0.9.0", version].into_iter().enumerate() {
            let item = ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len() as isize);
            // Steals the item, which may be null: then the tuple is dropped by whoever sees it.
            ffi::PyTuple_SetItem(pair, index as isize, item);
        }
    }
    pair
}

unsafe extern "C" fn exec(_: *mut ffi::PyObject) -> c_int {
    // CPython itself refuses it to one with a GIL of its own.
    if ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) != 0 {
        ffi::PyErr_SetString(
            ffi::PyExc_ImportError,
            c"HPy modules cannot be loaded in a subinterpreter".as_ptr(),
        );
        return -1;
    }
    context::init()
}

const fn method(
    name: *const c_char,
    function: ffi::PyMethodDefPointer,
    flags: c_int,
    doc: *const c_char,
) -> ffi::PyMethodDef {
    ffi::PyMethodDef {
        ml_name: name,
        ml_meth: function,
        ml_flags: flags,
        ml_doc: doc,
    }
}

/// The module `hpy_host._cpython`.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__cpython() -> *mut ffi::PyObject {
    static mut METHODS: [ffi::PyMethodDef; 5] = [
        method(
            c"load".as_ptr(),
            ffi::PyMethodDefPointer {
                PyCFunctionFast: load,
            },
            ffi::METH_FASTCALL,
            c"load(name, path, spec, debug, /)\n--\n\nLoad an HPy universal module.".as_ptr(),
        ),
        method(
            c"get_version".as_ptr(),
            ffi::PyMethodDefPointer {
                PyCFunction: get_version,
            },
            ffi::METH_NOARGS,
            c"get_version()\n--\n\nThe version of HPy, and of this host.".as_ptr(),
        ),
        method(
            c"new_generation".as_ptr(),
            ffi::PyMethodDefPointer {
                PyCFunction: new_generation,
            },
            ffi::METH_NOARGS,
            c"new_generation()\n--\n\nBegin a generation of handles; its number.".as_ptr(),
        ),
        method(
            c"opened_since".as_ptr(),
            ffi::PyMethodDefPointer {
                PyCFunction: opened_since,
            },
            ffi::METH_O,
            c"opened_since(generation, /)\n--\n\nThe handles of the debug mode that are open."
                .as_ptr(),
        ),
        ffi::PyMethodDef::zeroed(),
    ];
    static mut SLOTS: [ffi::PyModuleDef_Slot; 2] = [
        ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_exec,
            value: exec as *mut c_void,
        },
        ffi::PyModuleDef_Slot {
            slot: 0,
            value: ptr::null_mut(),
        },
    ];
    static mut MODULE: ffi::PyModuleDef = ffi::PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: c"hpy_host._cpython".as_ptr(),
        m_doc: c"HPy 0.9's universal ABI for CPython 3.9 and later.".as_ptr(),
        m_size: 0,
        m_methods: (&raw mut METHODS).cast(),
        m_slots: (&raw mut SLOTS).cast(),
        m_traverse: None,
        m_clear: None,
        m_free: None,
    };
    // SAFETY: CPython calls this with the GIL held, and owns the definitions from now on.
    unsafe { ffi::PyModuleDef_Init(&raw mut MODULE) }
}
