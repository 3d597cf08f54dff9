// SPDX-License-Identifier: GPL-2.0-or-later

//! Files in a directory, out of which nothing leads.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Member, bad_path};
use crate::manifest::Flag;
use crate::platform::folder::{Folder, settle};
use crate::{Error, RepoPath, Result};

/// A directory that files are written into.
pub(super) struct Directory {
    path: PathBuf,
    top: Folder,
    mtime: i64,
}

impl Directory {
    /// Opens a directory, made if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn open(path: &Path, mtime: i64) -> Result<Directory> {
        fs::create_dir_all(path).map_err(|error| Error::io(path, error))?;
        let top = Folder::open(path);
        Ok(Directory {
            path: path.to_owned(),
            top: top.map_err(|error| Error::io(path, error))?,
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
        let mut inside: Option<Folder> = None;
        let mut components = path.components().peekable();
        while let Some(name) = components.next() {
            let here = inside.as_ref().unwrap_or(&self.top);
            if components.peek().is_none() {
                return self.write_in(here, name, member);
            }
            inside = Some(here.enter(name)?);
        }
        Ok(())
    }

    fn write_in(&self, folder: &Folder, name: &[u8], member: &Member) -> io::Result<()> {
        folder.remove(name)?;
        if member.flag == Flag::Symlink {
            return folder.symlink(name, &member.content);
        }
        let mut file = folder.create(name, member.mode())?;
        file.write_all(&member.content)?;
        settle(&file, member.mode(), self.mtime)
    }
}
