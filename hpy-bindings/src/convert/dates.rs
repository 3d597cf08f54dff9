// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dates and times of the crate `jiff`.
//!
//! Python counts microseconds: what is finer is cut off on the way there. Years before 1
//! are a ValueError of Python's.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::api::Ctx;
use crate::convert::datetime::{MICROS_PER_DAY, check, check_naive, class, construct};
use crate::convert::{FromPy, IntoPy, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

fn invalid(error: jiff::Error) -> PyErr {
    PyErr::new(Exception::Value, error.to_string())
}

fn date_of(value: Borrowed<'_>) -> PyResult<Date> {
    let part = |name| value.attr(name);
    let year = part(c"year")?.extract()?;
    Date::new(year, part(c"month")?.extract()?, part(c"day")?.extract()?).map_err(invalid)
}

fn time_of(value: Borrowed<'_>) -> PyResult<Time> {
    let part = |name| value.attr(name)?.extract::<i8>();
    let (hour, minute, second) = (part(c"hour")?, part(c"minute")?, part(c"second")?);
    let micros = value.attr(c"microsecond")?.extract::<i32>()?;
    Time::new(hour, minute, second, micros.saturating_mul(1000)).map_err(invalid)
}

impl FromPy for Date {
    /// Takes a `date` that is no `datetime`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"date")?;
        if value.is_instance(class(value.ctx(), c"datetime")?.as_borrowed())? {
            return Err(expected("date", value));
        }
        date_of(value)
    }
}

impl IntoPy for Date {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let args = (self.year(), self.month(), self.day());
        construct(ctx, c"date", args)
    }
}

impl FromPy for Time {
    /// Takes a `time` without a time zone.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"time")?;
        check_naive(value)?;
        time_of(value)
    }
}

impl IntoPy for Time {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let micros = self.subsec_nanosecond() / 1000;
        let args = (self.hour(), self.minute(), self.second(), micros);
        construct(ctx, c"time", args)
    }
}

impl FromPy for DateTime {
    /// Takes a `datetime` without a time zone.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"datetime")?;
        check_naive(value)?;
        Ok(date_of(value)?.to_datetime(time_of(value)?))
    }
}

impl IntoPy for DateTime {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        datetime(ctx, self, None)
    }
}

impl FromPy for Timestamp {
    /// Takes a `datetime` with a time zone.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"datetime")?;
        if value.call_method(c"utcoffset", &[])?.is_none() {
            let message = "expected a date and time with a time zone";
            return Err(PyErr::new(Exception::Value, message));
        }
        let utc = class(value.ctx(), c"timezone")?.attr(c"utc")?;
        let value = value.call_method(c"astimezone", &[utc.as_borrowed()])?;
        let value = value.as_borrowed();
        let civil = date_of(value)?.to_datetime(time_of(value)?);
        Offset::UTC.to_timestamp(civil).map_err(invalid)
    }
}

impl IntoPy for Timestamp {
    /// Makes a `datetime` in UTC.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let utc = class(ctx, c"timezone")?.attr(c"utc")?;
        datetime(ctx, Offset::UTC.to_datetime(self), Some(utc.as_borrowed()))
    }
}

impl FromPy for SignedDuration {
    /// Takes a `timedelta`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"timedelta")?;
        let part = |name| value.attr(name)?.extract::<i64>();
        let (days, seconds, micros) = (part(c"days")?, part(c"seconds")?, part(c"microseconds")?);
        let micros = i128::from(days) * MICROS_PER_DAY
            + i128::from(seconds) * 1_000_000
            + i128::from(micros);
        // What subclasses make up must not overflow.
        let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        let seconds = i64::try_from(seconds)
            .map_err(|_| PyErr::new(Exception::Overflow, "the timedelta is too long"))?;
        Ok(SignedDuration::new(seconds, 0) + SignedDuration::from_micros(micros as i64))
    }
}

impl IntoPy for SignedDuration {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let micros = self.as_micros();
        let (days, micros) = (
            micros.div_euclid(MICROS_PER_DAY),
            micros.rem_euclid(MICROS_PER_DAY),
        );
        construct(ctx, c"timedelta", (days as i64, 0, micros as i64))
    }
}

fn datetime<'c>(ctx: Ctx<'c>, of: DateTime, zone: Option<Borrowed<'_>>) -> PyResult<Handle<'c>> {
    let (date, time) = (of.date().into_py(ctx)?, of.time().into_py(ctx)?);
    let none = ctx.constant(|c| c.h_None);
    let args = [date.as_borrowed(), time.as_borrowed(), zone.unwrap_or(none)];
    class(ctx, c"datetime")?.call_method(c"combine", &args)
}
