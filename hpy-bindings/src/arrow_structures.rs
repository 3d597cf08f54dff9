// SPDX-License-Identifier: MIT OR Apache-2.0

//! The structures of Arrow's C data interface in capsules, for [`crate::arrow`].

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, make_array};
use hpy_shim as shim;

use crate::api::Ctx;
use crate::capsule::pointer_of;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::trampoline::contain_quietly;
use crate::trampoline::cpython as t;

/// A structure of Arrow's C data interface, which capsules of one name carry.
///
/// # Safety
/// The layout is that of the structure that the interface gives to capsules of this name.
/// `empty` is one that is released, and dropping any other releases it.
pub(crate) unsafe trait Carried: Sized {
    const NAME: &'static CStr;
    const DESTRUCTOR: &'static shim::HPyCapsule_Destructor = &shim::HPyCapsule_Destructor {
        cpy_trampoline: Some(t::capsule_destructor::<Owned<Self>>),
        impl_: Some(<Owned<Self> as t::Destructor>::destroy),
    };

    fn empty() -> Self;

    /// Returns whether somebody has moved the structure elsewhere.
    fn is_released(&self) -> bool;
}

/// The schema as the interface lays it out, as far as it has to be looked into.
#[repr(C)]
struct SchemaLayout {
    texts: [*const c_char; 3],
    numbers: [i64; 2],
    others: [*mut c_void; 2],
    release: *const c_void,
    private: *mut c_void,
}

const _: () = assert!(size_of::<SchemaLayout>() == size_of::<FFI_ArrowSchema>());

// SAFETY: the crate arrow's type for what the interface gives to this name.
unsafe impl Carried for FFI_ArrowSchema {
    const NAME: &'static CStr = c"arrow_schema";

    fn empty() -> Self {
        Self::empty()
    }

    fn is_released(&self) -> bool {
        // SAFETY: both are the interface's structure.
        unsafe { &*ptr::from_ref(self).cast::<SchemaLayout>() }
            .release
            .is_null()
    }
}

// SAFETY: as above.
unsafe impl Carried for FFI_ArrowArray {
    const NAME: &'static CStr = c"arrow_array";

    fn empty() -> Self {
        Self::empty()
    }

    fn is_released(&self) -> bool {
        self.is_released()
    }
}

// SAFETY: as above.
unsafe impl Carried for FFI_ArrowArrayStream {
    const NAME: &'static CStr = c"arrow_array_stream";

    fn empty() -> Self {
        Self::empty()
    }

    fn is_released(&self) -> bool {
        self.release.is_none()
    }
}

/// Drops a capsule's structure, which is a released one if somebody has taken it.
pub(crate) struct Owned<T>(PhantomData<T>);

impl<T: Carried> t::Destructor for Owned<T> {
    unsafe extern "C" fn destroy(_: *const c_char, pointer: *mut c_void, _: *mut c_void) {
        if !pointer.is_null() {
            // SAFETY: the box that `give` has put into the capsule, which ends now.
            contain_quietly(|| drop(unsafe { Box::from_raw(pointer.cast::<T>()) }));
        }
    }
}

/// Makes a capsule that owns a structure.
pub(crate) fn give<T: Carried>(ctx: Ctx<'_>, structure: T) -> PyResult<Handle<'_>> {
    let pointer = NonNull::from(Box::leak(Box::new(structure)));
    ctx.new_capsule(pointer.cast(), T::NAME, T::DESTRUCTOR)
        .inspect_err(|_| {
            // SAFETY: the box of the lines before, which no capsule has got.
            drop(unsafe { Box::from_raw(pointer.as_ptr()) });
        })
}

/// Moves the structure out of a capsule.
pub(crate) fn take<T: Carried>(capsule: Borrowed<'_>) -> PyResult<T> {
    let refuse = |why| {
        let message = format!("the {} {why}", T::NAME.to_string_lossy());
        PyErr::new(Exception::Value, message)
    };
    let pointer = pointer_of(capsule, T::NAME)?.cast::<T>();
    if !pointer.is_aligned() {
        return Err(refuse("is not aligned"));
    }
    // SAFETY: capsules of this name lead to such a structure, for whoever takes it to move away;
    // what stays is a released one.
    let taken = unsafe { ptr::replace(pointer.as_ptr(), T::empty()) };
    if taken.is_released() {
        return Err(refuse("was released before"));
    }
    Ok(taken)
}

/// Moves an array out of the two capsules that a call of `__arrow_c_array__` has given.
pub(crate) fn take_array(schema: Borrowed<'_>, array: Borrowed<'_>) -> PyResult<ArrayRef> {
    let schema: FFI_ArrowSchema = take(schema)?;
    let array: FFI_ArrowArray = take(array)?;
    // SAFETY: two structures of one call, which belong together.
    let data = unsafe { from_ffi(array, &schema) };
    data.map(make_array).map_err(PyErr::from)
}
