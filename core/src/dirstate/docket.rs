//! The dirstate's files.
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

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::tree::Tree;
use super::DirstateMap;
use crate::error::FileKind;
use crate::platform::files;
use crate::{Error, Node, Result};

const MARKER: &[u8; 12] = b"dirstate-v2\n";
const METADATA: usize = 76;
const DATA_SIZE: usize = 120;
const HEADER: usize = 125;

/// More than a dirstate has with ten million files; what is longer hardly fits into memory.
const LIMIT: u64 = 1 << 30;

/// More than any docket has.
const DOCKET_LIMIT: u64 = 4096;

/// The number of times that the docket is read again when its data file is gone.
const ATTEMPTS: usize = 5;

/// The docket of dirstate-v2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docket {
    /// The working directory's first parent.
    pub p1: Node,
    /// Its second parent, zeros for none.
    pub p2: Node,
    /// Metadata of the tree, see [`Tree::from_v2`].
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

/// The identity of the file `.hg/dirstate`: every change of the dirstate puts a new one in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    /// That of the file now; `None` if there is none.
    pub fn of(dot_hg: &Path) -> Option<Identity> {
        let stat = std::fs::metadata(dot_hg.join("dirstate")).ok()?;
        Some(Identity {
            device: stat.dev(),
            inode: stat.ino(),
            size: stat.size(),
            modified: (stat.mtime(), stat.mtime_nsec()),
            changed: (stat.ctime(), stat.ctime_nsec()),
        })
    }
}

/// All that the files of the dirstate say.
#[derive(Debug)]
pub struct Dirstate {
    /// The working directory's first parent, zeros for none.
    pub p1: Node,
    /// Its second parent, zeros for none.
    pub p2: Node,
    /// The files.
    pub map: DirstateMap,
    /// The docket, if the format is dirstate-v2. `None` for a dirstate-v1 file
    /// where dirstate-v2 was expected.
    pub docket: Option<Docket>,
}

/// Reads the dirstate of a repository; `v2` says whether it has the
/// requirement `dirstate-v2`. No lock is needed.
///
/// A file that does not exist is an empty dirstate. Files of a transaction
/// that is under way (`dirstate.pending`) are not looked for.
///
/// # Errors
/// Those of [`Docket::parse`], [`Tree::from_v1`] and [`Tree::open_v2`];
/// [`Error::Io`] for a file that cannot be read; [`Error::Unsupported`] if each of
/// several dockets named a data file that was not there.
pub fn read(dot_hg: &Path, v2: bool) -> Result<Dirstate> {
    let path = dot_hg.join("dirstate");
    let name = path.display().to_string();
    for _ in 0..ATTEMPTS {
        let bytes = files::read_if_there(FileKind::Dirstate, &path, LIMIT)?.unwrap_or_default();
        let is_docket = bytes.is_empty() || bytes.starts_with(MARKER);
        if !v2 || !is_docket {
            let (tree, [p1, p2]) = Tree::from_v1(bytes, &name)?;
            return Ok(Dirstate {
                p1,
                p2,
                map: DirstateMap::new(tree),
                docket: None,
            });
        }
        let docket = Docket::parse(&bytes, &name)?;
        if let Some(tree) = read_data(dot_hg, &docket)? {
            return Ok(Dirstate {
                p1: docket.p1,
                p2: docket.p2,
                map: DirstateMap::new(tree),
                docket: Some(docket),
            });
        }
    }
    Err(Error::unsupported(
        FileKind::Dirstate,
        name,
        "its data file kept disappearing",
    ))
}

/// Reads the parents of a repository's working copy, without the rest of the dirstate; `v2` says
/// whether it has the requirement `dirstate-v2`. O(1).
///
/// # Errors
/// Those of [`Docket::parse`]; [`Error::Io`] for a file that cannot be read.
pub fn read_parents(dot_hg: &Path, v2: bool) -> Result<[Node; 2]> {
    let path = dot_hg.join("dirstate");
    let name = path.display().to_string();
    let start = files::beginning_if_there(FileKind::Dirstate, &path, DOCKET_LIMIT)?;
    let start = start.unwrap_or_default();
    if start.is_empty() {
        return Ok([Node::NULL; 2]);
    }
    if v2 && start.starts_with(MARKER) {
        let docket = Docket::parse(&start, &name)?;
        return Ok([docket.p1, docket.p2]);
    }
    match start.as_chunks::<{ Node::LEN }>().0 {
        [p1, p2, ..] => Ok([(*p1).into(), (*p2).into()]),
        _ => {
            let reason = format!("{} bytes are too few", start.len());
            Err(Error::corrupt(FileKind::Dirstate, name, reason))
        }
    }
}

/// Returns the tree of a docket, or `None` if its data file is gone.
fn read_data(dot_hg: &Path, docket: &Docket) -> Result<Option<Tree>> {
    if docket.uuid.is_empty() {
        return Ok(Some(Tree::empty()));
    }
    let path = dot_hg.join(docket.data_file());
    match Tree::open_v2(&path, docket.data_size, &docket.metadata) {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}
