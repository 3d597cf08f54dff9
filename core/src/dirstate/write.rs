// SPDX-License-Identifier: GPL-2.0-or-later

//! Writing the files of the dirstate, as Mercurial's `dirstatemap.write` does.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::{Dirstate, Docket, append_v2, pack_v1, pack_v2};
use crate::platform::atomic;
use crate::platform::ext::MetadataExt as _;
use crate::{Error, Result};

/// Writes a dirstate that was read from a repository, in the format that it had there, to its
/// place. The caller has the lock of the working copy, and knows that the files are as they
/// were when they were read.
///
/// Whoever reads meanwhile sees the old one or the new one; one of them is there whatever happens.
///
/// # Errors
/// Those of reading the map; [`Error::Io`] if something cannot be written, or is no regular file.
pub fn write(dot_hg: &Path, dirstate: &Dirstate) -> Result<()> {
    let path = dot_hg.join("dirstate");
    let Some(docket) = &dirstate.docket else {
        let packed = pack_v1(&dirstate.map, &dirstate.p1, &dirstate.p2)?;
        return atomic::replace(&path, &packed);
    };
    let data = dot_hg.join(docket.data_file());
    if let Some((more, metadata)) = append_v2(&dirstate.map)?
        && let Some(file) = to_append(&data, docket)
    {
        let added = append(file, docket.data_size, &more);
        added.map_err(|error| Error::io(&data, error))?;
        // No more than 4 GiB, says who packed it.
        let data_size = docket.data_size + more.len() as u32;
        let docket = Docket {
            metadata,
            data_size,
            ..docket.clone()
        };
        return atomic::replace(&path, &docket.serialize()?);
    }
    let (packed, metadata) = pack_v2(&dirstate.map)?;
    let (made, name) = atomic::create(dot_hg, "dirstate.", &path, &packed)?;
    let docket = Docket {
        metadata,
        data_size: packed.len() as u32,
        uuid: name.into_bytes(),
        ..docket.clone()
    };
    atomic::replace(&path, &docket.serialize()?)?;
    // Nothing is in its way any more.
    let _ = made.keep();
    // What nobody needs any more is no loss.
    let _ = fs::remove_file(data);
    Ok(())
}

/// Opens a data file that may be written to: it is there as it was, and nobody else's as well.
fn to_append(path: &Path, docket: &Docket) -> Option<File> {
    let looked = fs::symlink_metadata(path).ok()?;
    let is_own = looked.is_file() && looked.nlink() == 1;
    let file = OpenOptions::new().write(true).open(path).ok()?;
    let opened = file.metadata().ok()?;
    let same = (looked.dev(), looked.ino()) == (opened.dev(), opened.ino());
    (is_own && same && opened.len() >= u64::from(docket.data_size)).then_some(file)
}

fn append(mut file: File, at: u32, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at.into()))?;
    file.write_all(bytes)
}
