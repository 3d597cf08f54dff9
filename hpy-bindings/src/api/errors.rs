// SPDX-License-Identifier: MIT OR Apache-2.0

//! Pending exceptions and exception classes.

use std::ffi::CStr;

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};

impl<'c> Ctx<'c> {
    pub(crate) fn occurred(self) -> bool {
        call!(self, ctx_Err_Occurred) != 0
    }

    pub(crate) fn clear_error(self) {
        call!(self, ctx_Err_Clear);
    }

    pub(crate) fn error_matches(self, class: Borrowed<'_>) -> bool {
        call!(self, ctx_Err_ExceptionMatches, class.raw()) != 0
    }

    pub(crate) fn set_error(self, class: Borrowed<'_>, value: Borrowed<'_>) {
        call!(self, ctx_Err_SetObject, class.raw(), value.raw());
    }

    pub(crate) fn new_exception(
        self,
        name: &CStr,
        doc: &CStr,
        base: Borrowed<'_>,
    ) -> PyResult<Handle<'c>> {
        let none = HPy { _i: 0 };
        self.own(call!(
            self,
            ctx_Err_NewExceptionWithDoc,
            name.as_ptr(),
            doc.as_ptr(),
            base.raw(),
            none
        ))
    }

    /// Reports the pending exception where nobody can catch it, and clears it.
    pub(crate) fn write_unraisable(self, place: HPy) {
        call!(self, ctx_Err_WriteUnraisable, place);
    }

    pub(crate) fn warn_at(
        self,
        category: Borrowed<'_>,
        message: &CStr,
        level: isize,
    ) -> PyResult<()> {
        let (category, message) = (category.raw(), message.as_ptr());
        self.check(call!(self, ctx_Err_WarnEx, category, message, level))
            .map(drop)
    }
}
