// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python's module `datetime`, for the crates of dates and times.

use crate::api::Ctx;
use crate::convert::{IntoPy, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

const MICROS_PER_DAY: i128 = 86_400_000_000;
const MICROS: i128 = 1_000_000;

pub(super) fn class<'c>(ctx: Ctx<'c>, name: &std::ffi::CStr) -> PyResult<Handle<'c>> {
    ctx.import(c"datetime")?.attr(name)
}

/// Checks that this is an instance of a class of the module `datetime`.
pub(super) fn check(value: Borrowed<'_>, name: &std::ffi::CStr) -> PyResult<()> {
    if value.is_instance(class(value.ctx(), name)?.as_borrowed())? {
        Ok(())
    } else {
        Err(expected(&name.to_string_lossy(), value))
    }
}

pub(super) fn check_naive(value: Borrowed<'_>) -> PyResult<()> {
    if value.attr(c"tzinfo")?.is_none() {
        Ok(())
    } else {
        let message = "expected a date and time without a time zone";
        Err(PyErr::new(Exception::Value, message))
    }
}

/// Calls a class of the module `datetime`.
pub(super) fn construct<'c>(
    ctx: Ctx<'c>,
    name: &std::ffi::CStr,
    args: impl IntoPy,
) -> PyResult<Handle<'c>> {
    let (args, no_keywords) = (args.into_py(ctx)?, ctx.dict()?);
    let class = class(ctx, name)?;
    ctx.call_with(
        class.as_borrowed(),
        args.as_borrowed(),
        no_keywords.as_borrowed(),
    )
}

/// Returns the seconds and microseconds of a `timedelta`. (What subclasses make up must not
/// overflow.)
pub(super) fn duration_of(value: Borrowed<'_>) -> PyResult<(i64, u32)> {
    check(value, c"timedelta")?;
    let part = |name| value.attr(name)?.extract::<i64>().map(i128::from);
    let (days, seconds, micros) = (part(c"days")?, part(c"seconds")?, part(c"microseconds")?);
    let sum = days * MICROS_PER_DAY + seconds * MICROS + micros;
    let seconds = i64::try_from(sum.div_euclid(MICROS)).map_err(|_| too_long())?;
    Ok((seconds, sum.rem_euclid(MICROS) as u32))
}

pub(super) fn too_long() -> PyErr {
    PyErr::new(Exception::Overflow, "the timedelta is too long")
}

/// Makes a `timedelta`.
pub(super) fn timedelta(ctx: Ctx<'_>, micros: i128) -> PyResult<Handle<'_>> {
    let (days, rest) = (
        micros.div_euclid(MICROS_PER_DAY),
        micros.rem_euclid(MICROS_PER_DAY),
    );
    construct(ctx, c"timedelta", (days as i64, 0, rest as i64))
}

/// Checks that this is a `date` and no `datetime`.
pub(super) fn check_date(value: Borrowed<'_>) -> PyResult<()> {
    check(value, c"date")?;
    if value.is_instance(class(value.ctx(), c"datetime")?.as_borrowed())? {
        return Err(expected("date", value));
    }
    Ok(())
}

/// Makes a `datetime` of a `date` and a `time`, in a time zone or `None`.
pub(super) fn combine(
    ctx: Ctx<'_>,
    date: impl IntoPy,
    time: impl IntoPy,
    zone: impl IntoPy,
) -> PyResult<Handle<'_>> {
    let parts = [date.into_py(ctx)?, time.into_py(ctx)?, zone.into_py(ctx)?];
    let parts = parts.each_ref().map(Handle::as_borrowed);
    class(ctx, c"datetime")?.call_method(c"combine", &parts)
}
