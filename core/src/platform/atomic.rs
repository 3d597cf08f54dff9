// SPDX-License-Identifier: GPL-2.0-or-later

//! Files that are written as a whole, or not at all.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use tempfile::{Builder, NamedTempFile, TempPath};

use super::ext::MetadataExt as _;
use crate::{Error, Result};

/// Puts other bytes in the place of a regular file, which keeps its permissions.
///
/// Its time stamp is another one afterwards, so that whoever remembers the file by that sees that it
/// is new: one second later than before if the clock has not moved on, which is Mercurial's way.
///
/// # Errors
/// [`Error::Io`]; the file is as it was then.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let replaced = regular(path).and_then(|old| {
        let dir = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!(".{name}-");
        let new = filled(Builder::new().prefix(&prefix).suffix("~"), dir, &old, bytes)?;
        let new = new.persist(path)?;
        advance(&new, &old);
        Ok(())
    });
    replaced.map_err(|error| Error::io(path, error))
}

/// Makes a file in a directory, with permissions like those of another file; returns it, to be kept
/// or to go away, and how its name goes on behind `prefix`.
///
/// # Errors
/// [`Error::Io`]; there is no such file then.
pub(crate) fn create(
    dir: &Path,
    prefix: &str,
    like: &Path,
    bytes: &[u8],
) -> Result<(TempPath, String)> {
    let made = regular(like).and_then(|like| {
        let file = filled(
            Builder::new().prefix(prefix).rand_bytes(8),
            dir,
            &like,
            bytes,
        )?;
        let name = file.path().file_name().unwrap_or_default();
        let name = name.to_string_lossy()[prefix.len()..].to_owned();
        Ok((file.into_temp_path(), name))
    });
    made.map_err(|error| Error::io(dir, error))
}

fn regular(path: &Path) -> io::Result<Metadata> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_file() {
        Ok(metadata)
    } else {
        Err(io::Error::other("is no regular file"))
    }
}

fn filled(
    builder: &mut Builder<'_, '_>,
    dir: &Path,
    like: &Metadata,
    bytes: &[u8],
) -> io::Result<NamedTempFile> {
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(like.permissions())?;
    Ok(file)
}

/// Makes the time stamp another one, as far as that can be: it is another file all the same, so that
/// this is no reason to say that nothing was replaced.
fn advance(new: &File, old: &Metadata) {
    if new.metadata().is_ok_and(|new| new.ctime() == old.ctime())
        && let Ok(before) = old.modified()
    {
        let _ = new.set_modified(before + Duration::from_secs(1));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let old = fs::metadata(&path).unwrap();
        replace(&path, b"new").unwrap();
        let new = fs::metadata(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(new.permissions().mode() & 0o777, 0o640);
        assert_ne!(old.mtime(), new.mtime());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert!(replace(&path, b"new").is_err());
        symlink("b", &path).unwrap();
        assert!(replace(&path, b"new").is_err());
        assert!(path.is_symlink());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_made_and_goes_away() {
        let dir = tempfile::tempdir().unwrap();
        let like = dir.path().join("a");
        fs::write(&like, "old").unwrap();
        let (made, name) = create(dir.path(), "a.", &like, b"more").unwrap();
        assert_eq!(
            fs::read(dir.path().join(format!("a.{name}"))).unwrap(),
            b"more"
        );
        drop(made);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
