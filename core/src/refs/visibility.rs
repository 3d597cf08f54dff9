// SPDX-License-Identifier: GPL-2.0-or-later

//! Which changesets are hidden, and the other views on a repository that Mercurial has caches for.
//!
//! Obsolete changesets are hidden, and those of the phases archived and internal, except if
//! somebody still needs them: the working copy, a bookmark, a local tag, a merge that is under
//! way, or a descendant that is not hidden.

use super::Refs;
use super::phases::{self, Phase};
use super::tags::{Merged, TagKind};
use crate::graph::bitset::BitSet;
use crate::{Node, Result, Rev, RevSet};

/// Changesets that count for some purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CachedView {
    /// All.
    All,
    /// Those that are not hidden.
    Visible,
    /// Those of them that others may have.
    Served,
    /// Those that are public.
    Immutable,
    /// Those below the first that is not.
    Base,
}

/// The views, each with all changesets of those after it.
pub(super) const VIEWS: [CachedView; 5] = [
    CachedView::All,
    CachedView::Visible,
    CachedView::Served,
    CachedView::Immutable,
    CachedView::Base,
];

impl CachedView {
    /// Returns the name in the names of cache files.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            CachedView::All => None,
            CachedView::Visible => Some("visible"),
            CachedView::Served => Some("served"),
            CachedView::Immutable => Some("immutable"),
            CachedView::Base => Some("base"),
        }
    }
}

impl Refs {
    /// Returns the changesets that Mercurial does not show, whatever the view.
    ///
    /// # Errors
    /// Those of [`Refs::obsolete`].
    pub fn hidden(&self) -> Result<&RevSet> {
        self.hidden.get_or_try_init(|| {
            if self.files.markers.is_empty() && !self.has_hidden_phases()? {
                return Ok(Box::default());
            }
            let graph = self.changelog.graph()?;
            let phases = self.phases()?;
            let mut hidden = BitSet::new(graph.len());
            for rev in self.obsolete()?.obsolete.iter() {
                hidden.insert(rev);
            }
            for (rev, phase) in phases.not_public() {
                if phase.is_hidden() {
                    hidden.insert(rev);
                }
            }
            if hidden.is_empty() {
                return Ok(Box::default());
            }
            for rev in self.pinned()? {
                hidden.remove(rev);
            }
            // Children come after their parents, so that one pass shows whole chains.
            let shown: Vec<Rev> = phases.not_public().map(|(rev, _)| rev).collect();
            for rev in shown.into_iter().rev() {
                if !hidden.contains(rev) {
                    let [p1, p2] = graph.as_slice()[rev.index()];
                    hidden.remove(p1);
                    hidden.remove(p2);
                }
            }
            Ok(Box::new(RevSet::from_dense(&hidden)))
        })
    }

    /// Returns whether there are changesets of phases that are hidden.
    fn has_hidden_phases(&self) -> Result<bool> {
        let path = self.repository.store_dir()?.join("phaseroots");
        let roots = phases::parse(&self.files.phase_roots, &path.display())?;
        let mut roots = roots.into_iter();
        // What is no phase is an error where phases are asked for.
        Ok(roots.any(|(number, _)| Phase::from_number(number).is_none_or(Phase::is_hidden)))
    }

    /// Returns the revisions that are not hidden, whatever they are.
    fn pinned(&self) -> Result<Vec<Rev>> {
        let mut pinned = self.working_parents().to_vec();
        pinned.extend(self.bookmarks()?.iter().map(|(_, rev)| rev));
        let rev_of = |node: &[u8]| match Node::try_from(node) {
            Ok(node) => self.changelog.rev_of(&node),
            Err(_) => Ok(None),
        };
        let mut local = Merged::default();
        let there = |node: &[u8]| Ok(rev_of(node)?.is_some());
        local.add(&self.files.local_tags, TagKind::Local, there)?;
        for node in local.nodes() {
            pinned.extend(rev_of(node)?);
        }
        let merge = &self.files.merge_state;
        if merge.is_unresolved() {
            for node in [merge.local, merge.other].into_iter().flatten() {
                pinned.extend(self.changelog.rev_of(&node)?);
            }
        }
        Ok(pinned)
    }

    /// Returns the revisions that do not count for a view.
    pub(super) fn filtered_by(&self, view: CachedView) -> Result<RevSet> {
        let (phases, len) = (self.phases()?, self.changelog.len());
        Ok(match view {
            CachedView::All => RevSet::new(),
            CachedView::Visible => self.hidden()?.clone(),
            CachedView::Served => {
                let secret = phases.revs(len, |phase| phase >= Phase::Secret);
                secret.union(self.hidden()?)
            }
            CachedView::Immutable => phases.revs(len, |phase| phase != Phase::Public),
            CachedView::Base => {
                let first = phases.not_public().next().map(|(rev, _)| rev);
                let below = first.map_or(len, Rev::index);
                let all = RevSet::from_dense(&BitSet::full(len));
                all.difference(&RevSet::from_dense(&BitSet::full(below)))
            }
        })
    }
}
