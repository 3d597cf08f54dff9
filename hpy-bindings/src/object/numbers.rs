// SPDX-License-Identifier: MIT OR Apache-2.0

//! Operators.

use crate::convert::IntoPy;
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};
use crate::operators::{Binary, Unary};

methods! {
    /// Applies an operator with two operands, of which this is the left one.
    |ctx, this| number(op: Binary, other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(op, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Applies an operator in place, as `this += other` does: returns what `this` is afterwards, which may be
    /// another object.
    |ctx, this| number_in_place(op: Binary, other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.in_place(op, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Applies an operator with one operand.
    |ctx, this| number_unary(op: Unary) -> PyResult<Handle<'c>> {
        ctx.unary(op, this)
    }

    /// Returns `true` if the object's class has a conversion to a number.
    |ctx, this| is_number() -> bool {
        ctx.is_number(this)
    }

    /// Returns `pow(this, exponent, modulus)`.
    |ctx, this| power(exponent: impl IntoPy, modulus: Option<Borrowed<'_>>) -> PyResult<Handle<'c>> {
        let none = ctx.constant(|c| c.h_None);
        let exponent = exponent.into_py(ctx)?;
        ctx.power(this, exponent.as_borrowed(), modulus.unwrap_or(none), false)
    }

    /// Applies `this **= exponent`: returns what `this` is afterwards.
    |ctx, this| power_in_place(exponent: impl IntoPy) -> PyResult<Handle<'c>> {
        let exponent = exponent.into_py(ctx)?;
        ctx.power(this, exponent.as_borrowed(), ctx.constant(|c| c.h_None), true)
    }

    /// Returns `divmod(this, other)`.
    |ctx, this| divmod(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Divmod, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this + other`.
    |ctx, this| add(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Add, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this - other`.
    |ctx, this| subtract(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Subtract, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this * other`.
    |ctx, this| multiply(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Multiply, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this @ other`.
    |ctx, this| matrix_multiply(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::MatrixMultiply, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this // other`.
    |ctx, this| floor_divide(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::FloorDivide, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this / other`.
    |ctx, this| true_divide(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::TrueDivide, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this % other`.
    |ctx, this| remainder(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Remainder, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this << other`.
    |ctx, this| left_shift(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::LeftShift, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this >> other`.
    |ctx, this| right_shift(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::RightShift, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this & other`.
    |ctx, this| and(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::And, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this | other`.
    |ctx, this| or(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Or, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this ^ other`.
    |ctx, this| xor(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Xor, this, other.into_py(ctx)?.as_borrowed())
    }

    /// Returns `-this`.
    |ctx, this| negative() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Negative, this)
    }

    /// Returns `+this`.
    |ctx, this| positive() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Positive, this)
    }

    /// Returns `abs(this)`.
    |ctx, this| absolute() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Absolute, this)
    }

    /// Returns `~this`.
    |ctx, this| invert() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Invert, this)
    }

    /// Returns `operator.index(this)`.
    |ctx, this| index() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Index, this)
    }

    /// Returns `int(this)`.
    |ctx, this| int() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Int, this)
    }

    /// Returns `float(this)`.
    |ctx, this| float() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Float, this)
    }
}
