// SPDX-License-Identifier: GPL-2.0-or-later

//! Copies by what files' metadata say.

use std::collections::{BTreeMap, HashSet};

use super::Copies;
use crate::history::{FileRev, Files};
use crate::manifest::Manifest;
use crate::{Node, RepoPath, RepoPathBuf, Result, Rev};

/// The manifests that a file's ancestors are looked for in.
struct Ends<'m> {
    old: &'m Manifest,
    base: Option<&'m Manifest>,
    /// The nodes that are in them.
    nodes: HashSet<Node>,
}

impl Ends<'_> {
    /// Returns whether one of them has this revision of a file.
    fn have(&self, path: &RepoPath, node: &Node) -> Result<bool> {
        if !self.nodes.contains(node) {
            return Ok(false);
        }
        for manifest in [Some(self.old), self.base].into_iter().flatten() {
            if manifest
                .find(path)?
                .is_some_and(|entry| entry.node == *node)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Files<'_> {
    /// Returns the files of `to`, not in `from`, that were made of ones in `from`, or in `base`:
    /// of each the nearest.
    pub(super) fn traced(
        &mut self,
        from: (Rev, &Manifest),
        to: (Rev, &Manifest),
        base: Option<&Manifest>,
    ) -> Result<Copies> {
        let (old, new) = (from.1, to.1);
        let mut missing: Vec<(RepoPathBuf, Node)> = Vec::new();
        for change in old.changes_to(new)? {
            if let (None, Some(entry)) = (change.old, change.new) {
                missing.push((entry.path.to_owned(), entry.node));
            }
        }
        // Between a changeset and its only parent, Mercurial looks at the files that the
        // changeset says it touches and at no others.
        if self.graph().parents(to.0)? == [from.0, Rev::NULL] && !missing.is_empty() {
            let text = self.changelog().text(to.0)?;
            let changeset = self.changelog().parse(to.0, &text)?;
            let files: HashSet<&RepoPath> = changeset.files().collect();
            missing.retain(|(path, _)| files.contains(&**path));
        }
        if missing.is_empty() {
            return Ok(Copies::new());
        }
        // Most ancestors are in no manifest, which their nodes alone tell.
        let mut nodes = HashSet::new();
        for manifest in [Some(old), base].into_iter().flatten() {
            for entry in manifest.iter() {
                nodes.insert(entry?.node);
            }
        }
        let ends = Ends { old, base, nodes };
        let mut copies = Copies::new();
        for (path, node) in missing {
            self.check_interrupt()?;
            let file = self.by_node(&path, &node)?;
            if let Some(source) = self.nearest_in(file, &ends)? {
                copies.insert(path, source);
            }
        }
        Ok(copies)
    }

    /// Returns the path of the first of a file's ancestors that one of the manifests has.
    fn nearest_in(&mut self, file: FileRev, ends: &Ends<'_>) -> Result<Option<RepoPathBuf>> {
        // The ones of the latest changesets first. The same node may have come with one changeset
        // under two paths, of which Mercurial then only follows the later found.
        let mut pending: BTreeMap<(Rev, Node), FileRev> = BTreeMap::new();
        let mut seen = HashSet::new();
        let mut current = file;
        loop {
            if seen.insert(current) {
                for parent in self.parents(current)? {
                    let filelog = self.filelog(parent.path)?;
                    let key = (filelog.link_rev(parent.rev)?, filelog.node(parent.rev)?);
                    pending.insert(key, parent);
                }
            }
            let Some(((_, node), next)) = pending.pop_last() else {
                return Ok(None);
            };
            let path = self.path(next.path);
            if ends.have(path, &node)? {
                return Ok(Some(path.to_owned()));
            }
            current = next;
        }
    }
}
