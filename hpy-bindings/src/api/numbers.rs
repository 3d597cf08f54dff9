// SPDX-License-Identifier: MIT OR Apache-2.0

//! Numbers.

use hpy_shim::{HPy, HPyContext};

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::operators::{Binary, Unary};

impl<'c> Ctx<'c> {
    #[inline(always)]
    pub(crate) fn int(self, value: i64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Long_FromInt64_t, value))
    }

    pub(crate) fn uint(self, value: u64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Long_FromUInt64_t, value))
    }

    // As two of the functions that are called most: a call of their own cost three nanoseconds.
    #[inline(always)]
    pub(crate) fn as_int(self, h: Borrowed<'_>) -> PyResult<i64> {
        let value = call!(self, ctx_Long_AsInt64_t, h.raw());
        if value == -1 && self.occurred() {
            return Err(PyErr::pending(self));
        }
        Ok(value)
    }

    #[inline(always)]
    pub(crate) fn as_uint(self, h: Borrowed<'_>) -> PyResult<u64> {
        self.try_uint(h).ok_or_else(|| PyErr::pending(self))
    }

    /// Converts to an int that is not negative. Where that fails, an exception is pending of
    /// which the caller has to take note.
    #[inline(always)]
    pub(crate) fn try_uint(self, h: Borrowed<'_>) -> Option<u64> {
        let value = call!(self, ctx_Long_AsUInt64_t, h.raw());
        (value != u64::MAX || !self.occurred()).then_some(value)
    }

    /// Converts by `__index__`; TypeError for floats and the like.
    pub(crate) fn index(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Index, h.raw()))
    }

    pub(crate) fn float(self, value: f64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Float_FromDouble, value))
    }

    pub(crate) fn as_float(self, h: Borrowed<'_>) -> PyResult<f64> {
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

    pub(crate) fn is_true(self, h: Borrowed<'_>) -> PyResult<bool> {
        self.check(call!(self, ctx_IsTrue, h.raw())).map(|v| v != 0)
    }

    /// Applies an operator: `a + b` and the like.
    pub(crate) fn binary(
        self,
        op: Binary,
        a: Borrowed<'_>,
        b: Borrowed<'_>,
    ) -> PyResult<Handle<'c>> {
        let (a, b) = (a.raw(), b.raw());
        self.own(match op {
            Binary::Add => call!(self, ctx_Add, a, b),
            Binary::Subtract => call!(self, ctx_Subtract, a, b),
            Binary::Multiply => call!(self, ctx_Multiply, a, b),
            Binary::MatrixMultiply => call!(self, ctx_MatrixMultiply, a, b),
            Binary::FloorDivide => call!(self, ctx_FloorDivide, a, b),
            Binary::TrueDivide => call!(self, ctx_TrueDivide, a, b),
            Binary::Remainder => call!(self, ctx_Remainder, a, b),
            Binary::Divmod => call!(self, ctx_Divmod, a, b),
            Binary::LeftShift => call!(self, ctx_Lshift, a, b),
            Binary::RightShift => call!(self, ctx_Rshift, a, b),
            Binary::And => call!(self, ctx_And, a, b),
            Binary::Or => call!(self, ctx_Or, a, b),
            Binary::Xor => call!(self, ctx_Xor, a, b),
        })
    }

    /// Applies an operator in place: `a += b` and the like; `divmod` has no such form.
    pub(crate) fn in_place(
        self,
        op: Binary,
        a: Borrowed<'_>,
        b: Borrowed<'_>,
    ) -> PyResult<Handle<'c>> {
        let (a_raw, b_raw) = (a.raw(), b.raw());
        self.own(match op {
            Binary::Add => call!(self, ctx_InPlaceAdd, a_raw, b_raw),
            Binary::Subtract => call!(self, ctx_InPlaceSubtract, a_raw, b_raw),
            Binary::Multiply => call!(self, ctx_InPlaceMultiply, a_raw, b_raw),
            Binary::MatrixMultiply => call!(self, ctx_InPlaceMatrixMultiply, a_raw, b_raw),
            Binary::FloorDivide => call!(self, ctx_InPlaceFloorDivide, a_raw, b_raw),
            Binary::TrueDivide => call!(self, ctx_InPlaceTrueDivide, a_raw, b_raw),
            Binary::Remainder => call!(self, ctx_InPlaceRemainder, a_raw, b_raw),
            Binary::Divmod => return self.binary(op, a, b),
            Binary::LeftShift => call!(self, ctx_InPlaceLshift, a_raw, b_raw),
            Binary::RightShift => call!(self, ctx_InPlaceRshift, a_raw, b_raw),
            Binary::And => call!(self, ctx_InPlaceAnd, a_raw, b_raw),
            Binary::Or => call!(self, ctx_InPlaceOr, a_raw, b_raw),
            Binary::Xor => call!(self, ctx_InPlaceXor, a_raw, b_raw),
        })
    }

    pub(crate) fn unary(self, op: Unary, a: Borrowed<'_>) -> PyResult<Handle<'c>> {
        let a = a.raw();
        self.own(match op {
            Unary::Negative => call!(self, ctx_Negative, a),
            Unary::Positive => call!(self, ctx_Positive, a),
            Unary::Absolute => call!(self, ctx_Absolute, a),
            Unary::Invert => call!(self, ctx_Invert, a),
            Unary::Index => call!(self, ctx_Index, a),
            Unary::Int => call!(self, ctx_Long, a),
            Unary::Float => call!(self, ctx_Float, a),
        })
    }

    /// Returns `pow(a, b, modulus)`; `None` for no modulus.
    pub(crate) fn power(
        self,
        a: Borrowed<'_>,
        b: Borrowed<'_>,
        modulus: Borrowed<'_>,
        in_place: bool,
    ) -> PyResult<Handle<'c>> {
        let (a, b, modulus) = (a.raw(), b.raw(), modulus.raw());
        self.own(if in_place {
            call!(self, ctx_InPlacePower, a, b, modulus)
        } else {
            call!(self, ctx_Power, a, b, modulus)
        })
    }

    /// Tells whether the object's type says that it is a number.
    pub(crate) fn is_number(self, h: Borrowed<'_>) -> bool {
        call!(self, ctx_Number_Check, h.raw()) != 0
    }
}
