// SPDX-License-Identifier: MIT OR Apache-2.0

//! The types that the host made, and what it has to know of them.

use crate::handle::Object;
use crate::inherited::Inherited;
use crate::instance;
use crate::older;
use crate::refcount::{decref, new_ref};
use crate::shape::Shape;
use crate::spec::Definitions;
use hpy_shim::{
    HPyFunc_destroyfunc, HPyFunc_traverseproc, HPyType_BuiltinShape, cpy_vectorcallfunc,
};
use pyo3_ffi as ffi;
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::c_int;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::transmute;
use std::ptr;

pub type Type = *mut ffi::PyTypeObject;

/// A type made from an HPy spec.
pub struct TypeExtra {
    pub kind: Type,
    /// An instance of just this type holds nothing but its struct: to deallocate it is to
    /// destroy that and to give the memory back.
    pub simple: bool,
    /// Gives the memory of an instance of just this type back.
    pub free: ffi::freefunc,
    pub builtin_shape: HPyType_BuiltinShape,
    pub shape: Shape,
    /// `HPy_tp_destroy` of this type and of those it derives from, in this order.
    pub destroys: Vec<HPyFunc_destroyfunc>,
    /// `HPy_tp_traverse`, likewise.
    pub traverses: Vec<HPyFunc_traverseproc>,
    /// The way in which instances are called, if they can be.
    pub call: Option<Call>,
    /// True if there is a `tp_finalize`, its own or inherited.
    pub finalized: bool,
    pub collected: bool,
    pub inherited: Inherited,
    /// The first type it derives from that deallocates its part of the instances itself.
    pub foreign: Foreign,
    /// A weak reference to the type.
    pub watch: Object,
    /// False once it told that the type dies, though there may be instances yet.
    pub alive: bool,
    /// The memory into which CPython keeps pointers while the type lives.
    pub _definitions: Definitions,
}

/// A base that the host did not make, and how it does what the host's types also have to do.
pub struct Foreign {
    pub kind: Type,
    /// Its deallocator drops a reference to the type of the instance.
    pub heap: bool,
    pub collected: bool,
    pub dealloc: ffi::destructor,
    pub traverse: Option<ffi::traverseproc>,
    pub clear: Option<ffi::inquiry>,
}

/// The hidden member of instances that can be called.
#[derive(Clone, Copy)]
pub struct Call {
    pub offset: usize,
    pub default: cpy_vectorcallfunc,
}

impl Call {
    /// Makes `function` what runs when the instance is called.
    pub unsafe fn store(&self, instance: Object, function: cpy_vectorcallfunc) {
        *instance.cast::<u8>().add(self.offset).cast() = function;
    }
}

/// The contents of a type's slot; null if it has none.
pub unsafe fn slot(kind: Type, number: c_int) -> *mut std::ffi::c_void {
    older::static_slot(kind, number).unwrap_or_else(|| ffi::PyType_GetSlot(kind, number))
}

impl Foreign {
    /// Returns what is needed of the type that `inherited::foreign` found.
    pub unsafe fn of(kind: Type) -> Foreign {
        let flags = ffi::PyType_GetFlags(kind);
        let heap = flags & ffi::Py_TPFLAGS_HEAPTYPE != 0;
        // SAFETY: CPython keeps functions of these types in these slots. The deallocator
        // is never missing. A heap type's traverse and clear begin with the type of the
        // instance, which is ours: they would call us again.
        Foreign {
            kind,
            heap,
            collected: flags & ffi::Py_TPFLAGS_HAVE_GC != 0,
            dealloc: transmute::<*mut _, ffi::destructor>(slot(kind, ffi::Py_tp_dealloc)),
            traverse: if heap {
                None
            } else {
                transmute::<*mut _, Option<_>>(slot(kind, ffi::Py_tp_traverse))
            },
            clear: if heap {
                None
            } else {
                transmute::<*mut _, Option<_>>(slot(kind, ffi::Py_tp_clear))
            },
        }
    }
}

/// Hashes an address, whose lowest bits are all the same.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("addresses are hashed as usize");
    }
    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

type Table = HashMap<usize, Box<TypeExtra>, BuildHasherDefault<AddressHasher>>;

struct Registry(UnsafeCell<Option<Table>>);
// SAFETY: it is used with the GIL held only.
unsafe impl Sync for Registry {}
static REGISTRY: Registry = Registry(UnsafeCell::new(None));

/// Types asked for lately, each at a place that its address gives.
struct Recent(UnsafeCell<[(Type, *const TypeExtra); RECENT]>);
// SAFETY: it is used with the GIL held only.
unsafe impl Sync for Recent {}
const RECENT: usize = 64;
static LATELY: Recent = Recent(UnsafeCell::new([(ptr::null_mut(), ptr::null()); RECENT]));

#[inline(always)]
fn place(kind: Type) -> *mut (Type, *const TypeExtra) {
    let address = kind as usize;
    let index = (address >> 4 ^ address >> 12) % RECENT;
    LATELY
        .0
        .get()
        .cast::<(Type, *const TypeExtra)>()
        .wrapping_add(index)
}

/// Remembers a type that was just made; false with an exception set.
///
/// Nothing tells when a type dies in a way that comes after its last instance. So what is
/// known of it stays until another type takes its address: there are never more entries
/// than there were types at the same time. A weak reference tells when the address alone
/// no longer proves that it is the type.
pub unsafe fn register(kind: Type, mut extra: TypeExtra) -> bool {
    static mut DIED: ffi::PyMethodDef = ffi::PyMethodDef {
        ml_name: c"died".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: died },
        ml_flags: ffi::METH_O,
        ml_doc: ptr::null(),
    };
    let address = ffi::PyLong_FromVoidPtr(kind.cast());
    let callback = ffi::PyCFunction_NewEx(&raw mut DIED, address, ptr::null_mut());
    decref(address);
    if callback.is_null() {
        return false;
    }
    extra.watch = ffi::PyWeakref_NewRef(kind.cast(), callback);
    decref(callback);
    if extra.watch.is_null() {
        return false;
    }
    let table = (*REGISTRY.0.get()).get_or_insert_default();
    let before = table.insert(kind as usize, Box::new(extra));
    *place(kind) = (ptr::null_mut(), ptr::null());
    if let Some(before) = before {
        decref(before.watch);
    }
    true
}

/// Called when the type at `address`, which `watch` refers to, dies.
unsafe extern "C" fn died(address: Object, watch: Object) -> Object {
    let kind: Type = ffi::PyLong_AsVoidPtr(address).cast();
    let table = (*REGISTRY.0.get()).get_or_insert_default();
    if let Some(extra) = table
        .get_mut(&(kind as usize))
        .filter(|extra| extra.watch == watch)
    {
        extra.alive = false;
        // The caller has a reference of its own.
        decref(std::mem::replace(&mut extra.watch, ptr::null_mut()));
    }
    *place(kind) = (ptr::null_mut(), ptr::null());
    new_ref(ffi::Py_None())
}

/// Returns true if a living type was made by this host: only such have its deallocator.
#[inline]
pub unsafe fn made_here(kind: Type) -> bool {
    slot(kind, ffi::Py_tp_dealloc) == instance::dealloc as *mut _
}

/// Returns what is known of the type, if it was asked for lately.
#[inline(always)]
pub unsafe fn recent<'a>(kind: Type) -> Option<&'a TypeExtra> {
    let (there, extra) = *place(kind);
    (kind == there).then(|| &*extra)
}

/// Returns what is known of a type that the host made; None for any other.
#[inline(always)]
pub unsafe fn find<'a>(kind: Type) -> Option<&'a TypeExtra> {
    recent(kind).or_else(|| look_up(kind))
}

#[inline(never)]
unsafe fn look_up<'a>(kind: Type) -> Option<&'a TypeExtra> {
    if !made_here(kind) {
        return None;
    }
    let extra = &**(*REGISTRY.0.get()).as_ref()?.get(&(kind as usize))?;
    if extra.alive {
        *place(kind) = (kind, extra);
    }
    Some(extra)
}

/// Returns what is known of the type, or of the first it derives from that the host made.
#[inline(always)]
pub unsafe fn nearest<'a>(kind: Type) -> Option<&'a TypeExtra> {
    find(kind).or_else(|| nearest_base(kind))
}

#[inline(never)]
unsafe fn nearest_base<'a>(kind: Type) -> Option<&'a TypeExtra> {
    let mut kind: Type = slot(kind, ffi::Py_tp_base).cast();
    while !kind.is_null() {
        if let Some(extra) = find(kind) {
            return Some(extra);
        }
        kind = slot(kind, ffi::Py_tp_base).cast();
    }
    None
}
