// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading dirstate-v2 in place.
//!
//! # Layout
//!
//! The data file holds nodes of 44 bytes and paths, at places that nodes and
//! the docket's metadata point to; siblings are next to each other, sorted by
//! base name (`helptext/internals/dirstate-v2.txt`). All numbers are
//! big-endian, all places count bytes from the beginning of the file.
//!
//! | bytes of a node | content |
//! | --- | --- |
//! | 0–5 | place and length of the path |
//! | 6–7 | where in the path the base name begins |
//! | 8–13 | place and length of the copy's source, place 0 for none |
//! | 14–21 | place and number of the children |
//! | 22–29 | how many descendants have an entry, and how many are tracked |
//! | 30–31 | flags, see [`entry`](crate::dirstate::entry) |
//! | 32–43 | size, seconds and nanoseconds |
//!
//! | bytes of the metadata | content |
//! | --- | --- |
//! | 0–7 | place and number of the nodes at the root |
//! | 8–19 | how many nodes have an entry, how many a copy's source, unused bytes |
//! | 24–43 | hash of the patterns of ignored files, or zeros |

use std::path::Path;

use super::verify;
use crate::dirstate::entry::{
    ALL_IGNORED_RECORDED, ALL_UNKNOWN_RECORDED, ANY_TRACKED, DIRECTORY, Entry, HAS_MTIME, StatV2,
    Timestamp,
};
use crate::dirstate::node::{CachedDirectory, Siblings, TreeNode};
use crate::error::FileKind;
use crate::platform::bytes::Bytes;
use crate::platform::files;
use crate::platform::mmap::{Mapped, Stamp};
use crate::{Error, RepoPath, Result};

/// Length of a node.
pub(in crate::dirstate) const NODE: usize = 44;

/// The bytes of one node.
#[derive(Clone, Copy)]
pub(in crate::dirstate) struct Raw<'a>(pub(in crate::dirstate) &'a [u8; NODE]);

impl Raw<'_> {
    fn u16(self, at: usize) -> u16 {
        u16::from_be_bytes([self.0[at], self.0[at + 1]])
    }

    fn u32(self, at: usize) -> u32 {
        u32::from_be_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    pub(in crate::dirstate) fn path(self) -> (u32, u16) {
        (self.u32(0), self.u16(4))
    }

    pub(in crate::dirstate) fn base(self) -> u16 {
        self.u16(6)
    }

    pub(in crate::dirstate) fn copy(self) -> Option<(u32, u16)> {
        (self.u32(8) != 0).then(|| (self.u32(8), self.u16(12)))
    }

    pub(in crate::dirstate) fn children(self) -> Siblings {
        Siblings {
            start: self.u32(14),
            len: self.u32(18),
        }
    }

    /// Returns descendants with an entry, and those tracked.
    pub(in crate::dirstate) fn counts(self) -> (u32, u32) {
        (self.u32(22), self.u32(26))
    }

    pub(in crate::dirstate) fn flags(self) -> u16 {
        self.u16(30)
    }

    pub(in crate::dirstate) fn stat(self) -> StatV2 {
        StatV2 {
            flags: self.flags(),
            size: self.u32(32) as i32,
            mtime_s: self.u32(36) as i32,
            mtime_ns: self.u32(40) as i32,
        }
    }

    pub(in crate::dirstate) fn entry(self) -> Option<Entry> {
        let any = self.flags() & ANY_TRACKED != 0;
        any.then(|| Entry::from_v2(self.stat()))
    }

    pub(in crate::dirstate) fn cached(self) -> Option<CachedDirectory> {
        let flags = self.flags();
        let cached =
            flags & ANY_TRACKED == 0 && flags & (DIRECTORY | HAS_MTIME) == (DIRECTORY | HAS_MTIME);
        let stat = self.stat();
        cached.then_some(CachedDirectory {
            mtime: Timestamp {
                seconds: stat.mtime_s,
                nanoseconds: stat.mtime_ns,
                second_ambiguous: flags & crate::dirstate::entry::MTIME_SECOND_AMBIGUOUS != 0,
            },
            all_unknown: flags & ALL_UNKNOWN_RECORDED != 0,
            all_ignored: flags & ALL_IGNORED_RECORDED != 0,
        })
    }
}

/// The metadata that the docket keeps for the data file.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::dirstate) struct Metadata {
    pub(in crate::dirstate) roots: Siblings,
    pub(in crate::dirstate) entries: u32,
    pub(in crate::dirstate) copies: u32,
    pub(in crate::dirstate) unreachable: u32,
    pub(in crate::dirstate) ignore_hash: [u8; 20],
}

impl Metadata {
    pub(in crate::dirstate) fn parse(bytes: &[u8; NODE]) -> Metadata {
        let raw = Raw(bytes);
        let mut ignore_hash = [0; 20];
        ignore_hash.copy_from_slice(&bytes[24..]);
        Metadata {
            roots: Siblings {
                start: raw.u32(0),
                len: raw.u32(4),
            },
            entries: raw.u32(8),
            copies: raw.u32(12),
            unreachable: raw.u32(16),
            ignore_hash,
        }
    }

    pub(in crate::dirstate) fn bytes(&self) -> [u8; NODE] {
        let mut bytes = [0; NODE];
        let numbers = [
            self.roots.start,
            self.roots.len,
            self.entries,
            self.copies,
            self.unreachable,
        ];
        for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        bytes[24..].copy_from_slice(&self.ignore_hash);
        bytes
    }
}

/// A data file, and what the docket says of it.
#[derive(Debug)]
pub(in crate::dirstate) struct Disk {
    data: Bytes,
    name: String,
    metadata: Metadata,
    /// The last byte that is not 0, and where it is. Whatever is cut off, this
    /// goes first: a page that holds the new end reads as zeros behind it.
    last: Option<(usize, u8)>,
    tracked: u32,
}

impl Disk {
    pub(in crate::dirstate) fn from_bytes(
        data: Vec<u8>,
        metadata: &[u8; NODE],
        name: &str,
    ) -> Result<Disk> {
        Disk::new(Bytes::Owned(data), metadata, name.to_owned())
    }

    pub(in crate::dirstate) fn open(path: &Path, len: u32, metadata: &[u8; NODE]) -> Result<Disk> {
        let file = files::open(FileKind::Dirstate, path)?;
        let there = Stamp::of(&file, path)?.len;
        let name = path.display().to_string();
        if there < u64::from(len) {
            let reason = format!("{there} bytes instead of {len}");
            return Err(Error::corrupt(FileKind::Dirstate, name, reason));
        }
        let map = Mapped::of(&file, len.into(), path)?;
        Disk::new(Bytes::Mapped(map), metadata, name)
    }

    fn new(data: Bytes, metadata: &[u8; NODE], name: String) -> Result<Disk> {
        let mut disk = Disk {
            data,
            name,
            metadata: Metadata::parse(metadata),
            last: None,
            tracked: 0,
        };
        let bytes = disk.bytes();
        if bytes.is_empty() {
            // Mercurial does not look at the rest of the metadata then.
            disk.metadata = Metadata {
                ignore_hash: disk.metadata.ignore_hash,
                ..Metadata::default()
            };
            return Ok(disk);
        }
        let last = bytes.iter().rposition(|&byte| byte != 0);
        let last = last.map(|at| (at, bytes[at]));
        let checked = verify::verify(bytes, &disk.metadata, &disk.name);
        disk.last = last;
        disk.intact()?;
        disk.tracked = checked?;
        Ok(disk)
    }

    pub(in crate::dirstate) fn bytes(&self) -> &[u8] {
        self.data.get()
    }

    pub(in crate::dirstate) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    pub(in crate::dirstate) fn roots(&self) -> Siblings {
        self.metadata.roots
    }

    pub(in crate::dirstate) fn counts(&self) -> (u32, u32) {
        (self.metadata.entries, self.tracked)
    }

    /// Checks that all that was read until now was in the file.
    pub(in crate::dirstate) fn intact(&self) -> Result<()> {
        if let Bytes::Mapped(map) = &self.data {
            let cut = self.last.is_some_and(|(at, byte)| map.bytes()[at] != byte);
            if cut || map.torn() {
                return Err(self.changed());
            }
        }
        Ok(())
    }

    #[cold]
    fn changed(&self) -> Error {
        Error::corrupt(
            FileKind::Dirstate,
            &self.name,
            "was cut short, or changed, while it was used",
        )
    }

    pub(in crate::dirstate) fn raw(&self, of: Siblings, index: u32) -> Result<Raw<'_>> {
        if index >= of.len {
            return Err(Error::Invalid(format!("no node {index} of {of:?}")));
        }
        raw(self.bytes(), of, index).ok_or_else(|| self.changed())
    }

    fn slice(&self, place: (u32, u16)) -> Result<&RepoPath> {
        slice(self.bytes(), place).ok_or_else(|| self.changed())
    }

    pub(in crate::dirstate) fn base(&self, of: Siblings, index: u32) -> Result<&[u8]> {
        let raw = self.raw(of, index)?;
        let path = self.slice(raw.path())?;
        let base = path.as_bytes().get(raw.base().into()..).unwrap_or_default();
        self.intact()?;
        Ok(base)
    }

    pub(in crate::dirstate) fn node(&self, of: Siblings, index: u32) -> Result<TreeNode<'_>> {
        let raw = self.raw(of, index)?;
        let path = self.slice(raw.path())?;
        let (descendants, tracked_descendants) = raw.counts();
        let node = TreeNode {
            path,
            base: path.as_bytes().get(raw.base().into()..).unwrap_or_default(),
            entry: raw.entry(),
            copy_source: raw.copy().map(|place| self.slice(place)).transpose()?,
            children: raw.children(),
            cached: raw.cached(),
            tracked_descendants,
            descendants,
        };
        self.intact()?;
        Ok(node)
    }
}

/// Returns a node, if all of it is there.
pub(in crate::dirstate) fn raw(bytes: &[u8], of: Siblings, index: u32) -> Option<Raw<'_>> {
    let start = (of.start as usize).checked_add((index as usize).checked_mul(NODE)?)?;
    Some(Raw(bytes.get(start..)?.first_chunk()?))
}

/// Returns a path, if all of it is there.
pub(in crate::dirstate) fn slice(bytes: &[u8], (start, len): (u32, u16)) -> Option<&RepoPath> {
    let path = bytes.get(start as usize..)?.get(..len.into())?;
    Some(RepoPath::new(path))
}
