// SPDX-License-Identifier: GPL-2.0-or-later

//! The docket of dirstate-v2.
//!
//! `.hg/dirstate` is all there is of dirstate-v1. In dirstate-v2 it is the
//! *docket*, which names a data file, `.hg/dirstate.UUID`
//! (`dirstateutils/docket.py`); all numbers are big-endian:
//!
//! | bytes | content |
//! | --- | --- |
//! | 0–11 | `dirstate-v2\n` |
//! | 12–75 | the parents, 32 bytes each, of which 20 are used |
//! | 76–119 | metadata of the tree |
//! | 120–123 | how much of the data file is used |
//! | 124– | length of the UUID in one byte, and the UUID |

use crate::error::FileKind;
use crate::{Error, Node, Result};

pub(in crate::dirstate) const MARKER: &[u8; 12] = b"dirstate-v2\n";
const METADATA: usize = 76;
const DATA_SIZE: usize = 120;
const HEADER: usize = 125;

/// The docket of dirstate-v2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docket {
    /// The working directory's first parent.
    pub p1: Node,
    /// Its second parent, zeros for none.
    pub p2: Node,
    /// Metadata of the tree, see [`Tree::from_v2`](crate::dirstate::Tree::from_v2).
    pub metadata: [u8; 44],
    /// How many bytes of the data file are used.
    pub data_size: u32,
    /// The end of the data file's name; empty if there is no data file.
    pub uuid: Vec<u8>,
}

impl Docket {
    /// Returns the docket of a repository that has none yet.
    pub fn empty() -> Docket {
        Docket {
            p1: Node::NULL,
            p2: Node::NULL,
            metadata: [0; 44],
            data_size: 0,
            uuid: Vec::new(),
        }
    }

    /// Reads a docket; an empty file is an empty docket. `name` is for messages.
    ///
    /// # Errors
    /// - [`Error::Corrupt`] for a file that is cut short or has another marker;
    /// - [`Error::Unsupported`] for more bytes than expected, and for a UUID of
    ///   anything but ASCII letters, digits, `-` and `_`.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Docket> {
        if bytes.is_empty() {
            return Ok(Docket::empty());
        }
        let short = || {
            Error::corrupt(
                FileKind::Dirstate,
                name,
                format!("{} bytes are too few", bytes.len()),
            )
        };
        let (header, uuid) = bytes.split_first_chunk::<HEADER>().ok_or_else(short)?;
        if !header.starts_with(MARKER) {
            return Err(Error::corrupt(
                FileKind::Dirstate,
                name,
                "not in the format dirstate-v2",
            ));
        }
        let length = usize::from(header[HEADER - 1]);
        if uuid.len() < length {
            return Err(short());
        }
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        if uuid.len() > length || !uuid.iter().all(plain) {
            return Err(Error::unsupported(
                FileKind::Dirstate,
                name,
                "an unusual UUID of the data file",
            ));
        }
        let node = |start| Node::try_from(&header[start..start + Node::LEN]);
        let mut docket = Docket {
            p1: node(MARKER.len())?,
            p2: node(MARKER.len() + 32)?,
            uuid: uuid.to_vec(),
            ..Docket::empty()
        };
        docket
            .metadata
            .copy_from_slice(&header[METADATA..DATA_SIZE]);
        let mut size = [0; 4];
        size.copy_from_slice(&header[DATA_SIZE..HEADER - 1]);
        docket.data_size = u32::from_be_bytes(size);
        Ok(docket)
    }

    /// Returns the bytes of the file.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a UUID of more than 255 bytes.
    pub fn serialize(&self) -> Result<Vec<u8>> {
        let length = u8::try_from(self.uuid.len())
            .map_err(|_| Error::Invalid("a UUID of more than 255 bytes".into()))?;
        let mut bytes = Vec::with_capacity(HEADER + self.uuid.len());
        bytes.extend_from_slice(MARKER);
        for parent in [&self.p1, &self.p2] {
            bytes.extend_from_slice(parent.as_bytes());
            bytes.extend_from_slice(&[0; 12]);
        }
        bytes.extend_from_slice(&self.metadata);
        bytes.extend_from_slice(&self.data_size.to_be_bytes());
        bytes.push(length);
        bytes.extend_from_slice(&self.uuid);
        Ok(bytes)
    }

    /// Returns the name of the data file in `.hg`.
    pub fn data_file(&self) -> String {
        format!("dirstate.{}", String::from_utf8_lossy(&self.uuid))
    }
}
