// SPDX-License-Identifier: GPL-2.0-or-later

//! Files of the working copy, as a manifest would have them.

use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::Path;

use crate::manifest::Flag;
use crate::platform::ext::{MetadataExt as _, OsStringExt as _};
use crate::platform::mmap::open_regular;
use crate::{Error, Result};

const OWNER_EXECUTES: u32 = 0o100;

/// Returns the flag of a file as it is now.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn flag_of(file: &Path) -> Result<Flag> {
    let metadata = fs::symlink_metadata(file).map_err(|error| Error::io(file, error))?;
    Ok(flag(&metadata))
}

/// Returns the flag that a manifest has for such a file.
pub(crate) fn flag(metadata: &Metadata) -> Flag {
    if metadata.is_symlink() {
        Flag::Symlink
    } else if metadata.mode() & OWNER_EXECUTES != 0 {
        Flag::Executable
    } else {
        Flag::Regular
    }
}

/// Returns what a file has in it: a symlink where it points to.
///
/// # Errors
/// [`Error::Io`]; [`Error::Invalid`] if it is no regular file now, or no symlink.
pub(crate) fn content(file: &Path, flag: Flag) -> Result<Vec<u8>> {
    if flag == Flag::Symlink {
        return link_target(file);
    }
    let mut content = Vec::new();
    let read = open_regular(file)?.read_to_end(&mut content);
    read.map_err(|error| Error::io(file, error))?;
    Ok(content)
}

/// Returns where a symlink points to.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn link_target(file: &Path) -> Result<Vec<u8>> {
    let target = fs::read_link(file).map_err(|error| Error::io(file, error))?;
    Ok(target.into_os_string().into_vec())
}
