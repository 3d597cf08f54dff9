// SPDX-License-Identifier: GPL-2.0-or-later

//! Locks that are files, which say who has them: Mercurial's (`mercurial/lock.py`).

use std::io;
use std::path::{Path, PathBuf};

/// A lock that this process has, until it is dropped.
#[derive(Debug)]
pub(crate) struct LockFile {
    path: PathBuf,
    owner: String,
}

impl LockFile {
    /// Takes a lock, if nobody has it now; `None` if somebody does, dead or alive.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn try_take(path: &Path) -> io::Result<Option<LockFile>> {
        let owner = owner()?;
        match make(&owner, path) {
            Ok(()) => Ok(Some(LockFile {
                path: path.to_owned(),
                owner,
            })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Somebody who took us for dead may have broken it, and have one now.
        let is_ours = std::fs::read_link(&self.path)
            .is_ok_and(|owner| owner.as_os_str() == self.owner.as_str());
        if is_ours {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes a file that says who has the lock, in one step, on file systems of networks as well.
#[cfg(unix)]
fn make(owner: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(owner, path)
}

#[cfg(not(unix))]
fn make(_: &str, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns how Mercurial names this process: its host, on Linux the namespace of its number, and
/// the number, by which others find out whether it is alive.
#[cfg(unix)]
fn owner() -> io::Result<String> {
    let names = rustix::system::uname();
    let host = names.nodename().to_str().map_err(io::Error::other)?;
    let mut namespace = String::new();
    #[cfg(target_os = "linux")]
    if let Ok(metadata) = std::fs::metadata("/proc/self/ns/pid") {
        namespace = format!("/{:x}", std::os::unix::fs::MetadataExt::ino(&metadata));
    }
    Ok(format!("{host}{namespace}:{}", std::process::id()))
}

#[cfg(not(unix))]
fn owner() -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wlock");
        let lock = LockFile::try_take(&path).unwrap().unwrap();
        assert!(LockFile::try_take(&path).unwrap().is_none());
        drop(lock);
        let again = LockFile::try_take(&path).unwrap().unwrap();
        // Another process broke it.
        std::fs::remove_file(&path).unwrap();
        make("else:1", &path).unwrap();
        drop(again);
        assert!(path.is_symlink());
        assert!(LockFile::try_take(&dir.path().join("no/wlock")).is_err());
    }
}
