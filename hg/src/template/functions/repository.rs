// SPDX-License-Identifier: GPL-2.0-or-later

//! Functions that ask the repository.

use std::cell::Cell;
use std::rc::Rc;

use vermilion_core::text::trim;
use vermilion_core::{Node as Hash, RepoPath, Rev};

use super::Call;
use crate::patterns::{Kind, Matcher, Place, split};
use crate::program::differences::text_of;
use crate::revset::{Aliases, Revset, Value as Argument, format};
use crate::template::compile::Node;
use crate::template::keywords;
use crate::template::value::{Plain, Revs, Value};
use crate::{Error, Result};

/// Fails where nobody knows the repository, which is an error of Mercurial's.
fn need_repository(call: &Call<'_>) -> Result<()> {
    use crate::template::scope::Where;
    if call.scope.repository == Where::Nowhere {
        return Err(Error::unsupported(
            "a function of the repository without one",
        ));
    }
    Ok(())
}

fn place<'c>(call: &Call<'c>) -> Result<Place<'c>> {
    let root = call.ev.env.snapshot()?.repository().root();
    let cwd = call.ev.env.cwd;
    Ok(Place { root, cwd })
}

pub(super) fn diff(call: &Call<'_>) -> Result<Value> {
    let env = call.ev.env;
    let rev = call.ev.rev(call.scope)?;
    env.refuse_null(rev)?;
    let mut patterns = Vec::new();
    for at in 0..2 {
        patterns.push(trim(&call.text(at)?).to_vec());
    }
    let given = |at: usize| -> Vec<&[u8]> {
        let pattern = &patterns[at][..];
        if pattern.is_empty() {
            Vec::new()
        } else {
            vec![pattern]
        }
    };
    let matcher = Matcher::new(place(call)?, &[], &given(0), &given(1), Kind::Glob)?;
    let [first, _] = env.snapshot()?.parents(rev)?;
    // A pattern that takes too long to tell is none for this code.
    let has_failed = Cell::new(false);
    let is_wanted = |path: &RepoPath| {
        let wanted = matcher.matches(path);
        has_failed.set(has_failed.get() || wanted.is_err());
        wanted.unwrap_or(false)
    };
    let patch =
        env.snapshot()?
            .patch([first, rev], is_wanted, env.diff_options()?, env.interrupt)?;
    if has_failed.get() {
        return Err(Error::unsupported("diff() of such patterns"));
    }
    Ok(Value::Text(text_of(&patch)?))
}

pub(super) fn files(call: &Call<'_>) -> Result<Value> {
    let pattern = call.text(0)?;
    let rev = call.ev.rev(call.scope)?;
    if !matches!(split(&pattern).0, None | Some(Kind::Glob | Kind::Re)) || pattern.is_empty() {
        return Err(Error::unsupported("files() of a kind of patterns"));
    }
    let matcher = Matcher::new(place(call)?, &[&pattern], &[], &[], Kind::Glob)?;
    let manifest = call.ev.manifest(rev)?;
    let mut found = Vec::new();
    for entry in manifest.iter() {
        let entry = entry?;
        if matcher.matches(entry.path)? {
            found.push(entry.path.as_bytes().to_vec());
        }
    }
    // Mercurial may have something to say of what is not there.
    if found.is_empty() {
        return Err(Error::unsupported("files() that are not there"));
    }
    Ok(keywords::file_list(call.scope, "file", found))
}

pub(super) fn latest_tag(call: &Call<'_>) -> Result<Value> {
    let pattern = if call.has(0) {
        Some(call.text(0)?)
    } else {
        None
    };
    keywords::latest_tags(call.ev, call.scope, pattern.as_deref())
}

pub(super) fn relative(call: &Call<'_>) -> Result<Value> {
    need_repository(call)?;
    let path = RepoPath::new(&call.text(0)?).to_owned();
    if path.is_empty() {
        return Err(Error::unsupported("relpath() of nothing"));
    }
    Ok(Value::Text(call.ev.env.paths()?.show(&path)))
}

pub(super) fn revset(call: &Call<'_>) -> Result<Value> {
    need_repository(call)?;
    let revs = if call.len() == 1 {
        let spec = call.text(0)?;
        match call.ev.env.known_revset(&spec) {
            Some(revs) => revs.to_vec(),
            None => query(call, &spec)?,
        }
    } else {
        let mut arguments = Vec::new();
        for at in 1..call.len() {
            arguments.push(argument(call.plain(at)?)?);
        }
        let spec = format(&call.text(0)?, &arguments).map_err(Error::unsupported)?;
        query(call, &spec)?
    };
    Ok(Value::Revs(Rc::new(Revs {
        revs,
        is_named: true,
        scope: call.scope.clone(),
    })))
}

/// Returns a value as one that a revision set is made with.
fn argument(value: Plain) -> Result<Argument> {
    Ok(match value {
        Plain::Number(number) => Argument::Number(number),
        Plain::Text(text) => Argument::Text(text),
        Plain::Revs(revs) => {
            let numbers = revs
                .into_iter()
                .map(|rev| Argument::Number(rev.get().into()));
            Argument::List(numbers.collect())
        }
        Plain::List(items) => {
            let items = items.into_iter().map(argument);
            Argument::List(items.collect::<Result<_>>()?)
        }
        _ => return Err(Error::unsupported("revset() with such an argument")),
    })
}

fn query(call: &Call<'_>, spec: &[u8]) -> Result<Vec<Rev>> {
    call.ev.env.revset(spec)
}

pub(super) fn shortest(call: &Call<'_>) -> Result<Value> {
    need_repository(call)?;
    let hex = call.text(0)?;
    let least = if call.has(1) { call.number(1)? } else { 4 };
    let odd = || Error::unsupported("shortest() of what is no node");
    if hex.len() > 2 * Hash::LEN {
        return Ok(Value::Text(hex));
    }
    let node = Hash::from_hex(&hex).ok_or_else(odd)?;
    let refs = call.ev.env.snapshot()?.refs();
    let rev = refs.changelog().rev_of(&node)?.ok_or_else(odd)?;
    let least = usize::try_from(least.max(1)).map_err(|_| odd())?;
    Ok(Value::Text(refs.shortest(rev, least)?.into_bytes()))
}

/// Returns the revision sets that are the same wherever a template asks for them.
pub(in super::super) fn constant_revsets(node: &Node, found: &mut Vec<Vec<u8>>) {
    if let Node::Call(function, given) = node
        && function.name == "revset"
        && let [Some(Node::Text(spec))] = &given.places[..]
    {
        found.push(spec.clone());
    }
    node.for_each(&mut |part| constant_revsets(part, found));
}

/// Compiles and evaluates a revision set.
pub(in super::super) fn evaluate(
    env: &crate::template::environment::Environment<'_>,
    spec: &[u8],
) -> Result<Vec<Rev>> {
    let snapshot = env.snapshot()?;
    let pairs = env.config.items("revsetalias");
    let aliases = Aliases::new(pairs.iter().map(|(name, item)| (*name, &item.value)));
    let set = Revset::compile(spec, &aliases, Some(snapshot)).map_err(Error::unsupported)?;
    let revs = set.evaluate(snapshot, Some(env.cwd), env.interrupt);
    Ok(revs.map_err(Error::unsupported)?.as_slice().to_vec())
}
