//! Operators.

use crate::convert::IntoPy;
use crate::error::PyResult;
use crate::handle::{Arg, Handle};
use crate::operators::{Binary, Unary};

methods! {
    /// An operator with two operands, of which this is the left one.
    |ctx, this| number(op: Binary, other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(op, this, other.into_py(ctx)?.as_arg())
    }

    /// `this += other` and the like: returns what `this` is afterwards, which may be
    /// another object.
    |ctx, this| number_in_place(op: Binary, other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.in_place(op, this, other.into_py(ctx)?.as_arg())
    }

    /// An operator with one operand.
    |ctx, this| number_unary(op: Unary) -> PyResult<Handle<'c>> {
        ctx.unary(op, this)
    }

    /// Whether the object's class has a conversion to a number.
    |ctx, this| is_number() -> bool {
        ctx.is_number(this)
    }

    /// `pow(this, exponent, modulus)`.
    |ctx, this| power(exponent: impl IntoPy, modulus: Option<Arg<'_>>) -> PyResult<Handle<'c>> {
        let none = ctx.constant(|c| c.h_None);
        let exponent = exponent.into_py(ctx)?;
        ctx.power(this, exponent.as_arg(), modulus.unwrap_or(none), false)
    }

    /// `this **= exponent`: returns what `this` is afterwards.
    |ctx, this| power_in_place(exponent: impl IntoPy) -> PyResult<Handle<'c>> {
        let exponent = exponent.into_py(ctx)?;
        ctx.power(this, exponent.as_arg(), ctx.constant(|c| c.h_None), true)
    }

    /// `divmod(this, other)`.
    |ctx, this| divmod(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Divmod, this, other.into_py(ctx)?.as_arg())
    }

    /// `this + other`.
    |ctx, this| add(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Add, this, other.into_py(ctx)?.as_arg())
    }

    /// `this - other`.
    |ctx, this| subtract(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Subtract, this, other.into_py(ctx)?.as_arg())
    }

    /// `this * other`.
    |ctx, this| multiply(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Multiply, this, other.into_py(ctx)?.as_arg())
    }

    /// `this @ other`.
    |ctx, this| matrix_multiply(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::MatrixMultiply, this, other.into_py(ctx)?.as_arg())
    }

    /// `this // other`.
    |ctx, this| floor_divide(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::FloorDivide, this, other.into_py(ctx)?.as_arg())
    }

    /// `this / other`.
    |ctx, this| true_divide(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::TrueDivide, this, other.into_py(ctx)?.as_arg())
    }

    /// `this % other`.
    |ctx, this| remainder(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Remainder, this, other.into_py(ctx)?.as_arg())
    }

    /// `this << other`.
    |ctx, this| left_shift(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::LeftShift, this, other.into_py(ctx)?.as_arg())
    }

    /// `this >> other`.
    |ctx, this| right_shift(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::RightShift, this, other.into_py(ctx)?.as_arg())
    }

    /// `this & other`.
    |ctx, this| and(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::And, this, other.into_py(ctx)?.as_arg())
    }

    /// `this | other`.
    |ctx, this| or(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Or, this, other.into_py(ctx)?.as_arg())
    }

    /// `this ^ other`.
    |ctx, this| xor(other: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.binary(Binary::Xor, this, other.into_py(ctx)?.as_arg())
    }

    /// `-this`.
    |ctx, this| negative() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Negative, this)
    }

    /// `+this`.
    |ctx, this| positive() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Positive, this)
    }

    /// `abs(this)`.
    |ctx, this| absolute() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Absolute, this)
    }

    /// `~this`.
    |ctx, this| invert() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Invert, this)
    }

    /// `operator.index(this)`.
    |ctx, this| index() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Index, this)
    }

    /// `int(this)`.
    |ctx, this| int() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Int, this)
    }

    /// `float(this)`.
    |ctx, this| float() -> PyResult<Handle<'c>> {
        ctx.unary(Unary::Float, this)
    }
}
