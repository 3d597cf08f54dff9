// SPDX-License-Identifier: GPL-2.0-or-later

//! Writing dirstate-v1.

use super::read::{PARENTS, RECORD};
use crate::dirstate::{DirstateMap, FileItem};
use crate::{Node, Result};

/// Returns the dirstate-v1 file, byte for byte as Mercurial writes it, in the order
/// of [`DirstateMap::iter`].
///
/// # Errors
/// Those of reading the map.
pub fn pack_v1(map: &DirstateMap, p1: &Node, p2: &Node) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(PARENTS + map.len() * (RECORD + 40));
    out.extend_from_slice(p1.as_bytes());
    out.extend_from_slice(p2.as_bytes());
    for file in map.iter() {
        let FileItem {
            path,
            entry,
            copy_source: source,
        } = file?;
        let stat = entry.to_v1();
        let length = path.len() + source.map_or(0, |source| source.len() + 1);
        out.push(stat.state);
        for number in [stat.mode, stat.size, stat.mtime, length as i32] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(path.as_bytes());
        if let Some(source) = source {
            out.push(0);
            out.extend_from_slice(source.as_bytes());
        }
    }
    Ok(out)
}
