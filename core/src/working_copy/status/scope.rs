// SPDX-License-Identifier: GPL-2.0-or-later

//! Which part of the working copy is looked at.

use std::cmp::Ordering;

use super::task::Walk;
use super::{Outcome, visits};
use crate::platform::directory::Base;
use crate::{RepoPath, RepoPathBuf, Result};

/// The part of a working copy that is looked at.
///
/// Files and directories that are asked for by name have been looked at by the caller, who
/// knows what to say of those that do not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Directories that are searched, with all that is in them, which may be the root.
    pub search: Vec<RepoPathBuf>,
    /// Whether tracked files outside these directories are looked at as well.
    pub all_tracked: bool,
    /// Directories that are not searched, but whose tracked files are looked at.
    pub tracked_in: Vec<RepoPathBuf>,
    /// Single paths.
    pub files: Vec<RepoPathBuf>,
}

impl Scope {
    /// Returns the whole working copy.
    pub fn everything() -> Scope {
        Scope {
            search: vec![RepoPathBuf::default()],
            all_tracked: true,
            ..Scope::default()
        }
    }
}

/// Looks at all that is in the scope.
pub(super) fn look<'w>(walk: &mut Walk<'w>, scope: &'w Scope, root: &Base) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let search = outermost(&scope.search);
    for path in &search {
        part(walk, path, true, root, &mut outcome)?;
    }
    let tracked = if scope.all_tracked {
        vec![RepoPath::root()]
    } else {
        outermost(&scope.tracked_in)
    };
    if !search.contains(&RepoPath::root()) {
        walk.apart.extend(search);
        for path in tracked {
            part(walk, path, false, root, &mut outcome)?;
        }
    }
    for path in &scope.files {
        walk.check_interrupt()?;
        outcome.counts.stats += 1;
        let records = walk.file(path, root)?;
        records.list(0, records.len(), &mut outcome.lists);
    }
    Ok(outcome)
}

/// Looks at one directory of the scope.
fn part<'w>(
    walk: &Walk<'w>,
    path: &'w RepoPath,
    search: bool,
    root: &Base,
    outcome: &mut Outcome,
) -> Result<()> {
    let before = outcome.bad.len();
    visits::visit(walk, walk.named(path, search)?, root.clone(), outcome)?;
    outcome.bad[before..].sort_by(|a, b| complaints(&a.0, &b.0));
    Ok(())
}

/// Sorted, without what is in others.
fn outermost(paths: &[RepoPathBuf]) -> Vec<&RepoPath> {
    let mut sorted: Vec<&RepoPath> = paths.iter().map(|path| &**path).collect();
    // A directory comes before what is in it, and that before everything else.
    sorted.sort_by(|a, b| parts(a).cmp(parts(b)));
    let mut kept: Vec<&RepoPath> = Vec::new();
    for path in sorted {
        if !kept.last().is_some_and(|last| last.contains(path)) {
            kept.push(path);
        }
    }
    kept
}

fn parts(path: &RepoPath) -> impl Iterator<Item = &[u8]> {
    path.components().filter(|part| !part.is_empty())
}

/// Mercurial's order of complaints: a directory before what is in it, of two others the
/// later one first.
fn complaints(a: &RepoPath, b: &RepoPath) -> Ordering {
    let mut pairs = parts(a).zip(parts(b));
    match pairs.find(|(a, b)| a != b) {
        Some((a, b)) => b.cmp(a),
        None => parts(a).count().cmp(&parts(b).count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_others_goes() {
        let owned = |paths: &[&str]| -> Vec<RepoPathBuf> {
            paths.iter().map(|&path| path.into()).collect()
        };
        let paths = owned(&["b", "a/b/c", "a-b", "a/b", "a/bc", "b"]);
        let kept = ["a/b", "a/bc", "a-b", "b"].map(RepoPath::new);
        assert_eq!(outermost(&paths), kept);
        assert_eq!(outermost(&owned(&["a", ""])), [RepoPath::root()]);
        assert!(outermost(&[]).is_empty());
    }

    #[test]
    fn complaints_come_in_mercurials_order() {
        let mut paths = ["a", "a/b", "a/c", "a/b/x", "b"].map(RepoPath::new);
        paths.sort_by(|a, b| complaints(a, b));
        assert_eq!(paths, ["b", "a", "a/c", "a/b", "a/b/x"].map(RepoPath::new));
    }
}
