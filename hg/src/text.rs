// SPDX-License-Identifier: GPL-2.0-or-later

//! Texts as Mercurial treats them: escapes, case, patterns for names and descriptions.

use std::borrow::Cow;

use memchr::memmem;
use vermilion_core::matcher::python_re::PythonRegex;

use crate::{Error, Result};

/// Returns what Python's codec `escape_decode` makes of a text; says what is wrong with it.
pub(crate) fn unescape(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let Some(&escape) = text.get(at) else {
            return Err("trailing \\ in string".into());
        };
        at += 1;
        let made = match escape {
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => escape,
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'0'..=b'7' => {
                let digits = text[at - 1..].iter().take(3);
                let digits = digits.take_while(|digit| matches!(digit, b'0'..=b'7'));
                let (len, value) = digits.fold((0, 0u32), |(len, value), digit| {
                    (len + 1, value * 8 + u32::from(digit - b'0'))
                });
                at += len - 1;
                value as u8
            }
            b'x' => {
                let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
                let (Some(high), Some(low)) = (digit(at), digit(at + 1)) else {
                    return Err(format!("invalid \\x escape at position {}", at - 2));
                };
                at += 2;
                (high * 16 + low) as u8
            }
            _ => {
                plain.push(b'\\');
                escape
            }
        };
        plain.push(made);
    }
    Ok(plain)
}

/// Returns a text in lower case: UTF-8 by Unicode's rules, other bytes by ASCII's.
pub(crate) fn lower(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    match std::str::from_utf8(text) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => text.to_ascii_lowercase(),
    }
}

/// Returns a text of a changeset as Mercurial shows it: what is not UTF-8 is taken for Latin-1.
pub(crate) fn shown(text: &[u8]) -> Cow<'_, [u8]> {
    if std::str::from_utf8(text).is_ok() {
        return Cow::Borrowed(text);
    }
    let text: String = text.iter().map(|&byte| char::from(byte)).collect();
    Cow::Owned(text.into_bytes())
}

/// Returns a list of names in an order and with words that people read.
pub(crate) fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// A regular expression that may match anywhere in a text.
#[derive(Debug)]
pub(crate) struct Search(PythonRegex);

impl Search {
    /// Compiles what Python's `re.search` would be given.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what may mean something else to Python, or nothing at all.
    pub(crate) fn new(pattern: &[u8], ignore_case: bool) -> Result<Search> {
        let (mut flags, mut rest): (&[u8], &[u8]) = (b"", pattern);
        if let Some(inner) = pattern.strip_prefix(b"(?") {
            let end = inner.iter().position(|byte| !b"aimsx".contains(byte));
            if let Some(end) = end.filter(|&end| end > 0 && inner[end] == b')') {
                (flags, rest) = (&inner[..end], &inner[end + 1..]);
            }
        }
        let refused = |reason: String| {
            Error::unsupported(format!(
                "the regular expression '{}': {reason}",
                lossy(pattern)
            ))
        };
        if flags.contains(&b'x') {
            return Err(refused("the flag x".into()));
        }
        let mut flags: Vec<u8> = flags.iter().copied().filter(|&flag| flag != b'a').collect();
        if ignore_case && !flags.contains(&b'i') {
            flags.push(b'i');
        }
        let whole = [b"(?s:.*)(?", &flags[..], b":", rest, b")"].concat();
        // A bracket that closes ours would make something else of it.
        PythonRegex::new(rest).map_err(refused)?;
        PythonRegex::new(&whole).map(Search).map_err(refused)
    }

    /// Returns whether it matches somewhere.
    pub(crate) fn is_match(&self, text: &[u8]) -> Result<bool> {
        let answer = self.0.is_match(text);
        answer.map_err(|_| Error::unsupported("a regular expression that takes too long"))
    }
}

/// What a text is compared with.
#[derive(Debug)]
pub(crate) enum TextMatcher {
    /// It has to be this.
    Equal(Vec<u8>),
    /// It has to have this in it, in lower case.
    Within(Vec<u8>),
    /// This has to match somewhere.
    Re(Box<Search>),
}

/// Returns the kind of a pattern, `re` or not, and what is behind its prefix.
pub(crate) fn split_pattern(pattern: &[u8]) -> (bool, &[u8]) {
    if let Some(re) = pattern.strip_prefix(b"re:") {
        return (true, re);
    }
    (false, pattern.strip_prefix(b"literal:").unwrap_or(pattern))
}

impl TextMatcher {
    /// Returns the matcher for names, which are compared as a whole.
    pub(crate) fn name(pattern: &[u8]) -> Result<TextMatcher> {
        match split_pattern(pattern) {
            (true, re) => Search::new(re, false).map(Box::new).map(TextMatcher::Re),
            (false, text) => Ok(TextMatcher::Equal(text.to_vec())),
        }
    }

    /// Returns the matcher for users and descriptions, of which a part is enough, in any case.
    pub(crate) fn part(pattern: &[u8]) -> Result<TextMatcher> {
        match split_pattern(pattern) {
            (true, re) => Search::new(re, true).map(Box::new).map(TextMatcher::Re),
            (false, text) => Ok(TextMatcher::Within(lower(text))),
        }
    }

    /// Returns whether a text matches.
    pub(crate) fn matches(&self, text: &[u8]) -> Result<bool> {
        Ok(match self {
            TextMatcher::Equal(other) => text == other,
            TextMatcher::Within(part) => memmem::find(&lower(text), part).is_some(),
            TextMatcher::Re(search) => return search.is_match(text),
        })
    }
}

/// Returns a text in quotes, as Python's `repr` of it.
pub(crate) fn repr(text: &[u8]) -> String {
    let quote = if text.contains(&b'\'') && !text.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut made = String::from(quote);
    for &byte in text {
        match byte {
            b'\\' => made.push_str("\\\\"),
            b'\t' => made.push_str("\\t"),
            b'\n' => made.push_str("\\n"),
            b'\r' => made.push_str("\\r"),
            b' '..=b'~' if char::from(byte) == quote => {
                made.push('\\');
                made.push(quote);
            }
            b' '..=b'~' => made.push(char::from(byte)),
            _ => {
                made.push_str("\\x");
                for digit in [byte >> 4, byte & 15] {
                    made.extend(char::from_digit(digit.into(), 16));
                }
            }
        }
    }
    made.push(quote);
    made
}
/// Returns the name of a user as short as lists have it: of `Ann B. <ann.b@x>`, `ann`.
pub(crate) fn short_user(user: &[u8]) -> &[u8] {
    let mut short = user;
    let until = |text: &[u8], byte: u8| memchr::memchr(byte, text).unwrap_or(text.len());
    short = &short[..until(short, b'@')];
    if let Some(at) = memchr::memchr(b'<', short) {
        short = &short[at + 1..];
    }
    short = &short[..until(short, b' ')];
    &short[..until(short, b'.')]
}
