// SPDX-License-Identifier: GPL-2.0-or-later

//! A tree in memory, made of a list of files in any order.
//!
//! The paths stay where they are in one block of bytes: the dirstate-v1 file
//! itself, or a copy of all paths. Around them there are three arrays, without
//! an allocation for each file: files in the order of the list, nodes grouped
//! by directory and sorted by base name, and directories.

use super::linker::{Linker, add_up, group, order, recount};
use crate::dirstate::Entry;
use crate::dirstate::node::{CachedDirectory, FileItem, Siblings, TreeNode};
use crate::error::FileKind;
use crate::{Error, RepoPath, Result};

/// "Has none", for indexes into [`Flat::files`] and [`Flat::dirs`].
pub(super) const NONE: u32 = u32::MAX;

/// So many directories may be in any file, and further ones as long as there is one in so
/// many bytes. A directory takes about 130 bytes here and as few as two in a file of
/// dirstate-v1, where people's trees have one in some hundred bytes; Mercurial makes
/// nothing of the directories while it reads.
const FREE_DIRS: usize = 1 << 13;
const BYTES_PER_DIR: usize = 32;

/// One file of the list: where its path is, and its entry.
#[derive(Clone, Copy, Debug)]
pub(in crate::dirstate) struct File {
    /// Where the path begins in the bytes.
    pub(in crate::dirstate) path: u32,
    /// The path's length; 0 for a file that another of the same path replaced.
    pub(in crate::dirstate) len: u16,
    /// Where in the path its base name begins.
    pub(in crate::dirstate) base: u16,
    /// The length of a NUL and the copy's source, which follow the path.
    pub(in crate::dirstate) copy: u32,
    pub(in crate::dirstate) entry: Entry,
}

/// A file, a directory, or both: a removed file may have made way for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlatNode {
    pub(super) path: u32,
    pub(super) len: u16,
    pub(super) base: u16,
    pub(super) file: u32,
    pub(super) dir: u32,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dir {
    pub(super) parent: u32,
    pub(super) children: Siblings,
    pub(super) descendants: u32,
    pub(super) tracked: u32,
    pub(super) cached: Option<CachedDirectory>,
}

#[derive(Debug, Default)]
pub(in crate::dirstate) struct Flat {
    bytes: Vec<u8>,
    files: Vec<File>,
    nodes: Vec<FlatNode>,
    /// The root first, parents before children.
    dirs: Vec<Dir>,
}

impl Flat {
    /// Groups and sorts files, whose paths and sources are in `bytes`.
    ///
    /// Of several files with the same path, the last one's entry takes the
    /// first one's place, as in a Python dict; a source of a copy stays until
    /// there is another. O(n log n) in the largest directory, else O(n). With
    /// `frugal`, more directories than the bytes are worth are refused as soon
    /// as they are met, so that memory stays in proportion.
    pub(in crate::dirstate) fn build(
        bytes: Vec<u8>,
        mut files: Vec<File>,
        frugal: bool,
        name: &str,
    ) -> Result<Flat> {
        // Two nodes a file at most would still be counted in 32 bits.
        if files.len() > (NONE / 4) as usize {
            return Err(Error::unsupported(
                FileKind::Dirstate,
                name,
                "more than 2³⁰ files",
            ));
        }
        let mut linker = Linker::new(&bytes, files.len());
        for (index, file) in (0..).zip(&files) {
            linker
                .add(index, file)
                .map_err(|fault| Error::unsupported(FileKind::Dirstate, name, fault))?;
            let worth = FREE_DIRS + file.path as usize / BYTES_PER_DIR;
            if frugal && linker.dirs.len() > worth {
                return Err(Error::unsupported(
                    FileKind::Dirstate,
                    name,
                    "far more directories than files",
                ));
            }
        }
        let Linker {
            nodes,
            parents,
            mut dirs,
            ..
        } = linker;
        let mut nodes = group(&nodes, &parents, &mut dirs);
        let mut replaced = false;
        for dir in &mut dirs {
            replaced |= order(&bytes, &mut nodes, &mut dir.children, &mut files);
        }
        if replaced {
            recount(&nodes, &mut dirs, &files);
        }
        add_up(&mut dirs);
        Ok(Flat {
            bytes,
            files,
            nodes,
            dirs,
        })
    }

    pub(in crate::dirstate) fn roots(&self) -> Siblings {
        self.dirs
            .first()
            .map_or(Siblings::default(), |root| root.children)
    }

    /// Returns how many entries there are, and how many of them are tracked.
    pub(in crate::dirstate) fn counts(&self) -> (u32, u32) {
        self.dirs
            .first()
            .map_or((0, 0), |root| (root.descendants, root.tracked))
    }

    fn flat_node(&self, of: Siblings, index: u32) -> Result<&FlatNode> {
        let inside = index < of.len && self.nodes.len() >= of.start as usize;
        let nodes = if inside {
            &self.nodes[of.start as usize..]
        } else {
            &[]
        };
        nodes
            .get(index as usize)
            .ok_or_else(|| Error::Invalid(format!("no node {index} of {of:?}")))
    }

    pub(in crate::dirstate) fn base(&self, of: Siblings, index: u32) -> Result<&[u8]> {
        Ok(base(&self.bytes, self.flat_node(of, index)?))
    }

    pub(in crate::dirstate) fn node(&self, of: Siblings, index: u32) -> Result<TreeNode<'_>> {
        let flat = self.flat_node(of, index)?;
        let file = self.files.get(flat.file as usize);
        let dir = self
            .dirs
            .get(flat.dir as usize)
            .copied()
            .unwrap_or_default();
        Ok(TreeNode {
            path: RepoPath::new(&self.bytes[flat.path as usize..][..flat.len.into()]),
            base: base(&self.bytes, flat),
            entry: file.map(|file| file.entry),
            copy_source: file.and_then(|file| self.copy_source(file)),
            children: dir.children,
            cached: dir.cached,
            tracked_descendants: dir.tracked,
            descendants: dir.descendants,
        })
    }

    fn copy_source(&self, file: &File) -> Option<&RepoPath> {
        let after = file.path as usize + usize::from(file.len);
        let source = || &self.bytes[after + 1..after + file.copy as usize];
        (file.copy != 0).then(|| RepoPath::new(source()))
    }

    /// Returns the files from `from` on that still are there: index, path, entry, source.
    pub(in crate::dirstate) fn file_from(&self, from: usize) -> Option<(usize, FileItem<'_>)> {
        let files = self.files.get(from..)?;
        let skipped = files.iter().position(|file| file.len != 0)?;
        let file = &files[skipped];
        let path = &self.bytes[file.path as usize..][..file.len.into()];
        let item = FileItem {
            path: RepoPath::new(path),
            entry: file.entry,
            copy_source: self.copy_source(file),
        };
        Some((from + skipped, item))
    }

    /// Notes what is cached about a directory, given where its node is.
    pub(in crate::dirstate) fn cache(&mut self, of: Siblings, index: u32, cached: CachedDirectory) {
        if let Ok(&FlatNode {
            dir, file: NONE, ..
        }) = self.flat_node(of, index)
            && let Some(dir) = self.dirs.get_mut(dir as usize)
        {
            dir.cached = Some(cached);
        }
    }
}

pub(super) fn base<'a>(bytes: &'a [u8], node: &FlatNode) -> &'a [u8] {
    let path = &bytes[node.path as usize..][..node.len.into()];
    &path[node.base.into()..]
}
