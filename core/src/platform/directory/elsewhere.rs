// SPDX-License-Identifier: GPL-2.0-or-later

//! Stands for directories where there are no handles of them: none can be opened.

use std::io;
use std::path::Path;

use super::{Entries, Kind, Unread};
use crate::RepoPath;
use crate::dirstate::Timestamp;

/// An error of Unix's, of which here is but one: that something is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(i32);

impl Errno {
    pub(crate) const ACCESS: Errno = Errno(13);
    pub(crate) const LOOP: Errno = Errno(40);
    pub(crate) const MFILE: Errno = Errno(24);
    pub(crate) const NAMETOOLONG: Errno = Errno(36);
    pub(crate) const NFILE: Errno = Errno(23);
    pub(crate) const NOENT: Errno = Errno(2);
    pub(crate) const NOMEM: Errno = Errno(12);
    pub(crate) const NOSYS: Errno = Errno(38);
    pub(crate) const NOTDIR: Errno = Errno(20);
    pub(crate) const PERM: Errno = Errno(1);

    pub(crate) fn raw_os_error(self) -> i32 {
        self.0
    }
}

impl From<Errno> for io::Error {
    fn from(_: Errno) -> io::Error {
        io::ErrorKind::Unsupported.into()
    }
}

/// What would be known of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stat {
    pub(crate) st_mode: u32,
    pub(crate) st_size: i64,
    pub(crate) st_mtime: i64,
    pub(crate) st_mtime_nsec: i64,
    pub(crate) st_ctime: i64,
    pub(crate) st_ctime_nsec: i64,
}

pub(crate) fn kind(_: &Stat) -> Kind {
    Kind::Other
}

pub(crate) fn mtime(stat: &Stat) -> Timestamp {
    Timestamp::of(stat.st_mtime, stat.st_mtime_nsec)
}

pub(crate) fn ctime(stat: &Stat) -> Timestamp {
    Timestamp::of(stat.st_ctime, stat.st_ctime_nsec)
}

pub(crate) fn is_denied(error: Errno) -> bool {
    matches!(error, Errno::ACCESS | Errno::PERM)
}

/// The beginning of a path, which is never opened.
#[derive(Clone)]
pub(crate) struct Base;

impl Base {
    pub(crate) fn root(_: &Path) -> Result<Base, Errno> {
        Err(Errno::NOSYS)
    }

    pub(crate) fn open(&self, _: &RepoPath, _: bool) -> Result<Directory, Errno> {
        Err(Errno::NOSYS)
    }

    pub(crate) fn stat(&self, _: &RepoPath) -> Result<Stat, Errno> {
        Err(Errno::NOSYS)
    }

    pub(crate) fn has_directory(&self, _: &RepoPath) -> bool {
        false
    }

    pub(crate) fn below(&self, _: &RepoPath, _: usize, _: Directory) -> Base {
        Base
    }
}

/// An open directory, of which there is none.
pub(crate) struct Directory;

impl Directory {
    pub(crate) fn own_stat(&self) -> Result<Stat, Errno> {
        Err(Errno::NOSYS)
    }

    pub(crate) fn stat(&self, _: &[u8]) -> Result<Stat, Errno> {
        Err(Errno::NOSYS)
    }

    pub(crate) fn closed(&self) -> Option<Errno> {
        Some(Errno::NOSYS)
    }

    pub(crate) fn has_directory(&self, _: &[u8]) -> bool {
        false
    }

    pub(crate) fn read(&self, _: impl Fn() -> bool) -> Result<Entries, Unread> {
        Err(Unread::All(Errno::NOSYS))
    }
}
