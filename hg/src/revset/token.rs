// SPDX-License-Identifier: GPL-2.0-or-later

//! From text to tokens.

use std::collections::VecDeque;

use vermilion_core::text::is_space;

use crate::text::unescape;
use crate::{Error, Result};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An operator or a bracket, by what it looks like.
    Sign(&'static str),
    /// A name or number.
    Symbol,
    /// A quoted text.
    String,
    /// The end of the text.
    End,
}

impl Kind {
    /// Returns its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Sign(sign) => sign,
            Kind::Symbol => "symbol",
            Kind::String => "string",
            Kind::End => "end",
        }
    }
}

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: Vec<u8>,
    pub(super) at: usize,
}

impl Token {
    fn sign(sign: &'static str, at: usize) -> Token {
        Token {
            kind: Kind::Sign(sign),
            text: Vec::new(),
            at,
        }
    }

    fn symbol(text: &[u8], at: usize) -> Token {
        Token {
            kind: Kind::Symbol,
            text: text.to_vec(),
            at,
        }
    }
}

/// Tells whether a symbol stands for a revision.
pub(super) type Lookup<'l> = &'l dyn Fn(&[u8]) -> Result<bool>;

/// Reads tokens one after the other: an error comes up only when it is reached.
pub(super) struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
    /// Tokens that were read at once.
    ready: VecDeque<Token>,
    lookup: Option<Lookup<'t>>,
    /// Whether symbols may begin with `$`, as the arguments of aliases do.
    dollars: bool,
}

const SIGNS: [(&[u8], &str); 22] = [
    (b"::", "::"),
    (b"..", ".."),
    (b"##", "##"),
    (b"(", "("),
    (b")", ")"),
    (b"[", "["),
    (b"]", "]"),
    (b"#", "#"),
    (b":", ":"),
    (b"=", "="),
    (b",", ","),
    (b"-", "-"),
    (b"|", "|"),
    (b"&", "&"),
    (b"+", "+"),
    (b"!", "!"),
    (b"~", "~"),
    (b"^", "^"),
    (b"%", "%"),
    (b"and", "and"),
    (b"or", "or"),
    (b"not", "not"),
];
/// The signs that are words come last.
const WORDS: usize = 3;

impl<'t> Tokens<'t> {
    pub(super) fn new(
        text: &'t [u8],
        lookup: Option<Lookup<'t>>,
        dollars: bool,
    ) -> Result<Tokens<'t>> {
        let mut tokens = Tokens {
            text,
            at: 0,
            ready: VecDeque::new(),
            lookup,
            dollars,
        };
        if let Some(lookup) = lookup.filter(|_| !text.is_empty()) {
            tokens.old_range(lookup)?;
        }
        Ok(tokens)
    }

    /// Takes the whole text for the name of a revision, or two of them with a colon in between,
    /// if there are such: names may have characters that are signs.
    fn old_range(&mut self, lookup: Lookup<'_>) -> Result<()> {
        let colon = self.text.iter().position(|&byte| byte == b':');
        let (first, second) = match colon {
            Some(colon) => (&self.text[..colon], &self.text[colon + 1..]),
            None => (self.text, &b""[..]),
        };
        for part in [first, second] {
            if !part.is_empty() && !lookup(part)? {
                return Ok(());
            }
        }
        if !first.is_empty() {
            self.ready.push_back(Token::symbol(first, 0));
        }
        if let Some(colon) = colon {
            self.ready.push_back(Token::sign(":", colon));
            if !second.is_empty() {
                self.ready.push_back(Token::symbol(second, colon + 1));
            }
        }
        self.at = self.text.len();
        Ok(())
    }

    /// Returns the next token; after the last one, ends.
    pub(super) fn next(&mut self) -> Result<Token> {
        loop {
            if let Some(token) = self.ready.pop_front() {
                return Ok(token);
            }
            let rest = &self.text[self.at..];
            let Some(&byte) = rest.first() else {
                return Ok(Token {
                    kind: Kind::End,
                    text: Vec::new(),
                    at: self.at,
                });
            };
            let at = self.at;
            if is_space(byte) {
                self.at += 1;
                continue;
            }
            let mut signs = SIGNS[..SIGNS.len() - WORDS].iter();
            if let Some(&(sign, name)) = signs.find(|(sign, _)| rest.starts_with(sign)) {
                self.at += sign.len();
                return Ok(Token::sign(name, at));
            }
            match rest {
                [b'"' | b'\'', ..] => return self.string(at + 1, false),
                [b'r', b'"' | b'\'', ..] => return self.string(at + 2, true),
                _ if self.begins_symbol(byte) => self.symbol()?,
                _ => {
                    let text = String::from_utf8_lossy(self.text);
                    return Err(Error::parse(format!("syntax error in revset '{text}'"), at));
                }
            }
        }
    }

    /// Reads a text after the quote that opens it.
    fn string(&mut self, start: usize, raw: bool) -> Result<Token> {
        let quote = self.text[start - 1];
        let mut end = start;
        while let Some(&byte) = self.text.get(end) {
            if byte == b'\\' {
                end += 2;
                continue;
            }
            if byte == quote {
                self.at = end + 1;
                let inside = &self.text[start..end];
                let text = if raw {
                    inside.to_vec()
                } else {
                    unescape(inside).map_err(|message| Error::parse(message, None))?
                };
                return Ok(Token {
                    kind: Kind::String,
                    text,
                    at: start,
                });
            }
            end += 1;
        }
        Err(Error::parse("unterminated string", start))
    }

    fn begins_symbol(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'@' | 0x80..)
            || (self.dollars && byte == b'$')
    }

    /// Reads a symbol, which is several tokens if it has a minus and is no name.
    fn symbol(&mut self) -> Result<()> {
        let (text, start) = (self.text, self.at);
        let mut end = start + 1;
        while let Some(&byte) = text.get(end) {
            let goes_on = byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'_' | b'@' | b'-' | b'/' | 0x80..);
            if !goes_on {
                break;
            }
            // two dots are a sign
            if byte == b'.' && text[end - 1] == b'.' {
                end -= 1;
                break;
            }
            end += 1;
        }
        self.at = end;
        let symbol = &text[start..end];
        let mut words = SIGNS[SIGNS.len() - WORDS..].iter();
        if let Some(&(_, word)) = words.find(|(word, _)| *word == symbol) {
            self.ready.push_back(Token::sign(word, start));
            return Ok(());
        }
        let is_name = match self.lookup {
            _ if !symbol.contains(&b'-') => true,
            Some(lookup) => lookup(symbol)?,
            None => false,
        };
        if is_name {
            self.ready.push_back(Token::symbol(symbol, start));
            return Ok(());
        }
        let mut at = start;
        for (number, part) in symbol.split(|&byte| byte == b'-').enumerate() {
            if number > 0 {
                self.ready.push_back(Token::sign("-", at - 1));
            }
            if !part.is_empty() {
                self.ready.push_back(Token::symbol(part, at));
            }
            at += part.len() + 1;
        }
        Ok(())
    }
}
