// SPDX-License-Identifier: GPL-2.0-or-later

//! Makers of dirstates for tests.

use vermilion_core::dirstate::entry::*;
use vermilion_core::dirstate::{DirstateMap, Entry, Tree, pack_v2};
use vermilion_core::{Node, RepoPath};

pub const P1: Node = Node::new([1; 20]);
pub const P2: Node = Node::new([2; 20]);

/// An ordinary clean file.
pub fn clean(size: i32) -> Entry {
    Entry {
        flags: WDIR_TRACKED | P1_TRACKED | HAS_MODE_AND_SIZE | HAS_MTIME,
        mode: 0o100644,
        size,
        mtime_s: 1000,
        mtime_ns: 5,
    }
}

pub fn with(flags: u16) -> Entry {
    Entry {
        flags,
        ..Entry::default()
    }
}

/// A record of dirstate-v1.
pub fn record(state: u8, numbers: [i32; 3], path: &[u8]) -> Vec<u8> {
    let mut bytes = vec![state];
    for number in numbers.into_iter().chain([path.len() as i32]) {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(path);
    bytes
}

/// A dirstate-v1 file of records.
pub fn v1(records: &[Vec<u8>]) -> Vec<u8> {
    [P1.as_ref(), P2.as_ref(), &records.concat()].concat()
}

/// A map of files, set one after the other.
pub fn map(files: &[(&[u8], Entry)]) -> DirstateMap {
    let mut map = DirstateMap::new(Tree::empty());
    for (path, entry) in files {
        map.set(RepoPath::new(path), *entry).unwrap();
    }
    map
}

/// Data and metadata of a dirstate-v2 file.
pub fn v2(files: &[(&[u8], Entry)]) -> (Vec<u8>, [u8; 44]) {
    pack_v2(&map(files)).unwrap()
}

/// Where in the data a path's node is.
pub fn node_of(data: &[u8], path: &[u8]) -> usize {
    let u32_at = |at: usize| u32::from_be_bytes(data[at..at + 4].try_into().unwrap()) as usize;
    (0..data.len() - 43)
        .find(|&at| {
            let length = u16::from_be_bytes([data[at + 4], data[at + 5]]) as usize;
            let start = u32_at(at);
            let base = u16::from_be_bytes([data[at + 6], data[at + 7]]) as usize;
            let slash = path.iter().rposition(|&byte| byte == b'/');
            start + length <= data.len()
                && &data[start..start + length] == path
                && base == slash.map_or(0, |slash| slash + 1)
        })
        .expect("the path has a node")
}

/// All paths of a map in its order.
pub fn paths(map: &DirstateMap) -> Vec<Vec<u8>> {
    map.iter()
        .map(|file| file.unwrap().path.as_bytes().to_vec())
        .collect()
}
