// SPDX-License-Identifier: GPL-2.0-or-later

//! Functions of texts.

use std::borrow::Cow;

use memchr::memmem;
use vermilion_core::text::{is_space, trim};

use super::Call;
use crate::template::filters;
use crate::template::value::Value;
use crate::{Error, Result};

/// More columns than these nobody pads to.
const WIDEST: i64 = 100_000;

pub(super) fn fill(call: &Call<'_>) -> Result<Value> {
    let text = call.text(0)?;
    let width = if call.has(1) { call.number(1)? } else { 76 };
    let filled = filters::fill(&text, width, &call.text(2)?, &call.text(3)?)?;
    Ok(Value::Text(filled))
}

pub(super) fn format_node(call: &Call<'_>) -> Result<Value> {
    let mut node = call.text(0)?;
    node.truncate(12);
    Ok(Value::Text(node))
}

pub(super) fn indent(call: &Call<'_>) -> Result<Value> {
    let (text, prefix) = (call.text(0)?, call.text(1)?);
    let first = if call.has(2) {
        call.text(2)?
    } else {
        prefix.clone()
    };
    Ok(Value::Text(filters::indent(&text, &prefix, &first)))
}

pub(super) fn label(call: &Call<'_>) -> Result<Value> {
    let text = call.text(1)?;
    let labels = call.literal(0)?;
    Ok(Value::Text(
        call.ev.env.colors.label(&text, labels).into_owned(),
    ))
}

pub(super) fn pad(call: &Call<'_>) -> Result<Value> {
    let width = call.number(1)?;
    if width > WIDEST {
        return Err(Error::unsupported("pad() to so many columns"));
    }
    let text = call.text(0)?;
    let filler = if call.has(2) {
        call.text(2)?
    } else {
        b" ".to_vec()
    };
    if filler.len() != 1 || filler[0] == 0x1b {
        return Err(Error::unsupported(
            "pad() with another filler than a character",
        ));
    }
    let is_left = call.has(3) && call.truth(3)?;
    let is_cut = call.has(4) && call.truth(4)?;
    let bare = without_effects(&text);
    let missing = width - filters::columns(&bare)? as i64;
    if missing < 0 && is_cut {
        if width <= 0 {
            return Ok(Value::Text(Vec::new()));
        }
        return Ok(Value::Text(filters::cut(&bare, width as usize, is_left)?));
    }
    let padding = vec![filler[0]; missing.max(0) as usize];
    Ok(Value::Text(if is_left {
        [padding, text].concat()
    } else {
        [text, padding].concat()
    }))
}

pub(super) fn separate(call: &Call<'_>) -> Result<Value> {
    let separator = call.text(0)?;
    let mut parts = Vec::new();
    for at in 1..call.len() {
        let part = call.text(at)?;
        if !part.is_empty() {
            parts.push(part);
        }
    }
    Ok(Value::Text(parts.join(&separator[..])))
}

pub(super) fn starts_with(call: &Call<'_>) -> Result<Value> {
    let (beginning, text) = (call.text(0)?, call.text(1)?);
    Ok(Value::Text(if text.starts_with(&beginning) {
        text
    } else {
        Vec::new()
    }))
}

pub(super) fn strip(call: &Call<'_>) -> Result<Value> {
    let text = call.text(0)?;
    if !call.has(1) {
        return Ok(Value::Text(trim(&text).to_vec()));
    }
    let characters = call.text(1)?;
    let is_kept = |byte: &u8| !characters.contains(byte);
    let stripped = match (
        text.iter().position(is_kept),
        text.iter().rposition(is_kept),
    ) {
        (Some(first), Some(last)) => &text[first..=last],
        _ => &[],
    };
    Ok(Value::Text(stripped.to_vec()))
}

pub(super) fn word(call: &Call<'_>) -> Result<Value> {
    let number = call.number(0)?;
    let text = call.text(1)?;
    let words: Vec<&[u8]> = if call.has(2) {
        let separator = call.text(2)?;
        if separator.is_empty() {
            return Err(Error::unsupported("word() with an empty separator"));
        }
        let mut words = Vec::new();
        let mut start = 0;
        for found in memmem::find_iter(&text, &separator) {
            words.push(&text[start..found]);
            start = found + separator.len();
        }
        words.push(&text[start..]);
        words
    } else {
        let words = text.split(|&byte| is_space(byte));
        words.filter(|word| !word.is_empty()).collect()
    };
    let at = if number < 0 {
        number + words.len() as i64
    } else {
        number
    };
    let word = usize::try_from(at).ok().and_then(|at| words.get(at));
    Ok(Value::Text(word.map_or(Vec::new(), |word| word.to_vec())))
}

/// Returns a text without the sequences that set colours in it.
fn without_effects(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&0x1b) {
        return Cow::Borrowed(text);
    }
    let mut bare = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(0x1b, rest) {
        bare.extend_from_slice(&rest[..at]);
        let behind = &rest[at + 1..];
        let numbers = behind.strip_prefix(b"[").map(|numbers| {
            let is_of_them = |byte: &&u8| byte.is_ascii_digit() || **byte == b';';
            &numbers[numbers.iter().take_while(is_of_them).count()..]
        });
        rest = match numbers.and_then(|end| end.strip_prefix(b"m")) {
            Some(rest) => rest,
            None => {
                bare.push(0x1b);
                behind
            }
        };
    }
    bare.extend_from_slice(rest);
    Cow::Owned(bare)
}
