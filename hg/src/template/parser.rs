// SPDX-License-Identifier: GPL-2.0-or-later

//! From tokens to trees, by the strength of operators.

use super::token::{Token, Tokens, scan};
use super::tree::{Op, Tree};
use crate::{Error, Result};

/// More levels than these are not read: the stack is not endless.
pub(super) const MAX_DEPTH: usize = 100;

pub(super) fn too_deep() -> Error {
    Error::unsupported("a template that is nested so deeply")
}

/// Reads a template.
pub(super) fn template(text: &[u8]) -> Result<Tree> {
    scan(text, 0, None, 0).map(|(tree, _)| tree)
}

/// Reads an expression, as it would be between braces.
pub(super) fn whole_expression(text: &[u8]) -> Result<Tree> {
    let (tree, end) = expression(Tokens::new(text, 0, false, 0), 0)?;
    if end != text.len() {
        return Err(Error::parse("invalid token", end));
    }
    Ok(tree)
}

/// Reads an expression, and returns where the token behind it is.
pub(super) fn expression(tokens: Tokens<'_>, depth: usize) -> Result<(Tree, usize)> {
    let mut parser = Parser {
        tokens,
        current: (Token::End, 0),
        depth,
    };
    parser.advance()?;
    let tree = parser.parse(0)?;
    Ok((tree, parser.current.1))
}

struct Parser<'t> {
    tokens: Tokens<'t>,
    current: (Token, usize),
    depth: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<(Token, usize)> {
        let next = self.tokens.next()?;
        Ok(std::mem::replace(&mut self.current, next))
    }

    /// Reads on as long as operators bind more strongly than `bind`.
    fn parse(&mut self, bind: u8) -> Result<Tree> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let mut tree = self.operand()?;
        while bind < strength(&self.current.0) {
            let (token, at) = self.advance()?;
            tree = match token {
                Token::Sign(b'(') => Tree::Call(Box::new(tree), self.bracketed()?.map(Box::new)),
                Token::Sign(sign) => match operator(sign) {
                    Some(op) => {
                        let second = self.parse(op.binding().0)?;
                        Tree::Binary(op, Box::new(tree), Box::new(second))
                    }
                    None => return Err(Error::parse("not an infix", at)),
                },
                _ => return Err(Error::parse("not an infix", at)),
            };
            if tree.depth() > MAX_DEPTH {
                return Err(too_deep());
            }
        }
        self.depth -= 1;
        Ok(tree)
    }

    fn operand(&mut self) -> Result<Tree> {
        let (token, at) = self.advance()?;
        Ok(match token {
            Token::Integer(digits) => Tree::Integer(digits),
            Token::Symbol(name) => Tree::Symbol(name),
            Token::Text(tree) => tree,
            Token::Sign(b'(') => Tree::Group(self.bracketed()?.map(Box::new)),
            Token::Sign(b'-') => Tree::Negate(Box::new(self.parse(19)?)),
            Token::Sign(_) | Token::End => return Err(Error::parse("not a prefix", at)),
        })
    }

    /// Reads what is before a closing bracket, if there is anything.
    fn bracketed(&mut self) -> Result<Option<Tree>> {
        let inner = match self.current.0 {
            Token::Sign(b')') => None,
            _ => Some(self.parse(1)?),
        };
        match self.advance()? {
            (Token::Sign(b')'), _) => Ok(inner),
            (_, at) => Err(Error::parse("unexpected token", at)),
        }
    }
}

fn operator(sign: u8) -> Option<Op> {
    Some(match sign {
        b'.' => Op::Member,
        b'%' => Op::Map,
        b'|' => Op::Filter,
        b'*' => Op::Times,
        b'/' => Op::Over,
        b'+' => Op::Plus,
        b'-' => Op::Minus,
        b'=' => Op::KeyValue,
        b',' => Op::List,
        _ => return None,
    })
}

fn strength(token: &Token) -> u8 {
    match token {
        Token::Sign(b'(') => 20,
        Token::Sign(sign) => operator(*sign).map_or(0, |op| op.binding().0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Tree> {
        template(text.as_bytes()).ok()
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "",
            "plain",
            "{node}",
            "{node|short} {desc|firstline}\\n",
            "a\\{b\\\\{rev}",
            "{tags % \"{tag} \"}",
            "{ifeq(branch, 'default', '', \"{branch}\")}",
            "{-rev + 1 - (2 * 3) / 4}",
            "{p1.rev}{f()}{f(a=1, b)}{r'\\d{2}'}",
            "{if(a, \\\"{b}\\\")}",
            "{sub('\\n', r\"\\n\", x)}{()}",
        ] {
            let tree = parsed(text).unwrap_or_else(|| panic!("{text}"));
            let written = tree.text();
            let again = template(&written).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(again, tree, "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "{",
            "{node",
            "{}",
            "{a b}",
            "{\"x}",
            "{a|}",
            "{(a}",
            "{a)}",
            "{a ++ b}",
            "{r'x}",
            "{!}",
            "\\x",
            "{'\\xzz'}",
        ] {
            assert!(parsed(text).is_none(), "{text}");
        }
        assert!(parsed("}").is_some());
        assert!(parsed(&"{(".repeat(100_000)).is_none());
        assert!(parsed(&"{\"".repeat(100_000)).is_none());
        assert!(parsed(&format!("{{{}}}", "-".repeat(100_000))).is_none());
        assert!(parsed(&format!("{{a{}}}", "|a".repeat(100_000))).is_none());
    }
}
