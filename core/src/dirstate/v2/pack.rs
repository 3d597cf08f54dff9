// SPDX-License-Identifier: GPL-2.0-or-later

//! Writing a new data file of dirstate-v2.

use super::disk::{Metadata, NODE};
use crate::dirstate::entry::{
    ALL_IGNORED_RECORDED, ALL_UNKNOWN_RECORDED, DIRECTORY, HAS_MTIME, MTIME_SECOND_AMBIGUOUS,
};
use crate::dirstate::node::{CachedDirectory, Siblings, TreeNode};
use crate::dirstate::{DirstateMap, Entry, StatV2, Tree};
use crate::error::FileKind;
use crate::{Error, RepoPath, Result};

/// Returns a new data file of dirstate-v2, and the metadata for its docket.
///
/// Without cached directories and a hash of ignore patterns, byte for byte as
/// pure Mercurial writes it. With one exception: where a removed file has made
/// way for a directory that holds nothing but directories, Mercurial writes
/// two nodes of the same name, of which a reader finds one; here it is one.
///
/// # Errors
/// Those of reading the map; [`Error::Unsupported`] if the file were to be longer
/// than 4 GiB.
pub fn pack_v2(map: &DirstateMap) -> Result<(Vec<u8>, [u8; NODE])> {
    let tree = map.tree()?;
    let mut out = Vec::with_capacity(map.len() * (NODE + 50));
    let mut copies = 0;
    let roots = write_children(&mut out, &tree, tree.roots(), &mut copies)?;
    let metadata = Metadata {
        roots,
        entries: tree.len() as u32,
        copies,
        unreachable: 0,
        ignore_hash: map.ignore_hash(),
    };
    Ok((out, metadata.bytes()))
}

/// Returns where the next byte goes in a file.
pub(in crate::dirstate) fn place(length: usize) -> Result<u32> {
    u32::try_from(length)
        .map_err(|_| Error::unsupported(FileKind::Dirstate, "dirstate", "longer than 4 GiB"))
}

/// Siblings on the way into a file.
struct Level<'t> {
    of: Siblings,
    next: u32,
    /// Those that are written, and where what is below them is in the file.
    kept: Vec<(TreeNode<'t>, Siblings)>,
}

impl Level<'_> {
    fn new(of: Siblings) -> Self {
        Level {
            of,
            next: 0,
            kept: Vec::with_capacity(of.len() as usize),
        }
    }
}

/// Writes what is below siblings, then their paths, then themselves.
fn write_children(
    out: &mut Vec<u8>,
    tree: &Tree,
    of: Siblings,
    copies: &mut u32,
) -> Result<Siblings> {
    let mut level = Level::new(of);
    let mut above: Vec<Level> = Vec::new();
    loop {
        if level.next < level.of.len() {
            let node = tree.node(level.of, level.next)?;
            level.next += 1;
            // Others may have left nodes that stand for nothing.
            if node.entry.is_some() || node.descendants != 0 {
                level.kept.push((node, Siblings::default()));
                if !node.children.is_empty() {
                    // A file that changes under us must not lead in circles.
                    if above.len() > RepoPath::MAX_DEPTH {
                        let reason = "changed while it was read";
                        return Err(Error::corrupt(FileKind::Dirstate, "dirstate", reason));
                    }
                    above.push(std::mem::replace(&mut level, Level::new(node.children)));
                }
            }
            continue;
        }
        let written = write_siblings(out, &level.kept, copies)?;
        let Some(parent) = above.pop() else {
            return Ok(written);
        };
        level = parent;
        if let Some((_, below)) = level.kept.last_mut() {
            *below = written;
        }
    }
}

/// Writes siblings' paths, then themselves.
fn write_siblings(
    out: &mut Vec<u8>,
    kept: &[(TreeNode<'_>, Siblings)],
    copies: &mut u32,
) -> Result<Siblings> {
    if kept.is_empty() {
        return Ok(Siblings::default());
    }
    let mut nodes = Vec::with_capacity(kept.len() * NODE);
    for (node, children) in kept {
        let path = place(out.len())?;
        out.extend_from_slice(node.path.as_bytes());
        let mut copy = (0, 0);
        if let Some(source) = node.copy_source {
            copy = (place(out.len())?, source.len() as u16);
            out.extend_from_slice(source.as_bytes());
            *copies += 1;
        }
        let packed = Packed {
            path: (path, node.path.len() as u16),
            base: (node.path.len() - node.base.len()) as u16,
            copy,
            children: *children,
            counts: (node.descendants, node.tracked_descendants),
            stat: stat(node.entry, node.cached),
        };
        packed.write(&mut nodes);
    }
    let start = place(out.len())?;
    out.extend_from_slice(&nodes);
    Ok(Siblings {
        start,
        len: kept.len() as u32,
    })
}

/// Returns the data of a node.
pub(in crate::dirstate) fn stat(entry: Option<Entry>, cached: Option<CachedDirectory>) -> StatV2 {
    if let Some(entry) = entry {
        return entry.to_v2();
    }
    let mut stat = StatV2 {
        flags: DIRECTORY,
        size: 0,
        mtime_s: 0,
        mtime_ns: 0,
    };
    let Some(cached) = cached else {
        return stat;
    };
    stat.flags |= HAS_MTIME;
    for (set, flag) in [
        (cached.all_unknown, ALL_UNKNOWN_RECORDED),
        (cached.all_ignored, ALL_IGNORED_RECORDED),
        (cached.mtime.second_ambiguous, MTIME_SECOND_AMBIGUOUS),
    ] {
        if set {
            stat.flags |= flag;
        }
    }
    stat.mtime_s = cached.mtime.seconds;
    stat.mtime_ns = cached.mtime.nanoseconds;
    stat
}

/// A node of dirstate-v2 as it is written.
pub(in crate::dirstate) struct Packed {
    /// Place and length.
    pub(in crate::dirstate) path: (u32, u16),
    pub(in crate::dirstate) base: u16,
    /// Place and length.
    pub(in crate::dirstate) copy: (u32, u16),
    pub(in crate::dirstate) children: Siblings,
    /// Descendants with an entry, and those tracked.
    pub(in crate::dirstate) counts: (u32, u32),
    pub(in crate::dirstate) stat: StatV2,
}

impl Packed {
    pub(in crate::dirstate) fn write(&self, out: &mut Vec<u8>) {
        let stat = self.stat;
        out.extend_from_slice(&self.path.0.to_be_bytes());
        out.extend_from_slice(&self.path.1.to_be_bytes());
        out.extend_from_slice(&self.base.to_be_bytes());
        out.extend_from_slice(&self.copy.0.to_be_bytes());
        out.extend_from_slice(&self.copy.1.to_be_bytes());
        for number in [
            self.children.start,
            self.children.len,
            self.counts.0,
            self.counts.1,
        ] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&stat.flags.to_be_bytes());
        for number in [stat.size, stat.mtime_s, stat.mtime_ns] {
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}
