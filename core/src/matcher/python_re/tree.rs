// SPDX-License-Identifier: GPL-2.0-or-later

//! Patterns after parsing.

use super::set::Set;

/// A pattern, or a part of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Expr {
    /// This byte.
    Byte(u8),
    /// One of these bytes.
    Set(Box<Set>),
    At(Position),
    /// One after the other; without any, nothing.
    Sequence(Vec<Expr>),
    /// At least two, of which one; the first ones are preferred.
    Either(Vec<Expr>),
    Repeat(Box<Repeat>),
    /// What a reference means by this number.
    Group(u32, Box<Expr>),
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
    pub(super) node: Expr,
    pub(super) min: u32,
    pub(super) max: Option<u32>,
    /// Few are preferred. Always false where that makes no difference.
    pub(super) lazy: bool,
}

/// A reference: the text that a group matched, once more.
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
    pub(super) yes: Expr,
    pub(super) no: Expr,
}

/// A look-around: `node` matches here, or so many bytes before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) node: Expr,
    pub(super) negative: bool,
    pub(super) back: u32,
}

impl Expr {
    /// Makes one of a set.
    pub(super) fn set(set: Set) -> Expr {
        match set.single() {
            Some(byte) => Expr::Byte(byte),
            None => Expr::Set(Box::new(set)),
        }
    }

    /// Makes what matches nothing at all, not even no bytes.
    pub(super) fn never() -> Expr {
        Expr::set(Set::default())
    }

    /// Returns whether this can match no bytes, at some place at least.
    pub(super) fn may_be_empty(&self) -> bool {
        match self {
            Expr::Byte(_) | Expr::Set(_) => false,
            Expr::At(_) | Expr::Look(_) => true,
            Expr::Sequence(parts) => parts.iter().all(Expr::may_be_empty),
            Expr::Either(branches) => branches.iter().any(Expr::may_be_empty),
            Expr::Repeat(repeat) => repeat.min == 0 || repeat.node.may_be_empty(),
            Expr::Group(_, inside) => inside.may_be_empty(),
            Expr::Reference(reference) => reference.may_be_empty,
            Expr::IfGroup(choice) => choice.yes.may_be_empty() || choice.no.may_be_empty(),
        }
    }

    /// Returns whether this matches no bytes wherever it is.
    pub(super) fn is_optional(&self) -> bool {
        match self {
            Expr::Byte(_) | Expr::Set(_) | Expr::At(_) => false,
            Expr::Sequence(parts) => parts.iter().all(Expr::is_optional),
            Expr::Either(branches) => branches.iter().any(Expr::is_optional),
            Expr::Repeat(repeat) => repeat.min == 0 || repeat.node.is_optional(),
            Expr::Group(_, inside) => inside.is_optional(),
            Expr::Reference(_) | Expr::IfGroup(_) | Expr::Look(_) => false,
        }
    }

    /// Returns whether automata know all that this consists of.
    pub(super) fn is_regular(&self) -> bool {
        match self {
            Expr::Byte(_) | Expr::Set(_) | Expr::At(_) => true,
            Expr::Sequence(parts) | Expr::Either(parts) => parts.iter().all(Expr::is_regular),
            Expr::Repeat(repeat) => repeat.node.is_regular(),
            Expr::Group(_, inside) => inside.is_regular(),
            Expr::Reference(_) | Expr::IfGroup(_) | Expr::Look(_) => false,
        }
    }

    /// Returns how many nodes there are beside those for single bytes, which are small.
    pub(super) fn weight(&self) -> usize {
        match self {
            Expr::Byte(_) => 0,
            Expr::Set(_) | Expr::At(_) | Expr::Reference(_) => 1,
            Expr::Sequence(parts) | Expr::Either(parts) => {
                1 + parts.iter().map(Expr::weight).sum::<usize>()
            }
            Expr::Repeat(repeat) => 1 + repeat.node.weight(),
            Expr::Group(_, inside) => 1 + inside.weight(),
            Expr::IfGroup(choice) => 1 + choice.yes.weight() + choice.no.weight(),
            Expr::Look(look) => 1 + look.node.weight(),
        }
    }

    /// Returns how many nodes there are when repetitions are written out.
    pub(super) fn written_out(&self) -> usize {
        let sum = |parts: &[Expr]| {
            let each = parts.iter().map(Expr::written_out);
            each.fold(0, usize::saturating_add)
        };
        match self {
            Expr::Byte(_) | Expr::Set(_) | Expr::At(_) | Expr::Reference(_) => 1,
            Expr::Sequence(parts) | Expr::Either(parts) => sum(parts),
            Expr::Repeat(repeat) => {
                let times = repeat.max.unwrap_or(repeat.min).max(1) as usize;
                repeat.node.written_out().saturating_mul(times)
            }
            Expr::Group(_, inside) => inside.written_out(),
            Expr::IfGroup(choice) => choice
                .yes
                .written_out()
                .saturating_add(choice.no.written_out()),
            Expr::Look(look) => look.node.written_out(),
        }
    }

    /// Returns how many bytes this matches, if they are always as many.
    pub(super) fn width(&self) -> Option<u32> {
        let all_same = |nodes: &[Expr]| {
            let first = nodes.first()?.width()?;
            let same = |node: &Expr| node.width() == Some(first);
            nodes.iter().all(same).then_some(first)
        };
        match self {
            Expr::Byte(_) | Expr::Set(_) => Some(1),
            Expr::At(_) | Expr::Look(_) => Some(0),
            Expr::Sequence(parts) => parts
                .iter()
                .try_fold(0_u32, |sum, part| sum.checked_add(part.width()?)),
            Expr::Either(branches) => all_same(branches),
            Expr::Repeat(repeat) => {
                let each = repeat.node.width()?;
                (repeat.max == Some(repeat.min)).then_some(each.checked_mul(repeat.min)?)
            }
            Expr::Group(_, inside) => inside.width(),
            Expr::Reference(_) | Expr::IfGroup(_) => None,
        }
    }

    /// Makes a sequence, without sequences in it, nor around a single part.
    pub(super) fn sequence(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expr::Sequence(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Expr::Sequence(flat),
        }
    }

    /// Makes a choice, without choices in it, nor around a single branch.
    pub(super) fn either(branches: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(branches.len());
        for branch in branches {
            match branch {
                Expr::Either(inner) => flat.extend(inner),
                branch => flat.push(branch),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Expr::Either(flat),
        }
    }

    /// Returns the parts of a sequence, or the node as the only one.
    pub(super) fn into_parts(self) -> Vec<Expr> {
        match self {
            Expr::Sequence(parts) => parts,
            node => vec![node],
        }
    }
}
