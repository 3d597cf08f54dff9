// SPDX-License-Identifier: GPL-2.0-or-later

//! Kinds of archives by their names, and what stands before the names of files.

use std::path::Path;

use crate::platform::ext::OsStrExt as _;
use crate::{Error, Result};

/// The kinds of archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory with the files.
    Files,
    /// Tar, in the format of POSIX 2001.
    Tar,
    /// The same, compressed by gzip.
    TarGz,
    /// The same, compressed by bzip2.
    TarBz2,
    /// The same, compressed by xz.
    TarXz,
    /// Zip.
    Zip,
    /// Zip without compression.
    ZipStored,
}

/// The kinds, Mercurial's names for them, and the suffixes by which they are guessed.
const KINDS: &[(Kind, &str, &[&str])] = &[
    (Kind::Files, "files", &[]),
    (Kind::Tar, "tar", &[".tar"]),
    (Kind::TarBz2, "tbz2", &[".tbz2", ".tar.bz2"]),
    (Kind::TarGz, "tgz", &[".tgz", ".tar.gz"]),
    (Kind::Zip, "zip", &[".zip"]),
    (Kind::TarXz, "txz", &[".txz", ".tar.xz"]),
    (Kind::ZipStored, "uzip", &[]),
];

impl Kind {
    /// Returns the kind with Mercurial's name: `files`, `tar`, `tgz`, `tbz2`, `txz`, `zip`, `uzip`.
    pub fn from_name(name: &str) -> Option<Kind> {
        let known = KINDS.iter().find(|known| known.1 == name);
        known.map(|known| known.0)
    }

    /// Returns the kind that a file's suffix tells, a directory where it tells none.
    pub fn of_path(path: &Path) -> Kind {
        let name = path.as_os_str().as_bytes();
        let ends = |suffix: &&str| name.ends_with(suffix.as_bytes());
        let known = KINDS.iter().find(|known| known.2.iter().any(ends));
        known.map_or(Kind::Files, |known| known.0)
    }

    fn suffixes(self) -> &'static [&'static str] {
        let known = KINDS.iter().find(|known| known.0 == self);
        known.map_or(&[], |known| known.2)
    }
}

/// Returns what stands before all names, with a slash at its end unless it is nothing.
///
/// # Errors
/// [`Error::Invalid`] if it leads outside, or is given for a directory.
pub(super) fn prefix(dest: &Path, kind: Kind, given: Option<&[u8]>) -> Result<Vec<u8>> {
    let invalid = |message: &str| Err(Error::Invalid(message.to_owned()));
    if kind == Kind::Files {
        return match given {
            None | Some(b"") => Ok(Vec::new()),
            Some(_) => invalid("a directory with files has no prefix"),
        };
    }
    let prefix = match given {
        Some(given) => given,
        None => without_suffix(dest.file_name().unwrap_or_default().as_bytes(), kind),
    };
    if prefix.starts_with(b"/") {
        return invalid("the prefix of an archive is not absolute");
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in prefix.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if parts.pop().is_none() {
                    return invalid("the prefix of an archive leads outside");
                }
            }
            _ => parts.push(part),
        }
    }
    let mut normal = parts.join(&b'/');
    if !normal.is_empty() {
        normal.push(b'/');
    }
    Ok(normal)
}

fn without_suffix(name: &[u8], kind: Kind) -> &[u8] {
    let lower = name.to_ascii_lowercase();
    let mut suffixes = kind.suffixes().iter();
    let suffix = suffixes.find(|suffix| lower.ends_with(suffix.as_bytes()));
    &name[..name.len() - suffix.map_or(0, |suffix| suffix.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(dest: &str, kind: Kind, given: Option<&str>) -> Option<String> {
        let made = prefix(Path::new(dest), kind, given.map(str::as_bytes));
        made.ok().map(|made| String::from_utf8(made).unwrap())
    }

    #[test]
    fn kinds_by_suffix() {
        for (name, kind) in [
            ("a.tar", Kind::Tar),
            ("x/a.tar.gz", Kind::TarGz),
            ("a.tgz", Kind::TarGz),
            ("a.tar.bz2", Kind::TarBz2),
            ("a.txz", Kind::TarXz),
            ("a.zip", Kind::Zip),
            ("a.ZIP", Kind::Files),
            ("a", Kind::Files),
        ] {
            assert_eq!(Kind::of_path(Path::new(name)), kind, "{name}");
        }
        assert_eq!(Kind::from_name("uzip"), Some(Kind::ZipStored));
        assert_eq!(Kind::from_name("rar"), None);
    }

    #[test]
    fn prefixes() {
        let tar = |dest, given| made(dest, Kind::Tar, given);
        assert_eq!(tar("x/a-1.TAR", None).as_deref(), Some("a-1/"));
        assert_eq!(tar("a.tgz", None).as_deref(), Some("a.tgz/"));
        assert_eq!(tar("a.tar", Some("")).as_deref(), Some(""));
        assert_eq!(tar("a.tar", Some(".")).as_deref(), Some(""));
        assert_eq!(tar("a.tar", Some("x//./y/../z")).as_deref(), Some("x/z/"));
        for bad in ["/x", "..", "x/../../y"] {
            assert_eq!(tar("a.tar", Some(bad)), None, "{bad}");
        }
        assert_eq!(made("a", Kind::Files, None).as_deref(), Some(""));
        assert_eq!(made("a", Kind::Files, Some("x")), None);
    }
}
