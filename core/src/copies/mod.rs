// SPDX-License-Identifier: GPL-2.0-or-later

//! Which files of a revision were copied from, or moved, since another one.
//!
//! The answers are those of Mercurial's `copies.py`. Mostly files' own metadata say what they were
//! copied from: a file that an ancestor does not have is followed back to one that it has
//! (`traced.rs`). Repositories that require `exp-copies-sidedata-changeset` have it in their
//! changelog, and copies are put together changeset by changeset (`by_changesets.rs`).

mod by_changesets;
mod of_changeset;
mod traced;

use std::collections::BTreeMap;

use crate::graph::Graph;
use crate::history::Files;
use crate::manifest::Manifest;
use crate::{RepoPathBuf, Result, Rev};

pub use of_changeset::ChangesetCopies;

/// Files that were copied: of each its path, and the path that the source had.
pub type Copies = BTreeMap<RepoPathBuf, RepoPathBuf>;

impl Files<'_> {
    /// Returns the files of `to` that were copied from files of `from`, or moved, as Mercurial's
    /// `copies.pathcopies` without a matcher. The null revision has none.
    ///
    /// Back from `to` to `from`, only moves count. Where neither is the other's ancestor, the way
    /// goes back to a common one and on from there.
    ///
    /// Takes time linear in the manifests, and in the histories of the files that one has more.
    ///
    /// # Errors
    /// Those of [`Files::manifest`], [`Manifest::iter`], and of reading files;
    /// [`Error::OutOfRange`](crate::Error::OutOfRange) and
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn copies(&mut self, from: Rev, to: Rev) -> Result<Copies> {
        let ancestor = self.best_ancestor(from, to)?;
        if from == to || from.is_null() || to.is_null() {
            return Ok(Copies::new());
        }
        let ends = [self.manifest(from)?, self.manifest(to)?];
        let mut copies = if ancestor == from {
            self.forward((from, &ends[0]), (to, &ends[1]), None)?
        } else if ancestor == to {
            let back = self.forward((to, &ends[1]), (from, &ends[0]), None)?;
            reversed(back, &ends[0])?
        } else {
            let common = self.manifest(ancestor)?;
            let base = (!ancestor.is_null()).then_some(&*ends[0]);
            let mut back = self.forward((ancestor, &common), (from, &ends[0]), None)?;
            let mut on = self.forward((ancestor, &common), (to, &ends[1]), base)?;
            back.retain(|path, source| on.get(path) != Some(source) || on.remove(path).is_none());
            chained(reversed(back, &ends[0])?, on)
        };
        filter(&mut copies, &ends[0], &ends[1])?;
        Ok(copies)
    }

    /// Returns the files of `to` that were copied from files of its ancestor `from`, or of `base`.
    fn forward(
        &mut self,
        from: (Rev, &Manifest),
        to: (Rev, &Manifest),
        base: Option<&Manifest>,
    ) -> Result<Copies> {
        if self.has_copies_in_changelog() {
            return self.copies_by_changesets(from.0, to.0);
        }
        self.traced(from, to, base)
    }

    /// Returns the common ancestor of two revisions that Mercurial takes for the best one.
    fn best_ancestor(&self, a: Rev, b: Rev) -> Result<Rev> {
        let graph: &Graph = self.graph();
        match graph.common_ancestor_heads(&[a, b])?[..] {
            [] => Ok(Rev::NULL),
            [only] => Ok(only),
            _ => {
                let mut best = Vec::new();
                for rev in graph.greatest_common_ancestors(&[a, b])? {
                    best.push((self.changelog().node(rev)?, rev));
                }
                // The choice among several is arbitrary, but always the same.
                Ok(best.into_iter().min().map_or(Rev::NULL, |(_, rev)| rev))
            }
        }
    }
}

/// Returns moves the other way round: from a file to where it came from, if `there` does not have
/// the latter any more. Of several files that came from one, the last in order counts.
fn reversed(copies: Copies, there: &Manifest) -> Result<Copies> {
    let mut moves = Copies::new();
    for (path, source) in copies {
        if there.find(&source)?.is_none() {
            moves.insert(source, path);
        }
    }
    Ok(moves)
}

/// Returns copies that come after others, with the first sources.
fn chained(mut before: Copies, after: Copies) -> Copies {
    let after: Vec<_> = after
        .into_iter()
        .map(|(path, source)| {
            let first = before.get(&source).cloned();
            (path, first.unwrap_or(source))
        })
        .collect();
    before.extend(after);
    before
}

/// Takes out copies of files to themselves, and those whose source `from` or that `to` lacks.
fn filter(copies: &mut Copies, from: &Manifest, to: &Manifest) -> Result<()> {
    let mut failed = Ok(());
    copies.retain(|path, source| {
        let both = (|| Ok(from.find(source)?.is_some() && to.find(path)?.is_some()))();
        match both {
            Ok(both) => both && path != source,
            Err(error) => {
                failed = Err(error);
                true
            }
        }
    });
    failed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(pairs: &[(&str, &str)]) -> Copies {
        let pairs = pairs.iter();
        pairs
            .map(|&(path, source)| (path.into(), source.into()))
            .collect()
    }

    fn manifest(files: &[&str]) -> Manifest {
        let lines = files
            .iter()
            .map(|file| format!("{file}\0{}\n", "11".repeat(20)));
        Manifest::new(lines.collect::<String>().into_bytes()).unwrap()
    }

    #[test]
    fn moves_the_other_way_round() {
        let all = copies(&[("b", "a"), ("c", "a"), ("e", "d")]);
        let found = reversed(all, &manifest(&["d", "e"])).unwrap();
        assert_eq!(found, copies(&[("a", "c")]));
    }

    #[test]
    fn copies_after_copies() {
        let found = chained(
            copies(&[("b", "a"), ("d", "c")]),
            copies(&[("b", "d"), ("e", "b"), ("x", "y")]),
        );
        let expected = copies(&[("b", "c"), ("d", "c"), ("e", "a"), ("x", "y")]);
        assert_eq!(found, expected);
    }

    #[test]
    fn copies_that_are_none() {
        let mut all = copies(&[("a", "a"), ("b", "a"), ("c", "x"), ("y", "a")]);
        filter(&mut all, &manifest(&["a"]), &manifest(&["a", "b", "c"])).unwrap();
        assert_eq!(all, copies(&[("b", "a")]));
    }
}
