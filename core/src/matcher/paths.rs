// SPDX-License-Identifier: GPL-2.0-or-later

//! File names as bytes, treated as Python's `posixpath` and Mercurial's
//! `pathutil` treat them.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::source::shown;
use crate::error::FileKind;
use crate::platform::ext::OsStrExt as _;
use crate::{Error, Result};

/// `os.path.join(first, second)`.
pub fn join(first: &[u8], second: &[u8]) -> Vec<u8> {
    if second.starts_with(b"/") {
        return second.to_owned();
    }
    let mut joined = first.to_owned();
    if !joined.is_empty() && !joined.ends_with(b"/") {
        joined.push(b'/');
    }
    joined.extend(second);
    joined
}

/// `os.path.dirname(path)`.
pub fn dirname(path: &[u8]) -> &[u8] {
    let head = match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => &path[..=slash],
        None => return b"",
    };
    match head.iter().rposition(|&byte| byte != b'/') {
        Some(last) => &head[..=last],
        // Nothing but slashes stays as it is.
        None => head,
    }
}

/// `os.path.normpath(path)`.
pub fn normpath(path: &[u8]) -> Vec<u8> {
    let slashes = match path.iter().take_while(|&&byte| byte == b'/').count() {
        // POSIX lets a system give two slashes a meaning of their own.
        2 => 2,
        0 => 0,
        _ => 1,
    };
    let mut kept: Vec<&[u8]> = Vec::new();
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if kept.last().is_some_and(|&last| last != b"..") => {
                kept.pop();
            }
            b".." if slashes > 0 => {}
            _ => kept.push(part),
        }
    }
    let mut normal = vec![b'/'; slashes];
    normal.extend(kept.join(&b'/'));
    if normal.is_empty() {
        normal.push(b'.');
    }
    normal
}

/// Bytes of the longest path that the system takes, the NUL behind it included.
const PATH_MAX: usize = 4096;

/// The directory that names and globs in an ignore file are relative to: absolute, and without
/// a slash at its end.
#[derive(Clone, Copy, Debug)]
pub struct BaseDir<'p>(&'p [u8]);

impl<'p> BaseDir<'p> {
    /// Returns the root of a working copy.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if it is not absolute.
    pub fn root(path: &'p Path) -> Result<Self> {
        let root = Self::absolute(path.as_os_str().as_bytes());
        root.ok_or_else(|| {
            Error::unsupported(FileKind::IgnoreFile, path.display(), "not an absolute path")
        })
    }

    /// Returns the directory of this path, if it is absolute.
    pub fn absolute(path: &'p [u8]) -> Option<Self> {
        path.starts_with(b"/").then_some(Self(path))
    }

    /// Returns the path of `name`, which may be absolute.
    pub fn join(self, name: &[u8]) -> Vec<u8> {
        join(self.0, name)
    }

    /// Returns `name` relative to this directory, as `pathutil.canonpath(root, root, name)`
    /// gives it where no symbolic link is involved; empty for the directory itself.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what is outside, and for everything that Mercurial's path
    /// auditor looks at more closely.
    pub fn canonical(self, name: &[u8]) -> Result<Vec<u8>> {
        let full = normpath(&self.join(name));
        let prefix = self.join(b"");
        if full == self.0 {
            return Ok(Vec::new());
        }
        match full.strip_prefix(&prefix[..]) {
            Some(inside) if !inside.is_empty() => {
                self.audit(inside)?;
                Ok(inside.to_owned())
            }
            _ => Err(refused(name, "not below the root by its name")),
        }
    }

    /// Fails for what Mercurial's path auditor looks at more closely.
    fn audit(self, path: &[u8]) -> Result<()> {
        if path.contains(&0) {
            return Err(refused(path, "a NUL"));
        }
        for part in path.split(|&byte| byte == b'/') {
            // These lead in characters that some file systems do not see.
            let unseen = part.contains(&0xe2) || part.contains(&0xef);
            let lower = part.to_ascii_lowercase();
            let short = lower.starts_with(b"hg") && lower.contains(&b'~');
            if unseen || short || lower == b".hg" || lower == b".hg." {
                return Err(refused(path, "a name that needs a closer look"));
            }
        }
        // The system has an error of its own for these, which Mercurial shows.
        if self.0.len() + path.len() + 2 > PATH_MAX {
            return Err(refused(path, "longer than a path may be"));
        }
        for slash in (0..path.len()).filter(|&at| path[at] == b'/') {
            let above = self.join(&path[..slash]);
            let above = Path::new(OsStr::from_bytes(&above));
            match fs::symlink_metadata(above) {
                Ok(found) if found.is_symlink() => {
                    return Err(refused(path, "goes through a symbolic link"));
                }
                Ok(found) if found.is_dir() && above.join(".hg").is_dir() => {
                    return Err(refused(path, "is in a nested repository"));
                }
                Ok(_) => {}
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    break;
                }
                Err(_) => return Err(refused(path, "a directory above cannot be looked at")),
            }
        }
        Ok(())
    }
}

fn refused(path: &[u8], reason: &str) -> Error {
    Error::unsupported(
        FileKind::IgnoreFile,
        shown(path),
        format!("a path in an ignore rule: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_paths() {
        let cases: [(&str, &str); 16] = [
            ("", "."),
            (".", "."),
            ("a", "a"),
            ("a/", "a"),
            ("a//b/./c", "a/b/c"),
            ("a/..", "."),
            ("a/../..", ".."),
            ("../a/../..", "../.."),
            ("/", "/"),
            ("//", "//"),
            ("///", "/"),
            ("//a", "//a"),
            ("///a/", "/a"),
            ("/..", "/"),
            ("/../a/..", "/"),
            ("./a", "a"),
        ];
        for (path, normal) in cases {
            assert_eq!(shown(&normpath(path.as_bytes())), normal, "{path}");
        }
    }

    #[test]
    fn directory_names() {
        let cases = [
            ("a", ""),
            ("a/b", "a"),
            ("a//b", "a"),
            ("/a", "/"),
            ("//a", "//"),
        ];
        for (path, directory) in cases {
            assert_eq!(shown(dirname(path.as_bytes())), directory, "{path}");
        }
    }

    #[test]
    fn what_is_below_the_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("nested/.hg")).unwrap();
        std::os::unix::fs::symlink("nested", root.path().join("link")).unwrap();
        let root = BaseDir::root(root.path()).unwrap();
        let canonical = |path| root.canonical(path);
        assert_eq!(canonical(b"a/../b").unwrap(), b"b");
        assert_eq!(canonical(b"a/..").unwrap(), b"");
        assert_eq!(
            canonical(b"no/such/directory").unwrap(),
            b"no/such/directory"
        );
        let refused: [&[u8]; 7] = [
            b"..",
            b"/",
            b".hg/x",
            b"a/.HG/x",
            b"HG~1",
            b"nested/x",
            b"link/x",
        ];
        for path in refused {
            assert!(canonical(path).is_err(), "{}", shown(path));
        }
    }
}
