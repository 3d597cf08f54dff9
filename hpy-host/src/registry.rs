//! What the host knows of the types it made.

use crate::handle::Object;
use crate::inherited::Inherited;
use crate::instance;
use crate::shape::Shape;
use crate::spec::Definitions;
use hpy_shim::{
    cpy_vectorcallfunc, HPyFunc_destroyfunc, HPyFunc_traverseproc, HPyType_BuiltinShape,
};
use pyo3_ffi as ffi;
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::c_int;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::transmute;

pub type Type = *mut ffi::PyTypeObject;

/// A type made from an HPy spec.
pub struct TypeExtra {
    pub builtin_shape: HPyType_BuiltinShape,
    pub shape: Shape,
    /// `HPy_tp_destroy` of this type and of those it derives from, in this order.
    pub destroys: Vec<HPyFunc_destroyfunc>,
    /// `HPy_tp_traverse`, likewise.
    pub traverses: Vec<HPyFunc_traverseproc>,
    /// How instances are called, if they can be.
    pub call: Option<Call>,
    /// Whether there is a `tp_finalize`, its own or inherited.
    pub finalized: bool,
    pub collected: bool,
    pub inherited: Inherited,
    /// The first type it derives from that deallocates its part of the instances itself.
    pub foreign: Foreign,
    /// What CPython keeps pointers into while the type lives.
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
    ffi::PyType_GetSlot(kind, number)
}

impl Foreign {
    /// What is needed of the type that `inherited::foreign` found.
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

/// Remembers a type that was just made.
///
/// Nothing tells when a type dies in a way that comes after its last instance. So what is
/// known of it stays until another type takes its address: there are never more entries
/// than there were types at the same time.
pub unsafe fn register(kind: Type, extra: TypeExtra) {
    let table = (*REGISTRY.0.get()).get_or_insert_default();
    table.insert(kind as usize, Box::new(extra));
}

/// Whether a living type was made by this host: only such have its deallocator.
#[inline]
pub unsafe fn made_here(kind: Type) -> bool {
    slot(kind, ffi::Py_tp_dealloc) == instance::dealloc as *mut _
}

/// What is known of a type that the host made; None for any other.
#[inline]
pub unsafe fn find<'a>(kind: Type) -> Option<&'a TypeExtra> {
    if !made_here(kind) {
        return None;
    }
    (*REGISTRY.0.get())
        .as_ref()?
        .get(&(kind as usize))
        .map(|extra| &**extra)
}

/// What is known of the type, or of the first it derives from that the host made.
#[inline]
pub unsafe fn nearest<'a>(kind: Type) -> Option<&'a TypeExtra> {
    let mut kind = kind;
    while !kind.is_null() {
        if let Some(extra) = find(kind) {
            return Some(extra);
        }
        kind = slot(kind, ffi::Py_tp_base).cast();
    }
    None
}
