// SPDX-License-Identifier: GPL-2.0-or-later

//! What a template says, as a tree.

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `a.b`, a member.
    Member,
    /// `a % b`, a template for each item.
    Map,
    /// `a | b`, a filter or a function.
    Filter,
    /// `a * b`
    Times,
    /// `a / b`
    Over,
    /// `a + b`
    Plus,
    /// `a - b`
    Minus,
    /// `a = b`, an argument with a name.
    KeyValue,
    /// `a, b`
    List,
}

impl Op {
    /// Returns how strongly it binds, and how it is written.
    pub(super) fn binding(self) -> (u8, &'static str) {
        match self {
            Op::Member => (18, "."),
            Op::Map => (15, " % "),
            Op::Filter => (15, "|"),
            Op::Times => (5, " * "),
            Op::Over => (5, " / "),
            Op::Plus => (4, " + "),
            Op::Minus => (4, " - "),
            Op::KeyValue => (3, "="),
            Op::List => (2, ", "),
        }
    }
}

/// A template or a part of one, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Digits.
    Integer(Vec<u8>),
    /// A text that has no expressions in it.
    String(Vec<u8>),
    /// A name.
    Symbol(Vec<u8>),
    /// An argument of the alias that is being read.
    Argument(Vec<u8>),
    /// Texts and expressions, one after the other.
    Template(Vec<Tree>),
    /// An expression in brackets, in which there may be none.
    Group(Option<Box<Tree>>),
    /// A function, mostly a name, and its arguments.
    Call(Box<Tree>, Option<Box<Tree>>),
    /// A minus before an expression.
    Negate(Box<Tree>),
    /// Two expressions.
    Binary(Op, Box<Tree>, Box<Tree>),
}

impl Tree {
    /// Returns the name of a function and its arguments, written as a call or as a filter.
    pub(super) fn function(&self) -> Option<(&[u8], Vec<&Tree>)> {
        match self {
            Tree::Call(name, arguments) => match &**name {
                Tree::Symbol(name) => Some((name, list(arguments.as_deref()))),
                _ => None,
            },
            Tree::Binary(Op::Filter, argument, name) => match &**name {
                Tree::Symbol(name) => Some((name, vec![argument])),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns a tree with each of the trees below it replaced.
    pub(super) fn try_map<E>(
        self,
        mut each: impl FnMut(Tree) -> Result<Tree, E>,
    ) -> Result<Tree, E> {
        let mut boxed = |tree: Box<Tree>| each(*tree).map(Box::new);
        Ok(match self {
            Tree::Template(parts) => {
                Tree::Template(parts.into_iter().map(each).collect::<Result<_, E>>()?)
            }
            Tree::Group(inner) => Tree::Group(inner.map(boxed).transpose()?),
            Tree::Call(name, arguments) => {
                Tree::Call(boxed(name)?, arguments.map(boxed).transpose()?)
            }
            Tree::Negate(of) => Tree::Negate(boxed(of)?),
            Tree::Binary(op, a, b) => Tree::Binary(op, boxed(a)?, boxed(b)?),
            leaf => leaf,
        })
    }

    /// Returns how many levels there are, this one included.
    pub(super) fn depth(&self) -> usize {
        let below = match self {
            Tree::Template(parts) => parts.iter().map(Tree::depth).max(),
            Tree::Group(inner) => inner.as_ref().map(|inner| inner.depth()),
            Tree::Call(name, arguments) => {
                let arguments = arguments.as_ref().map_or(0, |tree| tree.depth());
                Some(name.depth().max(arguments))
            }
            Tree::Negate(of) => Some(of.depth()),
            Tree::Binary(_, a, b) => Some(a.depth().max(b.depth())),
            _ => None,
        };
        below.unwrap_or(0) + 1
    }

    /// Returns the template as it could have been written.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        self.write_inside(b"", &mut text);
        text
    }

    /// Writes what is between the quotes of a template.
    fn write_inside(&self, quote: &[u8], out: &mut Vec<u8>) {
        match self {
            Tree::String(string) => {
                for &byte in string {
                    if byte == b'\\' || byte == b'{' || quote.contains(&byte) {
                        out.push(b'\\');
                    }
                    out.push(byte);
                }
            }
            Tree::Template(parts) => {
                for part in parts {
                    match part {
                        Tree::String(_) => part.write_inside(quote, out),
                        _ => {
                            out.push(b'{');
                            part.write(out);
                            out.push(b'}');
                        }
                    }
                }
            }
            _ => {
                out.push(b'{');
                self.write(out);
                out.push(b'}');
            }
        }
    }

    /// Writes an expression.
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Tree::Integer(text) | Tree::Symbol(text) | Tree::Argument(text) => {
                out.extend_from_slice(text);
            }
            Tree::String(_) | Tree::Template(_) => {
                out.push(b'"');
                self.write_inside(b"\"", out);
                out.push(b'"');
            }
            Tree::Group(inner) => {
                out.push(b'(');
                if let Some(inner) = inner {
                    inner.write(out);
                }
                out.push(b')');
            }
            Tree::Call(name, arguments) => {
                name.write(out);
                out.push(b'(');
                if let Some(arguments) = arguments {
                    arguments.write(out);
                }
                out.push(b')');
            }
            Tree::Negate(of) => {
                out.push(b'-');
                of.write(out);
            }
            Tree::Binary(op, a, b) => {
                a.write(out);
                out.extend_from_slice(op.binding().1.as_bytes());
                b.write(out);
            }
        }
    }
}

/// Returns the items of a list, which may be one or none.
pub(super) fn list(tree: Option<&Tree>) -> Vec<&Tree> {
    let mut items = Vec::new();
    let mut rest = tree;
    while let Some(tree) = rest {
        rest = match tree {
            Tree::Binary(Op::List, before, last) => {
                items.push(&**last);
                Some(before)
            }
            one => {
                items.push(one);
                None
            }
        };
    }
    items.reverse();
    items
}
