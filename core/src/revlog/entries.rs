// SPDX-License-Identifier: GPL-2.0-or-later

//! The entries of a revlog's index, looked at one by one.
//!
//! [`Index`](crate::Index) reads all entries when it is opened, since it is for
//! questions about all of history. To get at one revision's content, a few
//! entries are enough. So here nothing is checked before it is used, except
//! that entries of an inline index have to be found by going from one to the
//! next.

use std::fmt::Display;

use super::layout::{
    ENTRY_SIZE, Entry, FLAG_FILELOG_META, FLAG_GENERALDELTA, Layout, bad_entry, cut_short, node_of,
    number, parents_of, rev_at,
};
use crate::error::FileKind;
use crate::{Error, Node, Result, Rev};

/// The revision's text begins with metadata. That counts only if the header says
/// so, but Mercurial 7.2 sets it now and then in other files as well.
const HAS_META: u16 = 1 << 11;
/// The changeset copies files; nothing about its text.
const HAS_COPIES: u16 = 1 << 12;
/// Flags about the kind of a delta, and its quality.
const ABOUT_DELTA: u16 = 0b1_1111 << 6;

/// An entry, without what nobody here needs.
#[derive(Debug)]
pub(super) struct Stored {
    /// Where the data is, in the data file or in the index if that is inline.
    pub(super) at: u64,
    /// The stored length of the data.
    pub(super) len: usize,
    /// The length of the text if it is recorded.
    pub(super) text_len: Option<usize>,
    /// What the data is applied to, if it is a delta.
    pub(super) base: Base,
    /// Whether the text of a file may begin with metadata.
    pub(super) metadata: bool,
    /// Flags that change what the data means.
    pub(super) flags: u16,
    /// The parents.
    pub(super) parents: [Rev; 2],
    /// The changeset that the revision came with, as the entry says.
    pub(super) link: Rev,
    /// The node.
    pub(super) node: Node,
    /// Whether the data is stored as it is, without a byte that says how.
    pub(super) is_plain: bool,
    /// Where the sidedata is, and its stored length.
    pub(super) sidedata: (u64, usize),
    /// Whether the sidedata is stored as it is.
    pub(super) sidedata_is_plain: bool,
}

/// The text that a revision's data is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// The data is the whole text.
    Text,
    /// It is a delta to nothing, which is the null revision's text.
    Nothing,
    /// It is a delta to an earlier revision.
    Rev(Rev),
}

impl Layout {
    /// Returns what an index says about a revision that is in range.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for what cannot be, [`Error::Unsupported`] for an inline
    /// index with data somewhere else than between the entries.
    pub(super) fn stored(&self, bytes: &[u8], rev: Rev, name: &dyn Display) -> Result<Stored> {
        let entry = self.there(bytes, rev, name)?;
        let Some(parents) = parents_of(entry, rev.index()) else {
            return Err(bad_entry(entry, rev.index(), name));
        };
        let start = match rev {
            Rev::FIRST => 0,
            _ => u64::from(number(entry, 0)) << 16 | u64::from(number(entry, 4) >> 16),
        };
        let flags = number(entry, 4) as u16;
        // Where version 1 has the link and nothing (see `docket.rs`).
        let way = self.is_version_2().then_some(entry[23]);
        let sidedata_at = u64::from(number(entry, 52)) << 32 | u64::from(number(entry, 56));
        Ok(Stored {
            at: self.data_start(bytes, start, rev, name)?,
            len: number(entry, 8) as usize,
            text_len: usize::try_from(number(entry, 12) as i32).ok(),
            base: self.base(entry, rev, name)?,
            metadata: if self.has(FLAG_FILELOG_META) {
                flags & HAS_META != 0
            } else {
                // A copy's first parent is none, so that this can be told.
                parents[0] == Rev::NULL
            },
            flags: flags & !(HAS_META | HAS_COPIES | ABOUT_DELTA),
            parents,
            // Only changelogs are of version 2: each changeset came with itself.
            link: if self.is_version_2() {
                rev
            } else {
                rev_at(entry, 20)
            },
            node: node_of(entry),
            is_plain: way.is_some_and(|way| way & 3 == 0),
            sidedata: (sidedata_at, number(entry, 60) as usize),
            sidedata_is_plain: way.is_some_and(|way| way >> 2 & 3 == 0),
        })
    }

    /// Returns where data is that is said to begin at `start`, entries not counted.
    fn data_start(&self, bytes: &[u8], start: u64, rev: Rev, name: &dyn Display) -> Result<u64> {
        if !self.is_inline() {
            return Ok(start);
        }
        let entry = self.start(bytes, rev.index());
        let here = entry.ok_or_else(|| cut_short(0, rev.index(), name))? + ENTRY_SIZE as u64;
        if here != start + (rev.index() as u64 + 1) * ENTRY_SIZE as u64 {
            let reason = format!("the data of revision {rev} is not after its entry");
            return Err(Error::unsupported(FileKind::Revlog, name, reason));
        }
        Ok(here)
    }

    fn base(&self, entry: &Entry, rev: Rev, name: &dyn Display) -> Result<Base> {
        let base = rev_at(entry, 16);
        if base < Rev::NULL || base > rev {
            let reason = format!("revision {rev} cannot be a delta to revision {base}");
            return Err(Error::corrupt(FileKind::Revlog, name, reason));
        }
        Ok(match base {
            _ if base == rev => Base::Text,
            Rev::NULL => Base::Nothing,
            _ if self.has(FLAG_GENERALDELTA) => Base::Rev(base),
            // Then this is where the chain begins, and each applies to the last.
            _ => Base::Rev(Rev::from_index(rev.index() - 1)),
        })
    }

    /// Returns the node of a revision that is in range.
    pub(super) fn node(&self, bytes: &[u8], rev: Rev, name: &dyn Display) -> Result<Node> {
        Ok(node_of(self.there(bytes, rev, name)?))
    }

    /// Returns the node of a revision that is in range and the changeset that it came with,
    /// neither of which need make sense.
    pub(super) fn claim(&self, bytes: &[u8], rev: Rev, name: &dyn Display) -> Result<(Node, Rev)> {
        let entry = self.there(bytes, rev, name)?;
        // Only changelogs are of version 2.
        let link = if self.is_version_2() {
            rev
        } else {
            rev_at(entry, 20)
        };
        Ok((node_of(entry), link))
    }

    /// Returns the latest revision with a node, from a first one on.
    pub(super) fn rev_of(&self, bytes: &[u8], first: usize, node: &Node) -> Option<Rev> {
        let mut found = None;
        if self.is_inline() {
            // There is no way back from one entry to the one before it.
            self.visit(bytes, 0..self.len(), |rev, entry| {
                if rev >= first && node_of(entry) == *node {
                    found = Some(rev);
                }
            });
        } else {
            let has = |rev: &usize| {
                self.entry(bytes, *rev)
                    .is_some_and(|entry| node_of(entry) == *node)
            };
            found = (first..self.len()).rev().find(has);
        }
        found.map(Rev::from_index)
    }

    /// Returns the entry of a revision that is in range.
    fn there<'a>(&self, bytes: &'a [u8], rev: Rev, name: &dyn Display) -> Result<&'a Entry> {
        let rev = rev.index();
        self.entry(bytes, rev)
            .ok_or_else(|| cut_short(0, rev, name))
    }
}
