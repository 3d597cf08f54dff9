// SPDX-License-Identifier: MIT OR Apache-2.0

//! Context variables.

use std::ffi::CStr;

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};

const NULL: HPy = HPy { _i: 0 };

impl<'c> Ctx<'c> {
    pub(crate) fn new_context_var(
        self,
        name: &CStr,
        default: Option<Borrowed<'_>>,
    ) -> PyResult<Handle<'c>> {
        let default = default.map_or(NULL, Borrowed::raw);
        self.own(call_behind!(
            self,
            ctx_ContextVar_New,
            name.as_ptr(),
            default
        ))
    }

    /// Returns the variable's value here, else its default, else `None`. Hosts check the type.
    pub(crate) fn context_var(self, var: Borrowed<'_>) -> PyResult<Option<Handle<'c>>> {
        let mut value = NULL;
        self.check(call_behind!(
            self,
            ctx_ContextVar_Get,
            var.raw(),
            NULL,
            &raw mut value
        ))?;
        Ok((value._i != 0).then(|| Handle::new(self, value)))
    }

    /// Sets the value, and returns a token by which the value before comes back.
    pub(crate) fn set_context_var(
        self,
        var: Borrowed<'_>,
        value: Borrowed<'_>,
    ) -> PyResult<Handle<'c>> {
        self.own(call_behind!(
            self,
            ctx_ContextVar_Set,
            var.raw(),
            value.raw()
        ))
    }
}
