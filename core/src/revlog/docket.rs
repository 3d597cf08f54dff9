// SPDX-License-Identifier: GPL-2.0-or-later

//! Changelogs of version 2: a docket that names the files with entries, data and sidedata.
//!
//! The docket is in the place of the index. All numbers are big-endian:
//!
//! | bytes | content |
//! | --- | --- |
//! | 0–3 | 0x0000d34d |
//! | 4–9 | for index, data, sidedata: the length of its file's identifier, and how many older files it has |
//! | 10–57 | six lengths: of index, data and sidedata, each followed by the one that a running transaction will make it |
//! | 58 | the first byte of compressed data |
//! | 59– | for index, data, sidedata: the identifier; five bytes for each older file; their identifiers |
//!
//! The files are `00changelog-IDENTIFIER` with `.idx`, `.dat` and `.sda`. An entry has 96 bytes:
//!
//! | bytes | content |
//! | --- | --- |
//! | 0–5, 6–7 | where the data begins; the flags |
//! | 8–11, 12–15 | the length of the data as stored, and of the text |
//! | 16–23 | the parents |
//! | 24–43 | the node |
//! | 56–63, 64–67 | where the sidedata begins, and its length as stored |
//! | 68 | two bits each for how data and sidedata are stored: 0 as they are, 1 and 2 as their first byte says |
//! | 69–72 | how many ancestors the revision has, itself included |
//!
//! There are no deltas. The format is Mercurial's experimental `exp-changelog-v2`
//! (`mercurial/revlogutils/docket.py` and `constants.py`).
//!
//! Entries are put into the form of version 1 when they are read, as one form is enough for all
//! that comes after. What version 1 has no place for goes where it has nothing: the sidedata into
//! the unused bytes at the end, and how things are stored into the link, which in a changelog is
//! the revision itself.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use super::layout::{ENTRY_SIZE, Entry};
use crate::error::FileKind;
use crate::platform::files;
use crate::{Error, Result, Rev};

/// The length of an entry in a changelog of version 2.
const ENTRY_V2_SIZE: usize = 96;
/// The version that the docket begins with.
const VERSION: u32 = 0xd34d;
const HEADER: usize = 59;
/// Bytes for each older file: the length of its identifier, and of the file.
const OLDER: usize = 5;
/// Bytes that no docket has.
const DOCKET_LIMIT: u64 = 1 << 20;
/// The number of looks at a docket whose files are gone when they are to be opened.
const ATTEMPTS: usize = 4;

/// The file that a docket names, and how much of it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The identifier in its name.
    pub id: String,
    /// The bytes that are in use.
    pub len: u64,
}

/// What a docket says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docket {
    /// The file with the entries.
    pub index: Named,
    /// The file with the data.
    pub data: Named,
    /// The file with the sidedata.
    pub sidedata: Named,
}

impl Docket {
    /// Returns whether a file that begins with these bytes is the docket of a changelog.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(&VERSION.to_be_bytes())
    }

    /// Reads a docket; `name` is for messages.
    ///
    /// Takes time linear in its length.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if it is cut short or too long, of another version, or has identifiers
    /// that are not made of ASCII letters and digits.
    pub fn parse(bytes: &[u8], name: &dyn Display) -> Result<Docket> {
        let corrupt = |reason: &str| Error::corrupt(FileKind::Revlog, name, reason);
        let short = || corrupt("the docket is cut short");
        if !Docket::is_one(bytes) {
            return Err(corrupt("is not the docket of a changelog"));
        }
        let (header, mut rest) = bytes.split_first_chunk::<HEADER>().ok_or_else(short)?;
        let mut files = Vec::with_capacity(3);
        for (at, sizes) in [(4, 10), (6, 26), (8, 42)] {
            let (id_len, older) = (usize::from(header[at]), usize::from(header[at + 1]));
            let (id, after) = rest.split_at_checked(id_len).ok_or_else(short)?;
            let (olds, after) = after.split_at_checked(OLDER * older).ok_or_else(short)?;
            let old_ids = olds.as_chunks::<OLDER>().0.iter();
            let skipped = old_ids.map(|old| usize::from(old[0])).sum();
            rest = after.get(skipped..).ok_or_else(short)?;
            if !id.iter().all(u8::is_ascii_alphanumeric) {
                return Err(corrupt("the docket names a file that cannot be one"));
            }
            files.push(Named {
                id: String::from_utf8_lossy(id).into_owned(),
                len: u64::from_be_bytes(*header[sizes..].first_chunk().expect("in the header")),
            });
        }
        // Else an index whose header is damaged would be an empty history.
        if !rest.is_empty() {
            return Err(corrupt("the docket goes on behind its end"));
        }
        let [index, data, sidedata] = files.try_into().expect("three were read");
        Ok(Docket {
            index,
            data,
            sidedata,
        })
    }
}

/// The parts of a changelog of version 2.
pub(super) struct Parts {
    /// The entries, in the form of version 1.
    pub(super) entries: Vec<u8>,
    pub(super) data: PathBuf,
    pub(super) sidedata: PathBuf,
}

/// Reads the entries of a changelog whose docket is at a path; `None` if the file there is not
/// a docket any longer.
///
/// # Errors
/// Those of [`Docket::parse`] and of reading files; [`Error::Corrupt`] if the index is shorter
/// than the docket says or entries are not of the format.
pub(super) fn open(path: &Path) -> Result<Option<Parts>> {
    let mut attempts = 1;
    loop {
        let docket = files::read(FileKind::Revlog, path, DOCKET_LIMIT)?;
        if !Docket::is_one(&docket) {
            return Ok(None);
        }
        let docket = Docket::parse(&docket, &path.display())?;
        match parts(path, &docket) {
            // Another process may have put a new docket with new files there.
            Err(Error::Io { .. } | Error::Corrupt { .. }) if attempts < ATTEMPTS => attempts += 1,
            parts => return parts.map(Some),
        }
    }
}

fn parts(path: &Path, docket: &Docket) -> Result<Parts> {
    let file = |named: &Named, suffix: &str| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        path.with_file_name(format!("{stem}-{}.{suffix}", named.id))
    };
    let index = file(&docket.index, "idx");
    let bytes = if docket.index.len == 0 {
        Vec::new()
    } else {
        files::beginning_if_there(FileKind::Revlog, &index, docket.index.len)?
            .ok_or_else(|| gone(&index))?
    };
    if bytes.len() as u64 != docket.index.len {
        let reason = format!("has {} of {} bytes", bytes.len(), docket.index.len);
        return Err(Error::corrupt(FileKind::Revlog, index.display(), reason));
    }
    Ok(Parts {
        entries: as_version_1(&bytes, &index.display())?,
        data: file(&docket.data, "dat"),
        sidedata: file(&docket.sidedata, "sda"),
    })
}

fn gone(path: &Path) -> Error {
    Error::io(path, std::io::ErrorKind::NotFound.into())
}

/// Returns entries of version 2 in the form of version 1.
///
/// # Errors
/// [`Error::Corrupt`] for an incomplete entry, one whose data is stored in an unknown way, and
/// for data of the first revision that is not at the beginning.
pub(super) fn as_version_1(bytes: &[u8], name: &dyn Display) -> Result<Vec<u8>> {
    let corrupt = |reason: String| Error::corrupt(FileKind::Revlog, name, reason);
    let (entries, rest) = bytes.as_chunks::<ENTRY_V2_SIZE>();
    if !rest.is_empty() || entries.len() > Rev::MAX.index() {
        return Err(corrupt(format!(
            "{} bytes are not a number of entries",
            bytes.len()
        )));
    }
    let mut index = Vec::with_capacity(entries.len() * ENTRY_SIZE);
    for (rev, entry) in entries.iter().enumerate() {
        let mode = entry[68];
        if mode & 3 == 3 || mode >> 2 & 3 == 3 {
            let reason = format!("the data of revision {rev} is stored in the unknown way {mode}");
            return Err(corrupt(reason));
        }
        let mut plain: Entry = [0; ENTRY_SIZE];
        plain[..16].copy_from_slice(&entry[..16]);
        plain[16..20].copy_from_slice(&(rev as u32).to_be_bytes());
        plain[23] = mode;
        plain[24..32].copy_from_slice(&entry[16..24]);
        plain[32..52].copy_from_slice(&entry[24..44]);
        plain[52..].copy_from_slice(&entry[56..68]);
        if rev == 0 {
            if plain[..6] != [0; 6] {
                return Err(corrupt(
                    "the data of revision 0 is not the first".to_owned(),
                ));
            }
            plain[3] = 1;
        }
        index.extend(plain);
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docket(ids: [&str; 3], older: &[&str]) -> Vec<u8> {
        let mut bytes = VERSION.to_be_bytes().to_vec();
        for id in ids {
            bytes.extend([id.len() as u8, older.len() as u8]);
        }
        for len in [96u64, 192, 10, 20, 0, 30] {
            bytes.extend(len.to_be_bytes());
        }
        bytes.push(b'(');
        for id in ids {
            bytes.extend(id.bytes());
            bytes.extend(older.iter().flat_map(|id| [id.len() as u8, 0, 0, 0, 9]));
            bytes.extend(older.iter().flat_map(|id| id.bytes()));
        }
        bytes
    }

    #[test]
    fn dockets() {
        for older in [&[][..], &["1234", "56789"]] {
            let bytes = docket(["00c0ffee", "00c0de00", ""], older);
            let read = Docket::parse(&bytes, &"d").unwrap();
            let named = |id: &str, len| Named {
                id: id.to_owned(),
                len,
            };
            assert_eq!(read.index, named("00c0ffee", 96));
            assert_eq!(read.data, named("00c0de00", 10));
            assert_eq!(read.sidedata, named("", 0));
            for len in 0..bytes.len() {
                assert!(Docket::parse(&bytes[..len], &"d").is_err());
            }
        }
        assert!(Docket::parse(&docket(["../x", "a", "b"], &[]), &"d").is_err());
    }

    #[test]
    fn entries() {
        assert!(as_version_1(&[0; 95], &"i").is_err());
        assert!(as_version_1(&[], &"i").unwrap().is_empty());
        let mut entry = [0; 96];
        entry[68] = 3;
        assert!(as_version_1(&entry, &"i").is_err());
        entry[68] = 0;
        entry[5] = 1;
        assert!(as_version_1(&entry, &"i").is_err());
    }
}
