// SPDX-License-Identifier: GPL-2.0-or-later

//! Which part of the working copy is looked at.

use std::cmp::Ordering;

use super::task::Walk;
use super::{visits, Outcome};
use crate::platform::directory::Base;
use crate::Result;

/// The part of a working copy that is looked at.
///
/// Paths are relative to the root, `/` between their parts. Files and directories that are
/// asked for by name have been looked at by the caller, who knows what to say of those
/// that do not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Directories that are searched, with all that is in them; `b""` is the root.
    pub search: Vec<Vec<u8>>,
    /// Whether tracked files outside these directories are looked at as well.
    pub all_tracked: bool,
    /// Directories that are not searched, but whose tracked files are looked at.
    pub tracked_in: Vec<Vec<u8>>,
    /// Single paths.
    pub files: Vec<Vec<u8>>,
}

impl Scope {
    /// Returns the whole working copy.
    pub fn everything() -> Scope {
        Scope {
            search: vec![Vec::new()],
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
        vec![&b""[..]]
    } else {
        outermost(&scope.tracked_in)
    };
    if !search.contains(&&b""[..]) {
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
    path: &'w [u8],
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
fn outermost(paths: &[Vec<u8>]) -> Vec<&[u8]> {
    let mut sorted: Vec<&[u8]> = paths.iter().map(Vec::as_slice).collect();
    // A directory comes before what is in it, and that before everything else.
    sorted.sort_by(|a, b| parts(a).cmp(parts(b)));
    let mut kept: Vec<&[u8]> = Vec::new();
    for path in sorted {
        if !kept.last().is_some_and(|last| contains(last, path)) {
            kept.push(path);
        }
    }
    kept
}

fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
}

fn contains(directory: &[u8], path: &[u8]) -> bool {
    directory.is_empty()
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// Mercurial's order of complaints: a directory before what is in it, of two others the
/// later one first.
fn complaints(a: &[u8], b: &[u8]) -> Ordering {
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
        let owned = |paths: &[&str]| -> Vec<Vec<u8>> {
            paths.iter().map(|path| path.as_bytes().to_vec()).collect()
        };
        let paths = owned(&["b", "a/b/c", "a-b", "a/b", "a/bc", "b"]);
        let kept: [&[u8]; 4] = [b"a/b", b"a/bc", b"a-b", b"b"];
        assert_eq!(outermost(&paths), kept);
        assert_eq!(outermost(&owned(&["a", ""])), [b""]);
        assert!(outermost(&[]).is_empty());
    }

    #[test]
    fn complaints_come_in_mercurials_order() {
        let mut paths: Vec<&[u8]> = vec![b"a", b"a/b", b"a/c", b"a/b/x", b"b"];
        paths.sort_by(|a, b| complaints(a, b));
        assert_eq!(paths, [&b"b"[..], b"a", b"a/c", b"a/b", b"a/b/x"]);
    }
}
