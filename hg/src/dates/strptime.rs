// SPDX-License-Identifier: GPL-2.0-or-later

//! Python's `time.strptime`, for the formats of dates and English names.

use chrono::NaiveDate;

use vermilion_core::text::is_space;

/// What a date says, with zeros for what it does not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    /// Whether it is after noon, if hours are counted to 12.
    afternoon: Option<bool>,
}

impl Fields {
    /// Returns the seconds since 1970 if it is UTC, nothing for a day that there is not.
    pub(super) fn seconds(&self) -> Option<i64> {
        let day = NaiveDate::from_ymd_opt(self.year, self.month, self.day)?;
        let midnight = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
        let hour = match self.afternoon {
            None => self.hour,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        // the second may be a leap second
        let within = (hour * 60 + self.minute) * 60 + self.second;
        Some(midnight + i64::from(within))
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const HALVES: [&str; 2] = ["am", "pm"];

/// Reads a text in a format, which has to be all of it.
pub(super) fn read(text: &[u8], format: &str) -> Option<Fields> {
    let text = std::str::from_utf8(text).ok()?.as_bytes();
    let (end, fields) = rest(text, 0, format.as_bytes(), Fields::default())?;
    // As in Python, another way is not tried for what is left.
    (end == text.len() && fields.year > 0).then_some(fields)
}

/// Returns where the text ends that is in a format, and what it says. Formats are short.
fn rest(text: &[u8], at: usize, format: &[u8], fields: Fields) -> Option<(usize, Fields)> {
    match format {
        [] => Some((at, fields)),
        [b'%', directive, format @ ..] => {
            let ways = ways(&text[at..], *directive);
            ways.into_iter().flatten().find_map(|(len, value)| {
                rest(text, at + len, format, set(fields, *directive, value)?)
            })
        }
        [byte, format @ ..] if is_space(*byte) => {
            let spaces = text[at..].iter().take_while(|&&byte| is_space(byte));
            let most = spaces.count();
            (1..=most)
                .rev()
                .find_map(|len| rest(text, at + len, format, fields))
        }
        [byte, format @ ..] => {
            let same = text.get(at)?.eq_ignore_ascii_case(byte);
            same.then(|| rest(text, at + 1, format, fields))?
        }
    }
}

fn set(mut fields: Fields, directive: u8, value: u32) -> Option<Fields> {
    match directive {
        b'Y' => fields.year = i32::try_from(value).ok()?,
        b'y' => {
            let century = if value <= 68 { 2000 } else { 1900 };
            fields.year = century + i32::try_from(value).ok()?;
        }
        b'm' | b'b' => fields.month = value,
        b'd' => fields.day = value,
        b'H' | b'I' => fields.hour = value,
        b'M' => fields.minute = value,
        b'S' => fields.second = value,
        b'p' => fields.afternoon = Some(value == 1),
        _ => {}
    }
    Some(fields)
}

/// Returns the ways in which a text may begin with what a directive stands for: lengths and values,
/// those first that are tried first.
fn ways(text: &[u8], directive: u8) -> [Option<(usize, u32)>; 3] {
    let digit = |at: usize| {
        let byte = text.get(at).copied().filter(u8::is_ascii_digit)?;
        Some(u32::from(byte - b'0'))
    };
    let one = |range: std::ops::RangeInclusive<u32>| {
        digit(0)
            .filter(|value| range.contains(value))
            .map(|value| (1, value))
    };
    let two = |range: std::ops::RangeInclusive<u32>| {
        let value = digit(0)? * 10 + digit(1)?;
        range.contains(&value).then_some((2, value))
    };
    let name = |names: &[&str]| {
        let is = |name: &&str| {
            let start = text.get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        };
        let at = names.iter().position(is)?;
        Some((names[at].len(), at as u32))
    };
    match directive {
        b'Y' => {
            let digits = [0, 1, 2, 3].map(digit);
            let year = digits
                .iter()
                .try_fold(0, |year, digit| Some(year * 10 + (*digit)?));
            [year.map(|year| (4, year)), None, None]
        }
        b'y' => [two(0..=99), None, None],
        b'm' | b'I' => [two(1..=12), one(1..=9), None],
        b'd' => {
            let padded = (text.first() == Some(&b' '))
                .then(|| digit(1).filter(|&day| day > 0))
                .flatten();
            [two(1..=31), one(1..=9), padded.map(|day| (2, day))]
        }
        b'H' => [two(0..=23), one(0..=9), None],
        b'M' => [two(0..=59), one(0..=9), None],
        b'S' => [two(0..=61), one(0..=9), None],
        b'b' => [name(&MONTHS).map(|(len, at)| (len, at + 1)), None, None],
        b'a' => [name(&DAYS), None, None],
        b'p' => [name(&HALVES), None, None],
        _ => [None; 3],
    }
}
