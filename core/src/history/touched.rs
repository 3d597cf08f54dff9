// SPDX-License-Identifier: GPL-2.0-or-later

//! The changesets that a file's revisions came with.

use std::collections::{BTreeMap, HashMap};

use super::{FileVersion, Files, PathId};
use crate::{Node, RepoPath, Result, Rev, RevSet};

impl Files<'_> {
    /// Returns the revisions of a file with the changesets that they came with, the latest first:
    /// what `hg log FILE` shows and the revset `filelog()` has.
    ///
    /// `hidden` ones do not count. Mercurial looks for another changeset with the same revision
    /// of the file then, but not for all of them, and finds none after it once looked in vain;
    /// so does this. Each changeset comes once. With `ancestors_of`, only ancestors of that one
    /// are in the result, and itself. A file that never was has no history.
    ///
    /// Takes time linear in the number of revisions, and in the changesets that are read once
    /// one is hidden.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange) and
    /// [`Error::Interrupted`](crate::Error::Interrupted); otherwise those of
    /// [`Filelog::open`](crate::filelog::Filelog::open),
    /// [`Filelog::link_rev`](crate::filelog::Filelog::link_rev) and [`Files::manifest`].
    pub fn changes_of(
        &mut self,
        path: &RepoPath,
        hidden: &RevSet,
        ancestors_of: Option<Rev>,
    ) -> Result<Vec<FileVersion>> {
        let path = self.id(path);
        let filelog = self.filelog(path)?;
        let counts = |rev: Rev| rev.index() < self.graph.len() && !hidden.contains(rev);
        let mut found: BTreeMap<Rev, Node> = BTreeMap::new();
        // Other revisions of the file that came up while one was looked for.
        let mut known: HashMap<Node, Rev> = HashMap::new();
        // Where the last search ended, none after one in vain.
        let mut scanned = Some(Rev::FIRST);
        for rev in Rev::range(Rev::FIRST..Rev::from_index(filelog.len())) {
            let node = filelog.node(rev)?;
            if let Some(&changeset) = known.get(&node) {
                found.insert(changeset, node);
                continue;
            }
            let link = filelog.link_rev(rev)?;
            if counts(link) {
                found.insert(link, node);
            } else if let Some(from) = scanned {
                let from = link.max(from).next();
                scanned = self.search(path, &node, from, hidden, &mut known)?;
                if let Some(changeset) = scanned {
                    found.insert(changeset, node);
                }
            }
        }
        let mut versions = Vec::with_capacity(found.len());
        for (changeset, node) in found.into_iter().rev() {
            if let Some(head) = ancestors_of
                && !self.graph.is_ancestor(changeset, head)?
            {
                continue;
            }
            versions.push(FileVersion {
                changeset,
                path,
                node,
            });
        }
        Ok(versions)
    }

    /// Looks from `from` on for a changeset that touches a file and has this revision of it.
    fn search(
        &mut self,
        path: PathId,
        node: &Node,
        from: Rev,
        hidden: &RevSet,
        known: &mut HashMap<Node, Rev>,
    ) -> Result<Option<Rev>> {
        let end = Rev::from_index(self.graph.len());
        for rev in Rev::range(from.min(end)..end) {
            self.check_interrupt()?;
            if hidden.contains(rev) || !self.touches(path, rev)? {
                continue;
            }
            let manifest = self.manifest(rev)?;
            let Some(entry) = manifest.find(self.path(path))? else {
                continue;
            };
            if known.contains_key(&entry.node) {
                continue;
            }
            if entry.node == *node {
                return Ok(Some(rev));
            }
            known.insert(entry.node, rev);
        }
        Ok(None)
    }
}
