// SPDX-License-Identifier: GPL-2.0-or-later

//! The history of a file through copies and merges.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{FileRev, FileVersion, Files};
use crate::{RepoPath, Result, Rev, RevSet};

/// How a file is followed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Following<'h> {
    /// Whether only what it was copied from, or its first parent, is followed: not the other one
    /// of a merge.
    pub first_parent: bool,
    /// The changesets that are left out, though followed.
    pub hidden: Option<&'h RevSet>,
    /// The most versions that are wanted.
    pub limit: Option<usize>,
}

impl Files<'_> {
    /// Returns the versions of some files that those of some changesets were made of, themselves
    /// included: what `hg log --follow FILE --rev REV` shows, the latest changeset first.
    ///
    /// Takes time linear in the number of versions, mostly ([`Files::introduced_by`]).
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for a file that is not there; otherwise those of
    /// [`Files::introduced_by`].
    pub fn follow(
        &mut self,
        starts: &[(&RepoPath, Rev)],
        how: &Following<'_>,
    ) -> Result<Vec<FileVersion>> {
        let mut pending: BTreeMap<Rev, BTreeSet<FileRev>> = BTreeMap::new();
        for &(path, at) in starts {
            let file = self.at(path, at)?;
            let changeset = self.introduction(file, at, true, at)?;
            pending.entry(changeset).or_default().insert(file);
        }
        let cut = if how.first_parent { 1 } else { usize::MAX };
        let (mut versions, mut seen) = (Vec::new(), HashSet::new());
        let full = |versions: &Vec<_>| how.limit.is_some_and(|most| versions.len() >= most);
        while let Some((changeset, some)) = pending.pop_last() {
            for file in some {
                if full(&versions) {
                    return Ok(versions);
                }
                self.check_interrupt()?;
                if !seen.insert((changeset, file)) {
                    continue;
                }
                if !how.hidden.is_some_and(|hidden| hidden.contains(changeset)) {
                    versions.push(self.version(file, changeset)?);
                }
                for parent in self.parents(file)?.into_iter().take(cut) {
                    let made = self.introduction(parent, changeset, false, changeset)?;
                    pending.entry(made).or_default().insert(parent);
                }
            }
        }
        Ok(versions)
    }
}
