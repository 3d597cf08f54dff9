// SPDX-License-Identifier: GPL-2.0-or-later

//! A writer of revlog indexes, and a reader written another way than the
//! crate's, to compare it with.

use proptest::prelude::*;
use vermilion_core::Node;

pub const INLINE: u32 = 1 << 16;
pub const GENERALDELTA: u32 = 1 << 17;

/// What an index says about one revision.
#[derive(Clone, Debug)]
pub struct Revision {
    pub parents: [i32; 2],
    pub node: Node,
    /// The stored data's length; that many bytes follow in an inline index.
    pub length: u32,
}

/// A node that no other number has.
pub fn node(n: u64) -> Node {
    let mut node = [1; 20];
    node[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    node[8..16].copy_from_slice(&n.to_be_bytes());
    node.into()
}

/// A linear history.
pub fn line(len: usize) -> Vec<Revision> {
    (0..len)
        .map(|rev| Revision {
            parents: [rev as i32 - 1, -1],
            node: node(rev as u64),
            length: 10 + (rev as u32 * 37) % 300,
        })
        .collect()
}

/// Writes an index with some header flags, as Mercurial would.
pub fn write(revisions: &[Revision], flags: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut offset: u64 = 0;
    for (rev, revision) in revisions.iter().enumerate() {
        let begin = bytes.len();
        bytes.extend((offset << 16).to_be_bytes());
        if rev == 0 {
            bytes[begin..begin + 4].copy_from_slice(&(flags | 1).to_be_bytes());
        }
        bytes.extend(revision.length.to_be_bytes());
        bytes.extend((revision.length * 2).to_be_bytes());
        bytes.extend((rev as i32).to_be_bytes());
        bytes.extend((rev as i32).to_be_bytes());
        bytes.extend(revision.parents[0].to_be_bytes());
        bytes.extend(revision.parents[1].to_be_bytes());
        bytes.extend(revision.node.as_bytes());
        bytes.extend([0; 12]);
        if flags & INLINE != 0 {
            bytes.extend((0..revision.length).map(|i| (i as u8) ^ 0xa5));
        }
        offset += u64::from(revision.length);
    }
    bytes
}

/// What a plain reader makes of an index: the parents and nodes, or `None` if
/// something is wrong with it.
pub fn read(bytes: &[u8]) -> Option<Vec<([i32; 2], Node)>> {
    let mut found = Vec::new();
    if bytes.is_empty() {
        return Some(found);
    }
    let header = u32::from_be_bytes(bytes.get(..4)?.try_into().unwrap());
    if header & 0xffff != 1 || header >> 20 != 0 {
        return None;
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        if rest.len() < 64 {
            return None;
        }
        let number = |at: usize| i32::from_be_bytes(rest[at..at + 4].try_into().unwrap());
        let (length, parents) = (number(8), [number(24), number(28)]);
        let node: Node = rest[32..52].try_into().unwrap();
        let good = |parent: i32| parent >= -1 && i64::from(parent) < found.len() as i64;
        if length < 0 || !parents.into_iter().all(good) || node.is_null() {
            return None;
        }
        found.push((parents, node));
        rest = &rest[64..];
        if header & INLINE != 0 {
            rest = rest.get(length as usize..)?;
        }
    }
    Some(found)
}

/// Histories of up to `most` revisions with parents anywhere before them.
pub fn history(most: usize) -> impl Strategy<Value = Vec<Revision>> {
    let seeds = (any::<u32>(), any::<u32>(), 0..400u32, any::<u16>());
    prop::collection::vec(seeds, 0..=most).prop_map(|seeds| {
        seeds
            .into_iter()
            .enumerate()
            .map(|(rev, (p1, p2, length, salt))| {
                let parent = |seed: u32| (seed % (rev as u32 + 1)) as i32 - 1;
                Revision {
                    parents: [parent(p1), if p2 % 3 == 0 { parent(p2 / 3) } else { -1 }],
                    node: node(rev as u64 | u64::from(salt) << 32),
                    length,
                }
            })
            .collect()
    })
}
