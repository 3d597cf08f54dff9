//! From a pattern's text to its tree.

use super::tree::{Node, Set};

type Result<T> = std::result::Result<T, String>;

/// Groups in groups; Python's own limit is further away.
const MAX_DEPTH: usize = 60;

/// A larger number of repetitions is refused: automata repeat by copying.
const MAX_REPEAT: u32 = 1000;

/// Parses a whole pattern.
pub(super) fn parse(pattern: &[u8]) -> Result<Node> {
    let mut parser = Parser { rest: pattern };
    let node = parser.either(Flags::default(), 0)?;
    match parser.rest.is_empty() {
        true => Ok(node),
        false => Err("unbalanced parenthesis".to_owned()),
    }
}

/// The flags that hold for a part of a pattern.
#[derive(Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    dot_all: bool,
}

impl Flags {
    fn set(&self, set: Set) -> Set {
        match self.ignore_case {
            true => set.any_case(),
            false => set,
        }
    }

    fn node(&self, set: Set) -> Node {
        Node::Set(self.set(set))
    }
}

/// What comes next, and how often.
enum Quantifier {
    None,
    Times(u32, Option<u32>),
}

struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn take(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Branches, up to the end or a closing parenthesis.
    fn either(&mut self, flags: Flags, depth: usize) -> Result<Node> {
        if depth > MAX_DEPTH {
            return Err("too many nested groups".to_owned());
        }
        let mut branches = vec![self.sequence(flags, depth)?];
        while self.take(b"|") {
            branches.push(self.sequence(flags, depth)?);
        }
        Ok(Node::either(branches))
    }

    fn sequence(&mut self, flags: Flags, depth: usize) -> Result<Node> {
        let mut parts = Vec::new();
        while let Some(byte) = self.peek() {
            if byte == b'|' || byte == b')' {
                break;
            }
            let part = self.atom(flags, depth)?;
            parts.push(self.repeated(part)?);
        }
        Ok(Node::sequence(parts))
    }

    fn atom(&mut self, flags: Flags, depth: usize) -> Result<Node> {
        let Some(byte) = self.next() else {
            return Err("unexpected end".to_owned());
        };
        Ok(match byte {
            b'*' | b'+' | b'?' => return Err("nothing to repeat".to_owned()),
            b'{' => match self.counts()? {
                Some(_) => return Err("nothing to repeat".to_owned()),
                None => Node::Set(Set::one(byte)),
            },
            b'.' if flags.dot_all => Node::Set(Set::default().complement()),
            b'.' => Node::Set(Set::one(b'\n').complement()),
            b'^' => Node::Start,
            b'$' => Node::EndOrLineFeed,
            b'[' => self.class(flags)?,
            b'(' => self.group(flags, depth)?,
            b'\\' => self.escape(flags)?,
            _ => flags.node(Set::one(byte)),
        })
    }

    /// What follows the backslash, outside of a class.
    fn escape(&mut self, flags: Flags) -> Result<Node> {
        let position = match self.peek() {
            Some(b'A') => Node::Start,
            Some(b'b') => Node::WordBoundary,
            Some(b'Z') => Node::End,
            _ => return Ok(flags.node(self.escaped_set()?)),
        };
        self.next();
        Ok(position)
    }

    /// The escapes that mean the same everywhere.
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
            b'0'..=b'9' => return Err("an octal number or a back-reference".to_owned()),
            byte if byte.is_ascii_alphabetic() => {
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

    /// A part with the quantifier that follows it.
    fn repeated(&mut self, part: Node) -> Result<Node> {
        let Quantifier::Times(min, max) = self.quantifier()? else {
            return Ok(part);
        };
        // `a*?` finds another match first, but the same ones.
        self.take(b"?");
        if let Quantifier::Times(..) = self.quantifier()? {
            return Err("a quantifier after another one".to_owned());
        }
        if matches!(
            part,
            Node::Start | Node::End | Node::EndOrLineFeed | Node::WordBoundary
        ) {
            return Err("a repeated position".to_owned());
        }
        if max.is_some_and(|max| max < min) || min > MAX_REPEAT || max > Some(MAX_REPEAT) {
            return Err(format!("{min} or more repetitions, at most {max:?}"));
        }
        if max != Some(1) && max != Some(0) && part.may_be_empty() {
            // How often nothing fits is where regular expression engines differ.
            return Err("a repeated part that can be empty".to_owned());
        }
        let node = Box::new(part);
        Ok(Node::Repeat { node, min, max })
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

    /// The numbers in braces, after the opening one; None, and nothing is
    /// read, if that is an ordinary character.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>> {
        let before = self.rest;
        if self.peek() == Some(b'}') {
            return Ok(None);
        }
        let low = self.number()?;
        let high = match self.take(b",") {
            true => self.number()?,
            false => low,
        };
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

    /// What follows an opening parenthesis, with the closing one.
    fn group(&mut self, mut flags: Flags, depth: usize) -> Result<Node> {
        if self.take(b"?") && !self.take(b":") {
            self.flags(&mut flags)?;
        }
        let inside = self.either(flags, depth + 1)?;
        match self.take(b")") {
            true => Ok(inside),
            false => Err("missing )".to_owned()),
        }
    }

    /// Flags for a group, with the colon.
    fn flags(&mut self, flags: &mut Flags) -> Result<()> {
        let before = self.rest;
        let mut on = true;
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        loop {
            match (self.next(), on) {
                (Some(b':'), _) => break,
                (Some(b'-'), true) => on = false,
                (Some(flag @ (b'i' | b's' | b'a')), true) => added.push(flag),
                (Some(flag @ (b'i' | b's')), false) => removed.push(flag),
                _ => {
                    let shown = before.iter().take(8).copied().collect::<Vec<_>>();
                    return Err(format!("(?{}", shown.escape_ascii()));
                }
            }
        }
        let both = added.iter().any(|flag| removed.contains(flag));
        if both || (!on && removed.is_empty()) {
            return Err("flags on and off".to_owned());
        }
        flags.ignore_case |= added.contains(&b'i');
        flags.ignore_case &= !removed.contains(&b'i');
        flags.dot_all |= added.contains(&b's');
        flags.dot_all &= !removed.contains(&b's');
        Ok(())
    }

    /// A set of bytes, after the opening bracket.
    fn class(&mut self, flags: Flags) -> Result<Node> {
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
        Ok(Node::Set(if negated { set.complement() } else { set }))
    }

    fn class_member(&mut self) -> Result<Set> {
        match self.next() {
            None => Err("unterminated set".to_owned()),
            Some(b'\\') if self.take(b"b") => Ok(Set::one(0x08)),
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
