// SPDX-License-Identifier: GPL-2.0-or-later

//! Predicates about phases and obsolescence, and about what changesets were made from.

use std::collections::{HashMap, HashSet};

use vermilion_core::changelog::Changeset;
use vermilion_core::refs::phases::Phase;
use vermilion_core::{Node, Rev, RevSet};

use super::super::arguments::{between, nothing, number, wrong};
use super::super::evaluate::{Evaluator, Order};
use super::super::sets::{self, Condition, Revisions, Set};
use super::super::tree::{Op, Tree};
use super::graph::all_ancestors;
use super::order::python_repr;
use super::text::sources;
use crate::{Error, Result};

/// Returns the members of a set that are of one of these phases.
fn of_phases<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, phases: &[Phase]) -> Result<Set<'e>> {
    let known = ev.env.refs().phases()?;
    let len = ev.env.len();
    if !phases.contains(&Phase::Public) {
        let of_these = known.revs(len, |phase| phases.contains(&phase));
        let shown = of_these.difference(ev.env.hidden);
        return Ok(sets::and(subset, &Revisions::members(shown)));
    }
    let others = known.revs(len, |phase| !phases.contains(&phase));
    if others.is_empty() {
        return Ok(subset.clone());
    }
    let others = Condition::NotOneOf(others.into());
    Ok(sets::filter(subset, others))
}

pub(super) fn phase<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    name: &str,
) -> Result<Set<'e>> {
    nothing(x, name)?;
    let phases: &[Phase] = match name {
        "draft" => &[Phase::Draft],
        "secret" => &[Phase::Secret],
        "public" => &[Phase::Public],
        "_internal" => &Phase::ALL[3..],
        _ => &Phase::ALL[1..],
    };
    of_phases(ev, subset, phases)
}

pub(super) fn phase_number<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let arguments = between(x, 1, Some(1), "_phase requires one argument")?;
    let number = number(&arguments[0], "_phase expects a number")?;
    match Phase::from_number(number) {
        Some(phase) => of_phases(ev, subset, &[phase]),
        None => Err(Error::unsupported("_phase() of another phase")),
    }
}

pub(super) fn phase_and_ancestors<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let arguments = between(x, 2, Some(2), "_phaseandancestors requires two arguments")?;
    let Tree::Symbol(name) = &arguments[0] else {
        return wrong("not a symbol");
    };
    let heads = ev.all(&arguments[1])?;
    let least = match &name[..] {
        b"draft" | b"_notpublic" => Phase::Draft,
        b"secret" => Phase::Secret,
        _ => return wrong(format!("{} is not a valid phasename", python_repr(name))),
    };
    let (env, only_draft) = (ev.env, name == b"draft");
    let phases = env.refs().phases()?;
    let found = Revisions::made(move || {
        let starts = heads.to_vec()?;
        let public = |rev: Rev| phases.get(rev) < least;
        let mut found = all_ancestors(env, &starts, false, public)?;
        if only_draft {
            for rev in found.to_vec() {
                if phases.get(rev) != Phase::Draft {
                    found.remove(rev);
                }
            }
        }
        Ok(found)
    });
    Ok(sets::and(subset, &found))
}

pub(super) fn obsolescence<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    name: &str,
) -> Result<Set<'e>> {
    nothing(x, name)?;
    let refs = ev.env.refs();
    let found = match name {
        "obsolete" => refs.obsolete()?.obsolete.clone(),
        "orphan" => refs.obsolete()?.orphan.clone(),
        "extinct" => refs.obsolete()?.extinct.clone(),
        "phasedivergent" => refs.phase_divergent()?,
        "contentdivergent" => refs.content_divergent()?,
        "hidden" => refs.hidden()?.clone(),
        _ => {
            let mut all = refs.phase_divergent()?;
            all.union_with(&refs.content_divergent()?);
            all.union_with(&refs.obsolete()?.orphan);
            let all = all.difference(ev.env.hidden);
            return Ok(sets::and(subset, &Revisions::members(all)));
        }
    };
    // those that are hidden are in no set but the one that stands for all
    Ok(sets::and_these(subset, found.difference(ev.env.hidden)))
}

pub(super) fn successors<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let (env, history) = (ev.env, ev.env.refs().history()?);
    let mut pending: Vec<Vec<u8>> = Vec::new();
    for rev in ev.all(x)?.iter()? {
        pending.push(env.changelog().node(rev?)?.as_bytes().to_vec());
    }
    let mut seen: HashSet<Vec<u8>> = pending.iter().cloned().collect();
    let mut found = RevSet::new();
    while let Some(node) = pending.pop() {
        env.go_on()?;
        if let Ok(node) = Node::try_from(&node[..])
            && let Some(rev) = env.changelog().rev_of(&node)?
            && !env.hidden.contains(rev)
        {
            found.add(rev)?;
        }
        for &marker in history.successor_markers(&node) {
            let marker = history.markers().get(marker as usize);
            for successor in marker.iter().flat_map(|marker| &marker.successors) {
                if seen.insert(successor.to_vec()) {
                    pending.push(successor.to_vec());
                }
            }
        }
    }
    Ok(sets::and(subset, &Revisions::members(found)))
}

pub(super) fn stack<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let of = |name: &[u8]| {
        let tip = Tree::call("only", vec![Tree::String(name.to_vec())]);
        let public = Tree::call("public", Vec::new());
        let merges = Tree::call("ancestors", vec![Tree::call("merge", Vec::new())]);
        let not = |tree| Tree::Node(Op::Not, vec![tree]);
        let and = |a, b| Tree::Node(Op::And, vec![a, b]);
        let tree = and(and(tip, not(public)), not(merges));
        let found = ev.all(&super::super::analysis::optimize(tree)?)?;
        found.sort(false);
        Ok::<_, Error>(found)
    };
    let stacks = if *x == Tree::Nothing {
        of(b".")?
    } else {
        let mut stacks = Revisions::empty();
        for rev in ev.all(x)?.to_vec()? {
            stacks = sets::add(&stacks, &of(rev.to_string().as_bytes())?);
        }
        stacks
    };
    Ok(sets::and(subset, &stacks))
}

/// What changesets were grafted, transplanted or rebased from.
struct Origins<'e, 's> {
    ev: Evaluator<'e, 's>,
    known: HashMap<Rev, Option<Rev>>,
}

impl Origins<'_, '_> {
    fn new<'e, 's>(ev: Evaluator<'e, 's>, revs: &[Rev]) -> Result<Origins<'e, 's>> {
        let mut origins = Origins {
            ev,
            known: HashMap::new(),
        };
        let named = ev.env.map(revs, |rev, changeset: &Changeset<'_>| {
            Ok((rev, sources(changeset)))
        })?;
        for (rev, names) in named {
            let source = origins.first_there(&names)?;
            origins.known.insert(rev, source);
        }
        Ok(origins)
    }

    /// Returns the first of some nodes, which a changeset says of itself, that is there.
    fn first_there(&self, names: &[Vec<u8>]) -> Result<Option<Rev>> {
        for name in names {
            let node = match name.len() {
                Node::LEN => Node::try_from(&name[..]).ok(),
                _ => Node::from_hex(name),
            };
            let Some(node) = node else {
                return Err(Error::unsupported("a changeset whose source is not a node"));
            };
            let rev = self.ev.env.changelog().rev_of(&node)?;
            if let Some(rev) = rev.filter(|&rev| !self.ev.env.hidden.contains(rev)) {
                return Ok(Some(rev));
            }
        }
        Ok(None)
    }

    fn of(&mut self, rev: Rev) -> Result<Option<Rev>> {
        if let Some(&source) = self.known.get(&rev) {
            return Ok(source);
        }
        let names = self.ev.env.one(rev, sources)?;
        let source = self.first_there(&names)?;
        self.known.insert(rev, source);
        Ok(source)
    }

    /// Returns what a revision comes from, what that comes from, and so on.
    fn chain(&mut self, rev: Rev) -> Result<Vec<Rev>> {
        let (mut chain, mut at) = (Vec::new(), rev);
        while let Some(source) = self.of(at)? {
            self.ev.env.go_on()?;
            chain.push(source);
            if chain.len() > self.ev.env.len() {
                return Err(Error::unsupported(
                    "changesets that were made of each other",
                ));
            }
            at = source;
        }
        Ok(chain)
    }
}

pub(super) fn origin<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let of = if *x == Tree::Nothing {
        ev.everything()
    } else {
        ev.all(x)?
    };
    let revs = of.to_vec()?;
    let mut origins = Origins::new(ev, &revs)?;
    let mut found = RevSet::new();
    for rev in revs {
        if let Some(&first) = origins.chain(rev)?.last() {
            found.add(first)?;
        }
    }
    Ok(sets::and_these(subset, found))
}

pub(super) fn destination<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let sources = if *x == Tree::Nothing {
        ev.everything()
    } else {
        ev.set(&ev.everything(), x, Order::Define)?
    };
    let revs = subset.to_vec()?;
    let mut origins = Origins::new(ev, &revs)?;
    let mut found = RevSet::new();
    for rev in revs {
        let mut lineage = vec![rev];
        for source in origins.chain(rev)? {
            if sources.contains(source)? || found.contains(source) {
                for &rev in &lineage {
                    found.add(rev)?;
                }
                break;
            }
            lineage.push(source);
        }
    }
    Ok(sets::filter(subset, Condition::OneOf(found.into())))
}
