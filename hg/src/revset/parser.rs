// SPDX-License-Identifier: GPL-2.0-or-later

//! From tokens to a tree, by the binding strengths of operators.

use super::token::{Kind, Lookup, Token, Tokens};
use super::tree::{Op, Tree};
use crate::{Error, Result};

/// The deepest tree: each level takes some stack where it is worked on.
pub(super) const MAX_DEPTH: usize = 200;

/// The operand of an operator: how strongly it binds, and the bracket that closes it.
type Operand = (Op, u8, Option<&'static str>);

/// The roles of a token.
#[derive(Default)]
struct Roles {
    strength: u8,
    /// As an operand of its own.
    alone: Option<Op>,
    prefix: Option<Operand>,
    infix: Option<Operand>,
    suffix: Option<Op>,
}

fn roles(kind: Kind) -> Roles {
    let none = Roles::default();
    let infix = |strength, op| Roles {
        strength,
        infix: Some((op, strength, None)),
        ..Roles::default()
    };
    let Kind::Sign(sign) = kind else {
        return none;
    };
    match sign {
        "(" => Roles {
            strength: 21,
            prefix: Some((Op::Group, 1, Some(")"))),
            infix: Some((Op::Func, 1, Some(")"))),
            ..none
        },
        "[" => Roles {
            strength: 21,
            infix: Some((Op::Subscript, 1, Some("]"))),
            ..none
        },
        "#" => infix(21, Op::Relation),
        "##" => infix(20, Op::Concat),
        "~" => infix(18, Op::Ancestor),
        "^" => Roles {
            suffix: Some(Op::ParentPost),
            ..infix(18, Op::Parent)
        },
        "-" => Roles {
            prefix: Some((Op::Negate, 19, None)),
            ..infix(5, Op::Minus)
        },
        "::" | ".." => Roles {
            alone: Some(Op::DagRangeAll),
            prefix: Some((Op::DagRangePre, 17, None)),
            suffix: Some(Op::DagRangePost),
            ..infix(17, Op::DagRange)
        },
        ":" => Roles {
            alone: Some(Op::RangeAll),
            prefix: Some((Op::RangePre, 15, None)),
            suffix: Some(Op::RangePost),
            ..infix(15, Op::Range)
        },
        "not" | "!" => Roles {
            strength: 10,
            prefix: Some((Op::Not, 10, None)),
            ..none
        },
        "and" | "&" => infix(5, Op::And),
        "%" => Roles {
            suffix: Some(Op::OnlyPost),
            ..infix(5, Op::Only)
        },
        "or" | "|" | "+" => infix(4, Op::Or),
        "=" => infix(3, Op::KeyValue),
        "," => infix(2, Op::List),
        _ => none,
    }
}

struct Parser<'t> {
    tokens: Tokens<'t>,
    current: Token,
    depth: usize,
}

impl Parser<'_> {
    /// Goes on by a token, and returns the one before.
    fn advance(&mut self) -> Result<Token> {
        let next = self.tokens.next()?;
        Ok(std::mem::replace(&mut self.current, next))
    }

    /// Returns whether the next token may begin an operand.
    fn may_begin(&self) -> bool {
        match self.current.kind {
            Kind::Symbol | Kind::String => true,
            kind => {
                let roles = roles(kind);
                roles.alone.is_some() || roles.prefix.is_some()
            }
        }
    }

    /// Returns an operand, and how deep it is.
    fn operand(&mut self, strength: u8, close: Option<&'static str>) -> Result<(Tree, usize)> {
        let Some(close) = close else {
            return self.expression(strength);
        };
        let closes = |kind| kind == Kind::Sign(close);
        let inside = if closes(self.current.kind) {
            (Tree::Nothing, 1)
        } else {
            self.expression(strength)?
        };
        if !closes(self.current.kind) {
            let message = format!("unexpected token: {}", self.current.kind.name());
            return Err(Error::parse(message, self.current.at));
        }
        self.advance()?;
        Ok(inside)
    }

    /// Reads on until an operator binds less than `strength`; returns how deep the tree is, too.
    fn expression(&mut self, strength: u8) -> Result<(Tree, usize)> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let (mut tree, mut depth) = self.beginning()?;
        loop {
            let roles = roles(self.current.kind);
            if strength >= roles.strength {
                break;
            }
            let token = self.advance()?;
            let alone = roles
                .suffix
                .filter(|_| roles.infix.is_none() || !self.may_begin());
            tree = if let Some(op) = alone {
                depth += 1;
                Tree::Node(op, vec![tree])
            } else if let Some((op, strength, close)) = roles.infix {
                let (right, beside) = self.operand(strength, close)?;
                // Chains of these are as long as somebody has revisions: one level for all.
                match tree {
                    Tree::Node(left, mut of) if left == op && matches!(op, Op::Or | Op::List) => {
                        depth = depth.max(beside + 1);
                        of.push(right);
                        Tree::Node(op, of)
                    }
                    left => {
                        depth = depth.max(beside) + 1;
                        Tree::Node(op, vec![left, right])
                    }
                }
            } else {
                let message = format!("not an infix: {}", token.kind.name());
                return Err(Error::parse(message, token.at));
            };
            if depth > MAX_DEPTH {
                return Err(too_deep());
            }
        }
        self.depth -= 1;
        Ok((tree, depth))
    }

    /// Reads a first operand, which is so deep.
    fn beginning(&mut self) -> Result<(Tree, usize)> {
        let token = self.advance()?;
        match token.kind {
            Kind::Symbol => return Ok((Tree::Symbol(token.text), 1)),
            Kind::String => return Ok((Tree::String(token.text), 1)),
            _ => {}
        }
        let roles = roles(token.kind);
        let alone = roles
            .alone
            .filter(|_| roles.prefix.is_none() || !self.may_begin());
        if let Some(op) = alone {
            return Ok((Tree::Node(op, vec![Tree::Nothing]), 2));
        }
        match roles.prefix {
            Some((op, strength, close)) => {
                let (inside, depth) = self.operand(strength, close)?;
                Ok((Tree::Node(op, vec![inside]), depth + 1))
            }
            None => {
                let message = format!("not a prefix: {}", token.kind.name());
                Err(Error::parse(message, token.at))
            }
        }
    }
}

pub(super) fn too_deep() -> Error {
    Error::unsupported("a revision set that is nested so deeply")
}

/// Parses a text. `dollars` as for [`Tokens`].
pub(super) fn parse_with(text: &[u8], lookup: Option<Lookup<'_>>, dollars: bool) -> Result<Tree> {
    // a function that says that its content is no name
    let strict = text.starts_with(b"revset(") && text.ends_with(b")");
    let mut tokens = Tokens::new(text, lookup.filter(|_| !strict), dollars)?;
    let current = tokens.next()?;
    let mut parser = Parser {
        tokens,
        current,
        depth: 0,
    };
    let (tree, _) = parser.expression(0)?;
    if parser.current.at != text.len() {
        return Err(Error::parse("invalid token", parser.current.at));
    }
    let tree = regular(tree);
    if tree.depth() > MAX_DEPTH {
        return Err(too_deep());
    }
    Ok(tree)
}

/// Repairs what operators alone do not tell: `x^:y` is a range from `x^`, and `x#y[z]` is one
/// operation. Alternatives are put into a list.
fn regular(tree: Tree) -> Tree {
    let Tree::Node(op, mut of) = tree else {
        return tree;
    };
    if op == Op::Parent
        && let [_, Tree::Node(range, _)] = &of[..]
    {
        let with = match range {
            Op::DagRangePre => Some((Op::DagRange, true)),
            Op::DagRangeAll => Some((Op::DagRangePost, false)),
            Op::RangePre => Some((Op::Range, true)),
            Op::RangeAll => Some((Op::RangePost, false)),
            _ => None,
        };
        if let Some((op, has_end)) = with {
            let end = of.pop();
            let mut of = vec![Tree::Node(Op::ParentPost, of)];
            if let Some(Tree::Node(_, end)) = end.filter(|_| has_end) {
                of.extend(end);
            }
            return Tree::Node(op, of.into_iter().map(regular).collect());
        }
    }
    if op == Op::Subscript
        && let Some(Tree::Node(Op::Relation, _)) = of.first()
    {
        let index = of.pop();
        if let Some(Tree::Node(_, mut relation)) = of.pop() {
            relation.extend(index);
            return Tree::Node(
                Op::RelSubscript,
                relation.into_iter().map(regular).collect(),
            );
        }
        return Tree::Nothing;
    }
    let of = of.into_iter().map(regular).collect();
    match op {
        Op::Or => Tree::Node(op, vec![Tree::Node(Op::List, of)]),
        _ => Tree::Node(op, of),
    }
}

/// Parses a revision set, with the place of an error shown in what it advises.
///
/// # Errors
/// [`Error::Parse`]; [`Error::Unsupported`] if it is nested too deeply; those of `lookup`.
pub(super) fn parse(text: &[u8], lookup: Option<Lookup<'_>>) -> Result<Tree> {
    parse_with(text, lookup, false).map_err(|error| match error {
        Error::Parse {
            message,
            position: Some(at),
            ..
        } => {
            let line = String::from_utf8_lossy(text).replace('\n', " ");
            Error::Parse {
                message,
                position: Some(at),
                hint: Some(format!("{line}\n{}^ here", " ".repeat(at + 1))),
            }
        }
        other => other,
    })
}
