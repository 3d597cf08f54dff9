//! From a pattern's tree to what automata are made of.

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use super::set::Set;
use super::tree::{Node, Position};

type Result<T> = std::result::Result<T, String>;

/// Whether [`lower`] takes this.
pub(super) fn is_for_automata(node: &Node) -> bool {
    node.is_regular() && ends_well(node, true)
}

/// Whether `$` is only where nothing has to follow; `last` as in [`part`].
fn ends_well(node: &Node, mut last: bool) -> bool {
    match node {
        Node::At(Position::EndOrLineFeed) => last,
        Node::Sequence(parts) => parts.iter().rev().all(|part| {
            let well = ends_well(part, last);
            last = last && part.is_optional();
            well
        }),
        Node::Either(branches) => branches.iter().all(|node| ends_well(node, last)),
        Node::Repeat(repeat) => ends_well(&repeat.node, last && matches!(repeat.max, Some(0 | 1))),
        Node::Group(_, inside) => ends_well(inside, last),
        _ => true,
    }
}

/// The same pattern for the automaton's compiler.
pub(super) fn lower(node: &Node) -> Result<Hir> {
    part(node, true)
}

/// `last` tells that what follows this part need not match any bytes, so that
/// it does not matter whether this part takes a line feed at the end or only
/// looks at it.
fn part(node: &Node, last: bool) -> Result<Hir> {
    Ok(match node {
        Node::Byte(byte) => Hir::literal([*byte]),
        Node::Set(set) => bytes(set),
        Node::At(position) => at(*position, last)?,
        Node::Sequence(parts) => sequence(parts, last)?,
        Node::Either(branches) => {
            let lowered: Result<Vec<Hir>> = branches.iter().map(|node| part(node, last)).collect();
            Hir::alternation(lowered?)
        }
        Node::Repeat(repeat) => {
            let once = matches!(repeat.max, Some(0 | 1));
            repeated(part(&repeat.node, last && once)?, repeat.min, repeat.max)
        }
        Node::Group(_, inside) => part(inside, last)?,
        Node::Reference(_) | Node::IfGroup(_) | Node::Look(_) => {
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
            let line_feed = repeated(Hir::literal([b'\n']), 0, Some(1));
            return Ok(Hir::concat(vec![line_feed, Hir::look(Look::End)]));
        }
        Position::EndOrLineFeed => return Err("$ with something after it".to_owned()),
    }))
}

fn sequence(parts: &[Node], last: bool) -> Result<Hir> {
    // Runs of single bytes, of which most patterns consist, at once: what is made of each
    // byte is many times as large.
    let mut lowered = Vec::new();
    let mut rest = parts;
    let mut last = last;
    while let Some(node) = rest.last() {
        let others = rest.iter().rposition(|part| !matches!(part, Node::Byte(_)));
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

fn byte(node: &Node) -> Option<u8> {
    match node {
        Node::Byte(byte) => Some(*byte),
        _ => None,
    }
}

fn repeated(sub: Hir, min: u32, max: Option<u32>) -> Hir {
    Hir::repetition(Repetition {
        min,
        max,
        greedy: true,
        sub: Box::new(sub),
    })
}

fn bytes(set: &Set) -> Hir {
    let ranges = set.ranges();
    let ranges = ranges.map(|(first, last)| ClassBytesRange::new(first, last));
    Hir::class(Class::Bytes(ClassBytes::new(ranges)))
}
