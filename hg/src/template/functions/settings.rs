// SPDX-License-Identifier: GPL-2.0-or-later

//! Functions that read the configuration.

use super::Call;
use crate::config::parse_bool;
use crate::template::value::Value;
use crate::text::lossy;
use crate::{Error, Result};

/// Returns what an item is set to. One that is not set may have a value by itself.
fn item(call: &Call<'_>) -> Result<Option<Vec<u8>>> {
    let (section, name) = (call.literal(0)?, call.literal(1)?);
    let (section, name) = (lossy(&section), lossy(&name));
    if let Some(value) = call.ev.env.config.get(&section, &name) {
        return Ok(Some(value.to_vec()));
    }
    // A section of the users' own, for templates.
    if section == "templateconfig" && call.has(2) {
        return Ok(None);
    }
    Err(Error::unsupported(format!(
        "config({section}, {name}), which is not set"
    )))
}

pub(super) fn config(call: &Call<'_>) -> Result<Value> {
    Ok(Value::Text(match item(call)? {
        Some(value) => value,
        None => call.text(2)?,
    }))
}

pub(super) fn config_bool(call: &Call<'_>) -> Result<Value> {
    let wrong = || Error::unsupported("configbool() of what is none");
    Ok(Value::Bool(match item(call)? {
        Some(value) => parse_bool(&value).ok_or_else(wrong)?,
        None => call.truth(2)?,
    }))
}

pub(super) fn config_int(call: &Call<'_>) -> Result<Value> {
    let wrong = || Error::unsupported("configint() of what is none");
    Ok(Value::Number(match item(call)? {
        Some(value) => vermilion_core::text::integer(&value).ok_or_else(wrong)?,
        None => call.number(2)?,
    }))
}
