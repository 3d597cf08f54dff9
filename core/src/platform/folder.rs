// SPDX-License-Identifier: GPL-2.0-or-later

//! Folders that files are written into, out of which nothing leads.

use std::fs::File;
use std::io;
use std::path::Path;

use super::directory::Kind;

/// An open folder: names in it are looked up there, wherever its path leads by now.
pub(crate) struct Folder(system::Handle);

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// Those of the system, here as everywhere below; that folders are not opened on a system.
    pub(crate) fn open(path: &Path) -> io::Result<Folder> {
        system::open(path).map(Folder)
    }

    /// Opens a folder in this one, made if it is not there; not through a symlink.
    pub(crate) fn enter(&self, name: &[u8]) -> io::Result<Folder> {
        system::enter(&self.0, name).map(Folder)
    }

    /// Removes a file or a symlink, if there is one.
    pub(crate) fn remove(&self, name: &[u8]) -> io::Result<()> {
        system::remove(&self.0, name)
    }

    /// Makes a symlink.
    pub(crate) fn symlink(&self, name: &[u8], target: &[u8]) -> io::Result<()> {
        system::symlink(&self.0, name, target)
    }

    /// Returns what stands under a name, which may be a symlink, if there is something.
    pub(crate) fn kind(&self, name: &[u8]) -> io::Result<Option<Kind>> {
        system::kind(&self.0, name)
    }

    /// Makes a file, where none is yet.
    pub(crate) fn create(&self, name: &[u8], mode: u32) -> io::Result<File> {
        system::create(&self.0, name, mode)
    }
}

/// Gives an open file permissions, whatever mask the process has.
pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    system::set_mode(file, mode)
}

/// Gives an open file permissions, whatever mask the process has, and both its times.
pub(crate) fn settle(file: &File, mode: u32, seconds: i64) -> io::Result<()> {
    system::settle(file, mode, seconds)
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use rustix::fd::OwnedFd;
    use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, Timespec, Timestamps};
    use rustix::io::Errno;

    use super::Kind;
    use crate::platform::directory;

    pub(super) type Handle = OwnedFd;

    const DIRECTORY: OFlags = OFlags::DIRECTORY
        .union(OFlags::RDONLY)
        .union(OFlags::CLOEXEC);
    const NEW_FILE: OFlags = OFlags::WRONLY
        .union(OFlags::CREATE)
        .union(OFlags::EXCL)
        .union(OFlags::NOFOLLOW)
        .union(OFlags::CLOEXEC);

    pub(super) fn open(path: &Path) -> io::Result<OwnedFd> {
        Ok(fs::openat(CWD, path, DIRECTORY, Mode::empty())?)
    }

    pub(super) fn enter(folder: &OwnedFd, name: &[u8]) -> io::Result<OwnedFd> {
        let open = || fs::openat(folder, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty());
        match open() {
            Err(Errno::NOENT) => {}
            opened => return Ok(opened?),
        }
        match fs::mkdirat(folder, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
            // Another thread may have been faster.
            Ok(()) | Err(Errno::EXIST) => Ok(open()?),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn remove(folder: &OwnedFd, name: &[u8]) -> io::Result<()> {
        match fs::unlinkat(folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn symlink(folder: &OwnedFd, name: &[u8], target: &[u8]) -> io::Result<()> {
        Ok(fs::symlinkat(target, folder, name)?)
    }

    pub(super) fn create(folder: &OwnedFd, name: &[u8], mode: u32) -> io::Result<File> {
        let mode = Mode::from_raw_mode(mode as _);
        Ok(File::from(fs::openat(folder, name, NEW_FILE, mode)?))
    }

    pub(super) fn kind(folder: &OwnedFd, name: &[u8]) -> io::Result<Option<Kind>> {
        match fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(directory::kind(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        Ok(fs::fchmod(file, Mode::from_raw_mode(mode as _))?)
    }

    pub(super) fn settle(file: &File, mode: u32, seconds: i64) -> io::Result<()> {
        set_mode(file, mode)?;
        let time = Timespec {
            tv_sec: seconds as _,
            tv_nsec: 0,
        };
        let times = Timestamps {
            last_access: time,
            last_modification: time,
        };
        Ok(fs::futimens(file, &times)?)
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use super::Kind;

    /// There is none.
    pub(super) enum Handle {}

    pub(super) fn open(_: &Path) -> io::Result<Handle> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn enter(folder: &Handle, _: &[u8]) -> io::Result<Handle> {
        match *folder {}
    }

    pub(super) fn remove(folder: &Handle, _: &[u8]) -> io::Result<()> {
        match *folder {}
    }

    pub(super) fn symlink(folder: &Handle, _: &[u8], _: &[u8]) -> io::Result<()> {
        match *folder {}
    }

    pub(super) fn create(folder: &Handle, _: &[u8], _: u32) -> io::Result<File> {
        match *folder {}
    }

    pub(super) fn kind(folder: &Handle, _: &[u8]) -> io::Result<Option<Kind>> {
        match *folder {}
    }

    pub(super) fn set_mode(_: &File, _: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn settle(_: &File, _: u32, _: i64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
