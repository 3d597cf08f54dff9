// SPDX-License-Identifier: GPL-2.0-or-later

//! Files that Mercurial writes many of: in a working copy, or as an archive.

use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

use crate::dirstate::Timestamp;
use crate::platform::directory::Kind;
use crate::platform::ext::MetadataExt as _;
use crate::platform::folder::{Folder, set_mode, settle};
use crate::{Error, RepoPath, RepoPathBuf, Result};

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

/// What a file gets beside its content.
#[derive(Clone, Copy, Debug)]
pub enum Attributes {
    /// What files of a working copy get: what the umask of the process leaves, and whether it can
    /// be executed.
    Tracked {
        /// Whether who may read it may execute it.
        is_executable: bool,
        /// The umask.
        umask: u32,
    },
    /// These permissions, whatever the umask, and a time of modification, in seconds.
    Archived {
        /// The permissions.
        mode: u32,
        /// The time.
        mtime: i64,
    },
}

/// Writes files below a directory, as `hg update` and `hg archive` do.
///
/// The directories on the way to the last file stay open, so no symlink that somebody puts in
/// the place of one is followed. Files in the order of their paths open each of them once.
pub struct FileWriter {
    root: Folder,
    /// The directories above the last file, the outermost first.
    open: Vec<(RepoPathBuf, Folder)>,
}

impl FileWriter {
    /// Begins with a directory, which is there.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be opened.
    pub fn new(root: &Path) -> Result<FileWriter> {
        let opened = Folder::open(root);
        Ok(FileWriter {
            root: opened.map_err(|error| Error::io(root, error))?,
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
        path: &RepoPath,
        content: &[u8],
        attributes: Attributes,
    ) -> Option<Written> {
        if !is_usual(path) {
            return None;
        }
        self.enter(path)?;
        let (folder, name) = (self.folder(), name(path));
        match folder.kind(name).ok()? {
            None => {}
            Some(Kind::File | Kind::Symlink) => folder.remove(name).ok()?,
            Some(_) => return None,
        }
        let file = folder.create(name, 0o666).ok()?;
        match fill(&file, content, attributes) {
            Ok(found) => Some(Written {
                mode: found.mode(),
                len: content.len() as u64,
                mtime: Timestamp::of(found.mtime(), found.mtime_nsec()),
            }),
            Err(_) => {
                // Mercurial tries again, and says what is wrong.
                let _ = folder.remove(name);
                None
            }
        }
    }

    fn folder(&self) -> &Folder {
        self.open.last().map_or(&self.root, |(_, folder)| folder)
    }

    /// Opens the directories above a file, and makes those that are missing.
    fn enter(&mut self, path: &RepoPath) -> Option<()> {
        let mut above: Vec<&RepoPath> = path.parents().filter(|above| !above.is_empty()).collect();
        above.reverse();
        if above.len() > DEEPEST {
            return None;
        }
        let pairs = self.open.iter().zip(&above);
        let common = pairs.take_while(|((open, _), wanted)| **open == ***wanted);
        let common = common.count();
        self.open.truncate(common);
        for &directory in &above[common..] {
            let opened = self.folder().enter(name(directory)).ok()?;
            // Mercurial takes a symlink to a directory for one as well.
            if opened.kind(b".hg").ok()?.is_some() {
                return None;
            }
            self.open.push((directory.to_owned(), opened));
        }
        Some(())
    }
}

fn fill(mut file: &File, content: &[u8], attributes: Attributes) -> io::Result<Metadata> {
    file.write_all(content)?;
    let found = file.metadata()?;
    match attributes {
        Attributes::Archived { mode, mtime } => settle(file, mode, mtime)?,
        Attributes::Tracked {
            is_executable,
            umask,
        } => {
            let mode = found.mode() & 0o7777;
            // Who may read it may execute it, but for what the umask takes away.
            let wanted = match (is_executable, mode & 0o100 != 0) {
                (true, false) => mode | (mode & 0o444) >> 2 & !umask,
                (false, true) => mode & 0o666,
                _ => return Ok(found),
            };
            set_mode(file, wanted)?;
        }
    }
    file.metadata()
}

fn name(path: &RepoPath) -> &[u8] {
    path.components().last().unwrap_or_default()
}

/// Returns whether no system takes a part of a path for anything but a name.
fn is_usual(path: &RepoPath) -> bool {
    // Of what begins with these bytes, macOS takes some characters for nothing; names with a tilde
    // may be short ones of Windows.
    let odd = |byte: &u8| matches!(byte, b'~' | 0xe2 | 0xef);
    let path_bytes = path.as_bytes();
    path.fault().is_none()
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
        let attributes = Attributes::Tracked {
            is_executable,
            umask: 0o022,
        };
        write_with(root, path, attributes)
    }

    fn write_with(root: &Path, path: &str, attributes: Attributes) -> Option<Written> {
        let mut writer = FileWriter::new(root).unwrap();
        writer.write(RepoPath::new(path.as_bytes()), b"content\n", attributes)
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
    fn files_of_archives_have_a_mode_and_a_time() {
        let root = tempfile::tempdir().unwrap();
        for (mode, mtime) in [(0o644, 0), (0o755, 1_700_000_000), (0o600, -1)] {
            let written = write_with(root.path(), "d/f", Attributes::Archived { mode, mtime });
            let found = root.path().join("d/f").symlink_metadata().unwrap();
            assert_eq!(
                (found.permissions().mode() & 0o7777, found.mtime()),
                (mode, mtime)
            );
            assert_eq!(written.unwrap().mode, found.permissions().mode());
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
