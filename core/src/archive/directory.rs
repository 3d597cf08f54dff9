// SPDX-License-Identifier: GPL-2.0-or-later

//! Files in a directory, out of which nothing leads.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use super::{Member, bad_path};
use crate::manifest::Flag;
use crate::{Error, RepoPath, Result};

const DIRECTORY: OFlags = OFlags::DIRECTORY
    .union(OFlags::RDONLY)
    .union(OFlags::CLOEXEC);
const NEW_FILE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// A directory that files are written into.
pub(super) struct Directory {
    path: PathBuf,
    top: OwnedFd,
    mtime: i64,
}

impl Directory {
    /// Opens a directory, made if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn open(path: &Path, mtime: i64) -> Result<Directory> {
        fs::create_dir_all(path).map_err(|error| Error::io(path, error))?;
        let top = rustix::fs::openat(CWD, path, DIRECTORY, Mode::empty());
        Ok(Directory {
            path: path.to_owned(),
            top: top.map_err(|error| Error::io(path, error.into()))?,
            mtime,
        })
    }

    /// Writes a file, in place of one that is there.
    ///
    /// # Errors
    /// [`Error::Io`], also where a directory is a symlink; [`Error::Unsupported`] for a path that
    /// no working copy has.
    pub(super) fn write(&self, member: &Member) -> Result<()> {
        let path = RepoPath::new(&member.name);
        if let Some(fault) = path.fault() {
            return Err(bad_path(path, fault));
        }
        let is_hg = |name: &[u8]| [&b".hg"[..], b".hg."].contains(&&name.to_ascii_lowercase()[..]);
        if path.components().any(is_hg) {
            return Err(bad_path(path, "a path in a repository's own directory"));
        }
        let written = self.write_below(path, member);
        written.map_err(|error| Error::io(&path.below(&self.path), error))
    }

    fn write_below(&self, path: &RepoPath, member: &Member) -> io::Result<()> {
        let mut inside: Option<OwnedFd> = None;
        let mut components = path.components().peekable();
        while let Some(name) = components.next() {
            let here = inside.as_ref().unwrap_or(&self.top);
            if components.peek().is_none() {
                return self.write_in(here, name, member);
            }
            inside = Some(enter(here, name)?);
        }
        Ok(())
    }

    fn write_in(&self, directory: &OwnedFd, name: &[u8], member: &Member) -> io::Result<()> {
        match rustix::fs::unlinkat(directory, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        if member.flag == Flag::Symlink {
            return Ok(rustix::fs::symlinkat(&member.content[..], directory, name)?);
        }
        let mode = Mode::from_raw_mode(member.mode() as _);
        let mut file = File::from(rustix::fs::openat(directory, name, NEW_FILE, mode)?);
        file.write_all(&member.content)?;
        rustix::fs::fchmod(&file, mode)?;
        let time = Timespec {
            tv_sec: self.mtime as _,
            tv_nsec: 0,
        };
        rustix::fs::futimens(
            &file,
            &Timestamps {
                last_access: time,
                last_modification: time,
            },
        )?;
        Ok(())
    }
}

/// Opens a directory in another one, made if it is not there; not through a symlink.
fn enter(directory: &OwnedFd, name: &[u8]) -> io::Result<OwnedFd> {
    let open = || rustix::fs::openat(directory, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty());
    match open() {
        Err(Errno::NOENT) => {}
        opened => return Ok(opened?),
    }
    match rustix::fs::mkdirat(directory, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
        // Another thread may have been faster.
        Ok(()) | Err(Errno::EXIST) => Ok(open()?),
        Err(error) => Err(error.into()),
    }
}
