// SPDX-License-Identifier: GPL-2.0-or-later

//! The lines of a text.

use std::ops::Range;

use memchr::memchr_iter;

/// The lines of a text, each with its newline, which the last one may lack.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a [u8],
    /// Where each line ends.
    ends: Vec<u32>,
}

impl<'a> Lines<'a> {
    /// Splits a text after each newline. Takes time and memory linear in it.
    ///
    /// # Panics
    /// If the text has 2³² bytes or more; Mercurial stores none of 2³¹.
    pub fn new(text: &'a [u8]) -> Lines<'a> {
        let len = u32::try_from(text.len()).expect("a text shorter than 4 GiB");
        let mut ends: Vec<u32> = memchr_iter(b'\n', text).map(|at| at as u32 + 1).collect();
        if ends.last().copied().unwrap_or(0) < len {
            ends.push(len);
        }
        Lines { text, ends }
    }

    /// Returns how many lines there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the text.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Returns a line.
    ///
    /// # Panics
    /// If there is none of this index.
    pub fn line(&self, index: usize) -> &'a [u8] {
        &self.text[self.start(index)..self.ends[index] as usize]
    }

    /// Returns the lines of a range as one text; where the range goes beyond the last line, those
    /// that there are.
    pub fn range(&self, range: Range<usize>) -> &'a [u8] {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        &self.text[self.start(start)..self.start(end)]
    }

    /// Returns the lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.len()).map(|index| self.line(index))
    }

    /// Returns whether the last line has no newline. That of an empty text has none.
    pub fn lacks_newline(&self) -> bool {
        self.text.last() != Some(&b'\n')
    }

    fn start(&self, index: usize) -> usize {
        index
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_their_newlines() {
        for (text, expected) in [
            (&b""[..], &[][..]),
            (b"\n", &[&b"\n"[..]][..]),
            (b"a", &[b"a"]),
            (b"a\n\nb", &[b"a\n", b"\n", b"b"]),
            (b"a\r\nb\n", &[b"a\r\n", b"b\n"]),
        ] {
            let lines = Lines::new(text);
            assert_eq!(lines.iter().collect::<Vec<_>>(), expected);
            assert_eq!(lines.range(0..9), text);
        }
        let lines = Lines::new(b"a\nb\nc");
        assert_eq!(lines.range(1..2), b"b\n");
        assert_eq!(lines.range(1..3), b"b\nc");
        assert_eq!((lines.range(2..2), lines.range(5..7)), (&b""[..], &b""[..]));
    }
}
