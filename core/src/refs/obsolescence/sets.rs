// SPDX-License-Identifier: GPL-2.0-or-later

//! What obsolescence means for the changesets of a repository.
//!
//! Only those that are draft or secret can be obsolete or unstable.

use std::collections::HashSet;

use super::history::{History, NodeId};
use super::markers::BUMPED_FIX;
use super::successors::SuccessorSets;
use crate::graph::bitset::BitSet;
use crate::refs::phases::{Phase, Phases};
use crate::{Graph, Result, Rev, RevSet};

/// Obsolete changesets, and those that depend on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Obsolete {
    /// Those that were rewritten or given up.
    pub obsolete: RevSet,
    /// Those that are not, but have an ancestor that is.
    pub orphan: RevSet,
    /// Obsolete ones with descendants that are not.
    pub suspended: RevSet,
    /// Obsolete ones without.
    pub extinct: RevSet,
}

impl Obsolete {
    /// Takes time linear in the number of revisions and of nodes that markers name.
    pub(crate) fn new(history: &History, phases: &Phases, graph: &Graph) -> Obsolete {
        if history.markers().is_empty() {
            return Obsolete::default();
        }
        let mut obsolete = BitSet::new(graph.len());
        for node in 0..history.node_count() as NodeId {
            let rev = history.rev(node).filter(|rev| !rev.is_null());
            let rev = rev.filter(|&rev| phases.get(rev).may_be_obsolete());
            if let Some(rev) = rev.filter(|_| !history.from(node).is_empty()) {
                obsolete.insert(rev);
            }
        }
        let mut orphan = BitSet::new(graph.len());
        for (rev, phase) in phases.not_public() {
            let parents = graph.as_slice()[rev.index()];
            let falls = |parent| obsolete.contains(parent) || orphan.contains(parent);
            if phase.may_be_obsolete() && !obsolete.contains(rev) && parents.into_iter().any(falls)
            {
                orphan.insert(rev);
            }
        }
        let mut above = BitSet::new(graph.len());
        let end = Rev::from_index(graph.len());
        let mut suspended = orphan.clone();
        let _ = suspended.descend::<()>(end, Rev::FIRST, |set, rev| {
            let parents = graph.as_slice()[rev.index()];
            set.insert_both(parents);
            above.insert_both(parents);
            std::ops::ControlFlow::Continue(())
        });
        above.intersect(&obsolete);
        let mut extinct = obsolete.clone();
        extinct.subtract(&above);
        Obsolete {
            obsolete: RevSet::from_dense(&obsolete),
            orphan: RevSet::from_dense(&orphan),
            suspended: RevSet::from_dense(&above),
            extinct: RevSet::from_dense(&extinct),
        }
    }
}

/// Returns the revisions that could be unstable by themselves, with their nodes' numbers;
/// `node_of` tells a revision's node.
pub(crate) fn candidates(
    history: &History,
    phases: &Phases,
    obsolete: &RevSet,
    node_of: impl Fn(Rev) -> Result<crate::Node>,
) -> Result<Vec<(Rev, NodeId)>> {
    let mut found = Vec::new();
    for (rev, phase) in phases.not_public() {
        if phase.may_be_obsolete() && !obsolete.contains(rev) {
            let id = history.node_id(node_of(rev)?.as_ref());
            found.extend(id.map(|id| (rev, id)));
        }
    }
    Ok(found)
}

/// Returns those of the [`candidates`] that are to take the place of a public one.
///
/// Takes time linear in what was rewritten to each candidate.
pub(crate) fn phase_divergent(
    history: &History,
    phases: &Phases,
    candidates: &[(Rev, NodeId)],
) -> Result<RevSet> {
    let mut divergent = RevSet::new();
    for &(rev, node) in candidates {
        let mut seen = HashSet::from([node]);
        let mut left = vec![node];
        while let Some(current) = left.pop() {
            let known = history.rev(current);
            if known.is_some_and(|rev| phases.get(rev) == Phase::Public) {
                divergent.add(rev)?;
                break;
            }
            let from = history.predecessors_of(current);
            let from = from.filter(|(_, flags)| flags & BUMPED_FIX == 0);
            left.extend(from.map(|(node, _)| node).filter(|&node| seen.insert(node)));
        }
    }
    Ok(divergent)
}

/// Returns those of the [`candidates`] beside which there are others that the same changeset was
/// rewritten to.
///
/// # Errors
/// [`Error::Unsupported`](crate::Error::Unsupported) if changesets were rewritten in far too
/// many ways to go through all.
pub(crate) fn content_divergent(history: &History, candidates: &[(Rev, NodeId)]) -> Result<RevSet> {
    let mut divergent = RevSet::new();
    let mut sets = SuccessorSets::new(history);
    for &(rev, node) in candidates {
        let mut seen = HashSet::new();
        let mut left: Vec<NodeId> = history.predecessors_of(node).map(|(id, _)| id).collect();
        while let Some(current) = left.pop() {
            if !seen.insert(current) {
                continue;
            }
            let newer = sets.of(current)?;
            let there = newer.iter().filter(|set| !set.is_empty());
            if there.clone().count() > 1 && there.clone().any(|set| !set.contains(&node)) {
                divergent.add(rev)?;
                break;
            }
            left.extend(history.predecessors_of(current).map(|(id, _)| id));
        }
    }
    Ok(divergent)
}
