// SPDX-License-Identifier: GPL-2.0-or-later

//! Contents that the extension lfs stores beside the revlogs.
//!
//! A revision with the flag [`EXTERNALLY_STORED`](super::EXTERNALLY_STORED) has a *pointer* as its
//! text: lines of a key, a space and a value, as the specification of Git LFS has them
//! (<https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>). It names the content by its
//! SHA-256 and length, and keeps a file's metadata under keys that begin with `x-hg-`. The content
//! is a file below `lfs/objects` in the store. Node and text are those that the revision would have
//! without all this.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::patch::MAX_TEXT;
use crate::error::FileKind;
use crate::platform::files;
use crate::text::lines;
use crate::{Error, Result};

const VERSION: &[u8] = b"https://git-lfs.github.com/spec/v1";
const METADATA: &[u8] = b"x-hg-";
/// What metadata begins and ends with, as [`MARKER`](crate::filelog::MARKER).
const MARKER: &[u8] = b"\x01\n";
/// The hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// The text of a revision whose content is elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    oid: String,
    size: u64,
    is_binary: bool,
    metadata: Vec<u8>,
}

impl Pointer {
    /// Reads a pointer as Mercurial's `hgext/lfs/pointer.py` does; `name` is for messages.
    ///
    /// If a key comes twice, the last counts. Takes time in the order of n log n for a text of n
    /// bytes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a text that is none.
    pub fn parse(text: &[u8], name: &dyn Display) -> Result<Pointer> {
        let corrupt = |reason: String| {
            let reason = format!("its pointer to a content of lfs {reason}");
            Error::corrupt(FileKind::Revlog, name, reason)
        };
        let mut values = BTreeMap::new();
        for line in lines(text) {
            let space = line.iter().position(|&byte| byte == b' ');
            let (key, value) = match space {
                Some(space) if is_key(&line[..space]) => (&line[..space], &line[space + 1..]),
                _ => {
                    let line = String::from_utf8_lossy(line);
                    return Err(corrupt(format!("has the line {line:?}")));
                }
            };
            values.insert(key, value);
        }
        // Mercurial takes one that does not say it for this version.
        if values.get(&b"version"[..]).is_some_and(|&v| v != VERSION) {
            return Err(corrupt("is of another version".to_owned()));
        }
        let oid = values.get(&b"oid"[..]).copied().and_then(oid);
        let size = values.get(&b"size"[..]).copied().and_then(number);
        let binary = values.get(&b"x-is-binary"[..]).copied();
        let metadata = values
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(METADATA)?, *value)))
            .flat_map(|(key, value)| [key, b": ", value, b"\n"].concat());
        Ok(Pointer {
            oid: oid.ok_or_else(|| corrupt("names no SHA-256".to_owned()))?,
            size: size.ok_or_else(|| corrupt("names no size".to_owned()))?,
            is_binary: binary != Some(b"0"),
            metadata: metadata.collect(),
        })
    }

    /// Returns the SHA-256 of the content, in hexadecimal digits.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// Returns how long the content is.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the metadata of the file's revision, lines `key: value`; empty if there is none.
    pub fn metadata(&self) -> &[u8] {
        &self.metadata
    }
}

/// The contents that a store has.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    dir: PathBuf,
}

impl Contents {
    /// Returns those below a directory.
    pub(super) fn new(dir: PathBuf) -> Contents {
        Contents { dir }
    }

    /// Returns the text that a revision would have if its content were not elsewhere.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a content that is not there, which Mercurial may fetch, for one
    /// that is too long, and one that is binary where the pointer says it is not, or the other way
    /// round; [`Error::Corrupt`] for one that is not what the pointer says; [`Error::Io`].
    pub(super) fn text(&self, pointer: &Pointer, name: &dyn Display) -> Result<Vec<u8>> {
        let oid = &pointer.oid;
        let refused = |reason: &str| {
            let reason = format!("the content sha256:{oid} {reason}");
            Err(Error::unsupported(FileKind::Revlog, name, reason))
        };
        if pointer.size > MAX_TEXT as u64 {
            return refused("is too long");
        }
        let path = self.dir.join(&oid[..2]).join(&oid[2..]);
        let Some(content) = files::read_if_there(FileKind::Revlog, &path, pointer.size)? else {
            return refused("is not in the store of lfs");
        };
        let is_whole = content.len() as u64 == pointer.size;
        if !is_whole || hexadecimal(&Sha256::digest(&content)) != *oid {
            let reason = format!("the content sha256:{oid} is damaged in the store of lfs");
            return Err(Error::corrupt(FileKind::Revlog, name, reason));
        }
        // Mercurial believes the pointer where it shows differences.
        if pointer.is_binary != content.contains(&0) {
            return refused("is not binary or text as its pointer has it");
        }
        if pointer.metadata.is_empty() && !content.starts_with(MARKER) {
            return Ok(content);
        }
        Ok([MARKER, &pointer.metadata, MARKER, &content].concat())
    }
}

fn is_key(key: &[u8]) -> bool {
    let is_good = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    !key.is_empty() && key.iter().all(is_good)
}

fn oid(value: &[u8]) -> Option<String> {
    let digits = value.strip_prefix(b"sha256:")?;
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_good = digits.len() == DIGITS && digits.iter().all(is_digit);
    is_good.then(|| digits.iter().map(|&digit| char::from(digit)).collect())
}

fn number(value: &[u8]) -> Option<u64> {
    let is_good = value.iter().all(u8::is_ascii_digit);
    is_good.then(|| str::from_utf8(value).ok()?.parse().ok())?
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a string takes everything");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn parsed(text: &str) -> Result<Pointer> {
        Pointer::parse(text.as_bytes(), &"f")
    }

    #[test]
    fn pointers() {
        for (text, metadata, is_binary) in [
            (format!("oid {OID}\nsize 12\n"), "", true),
            (
                format!(
                    "version https://git-lfs.github.com/spec/v1\r\nsize 5\rsize 0012\noid {OID}\n\
                     x-hg-copyrev 12\nx-hg-copy a: b c\nx-is-binary 0\nx-hg- \nodd.key- a"
                ),
                ": \ncopy: a: b c\ncopyrev: 12\n",
                false,
            ),
        ] {
            let pointer = parsed(&text).unwrap();
            assert_eq!((pointer.oid(), pointer.size()), (&OID[7..], 12));
            assert_eq!(pointer.metadata(), metadata.as_bytes());
            assert_eq!(pointer.is_binary, is_binary);
        }
    }

    #[test]
    fn texts_that_are_none() {
        let good = format!("oid {OID}\nsize 12\n");
        for text in [
            "".to_owned(),
            "size 12\n".to_owned(),
            format!("oid {OID}\n"),
            format!("oid {OID}\nsize \n"),
            format!("oid {OID}\nsize +1\n"),
            format!("oid {OID}0\nsize 12\n"),
            format!("oid {}\nsize 12\n", OID.to_uppercase()),
            good.clone() + "version 2\n",
            good.clone() + "\n",
            good.clone() + "key\n",
            good.clone() + "Key a\n",
            good.clone() + " a\n",
            good + "size 18446744073709551616\n",
        ] {
            let error = parsed(&text).unwrap_err();
            assert!(error.to_string().starts_with("f: its pointer"), "{error}");
        }
    }
}
