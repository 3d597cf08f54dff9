// SPDX-License-Identifier: MIT OR Apache-2.0

//! Numbers and bools.

use std::fmt::Display;

use crate::api::Ctx;
use crate::convert::{FromPy, IntoPy};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::operators::Binary;

/// Converts an int that is not negative, or another object by its `__index__`.
fn unsigned(value: Borrowed<'_>) -> PyResult<u64> {
    let ctx = value.ctx();
    match ctx.as_uint(value) {
        Err(error) if error.is(ctx, Exception::Type) => {
            error.forget(ctx);
            ctx.as_uint(ctx.index(value)?.as_borrowed())
        }
        converted => converted,
    }
}

/// Converts an int, or another object by its `__index__`: never a float.
///
/// Hosts' signed conversions take more than that (floats on CPython 3.9, whatever has
/// `__int__` on PyPy), their unsigned ones take ints only; and most ints are not negative.
#[inline(always)]
fn signed(value: Borrowed<'_>) -> PyResult<i64> {
    match value.ctx().try_uint(value) {
        Some(int) if int <= i64::MAX as u64 => Ok(int as i64),
        Some(_) => too_large_or_negative(value),
        None => signed_otherwise(value),
    }
}

/// Converts likewise an int that the unsigned conversion takes for one above `i64::MAX`.
#[cold]
#[inline(never)]
fn too_large_or_negative(value: Borrowed<'_>) -> PyResult<i64> {
    value.ctx().as_int(value)
}

/// Converts likewise an int that is not in the range of both types, or another object.
#[cold]
fn signed_otherwise(value: Borrowed<'_>) -> PyResult<i64> {
    let ctx = value.ctx();
    // The exception that is pending is not worth a `PyErr`: many ints are negative.
    let is_int = !ctx.error_matches(ctx.constant(|c| c.h_TypeError));
    ctx.clear_error();
    if is_int {
        ctx.as_int(value)
    } else {
        ctx.as_int(ctx.index(value)?.as_borrowed())
    }
}

#[cold]
#[inline(never)]
fn not_in(int: impl Display, least: impl Display, most: impl Display) -> PyErr {
    let message = format!("{int} is not in {least}..={most}");
    PyErr::new(Exception::Overflow, message)
}

macro_rules! integers {
    ($($int:ty)* as $wide:ty, $convert:ident, $into:ident) => {$(
        impl FromPy for $int {
            #[inline(always)]
            fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
                let wide = $convert(value)?;
                <$int>::try_from(wide).map_err(|_| not_in(wide, <$int>::MIN, <$int>::MAX))
            }
            fn from_index(_: Ctx<'_>, index: isize) -> PyResult<Self> {
                <$int>::try_from(index).map_err(|_| not_in(index, <$int>::MIN, <$int>::MAX))
            }
        }
        impl IntoPy for $int {
            #[inline]
            fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
                ctx.$into(self as $wide)
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 isize as i64, signed, int);
integers!(u8 u16 u32 u64 usize as u64, unsigned, uint);

impl FromPy for f64 {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        value.ctx().as_float(value)
    }
}

impl IntoPy for f64 {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.float(self)
    }
}

impl FromPy for bool {
    /// Converts any object, as `bool()` does.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        value.ctx().is_true(value)
    }
}

impl IntoPy for bool {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(ctx.bool(self))
    }
}

impl FromPy for f32 {
    /// Converts to the nearest one; a number that is too large becomes infinite.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        value.ctx().as_float(value).map(|wide| wide as f32)
    }
}

impl IntoPy for f32 {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.float(self.into())
    }
}

/// Calls `int.to_bytes` of an int, or of what `__index__` makes of another object.
pub(super) fn int_to_bytes(
    value: Borrowed<'_>,
    length: impl FnOnce(Borrowed<'_>) -> PyResult<usize>,
    signed: bool,
) -> PyResult<Vec<u8>> {
    let ctx = value.ctx();
    let int = ctx.index(value)?;
    let int = int.as_borrowed();
    // Not the object's own methods: a subclass of int may have others.
    let class = ctx.constant(|c| c.h_LongType);
    let (length, order) = (length(int)?.into_py(ctx)?, ctx.str("little")?);
    let bytes = class.attr(c"to_bytes")?.call_named(
        &[int, length.as_borrowed(), order.as_borrowed()],
        &[("signed", ctx.bool(signed).as_borrowed())],
    )?;
    bytes.extract::<crate::Bytes>().map(|bytes| bytes.0)
}

/// Calls `int.from_bytes`.
#[cfg(feature = "num-bigint")]
pub(super) fn int_from_bytes<'c>(ctx: Ctx<'c>, bytes: &[u8], signed: bool) -> PyResult<Handle<'c>> {
    let (bytes, order) = (ctx.bytes(bytes)?, ctx.str("little")?);
    let class = ctx.constant(|c| c.h_LongType).to_owned();
    class.attr(c"from_bytes")?.call_named(
        &[bytes.as_borrowed(), order.as_borrowed()],
        &[("signed", ctx.bool(signed).as_borrowed())],
    )
}

/// Splits an int of Python's own class into the part above 64 bits and the 64 below; `None` for any
/// other object, such as one of a class that derives from it and may have operators of its own.
fn halves(value: Borrowed<'_>) -> PyResult<Option<(Handle<'_>, u64)>> {
    let ctx = value.ctx();
    if !value.type_of().is(ctx.constant(|c| c.h_LongType)) {
        return Ok(None);
    }
    let (shift, mask) = (ctx.int(u64::BITS.into())?, ctx.uint(u64::MAX)?);
    let high = ctx.binary(Binary::RightShift, value, shift.as_borrowed())?;
    let low = ctx.binary(Binary::And, value, mask.as_borrowed())?;
    Ok(Some((high, ctx.as_uint(low.as_borrowed())?)))
}

/// Makes an int of the part above 64 bits and those below.
fn from_halves<'c>(ctx: Ctx<'c>, high: Handle<'c>, low: u64) -> PyResult<Handle<'c>> {
    let (shift, low) = (ctx.int(u64::BITS.into())?, ctx.uint(low)?);
    let high = ctx.binary(Binary::LeftShift, high.as_borrowed(), shift.as_borrowed())?;
    ctx.binary(Binary::Or, high.as_borrowed(), low.as_borrowed())
}

macro_rules! wide_integers {
    ($($int:ty, $narrow:ty, $into:ident, $as:ident, $signed:literal;)*) => {$(
        impl FromPy for $int {
            fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
                let ctx = value.ctx();
                let out_of_range = |error: PyErr| {
                    if error.is(ctx, Exception::Overflow) {
                        let range = format!("the int is not in {}..={}", <$int>::MIN, <$int>::MAX);
                        error.replace(ctx, Exception::Overflow, range)
                    } else {
                        error
                    }
                };
                if let Some((high, low)) = halves(value)? {
                    let high = ctx.$as(high.as_borrowed()).map_err(out_of_range)?;
                    return Ok(<$int>::from(high) << u64::BITS | <$int>::from(low));
                }
                let bytes = int_to_bytes(value, |_| Ok(size_of::<$int>()), $signed);
                let bytes = bytes.map_err(out_of_range)?;
                let bytes = bytes.try_into().expect("as many bytes as were asked for");
                Ok(<$int>::from_le_bytes(bytes))
            }
        }

        impl IntoPy for $int {
            #[inline]
            fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
                match <$narrow>::try_from(self) {
                    Ok(narrow) => narrow.into_py(ctx),
                    Err(_wide) => {
                        let high = ctx.$into((self >> u64::BITS) as $narrow)?;
                        from_halves(ctx, high, self as u64)
                    }
                }
            }
        }
    )*};
}

wide_integers! { i128, i64, int, as_int, true; u128, u64, uint, as_uint, false; }

#[cfg(feature = "num-bigint")]
impl FromPy for num_bigint::BigInt {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let bytes = |int: Borrowed<'_>| {
            let class = int.ctx().constant(|c| c.h_LongType);
            let bits = class
                .attr(c"bit_length")?
                .call(&[int])?
                .extract::<usize>()?;
            Ok(bits / 8 + 1)
        };
        let bytes = int_to_bytes(value, bytes, true)?;
        Ok(num_bigint::BigInt::from_signed_bytes_le(&bytes))
    }
}

#[cfg(feature = "num-bigint")]
impl IntoPy for num_bigint::BigInt {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        int_from_bytes(ctx, &self.to_signed_bytes_le(), true)
    }
}
