// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading dirstate-v1.
//!
//! # Layout
//!
//! Two nodes of 20 bytes, the parents, then records in any order, all numbers
//! big-endian:
//!
//! | bytes | content |
//! | --- | --- |
//! | 0 | state: `n`, `m`, `a` or `r` |
//! | 1–12 | mode, size and time, 32 bits each |
//! | 13–16 | length of what follows |
//! | 17– | the path; if it is a copy, also a NUL and the path of the source |
//!
//! (<https://www.mercurial-scm.org/wiki/DirState>)

use super::flat::File;
use crate::dirstate::{Entry, StatV1};
use crate::error::FileKind;
use crate::{Error, Node, RepoPath, Result};

/// Length of a record without its path.
pub(in crate::dirstate) const RECORD: usize = 17;
/// Length of both parents.
pub(in crate::dirstate) const PARENTS: usize = 40;

/// Reads the parents, and where each record's path is, in one pass.
pub(in crate::dirstate) fn parse(data: &[u8], name: &str) -> Result<([Node; 2], Vec<File>)> {
    if data.is_empty() {
        return Ok(([Node::NULL; 2], Vec::new()));
    }
    if u32::try_from(data.len()).is_err() {
        return Err(Error::unsupported(
            FileKind::Dirstate,
            name,
            "longer than 4 GiB",
        ));
    }
    let Some((parents, _)) = data.split_first_chunk::<PARENTS>() else {
        let reason = format!("{} bytes are too few for the parents", data.len());
        return Err(Error::corrupt(FileKind::Dirstate, name, reason));
    };
    let (p1, p2) = parents.split_at(Node::LEN);
    let parents = [p1, p2].map(|half| half.try_into().expect("20 bytes"));
    // Half of what there can be at most, so that memory stays in proportion.
    let mut files = Vec::with_capacity(data.len() / (RECORD + 47));
    let mut at = PARENTS;
    while at < data.len() {
        let (file, end) = record(data, at, name)?;
        files.push(file);
        at = end;
    }
    Ok((parents, files))
}

/// Returns one record and where it ends.
#[inline]
fn record(data: &[u8], at: usize, name: &str) -> Result<(File, usize)> {
    let short = || {
        Error::corrupt(
            FileKind::Dirstate,
            name,
            format!("cut short in the record at byte {at}"),
        )
    };
    let head = data[at..].first_chunk::<RECORD>().ok_or_else(short)?;
    let number = |from: usize| {
        let four = [head[from], head[from + 1], head[from + 2], head[from + 3]];
        i32::from_be_bytes(four)
    };
    let start = at + RECORD;
    let length = usize::try_from(number(13)).map_err(|_| short())?;
    let names = data[start..].get(..length).ok_or_else(short)?;
    let stat = StatV1 {
        state: head[0],
        mode: number(1),
        size: number(5),
        mtime: number(9),
    };
    let entry = Entry::from_v1(stat).map_err(|error| record_error(error, at, name))?;
    let (path, copy) = if names.contains(&0) {
        split_copy(names, name)?
    } else {
        (RepoPath::new(names), 0)
    };
    if path.len() > RepoPath::MAX_LEN {
        return Err(Error::unsupported(
            FileKind::Dirstate,
            name,
            "a path longer than 4096 bytes",
        ));
    }
    let file = File {
        path: start as u32,
        len: path.len() as u16,
        base: path.base_start() as u16,
        copy: copy as u32,
        entry,
    };
    Ok((file, start + length))
}

/// Path and length of the source of a copy, with the NUL before it.
fn split_copy<'a>(names: &'a [u8], name: &str) -> Result<(&'a RepoPath, usize)> {
    let nul = names.iter().position(|&byte| byte == 0).unwrap_or(0);
    let (path, copy) = names.split_at(nul);
    let source = &copy[1..];
    // With two NULs Mercurial's parsers disagree.
    if source.is_empty() || source.contains(&0) || source.len() > RepoPath::MAX_LEN {
        return Err(Error::unsupported(
            FileKind::Dirstate,
            name,
            "an odd source of a copy",
        ));
    }
    Ok((RepoPath::new(path), copy.len()))
}

#[cold]
fn record_error(error: Error, at: usize, name: &str) -> Error {
    match error {
        Error::Corrupt { reason, .. } => Error::corrupt(
            FileKind::Dirstate,
            name,
            format!("{reason} in the record at byte {at}"),
        ),
        error => error,
    }
}
