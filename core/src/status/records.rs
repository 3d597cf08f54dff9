//! What a walk found, in order, without an allocation for each name.

/// What is said of a path.
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

/// How many kinds of [`State`] there are.
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

/// What stands for the first state: no NUL, which ends records.
const FIRST: u8 = b'0';

/// Up to this size, records are copied behind others instead of kept apart.
const SMALL: usize = 2048;

/// A sequence of states and paths: a byte for the state, the path, a NUL.
#[derive(Debug, Default)]
pub(super) struct Records {
    full: Vec<Vec<u8>>,
    open: Vec<u8>,
}

impl Records {
    /// Adds the path `dir`/`base`, or `base` at the root.
    pub(super) fn push(&mut self, state: State, dir: &[u8], base: &[u8]) {
        self.open.reserve(dir.len() + base.len() + 3);
        self.open.push(state as u8 + FIRST);
        if !dir.is_empty() {
            self.open.extend_from_slice(dir);
            self.open.push(b'/');
        }
        self.open.extend_from_slice(base);
        self.open.push(0);
    }

    /// Adds all of another sequence behind this one.
    pub(super) fn append(&mut self, mut other: Records) {
        if other.full.is_empty() && other.open.len() <= SMALL {
            self.open.extend_from_slice(&other.open);
            return;
        }
        if !self.open.is_empty() {
            self.full.push(std::mem::take(&mut self.open));
        }
        self.full.append(&mut other.full);
        self.open = other.open;
    }

    /// The paths of each state.
    pub(super) fn into_lists(self) -> [Names; STATES] {
        let mut lists: [Names; STATES] = Default::default();
        for chunk in self.full.iter().chain([&self.open]) {
            // No path has a NUL: neither the system nor the dirstate allows it.
            for record in chunk.split_inclusive(|byte| *byte == 0) {
                let (state, path) = (record[0] - FIRST, &record[1..]);
                let list = &mut lists[usize::from(state)];
                list.bytes.extend_from_slice(path);
                list.count += 1;
            }
        }
        lists
    }
}

/// A list of paths in one block, each followed by a NUL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    bytes: Vec<u8>,
    count: usize,
}

impl Names {
    /// How many paths. O(1).
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The paths of a block, each of which is followed by a NUL; None if the last is not.
    /// Linear in its length.
    pub fn from_block(bytes: Vec<u8>) -> Option<Names> {
        let count = bytes.iter().filter(|byte| **byte == 0).count();
        let ends = bytes.last().is_none_or(|byte| *byte == 0);
        ends.then_some(Names { bytes, count })
    }

    /// The block: each path followed by a NUL.
    pub fn block(&self) -> &[u8] {
        &self.bytes
    }

    /// The block, given away.
    pub fn into_block(self) -> Vec<u8> {
        self.bytes
    }

    /// The paths, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes
            .split_inclusive(|byte| *byte == 0)
            .map(|name| &name[..name.len() - 1])
    }

    /// Adds a path, which has no NUL, at the end.
    pub fn push(&mut self, path: &[u8]) {
        debug_assert!(!path.contains(&0));
        self.bytes.extend_from_slice(path);
        self.bytes.push(0);
        self.count += 1;
    }

    /// Puts the paths into the order of their bytes. Linear where they are already.
    pub fn sort(&mut self) {
        if self.iter().is_sorted() {
            return;
        }
        let mut paths: Vec<&[u8]> = self.iter().collect();
        paths.sort();
        let mut sorted = Names::default();
        sorted.bytes.reserve(self.bytes.len());
        paths.into_iter().for_each(|path| sorted.push(path));
        *self = sorted;
    }
}

impl<'a> FromIterator<&'a [u8]> for Names {
    fn from_iter<I: IntoIterator<Item = &'a [u8]>>(paths: I) -> Self {
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
        let mut all = Records::default();
        for round in 0..300u32 {
            let mut some = Records::default();
            for number in 0..round {
                some.push(State::Unknown, b"d", format!("{round}-{number}").as_bytes());
            }
            some.push(State::Clean, b"", round.to_string().as_bytes());
            all.append(some);
        }
        let lists = all.into_lists();
        let unknown = &lists[State::Unknown as usize];
        assert_eq!(unknown.len(), (0..300).sum::<usize>());
        let wanted = (0..300).flat_map(|r| (0..r).map(move |n| format!("d/{r}-{n}").into_bytes()));
        assert!(unknown.iter().eq(wanted));
        assert_eq!(lists[State::Clean as usize].len(), 300);
        assert!(lists[State::Modified as usize].is_empty());
    }

    #[test]
    fn names_sort() {
        let mut names: Names = [&b"b"[..], b"a/b", b"a", b"a.c"].into_iter().collect();
        names.sort();
        assert!(names.iter().eq([&b"a"[..], b"a.c", b"a/b", b"b"]));
        assert_eq!(names.block(), b"a\0a.c\0a/b\0b\0");
    }
}
