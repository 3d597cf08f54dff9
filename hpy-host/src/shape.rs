// SPDX-License-Identifier: MIT OR Apache-2.0

//! The position of an HPy type's struct in its objects.
//!
//! HPy's structs leave out what CPython has in front: the object header, or the struct of
//! the built-in type that an HPy type derives from, its *shape*. The struct follows it,
//! aligned for any C type. An int's digits and a tuple's items also follow the header, as
//! many as there are: there the struct comes after the last one.

use crate::handle::{Object, object};
use crate::older;
use crate::refcount::decref;
use hpy_shim::*;
use pyo3_ffi as ffi;
use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The largest alignment of a C type, long double included.
const ALIGNMENT: usize = 16;
/// The size of the header that every object has.
pub const OBJECT_HEAD: usize = size_of::<ffi::PyObject>().next_multiple_of(ALIGNMENT);

/// The place of the struct.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// The same offset in every instance.
    Fixed(usize),
    /// After the digits of an int.
    AfterDigits,
    /// After the items of a tuple.
    AfterItems,
}

/// The sizes of built-in types, which differ between versions of CPython.
struct Sizes {
    type_: AtomicUsize,
    long: AtomicUsize,
    float: AtomicUsize,
    unicode: AtomicUsize,
    tuple: AtomicUsize,
    list: AtomicUsize,
}

static SIZES: Sizes = Sizes {
    type_: AtomicUsize::new(0),
    long: AtomicUsize::new(0),
    float: AtomicUsize::new(0),
    unicode: AtomicUsize::new(0),
    tuple: AtomicUsize::new(0),
    list: AtomicUsize::new(0),
};

/// Returns an int attribute of a type; None with an exception set.
pub unsafe fn int_attribute(kind: Object, name: &CStr) -> Option<isize> {
    let value = ffi::PyObject_GetAttrString(kind, name.as_ptr());
    let number = ffi::PyLong_AsSsize_t(value);
    decref(value);
    ffi::PyErr_Occurred().is_null().then_some(number)
}

/// `type.__basicsize__`; None with an exception set.
pub unsafe fn basicsize(kind: Object) -> Option<usize> {
    Some(int_attribute(kind, c"__basicsize__")? as usize)
}

/// Finds out the sizes; false with an exception set.
pub unsafe fn init() -> bool {
    let types = [
        (&SIZES.type_, &raw mut ffi::PyType_Type),
        (&SIZES.long, &raw mut ffi::PyLong_Type),
        (&SIZES.float, &raw mut ffi::PyFloat_Type),
        (&SIZES.unicode, &raw mut ffi::PyUnicode_Type),
        (&SIZES.tuple, &raw mut ffi::PyTuple_Type),
        (&SIZES.list, &raw mut ffi::PyList_Type),
    ];
    types.into_iter().all(|(size, kind)| {
        let found = basicsize(kind.cast());
        size.store(found.unwrap_or(0), Relaxed);
        found.is_some()
    })
}

fn aligned(size: &AtomicUsize) -> usize {
    size.load(Relaxed).next_multiple_of(ALIGNMENT)
}

impl Shape {
    /// Returns the place for a spec's `builtin_shape`; None if there is no such shape.
    pub fn of(shape: HPyType_BuiltinShape) -> Option<Shape> {
        Some(match shape {
            HPyType_BuiltinShape_Legacy => Shape::Fixed(0),
            HPyType_BuiltinShape_Object => Shape::Fixed(OBJECT_HEAD),
            HPyType_BuiltinShape_Type => Shape::Fixed(aligned(&SIZES.type_)),
            HPyType_BuiltinShape_Long => Shape::AfterDigits,
            HPyType_BuiltinShape_Float => Shape::Fixed(aligned(&SIZES.float)),
            HPyType_BuiltinShape_Unicode => Shape::Fixed(aligned(&SIZES.unicode)),
            HPyType_BuiltinShape_Tuple => Shape::AfterItems,
            HPyType_BuiltinShape_List => Shape::Fixed(aligned(&SIZES.list)),
            _ => return None,
        })
    }

    /// Returns what has to be added to the size of the struct for the size of an instance
    /// without items.
    pub fn head(self) -> usize {
        match self {
            Shape::Fixed(offset) => offset,
            // The last item may end anywhere: there has to be room for aligning.
            Shape::AfterDigits => aligned(&SIZES.long) + ALIGNMENT,
            Shape::AfterItems => aligned(&SIZES.tuple) + ALIGNMENT,
        }
    }

    /// Returns the struct of an instance.
    #[inline]
    pub unsafe fn data(self, instance: Object) -> *mut c_void {
        let offset = match self {
            Shape::Fixed(offset) => offset,
            Shape::AfterDigits => {
                let digits = digits(instance).max(1) * size_of::<u32>();
                (SIZES.long.load(Relaxed) + digits).next_multiple_of(ALIGNMENT)
            }
            Shape::AfterItems => {
                let items = ffi::PyTuple_Size(instance) as usize * size_of::<Object>();
                (SIZES.tuple.load(Relaxed) + items).next_multiple_of(ALIGNMENT)
            }
        };
        instance.cast::<u8>().add(offset).cast()
    }
}

/// Returns the number of 30-bit digits of an int.
///
/// Read from memory, since this is asked of objects that are being deallocated too, of
/// which nothing may be called. `digits_are_known` tells whether CPython still keeps the
/// number there.
unsafe fn digits(int: Object) -> usize {
    let word = *int.cast::<u8>().add(OBJECT_HEAD).cast::<isize>();
    if older::counts_digits_with_a_sign() {
        word.unsigned_abs()
    } else {
        word as usize >> 3
    }
}

/// Returns true if `digits` is right on this CPython.
pub unsafe fn digits_are_known() -> bool {
    (0..6).all(|digit| {
        let base = ffi::PyLong_FromLong(1);
        let shift = ffi::PyLong_FromLong(30 * digit);
        let int = ffi::PyNumber_Lshift(base, shift);
        let right = !int.is_null() && digits(int) == digit as usize + 1;
        for made in [base, shift, int] {
            decref(made);
        }
        right
    })
}

macro_rules! as_struct {
    ($($name:ident = $shape:expr;)*) => {$(
        pub unsafe extern "C" fn $name(_: *mut HPyContext, h: HPy) -> *mut c_void {
            $shape.data(object(h))
        }
    )*};
}

as_struct! {
    ctx_AsStruct_Object = Shape::Fixed(OBJECT_HEAD);
    ctx_AsStruct_Legacy = Shape::Fixed(0);
    ctx_AsStruct_Type = Shape::Fixed(aligned(&SIZES.type_));
    ctx_AsStruct_Long = Shape::AfterDigits;
    ctx_AsStruct_Float = Shape::Fixed(aligned(&SIZES.float));
    ctx_AsStruct_Unicode = Shape::Fixed(aligned(&SIZES.unicode));
    ctx_AsStruct_Tuple = Shape::AfterItems;
    ctx_AsStruct_List = Shape::Fixed(aligned(&SIZES.list));
}
