// SPDX-License-Identifier: GPL-2.0-or-later

//! Functions of dates.

use vermilion_core::changelog::Date;
use vermilion_core::text::integer;

use super::Call;
use crate::template::filters::strftime;
use crate::template::value::{Plain, Value};
use crate::{Error, Result, dates};

pub(super) fn date(call: &Call<'_>) -> Result<Value> {
    let date = call.date(0)?;
    let format = if call.has(1) {
        call.text(1)?
    } else {
        b"%a %b %d %H:%M:%S %Y %1%2".to_vec()
    };
    Ok(Value::Text(strftime(date, &format)?))
}

pub(super) fn local(call: &Call<'_>) -> Result<Value> {
    let wrong = || Error::unsupported("localdate() without a time zone");
    let seconds = call.date(0)?.seconds;
    let offset = if call.has(1) {
        let number = match call.plain(1)? {
            Plain::Text(zone) => dates::zone_of(&zone).or_else(|| integer(&zone)),
            Plain::Number(number) => Some(number),
            _ => None,
        };
        let offset = number.and_then(|number| i32::try_from(number).ok());
        offset.ok_or_else(wrong)?
    } else {
        dates::parse(b"now")?.offset
    };
    Ok(Value::Date(Date { seconds, offset }, false))
}
