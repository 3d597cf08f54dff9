// SPDX-License-Identifier: GPL-2.0-or-later

//! Nodes of the tree of files, whatever the format.

use super::entry::{Entry, Timestamp};
use crate::RepoPath;

/// A file that has an entry.
#[derive(Clone, Copy, Debug)]
pub struct FileItem<'a> {
    /// The path from the root.
    pub path: &'a RepoPath,
    /// The entry.
    pub entry: Entry,
    /// What the file is a copy of, if it is one.
    pub copy_source: Option<&'a RepoPath>,
}

/// The children of one directory of one tree, sorted bytewise by base name.
///
/// Cheap to copy; only the tree that gave it knows what it means, another one
/// answers with errors or nonsense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Siblings {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Siblings {
    /// Returns how many children there are.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Returns whether there are no children.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// One file or directory. Both at once, if the file is removed and a directory
/// has taken its place.
#[derive(Clone, Copy, Debug)]
pub struct TreeNode<'a> {
    /// The path from the root.
    pub path: &'a RepoPath,
    /// The last component of the path.
    pub base: &'a [u8],
    /// The entry, if the working directory or a parent tracks the file.
    pub entry: Option<Entry>,
    /// What the file is a copy of. Only where there is an entry.
    pub copy_source: Option<&'a RepoPath>,
    /// What is below the directory.
    pub children: Siblings,
    /// What an earlier status saw of the directory. Only without an entry.
    pub cached: Option<CachedDirectory>,
    /// How many files below, at any depth, are tracked.
    pub tracked_descendants: u32,
    /// How many files below, at any depth, have an entry.
    pub descendants: u32,
}

/// The findings of an earlier status about a directory.
#[derive(Clone, Copy, Debug)]
pub struct CachedDirectory {
    /// When the directory itself was last modified.
    pub mtime: Timestamp,
    /// Whether all unknown files in it are among the node's children.
    pub all_unknown: bool,
    /// Whether all ignored files in it are among the node's children.
    pub all_ignored: bool,
}
