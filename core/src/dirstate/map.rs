// SPDX-License-Identifier: GPL-2.0-or-later

//! The dirstate with changes.

use std::sync::{Arc, OnceLock};

use super::node::FileItem;
use super::order::{Order, Position};
use super::overlay::{self, Children, Copied, Data, Found};
use super::tree::{Form, Tree};
use super::{Entry, Timestamp};
use crate::error::FileKind;
use crate::{Error, RepoPath, Result};

/// Mercurial's `dirstatemap._map` and `copymap` in one: entries and
/// sources of copies by path, with the order of a dict.
///
/// It holds a [`Tree`] as it was read, and beside it what has changed since:
/// memory grows with the changes and their siblings only. Reading one path is
/// O(depth · log n). Errors are those of [`Tree::node`] unless said otherwise;
/// nothing has changed after one.
#[derive(Debug)]
pub struct DirstateMap {
    base: Arc<Tree>,
    root: Children,
    entries: u32,
    tracked: u32,
    copies: u32,
    /// Bytes of a dirstate-v2 file that nothing points to any more.
    unreachable: u32,
    ignore_hash: [u8; 20],
    changed: bool,
    entry_order: Order,
    copy_order: Order,
    /// The tree with all changes, made when somebody asks for it.
    folded: OnceLock<Arc<Tree>>,
}

impl DirstateMap {
    /// Returns a map of what a tree has. O(1) for dirstate-v2, O(n) else.
    pub fn new(tree: Tree) -> DirstateMap {
        let (copies, unreachable) = match tree.form() {
            Form::Disk(disk) => (disk.metadata().copies, disk.metadata().unreachable),
            Form::Flat(_) => {
                let copies = tree
                    .files()
                    .flatten()
                    .filter(|file| file.copy_source.is_some());
                (copies.count() as u32, 0)
            }
        };
        DirstateMap {
            root: Children::Base(tree.roots()),
            entries: tree.len() as u32,
            tracked: tree.tracked() as u32,
            copies,
            unreachable,
            ignore_hash: tree.ignore_hash(),
            changed: false,
            entry_order: Order::default(),
            copy_order: Order::default(),
            folded: OnceLock::new(),
            base: Arc::new(tree),
        }
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.entries as usize
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Returns whether anything was changed since it was made.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    fn find(&self, path: &RepoPath) -> Result<Option<Found<'_>>> {
        overlay::find(&self.base, &self.root, path)
    }

    /// Returns the entry of a path.
    pub fn get(&self, path: &RepoPath) -> Result<Option<Entry>> {
        Ok(match self.find(path)? {
            Some(Found::Own(change)) => change.entry(),
            Some(Found::Base(node)) => node.entry,
            None => None,
        })
    }

    /// Returns whether a path has an entry.
    pub fn contains(&self, path: &RepoPath) -> Result<bool> {
        Ok(self.get(path)?.is_some())
    }

    /// Returns what a file is a copy of.
    pub fn copy_source(&self, path: &RepoPath) -> Result<Option<&RepoPath>> {
        match self.find(path)? {
            Some(Found::Own(change)) => change.copy_source(&self.base),
            Some(Found::Base(node)) => Ok(node.copy_source),
            None => Ok(None),
        }
    }

    /// Returns how many entries, and how many tracked ones, are below a directory.
    fn below(&self, directory: &RepoPath) -> Result<(u32, u32)> {
        if directory.is_empty() {
            return Ok((self.entries, self.tracked));
        }
        Ok(match self.find(directory)? {
            Some(Found::Own(change)) => (change.descendants, change.tracked),
            Some(Found::Base(node)) => (node.descendants, node.tracked_descendants),
            None => (0, 0),
        })
    }

    /// Returns whether there is an entry below a directory, which may be the root.
    pub fn has_dir(&self, directory: &RepoPath) -> Result<bool> {
        Ok(self.below(directory)?.0 != 0)
    }

    /// Returns whether there is a tracked file below a directory, which may be the root.
    pub fn has_tracked_dir(&self, directory: &RepoPath) -> Result<bool> {
        Ok(self.below(directory)?.1 != 0)
    }

    /// Sets the entry of a path, new or not. O(siblings on the way) the first
    /// time something below a directory changes, then O(depth · log n).
    ///
    /// # Errors
    /// [`Error::Invalid`] for an entry that nobody tracks, and
    /// [`Error::Unsupported`] for a path that [`Tree::from_v1`] would not take.
    pub fn set(&mut self, path: &RepoPath, entry: Entry) -> Result<()> {
        check(path)?;
        if !entry.any_tracked() {
            let message = format!("{path}: an entry that nobody tracks");
            return Err(Error::Invalid(message));
        }
        let old = self.get(path)?;
        let in_base = self.in_base(path)?.0;
        self.touch(path, true)?;
        let (new, was, is) = (
            u32::from(old.is_none()),
            u32::from(old.is_some_and(|old| old.tracked())),
            u32::from(entry.tracked()),
        );
        let node = overlay::node_mut(&mut self.root, path, |above| {
            above.descendants += new;
            above.tracked = above.tracked + is - was;
        });
        if let Some(node) = node {
            node.data = Data::Entry(entry);
        }
        self.entries += new;
        self.tracked = self.tracked + is - was;
        self.entry_order.set(path, in_base);
        self.note_change();
        Ok(())
    }

    /// Removes the entry of a path, and returns it. The source of a copy stays:
    /// remove it before, if it is to go too.
    pub fn remove(&mut self, path: &RepoPath) -> Result<Option<Entry>> {
        let Some(old) = self.get(path)? else {
            return Ok(None);
        };
        let in_base = self.in_base(path)?.0;
        self.touch(path, false)?;
        let was = u32::from(old.tracked());
        let node = overlay::node_mut(&mut self.root, path, |above| {
            above.descendants -= 1;
            above.tracked -= was;
        });
        if let Some(node) = node {
            node.data = Data::Nothing;
        }
        overlay::prune(&mut self.root, path, &mut self.unreachable);
        self.entries -= 1;
        self.tracked -= was;
        self.entry_order.remove(path, in_base);
        self.note_change();
        Ok(Some(old))
    }

    /// Notes what a file is a copy of, or that it is none.
    ///
    /// As in Mercurial's `copymap`, the file need not have an entry; but only
    /// sources of files that have one are written.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a path that [`Tree::from_v1`] would not take.
    pub fn set_copy(&mut self, path: &RepoPath, source: Option<&RepoPath>) -> Result<()> {
        let old = self.copy_source(path)?.map(RepoPath::len);
        if old.is_none() && source.is_none() {
            return Ok(());
        }
        check(path)?;
        if let Some(source) = source {
            check(source)?;
        }
        let in_base = self.in_base(path)?;
        self.touch(path, true)?;
        let Some(node) = overlay::node_mut(&mut self.root, path, |_| {}) else {
            return Ok(());
        };
        match source {
            Some(source) => {
                node.copy = Copied::From(source.to_owned());
                self.copies += u32::from(old.is_none());
                self.copy_order.set(path, in_base.1);
            }
            None => {
                node.copy = Copied::No;
                self.copies = self.copies.saturating_sub(1);
                let dropped = old.unwrap_or(0) as u32;
                self.unreachable = self.unreachable.saturating_add(dropped);
                overlay::prune(&mut self.root, path, &mut self.unreachable);
                self.copy_order.remove(path, in_base.1);
            }
        }
        if in_base.0 && self.entry_order.position(path).is_none() {
            self.entry_order.set(path, true);
        }
        self.note_change();
        Ok(())
    }

    /// Removes everything. What is read from now on is empty, and a new file
    /// has to be written.
    pub fn clear(&mut self) {
        let hash = self.ignore_hash;
        *self = DirstateMap::new(Tree::empty());
        self.ignore_hash = hash;
        self.changed = true;
    }

    /// Returns whether the base has an entry, and a copy's source.
    fn in_base(&self, path: &RepoPath) -> Result<(bool, bool)> {
        let node = self.base.find(path)?;
        Ok(node.map_or((false, false), |node| {
            (node.entry.is_some(), node.copy_source.is_some())
        }))
    }

    fn touch(&mut self, path: &RepoPath, create: bool) -> Result<bool> {
        overlay::touch(
            &self.base,
            &mut self.root,
            &mut self.unreachable,
            path,
            create,
        )
    }

    fn note_change(&mut self) {
        self.changed = true;
        self.folded = OnceLock::new();
    }

    /// Returns all entries with their sources of copies, in the order of Mercurial's
    /// dict: that of the file for dirstate-v1, children before parents for
    /// dirstate-v2, what is new at the end.
    pub fn iter(&self) -> impl Iterator<Item = Result<FileItem<'_>>> + '_ {
        let base = self.base.files().filter_map(|item| {
            let Ok(FileItem { path, .. }) = item else {
                return Some(item);
            };
            match self.entry_order.position(path) {
                None => Some(item),
                Some(Position::Here) => self.item(path).transpose(),
                Some(_) => None,
            }
        });
        let tail = self.entry_order.tail();
        base.chain(tail.filter_map(|path| self.item(path).transpose()))
    }

    fn item<'a>(&'a self, path: &'a RepoPath) -> Result<Option<FileItem<'a>>> {
        Ok(match self.get(path)? {
            Some(entry) => Some(FileItem {
                path,
                entry,
                copy_source: self.copy_source(path)?,
            }),
            None => None,
        })
    }

    /// Returns all paths with a source of a copy, and the source, in the order of
    /// Mercurial's dict. O(n).
    pub fn copies(&self) -> impl Iterator<Item = Result<(&RepoPath, &RepoPath)>> + '_ {
        let base = self.base.files().filter_map(|item| {
            let FileItem {
                path, copy_source, ..
            } = match item {
                Ok(item) => item,
                Err(error) => return Some(Err(error)),
            };
            let source = copy_source?;
            match self.copy_order.position(path) {
                None => Some(Ok((path, source))),
                Some(Position::Here) => self.copy_item(path),
                Some(_) => None,
            }
        });
        let tail = self.copy_order.tail();
        base.chain(tail.filter_map(|path| self.copy_item(path)))
    }

    fn copy_item<'a>(&'a self, path: &'a RepoPath) -> Option<Result<(&'a RepoPath, &'a RepoPath)>> {
        let source = self.copy_source(path).transpose()?;
        Some(source.map(|source| (path, source)))
    }

    /// Returns the tree with all changes: as it was read if there are none, else one
    /// made in memory, in O(n), unless there is one since the last change.
    pub fn tree(&self) -> Result<Arc<Tree>> {
        if !self.changed {
            return Ok(self.base.clone());
        }
        if let Some(tree) = self.folded.get() {
            return Ok(tree.clone());
        }
        let mut tree = Tree::from_files(self.iter())?;
        let mut note = |path: &RepoPath, cached| tree.cache(path, cached);
        overlay::cached(&self.base, &self.root, &mut note)?;
        Ok(self.folded.get_or_init(|| Arc::new(tree)).clone())
    }

    /// Notes when a directory was last modified, which was seen with no unknown
    /// files but those among its children. Nothing happens for the root, a path
    /// without a node, and one with an entry.
    pub fn set_cached_directory(&mut self, directory: &RepoPath, mtime: Timestamp) -> Result<()> {
        let there = match self.find(directory)? {
            Some(Found::Own(change)) => change.entry().is_none(),
            Some(Found::Base(node)) => node.entry.is_none(),
            None => false,
        };
        if there {
            self.set_data(directory, Data::Cached(mtime))?;
        }
        Ok(())
    }

    /// Forgets what is cached about a directory.
    pub fn clear_cached_directory(&mut self, directory: &RepoPath) -> Result<()> {
        let there = match self.find(directory)? {
            Some(Found::Own(change)) => matches!(change.data, Data::Cached(_)),
            Some(Found::Base(node)) => node.cached.is_some(),
            None => false,
        };
        if there {
            self.set_data(directory, Data::Nothing)?;
        }
        Ok(())
    }

    fn set_data(&mut self, directory: &RepoPath, data: Data) -> Result<()> {
        self.touch(directory, false)?;
        if let Some(node) = overlay::node_mut(&mut self.root, directory, |_| {}) {
            node.data = data;
        }
        self.note_change();
        Ok(())
    }

    /// Returns the hash of the patterns of ignored files that what is cached about
    /// directories depends on; zeros if there is none.
    pub fn ignore_hash(&self) -> [u8; 20] {
        self.ignore_hash
    }

    /// Sets the hash of the patterns of ignored files.
    pub fn set_ignore_hash(&mut self, hash: [u8; 20]) {
        if self.ignore_hash != hash {
            self.ignore_hash = hash;
            self.changed = true;
        }
    }

    pub(super) fn base(&self) -> &Tree {
        &self.base
    }

    pub(super) fn root(&self) -> &Children {
        &self.root
    }

    /// Numbers of entries and of copies' sources, and of unreachable bytes.
    pub(super) fn totals(&self) -> (u32, u32, u32) {
        (self.entries, self.copies, self.unreachable)
    }
}

/// Fails with [`Error::Unsupported`] for a path that no file can have.
fn check(path: &RepoPath) -> Result<()> {
    match path.fault() {
        Some(fault) => Err(Error::unsupported(FileKind::Dirstate, path, fault)),
        None => Ok(()),
    }
}
