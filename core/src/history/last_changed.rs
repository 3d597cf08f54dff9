// SPDX-License-Identifier: GPL-2.0-or-later

//! The last change of each entry of a directory, as those who show directories show it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::Files;
use crate::changelog::Reading;
use crate::graph::bitset::BitSet;
use crate::{Error, RepoPath, RepoPathBuf, Result, Rev};

/// Changesets that are read before it is looked whether all is found, at first, and at most.
const BLOCKS: [usize; 2] = [64, 16_384];

/// An entry of a directory, and when it was changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastChange {
    /// The entry's path.
    pub path: RepoPathBuf,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// The last changeset that says it touches the file, or one below the directory; the null
    /// revision if none does.
    pub changeset: Rev,
}

impl Files<'_> {
    /// Returns for each file and directory right in a directory of a changeset, in the order of
    /// their names' bytes, which of its ancestors, itself included, changed it last: the one of
    /// the highest number that touches it or, as the revset `file("path:NAME")`, anything below.
    ///
    /// Reads changesets, on several threads, from `at` down to where all entries are found, which
    /// takes time linear in their texts. A directory without files in it is one that is not
    /// there, and has no entries.
    ///
    /// # Errors
    /// Those of [`Files::manifest`], [`Manifest::iter`](crate::manifest::Manifest::iter) and
    /// [`Changelog::for_each`](crate::changelog::Changelog::for_each).
    pub fn last_changed(&self, directory: &RepoPath, at: Rev) -> Result<Vec<LastChange>> {
        let mut found: BTreeMap<Vec<u8>, (bool, Rev)> = BTreeMap::new();
        for entry in self.manifest(at)?.iter() {
            if let Some((name, is_directory)) = entry_of(directory, entry?.path)
                && !found.contains_key(name)
            {
                found.insert(name.to_vec(), (is_directory, Rev::NULL));
            }
        }
        let mut missing = found.len();
        let mut rest = at;
        let mut seen = BitSet::new(at.next().index());
        seen.insert(at);
        let mut most = BLOCKS[0];
        while missing > 0 && !rest.is_null() {
            let block;
            (block, rest) = self.ancestors(&mut seen, rest, most);
            most = (2 * most).min(BLOCKS[1]);
            self.touched_names(directory, &block, |rev, names| {
                for name in names {
                    if let Some((_, last @ Rev::NULL)) = found.get_mut(&name) {
                        *last = rev;
                        missing -= 1;
                    }
                }
            })?;
        }
        let entries = found.into_iter();
        let changes = entries.map(|(name, (is_directory, changeset))| LastChange {
            path: directory.join(&name),
            is_directory,
            changeset,
        });
        Ok(changes.collect())
    }

    /// Returns so many members of a set and of their ancestors, from `rest` down, and where those
    /// that are left begin.
    fn ancestors(&self, seen: &mut BitSet, rest: Rev, most: usize) -> (Vec<Rev>, Rev) {
        let mut block = Vec::new();
        let left = seen.descend(rest.next(), Rev::FIRST, |seen, rev| {
            if block.len() == most {
                return ControlFlow::Break(rev);
            }
            block.push(rev);
            seen.insert_both(self.graph.as_slice()[rev.index()]);
            ControlFlow::Continue(())
        });
        (block, left.break_value().unwrap_or(Rev::NULL))
    }

    /// Calls `each` with changesets and the names of the entries of a directory that they touch.
    fn touched_names(
        &self,
        directory: &RepoPath,
        block: &[Rev],
        mut each: impl FnMut(Rev, Vec<Vec<u8>>),
    ) -> Result<()> {
        let reading = Reading {
            check: false,
            interrupt: self.interrupt,
        };
        let names = |rev: Rev, changeset: &crate::changelog::Changeset<'_>| {
            let mut names: Vec<Vec<u8>> = Vec::new();
            for (name, _) in changeset
                .files()
                .filter_map(|path| entry_of(directory, path))
            {
                if names.last().is_none_or(|last| last != name) {
                    names.push(name.to_vec());
                }
            }
            Ok::<_, Error>((rev, names))
        };
        self.changelog
            .for_each(block, &reading, names, |(rev, names)| {
                each(rev, names);
                Ok(())
            })
    }
}

/// Returns the name of the entry of a directory that a path is, or is below, and whether it is
/// below; `None` for a path elsewhere.
fn entry_of<'p>(directory: &RepoPath, path: &'p RepoPath) -> Option<(&'p [u8], bool)> {
    let rest = path.as_bytes().strip_prefix(directory.as_bytes())?;
    let rest = if directory.is_empty() {
        rest
    } else {
        rest.strip_prefix(b"/")?
    };
    let slash = rest.iter().position(|&byte| byte == b'/');
    Some((&rest[..slash.unwrap_or(rest.len())], slash.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_directories() {
        for (directory, path, entry) in [
            ("", "a", Some(("a", false))),
            ("", "a/b", Some(("a", true))),
            ("a", "a/b", Some(("b", false))),
            ("a", "a/b/c/d", Some(("b", true))),
            ("a", "ab", None),
            ("a", "a", None),
            ("a/b", "a", None),
        ] {
            let found = entry_of(RepoPath::new(directory), RepoPath::new(path));
            let entry = entry.map(|(name, below): (&str, bool)| (name.as_bytes(), below));
            assert_eq!(found, entry, "{directory} {path}");
        }
    }
}
