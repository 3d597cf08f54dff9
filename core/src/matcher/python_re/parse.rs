// SPDX-License-Identifier: GPL-2.0-or-later

//! From a pattern's text to its tree.

use super::group::{Groups, Joined};
use super::set::Set;
use super::tree::{Expr, Position, Repeat};

pub(super) type Result<T> = std::result::Result<T, String>;

/// Groups in groups; Python's own limit is further away.
pub(super) const MAX_DEPTH: usize = 60;

/// A larger number of repetitions is refused: automata repeat by copying.
const MAX_REPEAT: u32 = 1000;

/// Parses a whole pattern, which gets joined to what there is.
pub(super) fn parse(pattern: &[u8], joined: &mut Joined) -> Result<Expr> {
    // Hardly any pattern refers to its groups, and without groups more can be made of it.
    let mut parser = Parser::new(pattern, joined, false);
    let mut node = parser.whole();
    if parser.groups.would_matter {
        parser = Parser::new(pattern, joined, true);
        node = parser.whole();
    }
    let added = parser.groups.into_added();
    if node.is_ok() {
        joined.add(added);
    }
    node
}

/// Parses a pattern of which it matters which match is found.
pub(super) fn parse_for_search(pattern: &[u8], flags: Flags) -> Result<Expr> {
    let joined = Joined::default();
    let mut parser = Parser::new(pattern, &joined, true);
    let node = parser.either(flags, 0)?;
    match parser.rest {
        [] => Ok(node),
        _ => Err("unbalanced parenthesis".to_owned()),
    }
}

/// The flags that hold for a part of a pattern.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) verbose: bool,
}

impl Flags {
    pub(super) fn set(&self, set: Set) -> Set {
        if self.ignore_case {
            set.any_case()
        } else {
            set
        }
    }

    pub(super) fn node(&self, set: Set) -> Expr {
        Expr::set(self.set(set))
    }
}

/// A quantifier: the number of times that a part may come.
enum Quantifier {
    None,
    Times(u32, Option<u32>),
}

pub(super) struct Parser<'a> {
    pub(super) rest: &'a [u8],
    pub(super) groups: Groups<'a>,
}

impl<'a> Parser<'a> {
    fn new(pattern: &'a [u8], joined: &'a Joined, groups_matter: bool) -> Parser<'a> {
        Parser {
            rest: pattern,
            groups: Groups::new(joined, groups_matter),
        }
    }

    fn whole(&mut self) -> Result<Expr> {
        let node = self.either(Flags::default(), 0)?;
        if self.rest.is_empty() {
            Ok(node)
        } else {
            Err("unbalanced parenthesis".to_owned())
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Branches, up to the end or a closing parenthesis.
    pub(super) fn either(&mut self, flags: Flags, depth: usize) -> Result<Expr> {
        if depth > MAX_DEPTH {
            return Err("too many nested groups".to_owned());
        }
        let mut branches = vec![self.sequence(flags, depth)?];
        while self.take(b"|") {
            branches.push(self.sequence(flags, depth)?);
        }
        Ok(Expr::either(branches))
    }

    pub(super) fn sequence(&mut self, flags: Flags, depth: usize) -> Result<Expr> {
        let mut parts = Vec::new();
        loop {
            self.skip(flags);
            if matches!(self.peek(), None | Some(b'|' | b')')) {
                break;
            }
            let first_group = self.groups.count();
            let is_plain = !matches!(self.peek(), Some(b'('));
            let part = self.atom(flags, depth)?;
            if is_plain && matches!(part, Expr::At(_)) && self.is_repeated(flags)? {
                return Err("a repeated position".to_owned());
            }
            parts.push(self.repeated(part, first_group, flags)?);
        }
        Ok(Expr::sequence(parts))
    }

    /// Skips what means nothing with the flag `x`.
    fn skip(&mut self, flags: Flags) {
        while let (true, Some(byte)) = (flags.verbose, self.peek()) {
            let length = match byte {
                b' ' | b'\t'..=b'\r' => 1,
                b'#' => {
                    let end = self.rest.iter().position(|&byte| byte == b'\n');
                    end.map_or(self.rest.len(), |end| end + 1)
                }
                _ => break,
            };
            self.rest = &self.rest[length..];
        }
    }

    fn atom(&mut self, flags: Flags, depth: usize) -> Result<Expr> {
        let Some(byte) = self.next() else {
            return Err("unexpected end".to_owned());
        };
        Ok(match byte {
            b'*' | b'+' | b'?' => return Err("nothing to repeat".to_owned()),
            b'{' => match self.counts()? {
                Some(_) => return Err("nothing to repeat".to_owned()),
                None => Expr::Byte(byte),
            },
            b'.' if flags.dot_all => Expr::set(Set::default().complement()),
            b'.' => Expr::set(Set::one(b'\n').complement()),
            b'^' if flags.multi_line => Expr::At(Position::LineStart),
            b'^' => Expr::At(Position::Start),
            b'$' if flags.multi_line => Expr::At(Position::LineEnd),
            b'$' => Expr::At(Position::EndOrLineFeed),
            b'[' => self.class(flags)?,
            b'(' => self.group(flags, depth)?,
            b'\\' => self.escape(flags)?,
            _ => flags.node(Set::one(byte)),
        })
    }

    /// Returns a part with the quantifier that follows it; its groups begin with that one.
    fn repeated(&mut self, part: Expr, first_group: usize, flags: Flags) -> Result<Expr> {
        self.skip(flags);
        let Quantifier::Times(min, max) = self.quantifier()? else {
            return Ok(part);
        };
        // `a*?` finds another match first, but the same ones.
        let lazy = self.take(b"?") && self.groups.matter;
        self.skip(flags);
        if let Quantifier::Times(..) = self.quantifier()? {
            return Err("a quantifier after another one".to_owned());
        }
        if max.is_some_and(|max| max < min) || min > MAX_REPEAT || max > Some(MAX_REPEAT) {
            return Err(format!("{min} or more repetitions, at most {max:?}"));
        }
        if max != Some(1) && max != Some(0) {
            if part.may_be_empty() {
                // How often nothing fits is where regular expression engines differ.
                return Err("a repeated part that can be empty".to_owned());
            }
            self.groups.repeated(first_group)?;
        }
        Ok(Expr::Repeat(Box::new(Repeat {
            node: part,
            min,
            max,
            lazy,
        })))
    }

    /// Returns whether there is a quantifier.
    fn is_repeated(&mut self, flags: Flags) -> Result<bool> {
        self.skip(flags);
        let before = self.rest;
        let found = self.quantifier()?;
        self.rest = before;
        Ok(matches!(found, Quantifier::Times(..)))
    }

    fn quantifier(&mut self) -> Result<Quantifier> {
        let (min, max) = match self.peek() {
            Some(b'?') => (0, Some(1)),
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'{') => {
                let before = self.rest;
                self.rest = &self.rest[1..];
                return Ok(match self.counts()? {
                    Some((min, max)) => Quantifier::Times(min, max),
                    None => {
                        self.rest = before;
                        Quantifier::None
                    }
                });
            }
            _ => return Ok(Quantifier::None),
        };
        self.rest = &self.rest[1..];
        Ok(Quantifier::Times(min, max))
    }

    /// Returns the numbers in braces, after the opening one; None, and nothing is
    /// read, if that is an ordinary character.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>> {
        let before = self.rest;
        if self.peek() == Some(b'}') {
            return Ok(None);
        }
        let low = self.number()?;
        let high = if self.take(b",") { self.number()? } else { low };
        if !self.take(b"}") {
            self.rest = before;
            return Ok(None);
        }
        Ok(Some((low.unwrap_or(0), high)))
    }

    fn number(&mut self) -> Result<Option<u32>> {
        let mut value = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            self.rest = &self.rest[1..];
            let more = value.unwrap_or(0) * 10 + u32::from(digit - b'0');
            if more > 10 * MAX_REPEAT {
                return Err("a large number in braces".to_owned());
            }
            value = Some(more);
        }
        Ok(value)
    }
}
