//! Capsules.

use std::ffi::{c_void, CStr, CString};
use std::ptr::{self, NonNull};

use hpy_shim as shim;

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::handle::{Arg, Handle};

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

    pub(crate) fn is_capsule(self, h: Arg<'_>) -> bool {
        self.has_type(h, self.constant(|c| c.h_CapsuleType))
    }

    /// The pointer of a capsule that must have this name.
    pub(crate) fn capsule_pointer(self, h: Arg<'_>, name: &CStr) -> PyResult<NonNull<c_void>> {
        let key = shim::HPyCapsule_key_Pointer;
        let pointer = call_behind!(self, ctx_Capsule_Get, h.raw(), key, name.as_ptr());
        NonNull::new(pointer).ok_or_else(|| PyErr::pending(self))
    }

    /// The name of a capsule, for a comparison or a message.
    pub(crate) fn capsule_name(self, h: Arg<'_>) -> PyResult<Option<CString>> {
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
