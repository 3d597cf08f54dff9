// SPDX-License-Identifier: GPL-2.0-or-later

//! Filters of texts and lists of texts.

use memchr::memmem;
use vermilion_core::text::trim;

use super::super::value::{Plain, Value};
use super::odd;
use crate::{Error, Result};

/// Returns text with all occurrences of something replaced.
pub(super) fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(text.len());
    let mut at = 0;
    for found in memmem::find_iter(text, from) {
        made.extend_from_slice(&text[at..found]);
        made.extend_from_slice(to);
        at = found + from.len();
    }
    made.extend_from_slice(&text[at..]);
    made
}

/// Returns the lines of a text, as Python splits bytes.
pub(in super::super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        lines.push(&rest[..end]);
        let ending = match &rest[end..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        rest = &rest[end + ending..];
    }
    lines
}

pub(super) fn add_breaks(text: &[u8]) -> Result<Vec<u8>> {
    Ok(replaced(text, b"\n", b"<br/>\n"))
}

pub(super) fn basename(text: &[u8]) -> Result<Vec<u8>> {
    let start = memchr::memrchr(b'/', text).map_or(0, |slash| slash + 1);
    Ok(text[start..].to_vec())
}

pub(super) fn dirname(text: &[u8]) -> Result<Vec<u8>> {
    let end = memchr::memrchr(b'/', text).map_or(0, |slash| slash + 1);
    let head = &text[..end];
    let last = head.iter().rposition(|&byte| byte != b'/');
    Ok(last.map_or(head, |last| &head[..=last]).to_vec())
}

pub(super) fn strip_directory(text: &[u8]) -> Result<Vec<u8>> {
    let directory = dirname(text)?;
    if directory.is_empty() {
        return basename(text);
    }
    Ok(directory)
}

pub(super) fn escape(text: &[u8]) -> Result<Vec<u8>> {
    Ok(escape_all(text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        0 => Some(""),
        _ => None,
    }))
}

pub(super) fn xml_escape(text: &[u8]) -> Result<Vec<u8>> {
    Ok(escape_all(text, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        0..=8 | 11 | 12 | 14..=31 => Some(" "),
        _ => None,
    }))
}

fn escape_all(text: &[u8], escape: impl Fn(u8) -> Option<&'static str>) -> Vec<u8> {
    let mut made = Vec::with_capacity(text.len());
    for &byte in text {
        match escape(byte) {
            Some(escaped) => made.extend_from_slice(escaped.as_bytes()),
            None => made.push(byte),
        }
    }
    made
}

/// Returns text with the escapes of Python's `codecs.escape_encode`.
pub(in super::super) fn escaped(text: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'\\' | b'\'' => made.extend([b'\\', byte]),
            b'\t' => made.extend_from_slice(b"\\t"),
            b'\n' => made.extend_from_slice(b"\\n"),
            b'\r' => made.extend_from_slice(b"\\r"),
            b' '..=b'~' => made.push(byte),
            _ => made.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    made
}

pub(super) fn first_line(text: &[u8]) -> Result<Vec<u8>> {
    let end = memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len());
    Ok(text[..end].to_vec())
}

pub(super) fn hex(text: &[u8]) -> Result<Vec<u8>> {
    Ok(text
        .iter()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .collect())
}

pub(super) fn nonempty(text: &[u8]) -> Result<Vec<u8>> {
    let shown = if text.is_empty() { b"(none)" } else { text };
    Ok(shown.to_vec())
}

pub(super) fn permissions(flags: &[u8]) -> Result<Vec<u8>> {
    let shown: &[u8] = if flags.contains(&b'l') {
        b"lrwxrwxrwx"
    } else if flags.contains(&b'x') {
        b"-rwxr-xr-x"
    } else {
        b"-rw-r--r--"
    };
    Ok(shown.to_vec())
}

pub(super) fn short_bisect(label: &[u8]) -> Result<Vec<u8>> {
    let letter = label.first().map_or(b' ', u8::to_ascii_uppercase);
    Ok(vec![letter])
}

pub(super) fn obfuscate(text: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(text).map_err(|_| odd("obfuscate"))?;
    let entities = text
        .chars()
        .map(|character| format!("&#{};", u32::from(character)));
    Ok(entities.collect::<String>().into_bytes())
}

pub(super) fn utf8(text: &[u8]) -> Result<Vec<u8>> {
    std::str::from_utf8(text).map_err(|_| odd("utf8"))?;
    Ok(text.to_vec())
}

fn quote(text: &[u8], safe: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(text.len());
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || safe.contains(&byte) {
            made.push(byte);
        } else {
            made.extend(format!("%{byte:02X}").bytes());
        }
    }
    made
}

pub(super) fn url_escape(text: &[u8]) -> Result<Vec<u8>> {
    Ok(quote(text, b"/"))
}

pub(super) fn revision_escape(text: &[u8]) -> Result<Vec<u8>> {
    Ok(replaced(&quote(text, b"/@"), b"/", b"%252F"))
}

/// Returns text whose case is the same in every version of Unicode that a Python has.
fn foldable<'t>(text: &'t [u8], what: &str) -> Result<&'t str> {
    let text = std::str::from_utf8(text).map_err(|_| odd(what))?;
    // Letters of Europe, punctuation and symbols, and what has no case at all.
    let is_old = |character: char| matches!(character, ..'\u{530}' | '\u{2000}'..'\u{2c00}' | '\u{3000}'..'\u{a000}');
    if text.chars().all(is_old) {
        Ok(text)
    } else {
        Err(odd(what))
    }
}

pub(super) fn lower(text: &[u8]) -> Result<Vec<u8>> {
    Ok(foldable(text, "lower")?.to_lowercase().into_bytes())
}

pub(super) fn upper(text: &[u8]) -> Result<Vec<u8>> {
    Ok(foldable(text, "upper")?.to_uppercase().into_bytes())
}

/// Returns text with something before each line that is not empty, another thing before the first.
pub(in super::super) fn indent(text: &[u8], prefix: &[u8], first: &[u8]) -> Vec<u8> {
    let lines = lines(text);
    let mut made = Vec::with_capacity(text.len());
    for (at, line) in lines.iter().enumerate() {
        if !trim(line).is_empty() {
            made.extend_from_slice(if at == 0 { first } else { prefix });
        }
        made.extend_from_slice(line);
        if at + 1 < lines.len() || text.ends_with(b"\n") {
            made.push(b'\n');
        }
    }
    made
}

/// Returns how many columns a text takes.
pub(in super::super) fn columns(text: &[u8]) -> Result<usize> {
    if text.contains(&0x1b) {
        return Err(Error::unsupported("the width of what sets colours"));
    }
    crate::program::printer::columns(text)
}

/// Returns the beginning of a text, or its end, in some columns.
pub(in super::super) fn cut(text: &[u8], width: usize, is_end: bool) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(text).map_err(|_| odd("pad"))?;
    let count = text.chars().count();
    let skipped = if is_end {
        count.saturating_sub(width)
    } else {
        0
    };
    let kept: String = text.chars().skip(skipped).take(width).collect();
    Ok(kept.into_bytes())
}

pub(super) fn count(value: Plain) -> Result<Value> {
    let count = match value {
        Plain::Text(text) => text.len(),
        Plain::List(items) => items.len(),
        Plain::Dictionary(items) => items.len(),
        Plain::Revs(revs) => revs.len(),
        Plain::Date(..) => 2,
        _ => return Err(odd("count")),
    };
    Ok(Value::Number(count as i64))
}

pub(super) fn reverse(value: Plain) -> Result<Value> {
    match value {
        Plain::List(mut items) => {
            items.reverse();
            let each = super::super::value::Each::Named(b"item"[..].into());
            Ok(Value::list(items, each, super::super::value::Form::Plain))
        }
        _ => Err(odd("reverse")),
    }
}

/// Returns the directory that paths have in common, by what Mercurial compares: the least and the
/// greatest, and where one has more parts, the other one as a whole.
pub(super) fn common_directory(value: Plain) -> Result<Value> {
    let paths = match value {
        Plain::List(items) => items,
        Plain::None => Vec::new(),
        Plain::Text(text) if text.is_empty() => Vec::new(),
        _ => return Err(odd("commondir")),
    };
    let mut directories: Vec<Vec<Vec<u8>>> = Vec::new();
    for path in &paths {
        let Plain::Text(path) = path else {
            return Err(odd("commondir"));
        };
        let start = path
            .iter()
            .position(|&byte| byte != b'/')
            .unwrap_or(path.len());
        let mut parts: Vec<Vec<u8>> = path[start..]
            .split(|&byte| byte == b'/')
            .map(<[u8]>::to_vec)
            .collect();
        parts.pop();
        directories.push(parts);
    }
    let (Some(mut least), Some(greatest)) = (directories.iter().min(), directories.iter().max())
    else {
        return Ok(Value::Text(Vec::new()));
    };
    if least.len() > greatest.len() {
        least = greatest;
    }
    let pairs = least.iter().zip(greatest);
    let same = pairs.take_while(|(a, b)| a == b).count();
    Ok(Value::Text(least[..same].join(&b'/')))
}
