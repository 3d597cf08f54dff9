// SPDX-License-Identifier: GPL-2.0-or-later

//! The files of the dirstate: which there are, and reading them.

use std::io::ErrorKind;
use std::path::Path;

use super::v2::MARKER;
use super::{DirstateMap, Docket, Tree};
use crate::error::FileKind;
use crate::platform::ext::MetadataExt as _;
use crate::platform::files;
use crate::{Error, Node, Result};

/// More than a dirstate has with ten million files; what is longer hardly fits into memory.
const LIMIT: u64 = 1 << 30;

/// More than any docket has.
const DOCKET_LIMIT: u64 = 4096;

/// The number of times that the docket is read again when its data file is gone.
const ATTEMPTS: usize = 5;

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
