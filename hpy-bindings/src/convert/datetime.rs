// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python's module `datetime`, for the crates of dates and times.

use crate::api::Ctx;
use crate::convert::{IntoPy, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

pub(super) const MICROS_PER_DAY: i128 = 86_400_000_000;

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
