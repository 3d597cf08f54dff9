// SPDX-License-Identifier: GPL-2.0-or-later

//! The map from nodes to revisions that Mercurial keeps beside a revlog's index.
//!
//! Repositories with the requirement `persistent-nodemap` have it
//! (`mercurial/revlogutils/nodemap.py`). A docket, `00changelog.n`, names a file of data; all
//! numbers are big-endian:
//!
//! | bytes | content |
//! | --- | --- |
//! | 0 | 1, the version |
//! | 1 | the length of the identifier in the data file's name |
//! | 2–9 | the last revision that the map has |
//! | 10–25 | the length of the data, and how much of it is out of use |
//! | 26–33 | the length of that revision's node |
//! | 34– | the identifier, and the node |
//!
//! The data, `00changelog-IDENTIFIER.nd`, are blocks of 16 numbers of 32 bits, one for each
//! hexadecimal digit that may come next in a node. From the last block on, for the first digit,
//! they tell the number of the next block, or, below −1, the revision r as −(r + 2); −1 stands
//! for no node.

use std::path::Path;

use crate::error::FileKind;
use crate::platform::bytes::Bytes;
use crate::platform::files;
use crate::{Node, Result, Rev};

const VERSION: u8 = 1;
const HEADER: usize = 34;
/// Bytes that no docket has.
const DOCKET_LIMIT: u64 = 1 << 12;
/// The bytes of a block.
const BLOCK: usize = 64;
/// What stands for no node, and what a revision is added to.
const NOTHING: i32 = -1;
const OFFSET: i64 = 2;

/// A map that was valid when it was opened.
#[derive(Debug)]
pub struct NodemapFile {
    data: Bytes,
    /// The bytes of the data that count.
    len: usize,
    /// How many revisions the map has, from the first one on.
    covered: usize,
}

/// What a docket says.
#[derive(Debug, PartialEq, Eq)]
struct Docket<'d> {
    id: &'d str,
    tip: usize,
    len: usize,
    node: Node,
}

impl<'d> Docket<'d> {
    /// Reads a docket; `None` for another version and for what makes no sense.
    fn parse(docket: &'d [u8]) -> Option<Docket<'d>> {
        let (header, rest) = docket.split_at_checked(HEADER)?;
        let number = |at: usize| {
            let bytes = header[at..at + 8].try_into().expect("8 bytes");
            usize::try_from(u64::from_be_bytes(bytes)).ok()
        };
        let (id, rest) = rest.split_at_checked(header[1].into())?;
        let node = Node::try_from(rest.get(..number(26)?)?).ok()?;
        let is_id = !id.is_empty() && id.iter().all(u8::is_ascii_alphanumeric);
        (header[0] == VERSION && is_id).then_some(Docket {
            id: str::from_utf8(id).ok()?,
            tip: number(2)?,
            len: number(10)?,
            node,
        })
    }
}

impl NodemapFile {
    /// Opens the map of the revlog with this index, which has `len` revisions; `node` reads the
    /// node of one of them.
    ///
    /// Returns `None` where there is none that is of this history, which is no error: Mercurial
    /// makes another one some day.
    pub(super) fn open(
        index: &Path,
        len: usize,
        node: impl Fn(Rev) -> Result<Node>,
    ) -> Option<NodemapFile> {
        let docket = index.with_extension("n");
        let docket = files::read_if_there(FileKind::Revlog, &docket, DOCKET_LIMIT);
        let docket = docket.ok()??;
        let docket = Docket::parse(&docket)?;
        let is_valid = docket.tip < len && node(Rev::from_index(docket.tip)).ok()? == docket.node;
        if !is_valid {
            return None;
        }
        let stem = index.file_stem()?.to_str()?;
        let name = format!("{stem}-{}.nd", docket.id);
        let parse = |_: &[u8]| Ok(());
        let (data, ()) =
            Bytes::open(FileKind::Revlog, &index.with_file_name(name), parse).ok()??;
        NodemapFile::new(&docket, data)
    }

    /// Returns the map that a docket and data make; `None` if they do not fit.
    pub fn from_bytes(docket: &[u8], data: Vec<u8>) -> Option<NodemapFile> {
        NodemapFile::new(&Docket::parse(docket)?, Bytes::Owned(data))
    }

    fn new(docket: &Docket<'_>, data: Bytes) -> Option<NodemapFile> {
        let is_whole = docket.len <= data.get().len() && docket.len.is_multiple_of(BLOCK);
        (is_whole && docket.len > 0).then_some(NodemapFile {
            data,
            len: docket.len,
            covered: docket.tip.checked_add(1)?,
        })
    }

    /// Returns how many revisions the map has, from the first one on.
    pub fn covered(&self) -> usize {
        self.covered
    }

    /// Returns the one revision in the map that may have a node, `None` if it has none; an error
    /// if the map makes no sense, or was cut short.
    ///
    /// Takes time in the order of the digits that tell nodes apart.
    pub fn candidate(&self, node: &Node) -> std::result::Result<Option<Rev>, Broken> {
        let data = &self.data.get()[..self.len];
        let (blocks, _) = data.as_chunks::<BLOCK>();
        let mut block = blocks.last().ok_or(Broken)?;
        let digits = node
            .as_bytes()
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15]);
        for digit in digits {
            let at = usize::from(digit) * 4;
            let bytes = block[at..at + 4].try_into().expect("4 bytes");
            let next = i32::from_be_bytes(bytes);
            if next == NOTHING && !self.data.torn() {
                return Ok(None);
            }
            let Ok(next) = usize::try_from(next) else {
                let rev = usize::try_from(-(i64::from(next) + OFFSET)).map_err(|_| Broken)?;
                let is_there = rev < self.covered;
                return is_there.then(|| Some(Rev::from_index(rev))).ok_or(Broken);
            };
            block = blocks.get(next).ok_or(Broken)?;
        }
        Err(Broken)
    }
}

/// Says that a map makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

#[cfg(test)]
mod tests {
    use super::*;

    fn docket(version: u8, id: &[u8], tip: u64, len: u64, node: &[u8]) -> Vec<u8> {
        let mut docket = vec![version, id.len() as u8];
        for number in [tip, len, 0, node.len() as u64] {
            docket.extend(number.to_be_bytes());
        }
        [&docket, id, node].concat()
    }

    #[test]
    fn dockets() {
        let good = docket(1, b"0a", 5, 128, &[7; 20]);
        let parsed = Docket::parse(&good).unwrap();
        assert_eq!((parsed.id, parsed.tip, parsed.len), ("0a", 5, 128));
        assert_eq!(parsed.node, Node::from([7; 20]));
        for len in 0..good.len() {
            assert_eq!(Docket::parse(&good[..len]), None);
        }
        for bad in [
            docket(2, b"0a", 5, 128, &[7; 20]),
            docket(1, b"", 5, 128, &[7; 20]),
            docket(1, b"../a", 5, 128, &[7; 20]),
            docket(1, b"0a", 5, 128, &[7; 32]),
        ] {
            assert_eq!(Docket::parse(&bad), None);
        }
    }

    fn map(blocks: &[[i32; 16]], covered: usize) -> NodemapFile {
        let numbers = blocks.iter().flatten();
        let data: Vec<u8> = numbers.flat_map(|number| number.to_be_bytes()).collect();
        NodemapFile {
            len: data.len(),
            data: Bytes::Owned(data),
            covered,
        }
    }

    #[test]
    fn candidates() {
        let (mut below, mut root) = ([NOTHING; 16], [NOTHING; 16]);
        (below[1], below[2]) = (-2, -5);
        (root[15], root[3]) = (0, -3);
        let map = map(&[below, root], 4);
        let candidate = |first: u8| {
            let mut node = [0; 20];
            node[0] = first;
            map.candidate(&Node::from(node))
        };
        assert_eq!(candidate(0xf1), Ok(Some(Rev::from_index(0))));
        assert_eq!(candidate(0xf2), Ok(Some(Rev::from_index(3))));
        assert_eq!(candidate(0x30), Ok(Some(Rev::from_index(1))));
        assert_eq!(candidate(0xf0), Ok(None));
        assert_eq!(candidate(0x00), Ok(None));
    }

    #[test]
    fn maps_that_make_no_sense() {
        let zero = Node::from([0; 20]);
        // For ever in a circle, beyond the end, and revisions that there are not.
        for first in [0, 1, -6, i32::MIN] {
            assert_eq!(map(&[[first; 16]], 4).candidate(&zero), Err(Broken));
        }
        assert_eq!(map(&[], 4).candidate(&zero), Err(Broken));
    }
}
