// SPDX-License-Identifier: GPL-2.0-or-later

//! Sidedata: what is stored beside a revision's text and is not part of it.
//!
//! All numbers are big-endian: two bytes with the number of items; for each item two bytes with
//! its key, four with its length and its SHA-1; then the items one after the other. The format is
//! Mercurial's (`mercurial/revlogutils/sidedata.py`).

use std::borrow::Cow;
use std::fmt::Display;

use sha1::{Digest as _, Sha1};

use super::patch::MAX_TEXT;
use super::{Revlog, compression, open_once};
use crate::error::{FileKind, check_rev};
use crate::{Error, Result, Rev};

/// The key of the files that a changeset touches.
pub const FILES: u16 = 12;

const HEADER: usize = 2;
const ITEM: usize = 26;

/// Returns the item with a key, `None` if there is none; without any bytes there are no items.
///
/// Takes time linear in the length of the sidedata.
///
/// # Errors
/// [`Error::Corrupt`], with `name`, if the sidedata is cut short or the item is not that of its
/// SHA-1.
pub fn item<'a>(sidedata: &'a [u8], key: u16, name: &dyn Display) -> Result<Option<&'a [u8]>> {
    let corrupt = |reason| Error::corrupt(FileKind::Revlog, name, reason);
    let short = || corrupt("its sidedata is cut short");
    if sidedata.is_empty() {
        return Ok(None);
    }
    let (count, rest) = sidedata.split_first_chunk::<HEADER>().ok_or_else(short)?;
    let heads = ITEM * usize::from(u16::from_be_bytes(*count));
    let (heads, mut items) = rest.split_at_checked(heads).ok_or_else(short)?;
    let mut found = None;
    for head in heads.as_chunks::<ITEM>().0 {
        let len = u32::from_be_bytes([head[2], head[3], head[4], head[5]]) as usize;
        let (item, after) = items.split_at_checked(len).ok_or_else(short)?;
        items = after;
        if u16::from_be_bytes([head[0], head[1]]) == key {
            if Sha1::digest(item)[..] != head[6..] {
                return Err(corrupt("its sidedata is not that of its SHA-1"));
            }
            found = Some(item);
        }
    }
    Ok(found)
}

impl Revlog {
    /// Returns the sidedata of a revision, empty if it has none; only those of changelogs
    /// of version 2 have any.
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`], as far as entry and compression are concerned.
    pub fn sidedata(&self, rev: Rev) -> Result<Cow<'_, [u8]>> {
        let none = Ok(Cow::Borrowed(&[][..]));
        let Some(path) = self.sidedata_path.as_ref().filter(|_| !rev.is_null()) else {
            check_rev(rev, self.len())?;
            return none;
        };
        let stored = self.plain(rev)?;
        let (at, len) = stored.sidedata;
        if len == 0 {
            return none;
        }
        let file = open_once(&self.sidedata, path)?;
        let chunk = self.part(file, at, len, rev)?;
        if stored.sidedata_is_plain {
            return Ok(Cow::Borrowed(chunk));
        }
        compression::decompress(chunk, 0, MAX_TEXT, &self.at(rev))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(items: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = (items.len() as u16).to_be_bytes().to_vec();
        for (key, item) in items {
            bytes.extend(key.to_be_bytes());
            bytes.extend((item.len() as u32).to_be_bytes());
            bytes.extend(Sha1::digest(item));
        }
        bytes.extend(items.iter().flat_map(|(_, item)| item.iter()));
        bytes
    }

    #[test]
    fn items() {
        let mut bytes = packed(&[(1, b"one"), (FILES, b""), (7, b"seven")]);
        let get = |bytes: &[u8], key| item(bytes, key, &"s").map(|found| found.map(<[u8]>::to_vec));
        assert_eq!(get(&bytes, 1).unwrap().unwrap(), b"one");
        assert_eq!(get(&bytes, FILES).unwrap().unwrap(), b"");
        assert_eq!(get(&bytes, 7).unwrap().unwrap(), b"seven");
        assert_eq!(get(&bytes, 2).unwrap(), None);
        assert_eq!(get(b"", 1).unwrap(), None);
        for len in 1..bytes.len() {
            assert!(get(&bytes[..len], 7).is_err(), "{len}");
        }
        *bytes.last_mut().unwrap() ^= 1;
        assert!(get(&bytes, 7).is_err());
        assert!(get(&bytes, 1).is_ok());
    }
}
