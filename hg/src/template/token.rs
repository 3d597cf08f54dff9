// SPDX-License-Identifier: GPL-2.0-or-later

//! From text to tokens: outside of braces there is text, inside of them expressions, in the quotes
//! of which there is text again.

use vermilion_core::text::is_space;

use super::parser::{MAX_DEPTH, expression, too_deep};
use super::tree::Tree;
use crate::text::unescape;
use crate::{Error, Result};

/// A token of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// One of `(=,).%|+-*/`.
    Sign(u8),
    /// Digits.
    Integer(Vec<u8>),
    /// A name.
    Symbol(Vec<u8>),
    /// A text, or the template that is in quotes.
    Text(Tree),
    /// The end, which is the closing brace of an expression.
    End,
}

/// Reads the tokens of one expression, one after the other.
pub(super) struct Tokens<'t> {
    text: &'t [u8],
    /// The place of the next token, and once the end was met, of that.
    pub(super) at: usize,
    closes: bool,
    depth: usize,
}

impl<'t> Tokens<'t> {
    /// Reads from `at` on, up to a closing brace if `closes`, else to the end of the text.
    pub(super) fn new(text: &'t [u8], at: usize, closes: bool, depth: usize) -> Tokens<'t> {
        Tokens {
            text,
            at,
            closes,
            depth,
        }
    }

    /// Returns the next token and where it is; after the last one, ends.
    pub(super) fn next(&mut self) -> Result<(Token, usize)> {
        while self.text.get(self.at).copied().is_some_and(is_space) {
            self.at += 1;
        }
        let at = self.at;
        let token = match &self.text[at..] {
            [] if self.closes => {
                return Err(Error::parse("unterminated template expansion", at));
            }
            [] => Token::End,
            [sign, ..] if b"(=,).%|+-*/".contains(sign) => {
                self.at += 1;
                Token::Sign(*sign)
            }
            [quote @ (b'"' | b'\''), ..] => {
                let (tree, end) = scan(self.text, at + 1, Some(*quote), self.depth + 1)?;
                self.at = end;
                Token::Text(tree)
            }
            [b'r', b'"' | b'\'', ..] => self.raw()?,
            [b'\\', b'"' | b'\'', ..] => self.escaped(at, false)?,
            [b'r', b'\\', b'"' | b'\'', ..] => self.escaped(at + 1, true)?,
            [b'0'..=b'9', ..] => Token::Integer(self.while_true(|byte| byte.is_ascii_digit())),
            [byte, ..] if byte.is_ascii_alphanumeric() || *byte == b'_' => {
                Token::Symbol(self.while_true(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            }
            [b'}', ..] if self.closes => Token::End,
            _ => return Err(Error::parse("syntax error", at)),
        };
        Ok((token, at))
    }

    fn while_true(&mut self, is_part: impl Fn(u8) -> bool) -> Vec<u8> {
        let rest = &self.text[self.at..];
        let end = rest.iter().position(|&byte| !is_part(byte));
        let part = &rest[..end.unwrap_or(rest.len())];
        self.at += part.len();
        part.to_vec()
    }

    /// Reads a text in which nothing but the quote is special, not even a backslash, which only
    /// keeps the quote behind it from being one.
    fn raw(&mut self) -> Result<Token> {
        let (quote, start) = (self.text[self.at + 1], self.at + 2);
        let mut end = start;
        while let Some(&byte) = self.text.get(end) {
            if byte == b'\\' {
                end += 2;
            } else if byte == quote {
                self.at = end + 1;
                return Ok(Token::Text(Tree::String(self.text[start..end].to_vec())));
            } else {
                end += 1;
            }
        }
        Err(Error::parse("unterminated string", start))
    }

    /// Reads what is in quotes with a backslash before each, as old templates have them inside of
    /// others.
    fn escaped(&mut self, at: usize, is_raw: bool) -> Result<Token> {
        let (quote, start) = (&self.text[at..at + 2], at + 2);
        let mut end = start;
        while end < self.text.len() {
            let rest = &self.text[end..];
            if rest.starts_with(br"\\\") {
                end += 4;
            } else if rest.starts_with(quote) {
                let inside = unescape(&self.text[start..end]).map_err(Error::unsupported)?;
                self.at = end + 2;
                return Ok(Token::Text(if is_raw {
                    Tree::String(inside)
                } else {
                    scan(&inside, 0, None, self.depth + 1)?.0
                }));
            } else {
                end += 1;
            }
        }
        Err(Error::parse("unterminated string", start))
    }
}

/// Reads texts and expressions up to a quote, or to the end of the text; returns where it is.
pub(super) fn scan(
    text: &[u8],
    start: usize,
    quote: Option<u8>,
    depth: usize,
) -> Result<(Tree, usize)> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    let mut parts = Vec::new();
    let mut plain = Vec::new();
    let mut at = start;
    loop {
        let rest = &text[at..];
        let next = rest
            .iter()
            .position(|&byte| byte == b'{' || Some(byte) == quote);
        let Some(len) = next else {
            if quote.is_some() {
                return Err(Error::parse("unterminated string", start));
            }
            plain.extend(unescape(rest).map_err(Error::unsupported)?);
            at = text.len();
            break;
        };
        let before = &rest[..len];
        let backslashes = before.iter().rev().take_while(|&&byte| byte == b'\\');
        if backslashes.count() % 2 == 1 {
            plain.extend(unescape(&before[..len - 1]).map_err(Error::unsupported)?);
            plain.push(rest[len]);
            at += len + 1;
            continue;
        }
        plain.extend(unescape(before).map_err(Error::unsupported)?);
        at += len;
        if text[at] != b'{' {
            at += 1;
            break;
        }
        let (tree, end) = expression(Tokens::new(text, at + 1, true, depth + 1), depth + 1)?;
        if text.get(end) != Some(&b'}') {
            return Err(Error::parse("invalid token", end));
        }
        match tree {
            // Text in braces is text.
            Tree::String(text) => plain.extend(text),
            tree => {
                if !plain.is_empty() {
                    parts.push(Tree::String(std::mem::take(&mut plain)));
                }
                parts.push(tree);
            }
        }
        at = end + 1;
    }
    if !plain.is_empty() {
        parts.push(Tree::String(plain));
    }
    let tree = match &parts[..] {
        [] => Tree::String(Vec::new()),
        [Tree::String(_)] => parts.swap_remove(0),
        _ => Tree::Template(parts),
    };
    Ok((tree, at))
}
