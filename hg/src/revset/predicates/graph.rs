// SPDX-License-Identifier: GPL-2.0-or-later

//! Predicates about the history's shape.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use vermilion_core::graph::bitset::BitSet;
use vermilion_core::{Rev, RevSet};

use super::super::arguments::{between, named, nothing, number, wrong};
use super::super::environment::Environment;
use super::super::evaluate::{Evaluator, Order};
use super::super::sets::{self, Condition, Revisions, Set};
use super::super::tree::Tree;
use crate::Result;

/// Numbers of generations are below this.
const MAX_DEPTH: i64 = 0x8000_0000;

pub(super) fn all<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    nothing(x, "all")?;
    let end = Rev::from_index(ev.env.len());
    let all = Revisions::span(Rev::FIRST, end, ev.env.hidden);
    Ok(sets::and(subset, &all))
}

pub(super) fn none<'e>(x: &Tree) -> Result<Set<'e>> {
    nothing(x, "none")?;
    Ok(Revisions::empty())
}

/// The parents of the members of a set, or of the working copy, that `chosen` takes.
fn parents_of(
    ev: Evaluator<'_, '_>,
    x: &Tree,
    chosen: impl Fn([Rev; 2]) -> [Rev; 2],
) -> Result<RevSet> {
    let mut found = RevSet::new();
    let mut add = |parents| {
        for parent in chosen(parents) {
            found.add(parent)?;
        }
        Ok::<_, crate::Error>(())
    };
    if *x == Tree::Nothing {
        add(ev.env.refs().working_parents())?;
    } else {
        for rev in ev.all(x)?.iter()? {
            add(ev.env.graph.parents(rev?)?)?;
        }
    }
    found.discard(Rev::NULL);
    Ok(found)
}

pub(in crate::revset) fn p1<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let found = parents_of(ev, x, |[p1, _]| [p1, p1])?;
    Ok(sets::and_these(subset, found))
}

pub(super) fn p2<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let found = parents_of(ev, x, |[_, p2]| [p2, p2])?;
    Ok(sets::and_these(subset, found))
}

pub(super) fn parents<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let found = parents_of(ev, x, |both| both)?;
    Ok(sets::and_these(subset, found))
}

pub(super) fn children<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let of = ev.all(x)?;
    let mut found = RevSet::new();
    if let Some(lowest) = of.min()? {
        let of = of.to_set()?;
        for rev in subset.iter()? {
            let rev = rev?;
            if rev <= lowest {
                continue;
            }
            let [p1, p2] = ev.env.graph.parents(rev)?;
            if of.contains(p1) || (!p2.is_null() && of.contains(p2)) {
                found.add(rev)?;
            }
        }
    }
    Ok(sets::and(subset, &Revisions::members(found)))
}

/// Reads the arguments `set`, `depth` and `startdepth`.
fn depths<'t>(x: &'t Tree, name: &str) -> Result<(&'t Tree, Option<i64>, Option<i64>)> {
    let arguments = named(x, name, &["set", "depth", "startdepth"])?;
    let Some(set) = arguments.get("set") else {
        return wrong(format!("{name} takes at least 1 argument"));
    };
    let depth = |key: &str| match arguments.get(key) {
        None => Ok(None),
        Some(depth) => match number(depth, &format!("{name} expects an integer {key}"))? {
            ..0 => wrong(format!("negative {key}")),
            depth => Ok(Some(depth)),
        },
    };
    let start = depth("startdepth")?;
    let stop = depth("depth")?.map(|depth| depth.saturating_add(1));
    Ok((set, start, stop))
}

pub(super) fn ancestors<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let (set, start, stop) = depths(x, "ancestors")?;
    let heads = ev.all(set)?;
    if heads.is_empty()? {
        return Ok(Revisions::empty());
    }
    Ok(sets::and(
        subset,
        &ancestors_of(ev, &heads, false, start, stop),
    ))
}

pub(super) fn descendants<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let (set, start, stop) = depths(x, "descendants")?;
    let roots = ev.all(set)?;
    if roots.is_empty()? {
        return Ok(Revisions::empty());
    }
    Ok(sets::and(
        subset,
        &descendants_of(ev, &roots, false, start, stop),
    ))
}

pub(super) fn first_parents<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    down: bool,
) -> Result<Set<'e>> {
    let from = ev.all(x)?;
    if from.is_empty()? {
        return Ok(Revisions::empty());
    }
    let found = if down {
        ancestors_of(ev, &from, true, None, None)
    } else {
        descendants_of(ev, &from, true, None, None)
    };
    Ok(sets::and(subset, &found))
}

fn parents_at(env: &Environment<'_>, rev: Rev, first_only: bool) -> Result<[Rev; 2]> {
    let [p1, p2] = env.graph.parents(rev)?;
    Ok([p1, if first_only { Rev::NULL } else { p2 }])
}

/// Returns the ancestors of a set, its members included, that are at least `start` and less than
/// `stop` generations away.
pub(in crate::revset) fn ancestors_of<'e>(
    ev: Evaluator<'e, '_>,
    heads: &Set<'e>,
    first_only: bool,
    start: Option<i64>,
    stop: Option<i64>,
) -> Set<'e> {
    let (env, heads) = (ev.env, Rc::clone(heads));
    Revisions::made(move || {
        heads.sort(true);
        let starts = heads.to_vec()?;
        if start.is_none() && stop.is_none_or(|stop| stop >= MAX_DEPTH) {
            return all_ancestors(env, &starts, first_only, |_| false);
        }
        walk(
            env,
            &starts,
            start,
            stop,
            |rev| {
                let parents = parents_at(env, rev, first_only)?;
                Ok(parents.into_iter().filter(|rev| !rev.is_null()).collect())
            },
            i64::from,
        )
    })
}

/// Returns the ancestors of revisions, not going on from those that `cut` takes.
pub(super) fn all_ancestors(
    env: &Environment<'_>,
    starts: &[Rev],
    first_only: bool,
    cut: impl Fn(Rev) -> bool,
) -> Result<BitSet> {
    let mut seen = BitSet::new(env.len());
    for &rev in starts.iter().filter(|&&rev| !cut(rev)) {
        seen.insert(rev);
    }
    let null = seen.contains(Rev::NULL);
    let mut at = Rev::from_index(env.len());
    while let Some(rev) = seen.last_below(at).filter(|rev| !rev.is_null()) {
        for parent in parents_at(env, rev, first_only)? {
            if !cut(parent) {
                seen.insert(parent);
            }
        }
        at = rev;
    }
    if !null {
        seen.remove_null();
    }
    Ok(seen)
}

/// Returns the descendants of a set, its members included, that are at least `start` and less than
/// `stop` generations away.
pub(in crate::revset) fn descendants_of<'e>(
    ev: Evaluator<'e, '_>,
    roots: &Set<'e>,
    first_only: bool,
    start: Option<i64>,
    stop: Option<i64>,
) -> Set<'e> {
    let (env, roots) = (ev.env, Rc::clone(roots));
    Revisions::made(move || {
        let starts = roots.to_vec()?;
        if start.is_none() && stop.is_none_or(|stop| stop >= MAX_DEPTH) {
            return all_descendants(env, &starts, first_only);
        }
        let lowest = starts.iter().copied().min().unwrap_or(Rev::FIRST);
        let mut children: Vec<Vec<Rev>> = vec![Vec::new(); env.len() + 1];
        let slot = |rev: Rev| (rev.get() + 1) as usize;
        for rev in Rev::range(lowest.next()..Rev::from_index(env.len())) {
            if env.hidden.contains(rev) {
                continue;
            }
            let [p1, p2] = parents_at(env, rev, first_only)?;
            if p1 >= lowest {
                children[slot(p1)].push(rev);
            }
            if !p2.is_null() && p2 >= lowest {
                children[slot(p2)].push(rev);
            }
        }
        roots.sort(false);
        walk(
            env,
            &starts,
            start,
            stop,
            |rev| Ok(children[slot(rev)].clone()),
            |rev| -i64::from(rev),
        )
    })
}

fn all_descendants(env: &Environment<'_>, starts: &[Rev], first_only: bool) -> Result<BitSet> {
    let mut seen = BitSet::new(env.len());
    for &rev in starts {
        seen.insert(rev);
    }
    let Some(&lowest) = starts.iter().min() else {
        return Ok(seen);
    };
    let everything = lowest.is_null();
    for rev in Rev::range(lowest.max(Rev::FIRST)..Rev::from_index(env.len())) {
        if env.hidden.contains(rev) {
            continue;
        }
        let parents = parents_at(env, rev, first_only)?;
        let mut parents = parents.into_iter().filter(|parent| !parent.is_null());
        if everything || parents.any(|parent| seen.contains(parent)) {
            seen.insert(rev);
        }
    }
    Ok(seen)
}

/// Goes from revisions to the next ones, those with the highest `priority` first, and returns those
/// that are at least `start` and less than `stop` steps away.
fn walk(
    env: &Environment<'_>,
    starts: &[Rev],
    start: Option<i64>,
    stop: Option<i64>,
    next: impl Fn(Rev) -> Result<Vec<Rev>>,
    priority: impl Fn(Rev) -> i64,
) -> Result<BitSet> {
    let (start, stop) = (start.unwrap_or(0), stop.unwrap_or(MAX_DEPTH));
    let mut found = BitSet::new(env.len());
    if stop <= 0 {
        return Ok(found);
    }
    let mut pending: BinaryHeap<(i64, Reverse<i64>, Rev)> = starts
        .iter()
        .map(|&rev| (priority(rev), Reverse(0), rev))
        .collect();
    // A revision is passed at one depth after the other until it is deep enough.
    let mut before = None;
    while let Some(current) = pending.pop() {
        let (_, Reverse(depth), rev) = current;
        if found.contains(rev) || before == Some((depth, rev)) {
            continue;
        }
        env.go_on()?;
        before = Some((depth, rev));
        if depth >= start {
            found.insert(rev);
        }
        if depth + 1 < stop {
            for further in next(rev)? {
                pending.push((priority(further), Reverse(depth + 1), further));
            }
        }
    }
    Ok(found)
}

pub(super) fn ancestor<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let list = x.list();
    if list.is_empty() {
        return Ok(Revisions::empty());
    }
    let revs = ev.sum(&ev.everything(), list, Order::Any)?.to_vec()?;
    let Some((&first, others)) = revs.split_first() else {
        return Ok(Revisions::empty());
    };
    let mut found = first;
    for &other in others {
        ev.env.go_on()?;
        found = best_common(ev.env, found, other)?;
    }
    let there = subset.contains(found)?;
    Ok(Revisions::list(if there {
        vec![found]
    } else {
        Vec::new()
    }))
}

/// Returns the common ancestor of two revisions that Mercurial takes for the best.
fn best_common(env: &Environment<'_>, a: Rev, b: Rev) -> Result<Rev> {
    let heads = env.graph.common_ancestor_heads(&[a, b])?;
    if heads.len() <= 1 {
        return Ok(heads.first().copied().unwrap_or(Rev::NULL));
    }
    let mut best = None;
    for rev in env.graph.greatest_common_ancestors(&[a, b])? {
        let node = env.changelog().node(rev)?;
        if best.is_none_or(|(other, _)| node < other) {
            best = Some((node, rev));
        }
    }
    Ok(best.map_or(Rev::NULL, |(_, rev)| rev))
}

pub(super) fn common_ancestors<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let revs = ev.unordered(x)?.to_vec()?;
    if revs.is_empty() {
        return Ok(Revisions::empty());
    }
    let env = ev.env;
    let heads = if revs.iter().all(|rev| rev.is_null()) {
        vec![Rev::NULL]
    } else {
        env.graph.common_ancestor_heads(&revs)?
    };
    let found = Revisions::made(move || all_ancestors(env, &heads, false, |_| false));
    Ok(sets::and(subset, &found))
}

pub(super) fn common_ancestor_heads<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let revs = ev.unordered(x)?.to_vec()?;
    let heads = ev.env.graph.common_ancestor_heads(&revs)?;
    Ok(sets::and(subset, &Revisions::list(heads)))
}

pub(super) fn heads<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    let order = if order == Order::Define {
        Order::Follow
    } else {
        order
    };
    let of = ev.set(&ev.everything(), x, order)?.to_vec()?;
    let heads = RevSet::from_revs(ev.env.graph.heads_of(&of)?)?;
    Ok(sets::and(subset, &Revisions::members(heads)))
}

pub(super) fn roots<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let (env, of) = (ev.env, ev.all(x)?);
    let within = Rc::clone(&of);
    let is_root = move |rev: Rev| {
        for parent in env.graph.parents(rev)? {
            if !parent.is_null() && within.contains(parent)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let roots = sets::filter(&of, Condition::quick(is_root));
    Ok(sets::and(subset, &roots))
}

pub(super) fn only<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 1, Some(2), "only takes one or two arguments")?;
    let (env, include) = (ev.env, ev.all(&arguments[0])?.to_vec()?);
    let exclude = match arguments.get(1) {
        Some(exclude) => ev.all(exclude)?.to_vec()?,
        None if include.is_empty() => return Ok(Revisions::empty()),
        None => {
            let below = all_descendants(env, &include, false)?;
            let mut heads = env.graph.visible_heads(Some(env.hidden), None);
            heads.retain(|&head| !env.hidden.contains(head) && !below.contains(head));
            heads
        }
    };
    let mut found = env.graph.only(&include, &exclude)?;
    found.discard(Rev::NULL);
    Ok(sets::and_these(subset, found))
}

pub(super) fn merge<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    nothing(x, "merge")?;
    let env = ev.env;
    let is_merge = move |rev: Rev| Ok(!env.graph.parents(rev)?[1].is_null());
    Ok(sets::filter(subset, Condition::quick(is_merge)))
}

pub(super) fn branchpoint<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    nothing(x, "branchpoint")?;
    let Some(lowest) = subset.min()? else {
        return Ok(Revisions::empty());
    };
    let env = ev.env;
    let slot = move |rev: Rev| (rev.get() - lowest.get()) as usize;
    // more than two are of no interest
    let mut children = vec![0u8; slot(Rev::from_index(env.len())) + 1];
    for rev in Rev::range(lowest.next()..Rev::from_index(env.len())) {
        if env.hidden.contains(rev) {
            continue;
        }
        for parent in env.graph.parents(rev)? {
            if parent >= lowest {
                let count = &mut children[slot(parent)];
                *count = count.saturating_add(1);
            }
        }
    }
    let has_several = move |rev: Rev| Ok(children[slot(rev)] > 1);
    Ok(sets::filter(subset, Condition::quick(has_several)))
}
