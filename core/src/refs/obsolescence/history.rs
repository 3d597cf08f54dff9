// SPDX-License-Identifier: GPL-2.0-or-later

//! Markers as edges between changesets.

use std::collections::HashMap;

use super::markers::Markers;
use crate::changelog::Changelog;
use crate::{Node, Result, Rev};

/// The number of a node that markers name.
pub(crate) type NodeId = u32;

/// The markers of a repository, and what they are about.
#[derive(Debug, Default)]
pub struct History {
    markers: Markers,
    ids: HashMap<Vec<u8>, NodeId>,
    /// By node: its revision, if it is there.
    revs: Vec<Option<Rev>>,
    /// By node: the markers that it is the predecessor of, and those it is a successor of.
    to_successors: Edges,
    to_predecessors: Edges,
    /// By marker: its predecessor and its flags.
    predecessors: Vec<(NodeId, u16)>,
    /// By marker: its successors.
    successors: Edges,
}

/// Lists of numbers, one after the other.
#[derive(Debug, Default)]
struct Edges {
    ends: Vec<usize>,
    numbers: Vec<u32>,
}

impl Edges {
    /// Returns for each of `len` things the numbers that it comes with in `pairs`, in their
    /// order there.
    fn new(len: usize, pairs: &[(u32, u32)]) -> Edges {
        let mut ends = vec![0; len + 1];
        for &(thing, _) in pairs {
            ends[thing as usize + 1] += 1;
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut next = ends.clone();
        let mut numbers = vec![0; pairs.len()];
        for &(thing, number) in pairs {
            let place = &mut next[thing as usize];
            numbers[*place] = number;
            *place += 1;
        }
        ends.remove(0);
        Edges { ends, numbers }
    }

    fn of(&self, thing: u32) -> &[u32] {
        let thing = thing as usize;
        let start = thing.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.numbers[start..self.ends[thing]]
    }
}

impl History {
    /// Takes time and memory linear in the number of markers.
    pub(crate) fn new(markers: Markers, changelog: &Changelog) -> Result<History> {
        let mut history = History::default();
        let (mut of, mut by, mut successors) = (Vec::new(), Vec::new(), Vec::new());
        for (number, marker) in (0..).zip(markers.iter()) {
            let predecessor = history.id(marker.predecessor, changelog)?;
            history.predecessors.push((predecessor, marker.flags));
            of.push((predecessor, number));
            for node in marker.successors {
                let successor = history.id(node, changelog)?;
                by.push((successor, number));
                successors.push((number, successor));
            }
        }
        history.to_successors = Edges::new(history.revs.len(), &of);
        history.to_predecessors = Edges::new(history.revs.len(), &by);
        history.successors = Edges::new(markers.len(), &successors);
        history.markers = markers;
        Ok(history)
    }

    fn id(&mut self, node: &[u8], changelog: &Changelog) -> Result<NodeId> {
        if let Some(&id) = self.ids.get(node) {
            return Ok(id);
        }
        let id = self.revs.len() as NodeId;
        self.revs.push(match Node::try_from(node) {
            Ok(node) => changelog.rev_of(&node)?,
            Err(_) => None,
        });
        self.ids.insert(node.to_vec(), id);
        Ok(id)
    }

    /// Returns the markers.
    pub fn markers(&self) -> &Markers {
        &self.markers
    }

    /// Returns the numbers of the markers that say what a changeset was rewritten to.
    pub fn successor_markers(&self, node: &[u8]) -> &[u32] {
        self.ids
            .get(node)
            .map_or(&[], |&id| self.to_successors.of(id))
    }

    /// Returns the numbers of the markers that say what was rewritten to a changeset.
    pub fn predecessor_markers(&self, node: &[u8]) -> &[u32] {
        self.ids
            .get(node)
            .map_or(&[], |&id| self.to_predecessors.of(id))
    }

    /// Returns the number of a node.
    pub(super) fn node_id(&self, node: &[u8]) -> Option<NodeId> {
        self.ids.get(node).copied()
    }

    /// Returns how many nodes there are.
    pub(super) fn node_count(&self) -> usize {
        self.revs.len()
    }

    /// Returns the revision of a node.
    pub(super) fn rev(&self, node: NodeId) -> Option<Rev> {
        self.revs[node as usize]
    }

    /// Returns the markers whose predecessor a node is.
    pub(super) fn from(&self, node: NodeId) -> &[u32] {
        self.to_successors.of(node)
    }

    /// Returns the predecessors of a node, with the flags of the markers that say so.
    pub(super) fn predecessors_of(&self, node: NodeId) -> impl Iterator<Item = (NodeId, u16)> {
        let markers = self.to_predecessors.of(node).iter();
        markers.map(|&marker| self.predecessors[marker as usize])
    }

    /// Returns the successors that a marker has.
    pub(super) fn successors_in(&self, marker: u32) -> &[NodeId] {
        self.successors.of(marker)
    }
}
