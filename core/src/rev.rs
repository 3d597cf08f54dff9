// SPDX-License-Identifier: GPL-2.0-or-later

//! Revision numbers.

use std::fmt;
use std::ops::Range;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A revision number: a revision's position in the index, or [`Rev::NULL`].
///
/// Any number of 32 bits can be given for one. Whoever is asked about a revision looks
/// whether it is there ([`check_rev`](crate::error::check_rev)).
///
/// Revisions side by side are native `i32`s in memory, and can be taken for that, or for
/// *packed* revisions, without a copy.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(transparent)]
pub struct Rev(i32);

impl Rev {
    /// The revision that stands for "none", as where there is no parent: -1.
    pub const NULL: Rev = Rev(-1);

    /// The first revision of every history.
    pub const FIRST: Rev = Rev(0);

    /// The highest number.
    pub const MAX: Rev = Rev(i32::MAX);

    /// Returns the revision of a number.
    #[inline(always)]
    pub const fn new(number: i32) -> Rev {
        Rev(number)
    }

    /// Returns the number.
    #[inline(always)]
    pub const fn get(self) -> i32 {
        self.0
    }

    /// Returns the revision at a position, which is below `i32::MAX`.
    #[inline(always)]
    pub const fn from_index(index: usize) -> Rev {
        debug_assert!(index <= i32::MAX as usize);
        Rev(index as i32)
    }

    /// Returns the position; that of the null revision is beyond the end of any array.
    #[inline(always)]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Returns the revision in the place of an array that begins with the null revision.
    #[inline(always)]
    pub(crate) const fn from_slot(slot: usize) -> Rev {
        Rev((slot as u32).wrapping_sub(1) as i32)
    }

    /// Returns the place in an array that begins with the null revision.
    #[inline(always)]
    pub(crate) const fn slot(self) -> usize {
        (self.0 as u32).wrapping_add(1) as usize
    }

    /// Returns whether this is the null revision.
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == Rev::NULL.0
    }

    /// Returns the revision after this one, which is not the highest.
    #[inline(always)]
    pub const fn next(self) -> Rev {
        Rev(self.0 + 1)
    }

    /// Returns the revision before this one, which is not the null revision.
    #[inline(always)]
    pub const fn before(self) -> Rev {
        Rev(self.0 - 1)
    }

    /// Returns by how much this number is higher than that of `floor`, which is not higher.
    #[inline(always)]
    pub(crate) const fn above(self, floor: Rev) -> usize {
        debug_assert!(self.0 >= floor.0);
        (self.0 - floor.0) as usize
    }

    /// Iterates over the revisions of a range, ascending.
    #[inline(always)]
    pub fn range(revs: Range<Rev>) -> impl DoubleEndedIterator<Item = Rev> + ExactSizeIterator {
        (revs.start.0..revs.end.0).map(Rev)
    }

    /// Returns some revisions as they cross the border to Python: each as four bytes in this
    /// machine's order. Nothing is copied.
    pub fn packed(revs: &[Rev]) -> &[u8] {
        revs.as_bytes()
    }

    /// Returns the revisions of packed ones, `None` if these are no whole number of them.
    pub fn unpacked(packed: &[u8]) -> Option<Vec<Rev>> {
        let len = packed.len() / size_of::<Rev>();
        let mut revs = vec![Rev::NULL; len];
        let whole = revs.as_mut_bytes();
        (whole.len() == packed.len()).then(|| whole.copy_from_slice(packed))?;
        Some(revs)
    }

    /// Returns the numbers of some revisions. Nothing is copied.
    pub fn as_numbers(revs: &[Rev]) -> &[i32] {
        zerocopy::transmute_ref!(revs)
    }

    /// Returns the revisions of some numbers. Nothing is copied.
    pub fn from_numbers(numbers: &[i32]) -> &[Rev] {
        zerocopy::transmute_ref!(numbers)
    }
}

impl From<i32> for Rev {
    fn from(number: i32) -> Rev {
        Rev(number)
    }
}

impl From<Rev> for i32 {
    fn from(rev: Rev) -> i32 {
        rev.0
    }
}

impl From<Rev> for i64 {
    fn from(rev: Rev) -> i64 {
        rev.0.into()
    }
}

impl fmt::Display for Rev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Rev {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_numbers() {
        assert_eq!(Rev::from_index(7).index(), 7);
        assert_eq!(Rev::NULL.next(), Rev::FIRST);
        assert_eq!([0, 1].get(Rev::NULL.index()), None);
        assert_eq!((Rev::NULL.slot(), Rev::MAX.slot()), (0, 1 << 31));
        for rev in [Rev::NULL, Rev::FIRST, Rev::new(7), Rev::MAX] {
            assert_eq!(Rev::from_slot(rev.slot()), rev);
        }
        let revs: Vec<Rev> = Rev::range(Rev::NULL..Rev::new(3)).collect();
        assert_eq!(Rev::as_numbers(&revs), [-1, 0, 1, 2]);
        assert_eq!(Rev::from_numbers(&[-1, 0, 1, 2]), revs);
        assert_eq!(Rev::packed(&revs)[4..8], 0i32.to_ne_bytes());
        assert_eq!(Rev::unpacked(Rev::packed(&revs)).as_ref(), Some(&revs));
        assert_eq!(Rev::unpacked(&[0; 7]), None);
        assert_eq!(Rev::range(Rev::new(3)..Rev::FIRST).len(), 0);
        assert_eq!(
            format!("{} {:?} {:>3}", Rev::NULL, revs[1], revs[2]),
            "-1 0   1"
        );
    }
}
