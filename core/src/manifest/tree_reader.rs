// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading manifests that are trees, from the revlogs of their directories.

use std::collections::HashMap;
use std::sync::Arc;

use super::tree::{MOST, Place, Reading, Tree, entry};
use super::{Flag, flag_of, unsupported};
use crate::error::FileKind;
use crate::repository::store::Store;
use crate::revlog::{Nodes, Revlog};
use crate::{Error, Node, RepoPath, RepoPathBuf, Result, Rev};

/// The revlogs of directories that are kept open.
const KEPT: usize = 64;

/// Reads trees, quickest where one is much as that before it.
#[derive(Debug)]
pub(super) struct TreeReader<'s> {
    store: &'s Store,
    opened: HashMap<RepoPathBuf, Opened>,
}

/// The revlog of a directory.
#[derive(Debug)]
struct Opened {
    revlog: Revlog,
    nodes: Nodes,
}

impl Opened {
    fn rev(&self, node: &Node) -> Result<Rev> {
        let found = self.nodes.rev_of(&self.revlog, node)?;
        found.ok_or_else(|| Error::NotFound {
            name: self.revlog.path().display().to_string(),
            node: *node,
        })
    }
}

impl<'s> TreeReader<'s> {
    /// Returns one that has read nothing yet.
    pub(super) fn new(store: &'s Store) -> TreeReader<'s> {
        TreeReader {
            store,
            opened: HashMap::new(),
        }
    }

    /// Returns a manifest by its revision; directories that are the same in `near` are taken from
    /// there.
    ///
    /// Takes time linear in the texts of the others.
    ///
    /// # Errors
    /// Those of [`Revlog::open_with`] and [`Revlog::raw_text`] for the directories' revlogs;
    /// [`Error::NotFound`] for a node that one of them does not have; [`Error::Corrupt`] for lines
    /// that are none or are out of order, and for names with a slash; [`Error::Unsupported`] for
    /// directories that are more, deeper or longer than anybody has.
    pub(super) fn read(
        &mut self,
        root: &Revlog,
        rev: Rev,
        near: Option<&Arc<Tree>>,
    ) -> Result<Arc<Tree>> {
        let node = root.node(rev)?;
        if let Some(near) = near.filter(|near| near.node == node) {
            return Ok(Arc::clone(near));
        }
        let begun = Reading::begin(Place::root(node), near.cloned(), &root.raw_text(rev)?);
        let mut last = begun.map_err(|error| named(root, rev, error))?;
        let mut above: Vec<Reading> = Vec::new();
        let mut path = Vec::new();
        let mut left = MOST;
        loop {
            if let Some(place) = last.next() {
                let known = last
                    .near
                    .as_ref()
                    .and_then(|near| near.directory(&place.name));
                let known = known.cloned();
                if let Some(same) = known.as_ref().filter(|known| known.node == place.node) {
                    let same = Arc::clone(same);
                    last.add(place, same)
                        .map_err(|error| named(root, rev, error))?;
                    continue;
                }
                path.extend_from_slice(&place.name);
                if left == 0 || above.len() >= RepoPath::MAX_DEPTH || path.len() > RepoPath::MAX_LEN
                {
                    let reason = "has more directories, or deeper ones, than are read";
                    return Err(named(root, rev, unsupported(reason)));
                }
                left -= 1;
                let next = self.begin(&path, place, known)?;
                above.push(std::mem::replace(&mut last, next));
            } else {
                let (place, tree) = last.end();
                let Some(next) = above.pop() else {
                    return Ok(tree);
                };
                last = next;
                path.truncate(path.len() - place.name.len());
                last.add(place, tree)
                    .map_err(|error| named(root, rev, error))?;
            }
        }
    }

    /// Begins to read a directory, whose path has a slash behind it.
    fn begin(&mut self, path: &[u8], place: Place, near: Option<Arc<Tree>>) -> Result<Reading> {
        if place.node.is_null() {
            return Reading::begin(place, near, b"");
        }
        let opened = self.open(RepoPath::new(&path[..path.len() - 1]))?;
        let rev = opened.rev(&place.node)?;
        let begun = Reading::begin(place, near, &opened.revlog.raw_text(rev)?);
        begun.map_err(|error| named(&opened.revlog, rev, error))
    }

    /// Returns a file of a manifest, `None` if there is no such file.
    ///
    /// Only the directories above it are read.
    ///
    /// # Errors
    /// As for [`TreeReader::read`].
    pub(super) fn find(
        &mut self,
        root: &Revlog,
        rev: Rev,
        path: &RepoPath,
    ) -> Result<Option<(Node, Flag)>> {
        let look = |revlog: &Revlog, rev: Rev, name: &[u8]| {
            let found = entry(&revlog.raw_text(rev)?, name)
                .map(|found| found.map(|(node, flag)| (node, flag.to_vec())));
            found.map_err(|error| named(revlog, rev, error))
        };
        let file = |(node, flag): (Node, Vec<u8>)| Ok((node, flag_of(&flag)?));
        let (mut name, mut rest) = path.split_first();
        let mut found = look(root, rev, name)?;
        if found.is_none() {
            // It may have been written before there were trees.
            return look(root, rev, path.as_bytes())?.map(file).transpose();
        }
        let mut end = name.len();
        while let (Some((node, flag)), Some(below)) = (&found, rest) {
            if flag != b"t" || node.is_null() {
                return Ok(None);
            }
            let opened = self.open(RepoPath::new(&path.as_bytes()[..end]))?;
            (name, rest) = below.split_first();
            end += 1 + name.len();
            found = look(&opened.revlog, opened.rev(node)?, name)?;
        }
        found.filter(|(_, flag)| flag != b"t").map(file).transpose()
    }

    /// Returns the revlog of a directory.
    fn open(&mut self, path: &RepoPath) -> Result<&Opened> {
        if self.opened.len() >= KEPT && !self.opened.contains_key(path) {
            self.opened.clear();
        }
        if !self.opened.contains_key(path) {
            let opened = Opened {
                revlog: self.store.directory(path)?,
                nodes: Nodes::default(),
            };
            self.opened.insert(path.to_owned(), opened);
        }
        Ok(&self.opened[path])
    }
}

/// Returns an error as one that names the revlog and the revision.
fn named(revlog: &Revlog, rev: Rev, error: Error) -> Error {
    let at = revlog.at(rev);
    match error {
        Error::Corrupt { reason, .. } => Error::corrupt(FileKind::Revlog, at, reason),
        Error::Unsupported { reason, .. } => Error::unsupported(FileKind::Revlog, at, reason),
        other => other,
    }
}
