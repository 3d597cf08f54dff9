//! From a pattern's tree to what automata are made of.

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use super::tree::{Node, Set};

type Result<T> = std::result::Result<T, String>;

/// Whether [`lower`] takes this.
pub(super) fn check(node: &Node) -> Result<()> {
    ends_well(node, true)
}

/// Whether `$` is only where nothing has to follow; `last` as in [`part`].
fn ends_well(node: &Node, last: bool) -> Result<()> {
    match node {
        Node::EndOrLineFeed if !last => Err("$ with something after it".to_owned()),
        Node::Sequence(parts) => in_sequence(parts, last, ends_well).map(|_| ()),
        Node::Either(branches) => branches.iter().try_for_each(|node| ends_well(node, last)),
        Node::Repeat { node, max, .. } => ends_well(node, last && matches!(max, Some(0 | 1))),
        _ => Ok(()),
    }
}

/// Calls `visit` for the parts of a sequence, the last one first.
fn in_sequence<T>(
    parts: &[Node],
    mut last: bool,
    visit: impl Fn(&Node, bool) -> Result<T>,
) -> Result<Vec<T>> {
    let mut visited = Vec::with_capacity(parts.len());
    for node in parts.iter().rev() {
        visited.push(visit(node, last)?);
        last = last && node.is_optional();
    }
    Ok(visited)
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
        Node::Set(set) => bytes(set),
        Node::Start => Hir::look(Look::Start),
        Node::End => Hir::look(Look::End),
        Node::WordBoundary => Hir::look(Look::WordAscii),
        Node::EndOrLineFeed if last => {
            let line_feed = repeat(bytes(&Set::one(b'\n')), 0, Some(1));
            Hir::concat(vec![line_feed, Hir::look(Look::End)])
        }
        Node::EndOrLineFeed => return Err("$ with something after it".to_owned()),
        Node::Sequence(parts) => sequence(parts, last)?,
        Node::Either(branches) => {
            let lowered: Result<Vec<Hir>> = branches.iter().map(|node| part(node, last)).collect();
            Hir::alternation(lowered?)
        }
        Node::Repeat { node, min, max } => {
            let once = matches!(max, Some(0 | 1));
            repeat(part(node, last && once)?, *min, *max)
        }
    })
}

fn sequence(parts: &[Node], last: bool) -> Result<Hir> {
    let mut lowered = in_sequence(parts, last, part)?;
    lowered.reverse();
    Ok(Hir::concat(lowered))
}

fn repeat(sub: Hir, min: u32, max: Option<u32>) -> Hir {
    Hir::repetition(Repetition {
        min,
        max,
        greedy: true,
        sub: Box::new(sub),
    })
}

fn bytes(set: &Set) -> Hir {
    match set.single() {
        Some(byte) => Hir::literal([byte]),
        None => {
            let ranges = set.ranges();
            let ranges = ranges.map(|(first, last)| ClassBytesRange::new(first, last));
            Hir::class(Class::Bytes(ClassBytes::new(ranges)))
        }
    }
}
