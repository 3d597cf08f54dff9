// SPDX-License-Identifier: GPL-2.0-or-later

//! From text to trees.

use crate::text::unescape;
use crate::{Error, Result};

/// More levels are not read: the stack is not endless.
const MAX_DEPTH: usize = 100;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A name, or a pattern.
    Symbol(Vec<u8>),
    /// A quoted text, which is a pattern as well.
    String(Vec<u8>),
    /// A pattern with its kind.
    Pattern(Vec<u8>),
    /// The files that are not in a set.
    Not(Box<Tree>),
    /// Those in both.
    And(Box<Tree>, Box<Tree>),
    /// Those in either.
    Or(Box<Tree>, Box<Tree>),
    /// Arguments.
    List(Vec<Tree>),
    /// A function by its name, with its arguments.
    Call(Vec<u8>, Vec<Tree>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// An operator or a bracket; words by their signs.
    Sign(u8),
    Symbol(Vec<u8>),
    String(Vec<u8>),
    End,
}

/// Returns how strongly an operator binds what is before it.
fn strength(token: &Token) -> u8 {
    match token {
        Token::Sign(b'(') => 20,
        Token::Sign(b':') => 15,
        Token::Sign(b'-' | b'&') => 5,
        Token::Sign(b'|') => 4,
        Token::Sign(b',') => 2,
        _ => 0,
    }
}

/// Returns the tree of an expression.
///
/// # Errors
/// [`Error::Unsupported`] for what is none, or nested too deeply.
pub fn parse(text: &[u8]) -> Result<Tree> {
    let mut parser = Parser {
        text,
        at: 0,
        current: Token::End,
        depth: 0,
    };
    parser.advance()?;
    let tree = parser.expression(0)?;
    match parser.current {
        Token::End => Ok(tree),
        _ => Err(wrong()),
    }
}

pub(super) fn wrong() -> Error {
    Error::unsupported("a fileset that is none")
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    current: Token,
    depth: usize,
}

impl Parser<'_> {
    /// Goes on by a token, and returns the one before.
    fn advance(&mut self) -> Result<Token> {
        let next = self.token()?;
        Ok(std::mem::replace(&mut self.current, next))
    }

    fn token(&mut self) -> Result<Token> {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
        let rest = &self.text[self.at..];
        self.at += rest.iter().take_while(|byte| is_space(byte)).count();
        let rest = &self.text[self.at..];
        let Some(&first) = rest.first() else {
            return Ok(Token::End);
        };
        match first {
            b'(' | b')' | b',' | b'-' | b':' | b'|' | b'&' | b'!' => {
                self.at += 1;
                return Ok(Token::Sign(first));
            }
            b'+' => {
                self.at += 1;
                return Ok(Token::Sign(b'|'));
            }
            b'"' | b'\'' => return self.string(1),
            b'r' if matches!(rest.get(1), Some(b'"' | b'\'')) => return self.string(2),
            _ => {}
        }
        let len = rest.iter().take_while(|&&byte| is_of_symbol(byte)).count();
        self.at += len;
        Ok(match &rest[..len] {
            [] => return Err(wrong()),
            b"and" => Token::Sign(b'&'),
            b"or" => Token::Sign(b'|'),
            b"not" => Token::Sign(b'!'),
            symbol => Token::Symbol(symbol.to_vec()),
        })
    }

    /// Reads a text whose quote is so many bytes long; with two, it begins with an `r`.
    fn string(&mut self, quote: usize) -> Result<Token> {
        let begin = self.at + quote;
        let mark = self.text[begin - 1];
        let mut end = begin;
        while let Some(&byte) = self.text.get(end) {
            if byte == mark {
                let inside = &self.text[begin..end];
                self.at = end + 1;
                return match quote {
                    1 => unescape(inside).map(Token::String).map_err(|_| wrong()),
                    _ => Ok(Token::String(inside.to_vec())),
                };
            }
            end += if byte == b'\\' { 2 } else { 1 };
        }
        Err(wrong())
    }

    /// Reads on as long as operators bind more strongly than `bind`.
    fn expression(&mut self, bind: u8) -> Result<Tree> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::unsupported("a fileset that is nested so deeply"));
        }
        let mut tree = self.operand()?;
        let mut operators = 0;
        while bind < strength(&self.current) {
            operators += 1;
            if operators > MAX_DEPTH {
                return Err(Error::unsupported("a fileset that is so long"));
            }
            let Token::Sign(sign) = self.advance()? else {
                return Err(wrong());
            };
            tree = self.operation(tree, sign)?;
        }
        self.depth -= 1;
        Ok(tree)
    }

    fn operation(&mut self, left: Tree, sign: u8) -> Result<Tree> {
        if sign == b'(' {
            let Tree::Symbol(name) = left else {
                return Err(wrong());
            };
            let arguments = match self.current {
                Token::Sign(b')') => Vec::new(),
                _ => match self.expression(1)? {
                    Tree::List(list) => list,
                    one => vec![one],
                },
            };
            self.close()?;
            return Ok(Tree::Call(name, arguments));
        }
        let right = self.expression(strength(&Token::Sign(sign)))?;
        Ok(match (sign, left, right) {
            (b':', Tree::Symbol(kind), Tree::Symbol(text) | Tree::String(text)) => {
                Tree::Pattern([&kind[..], b":", &text].concat())
            }
            (b':', ..) => return Err(wrong()),
            (b'-', left, right) => Tree::And(left.into(), Tree::Not(right.into()).into()),
            (b'&', left, right) => Tree::And(left.into(), right.into()),
            (b'|', left, right) => Tree::Or(left.into(), right.into()),
            (_, Tree::List(mut list), right) => {
                list.push(right);
                Tree::List(list)
            }
            (_, left, right) => Tree::List(vec![left, right]),
        })
    }

    fn operand(&mut self) -> Result<Tree> {
        match self.advance()? {
            Token::Symbol(name) => Ok(Tree::Symbol(name)),
            Token::String(text) => Ok(Tree::String(text)),
            Token::Sign(b'!') => Ok(Tree::Not(self.expression(10)?.into())),
            Token::Sign(b'(') => {
                let inside = self.expression(1)?;
                self.close()?;
                match inside {
                    // In a place for one, or for as many arguments.
                    Tree::List(_) => Err(wrong()),
                    // No name of a function any more.
                    Tree::Symbol(name) => Ok(Tree::String(name)),
                    other => Ok(other),
                }
            }
            _ => Err(wrong()),
        }
    }

    fn close(&mut self) -> Result<()> {
        match self.advance()? {
            Token::Sign(b')') => Ok(()),
            _ => Err(wrong()),
        }
    }
}

fn is_of_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte > 127 || b".*{}[]?/\\_".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(name: &str) -> Tree {
        Tree::Symbol(name.into())
    }

    #[test]
    fn trees() {
        let call = |name: &str, arguments: &[Tree]| Tree::Call(name.into(), arguments.to_vec());
        for (text, tree) in [
            ("**.c", symbol("**.c")),
            ("path:a", Tree::Pattern(b"path:a".to_vec())),
            ("'a b' ", Tree::String(b"a b".to_vec())),
            (r"r'\x'", Tree::String(br"\x".to_vec())),
            ("added()", call("added", &[])),
            ("size('1k')", call("size", &[Tree::String(b"1k".to_vec())])),
            ("revs(0, a)", call("revs", &[symbol("0"), symbol("a")])),
            (
                "a or b and not c",
                Tree::Or(
                    symbol("a").into(),
                    Tree::And(symbol("b").into(), Tree::Not(symbol("c").into()).into()).into(),
                ),
            ),
            (
                "a-b",
                Tree::And(symbol("a").into(), Tree::Not(symbol("b").into()).into()),
            ),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), tree, "{text}");
        }
        for text in [
            "",
            "(",
            "a b",
            "added(",
            "-a",
            "'a",
            "a:b:c:d()",
            "(a)(b)",
            "(a, b)",
            "^",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(&b"(".repeat(100_000)).is_err());
        assert!(parse(&b"a+".repeat(100_000)).is_err());
    }
}
