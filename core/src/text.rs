// SPDX-License-Identifier: GPL-2.0-or-later

//! Numbers, lines and white space as Python reads them.
//!
//! Mercurial hands what is in its files to `int` and `float`, which take more than digits:
//! white space around them, a sign, an underscore between two digits; and it strips lines of what
//! Python takes for white space.

use std::borrow::Cow;

/// Returns an integer, `None` if Python has none for it or it needs more than 64 bits.
pub fn integer(text: &[u8]) -> Option<i64> {
    plain(text)?.parse().ok()
}

/// Returns a floating-point number, `None` if Python has none for it or it is not one that
/// has an integer of 64 bits beside it.
pub fn float(text: &[u8]) -> Option<f64> {
    let plain = plain(text)?;
    let number: f64 = plain.parse().ok()?;
    (number.abs() < i64::MAX as f64).then_some(number)
}

/// Returns the number without what only Python takes.
fn plain(text: &[u8]) -> Option<Cow<'_, str>> {
    let text = trim(text);
    let odd = |at: usize| {
        let digit = |at: Option<usize>| {
            let byte = at.and_then(|at| text.get(at));
            byte.is_some_and(u8::is_ascii_digit)
        };
        text[at] == b'_' && !(digit(at.checked_sub(1)) && digit(Some(at + 1)))
    };
    if (0..text.len()).any(odd) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    Some(if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    })
}

/// Returns whether Python takes a byte for white space.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Returns bytes without the white space at their end, as Python's `rstrip` does.
pub fn trim_end(text: &[u8]) -> &[u8] {
    let last = text.iter().rposition(|&byte| !is_space(byte));
    &text[..last.map_or(0, |last| last + 1)]
}

/// Returns bytes without the white space before them, as Python's `lstrip` does.
pub fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte));
    &text[start.unwrap_or(text.len())..]
}

/// Returns bytes without the white space around them, as Python's `strip` does.
pub fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// Returns lines that end as Python's `splitlines` has it, without their ends.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let end = end.unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = match after {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => after,
        };
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python() {
        assert_eq!(integer(b"12"), Some(12));
        assert_eq!(integer(b" +1_0\n"), Some(10));
        assert_eq!(integer(b"\x0b-007 "), Some(-7));
        for bad in [
            &b""[..],
            b"_1",
            b"1_",
            b"1__0",
            b"- 1",
            b"1.0",
            b"\xff",
            b"0x1",
        ] {
            assert_eq!(integer(bad), None, "{bad:?}");
        }
        assert_eq!(float(b" 1_0.5e1 "), Some(105.0));
        assert_eq!(float(b"-.5"), Some(-0.5));
        for bad in [&b"nan"[..], b"-inf", b"1e19", b"", b".", b"1_.0"] {
            assert_eq!(float(bad), None, "{bad:?}");
        }
        assert_eq!(trim(b" \x0c "), b"");
    }
}
