// SPDX-License-Identifier: GPL-2.0-or-later

//! The files that predicates ask about: those of a changeset, or of the working copy.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vermilion_core::RepoPath;
use vermilion_core::dirstate::DirstateMap;
use vermilion_core::filelog::Filelog;
use vermilion_core::manifest::{Flag, Manifest};
use vermilion_core::snapshot::Snapshot;

use crate::program::chosen::is_in;
use crate::{Error, Result};

/// Files of the working copy that are longer are left to Mercurial.
const MAX_LEN: u64 = 256 << 20;

/// Where files are.
#[derive(Clone)]
pub(super) enum Files {
    Changeset {
        snapshot: Arc<Snapshot>,
        manifest: Arc<Manifest>,
    },
    WorkingCopy {
        root: PathBuf,
        known: Arc<DirstateMap>,
        /// The manifest of the first parent.
        parent: Arc<Manifest>,
    },
}

impl Files {
    /// Returns whether a file is tracked.
    pub(super) fn has(&self, path: &RepoPath) -> Result<bool> {
        Ok(match self {
            Files::Changeset { manifest, .. } => manifest.find(path)?.is_some(),
            Files::WorkingCopy { known, .. } => known.get(path)?.is_some_and(|e| e.tracked()),
        })
    }

    /// Returns whether there is such a tracked file, or a directory with some.
    pub(super) fn has_any(&self, path: &RepoPath) -> Result<bool> {
        match self {
            Files::Changeset { manifest, .. } => is_in(manifest, path),
            Files::WorkingCopy { known, .. } => Ok(self.has(path)? || known.has_tracked_dir(path)?),
        }
    }

    /// Returns what is beside a file's content, a regular one's for a file that is not there.
    pub(super) fn flag(&self, path: &RepoPath) -> Result<Flag> {
        Ok(match self {
            Files::Changeset { manifest, .. } => {
                manifest.find(path)?.map_or(Flag::Regular, |file| file.flag)
            }
            Files::WorkingCopy { root, .. } => match path.below(root).symlink_metadata() {
                Ok(found) if found.is_symlink() => Flag::Symlink,
                Ok(found) if found.mode() & 0o100 != 0 => Flag::Executable,
                _ => Flag::Regular,
            },
        })
    }

    /// Returns the length of a file, `None` for one that is not there.
    pub(super) fn len(&self, path: &RepoPath) -> Result<Option<u64>> {
        match self {
            Files::Changeset { .. } => {
                let content = self.content(path)?;
                Ok(content.map(|content| content.len() as u64))
            }
            Files::WorkingCopy { root, .. } => there(root, path, |full| {
                full.symlink_metadata().map(|found| found.len())
            }),
        }
    }

    /// Returns what is in a file, `None` for one that is not there.
    pub(super) fn content(&self, path: &RepoPath) -> Result<Option<Vec<u8>>> {
        match self {
            Files::Changeset { snapshot, manifest } => {
                let file = manifest.find(path)?;
                let content = file.map(|file| snapshot.store().content(path, &file.node));
                Ok(content.transpose()?)
            }
            Files::WorkingCopy { root, .. } => there(root, path, read),
        }
    }

    /// Returns whether a file is recorded as a copy of another one.
    pub(super) fn is_copied(&self, path: &RepoPath) -> Result<bool> {
        match self {
            Files::Changeset { snapshot, manifest } => {
                let Some(file) = manifest.find(path)? else {
                    return Ok(false);
                };
                let filelog = Filelog::open(snapshot.store(), path)?;
                let source = filelog.copied_from(filelog.rev(&file.node)?)?;
                Ok(source.is_some_and(|source| *source.path != *path))
            }
            Files::WorkingCopy { known, parent, .. } => match known.copy_source(path)? {
                Some(source) => Ok(source != path && parent.find(source)?.is_some()),
                None => Ok(false),
            },
        }
    }
}

/// Asks about a file of the working copy; `None` if it is not there, or behind a symlink.
fn there<T>(
    root: &Path,
    path: &RepoPath,
    ask: impl FnOnce(&Path) -> io::Result<T>,
) -> Result<Option<T>> {
    let is_link = |above: &RepoPath| {
        let found = above.below(root).symlink_metadata();
        found.is_ok_and(|found| found.is_symlink())
    };
    if path
        .parents()
        .filter(|above| !above.is_empty())
        .any(is_link)
    {
        return Ok(None);
    }
    match ask(&path.below(root)) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::PermissionDenied => Ok(None),
            _ => Err(Error::unsupported("a file that cannot be read")),
        },
    }
}

/// Returns what is in a file, or where a symlink leads.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let found = path.symlink_metadata()?;
    if found.is_symlink() {
        let target: OsString = fs::read_link(path)?.into();
        return Ok(target.into_vec());
    }
    if found.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !found.is_file() {
        return Err(io::Error::other("no regular file"));
    }
    let mut content = Vec::new();
    fs::File::open(path)?
        .take(MAX_LEN + 1)
        .read_to_end(&mut content)?;
    if content.len() as u64 > MAX_LEN {
        return Err(io::Error::other("a long file"));
    }
    Ok(content)
}
