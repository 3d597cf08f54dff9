// SPDX-License-Identifier: GPL-2.0-or-later

//! From a pattern's tree to what automata are made of.

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use super::set::Set;
use super::tree::{Expr, Position};

type Result<T> = std::result::Result<T, String>;

/// Returns whether [`lower`] takes this.
pub(super) fn is_for_automata(node: &Expr) -> bool {
    node.is_regular() && ends_well(node, true)
}

/// Returns whether `$` is only where nothing has to follow; `last` as in [`part`].
fn ends_well(node: &Expr, mut last: bool) -> bool {
    match node {
        Expr::At(Position::EndOrLineFeed) => last,
        Expr::Sequence(parts) => parts.iter().rev().all(|part| {
            let well = ends_well(part, last);
            last = last && part.is_optional();
            well
        }),
        Expr::Either(branches) => branches.iter().all(|node| ends_well(node, last)),
        Expr::Repeat(repeat) => ends_well(&repeat.node, last && matches!(repeat.max, Some(0 | 1))),
        Expr::Group(_, inside) => ends_well(inside, last),
        _ => true,
    }
}

/// Returns the same pattern for the automaton's compiler.
pub(super) fn lower(node: &Expr) -> Result<Hir> {
    part(node, true)
}

/// Returns the same for a search, where a match has to end where Python's does.
pub(super) fn lower_for_search(node: &Expr) -> Result<Hir> {
    part(node, false)
}

/// `last` tells that what follows this part need not match any bytes, so that
/// it does not matter whether this part takes a line feed at the end or only
/// looks at it.
fn part(node: &Expr, last: bool) -> Result<Hir> {
    Ok(match node {
        Expr::Byte(byte) => Hir::literal([*byte]),
        Expr::Set(set) => bytes(set),
        Expr::At(position) => at(*position, last)?,
        Expr::Sequence(parts) => sequence(parts, last)?,
        Expr::Either(branches) => {
            let lowered: Result<Vec<Hir>> = branches.iter().map(|node| part(node, last)).collect();
            Hir::alternation(lowered?)
        }
        Expr::Repeat(repeat) => {
            let once = matches!(repeat.max, Some(0 | 1));
            let sub = part(&repeat.node, last && once)?;
            repeated(sub, repeat.min, repeat.max, !repeat.lazy)
        }
        Expr::Group(_, inside) => part(inside, last)?,
        Expr::Reference(_) | Expr::IfGroup(_) | Expr::Look(_) => {
            return Err("not for automata".to_owned());
        }
    })
}

fn at(position: Position, last: bool) -> Result<Hir> {
    Ok(Hir::look(match position {
        Position::Start => Look::Start,
        Position::LineStart => Look::StartLF,
        Position::End => Look::End,
        Position::LineEnd => Look::EndLF,
        Position::WordBoundary => Look::WordAscii,
        Position::EndOrLineFeed if last => {
            let line_feed = repeated(Hir::literal([b'\n']), 0, Some(1), true);
            return Ok(Hir::concat(vec![line_feed, Hir::look(Look::End)]));
        }
        Position::EndOrLineFeed => return Err("$ with something after it".to_owned()),
    }))
}

fn sequence(parts: &[Expr], last: bool) -> Result<Hir> {
    // Runs of single bytes, of which most patterns consist, at once: what is made of each
    // byte is many times as large.
    let mut lowered = Vec::new();
    let mut rest = parts;
    let mut last = last;
    while let Some(node) = rest.last() {
        let others = rest.iter().rposition(|part| !matches!(part, Expr::Byte(_)));
        let text = others.map_or(0, |other| other + 1);
        if text < rest.len() {
            let bytes: Vec<u8> = rest[text..].iter().filter_map(byte).collect();
            lowered.push(Hir::literal(bytes));
            rest = &rest[..text];
            last = false;
        } else {
            lowered.push(part(node, last)?);
            rest = &rest[..rest.len() - 1];
            last = last && node.is_optional();
        }
    }
    lowered.reverse();
    Ok(Hir::concat(lowered))
}

fn byte(node: &Expr) -> Option<u8> {
    match node {
        Expr::Byte(byte) => Some(*byte),
        _ => None,
    }
}

fn repeated(sub: Hir, min: u32, max: Option<u32>, greedy: bool) -> Hir {
    Hir::repetition(Repetition {
        min,
        max,
        greedy,
        sub: Box::new(sub),
    })
}

fn bytes(set: &Set) -> Hir {
    let ranges = set.ranges();
    let ranges = ranges.map(|(first, last)| ClassBytesRange::new(first, last));
    Hir::class(Class::Bytes(ClassBytes::new(ranges)))
}
