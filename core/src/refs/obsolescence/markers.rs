// SPDX-License-Identifier: GPL-2.0-or-later

//! Obsolescence markers as they are stored, in the store's file `obsstore`.
//!
//! The first byte is the version, and the markers follow. All numbers are big-endian. In version 0
//! a marker is
//!
//! | bytes | content |
//! | --- | --- |
//! | 1 | the number of successors |
//! | 4 | the length of the metadata |
//! | 1 | flags |
//! | 20 | the predecessor's node |
//! | 20 each | the successors' nodes |
//! | | metadata: items `key:value` with NULs between them; `date` is among them, and `p1`, `p2`, the predecessor's parents |
//!
//! and in version 1, whose nodes have 32 bytes with flag 2,
//!
//! | bytes | content |
//! | --- | --- |
//! | 4 | the length of the marker |
//! | 8, 2 | the date: seconds as a floating-point number, and minutes west of UTC |
//! | 2 | flags |
//! | 1, 1, 1 | the numbers of successors, of parents, and of items of metadata; with any other number of parents than 1 or 2, none are recorded |
//! | 20 | the predecessor's node |
//! | 20 each | the successors' nodes |
//! | 20 each | the parents' nodes |
//! | 2 each | the lengths of key and value of each item |
//! | | keys and values |

use std::fmt::Display;
use std::sync::Arc;

use crate::error::FileKind;
use crate::text::{float, integer};
use crate::{Error, Node, Result};

/// The flag of a marker that says that its successor takes the place of one that obsoleted
/// a public changeset.
pub const BUMPED_FIX: u16 = 1;
/// The flag of markers with nodes of 32 bytes.
const SHA256: u16 = 2;

/// The beginning of a marker of version 1, up to the nodes.
const HEADER_1: usize = 19;
/// The beginning of a marker of version 0, up to the nodes.
const HEADER_0: usize = 6;

/// Says that a changeset was rewritten.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker<'d> {
    /// The node of what was rewritten. Nodes have 20 bytes, or 32 where they are SHA-256.
    pub predecessor: &'d [u8],
    /// What it was rewritten to: nothing if it was given up, several changesets if it was split.
    pub successors: Vec<&'d [u8]>,
    /// Flags, such as [`BUMPED_FIX`].
    pub flags: u16,
    /// When, in seconds since 1970, UTC.
    pub seconds: f64,
    /// The time zone then, in seconds west of UTC.
    pub offset: i32,
    /// Keys and values, such as the user, in the order of version 1; sorted in version 0.
    pub metadata: Vec<(&'d [u8], &'d [u8])>,
    /// The parents of what was rewritten, if they were recorded.
    pub parents: Option<Vec<Vec<u8>>>,
}

/// All markers of a file.
#[derive(Clone, Debug, Default)]
pub struct Markers {
    data: Arc<Vec<u8>>,
    version: u8,
    /// Where each marker begins.
    starts: Vec<usize>,
}

impl Markers {
    /// Reads the content of `obsstore`, which may be empty; `name` is for messages.
    ///
    /// Takes time linear in its length, and 8 bytes a marker beside it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another version; [`Error::Corrupt`], with the offset, for a
    /// marker that is cut short or makes no sense, as with the null node for a successor.
    pub fn parse(data: impl Into<Arc<Vec<u8>>>, name: &dyn Display) -> Result<Markers> {
        let data = data.into();
        let version = data.first().copied().unwrap_or(1);
        if version > 1 {
            let reason = format!("obsolescence markers of version {version} are not known");
            return Err(Error::unsupported(FileKind::Refs, name, reason));
        }
        let (mut starts, mut at) = (Vec::new(), 1);
        while at < data.len() {
            let read = marker(version, &data[at..]);
            let (_, len) = read.map_err(|what| {
                let reason = format!("the marker at {at} {what}");
                Error::corrupt(FileKind::Refs, name, reason)
            })?;
            starts.push(at);
            at += len;
        }
        Ok(Markers {
            data,
            version,
            starts,
        })
    }

    /// Returns how many markers there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns a marker, `None` if there are not so many. They are in the order of the file.
    pub fn get(&self, at: usize) -> Option<Marker<'_>> {
        let start = *self.starts.get(at)?;
        marker(self.version, &self.data[start..])
            .ok()
            .map(|read| read.0)
    }

    /// Returns all markers, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = Marker<'_>> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

/// The marker at the beginning of some bytes, and its length; or what is wrong with it.
type Read<'d> = std::result::Result<(Marker<'d>, usize), &'static str>;

fn marker(version: u8, data: &[u8]) -> Read<'_> {
    let read = match version {
        0 => version_0(data)?,
        _ => version_1(data)?,
    };
    let null: &[u8] = Node::NULL.as_bytes();
    if read.0.successors.contains(&null) {
        return Err("has the null node for a successor");
    }
    Ok(read)
}

const SHORT: &str = "is cut short";

/// Takes bytes off the beginning of others.
fn take<'d>(data: &mut &'d [u8], len: usize) -> std::result::Result<&'d [u8], &'static str> {
    let (taken, rest) = data.split_at_checked(len).ok_or(SHORT)?;
    *data = rest;
    Ok(taken)
}

fn nodes<'d>(
    data: &mut &'d [u8],
    count: usize,
    len: usize,
) -> std::result::Result<Vec<&'d [u8]>, &'static str> {
    Ok(take(data, count * len)?.chunks_exact(len).collect())
}

fn version_0(data: &[u8]) -> Read<'_> {
    let mut rest = data;
    let header = take(&mut rest, HEADER_0)?;
    let (count, flags) = (usize::from(header[0]), u16::from(header[5]));
    let metadata_len = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
    let predecessor = take(&mut rest, Node::LEN)?;
    let successors = nodes(&mut rest, count, Node::LEN)?;
    let text = take(&mut rest, metadata_len as usize)?;
    let mut metadata: Vec<(&[u8], &[u8])> = Vec::new();
    for item in text
        .split(|&byte| byte == 0)
        .filter(|item| !item.is_empty())
    {
        let colon = item.iter().position(|&byte| byte == b':');
        let colon = colon.ok_or("has metadata without a colon")?;
        metadata.push((&item[..colon], &item[colon + 1..]));
    }
    // The last of several with one key counts.
    metadata.reverse();
    metadata.sort_by(|a, b| a.0.cmp(b.0));
    metadata.dedup_by(|later, first| later.0 == first.0);
    let mut pop = |key: &[u8]| {
        let at = metadata.iter().position(|item| item.0 == key)?;
        Some(metadata.remove(at).1)
    };
    let (seconds, offset) = pop(b"date").and_then(date).unwrap_or_default();
    let both = [pop(b"p1"), pop(b"p2")];
    // That there are none is recorded by a parent 0.
    let root = both == [None, None] && pop(b"p0").is_some();
    let marker = Marker {
        predecessor,
        successors,
        flags,
        seconds,
        offset,
        metadata,
        parents: parents(both, root),
    };
    Ok((marker, data.len() - rest.len()))
}

/// Returns a date of version 0: seconds and seconds west of UTC.
fn date(text: &[u8]) -> Option<(f64, i32)> {
    let space = text.iter().position(|&byte| byte == b' ')?;
    let offset = integer(&text[space + 1..])?;
    Some((float(&text[..space])?, offset.try_into().ok()?))
}

/// Returns the parents that version 0 records, `None` if one is not a node.
fn parents(digits: [Option<&[u8]>; 2], root: bool) -> Option<Vec<Vec<u8>>> {
    let node = |digits: &[u8]| Some(Node::from_hex(digits)?.as_bytes().to_vec());
    match digits {
        [None, None] => root.then(Vec::new),
        [Some(p1), None] => Some(vec![node(p1)?]),
        [p1, Some(p2)] => Some(vec![node(p1?)?, node(p2)?]),
    }
}

fn version_1(data: &[u8]) -> Read<'_> {
    let (header, _) = data.split_first_chunk::<HEADER_1>().ok_or(SHORT)?;
    let [
        a,
        b,
        c,
        d,
        seconds @ ..,
        e,
        f,
        g,
        h,
        successors,
        parents,
        items,
    ] = *header;
    let len = u32::from_be_bytes([a, b, c, d]) as usize;
    let offset = i16::from_be_bytes([e, f]);
    let flags = u16::from_be_bytes([g, h]);
    let node_len = if flags & SHA256 != 0 { 32 } else { Node::LEN };
    let mut rest = data.get(HEADER_1..len).ok_or(SHORT)?;
    let predecessor = take(&mut rest, node_len)?;
    let successors = nodes(&mut rest, successors.into(), node_len)?;
    let parents = match parents {
        1 | 2 => Some(nodes(&mut rest, parents.into(), node_len)?),
        _ => None,
    };
    let lengths = take(&mut rest, 2 * usize::from(items))?;
    let mut metadata = Vec::with_capacity(items.into());
    for &[key, value] in lengths.as_chunks::<2>().0 {
        metadata.push((take(&mut rest, key.into())?, take(&mut rest, value.into())?));
    }
    let marker = Marker {
        predecessor,
        successors,
        flags,
        seconds: f64::from_be_bytes(seconds),
        offset: i32::from(offset) * 60,
        metadata,
        parents: parents.map(|nodes| nodes.into_iter().map(<[u8]>::to_vec).collect()),
    };
    Ok((marker, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_1(parents: u8, flags: u16, len: usize) -> Vec<u8> {
        let mut rest = 1.5f64.to_be_bytes().to_vec();
        rest.extend((-90i16).to_be_bytes());
        rest.extend(flags.to_be_bytes());
        rest.extend([2, parents, 1]);
        let nodes = 3 + if parents > 2 { 0 } else { parents };
        rest.extend((0..nodes).flat_map(|n| vec![n + 1; len]));
        rest.extend(b"\x04\x03userme!");
        let mut marker = (rest.len() as u32 + 4).to_be_bytes().to_vec();
        marker.extend(rest);
        marker
    }

    #[test]
    fn markers_of_version_1() {
        let parts = [
            version_1(3, 0, 20),
            version_1(2, 2, 32),
            version_1(1, 1, 20),
        ];
        let data = [&[1][..], &parts.concat()].concat();
        let markers = Markers::parse(data.clone(), &"o").unwrap();
        assert_eq!(markers.len(), 3);
        let first = markers.get(0).unwrap();
        assert_eq!((first.seconds, first.offset), (1.5, -5400));
        assert_eq!(first.metadata, [(&b"user"[..], &b"me!"[..])]);
        assert_eq!((first.predecessor, first.parents), (&[1; 20][..], None));
        assert_eq!(markers.get(1).unwrap().successors, [[2; 32], [3; 32]]);
        let third = markers.get(2).unwrap();
        assert_eq!(
            (third.flags, third.parents),
            (BUMPED_FIX, Some(vec![vec![4; 20]]))
        );
        assert_eq!(markers.iter().count(), 3);
        let ends: Vec<usize> = (0..=3).map(|n| 1 + parts[..n].concat().len()).collect();
        for len in 1..data.len() {
            let cut = Markers::parse(data[..len].to_vec(), &"o");
            assert_eq!(cut.is_ok(), ends.contains(&len), "{len}");
        }
        assert!(Markers::parse(vec![2], &"o").is_err());
        assert!(Markers::parse(Vec::new(), &"o").unwrap().is_empty());
        let mut null = data;
        null[1 + HEADER_1 + 20..][..20].fill(0);
        let error = Markers::parse(null, &"o").unwrap_err().to_string();
        assert_eq!(
            error,
            "o: the marker at 1 has the null node for a successor"
        );
    }

    fn version_0(metadata: &str) -> Result<(f64, i32, usize, Option<usize>)> {
        let mut data = vec![0, 1];
        data.extend((metadata.len() as u32).to_be_bytes());
        data.push(1);
        data.extend([7; 20]);
        data.extend([8; 20]);
        data.extend(metadata.bytes());
        let markers = Markers::parse(data, &"o")?;
        let one = markers.get(0).unwrap();
        assert_eq!(
            (one.predecessor, &one.successors[..]),
            (&[7; 20][..], &[&[8; 20][..]][..])
        );
        let parents = one.parents.as_ref().map(Vec::len);
        Ok((one.seconds, one.offset, one.metadata.len(), parents))
    }

    #[test]
    fn markers_of_version_0() {
        let node = "ab".repeat(20);
        assert_eq!(version_0("").unwrap(), (0.0, 0, 0, None));
        assert_eq!(
            version_0("date:12.5 -60\0user:x").unwrap(),
            (12.5, -60, 1, None)
        );
        assert_eq!(version_0("date:x\0a:1\0\0a:2").unwrap(), (0.0, 0, 1, None));
        assert_eq!(version_0("p0:").unwrap(), (0.0, 0, 0, Some(0)));
        assert_eq!(
            version_0(&format!("p1:{node}")).unwrap(),
            (0.0, 0, 0, Some(1))
        );
        assert_eq!(
            version_0(&format!("p1:{node}\0p2:{node}")).unwrap(),
            (0.0, 0, 0, Some(2))
        );
        assert_eq!(
            version_0(&format!("p1:x\0p2:{node}")).unwrap(),
            (0.0, 0, 0, None)
        );
        assert!(version_0("nothing").is_err());
    }
}
