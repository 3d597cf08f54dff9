// SPDX-License-Identifier: GPL-2.0-or-later

//! The layout of an index: where its entries are, and what their bytes say.

use std::fmt::Display;
use std::io;
use std::ops::Range;
use std::path::Path;

use crate::error::FileKind;
use crate::{Error, Node, Result, Rev};

/// The length of an entry in bytes.
pub const ENTRY_SIZE: usize = 64;

/// The data of revisions is between the entries.
const FLAG_INLINE: u32 = 1 << 16;
/// Deltas apply to any revision, not to the previous one.
pub(super) const FLAG_GENERALDELTA: u32 = 1 << 17;
/// File revisions tell by a flag whether they begin with metadata.
pub(super) const FLAG_FILELOG_META: u32 = 1 << 18;
/// Deltas tell by a flag whether they are snapshots.
const FLAG_DELTA_INFO: u32 = 1 << 19;
const KNOWN_FLAGS: u32 = FLAG_INLINE | FLAG_GENERALDELTA | FLAG_FILELOG_META | FLAG_DELTA_INFO;

/// So many entries have a checksum together, and, in an inline index, one mark.
pub(super) const BLOCK: usize = 64;

/// The bytes of an entry.
pub(super) type Entry = [u8; ENTRY_SIZE];

/// The places of an index's entries, and the flags in its header.
#[derive(Debug, Default)]
pub(super) struct Layout {
    len: usize,
    flags: u32,
    /// Where entries 0, [`BLOCK`], … of an inline index begin.
    marks: Option<Vec<u64>>,
    /// Whether the entries come from a changelog of version 2 (see `docket.rs`).
    version_2: bool,
}

impl Layout {
    /// Looks at the header, and through an inline index.
    ///
    /// Takes time linear in the length of an inline index, and constant time for others,
    /// whose entries are not looked at.
    ///
    /// # Errors
    /// As for [`Index::open`](super::index::Index::open), but for entries that are not
    /// inline only an incomplete last one.
    pub(super) fn of(bytes: &[u8], name: &dyn Display) -> Result<Layout> {
        if bytes.is_empty() {
            return Ok(Layout::default());
        }
        let Some(header) = bytes.first_chunk() else {
            let reason = format!("{} bytes are too few for a revlog's header", bytes.len());
            return Err(Error::corrupt(FileKind::Revlog, name, reason));
        };
        let flags = check_header(u32::from_be_bytes(*header), name)?;
        let (len, marks) = if flags & FLAG_INLINE != 0 {
            let (len, marks) = inline_marks(bytes, name)?;
            (len, Some(marks))
        } else {
            (bytes.len() / ENTRY_SIZE, None)
        };
        let rest = bytes.len() % ENTRY_SIZE;
        if marks.is_none() && rest != 0 {
            return Err(cut_short(rest, len, name));
        }
        check_count(len, name)?;
        Ok(Layout {
            len,
            flags,
            marks,
            version_2: false,
        })
    }

    /// Returns the layout of entries of version 2 in the form of version 1.
    ///
    /// # Errors
    /// Those of [`Layout::of`].
    pub(super) fn of_version_2(entries: &[u8], name: &dyn Display) -> Result<Layout> {
        let layout = Layout::of(entries, name)?;
        Ok(Layout {
            version_2: true,
            ..layout
        })
    }

    /// Returns whether the entries come from a changelog of version 2.
    pub(super) fn is_version_2(&self) -> bool {
        self.version_2
    }

    /// Returns how many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns whether the data of revisions is between the entries.
    pub(super) fn is_inline(&self) -> bool {
        self.marks.is_some()
    }

    /// Returns whether the header has a flag.
    pub(super) fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Returns the memory that this takes outside itself, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.marks
            .as_ref()
            .map_or(0, |marks| size_of_val(&marks[..]))
    }

    /// Returns where the entry of a revision begins, which is in range; `None` if `bytes` no
    /// longer reach there. Takes constant time.
    pub(super) fn start(&self, bytes: &[u8], rev: usize) -> Option<u64> {
        let Some(marks) = &self.marks else {
            return Some((rev * ENTRY_SIZE) as u64);
        };
        let mut at = marks[rev / BLOCK];
        for _ in 0..rev % BLOCK {
            at = after(at, entry_at(bytes, at)?);
        }
        Some(at)
    }

    /// Returns the entry of a revision, which is in range; `None` if `bytes` no longer reach
    /// to its end. Takes constant time.
    pub(super) fn entry<'a>(&self, bytes: &'a [u8], rev: usize) -> Option<&'a Entry> {
        entry_at(bytes, self.start(bytes, rev)?)
    }

    /// Calls `each` with the entries of some revisions, which are in range, ascending; returns
    /// whether `bytes` still reached to the end of all of them.
    #[inline]
    pub(super) fn visit(
        &self,
        bytes: &[u8],
        revs: Range<usize>,
        mut each: impl FnMut(usize, &Entry),
    ) -> bool {
        if self.marks.is_none() {
            let (entries, _) = bytes.as_chunks::<ENTRY_SIZE>();
            let Some(entries) = entries.get(revs.clone()) else {
                return false;
            };
            revs.zip(entries).for_each(|(rev, entry)| each(rev, entry));
            return true;
        }
        let Some(mut at) = self.start(bytes, revs.start) else {
            return false;
        };
        for rev in revs {
            let Some(entry) = entry_at(bytes, at) else {
                return false;
            };
            each(rev, entry);
            at = after(at, entry);
        }
        true
    }
}

/// Returns how many entries an inline index has, and where those of its blocks begin.
fn inline_marks(bytes: &[u8], name: &dyn Display) -> Result<(usize, Vec<u64>)> {
    let (mut rev, mut marks, mut at) = (0, Vec::new(), 0);
    while at < bytes.len() as u64 {
        let Some(entry) = entry_at(bytes, at) else {
            return Err(cut_short(bytes.len() - at as usize, rev, name));
        };
        if parents_of(entry, rev).is_none() {
            return Err(bad_entry(entry, rev, name));
        }
        if rev % BLOCK == 0 {
            check_count(rev + BLOCK, name)?;
            marks.push(at);
        }
        rev += 1;
        at = after(at, entry);
    }
    if at > bytes.len() as u64 {
        let reason = format!(
            "the data of revision {} ends at {at}, {} bytes after the end of the file",
            rev - 1,
            at - bytes.len() as u64
        );
        return Err(Error::corrupt(FileKind::Revlog, name, reason));
    }
    marks.shrink_to_fit();
    Ok((rev, marks))
}

/// Returns where the next entry of an inline index begins.
///
/// Cannot overflow while offsets are checked against a length at each step.
fn after(at: u64, entry: &Entry) -> u64 {
    at + ENTRY_SIZE as u64 + u64::from(number(entry, 8))
}

/// Returns the flags in a header, [`Error::Unsupported`] if this is none of our formats.
fn check_header(header: u32, name: &dyn Display) -> Result<u32> {
    let flags = header & !0xffff;
    let reason = match header & 0xffff {
        1 if flags & !KNOWN_FLAGS == 0 => return Ok(flags),
        1 => format!(
            "revlog version 1 with unknown flags ({:#06x})",
            (flags & !KNOWN_FLAGS) >> 16
        ),
        0 => "revlog version 0 is not supported".to_owned(),
        0xdead => "revlog version 2 is not supported".to_owned(),
        0xd34d => "a changelog of version 2 has more files than this one".to_owned(),
        // Mercurial puts this where versions before 0.9 looked for a changelog.
        0xffff => "this is only a placeholder for very old readers".to_owned(),
        version => format!("unknown revlog version {version}"),
    };
    Err(Error::unsupported(FileKind::Revlog, name, reason))
}

/// Returns the entry that begins at an offset, if it is all there.
fn entry_at(bytes: &[u8], at: u64) -> Option<&Entry> {
    bytes.get(usize::try_from(at).ok()?..)?.first_chunk()
}

/// Returns the four bytes of a number in an entry.
#[inline]
pub(super) fn number(entry: &Entry, at: usize) -> u32 {
    u32::from_be_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
}

/// Returns the revision whose number is in an entry, whichever number that is.
#[inline]
pub(super) fn rev_at(entry: &Entry, at: usize) -> Rev {
    Rev::new(number(entry, at) as i32)
}

#[inline]
pub(super) fn node_of(entry: &Entry) -> Node {
    let node: &[u8; Node::LEN] = entry[32..].first_chunk().expect("within the entry");
    (*node).into()
}

/// Returns the parents of a revision if all is well with its entry.
#[inline]
pub(super) fn parents_of(entry: &Entry, rev: usize) -> Option<[Rev; 2]> {
    let (p1, p2) = (rev_at(entry, 24), rev_at(entry, 28));
    // Shifted by one, −1 becomes the least and other negatives the greatest.
    let fits = |parent: Rev| parent.slot() <= rev;
    let good = fits(p1) && fits(p2) && number(entry, 8) as i32 >= 0 && !node_of(entry).is_null();
    good.then_some([p1, p2])
}

/// Says what is wrong with an entry that has no acceptable parents.
#[cold]
pub(super) fn bad_entry(entry: &Entry, rev: usize, name: &dyn Display) -> Error {
    for at in [24, 28] {
        let parent = rev_at(entry, at);
        if parent.slot() > rev {
            let reason = format!("revision {rev} cannot have the parent {parent}");
            return Error::corrupt(FileKind::Revlog, name, reason);
        }
    }
    let length = number(entry, 8) as i32;
    if length < 0 {
        let reason = format!("the data of revision {rev} cannot have the length {length}");
        return Error::corrupt(FileKind::Revlog, name, reason);
    }
    Error::corrupt(
        FileKind::Revlog,
        name,
        format!("revision {rev} has the null node"),
    )
}

#[cold]
pub(super) fn cut_short(rest: usize, rev: usize, name: &dyn Display) -> Error {
    let reason = format!("the entry of revision {rev} is cut short: {rest} of {ENTRY_SIZE} bytes");
    Error::corrupt(FileKind::Revlog, name, reason)
}

#[cold]
pub(super) fn out_of_memory(name: &dyn Display) -> Error {
    let error = io::Error::from(io::ErrorKind::OutOfMemory);
    Error::io(Path::new(&name.to_string()), error)
}

/// Revision numbers have to fit their type.
fn check_count(count: usize, name: &dyn Display) -> Result<()> {
    if count > Rev::MAX.index() {
        let reason = format!("more than {} revisions are not supported", Rev::MAX);
        return Err(Error::unsupported(FileKind::Revlog, name, reason));
    }
    Ok(())
}
