// SPDX-License-Identifier: GPL-2.0-or-later

//! The files that changesets touch.

use std::rc::Rc;

use vermilion_core::manifest::Manifest;
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use super::changeset::compat_list;
use crate::program::copied;
use crate::template::evaluate::Evaluator;
use crate::template::scope::{Overlay, Scope};
use crate::template::value::{Compat, CompatItems, Each, Form, Item, Items, List, Shown, Value};
use crate::{Error, Result};

/// Returns a list of files.
pub(in super::super) fn file_list(scope: &Scope, name: &'static str, files: Vec<Vec<u8>>) -> Value {
    compat_list(
        scope,
        name,
        format!("{name}s"),
        files,
        Each::Alike(&["file", "path"]),
    )
}

/// The files that a changeset touches, by what it does to them.
#[derive(Default)]
struct Touched {
    added: Vec<Vec<u8>>,
    removed: Vec<Vec<u8>>,
    modified: Vec<Vec<u8>>,
}

fn paths(ev: &Evaluator<'_>, rev: Rev) -> Result<Vec<RepoPathBuf>> {
    ev.with_content(rev, |content| {
        Ok(content.files().map(RepoPath::to_owned).collect())
    })
}

/// Returns the files that a changeset touches, as Mercurial finds out where the changelog does not
/// say it.
fn touched(ev: &Evaluator<'_>, rev: Rev) -> Result<Touched> {
    copied::refuse_sidedata(ev.env.snapshot()?)?;
    let files = paths(ev, rev)?;
    let mut touched = Touched::default();
    if files.is_empty() {
        return Ok(touched);
    }
    let parents = ev.env.parents(rev)?;
    let own = ev.manifest(rev)?;
    let [first, second] = [ev.manifest(parents[0])?, ev.manifest(parents[1])?];
    let mut of_ancestors: Option<Vec<std::sync::Arc<Manifest>>> = None;
    for path in files {
        let bytes = path.as_bytes().to_vec();
        if own.find(&path)?.is_some() {
            if first.find(&path)?.is_some() || second.find(&path)?.is_some() {
                touched.modified.push(bytes);
            } else {
                touched.added.push(bytes);
            }
            continue;
        }
        // A file that one parent of a merge has removed already is not removed by the merge.
        let (in_first, in_second) = (first.find(&path)?, second.find(&path)?);
        if in_first.is_none() && in_second.is_none() {
            // Nobody has it, and what no parent has counts as added.
            touched.added.push(bytes);
            continue;
        }
        let is_of_parent = match (in_first, in_second) {
            (Some(_), Some(_)) => false,
            (Some(entry), None) | (None, Some(entry)) => {
                let ancestors = match &of_ancestors {
                    Some(known) => known,
                    None => of_ancestors.insert(common_manifests(ev, parents)?),
                };
                let mut all_have = true;
                for manifest in ancestors {
                    let found = manifest.find(&path)?;
                    all_have &= found
                        .is_some_and(|found| (found.node, found.flag) == (entry.node, entry.flag));
                }
                all_have
            }
            (None, None) => true,
        };
        if is_of_parent {
            touched.modified.push(bytes);
        } else {
            touched.removed.push(bytes);
        }
    }
    Ok(touched)
}

/// Returns the manifests of the changesets that both parents come from.
fn common_manifests(
    ev: &Evaluator<'_>,
    parents: [Rev; 2],
) -> Result<Vec<std::sync::Arc<Manifest>>> {
    let graph = ev.env.snapshot()?.refs().changelog().graph()?;
    let mut heads = match parents {
        [_, second] if second.is_null() => Vec::new(),
        both => graph.common_ancestor_heads(&both)?,
    };
    heads.retain(|rev| !rev.is_null());
    if heads.is_empty() {
        heads.push(Rev::NULL);
    }
    heads.into_iter().map(|rev| ev.manifest(rev)).collect()
}

pub(super) fn added(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(file_list(
        scope,
        "file_add",
        touched(ev, ev.rev(scope)?)?.added,
    ))
}

pub(super) fn removed(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(file_list(
        scope,
        "file_del",
        touched(ev, ev.rev(scope)?)?.removed,
    ))
}

pub(super) fn modified(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(file_list(
        scope,
        "file_mod",
        touched(ev, ev.rev(scope)?)?.modified,
    ))
}

/// Returns the files that a changeset copied, with what they were copied from.
fn copies(ev: &Evaluator<'_>, rev: Rev) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let files = paths(ev, rev)?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let copied = copied::of_files(ev.env.snapshot()?, rev, files, &*ev.manifest(rev)?)?;
    let bytes = |path: RepoPathBuf| path.as_bytes().to_vec();
    let copied = copied.into_iter();
    Ok(copied
        .map(|(path, source)| (bytes(path), bytes(source)))
        .collect())
}

/// Returns a dictionary of copies.
fn copy_list(scope: &Scope, copies: Vec<(Vec<u8>, Vec<u8>)>) -> Value {
    let overlays = copies.iter().map(|(path, source)| {
        let known = Overlay::default().named("name", Value::Text(path.clone()));
        known.named("source", Value::Text(source.clone()))
    });
    let overlays = overlays.collect();
    let items = copies
        .into_iter()
        .map(|(path, source)| (path, Value::Text(source)));
    Value::List(Rc::new(List {
        items: Items::Dictionary(items.collect()),
        each: Each::Copy,
        form: Form::Copy,
        shown: Shown::Compat(Box::new(Compat {
            name: "file_copy",
            plural: "file_copies".into(),
            separator: b" ",
            scope: scope.clone(),
            items: CompatItems::Overlays(overlays),
            is_spent: false.into(),
        })),
        is_numeric: false,
    }))
}

pub(super) fn copied(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(copy_list(scope, copies(ev, ev.rev(scope)?)?))
}

/// Copies that are shown where the option `--copies` is given.
pub(super) fn copied_if_asked(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    if ev.env.copies {
        return copied(ev, scope);
    }
    Ok(copy_list(scope, Vec::new()))
}

pub(super) fn diff_stat(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = ev.rev(scope)?;
    ev.env.refuse_null(rev)?;
    let snapshot = ev.env.snapshot()?;
    let mut options = ev.env.diff_options()?.clone();
    options.no_prefix = false;
    let [first, _] = snapshot.parents(rev)?;
    let patch = snapshot.patch([first, rev], |_| true, &options, ev.env.interrupt)?;
    let stat = patch.stat(|path| path.as_bytes().to_vec());
    let (added, removed) = stat.totals();
    let files = stat.files.len();
    Ok(Value::Text(
        format!("{files}: +{added}/-{removed}").into_bytes(),
    ))
}

pub(super) fn manifest(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = ev.rev(scope)?;
    let node = ev.with_content(rev, |content| Ok(content.manifest()))?;
    let number = ev.env.snapshot()?.manifests()?.rev(&node, rev)?;
    let known = Overlay::default().named("rev", Value::Number(number.get().into()));
    let known = known.named("node", Value::Text(node.to_string().into_bytes()));
    let inner = ev.overlaid(scope, &known)?;
    let shown = ev.named(b"manifest", &inner)?.unwrap_or_default();
    Ok(Value::Item(Rc::new(Item {
        shown: Some(shown.clone()),
        value: Value::Text(shown),
        members: known,
    })))
}

/// Returns the file that keywords are about, in which changeset.
fn file(ev: &Evaluator<'_>, scope: &Scope) -> Result<(RepoPathBuf, Rev)> {
    match &scope.file {
        Some((path, changeset)) if *changeset == scope.changeset => {
            Ok((path.clone(), ev.rev(scope)?))
        }
        _ => Err(Error::unsupported("a file of another changeset")),
    }
}

pub(super) fn size(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let (path, rev) = file(ev, scope)?;
    let Some(node) = ev.manifest(rev)?.find(&path)?.map(|entry| entry.node) else {
        return Ok(Value::Nothing);
    };
    let content = ev.env.snapshot()?.store().content(&path, &node)?;
    Ok(Value::Number(content.len() as i64))
}

pub(super) fn status(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let (path, rev) = file(ev, scope)?;
    let [first, _] = ev.env.parents(rev)?;
    let (old, new) = (ev.manifest(first)?, ev.manifest(rev)?);
    let (old, new) = (old.find(&path)?, new.find(&path)?);
    let letter: &[u8] = match (old, new) {
        (None, None) => return Ok(Value::Nothing),
        (Some(_), None) => b"R",
        (None, Some(_)) => b"A",
        (Some(old), Some(new)) if (old.node, old.flag) == (new.node, new.flag) => b"C",
        _ => b"M",
    };
    Ok(Value::Text(letter.to_vec()))
}

pub(super) fn subrepositories(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = ev.rev(scope)?;
    let [first, _] = ev.env.parents(rev)?;
    for of in [rev, first] {
        let manifest = ev.manifest(of)?;
        for name in [&b".hgsub"[..], b".hgsubstate"] {
            if manifest.find(RepoPath::new(name))?.is_some() {
                return Err(Error::unsupported("subrepositories"));
            }
        }
    }
    Ok(compat_list(
        scope,
        "subrepo",
        "subrepos",
        Vec::new(),
        Each::Named(b"subrepo"[..].into()),
    ))
}
