// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dates and times of the crate `chrono`.
//!
//! Python counts microseconds: what is finer is cut off on the way there, and a leap second
//! becomes the last microsecond before it. Years before 1 and after 9999 are a ValueError of
//! Python's.

use chrono::{
    DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta,
    TimeZone as _, Timelike as _, Utc,
};

use crate::api::Ctx;
use crate::convert::datetime::{
    check, check_date, check_naive, class, combine, construct, duration_of, timedelta, too_long,
};
use crate::convert::{FromPy, IntoPy};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

fn invalid(message: &str) -> PyErr {
    PyErr::new(Exception::Value, message)
}

fn date_of(value: Borrowed<'_>) -> PyResult<NaiveDate> {
    let part = |name| value.attr(name)?.extract::<u32>();
    let (year, month, day) = (part(c"year")?, part(c"month")?, part(c"day")?);
    let year = i32::try_from(year).ok();
    year.and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .ok_or_else(|| invalid("that is no date"))
}

fn time_of(value: Borrowed<'_>) -> PyResult<NaiveTime> {
    let part = |name| value.attr(name)?.extract::<u32>();
    let (hour, minute, second) = (part(c"hour")?, part(c"minute")?, part(c"second")?);
    NaiveTime::from_hms_micro_opt(hour, minute, second, part(c"microsecond")?)
        .ok_or_else(|| invalid("that is no time"))
}

impl FromPy for NaiveDate {
    /// Takes a `date` that is no `datetime`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check_date(value)?;
        date_of(value)
    }
}

impl IntoPy for NaiveDate {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        construct(ctx, c"date", (self.year(), self.month(), self.day()))
    }
}

impl FromPy for NaiveTime {
    /// Takes a `time` without a time zone.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"time")?;
        check_naive(value)?;
        time_of(value)
    }
}

impl IntoPy for NaiveTime {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let micros = (self.nanosecond() / 1000).min(999_999);
        let args = (self.hour(), self.minute(), self.second(), micros);
        construct(ctx, c"time", args)
    }
}

impl FromPy for NaiveDateTime {
    /// Takes a `datetime` without a time zone.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"datetime")?;
        check_naive(value)?;
        Ok(date_of(value)?.and_time(time_of(value)?))
    }
}

impl IntoPy for NaiveDateTime {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        combine(ctx, self.date(), self.time(), ())
    }
}

impl FromPy for FixedOffset {
    /// Takes a `timezone`, and any other `tzinfo` that has one offset without a date.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"tzinfo")?;
        let none = value.ctx().none();
        let offset = value.call_method(c"utcoffset", &[none.as_borrowed()])?;
        if offset.is_none() {
            return Err(invalid("expected a time zone with one offset"));
        }
        offset_of(offset.as_borrowed())
    }
}

fn offset_of(delta: Borrowed<'_>) -> PyResult<FixedOffset> {
    let delta: TimeDelta = delta.extract()?;
    let seconds = i32::try_from(delta.num_seconds()).ok();
    seconds
        .filter(|_| delta.subsec_nanos() == 0)
        .and_then(FixedOffset::east_opt)
        .ok_or_else(|| invalid("the offset from UTC is less than a day, in whole seconds"))
}

impl IntoPy for FixedOffset {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        construct(
            ctx,
            c"timezone",
            (TimeDelta::seconds(self.local_minus_utc().into()),),
        )
    }
}

impl FromPy for Utc {
    /// Takes `timezone.utc`, and any other `tzinfo` that is equal to it.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"tzinfo")?;
        if value.equals(Utc.into_py(value.ctx())?)? {
            Ok(Utc)
        } else {
            Err(invalid("expected UTC"))
        }
    }
}

impl IntoPy for Utc {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        class(ctx, c"timezone")?.attr(c"utc")
    }
}

impl FromPy for DateTime<FixedOffset> {
    /// Takes a `datetime` with a time zone, and keeps its offset.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        check(value, c"datetime")?;
        let offset = value.call_method(c"utcoffset", &[])?;
        if offset.is_none() {
            return Err(invalid("expected a date and time with a time zone"));
        }
        let naive = date_of(value)?.and_time(time_of(value)?);
        let local = offset_of(offset.as_borrowed())?.from_local_datetime(&naive);
        local
            .single()
            .ok_or_else(|| invalid("the date is out of range"))
    }
}

impl IntoPy for DateTime<FixedOffset> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let local = self
            .naive_utc()
            .checked_add_offset(*self.offset())
            .ok_or_else(|| invalid("the date is out of range"))?;
        combine(ctx, local.date(), local.time(), *self.offset())
    }
}

impl FromPy for DateTime<Utc> {
    /// Takes a `datetime` with a time zone, whichever that is.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        DateTime::<FixedOffset>::from_py(value).map(|time| time.to_utc())
    }
}

impl IntoPy for DateTime<Utc> {
    /// Makes a `datetime` in UTC.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let utc = self.naive_utc();
        combine(ctx, utc.date(), utc.time(), Utc)
    }
}

impl FromPy for TimeDelta {
    /// Takes a `timedelta`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let (seconds, micros) = duration_of(value)?;
        TimeDelta::new(seconds, micros * 1000).ok_or_else(too_long)
    }
}

impl IntoPy for TimeDelta {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let micros = i128::from(self.num_seconds()) * 1_000_000
            + i128::from(self.subsec_nanos()).div_euclid(1000);
        timedelta(ctx, micros)
    }
}
