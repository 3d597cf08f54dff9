// SPDX-License-Identifier: GPL-2.0-or-later

//! Functions of lists and dictionaries.

use super::Call;
use crate::template::value::{Each, Form, Value};
use crate::{Error, Result};

pub(super) fn dict(call: &Call<'_>) -> Result<Value> {
    let unnamed = call.len() - call.given.names.len();
    let mut items: Vec<(Vec<u8>, Value)> = Vec::new();
    for at in 0..call.len() {
        let name = match at.checked_sub(unnamed) {
            Some(named) => call.given.names[named].clone(),
            None => {
                let name = call.node(at).and_then(|node| node.symbol());
                let name = name.ok_or_else(|| Error::unsupported("dict() without a key"))?;
                name.to_vec()
            }
        };
        if items.iter().any(|(known, _)| *known == name) {
            return Err(Error::unsupported("dict() with a key twice"));
        }
        items.push((name, call.plain(at)?.into()));
    }
    let each = Each::Pair(b"key"[..].into(), b"value"[..].into());
    Ok(Value::dictionary(items, each, Form::Pair))
}

pub(super) fn filter(call: &Call<'_>) -> Result<Value> {
    let list = call.value(0)?;
    call.ev.filtered(&list, |item| {
        if !call.has(1) {
            return call.ev.truth(item);
        }
        let members = call.ev.members(item);
        let members = members.ok_or_else(|| Error::unsupported("filter() by an expression"))?;
        let inner = call.ev.overlaid(call.scope, &members)?;
        call.truth_in(1, &inner)
    })
}

pub(super) fn get(call: &Call<'_>) -> Result<Value> {
    let (dictionary, key) = (call.value(0)?, call.value(1)?);
    call.ev.member(call.scope, &dictionary, &key)
}

pub(super) fn join(call: &Call<'_>) -> Result<Value> {
    let list = call.value(0)?;
    let separator = if call.has(1) {
        call.text(1)?
    } else {
        b" ".to_vec()
    };
    Ok(Value::Text(call.ev.join(call.scope, &list, &separator)?))
}
