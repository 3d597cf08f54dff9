// SPDX-License-Identifier: GPL-2.0-or-later

//! One read-only view of the dirstate in both formats, made for walking.

use std::path::Path;

use super::node::{CachedDirectory, FileItem, Siblings, TreeNode};
use super::v1;
use super::v1::flat::{File, Flat};
use super::v2::disk::Disk;
use crate::{Node, RepoPath, Result};

/// The tree of files and directories that a dirstate knows.
///
/// Immutable, and can be used by several threads at once.
#[derive(Debug)]
pub struct Tree {
    form: Form,
}

#[derive(Debug)]
pub(super) enum Form {
    Flat(Flat),
    Disk(Disk),
}

impl Tree {
    /// Returns a tree without files.
    pub fn empty() -> Tree {
        Tree {
            form: Form::Flat(Flat::default()),
        }
    }

    /// Reads a dirstate-v1 file, and returns the parents too. `name` is for
    /// messages. An empty file has no entries and null parents.
    ///
    /// Records may come in any order; [`Tree::files`] keeps it. Takes
    /// O(n log n) in the largest directory, else O(n), and about 60 bytes a
    /// file besides the data, however deep the paths are.
    ///
    /// # Errors
    /// - [`Error::Corrupt`](crate::Error::Corrupt) for data that is cut short
    ///   or has an unknown state;
    /// - [`Error::Unsupported`](crate::Error::Unsupported) for paths that no file
    ///   system has: empty components, `.` or `..`, more than 4096 bytes; and for
    ///   many more directories than files, of which others make no tree.
    pub fn from_v1(data: Vec<u8>, name: &str) -> Result<(Tree, [Node; 2])> {
        let (parents, files) = v1::read::parse(&data, name)?;
        let flat = Flat::build(data, files, true, name)?;
        Ok((
            Tree {
                form: Form::Flat(flat),
            },
            parents,
        ))
    }

    /// Reads the data of dirstate-v2 in memory; `metadata` is the docket's.
    ///
    /// Nothing is copied: the tree is a view of the data, which is checked in
    /// one pass, linear in its length.
    ///
    /// # Errors
    /// - [`Error::Corrupt`](crate::Error::Corrupt) for something that is
    ///   outside the data;
    /// - [`Error::Unsupported`](crate::Error::Unsupported) for what Mercurial reads,
    ///   but never writes: nodes out of order, or shared, wrong counters,
    ///   paths as in [`Tree::from_v1`].
    pub fn from_v2(data: Vec<u8>, metadata: &[u8; 44], name: &str) -> Result<Tree> {
        Ok(Tree {
            form: Form::Disk(Disk::from_bytes(data, metadata, name)?),
        })
    }

    /// Maps the first `len` bytes of a data file of dirstate-v2.
    ///
    /// The file may be cut off by somebody else at any time: reading what is
    /// missing then is an error.
    ///
    /// # Errors
    /// As for [`Tree::from_v2`]; [`Error::Corrupt`](crate::Error::Corrupt) also
    /// for a file that is shorter; [`Error::Io`](crate::Error::Io) if it cannot
    /// be opened.
    pub fn open_v2(file: &Path, len: u32, metadata: &[u8; 44]) -> Result<Tree> {
        Ok(Tree {
            form: Form::Disk(Disk::open(file, len, metadata)?),
        })
    }

    /// Returns a tree of files, which keep their order.
    pub(super) fn from_files<'a>(
        files: impl Iterator<Item = Result<FileItem<'a>>>,
    ) -> Result<Tree> {
        let mut bytes = Vec::new();
        let mut list = Vec::new();
        for file in files {
            let FileItem {
                path,
                entry,
                copy_source: copy,
            } = file?;
            list.push(File {
                path: u32::try_from(bytes.len()).map_err(|_| too_long())?,
                len: path.len() as u16,
                base: path.base_start() as u16,
                copy: copy.map_or(0, |source| source.len() as u32 + 1),
                entry,
            });
            bytes.extend_from_slice(path.as_bytes());
            if let Some(source) = copy {
                bytes.push(0);
                bytes.extend_from_slice(source.as_bytes());
            }
        }
        u32::try_from(bytes.len()).map_err(|_| too_long())?;
        Ok(Tree {
            form: Form::Flat(Flat::build(bytes, list, false, "dirstate")?),
        })
    }

    pub(super) fn form(&self) -> &Form {
        &self.form
    }

    /// Notes what is cached about a directory, if this tree was made in memory.
    pub(super) fn cache(&mut self, directory: &RepoPath, cached: CachedDirectory) -> Result<()> {
        let place = self.place(self.roots(), directory)?;
        if let (Form::Flat(flat), Some((of, index))) = (&mut self.form, place) {
            flat.cache(of, index, cached);
        }
        Ok(())
    }

    /// Returns what is at the root.
    pub fn roots(&self) -> Siblings {
        match &self.form {
            Form::Flat(flat) => flat.roots(),
            Form::Disk(disk) => disk.roots(),
        }
    }

    /// Returns one of several children. O(1), without an allocation.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for an index out of range;
    /// [`Error::Corrupt`](crate::Error::Corrupt) if the file was cut off.
    pub fn node(&self, of: Siblings, index: u32) -> Result<TreeNode<'_>> {
        match &self.form {
            Form::Flat(flat) => flat.node(of, index),
            Form::Disk(disk) => disk.node(of, index),
        }
    }

    /// Returns the index of the child with a base name. O(log n).
    ///
    /// # Errors
    /// As for [`Tree::node`].
    pub fn child(&self, of: Siblings, base: &[u8]) -> Result<Option<u32>> {
        let (mut low, mut high) = (0, of.len);
        while low < high {
            let middle = low + (high - low) / 2;
            let there = match &self.form {
                Form::Flat(flat) => flat.base(of, middle)?,
                Form::Disk(disk) => disk.base(of, middle)?,
            };
            match there.cmp(base) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(Some(middle)),
            }
        }
        Ok(None)
    }

    /// Returns where the node of a path is, which is relative to a directory.
    fn place(&self, mut of: Siblings, path: &RepoPath) -> Result<Option<(Siblings, u32)>> {
        let mut components = path.components().peekable();
        while let Some(component) = components.next() {
            let Some(index) = self.child(of, component)? else {
                return Ok(None);
            };
            if components.peek().is_none() {
                return Ok(Some((of, index)));
            }
            of = self.node(of, index)?.children;
        }
        Ok(None)
    }

    /// Returns the node of a path that is relative to a directory with these children.
    pub(super) fn find_below(&self, of: Siblings, path: &RepoPath) -> Result<Option<TreeNode<'_>>> {
        match self.place(of, path)? {
            Some((of, index)) => self.node(of, index).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the node of a path, which may be a directory's. O(depth · log n).
    ///
    /// # Errors
    /// As for [`Tree::node`].
    pub fn find(&self, path: &RepoPath) -> Result<Option<TreeNode<'_>>> {
        self.find_below(self.roots(), path)
    }

    fn counts(&self) -> (u32, u32) {
        match &self.form {
            Form::Flat(flat) => flat.counts(),
            Form::Disk(disk) => disk.counts(),
        }
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.counts().0 as usize
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many entries are tracked.
    pub fn tracked(&self) -> usize {
        self.counts().1 as usize
    }

    /// Returns the hash of the patterns that what is cached about directories depends
    /// on, zeros if there is none.
    pub fn ignore_hash(&self) -> [u8; 20] {
        match &self.form {
            Form::Flat(_) => [0; 20],
            Form::Disk(disk) => disk.metadata().ignore_hash,
        }
    }

    /// Returns all entries in the order of Mercurial's dict: that of the file for
    /// dirstate-v1, children before their parents for dirstate-v2.
    pub fn files(&self) -> Files<'_> {
        Files {
            tree: self,
            next: 0,
            stack: match &self.form {
                Form::Flat(_) => Vec::new(),
                Form::Disk(disk) => vec![(disk.roots(), 0, None)],
            },
        }
    }
}

fn too_long() -> crate::Error {
    crate::Error::unsupported(
        crate::error::FileKind::Dirstate,
        "dirstate",
        "paths of more than 4 GiB",
    )
}

/// The iterator of [`Tree::files`].
#[derive(Debug)]
pub struct Files<'a> {
    tree: &'a Tree,
    /// The next one in the list of files.
    next: usize,
    /// The directories that are being gone through, with the next child, and
    /// the file that the directory itself is.
    stack: Vec<(Siblings, u32, Option<FileItem<'a>>)>,
}

impl<'a> Iterator for Files<'a> {
    type Item = Result<FileItem<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Form::Flat(flat) = &self.tree.form {
            let (index, item) = flat.file_from(self.next)?;
            self.next = index + 1;
            return Some(Ok(item));
        }
        loop {
            let (of, next, _) = self.stack.last_mut()?;
            if *next >= of.len {
                match self.stack.pop()? {
                    (_, _, Some(item)) => return Some(Ok(item)),
                    _ => continue,
                }
            }
            let node = self.tree.node(*of, *next);
            *next += 1;
            let node = match node {
                Ok(node) => node,
                Err(error) => {
                    self.stack.clear();
                    return Some(Err(error));
                }
            };
            let item = node.entry.map(|entry| FileItem {
                path: node.path,
                entry,
                copy_source: node.copy_source,
            });
            // A file that changes under us must not lead in circles.
            if !node.children.is_empty() && self.stack.len() <= RepoPath::MAX_DEPTH {
                self.stack.push((node.children, 0, item));
            } else if let Some(item) = item {
                return Some(Ok(item));
            }
        }
    }
}
