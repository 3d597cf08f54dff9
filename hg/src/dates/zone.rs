// SPDX-License-Identifier: GPL-2.0-or-later

//! The local time zone.

use chrono::{DateTime, Local, MappedLocalTime, Offset as _, TimeDelta, TimeZone as _};

/// Returns the time that it is now.
pub(super) fn now() -> DateTime<Local> {
    Local::now()
}

/// Returns the seconds since 1970, UTC, at which a clock here shows what one in UTC shows after
/// `local` seconds; the earlier ones if there are two such, and for a time that clocks pass over
/// what they would have shown.
pub(super) fn from_local(local: i64) -> Option<i64> {
    let clock = DateTime::from_timestamp(local, 0)?.naive_utc();
    let offset = match Local.offset_from_local_datetime(&clock) {
        MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => offset,
        MappedLocalTime::None => {
            let before = clock.checked_sub_signed(TimeDelta::hours(3))?;
            Local.offset_from_local_datetime(&before).earliest()?
        }
    };
    Some(local - i64::from(offset.fix().local_minus_utc()))
}
