// SPDX-License-Identifier: GPL-2.0-or-later

//! What time it is for a file system.

use std::io;
use std::path::Path;

use crate::dirstate::Timestamp;
use crate::{Error, Result};

/// Returns the time stamp of a file that is written now in a directory. Nobody ever sees the file.
///
/// # Errors
/// [`Error::Io`] if nothing can be written there, or if the file system knows no files
/// without a name.
pub fn file_system_now(directory: &Path) -> Result<Timestamp> {
    on_system(directory).map_err(|error| Error::io(directory, error))
}

#[cfg(target_os = "linux")]
fn on_system(directory: &Path) -> io::Result<Timestamp> {
    use rustix::fs::{self, Mode, OFlags};

    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = fs::open(directory, flags, Mode::RUSR | Mode::WUSR)?;
    Ok(super::directory::mtime(&fs::fstat(file)?))
}

/// Other systems know no files without a name.
#[cfg(not(target_os = "linux"))]
fn on_system(_: &Path) -> io::Result<Timestamp> {
    Err(io::ErrorKind::Unsupported.into())
}
