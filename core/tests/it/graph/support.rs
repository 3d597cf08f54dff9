// SPDX-License-Identifier: GPL-2.0-or-later

//! Histories to test with, and the plainest possible answers to compare with.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;
use vermilion_core::graph::Discovery;
use vermilion_core::{Result, Rev};

use crate::revs::first;

pub type Parents = Vec<[Rev; 2]>;
pub type Set = BTreeSet<Rev>;

/// Tells a discovery what the remote answers: revisions, and whether it has them.
pub fn tell(discovery: &mut Discovery, answers: &[(Rev, bool)]) -> Result<()> {
    let of = |has: bool| -> Vec<Rev> {
        let some = answers.iter().filter(|answer| answer.1 == has);
        some.map(|answer| answer.0).collect()
    };
    for (revs, add) in [
        (of(true), Discovery::add_commons as fn(&mut _, &_) -> _),
        (of(false), Discovery::add_missings),
    ] {
        if !revs.is_empty() {
            add(discovery, &revs)?;
        }
    }
    Ok(())
}

/// Histories of up to `max` revisions, of several shapes.
pub fn histories(max: usize) -> impl Strategy<Value = Parents> {
    // how far back parents lie, and how often there are two or none
    let shape = prop_oneof![
        Just((1u32, 0u32, 0u32)), // a line
        Just((3, 10, 2)),         // a busy trunk
        Just((20, 30, 5)),        // branches and merges
        Just((5, 80, 1)),         // mostly merges
        Just((1000, 5, 10)),      // bushy
        Just((1000, 50, 20)),     // anything
        Just((2, 0, 60)),         // many roots
    ];
    (shape, 0..=max).prop_flat_map(|((back, merges, roots), len)| {
        prop::collection::vec((0..100u32, 0..100u32, 0..back, 0..back), len).prop_map(
            move |draws| {
                let parent = |rev: usize, back: u32| match rev.checked_sub(1) {
                    Some(last) => Rev::from_index(last - last.min(back as usize)),
                    None => Rev::NULL,
                };
                draws
                    .iter()
                    .enumerate()
                    .map(|(rev, &(root, merge, b1, b2))| {
                        if rev == 0 || root < roots {
                            return [Rev::NULL; 2];
                        }
                        let (p1, p2) = (parent(rev, b1), parent(rev, b2));
                        // second parents alone and equal parents are legal, if odd
                        if merge >= merges {
                            [p1, Rev::NULL]
                        } else if merge == 0 {
                            [Rev::NULL, p2]
                        } else {
                            [p1, p2]
                        }
                    })
                    .collect()
            },
        )
    })
}

/// A history and some lists of its revisions, null among them now and then.
pub fn with_revs(max: usize, lists: usize) -> impl Strategy<Value = (Parents, Vec<Vec<Rev>>)> {
    histories(max).prop_flat_map(move |parents| {
        let len = parents.len() as i32;
        let rev = prop_oneof![20 => 0..len.max(1), 1 => Just(-1)]
            .prop_map(move |r| Rev::new(r.min(len - 1)));
        let list = prop_oneof![
            6 => prop::collection::vec(rev.clone(), 0..5),
            1 => prop::collection::vec(rev, 0..60),
        ];
        (Just(parents), prop::collection::vec(list, lists))
    })
}

/// The obvious answers.
pub struct Model {
    pub parents: Parents,
}

impl Model {
    pub fn of(&self, rev: Rev) -> [Rev; 2] {
        match rev {
            Rev::NULL => [Rev::NULL; 2],
            rev => self.parents[rev.index()],
        }
    }

    /// One past the last revision.
    pub fn end(&self) -> Rev {
        Rev::from_index(self.parents.len())
    }

    /// Ancestors, themselves included, without null.
    pub fn ancestors(&self, revs: &[Rev]) -> Set {
        let (mut found, mut todo) = (Set::new(), revs.to_vec());
        while let Some(rev) = todo.pop() {
            if !rev.is_null() && found.insert(rev) {
                todo.extend(self.of(rev));
            }
        }
        found
    }

    pub fn is_ancestor(&self, a: Rev, b: Rev) -> bool {
        a.is_null() || self.ancestors(&[b]).contains(&a)
    }

    pub fn lazy(&self, revs: &[Rev], stop: Rev, inclusive: bool) -> Vec<Rev> {
        let starts: Vec<Rev> = revs.iter().copied().filter(|&r| r >= stop).collect();
        let parents: Vec<Rev> = starts.iter().flat_map(|&r| self.of(r)).collect();
        let mut found = self.ancestors(&parents);
        if inclusive {
            found.extend(starts);
        }
        found.into_iter().rev().filter(|&r| r >= stop).collect()
    }

    pub fn missing(&self, revs: &[Rev], bases: &[Rev]) -> Vec<Rev> {
        let known = self.ancestors(bases);
        let all = self.ancestors(revs);
        all.difference(&known).copied().collect()
    }

    pub fn heads_of(&self, revs: &[Rev]) -> Vec<Rev> {
        let set: Set = revs.iter().copied().collect();
        let parents: Set = set.iter().flat_map(|&r| self.of(r)).collect();
        let heads = set.difference(&parents).copied();
        heads.filter(|&r| !r.is_null()).collect()
    }

    pub fn roots_of(&self, revs: &[Rev]) -> Vec<Rev> {
        let set: Set = revs.iter().copied().collect();
        let inner = |r: Rev| self.of(r).iter().any(|p| !p.is_null() && set.contains(p));
        set.iter().copied().filter(|&r| !inner(r)).collect()
    }

    pub fn common_heads(&self, revs: &[Rev]) -> Vec<Rev> {
        let Some((first, rest)) = revs.split_first() else {
            return Vec::new();
        };
        let mut common = self.ancestors(&[*first]);
        for &rev in rest {
            common = &common & &self.ancestors(&[rev]);
        }
        let all: Vec<Rev> = common.into_iter().collect();
        self.heads_of(&all).into_iter().rev().collect()
    }

    /// The walk from all heads at once that decides which of them are deepest.
    pub fn greatest(&self, revs: &[Rev]) -> Vec<Rev> {
        let mut heads = self.common_heads(revs);
        heads.reverse();
        if heads.len() < 2 {
            return heads;
        }
        // of every revision the distance and the heads at that distance; 0 is not seen
        let mut depth: BTreeMap<Rev, u32> = heads.iter().map(|&h| (h, 1)).collect();
        let mut whose: BTreeMap<Rev, Set> = heads.iter().map(|&h| (h, Set::from([h]))).collect();
        loop {
            let groups: BTreeSet<&Set> = whose.values().collect();
            if groups.len() < 2 {
                return groups.into_iter().flatten().copied().collect();
            }
            let (&rev, _) = whose.last_key_value().unwrap();
            let mine = whose[&rev].clone();
            for parent in self.of(rev).into_iter().filter(|&p| !p.is_null()) {
                let new = depth[&rev] + 1;
                let old = depth.get(&parent).copied().unwrap_or(0);
                if new > old {
                    depth.insert(parent, new);
                    whose.insert(parent, mine.clone());
                } else if new == old {
                    whose.get_mut(&parent).unwrap().extend(&mine);
                }
            }
            whose.remove(&rev);
        }
    }

    pub fn descendants(&self, revs: &[Rev]) -> Vec<Rev> {
        let mut all = first(self.parents.len());
        all.retain(|&r| revs.iter().any(|&a| a != r && self.is_ancestor(a, r)));
        all
    }

    /// Two state sets and a stack, with null as a node of its own.
    pub fn range(&self, roots: &[Rev], heads: &[Rev], min_root: Rev, path: bool) -> Vec<Rev> {
        let (mut seen, mut todo, mut reached) = (Set::new(), heads.to_vec(), Set::new());
        while let Some(rev) = todo.pop() {
            if !seen.insert(rev) {
                continue;
            }
            if roots.contains(&rev) {
                reached.insert(rev);
                if !path {
                    continue;
                }
            }
            if !rev.is_null() {
                todo.extend(self.of(rev).into_iter().filter(|&p| p >= min_root));
            }
        }
        if path {
            for &rev in seen.iter().filter(|&&rev| rev >= min_root.max(Rev::FIRST)) {
                if self.of(rev).iter().any(|p| reached.contains(p)) {
                    reached.insert(rev);
                }
            }
        }
        reached.into_iter().collect()
    }

    /// Groups in a plain list, searched from the front.
    pub fn toposort(&self, revs: &[Rev], first_branch: &[Rev]) -> Vec<Rev> {
        let wanted: Set = revs.iter().copied().collect();
        let Some(&lowest) = wanted.first() else {
            return Vec::new();
        };
        let mut visit: Set = self.ancestors(revs);
        visit.extend(&wanted);
        let mut groups: Vec<(Vec<Rev>, Set)> =
            vec![(Vec::new(), first_branch.iter().copied().collect())];
        let mut sorted = Vec::new();
        for &rev in visit.iter().rev().filter(|&&rev| rev >= lowest) {
            let mut waiting: Vec<usize> = (0..groups.len())
                .filter(|&i| groups[i].1.contains(&rev))
                .collect();
            if waiting.is_empty() {
                groups.push((Vec::new(), Set::from([rev])));
                waiting.push(groups.len() - 1);
            }
            let mut at = waiting[0];
            for &i in &waiting[1..] {
                let (revs, blocked) = std::mem::take(&mut groups[i]);
                groups[at].0.extend(revs);
                groups[at].1.extend(blocked);
            }
            for &i in waiting[1..].iter().rev() {
                groups.remove(i);
            }
            let group = &mut groups[at];
            if wanted.contains(&rev) {
                group.0.push(rev);
            }
            group.1.remove(&rev);
            group
                .1
                .extend(self.of(rev).into_iter().filter(|&p| !p.is_null()));
            if groups[0].1.is_empty() {
                at = if groups.len() > 1 { 1 } else { at };
            } else if groups[at].1.is_disjoint(&groups[0].1) {
                continue;
            }
            let blocked = groups[at].1.clone();
            groups[0].1.extend(blocked);
            sorted.append(&mut groups[at].0);
            if at > 0 {
                groups.remove(at);
            }
        }
        for (revs, _) in groups {
            sorted.extend(revs);
        }
        sorted
    }
}

/// Bases with what the walks found, on a plain set, one revision after the other.
#[derive(Clone)]
pub struct MissingModel<'a> {
    pub model: &'a Model,
    pub known: Set,
}

impl MissingModel<'_> {
    pub fn heads(&self) -> Vec<Rev> {
        let known: Vec<Rev> = self.known.iter().copied().collect();
        self.model.heads_of(&known)
    }

    fn learn_parents(&mut self, rev: Rev) {
        self.known
            .extend(self.model.of(rev).into_iter().filter(|&p| !p.is_null()));
    }

    pub fn remove_from(&mut self, revs: &mut Set) {
        revs.retain(|r| !r.is_null() && !self.known.contains(r));
        let Some(&lowest) = revs.first() else { return };
        for rev in Rev::range(lowest..self.model.end()).rev() {
            if self.known.contains(&rev) {
                revs.remove(&rev);
                self.learn_parents(rev);
            }
        }
    }

    pub fn missing(&mut self, revs: &[Rev]) -> Vec<Rev> {
        let unknown = revs
            .iter()
            .filter(|r| !r.is_null() && !self.known.contains(r));
        let (mut todo, mut missing): (Set, Set) = (unknown.copied().collect(), Set::new());
        for rev in Rev::range(Rev::FIRST..self.model.end()).rev() {
            if todo.is_empty() {
                break;
            }
            if self.known.contains(&rev) {
                self.learn_parents(rev);
                todo.retain(|r| !self.known.contains(r));
            } else if todo.remove(&rev) {
                missing.insert(rev);
                let parents = self.model.of(rev).into_iter();
                todo.extend(parents.filter(|p| !p.is_null() && !self.known.contains(p)));
            }
        }
        missing.into_iter().collect()
    }
}

/// A discovery on plain sets.
pub struct DiscoveryModel<'a> {
    pub common: MissingModel<'a>,
    pub targets: Vec<Rev>,
    pub undecided: Option<Set>,
    pub missing: Set,
    pub respect_size: bool,
}

impl DiscoveryModel<'_> {
    fn model(&self) -> &Model {
        self.common.model
    }

    pub fn undecided(&mut self) -> Set {
        let (common, targets) = (&mut self.common, &self.targets);
        let compute = || common.missing(targets).into_iter().collect();
        self.undecided.get_or_insert_with(compute).clone()
    }

    pub fn add_info(&mut self, answers: &[(Rev, bool)]) {
        let commons: Vec<Rev> = answers.iter().filter(|a| a.1).map(|a| a.0).collect();
        if !commons.is_empty() {
            self.common
                .known
                .extend(commons.into_iter().filter(|&r| !r.is_null()));
            if let Some(undecided) = &mut self.undecided {
                self.common.remove_from(undecided);
            }
        }
        let lacked: Vec<Rev> = answers.iter().filter(|a| !a.1).map(|a| a.0).collect();
        if let Some(&lowest) = lacked.iter().min() {
            let undecided: Vec<Rev> = self.undecided().into_iter().collect();
            let gone = self.model().range(&lacked, &undecided, lowest, true);
            for rev in gone {
                self.missing.insert(rev);
                self.undecided.as_mut().unwrap().remove(&rev);
            }
        }
    }

    pub fn quick(&mut self, heads: &[Rev], size: usize) -> Vec<Rev> {
        let undecided = self.undecided();
        let all: Vec<Rev> = undecided.iter().copied().collect();
        if all.len() <= size {
            return all;
        }
        let mut sample: Set = self.model().heads_of(&all).into_iter().collect();
        if sample.len() < size {
            grow(None, heads, &mut sample, size, |r| {
                self.model().of(r).to_vec()
            });
        } else {
            sample = sample.into_iter().take(size).collect();
        }
        sample.into_iter().collect()
    }

    pub fn full(&mut self, size: usize) -> Vec<Rev> {
        let undecided = self.undecided();
        let all: Vec<Rev> = undecided.iter().copied().collect();
        if all.len() <= size {
            return all;
        }
        let heads = self.model().heads_of(&all);
        let roots = self.model().roots_of(&all);
        let mut sample: Set = heads.iter().copied().collect();
        grow(Some(&undecided), &heads, &mut sample, 0, |r| {
            self.model().of(r).to_vec()
        });
        let children = |r: Rev| {
            let later = all.iter().copied();
            later.filter(|&c| self.model().of(c).contains(&r)).collect()
        };
        grow(Some(&undecided), &roots, &mut sample, 0, children);
        let size = if self.respect_size {
            size
        } else {
            size.max(roots.len().min(heads.len()))
        };
        let mut chosen: Set = sample.iter().copied().take(size).collect();
        let others = undecided.difference(&chosen).copied();
        let others: Vec<Rev> = others.take(size - chosen.len()).collect();
        chosen.extend(others);
        chosen.into_iter().collect()
    }
}

/// Breadth first from `heads`; those at distance 1, 2, 4, 8 … go into the sample.
fn grow(
    among: Option<&Set>,
    heads: &[Rev],
    sample: &mut Set,
    enough: usize,
    next: impl Fn(Rev) -> Vec<Rev>,
) {
    let mut distance: BTreeMap<Rev, u32> = BTreeMap::new();
    let mut queue: VecDeque<Rev> = heads.iter().copied().collect();
    let (mut seen, mut factor) = (Set::new(), 1);
    while let Some(rev) = queue.pop_front() {
        if seen.contains(&rev) {
            continue;
        }
        let here = *distance.entry(rev).or_insert(1);
        if here > factor {
            factor *= 2;
        }
        if here == factor {
            sample.insert(rev);
            if enough > 0 && sample.len() >= enough {
                return;
            }
        }
        seen.insert(rev);
        for rev in next(rev) {
            if !rev.is_null() && among.is_none_or(|among| among.contains(&rev)) {
                distance.entry(rev).or_insert(here + 1);
                queue.push_back(rev);
            }
        }
    }
}
