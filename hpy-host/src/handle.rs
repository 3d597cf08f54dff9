// SPDX-License-Identifier: MIT OR Apache-2.0

//! Handles are object pointers: the conversions between HPy's types and CPython's.

use hpy_shim::{HPy, cpy_PyObject};
use pyo3_ffi as ffi;
use std::ffi::{c_char, c_void};

/// A pointer to an object, as CPython's API takes it.
pub type Object = *mut ffi::PyObject;

/// The handle that no object has.
pub const NULL: HPy = HPy { _i: 0 };

/// Returns the object behind a handle; null for `HPy_NULL`.
#[inline(always)]
pub fn object(h: HPy) -> Object {
    h._i as Object
}

/// Returns the handle of an object. The reference count is as before.
#[inline(always)]
pub fn handle(object: Object) -> HPy {
    HPy {
        _i: object as isize,
    }
}

/// A type that looks different on both sides of the border, or the same.
pub trait Across {
    /// The type on the other side.
    type Other;
    /// Converts the value for the other side.
    fn across(self) -> Self::Other;
}

impl Across for HPy {
    type Other = Object;
    #[inline(always)]
    fn across(self) -> Object {
        object(self)
    }
}

impl Across for Object {
    type Other = HPy;
    #[inline(always)]
    fn across(self) -> HPy {
        handle(self)
    }
}

/// The name that HPy's headers have for CPython's object.
impl Across for *mut cpy_PyObject {
    type Other = HPy;
    #[inline(always)]
    fn across(self) -> HPy {
        handle(self.cast())
    }
}

macro_rules! the_same {
    ($($ty:ty)*) => {$(
        impl Across for $ty {
            type Other = $ty;
            #[inline(always)]
            fn across(self) -> $ty {
                self
            }
        }
    )*};
}
// c_long is one of these, and not the same one everywhere.
the_same!(() i32 i64 isize usize u32 u64 f64 *const c_char *mut c_char *mut c_void);
