// SPDX-License-Identifier: GPL-2.0-or-later

//! The list of the store's files in repositories with `fileindex-v1`, which have no `fncache`.
//!
//! `fileindex` in the store is a docket: 12 bytes say what it is, then come the lengths of three
//! files, each in 4 bytes, and in 8 bytes each what their names end with. The file
//! `fileindex-list.…` has the paths of all files that ever were; `fileindex-meta.…` says in 8 bytes
//! for each where its path is in there and how long that is, the first of which is nobody's. The
//! third file is a tree for those who look for one path. Mercurial's `store_utils/file_index.py`
//! and `file_index_util.py` write them.

use std::fmt::Display;
use std::path::Path;

use crate::error::FileKind;
use crate::platform::files;
use crate::{Error, RepoPath, RepoPathBuf, Result};

const KIND: FileKind = FileKind::Repository;
const MARKER: &[u8; 12] = b"fileindex-v1";
/// The bytes of a docket, what is to be deleted left out.
const LEN: usize = 60;
/// The end of a name that stands for no file.
const NONE: [u8; 8] = *b"00000000";
/// The bytes for a path in the second file.
const RECORD: usize = 8;
/// Nobody has files as long as a longer list would need.
const LIMIT: u64 = 1 << 32;

/// What a docket says of the files with the paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docket {
    list: Part,
    meta: Part,
}

/// A file beside the docket.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    len: usize,
    /// What its name ends with, `None` if there is none.
    id: Option<[u8; 8]>,
}

impl Docket {
    /// Reads a docket; `name` is for messages. Takes constant time.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for what is none.
    pub fn parse(bytes: &[u8], name: &dyn Display) -> Result<Docket> {
        let corrupt = |reason: &str| Error::corrupt(KIND, name, reason);
        if bytes.len() < LEN || !bytes.starts_with(MARKER) {
            return Err(corrupt("is not the docket of a file index"));
        }
        let part = |number: usize| {
            let len = bytes[MARKER.len() + 4 * number..].first_chunk().copied();
            let id = bytes[MARKER.len() + 12 + RECORD * number..].first_chunk();
            let (len, id) = (len.unwrap_or_default(), *id.unwrap_or(&NONE));
            if !id.iter().all(u8::is_ascii_alphanumeric) {
                return Err(corrupt("names a file that cannot be one of its own"));
            }
            Ok(Part {
                len: u32::from_be_bytes(len) as usize,
                id: (id != NONE).then_some(id),
            })
        };
        Ok(Docket {
            list: part(0)?,
            meta: part(1)?,
        })
    }
}

impl Part {
    /// Reads what counts of the file.
    fn read(&self, dir: &Path, kind: &str) -> Result<Vec<u8>> {
        let Some(id) = &self.id else {
            return Ok(Vec::new());
        };
        let id = String::from_utf8_lossy(id);
        let path = dir.join(format!("fileindex-{kind}.{id}"));
        let mut bytes = files::read(KIND, &path, LIMIT)?;
        if bytes.len() < self.len {
            return Err(Error::corrupt(KIND, path.display(), "is cut off"));
        }
        bytes.truncate(self.len);
        Ok(bytes)
    }
}

/// Returns the paths in a list, by what is recorded of them; `name` is for messages.
///
/// Takes time and memory linear in both.
///
/// # Errors
/// [`Error::Corrupt`] for paths that are not in the list, or are more than it can have.
pub fn paths(list: &[u8], meta: &[u8], name: &dyn Display) -> Result<Vec<RepoPathBuf>> {
    let corrupt = || Error::corrupt(KIND, name, "has paths that are not in its list");
    if !meta.len().is_multiple_of(RECORD) {
        return Err(corrupt());
    }
    let mut left = list.len();
    let mut paths = Vec::with_capacity(meta.len() / RECORD);
    for record in meta.chunks_exact(RECORD).skip(1) {
        let [a, b, c, d, high, low, ..] = *record else {
            return Err(corrupt());
        };
        let at = u32::from_be_bytes([a, b, c, d]) as usize;
        let len = usize::from(u16::from_be_bytes([high, low]));
        let path = list.get(at..).and_then(|rest| rest.get(..len));
        let path = path.filter(|path| !path.is_empty()).ok_or_else(corrupt)?;
        // Each has a place of its own.
        left = left.checked_sub(len).ok_or_else(corrupt)?;
        paths.push(RepoPath::new(path).to_owned());
    }
    Ok(paths)
}

/// Reads the paths of all files that ever were in a store; without a docket there are none.
///
/// # Errors
/// [`Error::Io`]; those of [`Docket::parse`] and [`paths`].
pub(crate) fn read(dir: &Path) -> Result<Vec<RepoPathBuf>> {
    let path = dir.join("fileindex");
    let name = path.display();
    let Some(docket) = files::read_if_there(KIND, &path, LIMIT)? else {
        return Ok(Vec::new());
    };
    let docket = Docket::parse(&docket, &name)?;
    let (list, meta) = (
        docket.list.read(dir, "list")?,
        docket.meta.read(dir, "meta")?,
    );
    paths(&list, &meta, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docket(ids: [&[u8; 8]; 3]) -> Vec<u8> {
        let mut bytes = MARKER.to_vec();
        for len in [5u32, 24, 0] {
            bytes.extend(len.to_be_bytes());
        }
        for id in ids {
            bytes.extend(id);
        }
        bytes.extend([0; 12]);
        bytes
    }

    #[test]
    fn dockets() {
        let good = docket([b"0123abcd", &NONE, &NONE]);
        let read = Docket::parse(&good, &"f").unwrap();
        assert_eq!((read.list.len, read.meta.len), (5, 24));
        assert_eq!((read.list.id, read.meta.id), (Some(*b"0123abcd"), None));
        let mut other = good.clone();
        other[11] = b'2';
        for bad in [
            &good[..LEN - 1],
            &other,
            &docket([&NONE, b"../../..", &NONE]),
        ] {
            assert!(matches!(
                Docket::parse(bad, &"f"),
                Err(Error::Corrupt { .. })
            ));
        }
    }

    #[test]
    fn paths_in_lists() {
        let record =
            |at: u32, len: u16| [&at.to_be_bytes()[..], &len.to_be_bytes(), &[0; 2]].concat();
        let nobody = record(0, 0);
        let read = |records: &[Vec<u8>]| paths(b"a/bc\0d\0", &records.concat(), &"f");
        let found = read(&[nobody.clone(), record(5, 1), record(0, 4)]).unwrap();
        assert_eq!(
            found,
            [
                RepoPath::new("d").to_owned(),
                RepoPath::new("a/bc").to_owned()
            ]
        );
        assert!(
            read(&[]).unwrap().is_empty()
                && read(std::slice::from_ref(&nobody)).unwrap().is_empty()
        );
        for bad in [
            vec![record(7, 1)],
            vec![record(6, 2)],
            vec![record(0, 0)],
            vec![record(u32::MAX, u16::MAX)],
            vec![record(0, 4), record(0, 4)],
            vec![vec![0]],
        ] {
            assert!(read(&[vec![nobody.clone()], bad].concat()).is_err());
        }
    }
}
