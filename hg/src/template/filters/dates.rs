// SPDX-License-Identifier: GPL-2.0-or-later

//! Filters of dates.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use vermilion_core::changelog::Date;

use super::text::replaced;
use crate::text::lossy;
use crate::{Error, Result};

/// Directives whose meaning is the same everywhere.
const DIRECTIVES: &[u8] = b"aAbBdeHIjklmMnpStuUwWyYDFTRCGgVh%";

/// Units of time: their names and seconds.
const UNITS: [(&str, char, i64); 7] = [
    ("year", 'Y', 3600 * 24 * 365),
    ("month", 'M', 3600 * 24 * 30),
    ("week", 'W', 3600 * 24 * 7),
    ("day", 'd', 3600 * 24),
    ("hour", 'h', 3600),
    ("minute", 'm', 60),
    ("second", 's', 1),
];

/// Returns a date in a format of `strftime`'s, in which `%1%2` is the time zone.
pub(in super::super) fn strftime(date: Date, format: &[u8]) -> Result<Vec<u8>> {
    let sign = if date.offset > 0 { '-' } else { '+' };
    let minutes = date.offset.unsigned_abs() / 60;
    let hours = format!("{sign}{:02}", minutes / 60);
    let format = replaced(format, b"%z", b"%1%2");
    let format = replaced(&format, b"%1", hours.as_bytes());
    let format = replaced(&format, b"%2", format!("{:02}", minutes % 60).as_bytes());
    let odd = || Error::unsupported(format!("the format of dates '{}'", lossy(&format)));
    let mut rest = format.iter();
    while let Some(&byte) = rest.next() {
        let is_known = |next: &u8| DIRECTIVES.contains(next);
        if byte == 0 || byte == b'%' && !rest.next().is_some_and(is_known) {
            return Err(odd());
        }
    }
    let text = std::str::from_utf8(&format).map_err(|_| odd())?;
    let local = date.seconds.saturating_sub(date.offset.into());
    let local = local.clamp(i32::MIN.into(), i32::MAX.into());
    let local = DateTime::from_timestamp(local, 0).unwrap_or_default();
    let mut made = String::new();
    write!(made, "{}", local.format(text)).map_err(|_| odd())?;
    Ok(made.into_bytes())
}

/// Returns seconds and time zone.
pub(super) fn hg(date: Date) -> Result<Vec<u8>> {
    Ok(format!("{} {}", date.seconds, date.offset).into_bytes())
}

/// Returns how long ago something was.
pub(super) fn age(date: Date) -> Result<Vec<u8>> {
    let spelt = |count, unit: &str, _| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural}")
    };
    match ago(date.seconds, spelt)? {
        Some(age) => Ok(age),
        None => strftime(date, b"%Y-%m-%d"),
    }
}

/// Returns the same of some seconds since 1970 with units of one letter, `None` for what is so long
/// ago that the day is told.
pub(crate) fn short_age(seconds: i64) -> Result<Option<Vec<u8>>> {
    ago(seconds, |count, _, letter| format!("{count}{letter}"))
}

fn ago(then: i64, spelt: impl Fn(i64, &str, char) -> String) -> Result<Option<Vec<u8>>> {
    let clock = |_| Error::unsupported("a clock before 1970");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(clock)?;
    let (now, then) = (now.as_secs_f64(), then as f64);
    let is_future = then > now;
    let seconds = ((then - now).abs() as i64).max(1);
    let year = UNITS[0].2;
    if is_future && seconds > year * 30 {
        return Ok(Some(b"in the distant future".to_vec()));
    }
    if !is_future && seconds > year * 2 {
        return Ok(None);
    }
    let unit = UNITS.iter().find(|(.., unit)| seconds / unit >= 2);
    let (name, letter, unit) = unit.unwrap_or(&UNITS[6]);
    let when = if is_future { "from now" } else { "ago" };
    let count = spelt(seconds / unit, name, *letter);
    Ok(Some(format!("{count} {when}").into_bytes()))
}
