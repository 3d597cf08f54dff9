//! Patterns after parsing.

use super::set::Set;

/// A pattern, or a part of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Node {
    /// This byte.
    Byte(u8),
    /// One of these bytes.
    Set(Box<Set>),
    At(Position),
    /// One after the other; without any, nothing.
    Sequence(Vec<Node>),
    /// At least two, of which one; the first ones are preferred.
    Either(Vec<Node>),
    Repeat(Box<Repeat>),
    /// What a reference means by this number.
    Group(u32, Box<Node>),
    Reference(Reference),
    /// A choice by whether a group has matched.
    IfGroup(Box<IfGroup>),
    Look(Box<Look>),
}

/// A place between bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Position {
    /// `^`, `\A`
    Start,
    /// `^` with the flag `m`
    LineStart,
    /// `\Z`
    End,
    /// `$`: the end, or before a line feed that is the last byte.
    EndOrLineFeed,
    /// `$` with the flag `m`
    LineEnd,
    /// `\b`
    WordBoundary,
}

/// `node` at least `min` and at most `max` times.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Repeat {
    pub(super) node: Node,
    pub(super) min: u32,
    pub(super) max: Option<u32>,
    /// Few are preferred. Always false where that makes no difference.
    pub(super) lazy: bool,
}

/// What a group matched, once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reference {
    pub(super) group: u32,
    pub(super) ignore_case: bool,
    pub(super) may_be_empty: bool,
}

/// `yes` if the group has matched, else `no`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct IfGroup {
    pub(super) group: u32,
    pub(super) yes: Node,
    pub(super) no: Node,
}

/// Whether `node` matches here, or so many bytes before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) node: Node,
    pub(super) negative: bool,
    pub(super) back: u32,
}

impl Node {
    /// Makes one of a set.
    pub(super) fn set(set: Set) -> Node {
        match set.single() {
            Some(byte) => Node::Byte(byte),
            None => Node::Set(Box::new(set)),
        }
    }

    /// Makes what matches nothing at all, not even no bytes.
    pub(super) fn never() -> Node {
        Node::set(Set::default())
    }

    /// Whether this can match no bytes, at some place at least.
    pub(super) fn may_be_empty(&self) -> bool {
        match self {
            Node::Byte(_) | Node::Set(_) => false,
            Node::At(_) | Node::Look(_) => true,
            Node::Sequence(parts) => parts.iter().all(Node::may_be_empty),
            Node::Either(branches) => branches.iter().any(Node::may_be_empty),
            Node::Repeat(repeat) => repeat.min == 0 || repeat.node.may_be_empty(),
            Node::Group(_, inside) => inside.may_be_empty(),
            Node::Reference(reference) => reference.may_be_empty,
            Node::IfGroup(choice) => choice.yes.may_be_empty() || choice.no.may_be_empty(),
        }
    }

    /// Whether this matches no bytes wherever it is.
    pub(super) fn is_optional(&self) -> bool {
        match self {
            Node::Byte(_) | Node::Set(_) | Node::At(_) => false,
            Node::Sequence(parts) => parts.iter().all(Node::is_optional),
            Node::Either(branches) => branches.iter().any(Node::is_optional),
            Node::Repeat(repeat) => repeat.min == 0 || repeat.node.is_optional(),
            Node::Group(_, inside) => inside.is_optional(),
            Node::Reference(_) | Node::IfGroup(_) | Node::Look(_) => false,
        }
    }

    /// Whether automata know all that this consists of.
    pub(super) fn is_regular(&self) -> bool {
        match self {
            Node::Byte(_) | Node::Set(_) | Node::At(_) => true,
            Node::Sequence(parts) | Node::Either(parts) => parts.iter().all(Node::is_regular),
            Node::Repeat(repeat) => repeat.node.is_regular(),
            Node::Group(_, inside) => inside.is_regular(),
            Node::Reference(_) | Node::IfGroup(_) | Node::Look(_) => false,
        }
    }

    /// How many nodes there are beside those for single bytes, which are small.
    pub(super) fn weight(&self) -> usize {
        match self {
            Node::Byte(_) => 0,
            Node::Set(_) | Node::At(_) | Node::Reference(_) => 1,
            Node::Sequence(parts) | Node::Either(parts) => {
                1 + parts.iter().map(Node::weight).sum::<usize>()
            }
            Node::Repeat(repeat) => 1 + repeat.node.weight(),
            Node::Group(_, inside) => 1 + inside.weight(),
            Node::IfGroup(choice) => 1 + choice.yes.weight() + choice.no.weight(),
            Node::Look(look) => 1 + look.node.weight(),
        }
    }

    /// How many nodes there are when repetitions are written out.
    pub(super) fn written_out(&self) -> usize {
        let sum = |parts: &[Node]| {
            let each = parts.iter().map(Node::written_out);
            each.fold(0, usize::saturating_add)
        };
        match self {
            Node::Byte(_) | Node::Set(_) | Node::At(_) | Node::Reference(_) => 1,
            Node::Sequence(parts) | Node::Either(parts) => sum(parts),
            Node::Repeat(repeat) => {
                let times = repeat.max.unwrap_or(repeat.min).max(1) as usize;
                repeat.node.written_out().saturating_mul(times)
            }
            Node::Group(_, inside) => inside.written_out(),
            Node::IfGroup(choice) => choice
                .yes
                .written_out()
                .saturating_add(choice.no.written_out()),
            Node::Look(look) => look.node.written_out(),
        }
    }

    /// How many bytes this matches, if they are always as many.
    pub(super) fn width(&self) -> Option<u32> {
        let all_same = |nodes: &[Node]| {
            let first = nodes.first()?.width()?;
            let same = |node: &Node| node.width() == Some(first);
            nodes.iter().all(same).then_some(first)
        };
        match self {
            Node::Byte(_) | Node::Set(_) => Some(1),
            Node::At(_) | Node::Look(_) => Some(0),
            Node::Sequence(parts) => parts
                .iter()
                .try_fold(0_u32, |sum, part| sum.checked_add(part.width()?)),
            Node::Either(branches) => all_same(branches),
            Node::Repeat(repeat) => {
                let each = repeat.node.width()?;
                (repeat.max == Some(repeat.min)).then_some(each.checked_mul(repeat.min)?)
            }
            Node::Group(_, inside) => inside.width(),
            Node::Reference(_) | Node::IfGroup(_) => None,
        }
    }

    /// Makes a sequence, without sequences in it, nor around a single part.
    pub(super) fn sequence(parts: Vec<Node>) -> Node {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Node::Sequence(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Node::Sequence(flat),
        }
    }

    /// Makes a choice, without choices in it, nor around a single branch.
    pub(super) fn either(branches: Vec<Node>) -> Node {
        let mut flat = Vec::with_capacity(branches.len());
        for branch in branches {
            match branch {
                Node::Either(inner) => flat.extend(inner),
                branch => flat.push(branch),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Node::Either(flat),
        }
    }

    /// The parts of a sequence, or the node as the only one.
    pub(super) fn into_parts(self) -> Vec<Node> {
        match self {
            Node::Sequence(parts) => parts,
            node => vec![node],
        }
    }
}
