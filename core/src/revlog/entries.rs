//! The entries of a revlog's index, looked at one by one.
//!
//! [`Index`](crate::Index) reads all entries when it is opened, since it is for
//! questions about all of history. To get at one revision's content, a few
//! entries are enough. So here nothing is checked before it is used, except
//! that entries of an inline index have to be found by going from one to the
//! next.

use std::fmt::Display;

use crate::index::{
    after, bad_entry, check_count, check_header, cut_short, entry_at, node_of, number, parents_of,
    Entry, ENTRY_SIZE, FLAG_FILELOG_META, FLAG_GENERALDELTA, FLAG_INLINE,
};
use crate::{Error, Node, Result, Rev};

/// The revision's text begins with metadata. That counts only if the header says
/// so, but Mercurial 7.2 sets it now and then in other files as well.
const HAS_META: u16 = 1 << 11;
/// What kind of delta it is, and how good.
const ABOUT_DELTA: u16 = 0b1_1111 << 6;

/// How an index is to be read.
#[derive(Debug)]
pub(super) struct Layout {
    len: usize,
    flags: u32,
    /// Where the entries of an inline index begin.
    starts: Option<Vec<u64>>,
}

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
    /// The node.
    pub(super) node: Node,
}

/// What a revision's data is applied to.
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
    /// Looks at the header, and through an inline index.
    ///
    /// # Errors
    /// As for [`Index::open`](crate::Index::open), but for entries that are not
    /// inline only an incomplete last one.
    pub(super) fn of(bytes: &[u8], name: &dyn Display) -> Result<Layout> {
        let mut layout = Layout {
            len: 0,
            flags: 0,
            starts: None,
        };
        if bytes.is_empty() {
            return Ok(layout);
        }
        let Some(header) = bytes.first_chunk() else {
            let reason = format!("{} bytes are too few for a revlog's header", bytes.len());
            return Err(Error::corrupt(name, reason));
        };
        layout.flags = check_header(u32::from_be_bytes(*header), name)?;
        if layout.flags & FLAG_INLINE != 0 {
            let starts = inline_starts(bytes, name)?;
            layout.len = starts.len();
            layout.starts = Some(starts);
        } else {
            layout.len = bytes.len() / ENTRY_SIZE;
            let rest = bytes.len() % ENTRY_SIZE;
            if rest != 0 {
                return Err(cut_short(rest, layout.len, name));
            }
        }
        check_count(layout.len, name)?;
        Ok(layout)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_inline(&self) -> bool {
        self.starts.is_some()
    }

    /// The bytes of a revision's entry, which is in range.
    fn entry<'a>(&self, bytes: &'a [u8], rev: Rev, name: &dyn Display) -> Result<&'a Entry> {
        let rev = rev as usize;
        let at = match &self.starts {
            Some(starts) => starts[rev],
            None => (rev * ENTRY_SIZE) as u64,
        };
        entry_at(bytes, at).ok_or_else(|| cut_short(0, rev, name))
    }

    /// What an index says about a revision that is in range.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for what cannot be, [`Error::Unsupported`] for an inline
    /// index with data somewhere else than between the entries.
    pub(super) fn stored(&self, bytes: &[u8], rev: Rev, name: &dyn Display) -> Result<Stored> {
        let entry = self.entry(bytes, rev, name)?;
        let Some(parents) = parents_of(entry, rev as usize) else {
            return Err(bad_entry(entry, rev as usize, name));
        };
        let start = match rev {
            0 => 0,
            _ => u64::from(number(entry, 0)) << 16 | u64::from(number(entry, 4) >> 16),
        };
        let flags = number(entry, 4) as u16;
        Ok(Stored {
            at: self.place(start, rev, name)?,
            len: number(entry, 8) as usize,
            text_len: usize::try_from(number(entry, 12) as i32).ok(),
            base: self.base(entry, rev, name)?,
            metadata: match self.flags & FLAG_FILELOG_META {
                // A copy's first parent is none, so that this can be told.
                0 => parents[0] == crate::NULL_REV,
                _ => flags & HAS_META != 0,
            },
            flags: flags & !(HAS_META | ABOUT_DELTA),
            parents,
            node: *node_of(entry),
        })
    }

    /// Where data is that is said to begin at `start`, entries not counted.
    fn place(&self, start: u64, rev: Rev, name: &dyn Display) -> Result<u64> {
        let Some(starts) = &self.starts else {
            return Ok(start);
        };
        let here = starts[rev as usize] + ENTRY_SIZE as u64;
        if here != start + (rev as u64 + 1) * ENTRY_SIZE as u64 {
            let reason = format!("the data of revision {rev} is not after its entry");
            return Err(Error::unsupported(name, reason));
        }
        Ok(here)
    }

    fn base(&self, entry: &Entry, rev: Rev, name: &dyn Display) -> Result<Base> {
        let base = number(entry, 16) as Rev;
        if base < crate::NULL_REV || base > rev {
            let reason = format!("revision {rev} cannot be a delta to revision {base}");
            return Err(Error::corrupt(name, reason));
        }
        Ok(match base {
            _ if base == rev => Base::Text,
            crate::NULL_REV => Base::Nothing,
            _ if self.flags & FLAG_GENERALDELTA != 0 => Base::Rev(base),
            // Then this is where the chain begins, and each applies to the last.
            _ => Base::Rev(rev - 1),
        })
    }

    /// The node of a revision that is in range.
    pub(super) fn node(&self, bytes: &[u8], rev: Rev, name: &dyn Display) -> Result<Node> {
        Ok(*node_of(self.entry(bytes, rev, name)?))
    }

    /// The latest revision with a node.
    pub(super) fn rev_of(&self, bytes: &[u8], node: &Node) -> Option<Rev> {
        let found = match &self.starts {
            Some(starts) => starts
                .iter()
                .rposition(|&at| entry_at(bytes, at).is_some_and(|entry| node_of(entry) == node)),
            None => {
                let (entries, _) = bytes.as_chunks::<ENTRY_SIZE>();
                entries.iter().rposition(|entry| node_of(entry) == node)
            }
        };
        found.map(|rev| rev as Rev)
    }
}

/// Where the entries of an inline index begin.
fn inline_starts(bytes: &[u8], name: &dyn Display) -> Result<Vec<u64>> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at < bytes.len() as u64 {
        let rev = starts.len();
        let Some(entry) = entry_at(bytes, at) else {
            return Err(cut_short(bytes.len() - at as usize, rev, name));
        };
        if parents_of(entry, rev).is_none() {
            return Err(bad_entry(entry, rev, name));
        }
        starts.push(at);
        at = after(at, entry);
    }
    if at > bytes.len() as u64 {
        let reason = format!(
            "the data of revision {} ends at {at}, {} bytes after the end of the file",
            starts.len() - 1,
            at - bytes.len() as u64
        );
        return Err(Error::corrupt(name, reason));
    }
    Ok(starts)
}
