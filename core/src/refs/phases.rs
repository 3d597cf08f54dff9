// SPDX-License-Identifier: GPL-2.0-or-later

//! Phases: who may already have a changeset.
//!
//! The store's file `phaseroots` has a line for each root: the number of a phase, a space, a
//! node in hexadecimal digits. A root and its descendants have at least its phase; what has
//! no root is public.

use std::fmt::Display;

use crate::error::FileKind;
use crate::graph::bitset::BitSet;
use crate::text::integer;
use crate::{Error, Graph, Node, Result, Rev, RevSet};

/// The phase of a changeset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Phase {
    /// Others may have it; it is not changed any more.
    Public = 0,
    /// It is to be exchanged, and may still be changed.
    Draft = 1,
    /// It is not exchanged.
    Secret = 2,
    /// It is hidden, but kept.
    Archived = 32,
    /// It is only there for Mercurial's own purposes, and hidden.
    Internal = 96,
}

impl Phase {
    /// All phases, ascending.
    pub const ALL: [Phase; 5] = [
        Phase::Public,
        Phase::Draft,
        Phase::Secret,
        Phase::Archived,
        Phase::Internal,
    ];

    /// Returns the phase with a number.
    pub fn from_number(number: i64) -> Option<Phase> {
        let mut phases = Phase::ALL.into_iter();
        phases.find(|&phase| phase as i64 == number)
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Public => "public",
            Phase::Draft => "draft",
            Phase::Secret => "secret",
            Phase::Archived => "archived",
            Phase::Internal => "internal",
        }
    }

    /// Returns whether changesets of this phase may become obsolete.
    pub(super) fn may_be_obsolete(self) -> bool {
        matches!(self, Phase::Draft | Phase::Secret)
    }

    /// Returns whether changesets of this phase are hidden.
    pub(super) fn is_hidden(self) -> bool {
        matches!(self, Phase::Archived | Phase::Internal)
    }
}

/// The phases of all revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// By revision, from `first` on; what is before is public.
    phases: Vec<Phase>,
    first: usize,
}

/// Reads the content of `phaseroots`: the numbers of phases and their roots. `name` is for messages.
///
/// # Errors
/// [`Error::Corrupt`] for a line that is no number and node.
pub fn parse(content: &[u8], name: &dyn Display) -> Result<Vec<(i64, Node)>> {
    let mut roots = Vec::new();
    let lines = content.strip_suffix(b"\n").unwrap_or(content);
    if content.is_empty() {
        return Ok(roots);
    }
    for (number, line) in (1..).zip(lines.split(|&byte| byte == b'\n')) {
        let space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
        let mut words = line.split(space).filter(|word| !word.is_empty());
        let root = match (words.next(), words.next(), words.next()) {
            (Some(phase), Some(node), None) => integer(phase).zip(Node::from_hex(node)),
            _ => None,
        };
        roots.push(root.ok_or_else(|| {
            let reason = format!("line {number} is not a phase and a node");
            Error::corrupt(FileKind::Refs, name, reason)
        })?);
    }
    Ok(roots)
}

impl Phases {
    /// Works out the phases of all revisions. Takes time and memory linear in the number of
    /// revisions from the first root on.
    pub(super) fn new(roots: &[(Phase, Rev)], graph: &Graph) -> Phases {
        let not_public = roots.iter().filter(|(phase, _)| *phase != Phase::Public);
        let Some(lowest) = not_public.clone().map(|&(_, rev)| rev).min() else {
            return Phases::default();
        };
        // All descend from the null revision.
        let first = lowest.max(Rev::FIRST).index();
        let of_null = not_public.clone().filter(|(_, rev)| rev.is_null());
        let of_null = of_null.map(|&(phase, _)| phase).max();
        let parents = graph.as_slice().get(first..).unwrap_or(&[]);
        let mut phases = vec![Phase::Public; parents.len()];
        for &(phase, rev) in not_public {
            if let Some(known) = rev
                .index()
                .checked_sub(first)
                .and_then(|at| phases.get_mut(at))
            {
                *known = phase.max(*known);
            }
        }
        for at in 0..parents.len() {
            for parent in parents[at] {
                let phase = match parent {
                    Rev::NULL => of_null,
                    _ => parent
                        .index()
                        .checked_sub(first)
                        .map(|parent| phases[parent]),
                };
                phases[at] = phase.map_or(phases[at], |phase| phase.max(phases[at]));
            }
        }
        Phases { phases, first }
    }

    /// Returns the phase of a revision, which is public for those that are not there.
    pub fn get(&self, rev: Rev) -> Phase {
        let at = rev.index().checked_sub(self.first);
        let phase = at.and_then(|at| self.phases.get(at));
        phase.copied().unwrap_or(Phase::Public)
    }

    /// Returns the revisions of `len` that a phase is chosen of.
    pub fn revs(&self, len: usize, is_chosen: impl Fn(Phase) -> bool) -> RevSet {
        let mut set = if is_chosen(Phase::Public) {
            BitSet::full(len)
        } else {
            BitSet::new(len)
        };
        for (at, &phase) in self.phases.iter().enumerate() {
            let rev = Rev::from_index(self.first + at);
            if is_chosen(phase) {
                set.insert(rev);
            } else {
                set.remove(rev);
            }
        }
        RevSet::from_dense(&set)
    }

    /// Returns the revisions that are not public, ascending, with their phases.
    pub fn not_public(&self) -> impl Iterator<Item = (Rev, Phase)> {
        let all = self.phases.iter().enumerate();
        let named = all.map(|(at, &phase)| (Rev::from_index(self.first + at), phase));
        named.filter(|(_, phase)| *phase != Phase::Public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines() {
        let node = "0123456789".repeat(4);
        let file = format!("1 {node}\n 96\t{node} \n");
        let numbers: Vec<i64> = parse(file.as_bytes(), &"p")
            .unwrap()
            .iter()
            .map(|r| r.0)
            .collect();
        assert_eq!(numbers, [1, 96]);
        assert_eq!(parse(b"", &"p").unwrap(), []);
        for bad in [
            "\n".to_owned(),
            "1\n".to_owned(),
            format!("1 {node} x\n"),
            format!("x {node}"),
        ] {
            let error = parse(bad.as_bytes(), &"p").unwrap_err();
            assert!(error.to_string().starts_with("p: line 1"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_phase_is_the_highest_of_all_roots_above(
            parents in prop::collection::vec((any::<u32>(), any::<u32>()), 0..30),
            roots in prop::collection::vec((0usize..5, -1i32..30), 0..6),
        ) {
            let pick = |rev: usize, n: u32| Rev::new((n as usize % (rev + 1)) as i32 - 1);
            let parents = parents.iter().enumerate();
            let parents: Vec<[Rev; 2]> =
                parents.map(|(rev, &(p1, p2))| [pick(rev, p1), pick(rev, p2)]).collect();
            let graph = Graph::new(parents).unwrap();
            let roots: Vec<(Phase, Rev)> = roots
                .into_iter()
                .map(|(phase, rev)| (Phase::ALL[phase], Rev::new(rev)))
                .filter(|(_, rev)| rev.get() < graph.len() as i32)
                .collect();
            let phases = Phases::new(&roots, &graph);
            for rev in (0..graph.len()).map(Rev::from_index) {
                let above = |&&(_, root): &&(Phase, Rev)| {
                    root.is_null() || graph.is_ancestor(root, rev).unwrap()
                };
                let expected = roots.iter().filter(above).map(|root| root.0).max();
                let expected = expected.unwrap_or(Phase::Public);
                prop_assert_eq!(phases.get(rev), expected);
                for phase in Phase::ALL {
                    let set = phases.revs(graph.len(), |p| p == phase);
                    prop_assert_eq!(set.contains(rev), phase == expected);
                }
            }
            prop_assert_eq!(phases.get(Rev::new(1000)), Phase::Public);
        }
    }
}
