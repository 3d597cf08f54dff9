//! The check of a dirstate-v2 data file, when it is opened.
//!
//! Goes through the tree once, with a stack of its own. Each node is looked at
//! once, unless nodes share children: as there cannot be more nodes than fit
//! into the file without that, and children have to lie below their parent's
//! path, this ends soon in any case.

use super::disk::{raw, slice, Metadata, Raw, NODE};
use super::entry::{
    ANY_TRACKED, DIRECTORY, EXPECTED_STATE_IS_MODIFIED, HAS_MODE_AND_SIZE, HAS_MTIME, WDIR_TRACKED,
};
use super::path;
use super::tree::Siblings;
use crate::{Error, Result};

/// One directory that is being gone through.
struct Frame<'a> {
    children: Siblings,
    next: u32,
    path: &'a [u8],
    /// Base name of the child before, which is less than the next one's.
    before: &'a [u8],
    /// Descendants with an entry, and those tracked, found so far.
    found: (u32, u32),
    /// What the node says about them.
    claimed: (u32, u32),
}

impl<'a> Frame<'a> {
    fn new(children: Siblings, path: &'a [u8], claimed: (u32, u32)) -> Frame<'a> {
        Frame {
            children,
            next: 0,
            path,
            before: b"",
            found: (0, 0),
            claimed,
        }
    }
}

/// Checks everything that a reader relies on; returns how many files are
/// tracked.
pub(super) fn verify(bytes: &[u8], metadata: &Metadata, name: &str) -> Result<u32> {
    let odd = |reason: &str| Err(Error::not_for_me(name, reason));
    let most = (bytes.len() / NODE) as u64;
    let mut seen = 0;
    let mut above: Vec<Frame> = Vec::new();
    // The root: nobody claims how many files are tracked.
    let mut top = Frame::new(metadata.roots, b"", (metadata.entries, 0));
    loop {
        if top.next == 0 {
            seen += u64::from(top.children.len);
            if seen > most {
                return Err(too_many(bytes, &top, name));
            }
        }
        if let Some(below) = next_directory(bytes, &mut top, name)? {
            if above.len() + 1 >= path::MAX_DEPTH {
                return odd("a path deeper than 512 directories");
            }
            above.push(std::mem::replace(&mut top, below));
            continue;
        }
        let (found, claimed) = (top.found, top.claimed);
        let Some(parent) = above.pop() else {
            return match found.0 == claimed.0 {
                true => Ok(found.1),
                false => odd("the number of entries is wrong"),
            };
        };
        if found != claimed {
            return odd("the number of a node's descendants is wrong");
        }
        top = parent;
        top.found.0 += found.0;
        top.found.1 += found.1;
    }
}

/// Goes on through a directory up to the next child that has children.
fn next_directory<'a>(
    bytes: &'a [u8],
    of: &mut Frame<'a>,
    name: &str,
) -> Result<Option<Frame<'a>>> {
    while of.next < of.children.len {
        let Some(node) = raw(bytes, of.children, of.next) else {
            return Err(Error::corrupt(name, "nodes outside the data"));
        };
        of.next += 1;
        let path = check_node(bytes, of, node, name)?;
        of.before = &path[node.base().into()..];
        let flags = node.flags();
        of.found.0 += u32::from(flags & ANY_TRACKED != 0);
        of.found.1 += u32::from(flags & WDIR_TRACKED != 0);
        let children = node.children();
        if !children.is_empty() {
            return Ok(Some(Frame::new(children, path, node.counts())));
        }
        if node.counts() != (0, 0) {
            let reason = "the number of a node's descendants is wrong";
            return Err(Error::not_for_me(name, reason));
        }
    }
    Ok(None)
}

/// More nodes than there is room for: either they point outside, or somewhere
/// twice, which Mercurial may read in its own way.
#[cold]
fn too_many(bytes: &[u8], of: &Frame, name: &str) -> Error {
    let last = of.children.len.saturating_sub(1);
    match raw(bytes, of.children, last).is_some() {
        true => Error::not_for_me(name, "nodes that share children"),
        false => Error::corrupt(name, "nodes outside the data"),
    }
}

/// Checks one child of a directory, and returns its path.
#[inline]
fn check_node<'a>(bytes: &'a [u8], of: &Frame, node: Raw, name: &str) -> Result<&'a [u8]> {
    let odd = |reason: &str| Err(Error::not_for_me(name, reason));
    let Some(path) = slice(bytes, node.path()) else {
        return Err(Error::corrupt(name, "a path outside the data"));
    };
    if path.len() > path::MAX_LEN {
        return odd("a path longer than 4096 bytes");
    }
    let start = if of.path.is_empty() {
        0
    } else {
        of.path.len() + 1
    };
    if usize::from(node.base()) != start || start >= path.len() {
        return odd("a base name at a wrong place");
    }
    if start != 0 && (path[start - 1] != b'/' || path[..start - 1] != *of.path) {
        return odd("a path that is not below its directory's");
    }
    let base = &path[start..];
    if let Some(fault) = path::name_fault(base) {
        return odd(fault);
    }
    // Without an early end, which is faster for what is short.
    let foreign = |bad, &byte| bad | (byte == 0) | (byte == b'/');
    if base.iter().fold(false, foreign) {
        return odd("a base name with a slash or a NUL");
    }
    if of.before >= base {
        return odd("siblings that are not sorted");
    }
    match check_data(bytes, node) {
        Some((true, reason)) => Err(Error::corrupt(name, reason)),
        Some((false, reason)) => odd(reason),
        None => Ok(path),
    }
}

/// Checks a node's other fields: a fault and whether Mercurial fails on it too.
#[inline]
fn check_data(bytes: &[u8], node: Raw) -> Option<(bool, &'static str)> {
    let flags = node.flags();
    let tracked = flags & ANY_TRACKED != 0;
    if let Some(place) = node.copy() {
        let Some(source) = slice(bytes, place) else {
            return Some((true, "the source of a copy outside the data"));
        };
        let odd = source.is_empty() || source.len() > path::MAX_LEN || source.contains(&0);
        if odd || !tracked {
            return Some((false, "an odd source of a copy"));
        }
    }
    let (size, seconds, nanoseconds) = node.numbers();
    let used = flags & EXPECTED_STATE_IS_MODIFIED == 0;
    if tracked && used && flags & HAS_MODE_AND_SIZE != 0 && size < 0 {
        return Some((false, "a size that is not between 0 and 2³¹"));
    }
    if flags & HAS_MTIME == 0 || tracked && !used {
        return None;
    }
    if tracked && flags & DIRECTORY != 0 {
        return Some((false, "the time of a directory on a file"));
    }
    if seconds < 0 || !(0..1_000_000_000).contains(&nanoseconds) {
        return Some((false, "a time out of range"));
    }
    None
}
