// SPDX-License-Identifier: MIT OR Apache-2.0

//! The parts of instances that CPython itself keeps: weak references, a dict, `__slots__`.
//!
//! For classes written in Python its own deallocator sees to these. A type with a
//! deallocator of its own, as HPy types have, has to do it for the classes it derives from.

use crate::dynamic::loaded;
use crate::errors::type_error;
use crate::handle::Object;
use crate::refcount::decref;
use crate::registry::{Type, made_here, slot};
use crate::shape::int_attribute;
use pyo3_ffi as ffi;
use std::ffi::{CStr, c_int, c_void};
use std::mem::transmute;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// The deallocator of classes written in Python.
static CLASS_DEALLOC: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
/// `PyObject_ClearManagedDict` and `PyObject_VisitManagedDict`, which are not in the stable
/// ABI. With an underscore in front before CPython 3.13; null where there are none.
static CLEAR_DICT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static VISIT_DICT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

type ClearDict = unsafe extern "C" fn(Object);
type VisitDict = unsafe extern "C" fn(Object, ffi::visitproc, *mut c_void) -> c_int;

/// A function of the interpreter that the stable ABI does not promise; null if there is none.
pub unsafe fn find_symbol(names: &[&CStr]) -> *mut c_void {
    let find = |name: &&CStr| loaded(name);
    names
        .iter()
        .map(find)
        .find(|found| !found.is_null())
        .unwrap_or(ptr::null_mut())
}

/// Looks up what the stable ABI lacks; false with an exception set.
pub unsafe fn init() -> bool {
    let clear = [c"PyObject_ClearManagedDict", c"_PyObject_ClearManagedDict"];
    let visit = [c"PyObject_VisitManagedDict", c"_PyObject_VisitManagedDict"];
    CLEAR_DICT.store(find_symbol(&clear), Relaxed);
    VISIT_DICT.store(find_symbol(&visit), Relaxed);
    let type_: Object = (&raw mut ffi::PyType_Type).cast();
    let class = ffi::PyObject_CallFunction(type_, c"s(){}".as_ptr(), c"Class".as_ptr());
    if class.is_null() {
        return false;
    }
    CLASS_DEALLOC.store(slot(class.cast(), ffi::Py_tp_dealloc), Relaxed);
    decref(class);
    true
}

/// Returns true if a type is deallocated as classes written in Python are.
unsafe fn is_class(kind: Type) -> bool {
    slot(kind, ffi::Py_tp_dealloc) == CLASS_DEALLOC.load(Relaxed)
}

enum Dict {
    None,
    At(usize),
    Managed,
}

/// The references of instances that are neither in the type's struct nor its `foreign` base's.
pub struct Inherited {
    weakrefs: bool,
    dict: Dict,
    /// Offsets of `__slots__`.
    slots: Vec<usize>,
}

/// The first type from `base` on that deallocates its part of the instances itself.
pub unsafe fn foreign(base: Type) -> Type {
    let mut kind = base;
    while made_here(kind) || is_class(kind) {
        kind = slot(kind, ffi::Py_tp_base).cast();
    }
    kind
}

impl Inherited {
    /// Returns what instances of `kind` hold; None with an exception set.
    pub unsafe fn of(kind: Type) -> Option<Inherited> {
        let foreign = foreign(kind);
        let added = |name: &CStr| {
            let offset_there = int_attribute(foreign.cast(), name)?;
            Some(if offset_there == 0 {
                int_attribute(kind.cast(), name)?
            } else {
                0
            })
        };
        let dict = match added(c"__dictoffset__")? {
            0 => Dict::None,
            offset if offset > 0 => Dict::At(offset as usize),
            _ => Dict::Managed,
        };
        if matches!(dict, Dict::Managed) && CLEAR_DICT.load(Relaxed).is_null() {
            type_error("this version of CPython does not let HPy types derive from such a class");
            return None;
        }
        let weakrefs = added(c"__weakrefoffset__")? != 0;
        let mut slots = Vec::new();
        let mut class = kind;
        while class != foreign {
            let mut member: *const ffi::PyMemberDef = slot(class, ffi::Py_tp_members).cast();
            while is_class(class) && !member.is_null() && !(*member).name.is_null() {
                if (*member).type_code == ffi::Py_T_OBJECT_EX
                    && (*member).flags & ffi::Py_READONLY == 0
                {
                    slots.push((*member).offset as usize);
                }
                member = member.add(1);
            }
            class = slot(class, ffi::Py_tp_base).cast();
        }
        Some(Inherited {
            weakrefs,
            dict,
            slots,
        })
    }

    /// Returns true if instances hold nothing of the kind.
    pub fn is_nothing(&self) -> bool {
        !self.weakrefs && matches!(self.dict, Dict::None) && self.slots.is_empty()
    }

    /// The places that hold one reference each.
    unsafe fn places(&self, instance: Object) -> impl Iterator<Item = *mut Object> + '_ {
        let dict = match self.dict {
            Dict::At(offset) => Some(offset),
            _ => None,
        };
        self.slots
            .iter()
            .copied()
            .chain(dict)
            .map(move |offset| instance.wrapping_byte_add(offset).cast())
    }

    /// Shows the collector what is held.
    pub unsafe fn visit(&self, instance: Object, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
        for place in self.places(instance) {
            let result = if (*place).is_null() {
                0
            } else {
                visit(*place, arg)
            };
            if result != 0 {
                return result;
            }
        }
        let function = VISIT_DICT.load(Relaxed);
        if matches!(self.dict, Dict::Managed) && !function.is_null() {
            // SAFETY: CPython's function of this name has this signature.
            return transmute::<*mut c_void, VisitDict>(function)(instance, visit, arg);
        }
        0
    }

    /// Releases what is held.
    pub unsafe fn clear(&self, instance: Object) {
        for place in self.places(instance) {
            let held = place.replace(ptr::null_mut());
            decref(held);
        }
        if matches!(self.dict, Dict::Managed) {
            // SAFETY: CPython's function of this name has this signature; `of` has checked
            // that there is one.
            transmute::<*mut c_void, ClearDict>(CLEAR_DICT.load(Relaxed))(instance);
        }
    }

    /// Tells weak references that the instance goes.
    pub unsafe fn forget(&self, instance: Object) {
        if self.weakrefs {
            ffi::PyObject_ClearWeakRefs(instance);
        }
    }
}
