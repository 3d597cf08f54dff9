// SPDX-License-Identifier: GPL-2.0-or-later

//! Regular expressions: what Python's `re` finds, as far as that is certain.

use std::ops::Range;
use std::rc::Rc;

use vermilion_core::matcher::python_re::{PythonRegex, PythonSearch};

use super::Call;
use crate::template::scope::Overlay;
use crate::template::value::{Maps, MapsKind, Value};
use crate::text::lossy;
use crate::{Error, Result};

/// Returns what searches for a pattern in a text.
///
/// The core's searches are in several lines (`re.M`), which the pattern is told to do without where
/// there are several.
fn compiled(pattern: &[u8], text: &[u8]) -> Result<PythonSearch> {
    let refused = |reason: String| {
        let pattern = lossy(pattern);
        Error::unsupported(format!("the regular expression '{pattern}': {reason}"))
    };
    let (flags, rest) = match pattern.strip_prefix(b"(?") {
        Some(inner) => match inner.iter().position(|byte| !b"aimsx".contains(byte)) {
            Some(end) if end > 0 && inner[end] == b')' => (&inner[..end], &inner[end + 1..]),
            _ => (&b""[..], pattern),
        },
        None => (&b""[..], pattern),
    };
    if flags.contains(&b'x') {
        return Err(refused("the flag x".into()));
    }
    let kept: Vec<u8> = flags
        .iter()
        .copied()
        .filter(|flag| b"is".contains(flag))
        .collect();
    // A bracket that closes ours would make something else of it.
    PythonRegex::new(rest).map_err(refused)?;
    let minus: &[u8] = if flags.contains(&b'm') { b"" } else { b"-m" };
    if minus.is_empty() || !text.contains(&b'\n') {
        let is_plain = !kept.contains(&b's');
        let search = is_plain.then(|| PythonSearch::new(rest, kept.contains(&b'i')));
        if let Some(Ok(search)) = search {
            return Ok(search);
        }
    }
    let whole = [b"(?", &kept[..], minus, b":", rest, b")"].concat();
    PythonSearch::new(&whole, false).map_err(refused)
}

/// Returns all matches. Those without a character are counted in ways of Python's own.
fn matches(pattern: &[u8], text: &[u8], only_first: bool) -> Result<Vec<Range<usize>>> {
    let search = compiled(pattern, text)?;
    let mut finder = search.finder();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(range) = finder.find(text, at) {
        if range.is_empty() && !only_first {
            return Err(Error::unsupported(
                "a regular expression that matches nothing",
            ));
        }
        at = range.end;
        found.push(range);
        if only_first {
            break;
        }
    }
    Ok(found)
}

pub(super) fn substitute(call: &Call<'_>) -> Result<Value> {
    let (pattern, replacement, text) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if replacement.contains(&b'\\') {
        return Err(Error::unsupported("sub() with groups or escapes"));
    }
    let mut made = Vec::with_capacity(text.len());
    let mut at = 0;
    for found in matches(&pattern, &text, false)? {
        made.extend_from_slice(&text[at..found.start]);
        made.extend_from_slice(&replacement);
        at = found.end;
    }
    made.extend_from_slice(&text[at..]);
    Ok(Value::Text(made))
}

pub(super) fn search(call: &Call<'_>) -> Result<Value> {
    let (pattern, text) = (call.text(0)?, call.text(1)?);
    if pattern.contains(&b'(') {
        return Err(Error::unsupported("search() with groups"));
    }
    let found = matches(&pattern, &text, true)?;
    Ok(match found.first() {
        None => Value::Maps(Rc::new(Maps {
            maps: Vec::new(),
            kind: MapsKind::None,
            template: None,
            separator: Vec::new(),
        })),
        Some(range) => {
            let whole = Value::Text(text[range.clone()].to_vec());
            Value::one(Overlay::default().named("0", whole), b"{0}")
        }
    })
}
