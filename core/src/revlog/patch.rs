// SPDX-License-Identifier: GPL-2.0-or-later

//! Applying a chain of deltas to a text.
//!
//! A delta is a sequence of hunks: three big-endian numbers of four bytes,
//! `start`, `end` and `length`, and then that many bytes, which take the place
//! of the source's bytes from `start` to `end`. Hunks are in ascending order and
//! do not overlap; what is between them stays as it is.
//!
//! Applying one delta after the other would copy the whole text for each. Here
//! a delta becomes a list of *pieces*, which say in the order of its result
//! where the bytes come from: the source, or a delta. Lists are merged two by
//! two until one is left, that says how the last text is made of the first one.
//! So the work is linear in the text, and in the number of hunks times the
//! logarithm of the number of deltas.

use std::fmt::Display;

use crate::error::FileKind;
use crate::{Error, Result};

/// No text is longer: its length is recorded as a signed number of 32 bits.
pub const MAX_TEXT: usize = i32::MAX as usize;

/// `Piece::from` of bytes that are in the text that deltas apply to.
const SOURCE: u32 = 0;

const HUNK_HEADER: usize = 12;

/// Bytes of a result, and where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// [`SOURCE`], or n for the n-th delta, counted from 1.
    from: u32,
    at: u32,
    len: u32,
}

/// Applies deltas, the first one to `text`, each other one to the result of the
/// one before it.
///
/// The result is allocated once, after everything was checked, and is no longer
/// than `text` and `deltas` are together. Takes time linear in their lengths,
/// times log(number of deltas) for the hunks, which have 12 bytes at least.
///
/// # Errors
/// [`Error::Corrupt`], with `name`, if a delta ends within a hunk, or a hunk is
/// not where it can be; [`Error::Unsupported`] if a text gets longer than
/// [`MAX_TEXT`].
pub fn apply(text: &[u8], deltas: &[impl AsRef<[u8]>], name: &dyn Display) -> Result<Vec<u8>> {
    let mut result = Vec::new();
    apply_into(text, deltas, name, &mut result)?;
    Ok(result)
}

/// Does what [`apply`] does into a buffer, whose content is replaced.
///
/// For texts of some hundred kilobytes, to get new memory takes longer than to fill it.
pub(super) fn apply_into(
    text: &[u8],
    deltas: &[impl AsRef<[u8]>],
    name: &dyn Display,
    result: &mut Vec<u8>,
) -> Result<()> {
    result.clear();
    let mut lists = Vec::with_capacity(deltas.len());
    let mut len = text.len();
    for (delta, number) in deltas.iter().zip(1..) {
        let list = decode(delta.as_ref(), number, len).map_err(|reason| {
            Error::corrupt(FileKind::Revlog, name, format!("delta {number} {reason}"))
        })?;
        len = length(&list);
        if len > MAX_TEXT || text.len() > MAX_TEXT {
            let reason = format!("a text of {len} bytes is not supported");
            return Err(Error::unsupported(FileKind::Revlog, name, reason));
        }
        lists.push(list);
    }
    let Some(list) = merge_all(lists) else {
        result.extend_from_slice(text);
        return Ok(());
    };
    result.reserve(len);
    for piece in list {
        let bytes = match piece.from {
            SOURCE => text,
            number => deltas[number as usize - 1].as_ref(),
        };
        result.extend_from_slice(&bytes[piece.at as usize..][..piece.len as usize]);
    }
    Ok(())
}

/// Returns the bytes that a delta's hunks put in, one after the other.
///
/// # Errors
/// [`Error::Corrupt`], with `name`, if it ends within a hunk.
pub(super) fn put(delta: &[u8], name: &dyn Display) -> Result<Vec<u8>> {
    let (mut put, mut rest) = (Vec::with_capacity(delta.len()), delta);
    while !rest.is_empty() {
        let bytes = hunk(rest).and_then(|(_, _, len)| rest[HUNK_HEADER..].split_at_checked(len));
        let Some((bytes, after)) = bytes else {
            let reason = "its delta ends within a hunk";
            return Err(Error::corrupt(FileKind::Revlog, name, reason));
        };
        put.extend_from_slice(bytes);
        rest = after;
    }
    Ok(put)
}

/// Returns how many bytes pieces make.
fn length(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.len as usize).sum()
}

/// Returns the pieces of the result of a delta that applies to `source_len` bytes.
///
/// All pieces lie within the source and the delta, and those of the source are
/// in ascending order.
fn decode(delta: &[u8], number: u32, source_len: usize) -> Result<Vec<Piece>, String> {
    if delta.len() > MAX_TEXT {
        return Err(format!("is {} bytes long", delta.len()));
    }
    let mut pieces = Vec::new();
    let (mut at, mut done) = (0, 0);
    while at < delta.len() {
        let Some((start, end, len)) = hunk(&delta[at..]) else {
            return Err(format!("ends within the header of the hunk at {at}"));
        };
        if start < done || end < start || end > source_len {
            return Err(format!(
                "replaces bytes {start} to {end} of {source_len}, of which {done} are passed"
            ));
        }
        let data = at + HUNK_HEADER;
        if len > delta.len() - data {
            return Err(format!("ends within the hunk at {at}"));
        }
        push(&mut pieces, SOURCE, done, start - done);
        push(&mut pieces, number, data, len);
        (at, done) = (data + len, end);
    }
    push(&mut pieces, SOURCE, done, source_len - done);
    Ok(pieces)
}

/// Returns the numbers of a hunk; those that would be negative are beyond every length.
fn hunk(bytes: &[u8]) -> Option<(usize, usize, usize)> {
    let (numbers, _) = bytes.get(..HUNK_HEADER)?.as_chunks::<4>();
    let number = |i: usize| u32::from_be_bytes(numbers[i]) as usize;
    Some((number(0), number(1), number(2)))
}

/// Appends a piece, to the last one if it continues that.
fn push(pieces: &mut Vec<Piece>, from: u32, at: usize, len: usize) {
    if len == 0 {
        return;
    }
    // Both are at most MAX_TEXT.
    let (at, len) = (at as u32, len as u32);
    match pieces.last_mut() {
        Some(last) if last.from == from && last.at + last.len == at => last.len += len,
        _ => pieces.push(Piece { from, at, len }),
    }
}

/// Returns one list for all, `None` if there are none.
fn merge_all(mut lists: Vec<Vec<Piece>>) -> Option<Vec<Piece>> {
    while lists.len() > 1 {
        let mut merged = Vec::with_capacity(lists.len().div_ceil(2));
        let mut rest = lists.into_iter();
        while let Some(first) = rest.next() {
            merged.push(match rest.next() {
                Some(second) => merge(&first, &second),
                None => first,
            });
        }
        lists = merged;
    }
    lists.pop()
}

/// Returns the pieces of the second list's result, with the first list's in place of
/// its source. Linear in both lengths.
fn merge(first: &[Piece], second: &[Piece]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(first.len() + second.len());
    // Pieces of the source come in ascending order, so one walk will do.
    let mut parts = first.iter();
    let mut part = parts.next();
    let mut part_at = 0;
    for piece in second {
        if piece.from != SOURCE {
            push(
                &mut pieces,
                piece.from,
                piece.at as usize,
                piece.len as usize,
            );
            continue;
        }
        let (mut at, end) = (piece.at, piece.at + piece.len);
        while let Some(current) = part.filter(|_| at < end) {
            let part_end = part_at + current.len;
            if at < part_end {
                let stop = end.min(part_end);
                let skipped = at - part_at;
                let (from, len) = (current.at + skipped, stop - at);
                push(&mut pieces, current.from, from as usize, len as usize);
                at = stop;
            }
            // The next piece may take more of a part that is not used up.
            if part_end > end {
                break;
            }
            part_at = part_end;
            part = parts.next();
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(hunks: &[(u32, u32, &str)]) -> Vec<u8> {
        let mut delta = Vec::new();
        for (start, end, new) in hunks {
            for number in [*start, *end, new.len() as u32] {
                delta.extend(number.to_be_bytes());
            }
            delta.extend(new.as_bytes());
        }
        delta
    }

    fn applied(text: &str, deltas: &[Vec<u8>]) -> Result<String> {
        apply(text.as_bytes(), deltas, &"test").map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn nothing_to_apply() {
        assert_eq!(applied("abc", &[]).unwrap(), "abc");
        assert_eq!(applied("abc", &[vec![], vec![]]).unwrap(), "abc");
        assert_eq!(applied("", &[vec![]]).unwrap(), "");
    }

    #[test]
    fn one_delta() {
        let change = delta(&[(0, 0, "<"), (1, 2, "B"), (3, 3, ">")]);
        assert_eq!(applied("abc", &[change]).unwrap(), "<aBc>");
        assert_eq!(applied("abc", &[delta(&[(0, 3, "")])]).unwrap(), "");
        // Hunks may touch, and change nothing.
        let touching = delta(&[(1, 1, "x"), (1, 1, ""), (1, 2, "y"), (2, 2, "z")]);
        assert_eq!(applied("abc", &[touching]).unwrap(), "axyzc");
    }

    #[test]
    fn what_a_delta_puts_in() {
        let change = delta(&[(0, 0, "<"), (1, 2, ""), (3, 3, "end")]);
        assert_eq!(put(&change, &"test").unwrap(), b"<end");
        assert_eq!(put(b"", &"test").unwrap(), b"");
        assert!(put(&change[..change.len() - 1], &"test").is_err());
        assert!(put(&change[..5], &"test").is_err());
    }

    #[test]
    fn a_chain_refers_to_what_came_before() {
        let chain = [
            delta(&[(3, 3, "defghi")]),
            delta(&[(4, 8, "-")]),
            delta(&[(0, 1, ""), (2, 5, "[]")]),
            delta(&[(0, 0, "begin "), (4, 4, " end")]),
        ];
        assert_eq!(applied("abc", &chain[..1]).unwrap(), "abcdefghi");
        assert_eq!(applied("abc", &chain[..2]).unwrap(), "abcd-i");
        assert_eq!(applied("abc", &chain[..3]).unwrap(), "b[]i");
        assert_eq!(applied("abc", &chain).unwrap(), "begin b[]i end");
    }

    #[test]
    fn adjacent_pieces_become_one() {
        let first = decode(&delta(&[(2, 2, "xxxx")]), 1, 5).unwrap();
        let second = decode(&delta(&[(2, 6, "")]), 2, 9).unwrap();
        let whole = Piece {
            from: SOURCE,
            at: 0,
            len: 5,
        };
        assert_eq!(merge(&first, &second), [whole]);
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        let long = u32::MAX.to_be_bytes();
        for bad in [
            vec![0],
            delta(&[(0, 0, "abc")])[..14].to_vec(),
            delta(&[(0, 0, "abc")])[..11].to_vec(),
            delta(&[(2, 1, "")]),
            delta(&[(0, 4, "")]),
            delta(&[(4, 4, "")]),
            delta(&[(1, 2, ""), (1, 3, "")]),
            [&[0; 8], &long[..]].concat(),
            [&long[..], &long, &[0; 4]].concat(),
            [&[0; 4], &long[..], &[0; 4]].concat(),
        ] {
            let error = applied("abc", &[vec![], bad]).unwrap_err();
            assert!(matches!(error, Error::Corrupt { .. }), "{error}");
            assert!(error.to_string().starts_with("test: delta 2 "), "{error}");
        }
    }
}
