// SPDX-License-Identifier: GPL-2.0-or-later

//! A merge that is not committed: its two sides, which are never hidden, and the files that both
//! changed.
//!
//! `.hg/merge/state2` has records: a byte with the type, four bytes with a length, big-endian, and
//! so many bytes. A type `t` stands for the type that the first of these bytes is. `L` and `O`
//! are the nodes of both sides in hexadecimal digits; `F`, `C` and `P` are files: the path, the
//! state and more, with NULs between them. `.hg/merge/state` is older, says less, and counts where
//! the two do not agree: a line with the node of the local side, and one for each file.

use std::collections::BTreeMap;

use crate::{Node, RepoPath, RepoPathBuf};

/// The sides of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeState {
    /// The local side, if there is one.
    pub local: Option<Node>,
    /// The other side, if it is known.
    pub other: Option<Node>,
    /// The files with conflicts, in the order of their paths.
    pub files: BTreeMap<RepoPathBuf, Conflict>,
    /// Whether there is something of which this does not know what it is.
    pub is_odd: bool,
}

/// What has become of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Nobody has resolved it.
    Unresolved,
    /// Somebody has.
    Resolved,
    /// A file is where the other side has a directory.
    UnresolvedPath,
    /// One that was there is somewhere else now.
    ResolvedPath,
}

impl MergeState {
    /// Adds what a record of a file says.
    fn add(&mut self, data: &[u8]) {
        let mut parts = data.split(|&byte| byte == 0);
        let path = parts.next().unwrap_or_default();
        let conflict = match parts.next() {
            Some(b"u") => Conflict::Unresolved,
            Some(b"r") => Conflict::Resolved,
            Some(b"pu") => Conflict::UnresolvedPath,
            Some(b"pr") => Conflict::ResolvedPath,
            // The other side's was taken: no conflict.
            Some(b"o") => return,
            _ => {
                self.is_odd = true;
                return;
            }
        };
        self.files.insert(RepoPath::new(path).to_owned(), conflict);
    }

    /// Tells whether there are files that are not resolved.
    pub fn is_unresolved(&self) -> bool {
        use Conflict::{Unresolved, UnresolvedPath};
        let mut states = self.files.values();
        states.any(|state| matches!(state, Unresolved | UnresolvedPath))
    }
}

type Record<'a> = (u8, &'a [u8]);

/// Reads the contents of `state` and `state2`; what is cut short ends there. Takes time linear in
/// their lengths.
pub fn parse(version_1: &[u8], version_2: &[u8]) -> MergeState {
    let old = records_1(version_1);
    let new = records_2(version_2);
    let mut known: std::collections::HashSet<(u8, Vec<u8>)> = std::collections::HashSet::new();
    for &(kind, data) in &new {
        match kind {
            b'L' => known.insert((kind, data.to_vec())),
            b'F' => known.insert((kind, without_other_node(data))),
            _ => false,
        };
    }
    let agree = old
        .iter()
        .all(|&(kind, data)| known.contains(&(kind, data.to_vec())));
    let mut state = MergeState::default();
    for (kind, data) in if agree { new } else { old } {
        match kind {
            b'L' => state.local = Node::from_hex(data),
            b'O' => state.other = Node::from_hex(data),
            b'F' | b'C' | b'P' | b'R' => state.add(data),
            // Those in small letters may be passed over.
            b'a'..=b'z' => {}
            _ => state.is_odd = true,
        }
    }
    state
}

fn records_1(content: &[u8]) -> Vec<Record<'_>> {
    let lines = content.split_inclusive(|&byte| byte == b'\n');
    let lines = lines.map(|line| &line[..line.len() - 1]);
    let kinds = std::iter::once(b'L').chain(std::iter::repeat(b'F'));
    kinds.zip(lines).collect()
}

fn records_2(mut content: &[u8]) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    while let Some((&[kind, a, b, c, d], rest)) = content.split_first_chunk::<5>() {
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        let (data, after) = rest.split_at(len.min(rest.len()));
        content = after;
        match (kind, data.split_first()) {
            (b't', Some((&kind, data))) => records.push((kind, data)),
            _ => records.push((kind, data)),
        }
    }
    records
}

/// Returns a file's record as version 1 has it: without the last but one of its parts.
fn without_other_node(data: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = data.split(|&byte| byte == 0).collect();
    if parts.len() > 1 {
        parts.remove(parts.len() - 2);
    }
    parts.join(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, data: &[u8]) -> Vec<u8> {
        [&[kind], &(data.len() as u32).to_be_bytes()[..], data].concat()
    }

    #[test]
    fn both_versions() {
        let (local, other) = ("11".repeat(20), "22".repeat(20));
        let node = |digits: &str| Node::from_hex(digits.as_bytes());
        let file = b"a\0u\0key\0a\0a\0node\0a\0other\0";
        let new = [
            record(b'L', local.as_bytes()),
            record(b'O', other.as_bytes()),
            record(b'F', file),
        ]
        .concat();
        let old = [local.as_bytes(), b"\na\0u\0key\0a\0a\0node\0a\0\n"].concat();
        let both = MergeState {
            local: node(&local),
            other: node(&other),
            files: BTreeMap::from([(RepoPath::new("a").to_owned(), Conflict::Unresolved)]),
            is_odd: false,
        };
        assert_eq!(parse(&old, &new), both);
        assert_eq!(parse(b"", &new), both);
        let disagree = [other.as_bytes(), b"\n"].concat();
        let expected = MergeState {
            local: node(&other),
            ..MergeState::default()
        };
        assert_eq!(parse(&disagree, &new), expected);
        let path = record(b't', b"Pa\0pu\0b\0l");
        assert!(parse(b"", &path).is_unresolved());
        assert!(!parse(b"", &record(b'F', b"a\0r\0b")).is_unresolved());
        assert!(parse(b"", &record(b'X', b"a")).is_odd && !parse(b"", &record(b'x', b"a")).is_odd);
        assert_eq!(parse(b"", b""), MergeState::default());
        for len in 0..new.len() {
            parse(&new[..len], &new[..len]);
        }
    }
}
