// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dates and times of the crate `jiff`.
//!
//! Python counts microseconds: what is finer is cut off on the way there. Years before 1
//! are a ValueError of Python's.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::api::Ctx;
use crate::convert::datetime::{
    check, check_date, check_naive, class, combine, construct, duration_of, timedelta,
};
use crate::convert::{FromPy, IntoPy};
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
        check_date(value)?;
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
        combine(ctx, self.date(), self.time(), ())
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
        let civil = Offset::UTC.to_datetime(self);
        combine(ctx, civil.date(), civil.time(), utc)
    }
}

impl FromPy for SignedDuration {
    /// Takes a `timedelta`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let (seconds, micros) = duration_of(value)?;
        Ok(SignedDuration::new(seconds, 0) + SignedDuration::from_micros(micros.into()))
    }
}

impl IntoPy for SignedDuration {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        timedelta(ctx, self.as_micros())
    }
}
