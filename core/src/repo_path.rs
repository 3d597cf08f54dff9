// SPDX-License-Identifier: GPL-2.0-or-later

//! Paths of files in a repository.

use std::borrow::Borrow;
use std::ffi::OsStr;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::platform::ext::OsStrExt as _;

/// A path in a repository: bytes, relative to the root, with `/` between its components.
///
/// Without any bytes it is the root. Mercurial takes any bytes for a path, and so does this;
/// [`RepoPath::fault`] says what is wrong with those that no file can have.
///
/// The order is that of the bytes, which is Mercurial's order of files.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct RepoPath([u8]);

/// A [`RepoPath`] that is owned.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPathBuf(Vec<u8>);

impl RepoPath {
    /// The longest path in bytes: what Linux takes, and far below what a node of
    /// dirstate-v2 can hold. Keeps all checks linear in the length of the file.
    pub(crate) const MAX_LEN: usize = 4096;

    /// The deepest path in components: pure Mercurial reads by recursion and does
    /// not get much further.
    pub(crate) const MAX_DEPTH: usize = 512;

    /// Returns the path of these bytes.
    #[inline]
    pub fn new<B: AsRef<[u8]> + ?Sized>(bytes: &B) -> &RepoPath {
        zerocopy::transmute_ref!(bytes.as_ref())
    }

    /// Returns the root.
    pub fn root() -> &'static RepoPath {
        RepoPath::new(b"")
    }

    /// Returns the bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns how many bytes there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether this is the root.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns where the last component begins.
    pub(crate) fn base_start(&self) -> usize {
        let slash = self.0.iter().rposition(|&byte| byte == b'/');
        slash.map_or(0, |slash| slash + 1)
    }

    /// Returns what is between the slashes, from the root down: one component without any
    /// bytes for the root.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/')
    }

    /// Returns the first component, and the path of what follows, if anything does.
    pub(crate) fn split_first(&self) -> (&[u8], Option<&RepoPath>) {
        match self.0.iter().position(|&byte| byte == b'/') {
            Some(slash) => (&self.0[..slash], Some(RepoPath::new(&self.0[slash + 1..]))),
            None => (&self.0, None),
        }
    }

    /// Returns all directories above, the nearest first, the root last.
    pub fn parents(&self) -> impl Iterator<Item = &RepoPath> {
        let slashes = (0..self.0.len()).rev().filter(|&at| self.0[at] == b'/');
        let above = slashes.map(|at| RepoPath::new(&self.0[..at]));
        above.chain(std::iter::once(RepoPath::root()))
    }

    /// Returns whether `path` is this one, or below it.
    pub fn contains(&self, path: &RepoPath) -> bool {
        self.is_empty()
            || path
                .0
                .strip_prefix(&self.0)
                .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }

    /// Returns the path of an entry of this directory.
    pub fn join(&self, name: &[u8]) -> RepoPathBuf {
        let mut joined = self.to_owned();
        joined.push(name);
        joined
    }

    /// Returns where the system has the file: the one place where a path in a repository
    /// becomes one of the file system.
    pub fn below(&self, root: &Path) -> PathBuf {
        root.join(OsStr::from_bytes(&self.0))
    }

    /// Returns what is wrong with a path that no file can have, or `None`.
    pub fn fault(&self) -> Option<&'static str> {
        if self.len() > RepoPath::MAX_LEN {
            return Some("a path longer than 4096 bytes");
        }
        let mut depth = 0;
        for component in self.components() {
            if component.contains(&0) {
                return Some("a path with a NUL");
            }
            if let Some(fault) = name_fault(component) {
                return Some(fault);
            }
            depth += 1;
        }
        (depth > RepoPath::MAX_DEPTH).then_some("a path deeper than 512 directories")
    }
}

/// Returns what is wrong with a component, which has neither slash nor NUL.
pub(crate) fn name_fault(component: &[u8]) -> Option<&'static str> {
    match component {
        b"" => Some("a path with an empty component"),
        b"." | b".." => Some("a path with a component `.` or `..`"),
        _ => None,
    }
}

impl RepoPathBuf {
    /// Returns the bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Goes on to an entry of this directory.
    pub fn push(&mut self, name: &[u8]) {
        if !self.0.is_empty() {
            self.0.push(b'/');
        }
        self.0.extend_from_slice(name);
    }

    /// Goes to an entry of another directory, without memory of its own for that.
    pub(crate) fn set(&mut self, directory: &RepoPath, name: &[u8]) {
        self.0.clear();
        self.0.extend_from_slice(&directory.0);
        self.push(name);
    }

    /// Goes back up to where there were so many bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }
}

impl Deref for RepoPathBuf {
    type Target = RepoPath;

    fn deref(&self) -> &RepoPath {
        RepoPath::new(&self.0)
    }
}

impl Borrow<RepoPath> for RepoPathBuf {
    fn borrow(&self) -> &RepoPath {
        self
    }
}

impl AsRef<RepoPath> for RepoPathBuf {
    fn as_ref(&self) -> &RepoPath {
        self
    }
}

impl ToOwned for RepoPath {
    type Owned = RepoPathBuf;

    fn to_owned(&self) -> RepoPathBuf {
        RepoPathBuf(self.0.to_vec())
    }
}

impl From<Vec<u8>> for RepoPathBuf {
    fn from(bytes: Vec<u8>) -> RepoPathBuf {
        RepoPathBuf(bytes)
    }
}

impl From<&str> for RepoPathBuf {
    fn from(path: &str) -> RepoPathBuf {
        RepoPathBuf(path.into())
    }
}

/// For messages: what is not UTF-8 is replaced.
impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

impl fmt::Display for RepoPathBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for RepoPathBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_paths() {
        let path = RepoPath::new("a/bc/d");
        assert!(path.components().eq([&b"a"[..], b"bc", b"d"]));
        assert!(path.parents().eq(["a/bc", "a", ""].map(RepoPath::new)));
        assert_eq!(RepoPath::root().parents().count(), 1);
        assert_eq!(path.split_first(), (&b"a"[..], Some(RepoPath::new("bc/d"))));
        assert_eq!(RepoPath::new("a").split_first(), (&b"a"[..], None));
        assert_eq!((path.base_start(), RepoPath::new("a").base_start()), (5, 0));
        assert_eq!(
            &*RepoPath::root().join(b"a").join(b"b"),
            RepoPath::new("a/b")
        );
        assert_eq!(path.below(Path::new("/r")), Path::new("/r/a/bc/d"));
        assert_eq!(RepoPath::root().below(Path::new("/r")), Path::new("/r/"));
    }

    #[test]
    fn what_a_directory_contains() {
        for (directory, path, inside) in [
            ("", "a", true),
            ("a", "a", true),
            ("a", "a/b", true),
            ("a", "ab", false),
            ("a/b", "a", false),
        ] {
            let [directory, path] = [directory, path].map(RepoPath::new);
            assert_eq!(directory.contains(path), inside, "{directory} {path}");
        }
    }

    #[test]
    fn faults() {
        let (long, deep) = ("a".repeat(4097), "a/".repeat(512) + "a");
        for bad in ["", "/a", "a/", "a//b", ".", "a/..", "a\0b", &long, &deep] {
            assert!(RepoPath::new(bad).fault().is_some(), "{bad:?}");
        }
        for good in ["a", "a/b", "...", "a/.b", &long[1..], &deep[2..]] {
            assert_eq!(RepoPath::new(good).fault(), None, "{good:?}");
        }
    }
}
