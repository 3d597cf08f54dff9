// SPDX-License-Identifier: GPL-2.0-or-later

//! What is recorded of a changeset besides all that has a place of its own: keys and values.
//!
//! Items `key:value` with `\0` between them. In them, a backslash is `\\`, a newline `\n`, a
//! carriage return `\r` and a NUL `\0`. Mercurial reads them by Python's codec
//! `string_escape`, so that everything else that this knows is read as well.

use std::borrow::Cow;

use memchr::memchr;

/// The branch of a changeset that does not name one.
pub const DEFAULT_BRANCH: &[u8] = b"default";

/// The key of changesets that close their branch.
pub(super) const CLOSE: &[u8] = b"close";

/// A key and its value.
pub(super) type Item<'t> = (Cow<'t, [u8]>, Cow<'t, [u8]>);

/// Returns the items; says what is wrong with one that is none.
pub(super) fn items(text: &[u8]) -> impl Iterator<Item = Result<Item<'_>, String>> {
    let items = text.split(|&byte| byte == 0);
    items.filter(|item| !item.is_empty()).map(item)
}

fn item(text: &[u8]) -> Result<Item<'_>, String> {
    let bad = || format!("{:?} is not an extra", String::from_utf8_lossy(text));
    if memchr(b'\\', text).is_none() {
        let colon = memchr(b':', text).ok_or_else(bad)?;
        return Ok((text[..colon].into(), text[colon + 1..].into()));
    }
    let mut key = unescape(text).ok_or_else(bad)?;
    let colon = memchr(b':', &key).ok_or_else(bad)?;
    let value = key.split_off(colon + 1);
    key.pop();
    Ok((key.into(), value.into()))
}

/// Returns text without escapes, `None` if a backslash has not what belongs to it.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        plain.extend(&rest[..at]);
        let (&escape, after) = rest[at + 1..].split_first()?;
        rest = after;
        let byte = match escape {
            b'0' => 0,
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'1'..=b'7' => {
                let is_octal = |byte: &&u8| matches!(byte, b'0'..=b'7');
                let more = rest.iter().take(2).take_while(is_octal).count();
                let (digits, after) = rest.split_at(more);
                rest = after;
                let add = |value, digit: &u8| value * 8 + u32::from(digit - b'0');
                digits.iter().fold(u32::from(escape - b'0'), add) as u8
            }
            b'x' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let digit = |at: usize| char::from(digits[at]).to_digit(16);
                (digit(0)? * 16 + digit(1)?) as u8
            }
            b'\\' | b'\'' | b'"' => escape,
            _ => {
                plain.push(b'\\');
                escape
            }
        };
        plain.push(byte);
    }
    plain.extend(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Option<Vec<(String, String)>> {
        let string = |bytes: Cow<'_, [u8]>| bytes.iter().map(|&byte| char::from(byte)).collect();
        items(text.as_bytes())
            .map(|item| item.ok().map(|(key, value)| (string(key), string(value))))
            .collect()
    }

    fn one(text: &str) -> Option<(String, String)> {
        all(text)?.into_iter().next()
    }

    #[test]
    fn escapes() {
        let pair = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
        assert_eq!(one("a:b"), pair("a", "b"));
        assert_eq!(one(":"), pair("", ""));
        assert_eq!(one("a:b:c"), pair("a", "b:c"));
        assert_eq!(one(r"a\\:\n\r\0"), pair(r"a\", "\n\r\0"));
        // NUL and digits, not an octal number
        assert_eq!(one(r"a:\012"), pair("a", "\x0012"));
        assert_eq!(one(r"a:\\012"), pair("a", r"\012"));
        assert_eq!(one(r"a:\\\012"), pair("a", "\\\x0012"));
        assert_eq!(one(r"a:\101\x41\7z"), pair("a", "AA\x07z"));
        assert_eq!(one(r"a\x3ab"), pair("a", "b"));
        assert_eq!(one(r"a:\q"), pair("a", r"\q"));
        assert_eq!(all("a:b\0\0c:d\0").unwrap().len(), 2);
        assert_eq!(all("").unwrap().len(), 0);
        for bad in ["a", r"a:\", r"a:\x", r"a:\x4", r"a:\xg0", "a:b\0c"] {
            assert_eq!(all(bad), None, "{bad}");
        }
    }
}
