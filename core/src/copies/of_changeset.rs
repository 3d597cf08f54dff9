// SPDX-License-Identifier: GPL-2.0-or-later

//! The copies that one changeset makes.

use std::sync::Arc;

use super::Copies;
use crate::history::Files;
use crate::manifest::Manifest;
use crate::{Node, RepoPath, Result, Rev};

/// The files that a changeset copied from those of each parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangesetCopies {
    /// From files of the first parent.
    pub p1: Copies,
    /// From files of the second one.
    pub p2: Copies,
}

impl Files<'_> {
    /// Returns the files that a changeset copied, or moved, from files of its parents, as
    /// Mercurial's `ctx.p1copies()` and `ctx.p2copies()`.
    ///
    /// Only files that it says it touches count. Takes time linear in the manifests and in the
    /// files that are new.
    ///
    /// # Errors
    /// Those of [`Files::manifest`] and of reading files.
    pub fn copies_of_changeset(&mut self, rev: Rev) -> Result<ChangesetCopies> {
        if rev.is_null() {
            return Ok(ChangesetCopies::default());
        }
        if self.has_copies_in_changelog() {
            return self.copies_in_changelog(rev);
        }
        let (text, manifest) = (self.changelog().text(rev)?, self.manifest(rev)?);
        let changeset = self.changelog().parse(rev, &text)?;
        let parents = self.graph().parents(rev)?;
        // Read only if there is a copy at all.
        let mut of_parents: Option<[Arc<Manifest>; 2]> = None;
        let mut copies = ChangesetCopies::default();
        for path in changeset.files() {
            self.check_interrupt()?;
            let Some(node) = manifest.find(path)?.map(|entry| entry.node) else {
                continue;
            };
            let file = self.by_node(path, &node)?;
            let filelog = self.filelog(file.path)?;
            let Some(source) = filelog.copied_from(file.rev)? else {
                continue;
            };
            let of_parents = match &mut of_parents {
                Some(read) => read,
                none => none.insert([self.manifest(parents[0])?, self.manifest(parents[1])?]),
            };
            let has = |manifest: &Manifest, path: &RepoPath, node: &Node| {
                let found = manifest.find(path)?;
                Ok::<_, crate::Error>(found.is_some_and(|entry| entry.node == *node))
            };
            // A parent may have it already, copied by another changeset.
            if filelog.link_rev(file.rev)? != rev
                && (has(&of_parents[0], path, &node)? || has(&of_parents[1], path, &node)?)
            {
                continue;
            }
            let into = if has(&of_parents[0], &source.path, &source.node)? {
                &mut copies.p1
            } else if has(&of_parents[1], &source.path, &source.node)? {
                &mut copies.p2
            } else {
                continue;
            };
            into.insert(path.to_owned(), source.path);
        }
        Ok(copies)
    }

    /// Returns the same where the changelog says it.
    fn copies_in_changelog(&self, rev: Rev) -> Result<ChangesetCopies> {
        let copies = self.changelog().file_changes(rev, |changes| {
            let mut copies = ChangesetCopies::default();
            for change in changes {
                if let Some((parent, source)) = change.copied_from {
                    let into = match parent {
                        0 => &mut copies.p1,
                        _ => &mut copies.p2,
                    };
                    into.insert(change.path.to_owned(), source.to_owned());
                }
            }
            copies
        })?;
        Ok(copies.unwrap_or_default())
    }
}
