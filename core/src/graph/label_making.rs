// SPDX-License-Identifier: GPL-2.0-or-later

//! How labels are made: the history is cut into runs, chains are chosen, and each run gets its
//! positions on them.

use super::labels::{CHAINS, Labels, NO_RUN, NOWHERE, Positions};
use crate::Rev;
use crate::platform::pool;

/// From how many runs on both kinds of label are computed at the same time.
const PARALLEL_RUNS: usize = 20_000;

impl Labels {
    /// Labels for all revisions. O(n), with a dozen passes over the runs.
    pub(super) fn new(history: &[[Rev; 2]]) -> Self {
        let mut labels = Self::cut_into_runs(history);
        let positions = labels.choose_chains();
        let parents = &labels.parents;
        let up = || climb(parents, &positions);
        let down = || descend(parents, &positions);
        (labels.up, labels.down) = if parents.len() < PARALLEL_RUNS {
            (up(), down())
        } else {
            pool::join(up, down)
        };
        labels
    }

    fn cut_into_runs(history: &[[Rev; 2]]) -> Self {
        // children of each revision, null first; more than two are as good as two
        let mut children = vec![0u8; history.len() + 1];
        for parents in history {
            for parent in parents {
                let count = &mut children[parent.slot()];
                *count = (*count + 1).min(2);
            }
        }
        let mut run_of: Vec<u32> = Vec::with_capacity(history.len());
        let mut parents = Vec::new();
        let mut top = Vec::new();
        for (rev, &[p1, p2]) in history.iter().enumerate() {
            let single = if p2.is_null() { p1 } else { Rev::NULL };
            if !single.is_null() && children[single.slot()] == 1 {
                let run = run_of[single.index()];
                run_of.push(run);
                top[run as usize] = Rev::from_index(rev);
            } else {
                let run = |rev: Rev| run_of.get(rev.index()).copied().unwrap_or(NO_RUN);
                parents.push([run(p1), run(p2)]);
                run_of.push(top.len() as u32);
                top.push(Rev::from_index(rev));
            }
        }
        parents.shrink_to_fit();
        top.shrink_to_fit();
        Self {
            run_of,
            parents,
            top,
            up: Vec::new(),
            down: Vec::new(),
        }
    }

    /// Chooses the chains: each run's position on each, 0 for none.
    fn choose_chains(&self) -> Vec<Positions> {
        let mut positions = vec![[0; CHAINS]; self.parents.len()];
        // revisions that a chain would newly cover at each run
        let mut gains = vec![0u32; self.parents.len()];
        for &run in &self.run_of {
            gains[run as usize] += 1;
        }
        let mut sums = vec![0u32; self.parents.len()];
        let paths: [Vec<u32>; CHAINS] = std::array::from_fn(|_| {
            let path = self.heaviest_path(&gains, &mut sums);
            for &run in &path {
                gains[run as usize] = 0;
            }
            path
        });
        for (chain, path) in paths.iter().enumerate() {
            for (position, &run) in path.iter().rev().enumerate() {
                positions[run as usize][chain] = position as i32 + 1;
            }
        }
        positions
    }

    /// Returns the path with the greatest sum of gains, from its top down. `sums` is for the
    /// sums up to each run.
    fn heaviest_path(&self, gains: &[u32], sums: &mut [u32]) -> Vec<u32> {
        let (mut best, mut best_sum) = (NO_RUN, 0);
        for (run, &[p1, p2]) in self.parents.iter().enumerate() {
            let sum = |parent: u32| sums.get(parent as usize).map_or(0, |&sum| sum);
            let here = gains[run] + sum(p1).max(sum(p2));
            sums[run] = here;
            if here > best_sum {
                (best, best_sum) = (run as u32, here);
            }
        }
        let mut path = Vec::new();
        while best != NO_RUN {
            path.push(best);
            best = match self.parents[best as usize] {
                [NO_RUN, other] | [other, NO_RUN] => other,
                [p1, p2] if sums[p2 as usize] > sums[p1 as usize] => p2,
                [p1, _] => p1,
            };
        }
        path
    }
}

/// Returns the highest position on each chain that is an ancestor of each run.
fn climb(parents: &[[u32; 2]], positions: &[Positions]) -> Vec<Positions> {
    let mut up: Vec<Positions> = Vec::with_capacity(parents.len());
    for (both, own) in parents.iter().zip(positions) {
        let mut here = *own;
        for &parent in both {
            if let Some(parents) = up.get(parent as usize) {
                for (here, parents) in here.iter_mut().zip(parents) {
                    *here = (*here).max(*parents);
                }
            }
        }
        up.push(here);
    }
    up
}

/// Returns the lowest position on each chain that is a descendant of each run.
fn descend(parents: &[[u32; 2]], positions: &[Positions]) -> Vec<Positions> {
    let own = |at: &i32| if *at == 0 { NOWHERE } else { *at };
    let mut down: Vec<Positions> = positions.iter().map(|p| p.each_ref().map(own)).collect();
    for run in (0..parents.len()).rev() {
        let here = down[run];
        for parent in parents[run] {
            if let Some(theirs) = down.get_mut(parent as usize) {
                for (theirs, here) in theirs.iter_mut().zip(&here) {
                    *theirs = (*theirs).min(*here);
                }
            }
        }
    }
    down
}
