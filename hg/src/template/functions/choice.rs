// SPDX-License-Identifier: GPL-2.0-or-later

//! Functions that choose, and one that calculates.

use super::Call;
use crate::template::value::Value;
use crate::{Error, Result};

pub(super) fn if_(call: &Call<'_>) -> Result<Value> {
    call.value(if call.truth(0)? { 1 } else { 2 })
}

pub(super) fn if_contains(call: &Call<'_>) -> Result<Value> {
    let haystack = call.value(1)?;
    let is_in = call.ev.contains(call.scope, &haystack, &call.value(0)?)?;
    call.value(if is_in { 2 } else { 3 })
}

pub(super) fn if_equal(call: &Call<'_>) -> Result<Value> {
    call.value(if call.text(0)? == call.text(1)? { 2 } else { 3 })
}

pub(super) fn modulo(call: &Call<'_>) -> Result<Value> {
    let (a, b) = (call.number(0)?, call.number(1)?);
    let wrong = || Error::unsupported("a remainder of a division by zero");
    let rest = a.checked_rem(b).ok_or_else(wrong)?;
    // Of the divisor's sign, as in Python.
    let rest = if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    };
    Ok(Value::Number(rest))
}
