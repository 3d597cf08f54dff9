// SPDX-License-Identifier: GPL-2.0-or-later

//! Filters of who committed: names and addresses.

use memchr::memchr;

use crate::Result;

fn before(text: &[u8], byte: u8) -> &[u8] {
    &text[..memchr(byte, text).unwrap_or(text.len())]
}

fn behind(text: &[u8], byte: u8) -> &[u8] {
    memchr(byte, text).map_or(text, |at| &text[at + 1..])
}

/// Returns the domain of an address.
pub(super) fn domain(text: &[u8]) -> Result<Vec<u8>> {
    let domain = memchr(b'@', text).map_or(&b""[..], |at| &text[at + 1..]);
    Ok(before(domain, b'>').to_vec())
}

/// Returns the address in a text.
pub(super) fn email(text: &[u8]) -> Result<Vec<u8>> {
    let end = memchr(b'>', text).unwrap_or(text.len());
    let start = memchr(b'<', text).map_or(0, |at| at + 1);
    Ok(text.get(start..end).unwrap_or_default().to_vec())
}

/// Returns what is before the domain of an address.
pub(super) fn email_user(text: &[u8]) -> Result<Vec<u8>> {
    Ok(behind(before(text, b'@'), b'<').to_vec())
}

/// Returns a short form of a name or an address.
pub(super) fn short_user(text: &[u8]) -> Result<Vec<u8>> {
    Ok(crate::text::short_user(text).to_vec())
}

/// Returns the name before an address.
pub(super) fn person(text: &[u8]) -> Result<Vec<u8>> {
    let Some(at) = memchr(b'@', text) else {
        return Ok(text.to_vec());
    };
    if let Some(angle) = memchr(b'<', text) {
        let mut name = &text[..angle];
        while let [b' ' | b'"', rest @ ..] = name {
            name = rest;
        }
        while let [rest @ .., b' ' | b'"'] = name {
            name = rest;
        }
        return Ok(super::text::replaced(name, b"\\\"", b"\""));
    }
    let name = text[..at].iter();
    Ok(name
        .map(|&byte| if byte == b'.' { b' ' } else { byte })
        .collect())
}
