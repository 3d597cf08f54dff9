// SPDX-License-Identifier: GPL-2.0-or-later

//! One pass over an index: all parents, and checksums by which later changes are noticed.

use std::fmt::Display;

use super::Revlog;
use super::layout::{
    BLOCK, Entry, Layout, bad_entry, cut_short, node_of, out_of_memory, parents_of,
};
use crate::{Node, Result, Rev};

/// The result of one pass over the bytes.
#[derive(Default)]
pub(super) struct Pass {
    pub(super) layout: Layout,
    pub(super) parents: Vec<[Rev; 2]>,
    /// The checksum of each block of entries.
    pub(super) sums: Vec<u32>,
    /// The last entry.
    pub(super) last: Option<Box<Entry>>,
}

/// The checksum of some entries, put in one after the other.
///
/// Not one that withstands forgery, for which there are nodes, but fast: it multiplies as
/// wyhash does, and makes the entries' products independent of each other, so that the
/// processor computes several at a time.
#[derive(Default)]
pub(super) struct Sum(u64);

impl Sum {
    #[inline(always)]
    pub(super) fn add(&mut self, entry: &Entry) {
        let word = |at: usize| {
            let bytes = entry[at..].first_chunk().expect("within the entry");
            u64::from_le_bytes(*bytes)
        };
        let mix = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            product as u64 ^ (product >> 64) as u64
        };
        // the parents and the first 8 bytes of the node, then its other 12
        let first = mix(
            word(24) ^ 0x9e37_79b9_7f4a_7c15,
            word(32) ^ 0xe703_7ed1_a0b4_28db,
        );
        let second = mix(
            word(40) ^ 0x8ebc_6af0_9c88_c6e3,
            word(44) ^ 0x5899_65cc_7537_4cc3,
        );
        let entry = first ^ second.rotate_left(32);
        self.0 = self
            .0
            .wrapping_mul(0xd133_3a14_5dd1_4d2b)
            .wrapping_add(entry);
    }

    pub(super) fn get(&self) -> u32 {
        (self.0 ^ self.0 >> 32) as u32
    }
}

/// Reads all of an index.
///
/// Its work and the memory for the result are linear in the length of `bytes`,
/// whatever these say.
pub(super) fn pass(bytes: &[u8], name: &dyn Display) -> Result<Pass> {
    let layout = Layout::of(bytes, name)?;
    let len = layout.len();
    let (mut parents, mut sums) = (Vec::new(), Vec::with_capacity(len.div_ceil(BLOCK)));
    parents
        .try_reserve_exact(len)
        .map_err(|_| out_of_memory(name))?;
    let (mut last, mut bad) = (None, None);
    for first in (0..len).step_by(BLOCK) {
        let mut sum = Sum::default();
        let whole = layout.visit(bytes, first..(first + BLOCK).min(len), |rev, entry| {
            // the parents are those that are summed up
            let entry = *entry;
            sum.add(&entry);
            match parents_of(&entry, rev) {
                Some(pair) => parents.push(pair),
                None => bad = bad.take().or_else(|| Some(bad_entry(&entry, rev, name))),
            }
            if rev + 1 == len {
                last = Some(Box::new(entry));
            }
        });
        if let Some(error) = bad {
            return Err(error);
        }
        // A file that is mapped can be cut off meanwhile.
        if !whole {
            return Err(cut_short(0, first, name));
        }
        sums.push(sum.get());
    }
    Ok(Pass {
        layout,
        parents,
        sums,
        last,
    })
}

impl Revlog {
    /// Returns the parents of all revisions. Takes time linear in their number.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a revision with a parent that is neither −1 nor an earlier
    /// revision, and if the file was cut short after it was opened.
    pub fn all_parents(&self) -> Result<Vec<[Rev; 2]>> {
        let mut parents = Vec::with_capacity(self.len());
        let mut bad = None;
        let name = self.path.display();
        let whole = self.visit_entries(|rev, entry| match parents_of(entry, rev.index()) {
            Some(both) => parents.push(both),
            None => {
                bad.get_or_insert_with(|| bad_entry(entry, rev.index(), &name));
            }
        });
        whole?;
        bad.map_or(Ok(parents), Err)
    }

    /// Calls `each` with the node of every revision, ascending.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the file was cut short after it was opened.
    pub(crate) fn visit_nodes(&self, mut each: impl FnMut(Rev, &Node)) -> Result<()> {
        self.visit_entries(|rev, entry| each(rev, &node_of(entry)))
    }

    fn visit_entries(&self, mut each: impl FnMut(Rev, &Entry)) -> Result<()> {
        let whole = self
            .layout
            .visit(self.index.get(), 0..self.len(), |rev, entry| {
                each(Rev::from_index(rev), entry);
            });
        if whole {
            self.check_whole()
        } else {
            Err(self.truncated())
        }
    }
}
