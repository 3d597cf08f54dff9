// SPDX-License-Identifier: GPL-2.0-or-later

//! Manifests that are trees: each directory has a manifest of its own.
//!
//! The text of a directory has lines like those of a manifest without trees, with names instead of
//! paths, in the order of the names. The flag `t` marks a directory, whose node is that of a
//! revision in a revlog of its own. Here all of it becomes one text of all files, in the order of
//! their paths, in which a directory's name counts as if a slash were behind it. Directories that
//! are the same in a manifest that was read before are not read again.

use std::sync::Arc;

use super::{corrupt, line_end, out_of_order, parts, unsupported};
use crate::revlog::patch::MAX_TEXT;
use crate::{Node, RepoPath, Result};

/// The directories that no manifest has more of, which bounds the time for one.
pub(super) const MOST: usize = 1 << 18;

/// A directory of a manifest, with all below it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) node: Node,
    /// The lines of its files.
    text: Vec<u8>,
    /// In the order of their names.
    directories: Vec<Directory>,
    size: Size,
}

#[derive(Debug)]
struct Directory {
    /// With a slash behind it.
    name: Vec<u8>,
    /// Where the lines are of the files that come before it.
    at: usize,
    tree: Arc<Tree>,
}

/// How much there is in a directory and all below it.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    files: usize,
    directories: usize,
    /// The length of all lines, with paths from this directory.
    bytes: usize,
}

impl Tree {
    /// Returns the lines of all files, with their whole paths.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.size.bytes);
        let mut path = Vec::new();
        // Trees, and how far each of them is told.
        let mut open: Vec<(&Tree, usize)> = vec![(self, 0)];
        while let Some(&(tree, next)) = open.last() {
            let start = match next {
                0 => 0,
                next => tree.directories[next - 1].at,
            };
            let directory = tree.directories.get(next);
            let end = directory.map_or(tree.text.len(), |directory| directory.at);
            add_lines(&mut all, &path, &tree.text[start..end]);
            if let Some(directory) = directory {
                let last = open.len() - 1;
                open[last].1 += 1;
                path.extend_from_slice(&directory.name);
                open.push((&directory.tree, 0));
            } else {
                open.pop();
                if let Some(&(above, next)) = open.last() {
                    path.truncate(path.len() - above.directories[next - 1].name.len());
                }
            }
        }
        all
    }

    /// Returns a directory by its name, with a slash behind it.
    pub(super) fn directory(&self, name: &[u8]) -> Option<&Arc<Tree>> {
        let at = self
            .directories
            .binary_search_by(|directory| directory.name.as_slice().cmp(name));
        at.ok().map(|at| &self.directories[at].tree)
    }
}

/// Adds lines whose paths begin with that of a directory.
fn add_lines(all: &mut Vec<u8>, directory: &[u8], lines: &[u8]) {
    let mut rest = lines;
    while !rest.is_empty() {
        let (line, others) = rest.split_at(line_end(rest, 0));
        all.extend_from_slice(directory);
        all.extend_from_slice(line);
        rest = others;
    }
}

/// A directory that is not read yet.
#[derive(Debug)]
pub(super) struct Place {
    /// Its name, with a slash behind it; empty for the root.
    pub(super) name: Vec<u8>,
    pub(super) node: Node,
    /// Where the lines are of the files above it that come before it.
    at: usize,
}

impl Place {
    pub(super) fn root(node: Node) -> Place {
        Place {
            name: Vec::new(),
            node,
            at: 0,
        }
    }
}

/// A directory that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) place: Place,
    /// What it was in a manifest that was read before.
    pub(super) near: Option<Arc<Tree>>,
    tree: Tree,
    /// Directories that are yet to be read, the first one last.
    left: Vec<Place>,
}

impl Reading {
    /// Begins with the text of a directory; a root without directories may have paths.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) for lines that are none or are out of order, and
    /// for a name that is none.
    pub(super) fn begin(place: Place, near: Option<Arc<Tree>>, text: &[u8]) -> Result<Reading> {
        let mut lines = lines(text)?;
        let has_directories = lines.iter().any(|line| line.directory.is_some());
        let may_be_paths = place.name.is_empty() && !has_directories;
        if let Some(line) = lines.iter().find(|line| !line.is_name() && !may_be_paths) {
            let name = String::from_utf8_lossy(line.name);
            return Err(corrupt(format!("{name:?} is not a name in a directory")));
        }
        if has_directories {
            lines.sort_by(|a, b| a.key().cmp(b.key()));
        }
        let mut tree = Tree {
            node: place.node,
            text: Vec::with_capacity(text.len()),
            directories: Vec::new(),
            size: Size::default(),
        };
        let mut left = Vec::new();
        for line in lines {
            match line.directory {
                Some(node) => left.push(Place {
                    name: [line.name, b"/"].concat(),
                    node,
                    at: tree.text.len(),
                }),
                None => {
                    tree.text.extend_from_slice(line.whole);
                    tree.size.files += 1;
                }
            }
        }
        tree.size.bytes = tree.text.len();
        left.reverse();
        Ok(Reading {
            place,
            near,
            tree,
            left,
        })
    }

    /// Returns the next directory in it that is to be read.
    pub(super) fn next(&mut self) -> Option<Place> {
        self.left.pop()
    }

    /// Adds the directory that was the next.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) for more than anybody has.
    pub(super) fn add(&mut self, place: Place, tree: Arc<Tree>) -> Result<()> {
        let (size, more) = (&mut self.tree.size, tree.size);
        size.files += more.files;
        size.directories += 1 + more.directories;
        // None of these can be that large before.
        size.bytes = size.bytes.saturating_add(more.bytes);
        let names = more.files.saturating_mul(place.name.len());
        size.bytes = size.bytes.saturating_add(names);
        if size.directories > MOST || size.bytes > MAX_TEXT {
            return Err(unsupported("has more files or directories than are read"));
        }
        self.tree.directories.push(Directory {
            name: place.name,
            at: place.at,
            tree,
        });
        Ok(())
    }

    /// Returns the directory, of which all was read.
    pub(super) fn end(self) -> (Place, Arc<Tree>) {
        (self.place, Arc::new(self.tree))
    }
}

/// A line of a directory's text.
struct Line<'t> {
    name: &'t [u8],
    /// The node, if it is a directory.
    directory: Option<Node>,
    whole: &'t [u8],
}

impl Line<'_> {
    fn is_name(&self) -> bool {
        !self.name.contains(&b'/') && !matches!(self.name, b"." | b"..")
    }

    /// Returns what it is sorted by among paths.
    fn key(&self) -> impl Iterator<Item = &u8> {
        let slash = self.directory.is_some().then_some(&b'/');
        self.name.iter().chain(slash)
    }
}

/// Returns the lines of a text, which are in the order of the names.
fn lines(text: &[u8]) -> Result<Vec<Line<'_>>> {
    if text.last().is_some_and(|&last| last != b'\n') {
        return Err(corrupt("does not end with a newline"));
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (whole, others) = rest.split_at(line_end(rest, 0));
        rest = others;
        let (name, hex, flag) = parts(whole)?;
        if lines.last().is_some_and(|last| last.name >= name) {
            return Err(out_of_order(RepoPath::new(name)));
        }
        let directory = match flag {
            b"t" => Some(Node::from_hex(hex).ok_or_else(|| super::no_line(whole))?),
            _ => None,
        };
        lines.push(Line {
            name,
            directory,
            whole,
        });
    }
    Ok(lines)
}

/// Returns the node and the flag of an entry of a directory, `None` if there is none.
///
/// # Errors
/// As for [`Reading::begin`].
pub(super) fn entry<'t>(text: &'t [u8], name: &[u8]) -> Result<Option<(Node, &'t [u8])>> {
    let found = lines(text)?.into_iter().find(|line| line.name == name);
    let Some(line) = found else { return Ok(None) };
    let (_, hex, flag) = parts(line.whole)?;
    let node = Node::from_hex(hex).ok_or_else(|| super::no_line(line.whole))?;
    Ok(Some((node, flag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, digit: &str, flag: &str) -> String {
        format!("{name}\0{}{flag}\n", digit.repeat(Node::HEX_LEN))
    }

    fn begin(name: &str, text: &str) -> Result<Reading> {
        let place = Place {
            name: name.into(),
            ..Place::root(Node::NULL)
        };
        Reading::begin(place, None, text.as_bytes())
    }

    #[test]
    fn files_are_in_the_order_of_their_paths() {
        let text = line("a", "1", "t") + &line("a-", "2", "x") + &line("a.b", "3", "t");
        let text = text + &line("a0", "4", "") + &line("b", "5", "t");
        let mut root = begin("", &text).unwrap();
        let mut names = Vec::new();
        while let Some(place) = root.next() {
            names.push(String::from_utf8(place.name.clone()).unwrap());
            let inside = Reading::begin(place, None, line("f", "6", "l").as_bytes()).unwrap();
            let (place, tree) = inside.end();
            root.add(place, tree).unwrap();
        }
        assert_eq!(names, ["a.b/", "a/", "b/"]);
        let (_, tree) = root.end();
        let text = line("a-", "2", "x") + &line("a.b/f", "6", "l") + &line("a/f", "6", "l");
        let text = text + &line("a0", "4", "") + &line("b/f", "6", "l");
        assert_eq!(tree.text(), text.as_bytes());
        assert_eq!(tree.size.bytes, text.len());
        assert!(tree.directory(b"a.b/").is_some() && tree.directory(b"a0").is_none());
    }

    #[test]
    fn texts_that_are_none() {
        let directory = line("d", "1", "t");
        for text in [
            "x\n".to_owned(),
            line("", "1", ""),
            directory.trim_end().to_owned(),
            line("b", "1", "") + &line("a", "1", ""),
            line("b", "1", "") + &line("b", "1", "t"),
            line("d", "g", "t"),
            line("a/b", "1", "") + &directory,
            line("a/b", "1", "t"),
            line("..", "1", "t"),
            line(".", "1", "") + &directory,
        ] {
            assert!(begin("", &text).is_err(), "{text:?}");
        }
        // What was written before there were trees has paths.
        let flat = line("a/b", "1", "");
        assert_eq!(begin("", &flat).unwrap().end().1.text(), flat.as_bytes());
        assert!(begin("d/", &flat).is_err());
        assert!(entry(flat.as_bytes(), b"a").unwrap().is_none());
        assert!(entry(flat.as_bytes(), b"a/b").unwrap().is_some());
    }
}
