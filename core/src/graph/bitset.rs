// SPDX-License-Identifier: GPL-2.0-or-later

//! Dense sets of revisions: one bit each, the null revision included.
//!
//! Revision numbers are dense and a parent's number is smaller than its child's,
//! so most questions about a history are one descending pass over such a set:
//! take the highest member not yet visited, put its parents in, go on. The null
//! revision has a bit of its own (bit 0; revision `r` is bit `r + 1`), so that
//! putting parents in needs no test for "no parent".

use std::ops::ControlFlow;

use crate::Rev;

const BITS: usize = u64::BITS as usize;

/// A set of the revisions from -1 up to a fixed limit, as bits.
///
/// Adding or asking for a revision beyond the limit is a programming error and
/// panics, except in [`BitSet::contains`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BitSet {
    words: Vec<u64>,
}

impl BitSet {
    /// Returns an empty set for the revisions below `limit`. O(limit / 64).
    pub fn new(limit: usize) -> Self {
        Self {
            words: vec![0; limit / BITS + 1],
        }
    }

    /// Returns the set of all revisions from 0 up to `limit`, exclusive.
    pub fn full(limit: usize) -> Self {
        let mut set = Self {
            words: vec![u64::MAX; limit / BITS + 1],
        };
        if let Some(last) = set.words.last_mut() {
            *last = u64::MAX >> (BITS - 1 - limit % BITS);
        }
        set.words[0] &= !1;
        set
    }

    /// Adds a revision.
    #[inline(always)]
    pub fn insert(&mut self, rev: Rev) {
        let slot = rev.slot();
        self.words[slot / BITS] |= 1 << (slot % BITS);
    }

    /// Adds both parents.
    #[inline(always)]
    pub fn insert_both(&mut self, parents: [Rev; 2]) {
        self.insert(parents[0]);
        self.insert(parents[1]);
    }

    /// Takes a revision out.
    #[inline(always)]
    pub fn remove(&mut self, rev: Rev) {
        let slot = rev.slot();
        self.words[slot / BITS] &= !(1 << (slot % BITS));
    }

    /// Returns whether `rev` is a member; false for anything outside the limits.
    #[inline(always)]
    pub fn contains(&self, rev: Rev) -> bool {
        let slot = rev.slot();
        self.words
            .get(slot / BITS)
            .is_some_and(|word| word >> (slot % BITS) & 1 != 0)
    }

    /// Returns how many members there are. O(limit / 64).
    pub fn len(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Returns whether there is no member. O(limit / 64).
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// Returns the highest member below `end` (exclusive). O(distance / 64).
    #[inline]
    pub fn last_below(&self, end: Rev) -> Option<Rev> {
        let end = end.slot();
        let mut at = end / BITS;
        let mut word = match self.words.get(at) {
            Some(word) => word & ((1 << (end % BITS)) - 1),
            None => {
                at = self.words.len();
                0
            }
        };
        while word == 0 {
            at = at.checked_sub(1)?;
            word = self.words[at];
        }
        Some(Rev::from_slot(
            at * BITS + BITS - 1 - word.leading_zeros() as usize,
        ))
    }

    /// Returns the lowest member not below `start`. O(distance / 64).
    #[inline]
    pub fn first_from(&self, start: Rev) -> Option<Rev> {
        let start = start.slot();
        let mut at = start / BITS;
        let mut word = self.words.get(at)? & (u64::MAX << (start % BITS));
        while word == 0 {
            at += 1;
            word = *self.words.get(at)?;
        }
        Some(Rev::from_slot(at * BITS + word.trailing_zeros() as usize))
    }

    /// Visits the members below `end` from the highest down to `start`. `visit` may
    /// insert members lower than the one it is at, and will then be called for
    /// them. O(range / 64 + members).
    #[inline(always)]
    pub fn descend<B>(
        &mut self,
        end: Rev,
        start: Rev,
        mut visit: impl FnMut(&mut Self, Rev) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let (end, start) = (end.slot().min(self.words.len() * BITS), start.slot());
        if end <= start {
            return ControlFlow::Continue(());
        }
        let last = start / BITS;
        let mut at = (end - 1) / BITS;
        let mut allowed = u64::MAX >> (BITS - 1 - (end - 1) % BITS);
        loop {
            let lowest = if at == last { start % BITS } else { 0 };
            allowed &= u64::MAX << lowest;
            // the word is read again after each visit: a parent may be in it
            while let word @ 1.. = self.words[at] & allowed {
                let mut bit = BITS - 1 - word.leading_zeros() as usize;
                // Members come in runs. Going on by one while the next is a member
                // as well, the processor need not wait for what a visit puts in
                // before it starts the next: it bets on the branch.
                loop {
                    visit(self, Rev::from_slot(at * BITS + bit))?;
                    if bit == lowest || self.words[at] >> (bit - 1) & 1 == 0 {
                        break;
                    }
                    bit -= 1;
                }
                allowed &= (1 << bit) - 1;
            }
            if at == last {
                return ControlFlow::Continue(());
            }
            at -= 1;
            allowed = u64::MAX;
        }
    }

    /// Iterates over the members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = Rev> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)))
                .take_while(|&word| word != 0)
                .map(move |word| Rev::from_slot(at * BITS + word.trailing_zeros() as usize))
        })
    }

    /// Returns the members in ascending order, in a vector of exactly their number.
    pub fn to_vec(&self) -> Vec<Rev> {
        let mut members = Vec::with_capacity(self.len());
        for (at, &word) in self.words.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                members.push(Rev::from_slot(at * BITS + word.trailing_zeros() as usize));
                word &= word - 1;
            }
        }
        members
    }

    /// Takes out every revision from `rev` up.
    pub fn remove_from(&mut self, rev: Rev) {
        let slot = rev.slot();
        if let Some(word) = self.words.get_mut(slot / BITS) {
            *word &= (1 << (slot % BITS)) - 1;
            self.words[slot / BITS + 1..].fill(0);
        }
    }

    /// Adds every member of `other`, whose limit must not be higher.
    pub fn union_with(&mut self, other: &BitSet) {
        debug_assert!(self.words.len() >= other.words.len());
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word |= theirs;
        }
    }

    /// Takes out every member of `other`.
    pub fn subtract(&mut self, other: &BitSet) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word &= !theirs;
        }
    }

    /// Takes out every revision that is not a member of `other`.
    pub fn intersect(&mut self, other: &BitSet) {
        let shared = self.words.len().min(other.words.len());
        self.words[shared..].fill(0);
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word &= theirs;
        }
    }

    /// Returns the words: bit `i` of word `w` is revision `64 * w + i - 1`.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Takes out the null revision.
    pub fn remove_null(&mut self) {
        self.remove(Rev::NULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revs(numbers: impl IntoIterator<Item = i32>) -> Vec<Rev> {
        numbers.into_iter().map(Rev::new).collect()
    }

    #[test]
    fn full_has_everything_but_null() {
        for limit in [0, 1, 62, 63, 64, 65, 127, 128, 1000] {
            let full = BitSet::full(limit);
            assert_eq!(full.len(), limit, "{limit}");
            assert_eq!(full.to_vec(), revs(0..limit as i32));
            assert_eq!(full.iter().collect::<Vec<_>>(), full.to_vec());
        }
    }

    #[test]
    fn neighbours() {
        let mut set = BitSet::new(300);
        for rev in revs([-1, 0, 62, 63, 64, 200, 299]) {
            set.insert(rev);
        }
        let last_below = |end| set.last_below(Rev::new(end)).map(Rev::get);
        let first_from = |start| set.first_from(Rev::new(start)).map(Rev::get);
        assert_eq!(last_below(300), Some(299));
        assert_eq!(last_below(100_000), Some(299));
        assert_eq!(last_below(299), Some(200));
        assert_eq!(last_below(63), Some(62));
        assert_eq!(last_below(0), Some(-1));
        assert_eq!(last_below(-1), None);
        assert_eq!(first_from(-1), Some(-1));
        assert_eq!(first_from(65), Some(200));
        assert_eq!(first_from(300), None);
        assert!(!set.contains(Rev::new(100_000)));
    }

    #[test]
    fn descending_sees_what_it_puts_in() {
        let mut set = BitSet::new(200);
        set.insert(Rev::new(150));
        let mut seen = Vec::new();
        let _ = set.descend::<()>(Rev::new(200), Rev::new(10), |set, rev| {
            seen.push(rev);
            set.insert(Rev::new((rev.get() - 31).max(0)));
            ControlFlow::Continue(())
        });
        assert_eq!(seen, revs([150, 119, 88, 57, 26]));
        assert!(set.contains(Rev::FIRST) && !set.contains(Rev::new(-5)));
    }
}
