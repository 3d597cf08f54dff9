// SPDX-License-Identifier: GPL-2.0-or-later

//! Manifests by their nodes.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::tree::Tree;
use super::tree_reader::TreeReader;
use super::{Flag, Manifest};
use crate::error::FileKind;
use crate::repository::store::Store;
use crate::revlog::{Nodes, Revlog, Texts};
use crate::{Error, Node, RepoPath, Result, Rev};

/// The entries that are looked at near a changeset's number before all are put into a map.
const NEAR: usize = 16;

/// The manifests that a reader keeps for those who ask for them again, and the bytes of which there
/// may be more than one.
const KEPT: usize = 32;
const KEPT_BYTES: usize = 32 << 20;

/// The manifests of a repository, as they were when they were opened.
///
/// It can be used by several threads at once.
#[derive(Debug)]
pub struct Manifests {
    revlog: Revlog,
    nodes: Nodes,
    /// The store that has the directories' revlogs, where manifests are trees.
    trees: Option<Store>,
}

impl Manifests {
    /// Opens manifests by the path of their index; without a file there are none.
    ///
    /// # Errors
    /// Those of [`Revlog::open`].
    pub fn open(index: &Path) -> Result<Manifests> {
        Revlog::open_or_empty(index).map(Manifests::new)
    }

    /// Returns the manifests that are in a revlog.
    pub fn new(revlog: Revlog) -> Manifests {
        Manifests {
            revlog,
            nodes: Nodes::default(),
            trees: None,
        }
    }

    /// Returns the same, which also looks for nodes in the map that Mercurial keeps beside it.
    pub(crate) fn with_nodemap_file(self) -> Manifests {
        Manifests {
            nodes: Nodes::with_file(),
            ..self
        }
    }

    /// Returns the same, whose directories have revlogs of their own in a store.
    pub(crate) fn with_trees(self, store: Store) -> Manifests {
        Manifests {
            trees: Some(store),
            ..self
        }
    }

    /// Returns whether they are trees.
    pub fn are_trees(&self) -> bool {
        self.trees.is_some()
    }

    /// Returns the revlog, which of trees is that of the roots.
    pub fn revlog(&self) -> &Revlog {
        &self.revlog
    }

    /// Returns the revision of the manifest with a node.
    ///
    /// Takes next to no time if its number is about `near`, which that of the changeset is where
    /// nearly every changeset has a manifest of its own; otherwise time linear in the number of
    /// manifests once, then next to none.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Corrupt`] if the file was cut short after it was opened.
    pub fn rev(&self, node: &Node, near: Rev) -> Result<Rev> {
        if node.is_null() {
            return Ok(Rev::NULL);
        }
        let end = near.slot().min(self.revlog.len());
        for at in (end.saturating_sub(NEAR)..end).rev() {
            let rev = Rev::from_index(at);
            if self.revlog.node(rev)? == *node {
                return Ok(rev);
            }
        }
        let found = self.nodes.rev_of(&self.revlog, node)?;
        found.ok_or_else(|| Error::NotFound {
            name: self.revlog.path().display().to_string(),
            node: *node,
        })
    }

    /// Returns a reader of many manifests.
    pub fn reader(&self) -> ManifestReader<'_> {
        ManifestReader {
            manifests: self,
            texts: self.revlog.texts(true),
            trees: self.trees.as_ref().map(TreeReader::new),
            recent: Recent::default(),
            spare: Vec::new(),
        }
    }

    /// Returns the manifest with a node; see [`Manifests::rev`] for `near`.
    ///
    /// # Errors
    /// Those of [`Manifests::rev`], [`Revlog::raw_text`] and [`Manifest::new`]. Of trees also
    /// those of the directories' revlogs, [`Error::Io`] where one is not there, and
    /// [`Error::Unsupported`] for directories that are more, deeper or longer than anybody has.
    pub fn get(&self, node: &Node, near: Rev) -> Result<Manifest> {
        let rev = self.rev(node, near)?;
        if let Some(store) = &self.trees
            && !rev.is_null()
        {
            let tree = TreeReader::new(store).read(&self.revlog, rev, None)?;
            return Manifest::new(tree.text());
        }
        self.named(rev, Manifest::new(self.revlog.raw_text(rev)?))
    }

    /// Returns a file of the manifest with a node, `None` if it has no such file; see
    /// [`Manifests::rev`] for `near`.
    ///
    /// Of trees only the directories above the file are read.
    ///
    /// # Errors
    /// Those of [`Manifests::get`] and [`Manifest::find`].
    pub fn find(&self, node: &Node, near: Rev, path: &RepoPath) -> Result<Option<(Node, Flag)>> {
        if self.are_trees() {
            return self.find_in_tree(self.rev(node, near)?, path);
        }
        let manifest = self.get(node, near)?;
        let found = manifest.find(path)?;
        Ok(found.map(|entry| (entry.node, entry.flag)))
    }

    fn find_in_tree(&self, rev: Rev, path: &RepoPath) -> Result<Option<(Node, Flag)>> {
        match &self.trees {
            Some(store) if !rev.is_null() => TreeReader::new(store).find(&self.revlog, rev, path),
            _ => Ok(None),
        }
    }

    /// Returns the node of a file where a manifest has it otherwise than one that it was made of.
    ///
    /// Where a manifest is stored as a delta to a parent, Mercurial only looks at what is in that: a
    /// merge that takes the file of the other parent is not said to introduce it. A tree is
    /// compared with that parent, or else with the later one.
    ///
    /// # Errors
    /// Those of [`Manifests::find`].
    pub(crate) fn introduced(&self, rev: Rev, path: &RepoPath) -> Result<Option<Node>> {
        if self.are_trees() {
            let parents = self.revlog.parents(rev)?;
            let base = self.revlog.delta_parent(rev)?;
            let is_parent = !base.is_null() && parents.contains(&base);
            let base = if is_parent {
                base
            } else {
                parents[0].max(parents[1])
            };
            let found = self.find_in_tree(rev, path)?;
            let is_new = found != self.find_in_tree(base, path)?;
            return Ok(found.filter(|_| is_new).map(|(node, _)| node));
        }
        let text = match self.revlog.put_into_parent(rev)? {
            Some(lines) => lines,
            None => self.revlog.raw_text(rev)?,
        };
        let manifest = Manifest::new(text)?;
        Ok(manifest.find(path)?.map(|entry| entry.node))
    }

    /// Returns an error as one that names the file and the revision.
    fn named<T>(&self, rev: Rev, made: Result<T>) -> Result<T> {
        made.map_err(|error| match error {
            Error::Corrupt { reason, .. } => {
                Error::corrupt(FileKind::Revlog, self.revlog.at(rev), reason)
            }
            other => other,
        })
    }
}

/// A manifest, its revision, and whether its text was compared with its node.
#[derive(Clone, Debug)]
struct Kept {
    rev: Rev,
    manifest: Arc<Manifest>,
    checked: bool,
    /// What it was made of, if that is a tree.
    tree: Option<Arc<Tree>>,
}

/// The manifests that were read last, the latest first.
#[derive(Clone, Debug, Default)]
struct Recent {
    kept: VecDeque<Kept>,
}

impl Kept {
    fn new(rev: Rev, manifest: Arc<Manifest>, checked: bool) -> Kept {
        Kept {
            rev,
            manifest,
            checked,
            tree: None,
        }
    }

    /// Returns a manifest of a tree, which was compared with its node.
    fn of_tree(rev: Rev, tree: Arc<Tree>) -> Result<Kept> {
        Ok(Kept {
            tree: Some(Arc::clone(&tree)),
            ..Kept::new(rev, Arc::new(Manifest::new(tree.text())?), true)
        })
    }
}

impl Recent {
    /// Returns the tree of the manifest that was read last.
    fn tree(&self) -> Option<&Arc<Tree>> {
        self.kept.front().and_then(|kept| kept.tree.as_ref())
    }

    /// Reads a manifest of a tree, quickest where it is much as the one that was read last, and
    /// keeps it.
    fn read_tree(
        &mut self,
        trees: &mut TreeReader<'_>,
        root: &Revlog,
        rev: Rev,
    ) -> Result<Arc<Manifest>> {
        let read = Kept::of_tree(rev, trees.read(root, rev, self.tree())?)?;
        let manifest = Arc::clone(&read.manifest);
        self.keep(read);
        Ok(manifest)
    }

    fn get(&self, rev: Rev) -> Option<&Kept> {
        self.kept.iter().find(|kept| kept.rev == rev)
    }

    /// Keeps a manifest, and returns the memory of one that is kept no longer.
    fn keep(&mut self, new: Kept) -> Option<Vec<u8>> {
        self.kept.retain(|kept| kept.rev != new.rev);
        self.kept.push_front(new);
        let bytes = |kept: &VecDeque<Kept>| -> usize {
            kept.iter().map(|kept| kept.manifest.text().len()).sum()
        };
        let mut memory = None;
        // The one that was read last is kept whatever its length.
        while self.kept.len() > 1 && (self.kept.len() > KEPT || bytes(&self.kept) > KEPT_BYTES) {
            let oldest = self
                .kept
                .pop_back()
                .and_then(|kept| Arc::into_inner(kept.manifest));
            memory = oldest.map(Manifest::into_text).or(memory);
        }
        memory
    }
}

/// Manifests that many may ask for, one after the other: some of those that were read last are kept,
/// and others made of them where a delta does that.
// Kept without a lock: in a child that was forked, nobody would give up one that another thread held.
#[derive(Debug)]
pub struct ManifestCache {
    manifests: Manifests,
    recent: ArcSwap<Recent>,
}

impl ManifestCache {
    /// Returns one without any manifest in it.
    pub fn new(manifests: Manifests) -> ManifestCache {
        ManifestCache {
            manifests,
            recent: ArcSwap::default(),
        }
    }

    /// Returns the manifests that it reads.
    pub fn manifests(&self) -> &Manifests {
        &self.manifests
    }

    /// Returns the manifest with a node; see [`Manifests::rev`] for `near`.
    ///
    /// # Errors
    /// Those of [`Manifests::get`].
    pub fn get(&self, node: &Node, near: Rev) -> Result<Arc<Manifest>> {
        let rev = self.manifests.rev(node, near)?;
        let recent = self.recent.load();
        let known = recent.get(rev);
        if let Some(kept) = known.filter(|kept| kept.checked) {
            return Ok(Arc::clone(&kept.manifest));
        }
        let mut now = Recent::clone(&recent);
        if let Some(store) = &self.manifests.trees
            && !rev.is_null()
        {
            let mut trees = TreeReader::new(store);
            let manifest = now.read_tree(&mut trees, &self.manifests.revlog, rev)?;
            self.recent.store(Arc::new(now));
            return Ok(manifest);
        }
        let manifest = match known {
            Some(kept) => Arc::clone(&kept.manifest),
            None => self.read(rev, &mut now)?,
        };
        let revlog = &self.manifests.revlog;
        if !revlog.is_text(rev, manifest.text())? {
            let reason = "the node is not that of the text";
            return Err(Error::corrupt(FileKind::Revlog, revlog.at(rev), reason));
        }
        now.keep(Kept::new(rev, Arc::clone(&manifest), true));
        self.recent.store(Arc::new(now));
        Ok(manifest)
    }

    /// Reads a manifest that is not kept.
    fn read(&self, rev: Rev, recent: &mut Recent) -> Result<Arc<Manifest>> {
        let revlog = &self.manifests.revlog;
        let mut texts = revlog.texts(false);
        // The chain of deltas may lead to one that is kept.
        let nearest = recent.kept.iter().filter(|kept| kept.rev < rev);
        if let Some(kept) = nearest.max_by_key(|kept| kept.rev) {
            texts.begin_with(kept.rev, kept.manifest.text());
        }
        let next = |texts: &mut Texts<'_>, rev: Rev| -> Result<Arc<Manifest>> {
            let text = texts.read(rev)?.to_vec();
            Ok(Arc::new(self.manifests.named(rev, Manifest::new(text))?))
        };
        // Whoever goes backwards will ask for those before, which are on the way.
        let last = recent.kept.front().map_or(Rev::NULL, |kept| kept.rev);
        if !rev.is_null() && rev < last && last.above(rev) <= NEAR {
            let len = revlog.text_len(rev)?.unwrap_or(0).max(1);
            let many = (KEPT - 2).min(KEPT_BYTES / 2 / len);
            let mut before = revlog.delta_chain(rev)?;
            before.truncate(many);
            for &earlier in before.iter().rev() {
                let manifest = next(&mut texts, earlier)?;
                recent.keep(Kept::new(earlier, manifest, false));
            }
        }
        next(&mut texts, rev)
    }
}

/// Reads many manifests, quickest where each is made of the one before it, and keeps some of those
/// that it has read last.
#[derive(Debug)]
pub struct ManifestReader<'m> {
    manifests: &'m Manifests,
    texts: Texts<'m>,
    trees: Option<TreeReader<'m>>,
    recent: Recent,
    /// Memory of an earlier one.
    spare: Vec<u8>,
}

impl ManifestReader<'_> {
    /// Returns the manifest with a node; see [`Manifests::rev`] for `near`.
    ///
    /// # Errors
    /// Those of [`Manifests::get`].
    pub fn read(&mut self, node: &Node, near: Rev) -> Result<Arc<Manifest>> {
        let rev = self.manifests.rev(node, near)?;
        if let Some(kept) = self.recent.get(rev) {
            return Ok(Arc::clone(&kept.manifest));
        }
        if let Some(trees) = &mut self.trees
            && !rev.is_null()
        {
            return self.recent.read_tree(trees, &self.manifests.revlog, rev);
        }
        let mut text = std::mem::take(&mut self.spare);
        text.clear();
        text.extend_from_slice(self.texts.read(rev)?);
        let read = Arc::new(self.manifests.named(rev, Manifest::new(text))?);
        let spare = self.recent.keep(Kept::new(rev, Arc::clone(&read), true));
        self.spare = spare.unwrap_or_default();
        Ok(read)
    }
}
