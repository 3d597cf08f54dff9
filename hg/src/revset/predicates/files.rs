// SPDX-License-Identifier: GPL-2.0-or-later

//! Predicates about files.

use std::sync::Arc;

use vermilion_core::graph::bitset::BitSet;
use vermilion_core::history::Following;
use vermilion_core::snapshot::Against;
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use super::super::arguments::{between, named, text, wrong};
use super::super::environment::Environment;
use super::super::evaluate::Evaluator;
use super::super::sets::{self, Condition, Revisions, Set};
use super::super::tree::Tree;
use super::text::matching;
use crate::patterns::{Kind, Matcher, Place, canonical, split};
use crate::text::lossy;
use crate::{Error, Result};

fn place<'e>(env: &'e Environment<'_>) -> Place<'e> {
    Place {
        root: env.snapshot.repository().root(),
        cwd: &env.cwd,
    }
}

fn matcher(env: &Environment<'_>, pattern: &[u8], default: Kind) -> Result<Matcher> {
    Matcher::new(place(env), &[pattern], &[], &[], default)
}

/// Returns whether any of some files matches; the first error is handed on.
fn any_matches<'f>(
    matcher: &Matcher,
    mut files: impl Iterator<Item = &'f RepoPath>,
) -> Result<bool> {
    files.try_fold(false, |found, path| Ok(found || matcher.matches(path)?))
}

/// Changesets that change a matching file in this way: `A`, `M` or `R`.
pub(super) fn changed<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    name: &str,
    kind: u8,
) -> Result<Set<'e>> {
    let pattern = text(x, &format!("{name} requires a pattern"))?;
    let matcher = matcher(ev.env, pattern, Kind::Glob)?;
    let single = match matcher.files() {
        [file] if matcher.is_prefix() => Some(RepoPathBuf::from(file.clone())),
        _ => None,
    };
    let is_wanted = move |path: &RepoPath| match &single {
        Some(single) => Ok(path == &**single),
        None => matcher.matches(path),
    };
    let env = ev.env;
    let tests = move |revs: &[Rev]| {
        let touching = env.map(revs, |_, changeset| {
            for path in changeset.files() {
                if is_wanted(path)? {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        let touching = revs.iter().zip(touching);
        let touching: Vec<Rev> = touching
            .filter_map(|(&rev, touches)| touches.then_some(rev))
            .collect();
        let changes = env
            .snapshot
            .changes(&touching, Against::FirstParent, env.interrupt)?;
        let mut answers = vec![false; revs.len()];
        for (row, rev) in touching.iter().enumerate() {
            let files = changes.starts[row] as usize..changes.starts[row + 1] as usize;
            for at in files.filter(|&at| changes.kinds[at] == kind) {
                let path = changes.paths.get(at).unwrap_or_default();
                if is_wanted(RepoPath::new(path))? {
                    let place = revs.iter().position(|other| other == rev);
                    answers[place.unwrap_or(0)] = true;
                    break;
                }
            }
        }
        Ok(answers)
    };
    Ok(sets::filter(subset, Condition::slow(tests)))
}

pub(super) fn contains<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let pattern = text(x, "contains requires a pattern")?;
    let env = ev.env;
    let single = match split(pattern).0 {
        Some(_) => None,
        None => Some(RepoPathBuf::from(canonical(place(env), pattern)?)),
    };
    let matcher = match single {
        Some(_) => None,
        None => Some(matcher(env, pattern, Kind::Glob)?),
    };
    let tests = move |revs: &[Rev]| {
        let nodes = env.map(revs, |_, changeset| Ok(changeset.manifest()))?;
        let mut reader = env.snapshot.manifests()?.reader();
        let mut answers = Vec::with_capacity(revs.len());
        for (&rev, node) in revs.iter().zip(nodes) {
            env.go_on()?;
            let manifest = reader.read(&node, rev)?;
            answers.push(match (&single, &matcher) {
                (Some(path), _) => !path.is_empty() && manifest.find(path)?.is_some(),
                (None, Some(matcher)) => {
                    let mut found = false;
                    for entry in manifest.iter() {
                        if matcher.matches(entry?.path)? {
                            found = true;
                            break;
                        }
                    }
                    found
                }
                (None, None) => false,
            });
        }
        Ok(answers)
    };
    Ok(sets::filter(subset, Condition::slow(tests)))
}

pub(super) fn file<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let pattern = text(x, "file requires a pattern")?;
    let matcher = matcher(ev.env, pattern, Kind::Glob)?;
    Ok(matching(ev, subset, move |changeset| {
        any_matches(&matcher, changeset.files())
    }))
}

/// `hg log FILES -I INCLUDE -X EXCLUDE` as a predicate: patterns with prefixes that say which they
/// are.
pub(super) fn match_files<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let list = between(x, 1, None, "_matchfiles requires at least one argument")?;
    let (mut patterns, mut include, mut exclude) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rev, mut default) = (None, None);
    for argument in list {
        let argument = text(argument, "_matchfiles requires string arguments")?;
        let (prefix, value) = argument.split_at(argument.len().min(2));
        match prefix {
            b"p:" => patterns.push(value),
            b"i:" => include.push(value),
            b"x:" => exclude.push(value),
            b"r:" if rev.is_some() => {
                return wrong("_matchfiles expected at most one revision");
            }
            // It would only matter to filesets.
            b"r:" => rev = Some(value),
            b"d:" if default.is_some() => {
                return wrong("_matchfiles expected at most one default mode");
            }
            b"d:" => default = Some(value),
            _ => return wrong(format!("invalid _matchfiles prefix: {}", lossy(prefix))),
        }
    }
    let default = match default.filter(|name| !name.is_empty()) {
        None => Kind::Glob,
        Some(name) => Kind::from_name(name)
            .ok_or_else(|| Error::unsupported("_matchfiles() with another default mode"))?,
    };
    let matcher = Matcher::new(place(ev.env), &patterns, &include, &exclude, default)?;
    Ok(matching(ev, subset, move |changeset| {
        any_matches(&matcher, changeset.files())
    }))
}

pub(super) fn filelog<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let pattern = text(x, "filelog requires a pattern")?;
    let env = ev.env;
    let files = match split(pattern).0 {
        None => vec![RepoPathBuf::from(canonical(place(env), pattern)?)],
        Some(_) => {
            let matcher = matcher(env, pattern, Kind::Glob)?;
            let dirstate = env.snapshot.repository().dirstate()?;
            let mut files = Vec::new();
            for file in dirstate.map.iter() {
                let file = file?;
                if file.entry.tracked() && matcher.matches(file.path)? {
                    files.push(file.path.to_owned());
                }
            }
            files
        }
    };
    let mut found = BitSet::new(env.len());
    for file in files {
        let versions = env.files(|all| Ok(all.changes_of(&file, env.hidden, None)?))?;
        for version in versions {
            found.insert(version.changeset);
        }
    }
    let found = vermilion_core::RevSet::from_dense(&found);
    Ok(sets::and_these(subset, found))
}

pub(super) fn follow<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    first_parent: bool,
) -> Result<Set<'e>> {
    let name = if first_parent {
        "_followfirst"
    } else {
        "follow"
    };
    let arguments = named(x, name, &["file", "startrev"])?;
    let env = ev.env;
    let parent = env.refs().working_parents()[0];
    let from = match arguments.get("startrev") {
        Some(from) => Some(ev.all(from)?),
        None => None,
    };
    let Some(pattern) = arguments.get("file") else {
        let from = from.unwrap_or_else(|| Revisions::list(vec![parent]));
        let found = super::graph::ancestors_of(ev, &from, first_parent, None, None);
        return Ok(sets::and(subset, &found));
    };
    let pattern = text(pattern, &format!("{name} expected a pattern"))?;
    let revs = match from {
        Some(from) => from.to_vec()?,
        None => vec![parent],
    };
    let matcher = Arc::new(matcher(env, pattern, Kind::Path)?);
    let mut starts: Vec<(RepoPathBuf, Rev)> = Vec::new();
    for rev in revs {
        let manifest = env.snapshot.manifest(rev)?;
        for entry in manifest.iter() {
            let path = entry?.path;
            if matcher.matches(path)? {
                starts.push((path.to_owned(), rev));
            }
        }
    }
    let found = Revisions::made(move || {
        let starts: Vec<(&RepoPath, Rev)> =
            starts.iter().map(|(path, rev)| (&**path, *rev)).collect();
        let how = Following {
            first_parent,
            ..Following::default()
        };
        let mut found = BitSet::new(env.len());
        for version in env.files(|files| Ok(files.follow(&starts, &how)?))? {
            found.insert(version.changeset);
        }
        Ok(found)
    });
    Ok(sets::and(subset, &found))
}
