// SPDX-License-Identifier: GPL-2.0-or-later

//! Changes to a tree, as a tree of what changed.
//!
//! A directory's children are those of the base until one of them, or
//! something below, changes; then all siblings become nodes here, and their
//! children are those of the base again. This is the structure of Mercurial's
//! own `hg-core`, because what may be appended to a dirstate-v2 file, and how
//! many bytes of it are no longer used, follow from it.

use std::collections::BTreeMap;

use super::node::{CachedDirectory, Siblings, TreeNode};
use super::tree::{Form, Tree};
use super::v2::disk::NODE;
use super::{Entry, Timestamp};
use crate::{RepoPath, RepoPathBuf, Result};

/// Children that are here, by base name.
pub(super) type OwnChildren = BTreeMap<Box<[u8]>, Change>;

/// The children of a directory.
#[derive(Debug)]
pub(super) enum Children {
    /// Those of the base.
    Base(Siblings),
    /// These.
    Own(OwnChildren),
}

/// A node that is here because it, or a sibling, or something below changed.
#[derive(Debug)]
pub(super) struct Change {
    /// Where the base has the node; its path there is this one's.
    pub(super) origin: Option<(Siblings, u32)>,
    pub(super) data: Data,
    pub(super) copy: Copied,
    pub(super) children: Children,
    /// How many nodes below have an entry, and how many are tracked.
    pub(super) descendants: u32,
    pub(super) tracked: u32,
}

/// The data of a node.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data {
    Entry(Entry),
    /// A directory that was seen at that time, without unknown files but those
    /// among its children.
    Cached(Timestamp),
    Nothing,
}

/// The source of a copy.
#[derive(Debug)]
pub(super) enum Copied {
    No,
    /// The one that the base has.
    Base,
    From(RepoPathBuf),
}

impl Default for Children {
    fn default() -> Self {
        Children::Own(BTreeMap::new())
    }
}

impl Drop for Children {
    /// Takes a deep tree apart without recursion.
    fn drop(&mut self) {
        let Children::Own(own) = self else {
            return;
        };
        let mut all = vec![std::mem::take(own)];
        while let Some(own) = all.pop() {
            for mut change in own.into_values() {
                match &mut change.children {
                    Children::Own(below) if !below.is_empty() => all.push(std::mem::take(below)),
                    _ => {}
                }
            }
        }
    }
}

impl Default for Change {
    fn default() -> Self {
        Change {
            origin: None,
            data: Data::Nothing,
            copy: Copied::No,
            children: Children::default(),
            descendants: 0,
            tracked: 0,
        }
    }
}

impl Change {
    /// Returns the base's node as it is.
    fn of(base: &Tree, of: Siblings, index: u32) -> Result<(Box<[u8]>, Change)> {
        let node = base.node(of, index)?;
        // As in hg-core, a time is of no use unless all unknown files are known.
        let cached = node.cached.filter(|cached| cached.all_unknown);
        let change = Change {
            origin: Some((of, index)),
            data: match (node.entry, cached) {
                (Some(entry), _) => Data::Entry(entry),
                (None, Some(cached)) => Data::Cached(cached.mtime),
                (None, None) => Data::Nothing,
            },
            copy: match node.copy_source {
                Some(_) => Copied::Base,
                None => Copied::No,
            },
            children: Children::Base(node.children),
            descendants: node.descendants,
            tracked: node.tracked_descendants,
        };
        Ok((node.base.into(), change))
    }

    pub(super) fn entry(&self) -> Option<Entry> {
        match self.data {
            Data::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    pub(super) fn copy_source<'a>(&'a self, base: &'a Tree) -> Result<Option<&'a RepoPath>> {
        match (&self.copy, self.origin) {
            (Copied::From(source), _) => Ok(Some(source)),
            (Copied::Base, Some((of, index))) => Ok(base.node(of, index)?.copy_source),
            _ => Ok(None),
        }
    }

    /// Returns whether there is nothing but what is below.
    fn is_bare(&self) -> bool {
        self.entry().is_none() && matches!(self.copy, Copied::No)
    }
}

/// Makes own children of those that the base has.
fn own<'a>(
    base: &Tree,
    here: &'a mut Children,
    unreachable: &mut u32,
) -> Result<&'a mut OwnChildren> {
    if let Children::Base(of) = *here {
        let all = (0..of.len).map(|index| Change::of(base, of, index));
        *here = Children::Own(all.collect::<Result<_>>()?);
        if let Form::Disk(_) = base.form() {
            *unreachable = unreachable.saturating_add(of.len * NODE as u32);
        }
    }
    match here {
        Children::Own(own) => Ok(own),
        Children::Base(_) => unreachable!("made own just now"),
    }
}

/// Makes the nodes on the way to a path own ones, and the path's if asked to.
///
/// All that can fail is done here: what changes counters comes after it.
/// Returns whether the path's node is there.
pub(super) fn touch(
    base: &Tree,
    mut here: &mut Children,
    unreachable: &mut u32,
    mut path: &RepoPath,
    create: bool,
) -> Result<bool> {
    loop {
        let (first, rest) = path.split_first();
        let children = own(base, here, unreachable)?;
        if create && !children.contains_key(first) {
            children.insert(first.into(), Change::default());
        }
        match (children.get_mut(first), rest) {
            (None, _) => return Ok(false),
            (Some(_), None) => return Ok(true),
            (Some(child), Some(rest)) => (here, path) = (&mut child.children, rest),
        }
    }
}

/// Returns the node of a path that was touched; `each` sees its ancestors.
pub(super) fn node_mut<'a>(
    mut here: &'a mut Children,
    mut path: &RepoPath,
    mut each: impl FnMut(&mut Change),
) -> Option<&'a mut Change> {
    loop {
        let (first, rest) = path.split_first();
        let Children::Own(children) = here else {
            return None;
        };
        let child = children.get_mut(first)?;
        let Some(rest) = rest else {
            return Some(child);
        };
        each(child);
        (here, path) = (&mut child.children, rest);
    }
}

/// Removes the node of a path that was touched, and its ancestors, as far as
/// they are empty. A directory that loses a node is no longer as it was seen.
pub(super) fn prune(mut here: &mut Children, path: &RepoPath, unreachable: &mut u32) {
    // How many of the path's components stay, and how long the others' paths are.
    let (mut stay, mut depth, mut unused) = (0, 0, 0_usize);
    let (mut level, mut rest) = (&*here, Some(path));
    while let Some(below) = rest {
        let first;
        (first, rest) = below.split_first();
        let Children::Own(children) = level else {
            return;
        };
        let Some(child) = children.get(first) else {
            return;
        };
        depth += 1;
        unused += path.len() - rest.map_or(0, |rest| rest.len() + 1);
        let alone = match &child.children {
            Children::Base(of) => of.is_empty(),
            Children::Own(own) => own.len() <= usize::from(rest.is_some()),
        };
        if !alone || !child.is_bare() {
            (stay, unused) = (depth, 0);
        }
        level = &child.children;
    }
    if stay == depth {
        return;
    }
    let mut rest = path;
    for left in (0..=stay).rev() {
        let (first, below) = rest.split_first();
        let Children::Own(children) = here else {
            return;
        };
        if left == 0 {
            children.remove(first);
            break;
        }
        let Some(child) = children.get_mut(first) else {
            return;
        };
        if left == 1 && matches!(child.data, Data::Cached(_)) {
            child.data = Data::Nothing;
        }
        (here, rest) = (&mut child.children, below.unwrap_or(RepoPath::root()));
    }
    // Counted by hg-core whether the paths were in the file or not.
    *unreachable = unreachable.saturating_add(unused as u32);
}

/// The node at a path, from wherever it is.
pub(super) enum Found<'a> {
    Own(&'a Change),
    Base(TreeNode<'a>),
}

/// Looks for a path.
pub(super) fn find<'a>(
    base: &'a Tree,
    mut here: &'a Children,
    mut path: &RepoPath,
) -> Result<Option<Found<'a>>> {
    loop {
        match here {
            Children::Base(of) => {
                return Ok(base.find_below(*of, path)?.map(Found::Base));
            }
            Children::Own(children) => {
                let (first, rest) = path.split_first();
                match (children.get(first), rest) {
                    (None, _) => return Ok(None),
                    (Some(child), None) => return Ok(Some(Found::Own(child))),
                    (Some(child), Some(rest)) => (here, path) = (&child.children, rest),
                }
            }
        }
    }
}

/// Calls `each` with every directory that is cached, in any order.
pub(super) fn cached(
    base: &Tree,
    here: &Children,
    each: &mut dyn FnMut(&RepoPath, CachedDirectory) -> Result<()>,
) -> Result<()> {
    let (mut in_base, mut own) = (Vec::new(), Vec::new());
    let mut path = RepoPathBuf::default();
    match here {
        Children::Base(of) => in_base.push((*of, 0)),
        Children::Own(children) => own.push((children.iter(), 0)),
    }
    while let Some((children, length)) = own.last_mut() {
        path.truncate(*length);
        let Some((name, child)) = children.next() else {
            own.pop();
            continue;
        };
        path.push(name);
        if let Data::Cached(mtime) = child.data {
            let seen = CachedDirectory {
                mtime,
                all_unknown: true,
                all_ignored: false,
            };
            each(&path, seen)?;
        }
        match &child.children {
            Children::Base(of) => in_base.push((*of, own.len())),
            Children::Own(children) => own.push((children.iter(), path.len())),
        }
    }
    // The base's paths are complete by themselves.
    while let Some((of, depth)) = in_base.pop() {
        for index in 0..of.len {
            let node = base.node(of, index)?;
            if let Some(cached) = node.cached {
                each(node.path, cached)?;
            }
            // A file that changes under us must not lead in circles.
            if !node.children.is_empty() && depth <= RepoPath::MAX_DEPTH {
                in_base.push((node.children, depth + 1));
            }
        }
    }
    Ok(())
}
