// SPDX-License-Identifier: GPL-2.0-or-later

//! Branches: every changeset is on one, whose name is part of it.
//!
//! A head of a branch is a changeset that has no descendant on that branch. Obsolete changesets
//! are not taken into account: they are no heads, and do not keep others from being some. A head
//! may close its branch; a branch is closed when all of its heads do.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use crate::changelog::{Changelog, Columns, Reading};
use crate::graph::bitset::BitSet;
use crate::platform::pool;
use crate::{Graph, Result, Rev, RevSet};

/// The heads of a branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchHeads {
    /// All, ascending, and whether each closes the branch.
    heads: Vec<(Rev, bool)>,
}

impl BranchHeads {
    /// Returns all heads, ascending, each with whether it closes the branch.
    pub fn all(&self) -> &[(Rev, bool)] {
        &self.heads
    }

    /// Returns the heads that do not close the branch, ascending.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = Rev> {
        let heads = self.heads.iter();
        heads.filter(|(_, closes)| !closes).map(|&(rev, _)| rev)
    }

    /// Returns whether all heads close the branch.
    pub fn is_closed(&self) -> bool {
        self.open().next().is_none()
    }

    /// Returns what the branch's name stands for: the last head that does not close it, else
    /// the last one.
    pub fn tip(&self) -> Rev {
        let last = self.heads.last().map_or(Rev::NULL, |head| head.0);
        self.open().next_back().unwrap_or(last)
    }
}

/// The branches of a repository, and their heads.
///
/// Of a branch with one head, Mercurial takes a merge of another revision on that branch and one on
/// another branch to have no head for an ancestor but these parents. So it may list a head
/// with a descendant, depending on which revisions it took into account before; and so does this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branches {
    branches: BTreeMap<Vec<u8>, BranchHeads>,
}

impl Branches {
    /// Returns the heads of a branch, `None` if there is no such branch.
    pub fn get(&self, name: &[u8]) -> Option<&BranchHeads> {
        self.branches.get(name)
    }

    /// Returns all branches, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &BranchHeads)> {
        self.branches.iter().map(|(name, heads)| (&name[..], heads))
    }

    /// Adds a head of which nothing else is known yet.
    pub(super) fn add_head(&mut self, name: &[u8], rev: Rev, closes: bool) {
        let branch = self.branches.entry(name.to_vec()).or_default();
        branch.heads.push((rev, closes));
        branch.heads.sort_unstable();
    }

    /// Takes more revisions into account, ascending ones, of which none is an ancestor of those
    /// that already are.
    ///
    /// Reads their changesets on several threads, and goes through the ancestors of those whose
    /// parents are on another branch for each branch apart.
    pub(super) fn add(
        &mut self,
        revs: &[Rev],
        obsolete: &RevSet,
        changelog: &Changelog,
        reading: &Reading<'_>,
    ) -> Result<()> {
        let known = OfRevs::read(revs, changelog, reading)?;
        let graph = changelog.graph()?;
        let mut new: BTreeMap<usize, Vec<(Rev, bool)>> = BTreeMap::new();
        for (row, &rev) in revs.iter().enumerate() {
            if !obsolete.contains(rev) {
                let (branch, closes) = known.rows[row];
                new.entry(branch).or_default().push((rev, closes));
            }
        }
        let new: Vec<(usize, Vec<(Rev, bool)>)> = new.into_iter().collect();
        let grown = |(branch, revs): &(usize, Vec<(Rev, bool)>)| {
            let name = &known.names[*branch];
            let before = self.branches.get(name).cloned().unwrap_or_default();
            let heads = grow(before, revs, *branch, &known, obsolete, graph)?;
            Ok((name.clone(), heads))
        };
        let grown: Result<Vec<_>> = pool::map(&new, grown).into_iter().collect();
        self.branches.extend(grown?);
        Ok(())
    }
}

/// The branches of revisions.
struct OfRevs<'c> {
    changelog: &'c Changelog,
    names: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, usize>,
    revs: &'c [Rev],
    /// The branch of each, and whether it closes that.
    rows: Vec<(usize, bool)>,
}

impl<'c> OfRevs<'c> {
    fn read(revs: &'c [Rev], changelog: &'c Changelog, reading: &Reading<'_>) -> Result<Self> {
        let less = Columns {
            descriptions: false,
            files: false,
        };
        let columns = changelog.columns(revs, less, reading)?;
        let values = &columns.branches.values;
        let names: Vec<Vec<u8>> = (0..values.len())
            .map(|at| values.get(at).unwrap_or_default().to_vec())
            .collect();
        let branches = columns.branches.rows.iter().map(|&branch| branch as usize);
        Ok(OfRevs {
            changelog,
            numbers: names.iter().cloned().zip(0..).collect(),
            names,
            revs,
            rows: branches
                .zip(columns.closes.iter().map(|&closes| closes != 0))
                .collect(),
        })
    }

    /// Returns whether a revision, which need not be one of those that were read, is on a branch.
    fn is_on(&self, rev: Rev, branch: usize) -> Result<bool> {
        if let Ok(row) = self.revs.binary_search(&rev) {
            return Ok(self.rows[row].0 == branch);
        }
        let text = self.changelog.text(rev)?;
        let changeset = self.changelog.parse(rev, &text)?;
        Ok(self.numbers.get(changeset.branch()) == Some(&branch))
    }
}

/// Returns the heads of a branch, with more revisions on it.
fn grow(
    before: BranchHeads,
    revs: &[(Rev, bool)],
    branch: usize,
    known: &OfRevs<'_>,
    obsolete: &RevSet,
    graph: &Graph,
) -> Result<BranchHeads> {
    let mut heads: BTreeMap<Rev, bool> = before.heads.into_iter().collect();
    // Through these, a head may be an ancestor of another one.
    let mut elsewhere: Vec<Rev> = Vec::new();
    for &(rev, closes) in revs {
        let (mut on_branch, mut others) = (Vec::new(), Vec::new());
        for parent in graph
            .parents(rev)?
            .into_iter()
            .filter(|parent| !parent.is_null())
        {
            // Without heads, nothing can be an ancestor.
            if heads.is_empty() {
                break;
            }
            let here = heads.contains_key(&parent)
                || !obsolete.contains(parent) && known.is_on(parent, branch)?;
            if here {
                on_branch.push(parent);
            } else {
                others.push(parent);
            }
        }
        if heads.len() != 1 || on_branch.len() != 1 {
            elsewhere.extend(others);
        }
        // A parent on the branch took its ancestors' place when it came.
        for parent in on_branch {
            heads.remove(&parent);
        }
        heads.insert(rev, closes);
    }
    let lowest = heads.first_key_value().map(|(&rev, _)| rev);
    let highest = elsewhere.iter().copied().max();
    if let (Some(lowest), Some(highest)) = (lowest, highest.filter(|&rev| Some(rev) > lowest)) {
        let mut above = BitSet::new(highest.index() + 1);
        for &rev in &elsewhere {
            above.insert(rev);
        }
        let _ = above.descend::<()>(highest.next(), lowest, |above, rev| {
            above.insert_both(graph.as_slice()[rev.index()]);
            ControlFlow::Continue(())
        });
        heads.retain(|&rev, _| !above.contains(rev));
    }
    Ok(BranchHeads {
        heads: heads.into_iter().collect(),
    })
}
