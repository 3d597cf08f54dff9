// SPDX-License-Identifier: GPL-2.0-or-later

//! JSON as Mercurial writes it.

use super::super::value::Plain;
use super::odd;
use crate::Result;

/// Returns a value as JSON; if `is_careful`, only ASCII, and nothing that may end a script.
pub(in super::super) fn json(value: &Plain, is_careful: bool) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    write(value, is_careful, &mut out)?;
    Ok(out)
}

fn write(value: &Plain, is_careful: bool, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Plain::None => out.extend_from_slice(b"null"),
        Plain::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Plain::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Plain::Text(text) => quote(text, is_careful, out)?,
        Plain::List(items) => list(items.iter().cloned(), is_careful, out)?,
        Plain::Date(seconds, offset) => {
            list(
                [*seconds, *offset].map(Plain::Number).into_iter(),
                is_careful,
                out,
            )?;
        }
        Plain::Moment(seconds, offset) => {
            out.extend_from_slice(format!("[{seconds}.0, {offset}]").as_bytes());
        }
        Plain::Revs(revs) => {
            let numbers = revs.iter().map(|rev| Plain::Number(rev.get().into()));
            list(numbers, is_careful, out)?;
        }
        Plain::Dictionary(items) => {
            let mut items: Vec<_> = items.iter().collect();
            items.sort_by(|a, b| a.0.cmp(&b.0));
            out.push(b'{');
            for (at, (key, value)) in items.into_iter().enumerate() {
                if at > 0 {
                    out.extend_from_slice(b", ");
                }
                quote(key, is_careful, out)?;
                out.extend_from_slice(b": ");
                write(value, is_careful, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn list(items: impl Iterator<Item = Plain>, is_careful: bool, out: &mut Vec<u8>) -> Result<()> {
    out.push(b'[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        write(&item, is_careful, out)?;
    }
    out.push(b']');
    Ok(())
}

fn quote(text: &[u8], is_careful: bool, out: &mut Vec<u8>) -> Result<()> {
    // Mercurial writes what is no text by a code of its own.
    let text = std::str::from_utf8(text).map_err(|_| odd("json"))?;
    let escape = |code: u16, out: &mut Vec<u8>| out.extend(format!("\\u{code:04x}").bytes());
    out.push(b'"');
    for character in text.chars() {
        let plain = match character {
            '\t' => "\\t",
            '\n' => "\\n",
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\r' => "\\r",
            '\0'..='\u{1f}' | '\u{7f}' => {
                escape(character as u16, out);
                continue;
            }
            '<' | '>' | '\u{80}'.. if is_careful => {
                for code in character.encode_utf16(&mut [0; 2]) {
                    escape(*code, out);
                }
                continue;
            }
            _ => {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.extend_from_slice(plain.as_bytes());
    }
    out.push(b'"');
    Ok(())
}
