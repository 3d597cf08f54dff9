// SPDX-License-Identifier: GPL-2.0-or-later

//! Which ancestor of a changeset introduced a file's revision.

use std::ops::ControlFlow;

use super::{FileRev, Files, MANIFEST_LINE, PathId};
use crate::error::FileKind;
use crate::graph::bitset::BitSet;
use crate::manifest::manifest_of;
use crate::{Error, Node, RepoPath, Result, Rev};

/// Files of which it is kept which changesets touch them.
const KEPT: usize = 64;

/// The changesets that touch a file, as far as they were looked at.
#[derive(Debug)]
pub(super) struct Touched {
    looked_at: BitSet,
    touching: BitSet,
}

impl Files<'_> {
    /// Returns the changeset that introduced the revision of a file that `at` has: `at` itself or
    /// an ancestor, as Mercurial's `fctx.introrev()`.
    ///
    /// Mostly that is what the file's index says. If that is no ancestor, the changesets from `at`
    /// down to it are looked at, which takes time linear in their texts.
    ///
    /// # Errors
    /// Those of [`Files::manifest`] and of reading the file; [`Error::Invalid`] if `at` has no such
    /// file; [`Error::Interrupted`].
    pub fn introduced_by(&mut self, path: &RepoPath, at: Rev) -> Result<Rev> {
        let file = self.at(path, at)?;
        self.introduction(file, at, true, at)
    }

    /// Returns the changeset that introduced a revision that `descendant` has, or a descendant's
    /// parent if not `inclusive`, among the ancestors of `descendant`.
    ///
    /// What the file's index says is right if it is an ancestor of `within`, or `descendant`. If
    /// no ancestor fits, that is the answer, too, as in Mercurial.
    pub(crate) fn introduction(
        &mut self,
        file: FileRev,
        descendant: Rev,
        inclusive: bool,
        within: Rev,
    ) -> Result<Rev> {
        let filelog = self.filelog(file.path)?;
        let link = filelog.link_rev(file.rev)?;
        if link.index() >= self.graph.len() {
            let reason = format!("came with changeset {link}, which is not there");
            let name = filelog.revlog().at(file.rev);
            return Err(Error::corrupt(FileKind::Revlog, name, reason));
        }
        if link == descendant || self.graph.is_ancestor(link, within)? {
            return Ok(link);
        }
        let node = filelog.node(file.rev)?;
        let found = self.introducing_ancestor(file.path, &node, descendant, inclusive, link)?;
        Ok(found.unwrap_or(link))
    }

    /// Returns the latest ancestor of `descendant`, not below `stop`, that touches a file and has
    /// this revision of it.
    fn introducing_ancestor(
        &mut self,
        path: PathId,
        node: &Node,
        descendant: Rev,
        inclusive: bool,
        stop: Rev,
    ) -> Result<Option<Rev>> {
        if descendant < stop || descendant.is_null() {
            return Ok(None);
        }
        let parents = self.graph.as_slice();
        let mut seen = BitSet::new(descendant.next().index());
        if inclusive {
            seen.insert(descendant);
        } else {
            seen.insert_both(parents[descendant.index()]);
        }
        let walk = seen.descend(descendant.next(), stop, |seen, rev| {
            seen.insert_both(parents[rev.index()]);
            match self.introduces(path, node, rev) {
                Ok(false) => ControlFlow::Continue(()),
                Ok(true) => ControlFlow::Break(Ok(rev)),
                Err(error) => ControlFlow::Break(Err(error)),
            }
        });
        walk.break_value().transpose()
    }

    /// Returns whether a changeset touches a file and has this revision of it.
    fn introduces(&mut self, path: PathId, node: &Node, rev: Rev) -> Result<bool> {
        self.check_interrupt()?;
        if !self.touches(path, rev)? {
            return Ok(false);
        }
        let line = self.changelog.revlog().beginning(rev, MANIFEST_LINE)?;
        let manifests = self.manifests.manifests();
        let manifest = manifests.rev(&manifest_of(&line)?, rev)?;
        Ok(manifests.introduced(manifest, self.path(path))? == Some(*node))
    }

    /// Returns whether a changeset says that it touches a file.
    pub(super) fn touches(&mut self, path: PathId, rev: Rev) -> Result<bool> {
        if self.touched.len() >= KEPT && !self.touched.contains_key(&path) {
            self.touched.clear();
        }
        let len = self.graph.len();
        let known = self.touched.entry(path).or_insert_with(|| Touched {
            looked_at: BitSet::new(len),
            touching: BitSet::new(len),
        });
        if !known.looked_at.contains(rev) {
            // The node tells nothing of a path, and checking it takes as long as all the rest.
            let mut texts = self.changelog.revlog().texts(false);
            let changeset = self.changelog.parse(rev, texts.read(rev)?)?;
            let searched = &*self.paths[path.index()];
            if changeset.files().any(|file| file == searched) {
                known.touching.insert(rev);
            }
            known.looked_at.insert(rev);
        }
        Ok(known.touching.contains(rev))
    }
}
