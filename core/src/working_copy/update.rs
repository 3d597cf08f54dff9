// SPDX-License-Identifier: GPL-2.0-or-later

//! Files that an update writes.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::dirstate::Timestamp;
use crate::platform::directory;
use crate::{Error, RepoPath, Result};

/// More directories above a file are somebody else's affair.
const DEEPEST: usize = 64;

/// What the system says of a file that was written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Its mode, with the kind of file.
    pub mode: u32,
    /// Its length.
    pub len: u64,
    /// When it was last modified.
    pub mtime: Timestamp,
}

/// Writes files into a working copy, as `hg update` does.
///
/// The directories on the way to the last file stay open, so no symlink that somebody puts in
/// the place of one is followed. Files in the order of their paths open each of them once.
pub struct Updater<'p> {
    root: OwnedFd,
    umask: u32,
    /// The directories above the last file, the outermost first.
    open: Vec<(&'p RepoPath, OwnedFd)>,
}

impl<'p> Updater<'p> {
    /// Begins with the root of a working copy; `umask` is that of the process.
    ///
    /// # Errors
    /// [`Error::Io`] if the root cannot be opened.
    pub fn new(root: &Path, umask: u32) -> Result<Updater<'p>> {
        let opened = fs::open(root, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty());
        Ok(Updater {
            root: opened.map_err(|errno| Error::io(root, errno.into()))?,
            umask,
            open: Vec::new(),
        })
    }

    /// Writes a regular file in the place of what has its name, if there is something; `None` if
    /// that is left to Mercurial, which then finds the way clear or says what is wrong.
    ///
    /// Left is whatever is unusual: names that some system takes for `.hg`, something in the way
    /// other than a file or a symlink at its place, directories that are none, or other
    /// repositories, and what the system refuses. A file that was not written whole is removed.
    pub fn write(
        &mut self,
        path: &'p RepoPath,
        content: &[u8],
        is_executable: bool,
    ) -> Option<Written> {
        if !is_usual(path) {
            return None;
        }
        self.enter(path)?;
        let (folder, name) = (self.folder(), name(path));
        match fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => {}
            Ok(stat) if directory::is_file(&stat) => {
                fs::unlinkat(folder, name, AtFlags::empty()).ok()?;
            }
            _ => return None,
        }
        let file = fs::openat(folder, name, NEW, Mode::from_raw_mode(0o666)).ok()?;
        let file = File::from(file);
        match self.fill(&file, content, is_executable) {
            Ok(stat) => Some(Written {
                mode: stat.st_mode,
                len: content.len() as u64,
                mtime: directory::mtime(&stat),
            }),
            Err(_) => {
                // Mercurial tries again, and says what is wrong.
                let _ = fs::unlinkat(folder, name, AtFlags::empty());
                None
            }
        }
    }

    fn fill(&self, mut file: &File, content: &[u8], is_executable: bool) -> std::io::Result<Stat> {
        file.write_all(content)?;
        let stat = fs::fstat(file)?;
        let mode = stat.st_mode & 0o7777;
        // Who may read it may execute it, but for what the umask takes away.
        let wanted = match (is_executable, mode & 0o100 != 0) {
            (true, false) => mode | (mode & 0o444) >> 2 & !self.umask,
            (false, true) => mode & 0o666,
            _ => return Ok(stat),
        };
        fs::fchmod(file, Mode::from_raw_mode(wanted))?;
        Ok(fs::fstat(file)?)
    }

    fn folder(&self) -> &OwnedFd {
        self.open.last().map_or(&self.root, |(_, folder)| folder)
    }

    /// Opens the directories above a file, and makes those that are missing.
    fn enter(&mut self, path: &'p RepoPath) -> Option<()> {
        let mut above: Vec<&RepoPath> = path.parents().filter(|above| !above.is_empty()).collect();
        above.reverse();
        if above.len() > DEEPEST {
            return None;
        }
        let pairs = self.open.iter().zip(&above);
        let common = pairs.take_while(|((open, _), wanted)| open == *wanted);
        let common = common.count();
        self.open.truncate(common);
        for &directory in &above[common..] {
            let (folder, name) = (self.folder(), name(directory));
            let opened = match fs::openat(folder, name, FOLDER, Mode::empty()) {
                Err(Errno::NOENT) => {
                    fs::mkdirat(folder, name, Mode::from_raw_mode(0o777)).ok()?;
                    fs::openat(folder, name, FOLDER, Mode::empty()).ok()?
                }
                opened => opened.ok()?,
            };
            match fs::statat(&opened, ".hg", AtFlags::empty()) {
                Err(Errno::NOENT) => {}
                Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Directory => {}
                _ => return None,
            }
            self.open.push((directory, opened));
        }
        Some(())
    }
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const NEW: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

fn name(path: &RepoPath) -> &[u8] {
    path.components().last().unwrap_or_default()
}

/// Returns whether no system takes a part of a path for anything but a name.
fn is_usual(path: &RepoPath) -> bool {
    let strange = |part: &[u8]| part.is_empty() || part == b"." || part == b"..";
    // Of what begins with these bytes, macOS takes some characters for nothing; names with a tilde
    // may be short ones of Windows.
    let odd = |byte: &u8| matches!(byte, 0 | b'~' | 0xe2 | 0xef);
    let path_bytes = path.as_bytes();
    !path.components().any(strange)
        && !path_bytes.iter().any(odd)
        && !path_bytes
            .windows(3)
            .any(|three| three.eq_ignore_ascii_case(b".hg"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn write(root: &Path, path: &str, is_executable: bool) -> Option<Written> {
        let mut updater = Updater::new(root, 0o022).unwrap();
        updater.write(RepoPath::new(path.as_bytes()), b"content\n", is_executable)
    }

    #[test]
    fn files_are_written_and_described() {
        let root = tempfile::tempdir().unwrap();
        for (path, is_executable) in [("a", false), ("d/e/b", true), ("a", true), ("d/e/c", false)]
        {
            let written = write(root.path(), path, is_executable).unwrap();
            let found = root.path().join(path).symlink_metadata().unwrap();
            assert_eq!(found.permissions().mode(), written.mode, "{path}");
            assert_eq!((found.len(), written.len), (8, 8));
            assert_eq!(written.mode & 0o100 != 0, is_executable);
        }
    }

    #[test]
    fn a_symlink_at_its_place_is_replaced_and_none_is_followed() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("f"), "outside").unwrap();
        symlink(outside.path().join("f"), root.path().join("link")).unwrap();
        symlink(outside.path(), root.path().join("folder")).unwrap();
        assert!(write(root.path(), "link", false).is_some());
        assert_eq!(
            std::fs::read(root.path().join("link")).unwrap(),
            b"content\n"
        );
        assert!(write(root.path(), "folder/f", false).is_none());
        assert_eq!(std::fs::read(outside.path().join("f")).unwrap(), b"outside");
    }

    #[test]
    fn what_is_unusual_is_left() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["nested/.hg", "folder", ".hg"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("file"), "").unwrap();
        for path in [
            "nested/f",
            "folder",
            "file/f",
            ".hg/f",
            "d/.HG/f",
            ".Hg",
            "a/../f",
            "a//f",
            "a/",
            "hg~1/f",
            "d/.h\u{200c}g/f",
        ] {
            assert!(write(root.path(), path, false).is_none(), "{path}");
        }
        assert!(root.path().join("folder").is_dir());
        assert!(!root.path().join("d").exists());
    }
}
