// SPDX-License-Identifier: GPL-2.0-or-later

//! Escapes, and sets in brackets.

use super::parse::{Flags, Parser, Result};
use super::set::Set;
use super::tree::{Expr, Position, Reference};

impl Parser<'_> {
    /// Returns what follows the backslash, outside of a class.
    pub(super) fn escape(&mut self, flags: Flags) -> Result<Expr> {
        let position = match self.peek() {
            Some(b'A') => Position::Start,
            Some(b'b') => Position::WordBoundary,
            Some(b'Z') => Position::End,
            Some(b'1'..=b'9') => return self.number_escape(flags),
            _ => return Ok(flags.node(self.escaped_set()?)),
        };
        self.next();
        Ok(Expr::At(position))
    }

    /// Reads a number: up to two digits are a group's number; three are a byte if they may be octal.
    fn number_escape(&mut self, flags: Flags) -> Result<Expr> {
        let octal = |digit: &u8| (b'0'..=b'7').contains(digit);
        if self.rest.len() >= 3 && self.rest[..3].iter().all(octal) {
            return Ok(flags.node(Set::one(self.octal(3)?)));
        }
        let digits = self.rest.iter().take(2).take_while(|b| b.is_ascii_digit());
        let number = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        self.rest = &self.rest[if number > 9 { 2 } else { 1 }..];
        let Some(group) = self.groups.number(number)? else {
            return Ok(Expr::never());
        };
        self.reference(group, flags)
    }

    /// Returns the octal number that comes next, of so many digits at most.
    fn octal(&mut self, most: usize) -> Result<u8> {
        let octal = |digit: &&u8| (b'0'..=b'7').contains(*digit);
        let digits = self.rest.iter().take(most).take_while(octal).count();
        let value = |sum: u32, digit: &u8| sum * 8 + u32::from(digit - b'0');
        let number = self.rest[..digits].iter().fold(0, value);
        self.rest = &self.rest[digits..];
        u8::try_from(number).map_err(|_| "an octal number above 0o377".to_owned())
    }

    /// Returns a reference to a group of this pattern.
    pub(super) fn reference(&mut self, group: u32, flags: Flags) -> Result<Expr> {
        let may_be_empty = self.groups.refer(group)?;
        Ok(Expr::Reference(Reference {
            group,
            ignore_case: flags.ignore_case,
            may_be_empty,
        }))
    }

    /// Reads an escape that means the same everywhere.
    fn escaped_set(&mut self) -> Result<Set> {
        let Some(byte) = self.next() else {
            return Err("a backslash at the end".to_owned());
        };
        Ok(match byte {
            b'd' => digits(),
            b'D' => digits().complement(),
            b's' => spaces(),
            b'S' => spaces().complement(),
            b'w' => words(),
            b'W' => words().complement(),
            b'a' => Set::one(0x07),
            b'f' => Set::one(0x0c),
            b'n' => Set::one(b'\n'),
            b'r' => Set::one(b'\r'),
            b't' => Set::one(b'\t'),
            b'v' => Set::one(0x0b),
            b'x' => Set::one(self.hexadecimal()?),
            b'0' => Set::one(self.octal(2)?),
            byte if byte.is_ascii_alphanumeric() => {
                return Err(format!("\\{}", char::from(byte)));
            }
            byte => Set::one(byte),
        })
    }

    fn hexadecimal(&mut self) -> Result<u8> {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (digit(self.next()), digit(self.next())) {
            (Some(high), Some(low)) => Ok((high * 16 + low) as u8),
            _ => Err("\\x without two digits".to_owned()),
        }
    }

    /// Returns a set of bytes, after the opening bracket.
    pub(super) fn class(&mut self, flags: Flags) -> Result<Expr> {
        if self.peek() == Some(b'[') {
            return Err("a bracket at the beginning of a set".to_owned());
        }
        let negated = self.take(b"^");
        let mut set = Set::default();
        let mut first = true;
        loop {
            if self.peek() == Some(b']') && !first {
                self.next();
                break;
            }
            // Python warns that these may get a meaning.
            if !first && doubled(self.rest) {
                return Err("doubled punctuation in a set".to_owned());
            }
            first = false;
            let low = self.class_member()?;
            if self.peek() != Some(b'-') {
                set = set.union(&low);
                continue;
            }
            self.next();
            match self.peek() {
                Some(b']') => {
                    set = set.union(&low);
                    set.add(b'-');
                }
                Some(b'-') => return Err("doubled punctuation in a set".to_owned()),
                _ => set = set.union(&range(&low, &self.class_member()?)?),
            }
        }
        let set = flags.set(set);
        Ok(Expr::set(if negated { set.complement() } else { set }))
    }

    fn class_member(&mut self) -> Result<Set> {
        match self.next() {
            None => Err("unterminated set".to_owned()),
            Some(b'\\') if self.take(b"b") => Ok(Set::one(0x08)),
            Some(b'\\') if matches!(self.peek(), Some(b'1'..=b'7')) => Ok(Set::one(self.octal(3)?)),
            Some(b'\\') => self.escaped_set(),
            Some(byte) => Ok(Set::one(byte)),
        }
    }
}

fn doubled(rest: &[u8]) -> bool {
    matches!(
        rest,
        [b'-', b'-', ..] | [b'&', b'&', ..] | [b'~', b'~', ..] | [b'|', b'|', ..]
    )
}

fn range(low: &Set, high: &Set) -> Result<Set> {
    match (low.single(), high.single()) {
        (Some(low), Some(high)) if low <= high => Ok(Set::of(low..=high)),
        _ => Err("a bad range in a set".to_owned()),
    }
}

fn digits() -> Set {
    Set::of(b'0'..=b'9')
}

fn spaces() -> Set {
    Set::of(b" \t\n\r\x0b\x0c".iter().copied())
}

fn words() -> Set {
    let letters = Set::of(b'a'..=b'z').any_case();
    let mut words = letters.union(&digits());
    words.add(b'_');
    words
}
