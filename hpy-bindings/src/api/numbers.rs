//! Numbers.

use hpy_shim::{HPy, HPyContext};

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::handle::{Arg, Handle};

impl<'c> Ctx<'c> {
    pub(crate) fn int(self, value: i64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Long_FromInt64_t, value))
    }

    pub(crate) fn uint(self, value: u64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Long_FromUInt64_t, value))
    }

    pub(crate) fn as_int(self, h: Arg<'_>) -> PyResult<i64> {
        let value = call!(self, ctx_Long_AsInt64_t, h.raw());
        if value == -1 && self.occurred() {
            return Err(PyErr::pending(self));
        }
        Ok(value)
    }

    pub(crate) fn as_uint(self, h: Arg<'_>) -> PyResult<u64> {
        let value = call!(self, ctx_Long_AsUInt64_t, h.raw());
        if value == u64::MAX && self.occurred() {
            return Err(PyErr::pending(self));
        }
        Ok(value)
    }

    /// What `__index__` makes of an object; TypeError for floats and the like.
    pub(crate) fn index(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Index, h.raw()))
    }

    pub(crate) fn float(self, value: f64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Float_FromDouble, value))
    }

    pub(crate) fn as_float(self, h: Arg<'_>) -> PyResult<f64> {
        let value = call!(self, ctx_Float_AsDouble, h.raw());
        if value == -1.0 && self.occurred() {
            return Err(PyErr::pending(self));
        }
        Ok(value)
    }

    pub(crate) fn bool(self, value: bool) -> Handle<'c> {
        let constant: fn(&HPyContext) -> HPy = if value { |c| c.h_True } else { |c| c.h_False };
        self.constant(constant).to_owned()
    }

    pub(crate) fn is_true(self, h: Arg<'_>) -> PyResult<bool> {
        self.check(call!(self, ctx_IsTrue, h.raw())).map(|v| v != 0)
    }
}
