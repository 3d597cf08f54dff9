// SPDX-License-Identifier: GPL-2.0-or-later

//! What changesets have become in the end.
//!
//! A changeset that was rewritten has a *set of successors* for each way in which that was done:
//! with one member mostly, several if it was split, none if it was given up. If what it was
//! rewritten to was rewritten in several ways, so was it.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::history::{History, NodeId};
use super::markers::Marker;
use crate::error::FileKind;
use crate::{Error, Result};

/// Successors that take the place of a changeset together, ascending.
pub(super) type Successors = Vec<NodeId>;

/// Members of sets that are put together, and for each marker, before it is too much. Real
/// histories need a few for each; sets of sets grow without bounds.
const BUDGET: usize = 1 << 22;
const BUDGET_OF_MARKER: usize = 64;

/// The sets of successors that are known so far.
pub(super) struct SuccessorSets<'h> {
    history: &'h History,
    known: HashMap<NodeId, Vec<Successors>>,
    budget: usize,
}

impl<'h> SuccessorSets<'h> {
    pub(super) fn new(history: &'h History) -> Self {
        SuccessorSets {
            history,
            known: HashMap::new(),
            budget: BUDGET + BUDGET_OF_MARKER * history.markers().len(),
        }
    }

    /// Returns the sets of successors of a changeset, the smaller ones first; that of one that
    /// was not rewritten is itself. Those of changesets that are not there do not count.
    ///
    /// Where rewriting goes round in a circle, the changeset at which that shows counts as
    /// given up: as in Mercurial, if markers are looked at in its order.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there are far too many.
    pub(super) fn of(&mut self, node: NodeId) -> Result<&[Successors]> {
        let mut stack = vec![node];
        let mut stacked = std::collections::HashSet::from([node]);
        while let Some(&current) = stack.last() {
            if self.known.contains_key(&current) {
                stack.pop();
                stacked.remove(&current);
                continue;
            }
            if self.history.from(current).is_empty() {
                let there = self.history.rev(current).is_some();
                let itself = if there {
                    vec![vec![current]]
                } else {
                    Vec::new()
                };
                self.known.insert(current, itself);
                continue;
            }
            let markers = self.in_order(current);
            match self.first_unknown(&markers, &stacked)? {
                Some(next) => {
                    stack.push(next);
                    stacked.insert(next);
                }
                None => {
                    let sets = self.combine(&markers)?;
                    self.known.insert(current, sets);
                }
            }
        }
        Ok(self.known.get(&node).map_or(&[], Vec::as_slice))
    }

    /// Returns the first successor whose own are to be found out; those that are being found out
    /// already have none.
    fn first_unknown(
        &mut self,
        markers: &[u32],
        stacked: &std::collections::HashSet<NodeId>,
    ) -> Result<Option<NodeId>> {
        for &marker in markers {
            for &successor in self.history.successors_in(marker) {
                self.pay(1)?;
                if self.known.contains_key(&successor) {
                    continue;
                }
                if !stacked.contains(&successor) {
                    return Ok(Some(successor));
                }
                self.known.insert(successor, Vec::new());
            }
        }
        Ok(None)
    }

    /// Returns the sets that markers stand for, when those of their successors are known.
    fn combine(&mut self, markers: &[u32]) -> Result<Vec<Successors>> {
        let mut all: Vec<Successors> = Vec::new();
        for &marker in markers {
            let mut sets: Vec<Successors> = vec![Vec::new()];
            for successor in self.history.successors_in(marker) {
                let theirs = self.known.get(successor).map_or(&[][..], Vec::as_slice);
                if theirs.is_empty() {
                    continue;
                }
                let (ours, members) = (sets.len(), theirs.iter().map(Vec::len).sum::<usize>());
                let before: usize = sets.iter().map(Vec::len).sum();
                let cost = before.saturating_mul(theirs.len()) + members.saturating_mul(ours);
                let mut product = Vec::new();
                if let Some(left) = self.budget.checked_sub(cost) {
                    for set in &sets {
                        product.extend(theirs.iter().map(|more| union(set, more)));
                    }
                    self.budget = left;
                } else {
                    return Err(too_many());
                }
                sets = product;
            }
            all.extend(sets.into_iter().filter(|set| !set.is_empty()));
        }
        self.without_subsets(all)
    }

    /// Returns the sets that are not part of another one, the smaller ones first.
    fn without_subsets(&mut self, mut sets: Vec<Successors>) -> Result<Vec<Successors>> {
        // As both sorts keep the order of equals, it is Mercurial's.
        sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
        let mut kept: Vec<Successors> = Vec::new();
        for set in sets {
            let cost = kept.iter().map(|other| other.len() + set.len()).sum();
            self.pay(cost)?;
            if !kept.iter().any(|other| is_subset(&set, other)) {
                kept.push(set);
            }
        }
        kept.reverse();
        Ok(kept)
    }

    fn pay(&mut self, cost: usize) -> Result<()> {
        self.budget = self.budget.checked_sub(cost).ok_or_else(too_many)?;
        Ok(())
    }

    /// Returns the markers of a changeset in Mercurial's order of markers.
    fn in_order(&self, node: NodeId) -> Vec<u32> {
        let mut numbers = self.history.from(node).to_vec();
        if numbers.len() > 1 {
            let markers = self.history.markers();
            numbers.sort_by_cached_key(|&number| markers.get(number as usize).map(InOrder));
        }
        numbers
    }
}

#[cold]
fn too_many() -> Error {
    let reason = "changesets have been rewritten in too many ways";
    Error::unsupported(FileKind::Refs, "obsstore", reason)
}

fn union(a: &[NodeId], b: &[NodeId]) -> Successors {
    let mut all = [a, b].concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns whether all of some ascending numbers are among others.
fn is_subset(some: &[NodeId], others: &[NodeId]) -> bool {
    let mut others = others.iter();
    some.iter()
        .all(|number| others.any(|other| other == number))
}

/// A marker, compared field by field.
struct InOrder<'d>(Marker<'d>);

impl Ord for InOrder<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (&self.0, &other.0);
        a.predecessor
            .cmp(b.predecessor)
            .then_with(|| a.successors.cmp(&b.successors))
            .then_with(|| a.flags.cmp(&b.flags))
            .then_with(|| a.metadata.cmp(&b.metadata))
            .then_with(|| a.seconds.total_cmp(&b.seconds))
            .then_with(|| a.offset.cmp(&b.offset))
            .then_with(|| a.parents.cmp(&b.parents))
    }
}

impl PartialOrd for InOrder<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for InOrder<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for InOrder<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::Changelog;
    use crate::refs::obsolescence::Markers;
    use crate::revlog::Revlog;

    #[test]
    fn sets() {
        assert_eq!(union(&[1, 5], &[2, 5, 7]), [1, 2, 5, 7]);
        assert!(is_subset(&[], &[]) && is_subset(&[1, 3], &[1, 2, 3]));
        assert!(!is_subset(&[1, 4], &[1, 2, 3]) && !is_subset(&[0], &[]));
    }

    fn node(name: u8) -> [u8; 20] {
        [name; 20]
    }

    /// A history of the nodes 1 to `known`, and of markers.
    fn history(known: u8, markers: &[(u8, &[u8])]) -> History {
        let mut index = Vec::new();
        for name in 1..=known {
            let mut entry = [0; 64];
            entry[24..32].fill(0xff);
            entry[32..52].fill(name);
            index.extend(entry);
        }
        index[3] = 1;
        let changelog = Changelog::new(Revlog::from_bytes(index, Vec::new(), "c").unwrap());
        let mut data = vec![1];
        for (predecessor, successors) in markers {
            data.extend((39 + 20 * successors.len() as u32).to_be_bytes());
            data.extend([0; 12]);
            data.extend([successors.len() as u8, 3, 0]);
            data.extend(node(*predecessor));
            data.extend(successors.iter().flat_map(|&name| node(name)));
        }
        History::new(Markers::parse(data, &"o").unwrap(), &changelog).unwrap()
    }

    /// The sets of a node, by the names of their members.
    fn of(history: &History, name: u8) -> Result<Vec<Vec<u8>>> {
        let mut sets = SuccessorSets::new(history);
        let found = sets.of(history.node_id(&node(name)).unwrap())?.to_vec();
        let name = |id: &NodeId| history.rev(*id).unwrap().get() as u8 + 1;
        Ok(found
            .iter()
            .map(|set| set.iter().map(name).collect())
            .collect())
    }

    #[test]
    fn rewriting() {
        let history = history(
            9,
            &[
                (100, &[1]),
                (101, &[100]),
                (102, &[]),
                (103, &[1, 2]),
                (104, &[3]),
                (104, &[4]),
                (105, &[104, 103]),
                (106, &[200]),
                (107, &[1]),
                (107, &[2, 1]),
                (110, &[111]),
                (111, &[110]),
                (112, &[110, 5]),
            ],
        );
        let of = |name| of(&history, name).unwrap();
        assert_eq!(of(1), [[1]]);
        assert_eq!(of(101), [[1]]);
        assert!(of(102).is_empty() && of(106).is_empty());
        assert_eq!(of(103), [[1, 2]]);
        assert_eq!(of(104).len(), 2);
        let mut split: Vec<Vec<u8>> = of(105);
        for set in &mut split {
            set.sort_unstable();
        }
        split.sort();
        assert_eq!(split, [[1, 2, 3], [1, 2, 4]]);
        // a part of another one does not count, nor does what goes round in a circle
        assert_eq!(of(107).len(), 1);
        assert!(of(110).is_empty());
        assert_eq!(of(112), [[5]]);
    }

    #[test]
    fn sets_of_sets_do_not_take_for_ever() {
        let halves: Vec<[u8; 1]> = (1..=80).map(|name| [name]).collect();
        let between: Vec<u8> = (120..160).collect();
        let mut markers: Vec<(u8, &[u8])> = vec![(100, &between)];
        for (at, &name) in between.iter().enumerate() {
            markers.push((name, &halves[2 * at]));
            markers.push((name, &halves[2 * at + 1]));
        }
        let history = history(90, &markers);
        assert!(matches!(of(&history, 100), Err(Error::Unsupported { .. })));
        assert_eq!(of(&history, 120).unwrap().len(), 2);
    }
}
