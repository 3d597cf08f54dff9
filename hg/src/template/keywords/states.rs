// SPDX-License-Identifier: GPL-2.0-or-later

//! States of changesets: phases, obsolescence, bisection.

use std::rc::Rc;

use vermilion_core::{Node as Hash, Rev};

use super::changeset::compat_list;
use crate::template::evaluate::Evaluator;
use crate::template::scope::{Overlay, Scope};
use crate::template::value::{Each, Form, Maps, MapsKind, Plain, Value};
use crate::{Error, Result};

/// The template of a reason for a changeset to be unstable.
const REASON: &[u8] =
    b"{instability}:{if(divergentnodes, \" \")}{divergentnodes} {reason} {node|short}";

fn text(text: &str) -> Value {
    Value::Text(text.as_bytes().to_vec())
}

pub(super) fn phase(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(text(ev.env.phase(ev.rev(scope)?)?.name()))
}

pub(super) fn phase_number(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(Value::Number(ev.env.phase(ev.rev(scope)?)? as i64))
}

pub(super) fn bisect(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let label = ev.env.bisection(ev.rev(scope)?)?;
    Ok(label.map_or(Value::Nothing, text))
}

fn is_obsolete(ev: &Evaluator<'_>, rev: Rev) -> Result<bool> {
    Ok(ev.env.snapshot()?.refs().obsolete()?.obsolete.contains(rev))
}

pub(super) fn obsolete(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let is_obsolete = is_obsolete(ev, ev.rev(scope)?)?;
    Ok(text(if is_obsolete { "obsolete" } else { "" }))
}

pub(super) fn instabilities(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let found = ev.env.instabilities(ev.rev(scope)?)?;
    let found = found.into_iter().map(|name| name.as_bytes().to_vec());
    let each = Each::Named(b"instability"[..].into());
    Ok(compat_list(
        scope,
        "instability",
        "instabilities",
        found.collect(),
        each,
    ))
}

pub(super) fn graph_node(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = ev.rev(scope)?;
    let refs = ev.env.snapshot()?.refs();
    let parents = refs.working_parents();
    if parents[0] == rev || !parents[1].is_null() && parents[1] == rev {
        return Ok(text("@"));
    }
    if ev.env.is_merging() {
        return Err(Error::unsupported(
            "the graph while a merge is not finished",
        ));
    }
    if is_obsolete(ev, rev)? {
        return Ok(text("x"));
    }
    if !ev.env.instabilities(rev)?.is_empty() {
        return Ok(text("*"));
    }
    let closes = ev.with_content(rev, |content| Ok(content.closes_branch()))?;
    Ok(text(if closes { "_" } else { "o" }))
}

/// Fails for changesets that were rewritten: what became of them is a long story.
fn refuse_obsolete(ev: &Evaluator<'_>, scope: &Scope) -> Result<()> {
    if is_obsolete(ev, ev.rev(scope)?)? {
        return Err(Error::unsupported("what became of an obsolete changeset"));
    }
    Ok(())
}

pub(super) fn fate(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    refuse_obsolete(ev, scope)?;
    let each = Each::Named(b"fate"[..].into());
    Ok(compat_list(scope, "fate", "fates", Vec::new(), each))
}

pub(super) fn successors(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    refuse_obsolete(ev, scope)?;
    Ok(Value::texts(Vec::new(), &b"successorset"[..]))
}

pub(super) fn successors_and_markers(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    refuse_obsolete(ev, scope)?;
    // Not displayable, but that is found out only where there is something to be displayed.
    Ok(Value::Maps(Rc::new(Maps {
        maps: Vec::new(),
        kind: MapsKind::Sequence,
        template: None,
        separator: Vec::new(),
    })))
}

pub(super) fn predecessors(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let refs = ev.env.snapshot()?.refs();
    let (history, hidden) = (refs.history()?, refs.filtered()?);
    let start = refs.changelog().node(ev.rev(scope)?)?;
    let mut left = vec![start.as_bytes().to_vec()];
    let mut seen: std::collections::HashSet<Vec<u8>> = left.iter().cloned().collect();
    let mut found = Vec::new();
    while let Some(node) = left.pop() {
        for &marker in history.predecessor_markers(&node) {
            let Some(marker) = history.markers().get(marker as usize) else {
                continue;
            };
            let predecessor = marker.predecessor.to_vec();
            if !seen.insert(predecessor.clone()) {
                continue;
            }
            let hash = Hash::try_from(&predecessor[..]).ok();
            let rev = match hash {
                Some(hash) => refs.changelog().rev_of(&hash)?,
                None => None,
            };
            match (hash, rev) {
                (Some(hash), Some(rev)) if !hidden.contains(rev) => {
                    found.push(hash.to_string().into_bytes());
                }
                _ => left.push(predecessor),
            }
        }
    }
    found.sort_unstable();
    let found = found.into_iter().map(Plain::Text).collect();
    Ok(Value::list(found, Each::Changeset, Form::Changeset))
}

pub(super) fn why_unstable(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = ev.rev(scope)?;
    let refs = ev.env.snapshot()?.refs();
    let mut maps = Vec::new();
    for instability in ev.env.instabilities(rev)? {
        if instability != "orphan" {
            return Err(Error::unsupported("why a changeset is divergent"));
        }
        for parent in refs.changelog().graph()?.parents(rev)? {
            let known = refs.obsolete()?;
            let reason = if parent.is_null() {
                continue;
            } else if known.orphan.contains(parent) {
                "orphan parent"
            } else if known.obsolete.contains(parent) {
                "obsolete parent"
            } else {
                continue;
            };
            let map = Overlay::default().named("instability", text("orphan"));
            let map = map.named("reason", text(reason));
            maps.push(map.named("node", Value::Text(ev.env.node(parent)?)));
        }
    }
    Ok(Value::Maps(Rc::new(Maps {
        maps,
        kind: MapsKind::Sequence,
        template: Some(REASON.to_vec()),
        separator: b"\n".to_vec(),
    })))
}
