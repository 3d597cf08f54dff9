// SPDX-License-Identifier: GPL-2.0-or-later

//! Sets of bytes.

/// A set of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Set([u64; 4]);

impl Set {
    pub(super) fn one(byte: u8) -> Set {
        let mut set = Set::default();
        set.add(byte);
        set
    }

    pub(super) fn of(bytes: impl IntoIterator<Item = u8>) -> Set {
        let mut set = Set::default();
        bytes.into_iter().for_each(|byte| set.add(byte));
        set
    }

    pub(super) fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    pub(super) fn union(&self, other: &Set) -> Set {
        Set(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub(super) fn complement(&self) -> Set {
        Set(self.0.map(|word| !word))
    }

    /// Returns the set with both cases of its ASCII letters.
    pub(super) fn any_case(&self) -> Set {
        let mut set = *self;
        for lower in b'a'..=b'z' {
            let upper = lower.to_ascii_uppercase();
            if self.contains(lower) || self.contains(upper) {
                set.add(lower);
                set.add(upper);
            }
        }
        set
    }

    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=255).filter(|&byte| self.contains(byte))
    }

    /// Returns the first and last bytes of the runs that the set consists of.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (u8, u8)> + '_ {
        let mut at = 0_u16;
        std::iter::from_fn(move || {
            let has = |byte: u16| self.contains(byte as u8);
            let first = (at..256).find(|&byte| has(byte))?;
            let end = (first..256).find(|&byte| !has(byte)).unwrap_or(256);
            at = end;
            Some((first as u8, (end - 1) as u8))
        })
    }

    /// Returns the byte of a set that has only one.
    pub(super) fn single(&self) -> Option<u8> {
        let count: u32 = self.0.iter().map(|word| word.count_ones()).sum();
        let word = self.0.iter().position(|&word| word != 0)?;
        let byte = word as u32 * 64 + self.0[word].trailing_zeros();
        (count == 1).then_some(byte as u8)
    }
}

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes: Vec<u8> = self.bytes().collect();
        write!(f, "[{}]", bytes.escape_ascii())
    }
}
