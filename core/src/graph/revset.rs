// SPDX-License-Identifier: GPL-2.0-or-later

//! A compact set of revisions.
//!
//! Kept as a compressed bitmap: a history's sets are a few long runs with holes,
//! or a handful of numbers far apart, and both stay small. The null revision may
//! be a member; inside, every revision is stored one higher.

use std::fmt;

use roaring::RoaringBitmap;

use crate::error::FileKind;
use crate::graph::bitset::BitSet;
use crate::{Error, Result, Rev};

/// A set of revisions, ordered by number.
///
/// Any number from -1 to `i32::MAX` may be a member, whatever graph it belongs to.
#[derive(Clone, Default, PartialEq)]
pub struct RevSet {
    bits: RoaringBitmap,
}

fn stored(rev: Rev) -> Option<u32> {
    (rev >= Rev::NULL).then(|| rev.slot() as u32)
}

fn rev(stored: u32) -> Rev {
    Rev::from_slot(stored as usize)
}

impl RevSet {
    /// Returns the empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the set of these revisions, in any order and as often as they come.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a number below -1.
    pub fn from_revs(revs: impl IntoIterator<Item = Rev>) -> Result<Self> {
        let mut set = Self::new();
        let mut bad = None;
        set.bits.extend(revs.into_iter().map_while(|rev| {
            let stored = stored(rev);
            if stored.is_none() {
                bad = Some(rev);
            }
            stored
        }));
        match bad {
            Some(rev) => Err(not_a_rev(rev)),
            None => Ok(set),
        }
    }

    /// Returns the members of a dense set. O(limit / 64).
    pub fn from_dense(set: &BitSet) -> Self {
        let bytes: Vec<u8> = set.words().iter().flat_map(|w| w.to_le_bytes()).collect();
        Self {
            bits: RoaringBitmap::from_lsb0_bytes(0, &bytes),
        }
    }

    /// Adds a revision; says whether it is new.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a number below -1.
    pub fn add(&mut self, rev: Rev) -> Result<bool> {
        match stored(rev) {
            Some(stored) => Ok(self.bits.insert(stored)),
            None => Err(not_a_rev(rev)),
        }
    }

    /// Takes a revision out; says whether it was there.
    pub fn discard(&mut self, rev: Rev) -> bool {
        stored(rev).is_some_and(|stored| self.bits.remove(stored))
    }

    /// Returns whether `rev` is a member. O(log members) at worst.
    pub fn contains(&self, rev: Rev) -> bool {
        stored(rev).is_some_and(|stored| self.bits.contains(stored))
    }

    /// Returns how many members there are.
    pub fn len(&self) -> usize {
        self.bits.len() as usize
    }

    /// Returns whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.bits.clear();
    }

    /// Returns the lowest member.
    pub fn min(&self) -> Option<Rev> {
        self.bits.min().map(rev)
    }

    /// Returns the highest member.
    pub fn max(&self) -> Option<Rev> {
        self.bits.max().map(rev)
    }

    /// Returns the members in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Rev> + '_ {
        self.bits.iter().map(rev)
    }

    /// Appends to `out` up to `count` members, in ascending order, that are higher
    /// than `after` (all when `None`). Fewer than `count` means that these are the last.
    ///
    /// O(log members + count): iteration that keeps its place in a number alone, so
    /// that the set need not be borrowed in between.
    pub fn next_chunk(&self, after: Option<Rev>, count: usize, out: &mut Vec<Rev>) {
        let start = match after {
            None => 0,
            Some(Rev::MAX) => return,
            Some(after) => stored(after.next().max(Rev::NULL)).unwrap_or(0),
        };
        let mut members = self.bits.iter();
        members.advance_to(start);
        out.extend(members.take(count).map(rev));
    }

    /// Returns the union of both.
    pub fn union(&self, other: &RevSet) -> RevSet {
        RevSet {
            bits: &self.bits | &other.bits,
        }
    }

    /// Returns the members of both.
    pub fn intersection(&self, other: &RevSet) -> RevSet {
        RevSet {
            bits: &self.bits & &other.bits,
        }
    }

    /// Returns the members of this set that `other` lacks.
    pub fn difference(&self, other: &RevSet) -> RevSet {
        RevSet {
            bits: &self.bits - &other.bits,
        }
    }

    /// Returns the members of exactly one of the two.
    pub fn symmetric_difference(&self, other: &RevSet) -> RevSet {
        RevSet {
            bits: &self.bits ^ &other.bits,
        }
    }

    /// Adds the members of `other`.
    pub fn union_with(&mut self, other: &RevSet) {
        self.bits |= &other.bits;
    }

    /// Keeps only members of `other`.
    pub fn intersect_with(&mut self, other: &RevSet) {
        self.bits &= &other.bits;
    }

    /// Takes the members of `other` out.
    pub fn difference_with(&mut self, other: &RevSet) {
        self.bits -= &other.bits;
    }

    /// Takes out what both have and adds what only `other` has.
    pub fn symmetric_difference_with(&mut self, other: &RevSet) {
        self.bits ^= &other.bits;
    }

    /// Returns whether every member is one of `other`.
    pub fn is_subset(&self, other: &RevSet) -> bool {
        self.bits.is_subset(&other.bits)
    }

    /// Returns whether every member of `other` is one of this set.
    pub fn is_superset(&self, other: &RevSet) -> bool {
        other.is_subset(self)
    }

    /// Returns whether the two have no member in common.
    pub fn is_disjoint(&self, other: &RevSet) -> bool {
        self.bits.is_disjoint(&other.bits)
    }

    /// Returns the members in ascending order, each as four bytes in this machine's order.
    pub fn to_packed(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(4 * self.len());
        for rev in self.iter() {
            packed.extend_from_slice(Rev::packed(&[rev]));
        }
        packed
    }

    /// Returns the reverse of [`RevSet::to_packed`]; order and repetitions do not matter.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the length is not a multiple of four, and for a
    /// number below -1.
    pub fn from_packed(packed: &[u8]) -> Result<Self> {
        let revs = Rev::unpacked(packed).ok_or_else(|| {
            Error::Invalid(format!(
                "{} bytes are not a whole number of 4-byte revisions",
                packed.len()
            ))
        })?;
        Self::from_revs(revs)
    }

    /// Returns the set in a portable form (the interchange format of Roaring bitmaps,
    /// revisions one higher), for [`RevSet::deserialize`] on any machine.
    pub fn serialize(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bits.serialized_size());
        self.bits
            .serialize_into(&mut out)
            .expect("writing into a vector does not fail");
        out
    }

    /// Reads what [`RevSet::serialize`] wrote.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for anything else.
    pub fn deserialize(data: &[u8]) -> Result<Self> {
        let corrupt = |reason: &dyn fmt::Display| {
            Error::corrupt(FileKind::Revlog, "serialised RevSet", reason)
        };
        let mut rest = data;
        let bits = RoaringBitmap::deserialize_from(&mut rest).map_err(|e| corrupt(&e))?;
        if !rest.is_empty() {
            return Err(corrupt(&format!("{} bytes too many", rest.len())));
        }
        if bits.max().is_some_and(|max| max > 1 << 31) {
            return Err(corrupt(&"a member is not a revision"));
        }
        Ok(Self { bits })
    }
}

fn not_a_rev(rev: Rev) -> Error {
    Error::Invalid(format!(
        "{rev} is not a revision: only -1, for null, is below 0"
    ))
}

impl fmt::Debug for RevSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
