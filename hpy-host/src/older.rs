// SPDX-License-Identifier: MIT OR Apache-2.0

//! What CPython 3.9 to 3.11 have under another name, or not at all.
//!
//! The stable ABI is that of 3.12. The few functions of it that older versions lack are looked
//! up when the host is imported, and replaced where they are missing. What is read from memory
//! here is where it was in the last releases of versions that have no further ones.

use crate::errors::type_error;
use crate::handle::Object;
use crate::inherited::find_symbol;
use crate::refcount::{decref, incref};
use crate::registry::{Type, slot};
use pyo3_ffi as ffi;
use std::ffi::{CStr, c_int, c_void};
use std::mem::transmute;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed};

/// 12 for CPython 3.12.
static MINOR: AtomicI32 = AtomicI32::new(0);

static FROM_METACLASS: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static VECTORCALL: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static VECTORCALL_DICT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

type FromMetaclass = unsafe extern "C" fn(Type, Object, *mut ffi::PyType_Spec, Object) -> Object;
type Vectorcall = unsafe extern "C" fn(Object, *const Object, usize, Object) -> Object;

/// Finds out what there is; false with an exception set.
pub unsafe fn init() -> bool {
    let version = CStr::from_ptr(ffi::Py_GetVersion()).to_bytes();
    let minor = version.split(|byte| !byte.is_ascii_digit()).nth(1);
    let minor = minor.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    MINOR.store(minor.unwrap_or(i32::MAX), Relaxed);
    FROM_METACLASS.store(find_symbol(&[c"PyType_FromMetaclass"]), Relaxed);
    VECTORCALL.store(find_symbol(&[c"PyObject_Vectorcall"]), Relaxed);
    VECTORCALL_DICT.store(find_symbol(&[c"PyObject_VectorcallDict"]), Relaxed);
    let complete = !VECTORCALL.load(Relaxed).is_null() || !VECTORCALL_DICT.load(Relaxed).is_null();
    if !complete {
        type_error("this version of CPython has no way to call an object that is known here");
    }
    complete
}

/// Returns true if the number of an int's digits is negative for one that is.
pub fn counts_digits_with_a_sign() -> bool {
    MINOR.load(Relaxed) < 12
}

/// Returns true if a reference count has 64 bits and no other meaning.
pub fn counts_in_64_bits() -> bool {
    MINOR.load(Relaxed) < 12
}

/// `PyVectorcall_NARGS`.
pub fn nargs(nargsf: usize) -> usize {
    nargsf & !(1 << (usize::BITS - 1))
}

/// `PyObject_Vectorcall`, without the flag among the arguments.
pub unsafe fn vectorcall(
    callable: Object,
    args: *const Object,
    nargs: usize,
    kwnames: Object,
) -> Object {
    let function = VECTORCALL.load(Relaxed);
    if !function.is_null() {
        // SAFETY: CPython's function of this name has this signature.
        return transmute::<*mut c_void, Vectorcall>(function)(callable, args, nargs, kwnames);
    }
    let mut named = ptr::null_mut();
    if !kwnames.is_null() && ffi::PyTuple_Size(kwnames) > 0 {
        named = ffi::PyDict_New();
        if named.is_null() {
            return named;
        }
        for index in 0..ffi::PyTuple_Size(kwnames) {
            let value = *args.add(nargs + index as usize);
            if ffi::PyObject_SetItem(named, ffi::PyTuple_GetItem(kwnames, index), value) < 0 {
                decref(named);
                return ptr::null_mut();
            }
        }
    }
    let function = VECTORCALL_DICT.load(Relaxed);
    // SAFETY: as above; `init` has seen that there is one.
    let result = transmute::<*mut c_void, Vectorcall>(function)(callable, args, nargs, named);
    decref(named);
    result
}

/// `PyType_GetName`.
pub unsafe fn type_name(kind: Type) -> Object {
    ffi::PyObject_GetAttrString(kind.cast(), c"__name__".as_ptr())
}

/// `PyType_FromMetaclass`, without a module.
pub unsafe fn type_from_metaclass(
    metaclass: Type,
    spec: *mut ffi::PyType_Spec,
    bases: Object,
) -> Object {
    let function = FROM_METACLASS.load(Relaxed);
    if !function.is_null() {
        // SAFETY: CPython's function of this name has this signature.
        let make = transmute::<*mut c_void, FromMetaclass>(function);
        return make(metaclass, ptr::null_mut(), spec, bases);
    }
    let Some(metaclass) = most_derived(metaclass, bases) else {
        return ptr::null_mut();
    };
    let type_ = &raw mut ffi::PyType_Type;
    if metaclass == type_ {
        return ffi::PyType_FromSpecWithBases(spec, bases);
    }
    if slot(metaclass, ffi::Py_tp_new) != slot(type_, ffi::Py_tp_new) {
        type_error("Metaclasses with custom tp_new are not supported.");
        return ptr::null_mut();
    }
    // CPython makes an instance of `type` itself, behind whose struct it puts the members; so
    // `type` is as large as the metaclass meanwhile.
    let size = type_.cast::<u8>().add(BASICSIZE).cast::<isize>();
    let own = *size;
    *size = *metaclass.cast::<u8>().add(BASICSIZE).cast::<isize>();
    let made = ffi::PyType_FromSpecWithBases(spec, bases);
    *size = own;
    if !made.is_null() {
        incref(metaclass.cast());
        (*made).ob_type = metaclass;
    }
    made
}

/// Returns the metaclass that derives from all others of the bases; None with an exception set.
unsafe fn most_derived(metaclass: Type, bases: Object) -> Option<Type> {
    let mut winner = if metaclass.is_null() {
        &raw mut ffi::PyType_Type
    } else {
        metaclass
    };
    if bases.is_null() || ffi::PyTuple_Check(bases) == 0 {
        return Some(winner);
    }
    for index in 0..ffi::PyTuple_Size(bases) {
        let other = ffi::Py_TYPE(ffi::PyTuple_GetItem(bases, index));
        if ffi::PyType_IsSubtype(winner, other) != 0 {
            continue;
        }
        if ffi::PyType_IsSubtype(other, winner) == 0 {
            type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) \
                 subclass of the metaclasses of all its bases",
            );
            return None;
        }
        winner = other;
    }
    Some(winner)
}

// Where a type keeps things, on 64-bit machines.
const BASICSIZE: usize = 32;

/// Returns a slot of a type that is no heap type, of which CPython 3.9 does not tell.
pub unsafe fn static_slot(kind: Type, number: c_int) -> Option<*mut c_void> {
    if MINOR.load(Relaxed) > 9 || ffi::PyType_GetFlags(kind) & ffi::Py_TPFLAGS_HEAPTYPE != 0 {
        return None;
    }
    let offset = match number {
        ffi::Py_tp_dealloc => 48,
        ffi::Py_tp_traverse => 184,
        ffi::Py_tp_clear => 192,
        ffi::Py_tp_members => 240,
        ffi::Py_tp_base => 256,
        ffi::Py_tp_new => 312,
        ffi::Py_tp_free => 320,
        ffi::Py_tp_finalize => 392,
        _ => return None,
    };
    Some(*kind.cast::<u8>().add(offset).cast())
}
