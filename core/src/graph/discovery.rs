// SPDX-License-Identifier: GPL-2.0-or-later

//! Finding out what a remote repository has by asking about samples.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Graph, MissingAncestors};
use crate::graph::bitset::BitSet;
use crate::graph::revset::RevSet;
use crate::{Result, Rev};

/// The state of one discovery: which revisions are common with the remote, which
/// it misses, and which are undecided; and the choice of what to ask next.
///
/// Makes the decisions of Mercurial's own class, so that the same answers lead to
/// the same questions (random choice apart). The graph is the one of the moment
/// of creation.
#[derive(Clone, Debug)]
pub struct Discovery {
    graph: Arc<Graph>,
    target_heads: Vec<Rev>,
    common: MissingAncestors,
    /// Known only once somebody asked.
    undecided: Option<BitSet>,
    missing: BitSet,
    /// Children of the revisions that were undecided when first needed.
    children: Option<Children>,
    respect_size: bool,
    random: Option<Random>,
}

impl Discovery {
    /// Returns a discovery of the ancestors of `target_heads`.
    ///
    /// `respect_size` keeps samples to the size asked for; otherwise they may grow
    /// with the width of what is undecided. Without `randomize`, a sample that is
    /// too large is cut to its lowest revisions.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange), as from all that take revisions.
    pub fn new(
        graph: Arc<Graph>,
        target_heads: &[Rev],
        respect_size: bool,
        randomize: bool,
    ) -> Result<Self> {
        graph.check_all(target_heads)?;
        Ok(Self {
            target_heads: target_heads.to_vec(),
            common: MissingAncestors::new(Arc::clone(&graph), &[])?,
            undecided: None,
            missing: BitSet::new(graph.len()),
            children: None,
            respect_size,
            random: randomize.then(Random::new),
            graph,
        })
    }

    /// Notes that the remote has these, and so their ancestors.
    pub fn add_commons(&mut self, commons: &[Rev]) -> Result<()> {
        self.common.add_bases(commons)?;
        if let Some(undecided) = &mut self.undecided {
            self.common.remove_from_dense(undecided);
        }
        Ok(())
    }

    /// Notes that the remote lacks these, and so their descendants.
    pub fn add_missings(&mut self, missings: &[Rev]) -> Result<()> {
        self.graph.check_all(missings)?;
        self.know_undecided();
        let Some(&lowest) = missings.iter().min() else {
            return Ok(());
        };
        let undecided = self.undecided.as_ref().expect("just computed");
        let Some(highest) = undecided.last_below(self.graph.end()) else {
            return Ok(());
        };
        let mut lacked = BitSet::new(self.graph.len());
        for &rev in missings {
            lacked.insert(rev);
        }
        // whether one was found that is neither undecided nor known to be missing
        let mut settled = false;
        for rev in Rev::range(lowest.max(Rev::FIRST)..highest.next()) {
            let [p1, p2] = self.graph.parents[rev.index()];
            if lacked.contains(rev) || lacked.contains(p1) || lacked.contains(p2) {
                lacked.insert(rev);
                settled |= !undecided.contains(rev) && !self.missing.contains(rev);
            }
        }
        if settled || lowest.is_null() {
            let heads = undecided.to_vec();
            let path = self.graph.range_dense(missings, &heads, lowest, true);
            lacked.intersect(&path);
        } else {
            lacked.intersect(undecided);
        }
        self.missing.union_with(&lacked);
        if let Some(undecided) = &mut self.undecided {
            undecided.subtract(&lacked);
        }
        Ok(())
    }

    /// Returns whether anything is known to be common, other than null.
    pub fn has_info(&self) -> bool {
        self.common.has_bases()
    }

    /// Returns whether nothing is undecided; false before anybody asked what is.
    pub fn is_complete(&self) -> bool {
        self.undecided.as_ref().is_some_and(BitSet::is_empty)
    }

    /// Returns how many revisions are undecided. Finds out which on the first call.
    pub fn undecided_count(&mut self) -> usize {
        self.know_undecided().len()
    }

    /// Returns the undecided revisions. Finds them on the first call.
    pub fn undecided(&mut self) -> RevSet {
        RevSet::from_dense(self.know_undecided())
    }

    /// Returns the revisions known to be missing from the remote.
    pub fn missing(&self) -> RevSet {
        RevSet::from_dense(&self.missing)
    }

    /// Returns the heads of what is known to be common, ascending.
    pub fn common_heads(&self) -> Vec<Rev> {
        self.common.bases_heads()
    }

    /// Returns a first sample of about `size`, ascending: the heads of what is undecided,
    /// then ancestors of `head_revs` at distances 2, 4, 8 …, wherever they lie.
    /// All that is undecided, if it is no more than `size`.
    pub fn take_quick_sample(&mut self, head_revs: &[Rev], size: usize) -> Result<Vec<Rev>> {
        self.graph.check_all(head_revs)?;
        let undecided = self.know_undecided();
        if undecided.len() <= size {
            return Ok(undecided.to_vec());
        }
        let undecided = undecided.clone();
        let mut sample = Sample::new(&self.graph, &self.heads(&undecided));
        if sample.count >= size {
            return Ok(self.limit(sample.set.to_vec(), size));
        }
        let graph = Arc::clone(&self.graph);
        sample.grow(head_revs, None, size, |rev, next| {
            next.extend(graph.parents_or_null(rev));
        });
        Ok(sample.set.to_vec())
    }

    /// Returns a sample of `size`, ascending: of what is undecided, revisions at distances
    /// 1, 2, 4, 8 … from its heads and from its roots, filled up with others. All
    /// that is undecided, if it is no more than `size`.
    pub fn take_full_sample(&mut self, _head_revs: &[Rev], size: usize) -> Result<Vec<Rev>> {
        let undecided = self.know_undecided();
        if undecided.len() <= size {
            return Ok(undecided.to_vec());
        }
        let undecided = undecided.clone();
        let graph = Arc::clone(&self.graph);
        if self.children.is_none() {
            self.children = Some(Children::new(&graph, &undecided));
        }
        let heads = self.heads(&undecided);
        let roots = self.roots(&undecided);
        let mut sample = Sample::new(&graph, &heads);
        sample.grow(&heads, Some(&undecided), 0, |rev, next| {
            next.extend(graph.parents_or_null(rev));
        });
        if let Some(children) = &self.children {
            sample.grow(&roots, Some(&undecided), 0, |rev, next| {
                next.extend_from_slice(children.of(rev));
            });
        }
        let size = if self.respect_size {
            size
        } else {
            size.max(roots.len().min(heads.len()))
        };
        let mut chosen = self.limit(sample.set.to_vec(), size);
        if chosen.len() < size {
            let mut others = undecided;
            others.subtract(&sample.set);
            let more = size - chosen.len();
            chosen.extend(self.limit(others.to_vec(), more));
            chosen.sort_unstable();
        }
        Ok(chosen)
    }

    /// At most `size` of an ascending sample, ascending.
    fn limit(&mut self, mut sample: Vec<Rev>, size: usize) -> Vec<Rev> {
        if sample.len() > size {
            if let Some(random) = &mut self.random {
                for i in 0..size {
                    let other = i + random.below(sample.len() - i);
                    sample.swap(i, other);
                }
                sample[..size].sort_unstable();
            }
            sample.truncate(size);
        }
        sample
    }

    fn know_undecided(&mut self) -> &BitSet {
        if self.undecided.is_none() {
            self.undecided = Some(self.common.missing_dense(&self.target_heads));
        }
        self.undecided.as_ref().expect("just computed")
    }

    fn heads(&self, revs: &BitSet) -> Vec<Rev> {
        let mut heads = revs.clone();
        for rev in revs.iter() {
            let [p1, p2] = self.graph.parents[rev.index()];
            heads.remove(p1);
            heads.remove(p2);
        }
        heads.to_vec()
    }

    fn roots(&self, revs: &BitSet) -> Vec<Rev> {
        let is_root = |rev: &Rev| {
            let [p1, p2] = self.graph.parents[rev.index()];
            !revs.contains(p1) && !revs.contains(p2)
        };
        revs.iter().filter(is_root).collect()
    }
}

/// A sample in the making.
struct Sample<'a> {
    graph: &'a Graph,
    set: BitSet,
    count: usize,
}

impl<'a> Sample<'a> {
    fn new(graph: &'a Graph, start: &[Rev]) -> Self {
        let mut set = BitSet::new(graph.len());
        for &rev in start {
            set.insert(rev);
        }
        Self {
            graph,
            set,
            count: start.len(),
        }
    }

    /// Adds revisions at distances 1, 2, 4, 8 … from `starts`, which are visited in
    /// their order; `neighbours` leads on, within `among` if given. Ends when the
    /// sample has `enough` (0: never).
    fn grow(
        &mut self,
        starts: &[Rev],
        among: Option<&BitSet>,
        enough: usize,
        neighbours: impl Fn(Rev, &mut Vec<Rev>),
    ) {
        // distances by revision, null first; 0 means not yet seen
        let mut distances = vec![0u32; self.graph.len() + 1];
        let mut visited = BitSet::new(self.graph.len());
        let mut queue: VecDeque<Rev> = starts.iter().copied().collect();
        let mut factor = 1;
        let mut next = Vec::new();
        while let Some(rev) = queue.pop_front() {
            if visited.contains(rev) {
                continue;
            }
            visited.insert(rev);
            let distance = &mut distances[rev.slot()];
            // a start may have been seen as the neighbour of an earlier one
            *distance = (*distance).max(1);
            let distance = *distance;
            if distance > factor {
                factor *= 2;
            }
            if distance == factor {
                self.count += usize::from(!self.set.contains(rev));
                self.set.insert(rev);
                if enough != 0 && self.count >= enough {
                    return;
                }
            }
            next.clear();
            neighbours(rev, &mut next);
            for &rev in &next {
                if rev.is_null() || among.is_some_and(|among| !among.contains(rev)) {
                    continue;
                }
                // what has a distance is in the queue, or was
                let known = &mut distances[rev.slot()];
                if *known == 0 {
                    *known = distance + 1;
                    queue.push_back(rev);
                }
            }
        }
    }
}

/// The children of some revisions, among them: one array, and where each
/// revision's part of it starts.
#[derive(Clone, Debug)]
struct Children {
    starts: Vec<u32>,
    children: Vec<Rev>,
}

impl Children {
    fn new(graph: &Graph, revs: &BitSet) -> Self {
        let mut starts = vec![0u32; graph.len() + 1];
        let edges = |rev: Rev| {
            let parents = graph.parents[rev.index()].into_iter();
            parents.filter(|&p| !p.is_null() && revs.contains(p))
        };
        for rev in revs.iter() {
            for parent in edges(rev) {
                starts[parent.index()] += 1;
            }
        }
        // sums, and then back by one for each child put in, in descending order
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut children = vec![Rev::NULL; sum as usize];
        let mut set = revs.clone();
        let _ = set.descend::<()>(graph.end(), Rev::FIRST, |_, rev| {
            for parent in edges(rev) {
                let start = &mut starts[parent.index()];
                *start -= 1;
                children[*start as usize] = rev;
            }
            ControlFlow::Continue(())
        });
        Self { starts, children }
    }

    fn of(&self, rev: Rev) -> &[Rev] {
        let range = rev.index()..rev.index() + 2;
        match self.starts[range] {
            [start, end] => &self.children[start as usize..end as usize],
            _ => &[],
        }
    }
}

/// Random numbers, good enough for choosing samples (splitmix64), seeded
/// differently for each discovery.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    /// Returns a number below `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let scaled = u128::from(z ^ (z >> 31)) * limit as u128;
        (scaled >> 64) as usize
    }
}
