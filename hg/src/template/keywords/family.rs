// SPDX-License-Identifier: GPL-2.0-or-later

//! Parents and children of changesets.

use std::rc::Rc;

use vermilion_core::Rev;

use super::changeset::compat_list;
use crate::Result;
use crate::template::evaluate::Evaluator;
use crate::template::scope::{Changeset, Overlay, Scope};
use crate::template::value::{Compat, CompatItems, Each, Form, Items, List, Plain, Shown, Value};

/// The template of a changeset that has members.
const CALLED: &[u8] = b"{rev}:{node|formatnode}";

/// Returns both parents, those of the working copy too.
fn both(ev: &Evaluator<'_>, scope: &Scope) -> Result<[Rev; 2]> {
    if scope.changeset == Some(Changeset::WorkingCopy) {
        return Ok(ev.env.snapshot()?.refs().working_parents());
    }
    ev.env.parents(ev.rev(scope)?)
}

pub(super) fn parent(ev: &Evaluator<'_>, scope: &Scope, which: usize) -> Result<Value> {
    let parent = both(ev, scope)?[which];
    Ok(Value::one(Overlay::of(Changeset::Rev(parent)), CALLED))
}

pub(super) fn parent_node(ev: &Evaluator<'_>, scope: &Scope, which: usize) -> Result<Value> {
    Ok(Value::Text(ev.env.node(both(ev, scope)?[which])?))
}

pub(super) fn parent_rev(ev: &Evaluator<'_>, scope: &Scope, which: usize) -> Result<Value> {
    Ok(Value::Number(both(ev, scope)?[which].get().into()))
}

/// Returns the parents that are worth mentioning: both of a merge, and one that is not the
/// changeset before.
pub(super) fn parents(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = ev.rev(scope)?;
    let [first, second] = ev.env.parents(rev)?;
    let parents = if !second.is_null() {
        vec![first, second]
    } else if rev.is_null() || first >= rev.before() {
        Vec::new()
    } else {
        vec![first]
    };
    let mut overlays = Vec::new();
    for &parent in &parents {
        let phase = ev.env.phase(parent)?.name().as_bytes().to_vec();
        let known = Overlay::default().named("rev", Value::Number(parent.get().into()));
        let known = known.named("node", Value::Text(ev.env.node(parent)?));
        overlays.push(known.named("phase", Value::Text(phase)));
    }
    let items = parents.iter().map(|rev| Plain::Number(rev.get().into()));
    Ok(Value::List(Rc::new(List {
        items: Items::Sequence(items.collect()),
        each: Each::Changeset,
        form: Form::Changeset,
        shown: Shown::Compat(Box::new(Compat {
            name: "parent",
            plural: "parents".into(),
            separator: b" ",
            scope: scope.clone(),
            items: CompatItems::Overlays(overlays),
            is_spent: false.into(),
        })),
        is_numeric: true,
    })))
}

pub(super) fn children(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let refs = ev.env.snapshot()?.refs();
    let hidden = refs.filtered()?;
    let mut called = Vec::new();
    if scope.changeset != Some(Changeset::WorkingCopy) {
        let rev = ev.rev(scope)?;
        for child in refs.changelog().graph()?.children(rev)? {
            if !hidden.contains(child) {
                called.push(ev.env.called(child)?);
            }
        }
    }
    let each = Each::Named(b"child"[..].into());
    Ok(compat_list(scope, "children", "childrens", called, each))
}
