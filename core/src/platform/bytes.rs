// SPDX-License-Identifier: GPL-2.0-or-later

//! The bytes of a file, read or mapped.

use std::io::Read;
use std::path::Path;

use super::files;
use super::mmap::{Mapped, Stamp};
use crate::error::FileKind;
use crate::{Error, Result};

/// Files up to this length are read: for a map, the system has to do more.
const READ_LIMIT: u64 = 1 << 16;

/// The bytes of a file as it was when it was opened.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// Read, or never in a file.
    Owned(Vec<u8>),
    /// Mapped, so that only what is looked at is read.
    Mapped(Mapped),
}

impl Bytes {
    /// Reads or maps a file, and has `parse` look at the bytes; `None` if somebody
    /// else wrote to the file meanwhile.
    pub(crate) fn open<T>(
        kind: FileKind,
        path: &Path,
        parse: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Result<Option<(Bytes, T)>> {
        let mut file = files::open(kind, path)?;
        let before = Stamp::of(&file, path)?;
        let bytes = if before.len <= READ_LIMIT {
            let mut bytes = Vec::with_capacity(before.len as usize);
            Read::by_ref(&mut file)
                .take(before.len)
                .read_to_end(&mut bytes)
                .map_err(|e| Error::io(path, e))?;
            Bytes::Owned(bytes)
        } else {
            Bytes::Mapped(Mapped::of(&file, before.len, path)?)
        };
        match parse(bytes.get()) {
            Ok(parsed) if !bytes.torn() => Ok(Some((bytes, parsed))),
            // Nothing is wrong with a file that is being written to.
            _ if bytes.torn() || Stamp::of(&file, path)? != before => Ok(None),
            other => other.map(|parsed| Some((bytes, parsed))),
        }
    }

    /// Returns the bytes, zeros where the file has been cut off since.
    pub(crate) fn get(&self) -> &[u8] {
        match self {
            Bytes::Owned(bytes) => bytes,
            Bytes::Mapped(map) => map.bytes(),
        }
    }

    /// Returns whether a read ran into a part that is no longer in the file.
    pub(crate) fn torn(&self) -> bool {
        match self {
            Bytes::Owned(_) => false,
            Bytes::Mapped(map) => map.torn(),
        }
    }
}
