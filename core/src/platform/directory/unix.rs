// SPDX-License-Identifier: GPL-2.0-or-later

//! Directories and files as Unix has them.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(crate) use rustix::fs::Stat;
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};
pub(crate) use rustix::io::Errno;

use super::{Entries, Kind, SOME, Unread, name_of};
use crate::RepoPath;
use crate::dirstate::Timestamp;

const OPEN: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Kind {
        match kind {
            FileType::RegularFile => Kind::File,
            FileType::Symlink => Kind::Symlink,
            FileType::Directory => Kind::Directory,
            _ => Kind::Other,
        }
    }
}

pub(crate) fn kind(stat: &Stat) -> Kind {
    FileType::from_raw_mode(stat.st_mode).into()
}

pub(crate) fn mtime(stat: &Stat) -> Timestamp {
    Timestamp::of(stat.st_mtime, stat.st_mtime_nsec as i64)
}

pub(crate) fn ctime(stat: &Stat) -> Timestamp {
    Timestamp::of(stat.st_ctime, stat.st_ctime_nsec as i64)
}

/// A directory that stays open while what is below it is looked at.
struct Open {
    handle: OwnedFd,
    /// How many more may stay open at the same time.
    left: Arc<AtomicUsize>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.left.fetch_add(1, Relaxed);
    }
}

/// The beginning of a path: a directory that is open.
///
/// Not every directory on the way down stays open, as a process may have only so many.
#[derive(Clone)]
pub(crate) struct Base {
    open: Arc<Open>,
    /// Bytes of a full path that lead to this directory, the slash behind it included.
    skip: usize,
    /// Directories above, the root not counted.
    depth: usize,
}

/// Directories on the way down between those that stay open.
const STEP: usize = 8;

/// The number of directories that may stay open beside the root: by then, paths are looked up from
/// further above.
const MOST_OPEN: usize = 64;

impl Base {
    /// Returns the root, which may be a symlink.
    pub(crate) fn root(path: &Path) -> Result<Base, Errno> {
        let handle = fs::open(path, OPEN, Mode::empty())?;
        let left = Arc::new(AtomicUsize::new(MOST_OPEN));
        Ok(Base {
            open: Arc::new(Open { handle, left }),
            skip: 0,
            depth: 0,
        })
    }

    fn relative<'p>(&self, path: &'p RepoPath) -> &'p [u8] {
        match path.as_bytes().get(self.skip..) {
            Some(relative) if !relative.is_empty() => relative,
            _ => b".",
        }
    }

    /// Opens a directory; with `follow`, through a symlink too.
    pub(crate) fn open(&self, path: &RepoPath, follow: bool) -> Result<Directory, Errno> {
        let flags = if follow {
            OPEN
        } else {
            OPEN | OFlags::NOFOLLOW
        };
        let handle = fs::openat(&self.open.handle, self.relative(path), flags, Mode::empty())?;
        Ok(Directory { handle })
    }

    /// Returns what is known of a file, symlinks not followed.
    pub(crate) fn stat(&self, path: &RepoPath) -> Result<Stat, Errno> {
        fs::statat(
            &self.open.handle,
            self.relative(path),
            AtFlags::SYMLINK_NOFOLLOW,
        )
    }

    /// Returns whether there is a directory at this path, or a symlink to one.
    pub(crate) fn has_directory(&self, path: &RepoPath) -> bool {
        leads_to_directory(&self.open.handle, self.relative(path))
    }

    /// Returns the base for what is in a directory at this depth.
    pub(crate) fn below(&self, path: &RepoPath, depth: usize, directory: Directory) -> Base {
        let left = &self.open.left;
        let one_less = |left: usize| left.checked_sub(1);
        if depth < self.depth + STEP || left.fetch_update(Relaxed, Relaxed, one_less).is_err() {
            return self.clone();
        }
        let open = Open {
            handle: directory.handle,
            left: Arc::clone(left),
        };
        Base {
            open: Arc::new(open),
            skip: path.len() + 1,
            depth,
        }
    }
}

/// An open directory.
pub(crate) struct Directory {
    handle: OwnedFd,
}

/// Returns whether permissions are in the way.
pub(crate) fn is_denied(error: Errno) -> bool {
    matches!(error, Errno::ACCESS | Errno::PERM)
}

impl Directory {
    /// Returns what is known of the directory itself.
    pub(crate) fn own_stat(&self) -> Result<Stat, Errno> {
        fs::fstat(&self.handle)
    }

    /// Returns what is known of an entry, symlinks not followed.
    pub(crate) fn stat(&self, name: &[u8]) -> Result<Stat, Errno> {
        fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Returns why names in it cannot be looked up, which is another permission than to read it.
    pub(crate) fn closed(&self) -> Option<Errno> {
        self.stat(b".").err().filter(|error| is_denied(*error))
    }

    /// Returns whether it has a directory of this name now, or a symlink to one.
    pub(crate) fn has_directory(&self, name: &[u8]) -> bool {
        leads_to_directory(&self.handle, name)
    }

    /// Returns all entries, sorted; those that vanish meanwhile are left out.
    ///
    /// Calls `goes_on` now and then, and leaves the rest out when that says no.
    pub(crate) fn read(&self, goes_on: impl Fn() -> bool) -> Result<Entries, Unread> {
        #[cfg(target_os = "linux")]
        let mut buffer = [std::mem::MaybeUninit::uninit(); 16 * 1024];
        #[cfg(target_os = "linux")]
        let mut raw = fs::RawDir::new(&self.handle, &mut buffer);
        // By the C library, which keeps a buffer of its own.
        #[cfg(not(target_os = "linux"))]
        let mut raw = fs::Dir::read_from(&self.handle).map_err(Unread::All)?;
        let mut found = Entries::default();
        while let Some(entry) = raw.next() {
            let entry = match entry {
                Ok(entry) => entry,
                // The directory itself has been removed.
                Err(Errno::NOENT) => break,
                Err(error) => return Err(Unread::All(error)),
            };
            if found.len().is_multiple_of(SOME) && !goes_on() {
                break;
            }
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => match self.stat(name) {
                    Ok(stat) => kind(&stat),
                    Err(Errno::NOENT) => continue,
                    Err(error) => return Err(Unread::Name(name.to_vec(), error)),
                },
                known => known.into(),
            };
            found.push(name, kind);
        }
        found.sort();
        Ok(found)
    }
}

impl Entries {
    fn push(&mut self, name: &[u8], kind: Kind) {
        let start = self.names.len() as u32;
        self.names.extend_from_slice(name);
        self.entries.push((start, name.len() as u16, kind));
    }

    fn sort(&mut self) {
        let Entries { names, entries } = self;
        entries.sort_unstable_by_key(|entry| name_of(names, entry));
    }
}

fn leads_to_directory(handle: &OwnedFd, path: &[u8]) -> bool {
    fs::statat(handle, path, AtFlags::empty()).is_ok_and(|stat| kind(&stat) == Kind::Directory)
}
