// SPDX-License-Identifier: GPL-2.0-or-later

//! The revisions of a file.

use std::io::ErrorKind;

use super::{CopySource, MARKER, copy_source, filelog_text};
use crate::repository::store::Store;
use crate::revlog::{Nodes, Revlog, Texts};
use crate::{Error, Node, RepoPath, RepoPathBuf, Result, Rev};

/// Bytes that the metadata of nearly all revisions that have some fits into.
const METADATA: usize = 512;

/// The revisions of a file, whatever changesets they came with.
///
/// It can be used by several threads at once.
#[derive(Debug)]
pub struct Filelog {
    path: RepoPathBuf,
    revlog: Revlog,
    nodes: Nodes,
}

impl Filelog {
    /// Opens the revisions of a file; there are none of one that never was.
    ///
    /// # Errors
    /// Those of [`Store::filelog`], except that the index need not be there.
    pub fn open(store: &Store, path: &RepoPath) -> Result<Filelog> {
        let [index, data] = store.filelog_paths(path)?;
        let revlog = match Revlog::open_with(&index, &data) {
            Err(Error::Io { path, source })
                if path == index
                    && matches!(
                        source.kind(),
                        ErrorKind::NotFound | ErrorKind::NotADirectory
                    ) =>
            {
                Revlog::from_bytes(Vec::new(), Vec::new(), &index.to_string_lossy())
            }
            opened => opened,
        };
        Ok(Filelog::new(path, store.with_contents(revlog?)))
    }

    /// Returns the file of a path whose revisions are in a revlog.
    pub fn new(path: &RepoPath, revlog: Revlog) -> Filelog {
        Filelog {
            path: path.to_owned(),
            revlog,
            nodes: Nodes::default(),
        }
    }

    /// Returns the path.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Returns the revlog.
    pub fn revlog(&self) -> &Revlog {
        &self.revlog
    }

    /// Returns how many revisions there are.
    pub fn len(&self) -> usize {
        self.revlog.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.revlog.is_empty()
    }

    /// Returns the node of a revision.
    ///
    /// # Errors
    /// Those of [`Revlog::node`].
    pub fn node(&self, rev: Rev) -> Result<Node> {
        self.revlog.node(rev)
    }

    /// Returns the revision with a node, `None` if there is none; the null node's is −1.
    ///
    /// Takes time linear in the number of revisions once, then nearly none.
    ///
    /// # Errors
    /// Those of [`Revlog::rev_of`].
    pub fn rev_of(&self, node: &Node) -> Result<Option<Rev>> {
        self.nodes.rev_of(&self.revlog, node)
    }

    /// Returns the revision with a node that should be there.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise as for [`Filelog::rev_of`].
    pub fn rev(&self, node: &Node) -> Result<Rev> {
        self.rev_of(node)?.ok_or_else(|| Error::NotFound {
            name: self.revlog.path().display().to_string(),
            node: *node,
        })
    }

    /// Returns the parents of a revision in this file. A copy has none for the first one.
    ///
    /// # Errors
    /// Those of [`Revlog::parents`].
    pub fn parents(&self, rev: Rev) -> Result<[Rev; 2]> {
        self.revlog.parents(rev)
    }

    /// Returns the changeset that a revision came with first.
    ///
    /// # Errors
    /// Those of [`Revlog::link_rev`].
    pub fn link_rev(&self, rev: Rev) -> Result<Rev> {
        self.revlog.link_rev(rev)
    }

    /// Returns what a revision was copied from, `None` if it was not.
    ///
    /// Looks at the text only where the entry leaves that open, which it does for revisions
    /// without a first parent, and at no more of it than needed if it is stored whole. Contents that
    /// are stored elsewhere need not be there.
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`], [`filelog_text`] and [`copy_source`].
    pub fn copied_from(&self, rev: Rev) -> Result<Option<CopySource>> {
        let revlog = &self.revlog;
        if let Some(pointer) = revlog.pointer(rev)? {
            return copy_source(pointer.metadata(), &revlog.at(rev));
        }
        if !revlog.may_have_metadata(rev)? || !revlog.parents(rev)?[0].is_null() {
            return Ok(None);
        }
        let mut text = revlog.beginning(rev, METADATA)?;
        if !text.starts_with(MARKER) {
            return Ok(None);
        }
        let name = revlog.at(rev);
        if text.len() == METADATA && filelog_text(&text, &name).is_err() {
            text = revlog.raw_text(rev)?;
        }
        match filelog_text(&text, &name)?.0 {
            Some(metadata) => copy_source(metadata, &name),
            None => Ok(None),
        }
    }

    /// Returns the content of a revision, without metadata.
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`] and [`filelog_text`].
    pub fn content(&self, rev: Rev) -> Result<Vec<u8>> {
        let mut text = self.revlog.raw_text(rev)?;
        let content = filelog_text(&text, &self.revlog.at(rev))?.1.len();
        text.drain(..text.len() - content);
        Ok(text)
    }

    /// Returns how long the content of a revision is, as Mercurial says it: of one that has a
    /// first parent the recorded length of its text, which is 4 bytes too many if the content
    /// begins with [`MARKER`]. Contents that are stored elsewhere need not be there.
    ///
    /// # Errors
    /// Those of [`Filelog::content`].
    pub fn size(&self, rev: Rev) -> Result<usize> {
        let revlog = &self.revlog;
        if let Some(pointer) = revlog.pointer(rev)? {
            return Ok(usize::try_from(pointer.size()).unwrap_or(usize::MAX));
        }
        let recorded = revlog.text_len(rev)?;
        let metadata =
            revlog.may_have_metadata(rev)? && revlog.beginning(rev, MARKER.len())? == MARKER;
        match recorded {
            Some(len) if !metadata => Ok(len),
            _ => Ok(self.content(rev)?.len()),
        }
    }

    /// Returns a reader of the contents of many revisions, which is quick where they come in
    /// ascending order ([`Texts`]); with `check` texts are compared with their nodes.
    pub fn contents(&self, check: bool) -> Contents<'_> {
        Contents {
            filelog: self,
            texts: self.revlog.texts(check),
        }
    }
}

/// Reads contents of a file's revisions, one after the other.
#[derive(Debug)]
pub struct Contents<'f> {
    filelog: &'f Filelog,
    texts: Texts<'f>,
}

impl Contents<'_> {
    /// Returns the content of a revision, without metadata.
    ///
    /// # Errors
    /// Those of [`Texts::read`] and [`filelog_text`].
    pub fn read(&mut self, rev: Rev) -> Result<&[u8]> {
        let text = self.texts.read(rev)?;
        Ok(filelog_text(text, &self.filelog.revlog.at(rev))?.1)
    }
}
