// SPDX-License-Identifier: GPL-2.0-or-later

//! Labels that answer reachability questions without walking.
//!
//! The history is first cut into *runs*: a revision continues its parent's run if
//! it has no other parent and its parent has no other child. Only the top of a run
//! has children elsewhere and only its bottom has parents elsewhere, so runs form a
//! smaller graph (a fifth of the revisions in a usual history) that answers for the
//! whole.
//!
//! On the runs lie a few *chains*: paths from a root upwards, each chosen to cover
//! as many revisions as possible that no earlier one covers. Every run is labelled,
//! for each chain, with the highest position on it that is an ancestor (`up`) and
//! the lowest that is a descendant (`down`), the run itself included. Then
//! - if `down` of *a* is not above `up` of *b* on some chain, *a* is an ancestor of
//!   *b*, by way of the chain;
//! - if *a* is an ancestor of *b*, neither of its labels is higher than *b*'s on any
//!   chain; so one that is higher says no.
//!
//! What neither decides (one in a hundred questions about random pairs of a usual history) is
//! searched from *b* down, with every step decided by labels where they can. This is
//! the idea of chain covers (Jagadish 1990) without the cover being complete.
//!
//! There are histories in which labels decide next to nothing, such as branches side by
//! side with many merges inside each. So every search has a [`Budget`], a small part of what
//! it takes to go through everything without labels; that is done when it is used up.
//!
//! Memory: 4 bytes a revision and 44 a run, so 13 bytes a revision in a history with
//! five revisions a run, and 48 at most, where all are merges or forks.

use std::ops::ControlFlow;

use crate::Rev;
use crate::graph::bitset::BitSet;

/// The number of chains.
pub(super) const CHAINS: usize = 4;

/// A position on each chain, counted from 1; in `up` 0 is none, in `down` [`NOWHERE`].
pub(super) type Positions = [i32; CHAINS];

pub(super) const NOWHERE: i32 = i32::MAX;

/// No run: where a parent is null.
pub(super) const NO_RUN: u32 = u32::MAX;

/// Reachability labels for the first revisions of a graph.
#[derive(Debug)]
pub(super) struct Labels {
    /// The run of each revision. Runs are numbered by their bottoms, so that parents
    /// have smaller numbers than children.
    pub(super) run_of: Vec<u32>,
    /// The runs of the parents of each run's bottom.
    pub(super) parents: Vec<[u32; 2]>,
    /// The highest revision of each run.
    pub(super) top: Vec<Rev>,
    pub(super) up: Vec<Positions>,
    pub(super) down: Vec<Positions>,
}

impl Labels {
    /// Returns how many revisions are labelled.
    pub(super) fn len(&self) -> usize {
        self.run_of.len()
    }

    /// Returns the memory taken, in bytes.
    pub(super) fn bytes(&self) -> usize {
        4 * self.run_of.capacity()
            + 8 * self.parents.capacity()
            + 4 * self.top.capacity()
            + size_of::<Positions>() * (self.up.capacity() + self.down.capacity())
    }

    /// Returns whether `a` is an ancestor of `b`, or `b` itself; both are labelled. O(runs) at
    /// worst.
    #[inline]
    pub(super) fn is_ancestor(&self, a: Rev, b: Rev) -> bool {
        let (run_a, run_b) = (self.run_of[a.index()], self.run_of[b.index()]);
        let mut budget = Budget::for_part_of(run_b.saturating_sub(run_a) as usize);
        self.is_ancestor_within(a, b, &mut budget)
            .unwrap_or_else(|| self.scan(run_a, run_b))
    }

    /// Returns the same for a question of many; `None` when the budget is used up.
    #[inline]
    pub(super) fn is_ancestor_within(&self, a: Rev, b: Rev, budget: &mut Budget) -> Option<bool> {
        budget.spend(1)?;
        if a >= b {
            return Some(a == b);
        }
        let (a, b) = (self.run_of[a.index()], self.run_of[b.index()]);
        // of a run that `b` is not in, all revisions are reached through the top
        if a == b {
            Some(true)
        } else {
            self.reaches_within(a, b, budget)
        }
    }

    /// Returns whether `a` is an ancestor of one of `revs`, or one of them, all labelled; `None`
    /// when the budget is used up.
    pub(super) fn is_ancestor_of_any(
        &self,
        a: Rev,
        revs: &[Rev],
        budget: &mut Budget,
    ) -> Option<bool> {
        for &rev in revs {
            if self.is_ancestor_within(a, rev, budget)? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Returns what the labels alone say on whether run `a` is an ancestor of run `b`.
    #[inline(always)]
    fn ask(&self, a: u32, b: u32) -> Option<bool> {
        if a >= b {
            return Some(a == b);
        }
        let (a, b) = (a as usize, b as usize);
        let (up_a, up_b) = (&self.up[a], &self.up[b]);
        let (down_a, down_b) = (&self.down[a], &self.down[b]);
        // without branches, for the chains to be compared at once
        let (mut yes, mut no) = (false, false);
        for chain in 0..CHAINS {
            yes |= down_a[chain] <= up_b[chain];
            no |= (up_a[chain] > up_b[chain]) | (down_a[chain] > down_b[chain]);
        }
        match (yes, no) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }

    /// Returns whether run `a` is an ancestor of run `b`; `None` when the budget is used up.
    #[inline]
    pub(super) fn reaches_within(&self, a: u32, b: u32, budget: &mut Budget) -> Option<bool> {
        budget.spend(1)?;
        match self.ask(a, b) {
            None => self.search(a, b, budget),
            answer => answer,
        }
    }

    /// Looks at all runs between run `b` and the lower run `a` that lead from one to the
    /// other. No label is asked: that takes longer than to go on.
    #[cold]
    fn scan(&self, a: u32, b: u32) -> bool {
        // by distance from `a`
        let from_a = |run: u32| Rev::from_index((run - a) as usize);
        let (top, bottom) = (from_a(b), Rev::FIRST);
        let mut seen = BitSet::new(top.index() + 1);
        seen.insert(top);
        let found = seen.descend(top.next(), bottom.next(), |seen, distance| {
            for parent in self.parents[a as usize + distance.index()] {
                if parent == a {
                    return ControlFlow::Break(());
                }
                if parent != NO_RUN && parent > a {
                    seen.insert(from_a(parent));
                }
            }
            ControlFlow::Continue(())
        });
        found.is_break()
    }

    /// Searches for run `a` from run `b` down, where labels do not decide.
    fn search(&self, a: u32, b: u32, budget: &mut Budget) -> Option<bool> {
        // runs between the two; few enough for the stack, mostly
        let mut few = [0u64; 32];
        let mut many;
        let width = (b - a) as usize;
        let seen: &mut [u64] = if width < 64 * few.len() {
            &mut few
        } else {
            many = vec![0u64; width / 64 + 1];
            &mut many
        };
        let mut pending = vec![b];
        while let Some(run) = pending.pop() {
            budget.spend(4)?;
            for parent in self.parents[run as usize] {
                if parent == NO_RUN || parent < a {
                    continue;
                }
                match self.ask(a, parent) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => {
                        let at = (parent - a) as usize;
                        let bit = 1 << (at % 64);
                        if seen[at / 64] & bit == 0 {
                            seen[at / 64] |= bit;
                            pending.push(parent);
                        }
                    }
                }
            }
        }
        Some(false)
    }

    /// Returns the ancestors of `revs`, themselves included, that are no ancestors of `bases`;
    /// all of them are labelled. Asks once for each run that is entered. `None` when the
    /// budget is used up.
    pub(super) fn missing(
        &self,
        history: &[[Rev; 2]],
        bases: &[Rev],
        revs: &[Rev],
        budget: &mut Budget,
    ) -> Option<BitSet> {
        let end = revs.iter().max().map_or(Rev::FIRST, |max| max.next());
        let mut missing = BitSet::new(end.index());
        let mut pending = revs.to_vec();
        'entered: while let Some(mut rev) = pending.pop() {
            if missing.contains(rev) {
                continue;
            }
            for &base in bases {
                if self.is_ancestor_within(rev, base, budget)? {
                    continue 'entered;
                }
            }
            // the same is true of the rest of the run, down to a base or what was met
            let run = self.run_of[rev.index()];
            let in_run = bases
                .iter()
                .filter(|&&base| self.run_of[base.index()] == run);
            let base = in_run.copied().max().unwrap_or(Rev::NULL);
            loop {
                missing.insert(rev);
                let [p1, p2] = history[rev.index()];
                if !p2.is_null() || p1.is_null() || self.run_of[p1.index()] != run {
                    pending.extend([p1, p2].into_iter().filter(|&parent| !parent.is_null()));
                    break;
                }
                if p1 == base || missing.contains(p1) {
                    break;
                }
                rev = p1;
            }
        }
        Some(missing)
    }
}

/// The work that may still be spent on finding something out in one way before another
/// is better; about one unit for a question to the labels.
pub(super) struct Budget(pub(super) usize);

impl Budget {
    /// Returns a small part of what it costs to go through so many revisions or runs, and enough
    /// for what needs no more than a few.
    pub(super) fn for_part_of(count: usize) -> Self {
        Budget(512 + count / 16)
    }

    #[inline]
    pub(super) fn spend(&mut self, units: usize) -> Option<()> {
        self.0 = self.0.checked_sub(units)?;
        Some(())
    }
}
