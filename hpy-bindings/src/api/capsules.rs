// SPDX-License-Identifier: MIT OR Apache-2.0

//! Capsules.

use std::ffi::{CStr, CString, c_void};
use std::ptr::{self, NonNull};

use hpy_shim as shim;

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

impl<'c> Ctx<'c> {
    pub(crate) fn new_capsule(
        self,
        pointer: NonNull<c_void>,
        name: &'static CStr,
        destructor: &'static shim::HPyCapsule_Destructor,
    ) -> PyResult<Handle<'c>> {
        // Hosts only read the destructor.
        let destructor = ptr::from_ref(destructor).cast_mut();
        self.own(call_behind!(
            self,
            ctx_Capsule_New,
            pointer.as_ptr(),
            name.as_ptr(),
            destructor
        ))
    }

    pub(crate) fn is_capsule(self, h: Borrowed<'_>) -> bool {
        self.has_type(h, self.constant(|c| c.h_CapsuleType))
    }

    /// Returns the pointer of a capsule that must have this name.
    pub(crate) fn capsule_pointer(self, h: Borrowed<'_>, name: &CStr) -> PyResult<NonNull<c_void>> {
        let key = shim::HPyCapsule_key_Pointer;
        let pointer = call_behind!(self, ctx_Capsule_Get, h.raw(), key, name.as_ptr());
        NonNull::new(pointer).ok_or_else(|| PyErr::pending(self))
    }

    /// Returns the name of a capsule, for a comparison or a message.
    pub(crate) fn capsule_name(self, h: Borrowed<'_>) -> PyResult<Option<CString>> {
        let (key, no_name) = (shim::HPyCapsule_key_Name, ptr::null());
        let name = call_behind!(self, ctx_Capsule_Get, h.raw(), key, no_name);
        if name.is_null() {
            return if self.occurred() {
                Err(PyErr::pending(self))
            } else {
                Ok(None)
            };
        }
        // SAFETY: a capsule's name is a C string that lives as long as the capsule, which
        // `h` keeps alive.
        Ok(Some(
            unsafe { CStr::from_ptr(name.cast_const().cast()) }.to_owned(),
        ))
    }
}
