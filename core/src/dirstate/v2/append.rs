// SPDX-License-Identifier: GPL-2.0-or-later

//! Writing only what has changed, behind a dirstate-v2 file.

use std::collections::btree_map;

use super::disk::{Disk, Metadata, NODE};
use super::pack::{Packed, place, stat};
use crate::dirstate::DirstateMap;
use crate::dirstate::entry::{HAS_MTIME, MTIME_SECOND_AMBIGUOUS};
use crate::dirstate::node::{CachedDirectory, Siblings};
use crate::dirstate::overlay::{Change, Children, Copied, Data, OwnChildren};
use crate::dirstate::tree::Form;
use crate::{RepoPath, RepoPathBuf, Result};

/// The share of a file that may be unused before a new one is due.
const MOST_UNREACHABLE: f32 = 0.5;

/// Returns what to append to the data file that the map was read from, and the new
/// metadata for the docket; its data size grows by what is appended. `None`
/// if there is no such file, if half of it is not used any more, or if it
/// would become too long: then a new one is due, see [`pack_v2`](super::pack_v2).
///
/// The same bytes as Mercurial's own Rust code appends after the same changes:
/// directories without changes stay where they are, and so do the paths of
/// nodes that are written once more.
///
/// # Errors
/// Those of reading the map.
pub fn append_v2(map: &DirstateMap) -> Result<Option<(Vec<u8>, [u8; NODE])>> {
    let Form::Disk(disk) = map.base().form() else {
        return Ok(None);
    };
    let (entries, copies, unreachable) = map.totals();
    let length = disk.bytes().len();
    let share = unreachable as f32 / length as f32;
    // Not a number for an empty file, which is not appended to either.
    if share.is_nan() || share >= MOST_UNREACHABLE {
        return Ok(None);
    }
    let mut writer = Writer {
        disk,
        out: Vec::new(),
    };
    let roots = writer.children(map.root())?;
    if u32::try_from(length + writer.out.len()).is_err() {
        return Ok(None);
    }
    let metadata = Metadata {
        roots,
        entries,
        copies,
        unreachable,
        ignore_hash: map.ignore_hash(),
    };
    Ok(Some((writer.out, metadata.bytes())))
}

/// Siblings on the way into a file.
struct Level<'m> {
    children: btree_map::Iter<'m, Box<[u8]>, Change>,
    /// The length of their directory's path.
    above: usize,
    /// Those that are written.
    nodes: Vec<u8>,
    /// The one that waits for what is below it.
    open: Option<&'m Change>,
}

impl<'m> Level<'m> {
    fn new(children: &'m OwnChildren, above: usize) -> Level<'m> {
        Level {
            children: children.iter(),
            above,
            nodes: Vec::with_capacity(children.len() * NODE),
            open: None,
        }
    }

    /// Returns where in a child's path its base name begins.
    fn base(&self) -> u16 {
        (self.above + usize::from(self.above != 0)) as u16
    }
}

struct Writer<'a> {
    disk: &'a Disk,
    out: Vec<u8>,
}

impl Writer<'_> {
    /// Returns where the next byte will be in the file.
    fn here(&self) -> Result<u32> {
        place(self.disk.bytes().len() + self.out.len())
    }

    /// Writes siblings and all below them, unless they are as in the file.
    fn children(&mut self, here: &Children) -> Result<Siblings> {
        let mut level = match here {
            Children::Base(of) => return Ok(*of),
            Children::Own(children) => Level::new(children, 0),
        };
        let mut path = RepoPathBuf::default();
        let mut above: Vec<Level> = Vec::new();
        loop {
            path.truncate(level.above);
            if let Some((name, child)) = level.children.next() {
                path.push(name);
                match &child.children {
                    Children::Base(of) => self.node(child, &path, &mut level, *of)?,
                    Children::Own(below) => {
                        level.open = Some(child);
                        let below = Level::new(below, path.len());
                        above.push(std::mem::replace(&mut level, below));
                    }
                }
                continue;
            }
            let written = Siblings {
                start: self.here()?,
                len: (level.nodes.len() / NODE) as u32,
            };
            self.out.extend_from_slice(&level.nodes);
            let Some(parent) = above.pop() else {
                return Ok(written);
            };
            level = parent;
            if let Some(child) = level.open.take() {
                self.node(child, &path, &mut level, written)?;
            }
        }
    }

    /// Writes what a node has outside, and puts it next to its siblings.
    fn node(
        &mut self,
        node: &Change,
        path: &RepoPath,
        level: &mut Level<'_>,
        children: Siblings,
    ) -> Result<()> {
        let on_disk = match node.origin {
            Some((of, index)) => Some(self.disk.raw(of, index)?),
            None => None,
        };
        let path = match on_disk {
            Some(raw) => raw.path(),
            None => self.text(path)?,
        };
        let copy = match (&node.copy, on_disk) {
            // Readers do not look for it without an entry, or stumble over it.
            _ if node.entry().is_none() => (0, 0),
            (Copied::Base, Some(raw)) => raw.copy().unwrap_or_default(),
            (Copied::From(source), _) => self.text(source)?,
            _ => (0, 0),
        };
        let cached = match node.data {
            Data::Cached(mtime) => Some(CachedDirectory {
                mtime,
                all_unknown: true,
                all_ignored: false,
            }),
            _ => None,
        };
        self.disk.intact()?;
        let mut stat = stat(node.entry(), cached);
        // Unlike pure Mercurial, hg-core keeps the mark with the time only.
        if stat.flags & HAS_MTIME == 0 {
            stat.flags &= !MTIME_SECOND_AMBIGUOUS;
        }
        let packed = Packed {
            path,
            base: level.base(),
            copy,
            children,
            counts: (node.descendants, node.tracked),
            stat,
        };
        packed.write(&mut level.nodes);
        Ok(())
    }

    fn text(&mut self, text: &RepoPath) -> Result<(u32, u16)> {
        let place = (self.here()?, text.len() as u16);
        self.out.extend_from_slice(text.as_bytes());
        Ok(place)
    }
}
