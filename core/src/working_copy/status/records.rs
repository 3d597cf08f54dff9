// SPDX-License-Identifier: GPL-2.0-or-later

//! What a walk found, in order, without an allocation for each name.

use crate::RepoPath;

/// The state of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Known to differ from the first parent, or merged.
    Modified,
    /// To be added by the next commit.
    Added,
    /// To be removed by the next commit.
    Removed,
    /// Tracked, but there is no such file.
    Deleted,
    /// Known not to differ.
    Clean,
    /// Not tracked.
    Unknown,
    /// Not tracked, and ignored.
    Ignored,
    /// Modified or clean: only the contents tell.
    Unsure,
    /// A directory that was searched for files.
    Directory,
}

/// The number of kinds of [`State`].
pub const STATES: usize = State::Directory as usize + 1;

impl State {
    /// All of them, in the order of their numbers.
    pub const ALL: [State; STATES] = [
        State::Modified,
        State::Added,
        State::Removed,
        State::Deleted,
        State::Clean,
        State::Unknown,
        State::Ignored,
        State::Unsure,
        State::Directory,
    ];
}

/// The byte for the first state: no NUL, which ends records.
const FIRST: u8 = b'0';

/// A sequence of states and paths: a byte for the state, the path, a NUL.
#[derive(Debug, Default)]
pub(super) struct Records(Vec<u8>);

impl Records {
    /// Adds the path `dir`/`base`, or `base` at the root.
    pub(super) fn push(&mut self, state: State, dir: &RepoPath, base: &[u8]) {
        let Records(bytes) = self;
        bytes.reserve(dir.len() + base.len() + 3);
        bytes.push(state as u8 + FIRST);
        if !dir.is_empty() {
            bytes.extend_from_slice(dir.as_bytes());
            bytes.push(b'/');
        }
        bytes.extend_from_slice(base);
        bytes.push(0);
    }

    /// Returns how many bytes there are, as a place between two records.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds the records between two places to the lists of their states.
    pub(super) fn list(&self, from: usize, to: usize, lists: &mut [Names; STATES]) {
        // No path has a NUL: neither the system nor the dirstate allows it.
        for record in self.0[from..to].split_inclusive(|byte| *byte == 0) {
            let (state, path) = (record[0] - FIRST, &record[1..]);
            let list = &mut lists[usize::from(state)];
            list.bytes.extend_from_slice(path);
            list.count += 1;
        }
    }
}

/// A list of paths in one block, each followed by a NUL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    bytes: Vec<u8>,
    count: usize,
}

impl Names {
    /// Returns how many paths. O(1).
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the paths of a block, each of which is followed by a NUL; None if the last is not.
    /// Linear in its length.
    pub fn from_block(bytes: Vec<u8>) -> Option<Names> {
        let count = bytes.iter().filter(|byte| **byte == 0).count();
        let ends = bytes.last().is_none_or(|byte| *byte == 0);
        ends.then_some(Names { bytes, count })
    }

    /// Returns the block: each path followed by a NUL.
    pub fn block(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the block, given away.
    pub fn into_block(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the paths, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &RepoPath> {
        self.bytes
            .split_inclusive(|byte| *byte == 0)
            .map(|name| RepoPath::new(&name[..name.len() - 1]))
    }

    /// Adds a path, which has no NUL, at the end.
    pub fn push(&mut self, path: &RepoPath) {
        debug_assert!(!path.as_bytes().contains(&0));
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.count += 1;
    }

    /// Puts the paths into the order of their bytes. Linear where they are already.
    pub fn sort(&mut self) {
        if self.iter().is_sorted() {
            return;
        }
        let mut paths: Vec<&RepoPath> = self.iter().collect();
        paths.sort();
        let mut sorted = Names::default();
        sorted.bytes.reserve(self.bytes.len());
        for path in paths {
            sorted.push(path);
        }
        *self = sorted;
    }
}

impl<'a> FromIterator<&'a RepoPath> for Names {
    fn from_iter<I: IntoIterator<Item = &'a RepoPath>>(paths: I) -> Self {
        let mut names = Names::default();
        paths.into_iter().for_each(|path| names.push(path));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_the_order() {
        let mut records = Records::default();
        records.push(State::Unknown, RepoPath::new("d"), b"1");
        records.push(State::Clean, RepoPath::root(), b"c");
        let cut = records.len();
        records.push(State::Unknown, RepoPath::new("d"), b"2");
        let mut lists: [Names; STATES] = Default::default();
        records.list(0, cut, &mut lists);
        assert_eq!(lists[State::Clean as usize].block(), b"c\0");
        assert_eq!(lists[State::Unknown as usize].block(), b"d/1\0");
        records.list(cut, records.len(), &mut lists);
        records.list(cut, cut, &mut lists);
        assert_eq!(lists[State::Unknown as usize].block(), b"d/1\0d/2\0");
        assert!(lists[State::Modified as usize].is_empty());
    }

    #[test]
    fn names_sort() {
        let paths = ["b", "a/b", "a", "a.c"].map(RepoPath::new);
        let mut names: Names = paths.into_iter().collect();
        names.sort();
        assert!(names.iter().eq(["a", "a.c", "a/b", "b"].map(RepoPath::new)));
        assert_eq!(names.block(), b"a\0a.c\0a/b\0b\0");
    }
}
