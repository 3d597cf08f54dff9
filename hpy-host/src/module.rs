// SPDX-License-Identifier: MIT OR Apache-2.0

//! Modules: an `HPyModuleDef`, turned into the definition that CPython wants.

use crate::defs::{Def, Raised, contents, entries, methods, pointer};
use crate::errors::system_error;
use crate::handle::{NULL, Object, object};
use crate::refcount::decref;
use hpy_shim::*;
use pyo3_ffi as ffi;
use std::cell::UnsafeCell;
use std::collections::hash_map::{Entry, HashMap};
use std::ptr;

/// CPython's definition of a module, and what it points to.
struct Definition {
    definition: ffi::PyModuleDef,
    _methods: Box<[ffi::PyMethodDef]>,
    _slots: Box<[ffi::PyModuleDef_Slot]>,
}

struct Definitions(UnsafeCell<Option<HashMap<usize, Box<Definition>>>>);
// SAFETY: it is used with the GIL held only.
unsafe impl Sync for Definitions {}
/// The definitions by the addresses of HPy's. Modules point to them for as long as they live, and
/// a module that is loaded again, from a library that is never closed, finds its own.
static DEFINITIONS: Definitions = Definitions(UnsafeCell::new(None));

/// A module as `definition` and the import system's `spec` say; null with an exception set.
pub unsafe fn create(definition: *mut HPyModuleDef, spec: Object) -> Object {
    let known = (*DEFINITIONS.0.get()).get_or_insert_default();
    let made = match known.entry(definition as usize) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => match define(&*definition) {
            Ok(made) => place.insert(made),
            Err(Raised) => return ptr::null_mut(),
        },
    };
    let definition: *mut ffi::PyModuleDef = &raw mut made.definition;
    let module = ffi::PyModule_FromDefAndSpec2(definition, spec, ffi::PYTHON_ABI_VERSION);
    let is_module = !module.is_null() && ffi::PyModule_Check(module) != 0;
    if is_module && ffi::PyModule_ExecDef(module, definition) != 0 {
        decref(module);
        return ptr::null_mut();
    }
    module
}

unsafe fn define(module: &HPyModuleDef) -> Result<Box<Definition>, Raised> {
    if module.size < 0 {
        system_error("HPy does not permit HPyModuleDef.size < 0");
        return Err(Raised);
    }
    if module.size > 0 {
        system_error("HPy 0.9 has no module state: HPyModuleDef.size has to be 0");
        return Err(Raised);
    }
    if !module.legacy_methods.is_null() {
        system_error("legacy methods are for extensions built for one CPython");
        return Err(Raised);
    }
    let mut slots = Vec::new();
    let mut creators = 0;
    let mut others = false;
    for def in entries(module.defines) {
        let Some(Def::Slot(slot)) = contents(def) else {
            others = true;
            continue;
        };
        let number = match slot.slot {
            HPy_mod_create => {
                creators += 1;
                ffi::Py_mod_create
            }
            HPy_mod_exec => {
                others = true;
                ffi::Py_mod_exec
            }
            other => {
                system_error(&format!(
                    "Unsupported slot in HPyModuleDef.defines (value: {other})"
                ));
                return Err(Raised);
            }
        };
        slots.push(ffi::PyModuleDef_Slot {
            slot: number,
            value: pointer(slot.cpy_trampoline),
        });
    }
    if creators > 1 {
        system_error("HPyModuleDef.defines has more than one HPy_mod_create slot");
        return Err(Raised);
    }
    if creators == 1 && (others || !module.doc.is_null() || !module.globals.is_null()) {
        system_error(
            "HPyModuleDef defines a HPy_mod_create slot, which makes an object of its own: \
             nothing else of the definition could be used, so it has to be empty",
        );
        return Err(Raised);
    }
    slots.push(ffi::PyModuleDef_Slot {
        slot: 0,
        value: ptr::null_mut(),
    });
    let mut methods = methods(module.defines)?;
    let mut slots = slots.into_boxed_slice();
    Ok(Box::new(Definition {
        definition: ffi::PyModuleDef {
            m_base: ffi::PyModuleDef_HEAD_INIT,
            m_name: c"".as_ptr(), // the spec's is taken
            m_doc: module.doc,
            m_size: 0,
            m_methods: methods.as_mut_ptr(),
            m_slots: slots.as_mut_ptr(),
            m_traverse: None,
            m_clear: None,
            m_free: None,
        },
        _methods: methods,
        _slots: slots,
    }))
}

/// Checks that an `HPy_mod_create` slot returned no module.
pub unsafe fn checked(created: HPy) -> HPy {
    let module = object(created);
    if !module.is_null() && ffi::PyModule_Check(module) != 0 {
        decref(module);
        system_error(
            "HPy_mod_create slot returned a builtin module object. \
             This is currently not supported.",
        );
        return NULL;
    }
    created
}
