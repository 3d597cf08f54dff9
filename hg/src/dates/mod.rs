// SPDX-License-Identifier: GPL-2.0-or-later

//! Dates as hg's users write them (`hg help dates`).
//!
//! What a date leaves out is taken from now, or for a range of dates from its beginning or end.
//! Dates without a time zone are in the local one.

mod strptime;
mod zone;

use chrono::{Datelike as _, Timelike as _};
use vermilion_core::changelog::Date;
use vermilion_core::text::{integer, trim};

use crate::text::{lossy, repr};
use crate::{Error, Result};

use strptime::Fields;

/// The formats of a single date, in the order in which they are tried.
const FORMATS: [&str; 31] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H%M%S",
    "%Y-%m-%dT%H%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H%M%S",
    "%Y-%m-%d %H%M",
    "%Y-%m-%d %I:%M:%S%p",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %I:%M%p",
    "%Y-%m-%d",
    "%m-%d",
    "%m/%d",
    "%m/%d/%y",
    "%m/%d/%Y",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %I:%M:%S%p %Y",
    "%a, %d %b %Y %H:%M:%S",
    "%b %d %H:%M:%S %Y",
    "%b %d %I:%M:%S%p %Y",
    "%b %d %H:%M:%S",
    "%b %d %I:%M:%S%p",
    "%b %d %H:%M",
    "%b %d %I:%M%p",
    "%b %d %Y",
    "%b %d",
    "%H:%M:%S",
    "%I:%M:%S%p",
    "%H:%M",
    "%I:%M%p",
];

/// Further formats, of what may be a range of dates.
const RANGES: [&str; 4] = ["%Y", "%Y-%m", "%b", "%b %Y"];

/// The parts of a date, the most specific one first: the directives of which one says it, and how
/// it is written in the place of one.
const PARTS: [(&[u8], &str); 6] = [
    (b"S", "%S"),
    (b"M", "%M"),
    (b"HI", "%H"),
    (b"d", "%d"),
    (b"mb", "%m"),
    (b"yY", "%y"),
];

/// What parts are where a date does not say them and nothing more specific either.
type Bias = [&'static str; 6];
const START: Bias = ["00", "00", "00", "1", "1", "1"];

/// Reads a date: `today`, `Dec 6 13:18 -0600`, `2006-12-06`, `13:18`, `1165432709 0` and so on.
///
/// # Errors
/// [`Error::Parse`] for what is no date, or none of 32 bits.
pub fn parse(text: &[u8]) -> Result<Date> {
    if text.is_empty() {
        return Ok(Date::default());
    }
    parse_as(text, false, &START)
}

/// Returns the date that it is now.
pub fn now() -> Date {
    let now = zone::now();
    Date {
        seconds: now.timestamp(),
        offset: -now.offset().local_minus_utc(),
    }
}

fn parse_as(text: &[u8], may_be_range: bool, bias: &Bias) -> Result<Date> {
    let text = trim(text);
    if text == b"now" {
        return Ok(now());
    }
    let now = zone::now();
    let day = match text {
        b"today" => Some(now.date_naive()),
        b"yesterday" => now.date_naive().pred_opt(),
        _ => None,
    };
    let day = day.map(|day| day.format("%b %d").to_string().into_bytes());
    let text = day.as_deref().unwrap_or(text);
    let (seconds, offset) = match two_numbers(text) {
        Some(numbers) => numbers,
        None => {
            let two = |number: u32| format!("{number:02}");
            let now = [
                two(now.second()),
                two(now.minute()),
                two(now.hour()),
                two(now.day()),
                two(now.month()),
                two(now.year().rem_euclid(100).unsigned_abs()),
            ];
            let ranges = if may_be_range { &RANGES[..] } else { &[] };
            let mut formats = FORMATS.iter().chain(ranges);
            let found = formats.find_map(|format| read(text, format, bias, &now));
            found.ok_or_else(|| Error::parse(format!("invalid date: {}", repr(text)), None))?
        }
    };
    if i32::try_from(seconds).is_err() {
        let message = format!("date exceeds 32 bits: {seconds}");
        return Err(Error::parse(message, None));
    }
    if !(-50400..=43200).contains(&offset) {
        let message = format!("impossible time zone offset: {offset}");
        return Err(Error::parse(message, None));
    }
    Ok(Date {
        seconds,
        offset: offset as i32,
    })
}

/// Reads seconds since 1970, a space, and seconds west of UTC.
fn two_numbers(text: &[u8]) -> Option<(i64, i64)> {
    let mut words = text.split(|&byte| byte == b' ').map(integer);
    let numbers = (words.next()??, words.next()??);
    words.next().is_none().then_some(numbers)
}

/// Reads a date in a format; returns seconds since 1970 and the time zone.
fn read(text: &[u8], format: &str, bias: &Bias, now: &[String; 6]) -> Option<(i64, i64)> {
    let (offset, rest) = split_zone(text);
    let (mut date, mut format) = (rest.to_vec(), format.to_owned());
    let mut is_specific = false;
    for (at, (directives, directive)) in PARTS.iter().enumerate() {
        let said = directives.iter().any(|&letter| {
            let pattern = [b'%', letter];
            format.as_bytes().windows(2).any(|pair| pair == pattern)
        });
        if said {
            is_specific = true;
            continue;
        }
        let value = if is_specific { &now[at][..] } else { bias[at] };
        date.push(b'@');
        date.extend(value.bytes());
        format.push('@');
        format.push_str(directive);
    }
    let fields: Fields = strptime::read(&date, &format)?;
    let local = fields.seconds()?;
    match offset {
        Some(offset) => Some((local + offset, offset)),
        None => {
            let seconds = zone::from_local(local)?;
            Some((seconds, seconds - local))
        }
    }
}

/// Returns the time zone that a text is, in seconds west of UTC.
pub(crate) fn zone_of(text: &[u8]) -> Option<i64> {
    match split_zone(text) {
        (zone, []) => zone,
        _ => None,
    }
}

/// Splits a time zone off, in seconds west of UTC.
fn split_zone(text: &[u8]) -> (Option<i64>, &[u8]) {
    let trimmed = |text: &'_ [u8]| -> usize {
        let last = text
            .iter()
            .rposition(|&byte| !vermilion_core::text::is_space(byte));
        last.map_or(0, |last| last + 1)
    };
    if let Some(rest) = text
        .strip_suffix(b"GMT")
        .or_else(|| text.strip_suffix(b"UTC"))
    {
        return (Some(0), &rest[..trimmed(rest)]);
    }
    let minutes = |sign: u8, hours: [u8; 2], minutes: [u8; 2]| {
        let digits = [hours[0], hours[1], minutes[0], minutes[1]];
        if !matches!(sign, b'+' | b'-') || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |pair: [u8; 2]| i64::from(pair[0] - b'0') * 10 + i64::from(pair[1] - b'0');
        let west = (number(hours) * 60 + number(minutes)) * 60;
        Some(if sign == b'+' { -west } else { west })
    };
    if let [rest @ .., sign, a, b, c, d] = text
        && let Some(offset) = minutes(*sign, [*a, *b], [*c, *d])
    {
        return (Some(offset), &rest[..trimmed(rest)]);
    }
    if let [.., digit, b'Z'] = text
        && digit.is_ascii_digit()
    {
        return (Some(0), &text[..text.len() - 1]);
    }
    if let [rest @ .., sign, a, b, b':', c, d] = text
        && let Some(offset) = minutes(*sign, [*a, *b], [*c, *d])
    {
        return (Some(offset), rest);
    }
    (None, text)
}

/// A range of dates: `DATE`, `<DATE`, `>DATE`, `DATE to DATE`, `-DAYS`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DateMatcher {
    first: Option<f64>,
    last: Option<f64>,
}

fn first_of(text: &[u8]) -> Result<Option<f64>> {
    let date = parse_or_zero(text, &START)?;
    Ok(Some(date.seconds as f64))
}

fn last_of(text: &[u8]) -> Result<Option<f64>> {
    let mut failed = None;
    for day in ["31", "30", "29", "28"] {
        match parse_or_zero(text, &["59", "59", "23", day, "12", "1"]) {
            Ok(date) => return Ok(Some(date.seconds as f64)),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(None), Err)
}

fn parse_or_zero(text: &[u8], bias: &Bias) -> Result<Date> {
    if text.is_empty() {
        return Ok(Date::default());
    }
    parse_as(text, true, bias)
}

impl DateMatcher {
    /// Reads a range of dates.
    ///
    /// # Errors
    /// [`Error::Parse`] as for [`parse`]; [`Error::Abort`] for another range that makes no sense.
    pub fn new(text: &[u8]) -> Result<DateMatcher> {
        let text = trim(text);
        let (first, last) = match text {
            [] => {
                return Err(Error::abort("dates cannot consist entirely of whitespace"));
            }
            b"<" => return Err(Error::abort("invalid day spec, use '<DATE'")),
            b">" => return Err(Error::abort("invalid day spec, use '>DATE'")),
            [b'<', date @ ..] => (None, last_of(date)?),
            [b'>', date @ ..] => (first_of(date)?, None),
            [b'-', days @ ..] => (Some(days_ago(days)?), None),
            _ => match memchr::memmem::find(text, b" to ") {
                Some(at) => {
                    let (from, to) = (&text[..at], &text[at + 4..]);
                    if memchr::memmem::find(to, b" to ").is_some() {
                        return Err(Error::unsupported("a range of more than two dates"));
                    }
                    (first_of(from)?, last_of(to)?)
                }
                None => (first_of(text)?, last_of(text)?),
            },
        };
        Ok(DateMatcher { first, last })
    }

    /// Returns whether a time, in seconds since 1970, is in the range.
    pub fn matches(&self, seconds: i64) -> bool {
        let seconds = seconds as f64;
        self.first.is_none_or(|first| seconds >= first)
            && self.last.is_none_or(|last| seconds <= last)
    }
}

fn days_ago(days: &[u8]) -> Result<f64> {
    let Some(number) = integer(days) else {
        let message = format!("invalid day spec: {}", lossy(days));
        return Err(Error::abort(message));
    };
    if number < 0 {
        let message = format!("{} must be nonnegative (see 'hg help dates')", lossy(days));
        return Err(Error::abort(message));
    }
    let now = zone::now();
    let now = now.timestamp() as f64 + f64::from(now.timestamp_subsec_micros()) / 1e6;
    Ok(now - number as f64 * 86400.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Result<i64> {
        parse(text.as_bytes()).map(|date| date.seconds)
    }

    #[test]
    fn single_dates() {
        assert_eq!(utc("1165432709 0").unwrap(), 1_165_432_709);
        assert_eq!(utc("2006-12-06 13:18:29 UTC").unwrap(), 1_165_411_109);
        assert_eq!(utc("2006-12-06T13:18:29Z").unwrap(), 1_165_411_109);
        assert_eq!(utc("2006-12-06T14:18:29+01:00").unwrap(), 1_165_411_109);
        assert_eq!(utc("Wed Dec 6 13:18:29 2006 +0000").unwrap(), 1_165_411_109);
        assert_eq!(utc("dec 6 1:18:29PM 2006 GMT").unwrap(), 1_165_411_109);
        assert_eq!(utc("12/6/06 GMT").unwrap(), 1_165_363_200);
        assert_eq!(utc("").unwrap(), 0);
        for bad in ["x", "2006-02-30 UTC", "2006", "25:00", "1 2 3", "Feb"] {
            assert!(utc(bad).is_err(), "{bad}");
        }
        let error = utc("99999999999 0").unwrap_err().to_string();
        assert!(
            error.ends_with("date exceeds 32 bits: 99999999999"),
            "{error}"
        );
        assert!(utc("0 99999").is_err());
    }

    #[test]
    fn ranges() {
        let range = |text: &str| DateMatcher::new(text.as_bytes()).unwrap();
        let month = range("2006-02 UTC");
        assert!(month.matches(1_138_752_000) && month.matches(1_141_171_199));
        assert!(!month.matches(1_138_751_999) && !month.matches(1_141_171_200));
        assert!(range("<2006 UTC").matches(1_167_609_599));
        assert!(!range("<2006 UTC").matches(1_167_609_600));
        assert!(range("2006 UTC to 2007 UTC").matches(1_170_000_000));
        assert!(range("-1").matches(zone::now().timestamp()));
        for bad in ["", "<", "> ", "-x", "--1", "<x"] {
            assert!(DateMatcher::new(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
