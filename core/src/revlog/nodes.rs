// SPDX-License-Identifier: GPL-2.0-or-later

//! Looking for the nodes of a revlog again and again.

use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::race::OnceBox;

use super::nodemap_file::NodemapFile;
use super::{NodeMap, Revlog};
use crate::{Node, Result, Rev};

/// Revisions that the map in the file may lack.
const MOST_LACKING: usize = 1 << 16;
/// How often all revisions may be gone through before a map is made.
const SCANS: usize = 2;

/// What finds the revision of a node, made when it is first of use.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    map: OnceBox<NodeMap>,
    /// The revisions that were looked at without a map.
    looked: AtomicUsize,
    /// Whether Mercurial may keep a map.
    may_have_file: bool,
    file: OnceBox<Option<NodemapFile>>,
}

impl Nodes {
    /// Returns one that also looks into the map that Mercurial keeps, if it is valid.
    pub(crate) fn with_file() -> Nodes {
        Nodes {
            may_have_file: true,
            ..Nodes::default()
        }
    }

    /// Returns the revision of `revlog`, always the same one, that has a node; `None` if there is
    /// none; the null node's is −1.
    ///
    /// The first times, the entries are looked at from the last one on; when that has been done
    /// twice over all of them, a map is made of them once, and a node is found in nearly no time
    /// then. Where Mercurial keeps a map, it is as quick from the beginning.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) if the file was cut short after it was opened.
    pub(crate) fn rev_of(&self, revlog: &Revlog, node: &Node) -> Result<Option<Rev>> {
        if node.is_null() {
            return revlog.rev_of(node);
        }
        let read = |rev| revlog.node(rev);
        if let Some(map) = self.map.get() {
            return map.get(node, read);
        }
        if let Some(found) = self.in_file(revlog, node)? {
            return Ok(found);
        }
        if self.looked.load(Ordering::Relaxed) > SCANS * revlog.len() {
            return self.map(revlog)?.get(node, read);
        }
        let found = revlog.rev_of(node)?;
        // Through an inline index there is no way back.
        let looked = match found {
            Some(rev) if !revlog.is_inline() => revlog.len() - rev.index(),
            _ => revlog.len(),
        };
        self.looked.fetch_add(looked, Ordering::Relaxed);
        Ok(found)
    }

    /// Looks for a node in the map that Mercurial keeps, and among the revisions that this lacks;
    /// `None` if there is none that can be used.
    fn in_file(&self, revlog: &Revlog, node: &Node) -> Result<Option<Option<Rev>>> {
        if !self.may_have_file || revlog.is_inline() {
            return Ok(None);
        }
        let file = self.file.get_or_init(|| {
            let read = |rev| revlog.node(rev);
            let file = NodemapFile::open(revlog.path(), revlog.len(), read);
            Box::new(file.filter(|file| revlog.len() - file.covered() <= MOST_LACKING))
        });
        let Some(file) = file else { return Ok(None) };
        let Ok(candidate) = file.candidate(node) else {
            return Ok(None);
        };
        let later = revlog.rev_of_from(file.covered(), node)?;
        if later.is_some() {
            return Ok(Some(later));
        }
        Ok(match candidate {
            Some(rev) if revlog.node(rev)? != *node => Some(None),
            candidate => Some(candidate),
        })
    }

    /// Returns the map from the nodes of `revlog`, always the same one, to its revisions.
    ///
    /// # Errors
    /// Those of [`Nodes::rev_of`].
    pub(crate) fn map(&self, revlog: &Revlog) -> Result<&NodeMap> {
        self.map.get_or_try_init(|| {
            let each = |visit: &mut dyn FnMut(Rev, &Node)| revlog.visit_nodes(visit);
            let built = NodeMap::build(revlog.len(), each, |rev| revlog.node(rev))?;
            built.map(Box::new).ok_or_else(|| revlog.truncated())
        })
    }
}
