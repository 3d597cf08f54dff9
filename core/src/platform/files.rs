// SPDX-License-Identifier: GPL-2.0-or-later

//! Whole files of repositories and working copies, which anybody may have made.
//!
//! A file that is to be read may be a link to a device that never ends, a pipe that
//! nobody writes to, or longer than memory. What is opened here is a regular file, opened
//! without waiting, and no more is taken of it than the caller says is sensible.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::mmap::open_regular;
use crate::error::FileKind;
use crate::{Error, Result};

/// Opens a file of a repository. Symlinks are followed, as Mercurial follows them there.
///
/// # Errors
/// [`Error::Io`]; [`Error::Unsupported`] if it is no regular file.
pub(crate) fn open(kind: FileKind, path: &Path) -> Result<File> {
    open_regular(path).map_err(|error| match error {
        // The name was not the caller's choice.
        Error::Invalid(_) => Error::unsupported(kind, path.display(), "not a regular file"),
        other => other,
    })
}

/// Returns all bytes of a file, of which there are no more than `limit`.
///
/// # Errors
/// Those of [`open`]; [`Error::Corrupt`] if there are more.
pub fn read(kind: FileKind, path: &Path, limit: u64) -> Result<Vec<u8>> {
    let file = open(kind, path)?;
    let len = file.metadata().map_err(|e| Error::io(path, e))?.len();
    let bytes = if len > limit {
        None
    } else {
        Some(take(file, path, limit + 1, len)?)
    };
    bytes
        .filter(|bytes| bytes.len() as u64 <= limit)
        .ok_or_else(|| {
            let reason = format!("is far too long: more than {limit} bytes");
            Error::corrupt(kind, path.display(), reason)
        })
}

/// Returns the same, `None` if there is no such file.
///
/// # Errors
/// Those of [`read`].
pub fn read_if_there(kind: FileKind, path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    if_there(read(kind, path, limit))
}

/// Returns the first bytes of a file, `None` if there is no such file.
pub(crate) fn beginning_if_there(kind: FileKind, path: &Path, len: u64) -> Result<Option<Vec<u8>>> {
    if_there(open(kind, path).and_then(|file| take(file, path, len, len)))
}

/// Returns what Mercurial takes for the content of a file in the working copy, `None` if there is
/// none: for a symlink it is the path that it points to.
///
/// # Errors
/// Those of [`read`].
pub(crate) fn tracked_if_there(kind: FileKind, path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    use super::ext::OsStringExt as _;
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            let target = fs::read_link(path).map_err(|error| Error::io(path, error));
            if_there(target.map(|target| target.into_os_string().into_vec()))
        }
        // What else there is to say of it, reading says.
        _ => read_if_there(kind, path, limit),
    }
}

/// Returns the first `len` bytes of a file that is expected to have `expected`.
fn take(file: File, path: &Path, len: u64, expected: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let room = bytes.try_reserve_exact(usize::try_from(expected).unwrap_or(usize::MAX));
    room.map_err(std::io::Error::from)
        .and_then(|()| file.take(len).read_to_end(&mut bytes))
        .map_err(|error| Error::io(path, error))?;
    Ok(bytes)
}

fn if_there<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const KIND: FileKind = FileKind::Repository;

    #[test]
    fn only_regular_files_of_a_sensible_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("file"), b"12345").unwrap();
        symlink("file", path("link")).unwrap();
        symlink("/dev/zero", path("zeros")).unwrap();
        symlink("loop", path("loop")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        File::create(path("sparse"))
            .and_then(|file| file.set_len(1 << 42))
            .unwrap();

        for name in ["file", "link"] {
            assert_eq!(read(KIND, &path(name), 5).unwrap(), b"12345");
            let long = read_if_there(KIND, &path(name), 4);
            assert!(matches!(&long, Err(Error::Corrupt { name: at, .. }) if at.ends_with(name)));
            let some = beginning_if_there(KIND, &path(name), 2).unwrap();
            assert_eq!(some.as_deref(), Some(&b"12"[..]));
        }
        assert!(matches!(
            read(KIND, &path("sparse"), 1000),
            Err(Error::Corrupt { .. })
        ));
        for name in ["zeros", "pipe"] {
            for found in [
                read_if_there(KIND, &path(name), 9),
                beginning_if_there(KIND, &path(name), 9),
            ] {
                assert!(
                    matches!(&found, Err(Error::Unsupported { name: at, .. }) if at.ends_with(name))
                );
            }
        }
        assert_eq!(read_if_there(KIND, &path("none"), 9).unwrap(), None);
        for name in ["loop", "."] {
            assert!(matches!(
                read_if_there(KIND, &path(name), 9),
                Err(Error::Io { .. })
            ));
        }

        let tracked = |name: &str| tracked_if_there(KIND, &path(name), 9).unwrap();
        assert_eq!(tracked("file").unwrap(), b"12345");
        assert_eq!(tracked("link").unwrap(), b"file");
        assert_eq!(tracked("zeros").unwrap(), b"/dev/zero");
        assert_eq!(tracked("loop").unwrap(), b"loop");
        assert_eq!(tracked("none"), None);
        assert!(tracked_if_there(KIND, &path("pipe"), 9).is_err());
    }
}
