// SPDX-License-Identifier: GPL-2.0-or-later

//! The check of a dirstate-v2 data file, when it is opened.
//!
//! Goes through the tree once, with a stack of its own: near the root one directory after
//! the other, and what is below them at the same time. Each node is looked at once, unless
//! nodes share children: as there cannot be more nodes than fit into the file without that,
//! and children have to lie below their parent's path, this ends soon in any case. Nor may
//! nodes share paths or sources of copies to an extent that all of them are longer together
//! than the file: who copies them would need many times its size.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::disk::{Metadata, NODE, Raw, raw, slice};
use crate::dirstate::StatV2;
use crate::dirstate::entry::{
    ANY_TRACKED, DIRECTORY, EXPECTED_STATE_IS_MODIFIED, HAS_MODE_AND_SIZE, HAS_MTIME, WDIR_TRACKED,
};
use crate::dirstate::node::Siblings;
use crate::error::FileKind;
use crate::platform::pool;
use crate::repo_path::name_fault;
use crate::{Error, RepoPath, Result};

/// Fewer nodes than this are not worth a second thread.
const MANY: u64 = 10_000;
/// The number of directories that are shared among threads.
const SHARES: usize = 64;

/// One directory that is being gone through.
struct Frame<'a> {
    depth: usize,
    children: Siblings,
    next: u32,
    path: &'a RepoPath,
    /// Base name of the child before, which is less than the next one's.
    before: &'a [u8],
    /// Descendants with an entry, and those tracked, found so far.
    found: (u32, u32),
    /// What the node says about them.
    claimed: (u32, u32),
    /// Bytes of paths and of copies' sources.
    text: u64,
}

impl<'a> Frame<'a> {
    fn new(depth: usize, children: Siblings, path: &'a RepoPath, claimed: (u32, u32)) -> Frame<'a> {
        Frame {
            depth,
            children,
            next: 0,
            path,
            before: b"",
            found: (0, 0),
            claimed,
            text: 0,
        }
    }
}

/// Checks everything that a reader relies on; returns how many files are
/// tracked.
pub(in crate::dirstate) fn verify(bytes: &[u8], metadata: &Metadata, name: &str) -> Result<u32> {
    let check = Check {
        bytes,
        name,
        most: (bytes.len() / NODE) as u64,
        seen: AtomicU64::new(0),
        text: AtomicU64::new(0),
    };
    // The root: nobody claims how many files are tracked.
    let root = Frame::new(0, metadata.roots, RepoPath::root(), (metadata.entries, 0));
    let found = check.tree(root)?;
    if found.0 == metadata.entries {
        Ok(found.1)
    } else {
        check.odd("the number of entries is wrong")
    }
}

/// A check under way: all that is the same for each part.
struct Check<'a> {
    bytes: &'a [u8],
    name: &'a str,
    /// How many nodes there can be, and how many were met.
    most: u64,
    seen: AtomicU64,
    /// Bytes of paths and of copies' sources that were met.
    text: AtomicU64,
}

impl<'a> Check<'a> {
    fn odd<T>(&self, reason: &str) -> Result<T> {
        Err(Error::unsupported(FileKind::Dirstate, self.name, reason))
    }

    /// Checks everything below the root; returns what was found.
    fn tree(&self, root: Frame<'a>) -> Result<(u32, u32)> {
        let shares = if self.most < MANY { usize::MAX } else { SHARES };
        // Directories whose own children are checked, each with the place of its parent
        // here, and those that nobody has looked into.
        let mut near: Vec<(Frame, usize)> = Vec::new();
        let mut far = VecDeque::from([(root, 0)]);
        while far.len() < shares {
            let Some((mut frame, parent)) = far.pop_front() else {
                break;
            };
            self.enter(&frame)?;
            while let Some(below) = next_directory(self.bytes, &mut frame, self.name)? {
                far.push_back((below, near.len()));
            }
            near.push((frame, parent));
        }
        let (frames, parents): (Vec<_>, Vec<_>) = far.into_iter().unzip();
        let found: Vec<Result<_>> = match frames.len() {
            0 => Vec::new(),
            _ => pool::run(|| frames.into_par_iter().map(|f| self.subtree(f)).collect()),
        };
        for (found, parent) in found.into_iter().zip(parents) {
            add(&mut near[parent].0.found, found?);
        }
        while near.len() > 1 {
            if let Some((frame, parent)) = near.pop() {
                self.agrees(&frame)?;
                add(&mut near[parent].0.found, frame.found);
            }
        }
        Ok(near.pop().map_or((0, 0), |(root, _)| root.found))
    }

    /// Checks everything below one directory; returns what was found.
    fn subtree(&self, mut top: Frame<'a>) -> Result<(u32, u32)> {
        let mut above: Vec<Frame> = Vec::new();
        loop {
            if top.next == 0 {
                self.enter(&top)?;
            }
            if let Some(below) = next_directory(self.bytes, &mut top, self.name)? {
                above.push(std::mem::replace(&mut top, below));
                continue;
            }
            self.agrees(&top)?;
            let found = top.found;
            match above.pop() {
                Some(parent) => top = parent,
                None => return Ok(found),
            }
            add(&mut top.found, found);
        }
    }

    /// Counts the nodes of a directory.
    fn enter(&self, frame: &Frame) -> Result<()> {
        let len = u64::from(frame.children.len);
        if self.seen.fetch_add(len, Relaxed) + len > self.most {
            Err(too_many(self.bytes, frame, self.name))
        } else {
            Ok(())
        }
    }

    /// Checks the sums of a directory, all of whose children were looked at.
    fn agrees(&self, frame: &Frame) -> Result<()> {
        let text = self.text.fetch_add(frame.text, Relaxed) + frame.text;
        if text > most_text(self.bytes) {
            return self.odd(SHARED_TEXT);
        }
        if frame.found == frame.claimed {
            Ok(())
        } else {
            self.odd("the number of a node's descendants is wrong")
        }
    }
}

const SHARED_TEXT: &str = "nodes that share paths";

/// Returns how many bytes paths and sources may have together: where nothing is shared, neither
/// have more than there are in the file.
fn most_text(bytes: &[u8]) -> u64 {
    2 * bytes.len() as u64
}

fn add(sum: &mut (u32, u32), found: (u32, u32)) {
    sum.0 += found.0;
    sum.1 += found.1;
}

/// Goes on through a directory up to the next child that has children.
fn next_directory<'a>(
    bytes: &'a [u8],
    of: &mut Frame<'a>,
    name: &str,
) -> Result<Option<Frame<'a>>> {
    while of.next < of.children.len {
        let Some(node) = raw(bytes, of.children, of.next) else {
            return Err(Error::corrupt(
                FileKind::Dirstate,
                name,
                "nodes outside the data",
            ));
        };
        of.next += 1;
        let path = check_node(bytes, of, node, name)?;
        of.before = &path.as_bytes()[node.base().into()..];
        of.text += path.len() as u64 + node.copy().map_or(0, |(_, len)| len.into());
        if of.text > most_text(bytes) {
            return Err(Error::unsupported(FileKind::Dirstate, name, SHARED_TEXT));
        }
        let flags = node.flags();
        of.found.0 += u32::from(flags & ANY_TRACKED != 0);
        of.found.1 += u32::from(flags & WDIR_TRACKED != 0);
        let children = node.children();
        if !children.is_empty() {
            let depth = of.depth + 1;
            if depth >= RepoPath::MAX_DEPTH {
                let reason = "a path deeper than 512 directories";
                return Err(Error::unsupported(FileKind::Dirstate, name, reason));
            }
            return Ok(Some(Frame::new(depth, children, path, node.counts())));
        }
        if node.counts() != (0, 0) {
            let reason = "the number of a node's descendants is wrong";
            return Err(Error::unsupported(FileKind::Dirstate, name, reason));
        }
    }
    Ok(None)
}

/// More nodes than there is room for: either they point outside, or somewhere
/// twice, which Mercurial may read in its own way.
#[cold]
fn too_many(bytes: &[u8], of: &Frame, name: &str) -> Error {
    let last = of.children.len.saturating_sub(1);
    if raw(bytes, of.children, last).is_some() {
        Error::unsupported(FileKind::Dirstate, name, "nodes that share children")
    } else {
        Error::corrupt(FileKind::Dirstate, name, "nodes outside the data")
    }
}

/// Checks one child of a directory, and returns its path.
#[inline]
fn check_node<'a>(bytes: &'a [u8], of: &Frame, node: Raw, name: &str) -> Result<&'a RepoPath> {
    let odd = |reason: &str| Err(Error::unsupported(FileKind::Dirstate, name, reason));
    let Some(path) = slice(bytes, node.path()) else {
        return Err(Error::corrupt(
            FileKind::Dirstate,
            name,
            "a path outside the data",
        ));
    };
    if path.len() > RepoPath::MAX_LEN {
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
    let text = path.as_bytes();
    if start != 0 && (text[start - 1] != b'/' || text[..start - 1] != *of.path.as_bytes()) {
        return odd("a path that is not below its directory's");
    }
    let base = &text[start..];
    if let Some(fault) = name_fault(base) {
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
        Some((true, reason)) => Err(Error::corrupt(FileKind::Dirstate, name, reason)),
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
        let odd =
            source.is_empty() || source.len() > RepoPath::MAX_LEN || source.as_bytes().contains(&0);
        if odd || !tracked {
            return Some((false, "an odd source of a copy"));
        }
    }
    let StatV2 {
        size,
        mtime_s,
        mtime_ns,
        ..
    } = node.stat();
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
    if mtime_s < 0 || !(0..1_000_000_000).contains(&mtime_ns) {
        return Some((false, "a time out of range"));
    }
    None
}
