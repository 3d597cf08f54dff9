// SPDX-License-Identifier: GPL-2.0-or-later

//! Trees of revision sets, and how they are written again.

use std::fmt;

/// An operation of a [`Tree`]. Its name is Mercurial's, as `hg debugrevspec` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `(x)`
    Group,
    /// `f(x)`
    Func,
    /// `x[y]`
    Subscript,
    /// `x#y`
    Relation,
    /// `x#y[z]`
    RelSubscript,
    /// `x##y`
    Concat,
    /// `x~n`
    Ancestor,
    /// `x^n`
    Parent,
    /// `x^`
    ParentPost,
    /// `-x`
    Negate,
    /// `x - y`
    Minus,
    /// `::`
    DagRangeAll,
    /// `::x`
    DagRangePre,
    /// `x::y`
    DagRange,
    /// `x::`
    DagRangePost,
    /// `:`
    RangeAll,
    /// `:x`
    RangePre,
    /// `x:y`
    Range,
    /// `x:`
    RangePost,
    /// `not x`
    Not,
    /// `x and y`
    And,
    /// `x and y`, of which `y` is looked at first.
    AndSmally,
    /// `x and not y`
    Difference,
    /// `x % y`
    Only,
    /// `x %`
    OnlyPost,
    /// `x or y`; with a [`Op::List`] once the tree was made regular.
    Or,
    /// `x=y`
    KeyValue,
    /// `x, y`
    List,
}

impl Op {
    /// Returns the name of it.
    pub fn name(self) -> &'static str {
        match self {
            Op::Group => "group",
            Op::Func => "func",
            Op::Subscript => "subscript",
            Op::Relation => "relation",
            Op::RelSubscript => "relsubscript",
            Op::Concat => "_concat",
            Op::Ancestor => "ancestor",
            Op::Parent => "parent",
            Op::ParentPost => "parentpost",
            Op::Negate => "negate",
            Op::Minus => "minus",
            Op::DagRangeAll => "dagrangeall",
            Op::DagRangePre => "dagrangepre",
            Op::DagRange => "dagrange",
            Op::DagRangePost => "dagrangepost",
            Op::RangeAll => "rangeall",
            Op::RangePre => "rangepre",
            Op::Range => "range",
            Op::RangePost => "rangepost",
            Op::Not => "not",
            Op::And => "and",
            Op::AndSmally => "andsmally",
            Op::Difference => "difference",
            Op::Only => "only",
            Op::OnlyPost => "onlypost",
            Op::Or => "or",
            Op::KeyValue => "keyvalue",
            Op::List => "list",
        }
    }
}

/// A revision set, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Nothing: the arguments of `f()`.
    Nothing,
    /// A name or number that was not quoted.
    Symbol(Vec<u8>),
    /// A text that was quoted.
    String(Vec<u8>),
    /// The argument of an alias, in its definition.
    Argument(Vec<u8>),
    /// An operation and what it is applied to.
    Node(Op, Vec<Tree>),
}

impl Tree {
    /// Returns a function applied to arguments.
    pub(super) fn call(name: &str, mut arguments: Vec<Tree>) -> Tree {
        let arguments = match arguments.len() {
            0 => Tree::Nothing,
            1 => arguments.swap_remove(0),
            _ => Tree::Node(Op::List, arguments),
        };
        let name = Tree::Symbol(name.as_bytes().to_vec());
        Tree::Node(Op::Func, vec![name, arguments])
    }

    /// Returns the bytes of a symbol or string.
    pub(super) fn text(&self) -> Option<&[u8]> {
        match self {
            Tree::Symbol(text) | Tree::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the bytes of a symbol.
    pub(super) fn symbol(&self) -> Option<&[u8]> {
        match self {
            Tree::Symbol(text) => Some(text),
            _ => None,
        }
    }

    /// Returns what an operation is applied to, if this is one.
    pub(super) fn node(&self, op: Op) -> Option<&[Tree]> {
        match self {
            Tree::Node(found, of) if *found == op => Some(of),
            _ => None,
        }
    }

    /// Returns name and arguments, if this is a function.
    pub(super) fn function(&self) -> Option<(&[u8], &Tree)> {
        match self.node(Op::Func)? {
            [name, arguments] => Some((name.symbol()?, arguments)),
            _ => None,
        }
    }

    /// Returns the only argument of a function of this name, if it can be evaluated.
    pub(super) fn only_argument(&self, name: &[u8]) -> Option<&Tree> {
        let (found, argument) = self.function()?;
        let incomplete = matches!(
            argument,
            Tree::Nothing | Tree::Node(Op::List | Op::KeyValue, _)
        );
        (found == name && !incomplete).then_some(argument)
    }

    /// Returns the members of a list; another tree is a list of one, nothing one of none.
    pub(super) fn list(&self) -> &[Tree] {
        match self {
            Tree::Nothing => &[],
            Tree::Node(Op::List, members) => members,
            _ => std::slice::from_ref(self),
        }
    }

    /// Returns how many parts there are.
    pub(super) fn size(&self) -> usize {
        match self {
            Tree::Node(_, of) => 1 + of.iter().map(Tree::size).sum::<usize>(),
            _ => 1,
        }
    }

    /// Returns how deep it is.
    pub(super) fn depth(&self) -> usize {
        match self {
            Tree::Node(_, of) => 1 + of.iter().map(Tree::depth).max().unwrap_or(0),
            _ => 1,
        }
    }
}

/// Returns a text in quotes, as an expression that means it.
pub(super) fn quoted(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    quoted.push(b'\'');
    for &byte in text {
        match byte {
            b'\\' | b'\'' => quoted.extend([b'\\', byte]),
            b'\t' => quoted.extend(b"\\t"),
            b'\n' => quoted.extend(b"\\n"),
            b'\r' => quoted.extend(b"\\r"),
            b' '..=b'~' => quoted.push(byte),
            _ => quoted.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// Writes an expression with this meaning; a tree that no expression has is written somehow.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (op, of) = match self {
            Tree::Nothing => return Ok(()),
            Tree::Symbol(text) | Tree::Argument(text) => {
                return f.write_str(&String::from_utf8_lossy(text));
            }
            Tree::String(text) => return f.write_str(&String::from_utf8_lossy(&quoted(text))),
            Tree::Node(op, of) => (*op, of),
        };
        let joined = |f: &mut fmt::Formatter<'_>, with: &str| {
            for (at, part) in of.iter().enumerate() {
                if at > 0 {
                    f.write_str(with)?;
                }
                part.fmt(f)?;
            }
            Ok(())
        };
        match (op, &of[..]) {
            (Op::Group, [x]) => write!(f, "({x})"),
            (Op::Func, [name, x]) => write!(f, "{name}({x})"),
            (Op::Subscript, [x, y]) => write!(f, "{x}[{y}]"),
            (Op::Relation, [x, y]) => write!(f, "{x}#{y}"),
            (Op::RelSubscript, [x, y, z]) => write!(f, "{x}#{y}[{z}]"),
            (Op::Parent, [x, y]) => write!(f, "{x} ^ {y}"),
            (Op::ParentPost, [x]) => write!(f, "{x}^"),
            (Op::Negate, [x]) => write!(f, "- {x}"),
            (Op::DagRangeAll, _) => f.write_str("::"),
            (Op::DagRangePre, [x]) => write!(f, ":: {x}"),
            (Op::DagRangePost, [x]) => write!(f, "{x} ::"),
            (Op::RangeAll, _) => f.write_str(":"),
            (Op::RangePre, [x]) => write!(f, ": {x}"),
            (Op::RangePost, [x]) => write!(f, "{x} :"),
            (Op::Not, [x]) => write!(f, "not {x}"),
            (Op::Difference, [x, y]) => write!(f, "{x} and not {y}"),
            (Op::OnlyPost, [x]) => write!(f, "{x} %"),
            (Op::Or, [Tree::Node(Op::List, of)]) => {
                for (at, part) in of.iter().enumerate() {
                    write!(f, "{}{part}", if at > 0 { " or " } else { "" })?;
                }
                Ok(())
            }
            (Op::Concat, _) => joined(f, " ## "),
            (Op::Ancestor, _) => joined(f, " ~ "),
            (Op::Minus, _) => joined(f, " - "),
            (Op::DagRange, _) => joined(f, " :: "),
            (Op::Range, _) => joined(f, " : "),
            (Op::And | Op::AndSmally, _) => joined(f, " and "),
            (Op::Only, _) => joined(f, " % "),
            (Op::Or, _) => joined(f, " or "),
            (Op::KeyValue, _) => joined(f, "="),
            (Op::List, _) => joined(f, ", "),
            (_, _) => joined(f, " ? "),
        }
    }
}
