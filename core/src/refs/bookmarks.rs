// SPDX-License-Identifier: GPL-2.0-or-later

//! Bookmarks: names that are moved along with what is committed.
//!
//! `bookmarks` has a line for each: a node in hexadecimal digits, a space, and the name in UTF-8.
//! It is in the `.hg` directory, with the requirement `bookmarksinstore` in the store, and where
//! a share's file `shared` has the line `bookmarks` in the repository that it shares.
//! `bookmarks.current` has the name of the active one.

use std::collections::BTreeMap;

use crate::changelog::Changelog;
use crate::text::trim;
use crate::{Node, Result, Rev};

/// The bookmarks of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bookmarks {
    marks: BTreeMap<Vec<u8>, Rev>,
    active: Option<Vec<u8>>,
    malformed: Vec<usize>,
}

/// The lines of a file of bookmarks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines<'f> {
    /// The names, as often as they come, and their nodes.
    pub marks: Vec<(&'f [u8], Node)>,
    /// The numbers of lines that are none, from 1 on, which Mercurial warns of.
    pub malformed: Vec<usize>,
}

/// Reads the content of a file of bookmarks. Takes time linear in its length.
pub fn parse(content: &[u8]) -> Lines<'_> {
    let mut lines = Lines::default();
    for (number, line) in (1..).zip(content.split(|&byte| byte == b'\n')) {
        let line = trim(line);
        if line.is_empty() {
            continue;
        }
        let space = line.iter().position(|&byte| byte == b' ');
        let mark = space.and_then(|space| {
            let node = Node::from_hex(&line[..space])?;
            Some((&line[space + 1..], node))
        });
        match mark {
            Some(mark) => lines.marks.push(mark),
            None => lines.malformed.push(number),
        }
    }
    lines
}

impl Bookmarks {
    /// Reads the bookmarks that are in the changelog, and the active one; `current` is the content
    /// of `bookmarks.current`.
    pub(super) fn read(content: &[u8], current: &[u8], changelog: &Changelog) -> Result<Bookmarks> {
        let lines = parse(content);
        let mut marks = BTreeMap::new();
        for (name, node) in lines.marks {
            if let Some(rev) = changelog.rev_of(&node)? {
                marks.insert(name.to_vec(), rev);
            }
        }
        let active = current.split(|&byte| byte == b'\n' || byte == b'\r').next();
        let active = active.filter(|name| !name.is_empty() && marks.contains_key(*name));
        Ok(Bookmarks {
            active: active.map(<[u8]>::to_vec),
            marks,
            malformed: lines.malformed,
        })
    }

    /// Returns the revision of a bookmark, `None` if there is no such bookmark.
    pub fn get(&self, name: &[u8]) -> Option<Rev> {
        self.marks.get(name).copied()
    }

    /// Returns all names and revisions, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], Rev)> {
        self.marks.iter().map(|(name, &rev)| (&name[..], rev))
    }

    /// Returns the name of the active bookmark, which moves with the next commit.
    pub fn active(&self) -> Option<&[u8]> {
        self.active.as_deref()
    }

    /// Returns the numbers of the file's lines that are not bookmarks, from 1 on.
    pub fn malformed_lines(&self) -> &[usize] {
        &self.malformed
    }
}

/// Returns whether the content of a share's file `shared` says that bookmarks are.
pub(super) fn are_shared(content: &[u8]) -> bool {
    let mut lines = content.split(|&byte| byte == b'\n' || byte == b'\r');
    lines.any(|line| line == b"bookmarks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let node = "0123456789".repeat(4);
        let content = format!(
            "{node} a\n\n  {node} b c \r\n{node}\nxyz d\n{} e\n{node}  f\n{}x g",
            &node[1..],
            node.to_uppercase()
        );
        let lines = parse(content.as_bytes());
        let names: Vec<&[u8]> = lines.marks.iter().map(|mark| mark.0).collect();
        assert_eq!(names, [&b"a"[..], b"b c", b" f"]);
        assert!(lines.marks.iter().all(|mark| mark.1.to_string() == node));
        assert_eq!(lines.malformed, [4, 5, 6, 8]);
        assert!(are_shared(b"x\nbookmarks\n") && !are_shared(b"bookmark"));
    }
}
