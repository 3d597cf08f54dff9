// SPDX-License-Identifier: GPL-2.0-or-later

//! Common beginnings and ends of many patterns, made only once.
//!
//! Nearly all rules of an ignore file begin with "anything", or "anything and
//! a slash", and many end with "a slash or the end". Written out for each rule,
//! every state of the automaton would carry all of these.

use super::tree::Expr;

/// Different beginnings or ends that are looked for; what is left over stays
/// as it is.
const MAX_GROUPS: usize = 8;

/// Returns one tree that matches what any of `branches` does.
pub(super) fn factor(branches: Vec<Expr>) -> Expr {
    let mut beginnings = Groups::default();
    for branch in branches {
        let mut parts = branch.into_parts();
        match parts.first() {
            Some(first) if is_costly(first) && beginnings.has_room(first) => {
                let rest = parts.split_off(1);
                beginnings.add(parts.pop(), rest);
            }
            _ => beginnings.add(None, parts),
        }
    }
    let groups = beginnings.groups.into_iter();
    choice(groups.map(|(first, rests)| {
        let rest = common_ends(rests);
        match first {
            Some(first) => Expr::sequence(vec![first, rest]),
            None => rest,
        }
    }))
}

fn common_ends(branches: Vec<Vec<Expr>>) -> Expr {
    // Plain texts that end alike get one tree of bytes, if nothing else is
    // among them.
    let (mut plain, mut others) = (Groups::default(), Groups::default());
    for mut parts in branches {
        let is_text = |parts: &[Expr]| parts.iter().all(|part| matches!(part, Expr::Byte(_)));
        let heads = match parts.split_last() {
            Some((_, heads)) if is_text(heads) => &mut plain,
            _ => &mut others,
        };
        let last = match parts.last() {
            Some(last @ Expr::Either(_)) if heads.has_room(last) => parts.pop(),
            _ => None,
        };
        // Without an end of its own, it has to be text up to the end.
        if last.is_some() || is_text(&parts) {
            heads.add(last, parts);
        } else {
            others.add(None, parts);
        }
    }
    let groups = plain.groups.into_iter().chain(others.groups);
    choice(groups.map(|(last, heads)| {
        let heads = choice(heads.into_iter().map(Expr::Sequence));
        match last {
            Some(last) => Expr::Sequence(vec![heads, last]),
            None => heads,
        }
    }))
}

fn choice(branches: impl Iterator<Item = Expr>) -> Expr {
    Expr::either(branches.collect())
}

/// Returns whether it costs to have this part several times.
fn is_costly(node: &Expr) -> bool {
    match node {
        Expr::Repeat(repeat) => repeat.max.is_none(),
        Expr::Either(branches) | Expr::Sequence(branches) => branches.iter().any(is_costly),
        _ => false,
    }
}

/// Expressions by the part that they share; None for those that share nothing.
#[derive(Default)]
struct Groups {
    groups: Vec<(Option<Expr>, Vec<Vec<Expr>>)>,
}

impl Groups {
    fn has_room(&self, shared: &Expr) -> bool {
        let is_known = |(known, _): &(Option<Expr>, _)| known.as_ref() == Some(shared);
        self.groups.len() < MAX_GROUPS || self.groups.iter().any(is_known)
    }

    fn add(&mut self, shared: Option<Expr>, rest: Vec<Expr>) {
        let known = self.groups.iter_mut().find(|(known, _)| *known == shared);
        match known {
            Some((_, rests)) => rests.push(rest),
            None => self.groups.push((shared, vec![rest])),
        }
    }
}
