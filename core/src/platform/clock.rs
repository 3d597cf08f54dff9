// SPDX-License-Identifier: GPL-2.0-or-later

//! What time it is for a file system.

use std::path::Path;

use rustix::fs::{self, Mode, OFlags};

use crate::dirstate::Timestamp;
use crate::{Error, Result};

/// Returns the time stamp of a file that is written now in a directory. Nobody ever sees the file.
///
/// # Errors
/// [`Error::Io`] if nothing can be written there, or if the file system knows no files
/// without a name.
pub fn file_system_now(directory: &Path) -> Result<Timestamp> {
    let failed = |errno: rustix::io::Errno| Error::io(directory, errno.into());
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = fs::open(directory, flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
    fs::fstat(file)
        .map(|stat| super::directory::mtime(&stat))
        .map_err(failed)
}
