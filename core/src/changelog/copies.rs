// SPDX-License-Identifier: GPL-2.0-or-later

//! What a changeset does to each file, as the sidedata of its changelog says.
//!
//! Repositories that require `exp-copies-sidedata-changeset` have it. All numbers are big-endian:
//! four bytes with the number of files; for each file a byte of flags, four with where its path
//! ends and four with the number of the file that it was copied from; then all paths, one after
//! the other. The format is Mercurial's (`mercurial/metadata.py`).

use std::fmt::Display;

use crate::error::FileKind;
use crate::{Error, RepoPath, Result};

const HEADER: usize = 4;
const ENTRY: usize = 9;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: it only is the source of a copy.
    None,
    /// It is new.
    Added,
    /// Its content is made of that of both parents.
    Merged,
    /// It is gone.
    Removed,
    /// It was removed in one parent and is there again.
    Salvaged,
    /// Its content or its flag is another one.
    Touched,
}

/// A file that a changeset has something to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileChange<'a> {
    /// Its path.
    pub path: &'a RepoPath,
    /// What happened to it.
    pub action: Action,
    /// The parent, 0 or 1, and the file there that it was copied from.
    pub copied_from: Option<(u8, &'a RepoPath)>,
}

/// Reads the files of a changeset's sidedata, in the order that they are in, which is that of the
/// paths; `name` is for messages.
///
/// # Errors
/// [`Error::Corrupt`] if it is cut short, or paths are out of order or not there.
pub fn file_changes<'a>(sidedata: &'a [u8], name: &dyn Display) -> Result<Vec<FileChange<'a>>> {
    let corrupt = |reason: &str| Error::corrupt(FileKind::Revlog, name, reason);
    let short = || corrupt("the sidedata about its files is cut short");
    let (count, rest) = sidedata.split_first_chunk::<HEADER>().ok_or_else(short)?;
    let len = (u32::from_be_bytes(*count) as usize).saturating_mul(ENTRY);
    let (entries, paths) = rest.split_at_checked(len).ok_or_else(short)?;
    let entries = entries.as_chunks::<ENTRY>().0;
    let number = |entry: &[u8; ENTRY], at: usize| {
        u32::from_be_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]) as usize
    };
    let mut names = Vec::with_capacity(entries.len());
    let mut start = 0;
    for entry in entries {
        let end = number(entry, 1);
        let path = paths.get(start..end).ok_or_else(short)?;
        names.push(RepoPath::new(path));
        start = end;
    }
    let change = |(entry, &path): (&[u8; ENTRY], &&'a RepoPath)| {
        let parent = match entry[0] & 0b11 {
            0b10 => Some(0),
            0b11 => Some(1),
            _ => None,
        };
        let copied_from = match parent {
            None => None,
            Some(parent) => {
                let source = names.get(number(entry, 5)).ok_or_else(short)?;
                Some((parent, *source))
            }
        };
        let action = match entry[0] >> 2 & 0b111 {
            1 => Action::Added,
            2 => Action::Merged,
            3 => Action::Removed,
            4 => Action::Salvaged,
            5 => Action::Touched,
            _ => Action::None,
        };
        Ok(FileChange {
            path,
            action,
            copied_from,
        })
    };
    entries.iter().zip(&names).map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_copies() {
        let mut bytes = 3u32.to_be_bytes().to_vec();
        for (flags, end, source) in [(0b0_0110, 1u32, 1u32), (0, 3, 0), (0b1_0111, 4, 0)] {
            bytes.push(flags);
            bytes.extend(end.to_be_bytes());
            bytes.extend(source.to_be_bytes());
        }
        bytes.extend(b"abcd");
        let changes = file_changes(&bytes, &"t").unwrap();
        let path = |path: &'static str| RepoPath::new(path);
        let found: Vec<_> = changes
            .iter()
            .map(|c| (c.path, c.action, c.copied_from))
            .collect();
        let expected = [
            (path("a"), Action::Added, Some((0, path("bc")))),
            (path("bc"), Action::None, None),
            (path("d"), Action::Touched, Some((1, path("a")))),
        ];
        assert_eq!(found, expected);
        for len in 0..bytes.len() {
            assert!(file_changes(&bytes[..len], &"t").is_err());
        }
        bytes[4 + 8] = 3;
        assert!(file_changes(&bytes, &"t").is_err());
        assert!(file_changes(&[0xff; 4], &"t").is_err());
    }
}
