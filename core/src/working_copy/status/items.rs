// SPDX-License-Identifier: GPL-2.0-or-later

//! A directory's names: those of the dirstate and those of the file system, as one list.

use std::cmp::Ordering;

use crate::Result;
use crate::dirstate::{Siblings, Tree, TreeNode};
use crate::platform::directory::{Entries, Kind};

/// A name in a directory.
pub(super) struct Item<'t, 'f> {
    /// What the dirstate has of that name.
    pub(super) node: Option<TreeNode<'t>>,
    /// What the file system has, where the directory has been read.
    pub(super) found: Option<(&'f [u8], Kind)>,
}

impl Item<'_, '_> {
    pub(super) fn name(&self) -> &[u8] {
        match (&self.node, &self.found) {
            (Some(node), _) => node.base,
            (None, Some((name, _))) => name,
            (None, None) => b"",
        }
    }

    fn is_directory(&self) -> bool {
        matches!(self.found, Some((_, Kind::Directory)))
            || self
                .node
                .as_ref()
                .is_some_and(|node| !node.children.is_empty())
    }

    /// Orders as the paths of what is in the directories are ordered.
    fn compare(&self, other: &Self) -> Ordering {
        let key = |item: &Self| item.is_directory().then_some(b'/');
        let (mine, yours) = (self.name().iter(), other.name().iter());
        mine.copied()
            .chain(key(self))
            .cmp(yours.copied().chain(key(other)))
    }
}

/// Returns the names of the dirstate's `siblings` and of the `entries` found, in the order of the
/// paths that follow from them. O(n), or O(n log n) where directories' names are
/// beginnings of others.
pub(super) fn merge<'t, 'f>(
    tree: &'t Tree,
    siblings: Siblings,
    entries: Option<&'f Entries>,
) -> Result<Vec<Item<'t, 'f>>> {
    let expected = entries.map_or(0, Entries::len).max(siblings.len() as usize);
    let mut items = Vec::with_capacity(expected);
    let mut found = entries.into_iter().flat_map(Entries::iter).peekable();
    for index in 0..siblings.len() {
        let node = tree.node(siblings, index)?;
        while let Some(entry) = found.next_if(|entry| entry.0 < node.base) {
            items.push(Item {
                node: None,
                found: Some(entry),
            });
        }
        let found = found.next_if(|entry| entry.0 == node.base);
        items.push(Item {
            node: Some(node),
            found,
        });
    }
    items.extend(found.map(|entry| Item {
        node: None,
        found: Some(entry),
    }));
    if !items.is_sorted_by(|a, b| a.compare(b).is_lt()) {
        items.sort_by(Item::compare);
    }
    Ok(items)
}
