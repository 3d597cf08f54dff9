// SPDX-License-Identifier: GPL-2.0-or-later

//! Manifests: which files a changeset has, and in which revisions.
//!
//! A manifest's text has a line for each file, in the order of their names'
//! bytes: name, `\0`, node in hexadecimal, flag if there is one, `\n`. The flag
//! is `x` for an executable file, `l` for a symbolic link. In manifests that
//! are kept as a tree, `t` marks a directory (`tree.rs`); what is handed out is one
//! manifest of all files.

mod changes;
mod manifests;
mod tree;
mod tree_reader;

use std::cmp::Ordering;
use std::ops::Range;

use memchr::memchr;

use crate::error::FileKind;
use crate::{Error, Node, RepoPath, Result};

pub use changes::Change;
pub use manifests::{ManifestCache, ManifestReader, Manifests};

/// A line has at least a name of one byte, `\0`, a node, and `\n`.
const SHORTEST: usize = 43;

/// The text of a manifest, for looking up files.
///
/// What is looked at is checked, the rest is not: the text comes from a
/// revision whose node was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    text: Vec<u8>,
}

/// A file in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestEntry<'a> {
    /// The file's path from the root of the repository.
    pub path: &'a RepoPath,
    /// Its revision.
    pub node: Node,
    /// What kind of file it is.
    pub flag: Flag,
}

/// The kind of a file in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Without a flag: a regular file.
    Regular,
    /// `x`: a regular file that its owner may execute.
    Executable,
    /// `l`: a symbolic link.
    Symlink,
}

impl Flag {
    /// Returns it as manifests have it, empty for none.
    pub fn as_bytes(self) -> &'static [u8] {
        match self {
            Flag::Regular => b"",
            Flag::Executable => b"x",
            Flag::Symlink => b"l",
        }
    }

    /// Returns its letter, a space for none.
    pub fn letter(self) -> u8 {
        self.as_bytes().first().copied().unwrap_or(b' ')
    }
}

impl Manifest {
    /// Returns a manifest by its text; an empty one has no files.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the last line does not end.
    pub fn new(text: Vec<u8>) -> Result<Manifest> {
        match text.last() {
            None | Some(b'\n') => Ok(Manifest { text }),
            Some(_) => Err(corrupt("does not end with a newline")),
        }
    }

    /// Returns the text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns the text, given away.
    pub fn into_text(self) -> Vec<u8> {
        self.text
    }

    /// Returns a file, `None` if there is no such file.
    ///
    /// Takes time in the order of log(length of the text), as if lines had a
    /// bounded length. If lines are not in order, files may not be found.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for lines that are none; [`Error::Unsupported`] for a
    /// directory's flag.
    pub fn find(&self, path: &RepoPath) -> Result<Option<ManifestEntry<'_>>> {
        let (mut start, mut end) = (0, self.text.len());
        while start < end {
            let line = self.line_around(start + (end - start) / 2, start);
            let entry = parse(&self.text[line.clone()])?;
            match path.cmp(entry.path) {
                Ordering::Less => end = line.start,
                Ordering::Greater => start = line.end,
                Ordering::Equal => return Ok(Some(entry)),
            }
        }
        Ok(None)
    }

    /// Returns the line that has the byte at `at`, with its newline; a line begins at
    /// `start`, which is not after `at`.
    fn line_around(&self, at: usize, start: usize) -> Range<usize> {
        let begin = self.text[start..at]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(start, |newline| start + newline + 1);
        begin..line_end(&self.text, at)
    }

    /// Returns all files, in the order of the text, which is that of the paths.
    ///
    /// # Errors
    /// Each line as for [`Manifest::find`], and [`Error::Corrupt`] for one that
    /// is not after the one before it. What follows an error is not looked at.
    pub fn iter(&self) -> impl Iterator<Item = Result<ManifestEntry<'_>>> {
        lines(&self.text)
    }

    /// Returns the files in a directory and in those below it, in the order of the paths; all, if
    /// it is the root.
    ///
    /// To find them takes the time of [`Manifest::find`].
    ///
    /// # Errors
    /// Those of [`Manifest::find`]; each line as for [`Manifest::iter`].
    pub fn within(
        &self,
        directory: &RepoPath,
    ) -> Result<impl Iterator<Item = Result<ManifestEntry<'_>>>> {
        let mut prefix = directory.as_bytes().to_vec();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        let (mut start, mut end) = (0, self.text.len());
        while start < end {
            let line = self.line_around(start + (end - start) / 2, start);
            if parse(&self.text[line.clone()])?.path.as_bytes() < &prefix[..] {
                start = line.end;
            } else {
                end = line.start;
            }
        }
        let is_within = move |entry: &Result<ManifestEntry<'_>>| match entry {
            Ok(entry) => entry.path.as_bytes().starts_with(&prefix),
            Err(_) => true,
        };
        Ok(lines(&self.text[start..]).take_while(is_within))
    }
}

/// Returns the files of whole lines.
fn lines(text: &[u8]) -> impl Iterator<Item = Result<ManifestEntry<'_>>> {
    let mut rest = text;
    let mut before = RepoPath::root();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, others) = rest.split_at(line_end(rest, 0));
        rest = others;
        let entry = parse(line).and_then(|entry| {
            if entry.path <= before {
                return Err(out_of_order(entry.path));
            }
            before = entry.path;
            Ok(entry)
        });
        if entry.is_err() {
            rest = b"";
        }
        Some(entry)
    })
}

/// Returns where the lines of a manifest begin, `None` for what Mercurial says more about: a text
/// with a line that has no name or no end, or is before the one before it, and one that is
/// too long for an offset.
///
/// Lines are looked at no closer. Takes time in the order of the length of the text.
pub fn line_starts(text: &[u8]) -> Option<Vec<i32>> {
    i32::try_from(text.len()).ok()?;
    let mut starts = Vec::with_capacity(text.len() / (2 * SHORTEST));
    let (mut start, mut before) = (0, &text[..0]);
    while start < text.len() {
        let line = &text[start..];
        let end = memchr(b'\n', line)?;
        let name = &line[..memchr(0, &line[..end])?];
        if name < before {
            return None;
        }
        before = name;
        starts.push(i32::try_from(start).ok()?);
        start += end + 1;
    }
    Some(starts)
}

/// Returns where the line ends, newline included, that has the byte at `at`.
fn line_end(text: &[u8], at: usize) -> usize {
    let newline = text[at..].iter().position(|&byte| byte == b'\n');
    newline.map_or(text.len(), |newline| at + newline + 1)
}

/// Returns a line, with its newline.
fn parse(line: &[u8]) -> Result<ManifestEntry<'_>> {
    let (path, hex, flag) = parts(line)?;
    Ok(ManifestEntry {
        path: RepoPath::new(path),
        node: Node::from_hex(hex).ok_or_else(|| no_line(line))?,
        flag: flag_of(flag)?,
    })
}

/// Returns the path, the digits of the node and the flag in a line, with its newline.
fn parts(line: &[u8]) -> Result<(&[u8], &[u8], &[u8])> {
    let bad = || no_line(line);
    if line.len() < SHORTEST {
        return Err(bad());
    }
    let zero = line.iter().position(|&byte| byte == 0).ok_or_else(bad)?;
    let (path, rest) = (&line[..zero], &line[zero + 1..line.len() - 1]);
    let (hex, flag) = rest.split_at_checked(Node::HEX_LEN).ok_or_else(bad)?;
    if path.is_empty() || flag.len() > 1 {
        return Err(bad());
    }
    Ok((path, hex, flag))
}

/// Returns the kind of a file by its flag, of which there is at most one.
fn flag_of(flag: &[u8]) -> Result<Flag> {
    match flag {
        [] => Ok(Flag::Regular),
        [b'x'] => Ok(Flag::Executable),
        [b'l'] => Ok(Flag::Symlink),
        [b't', ..] => Err(unsupported("a directory is not expected here")),
        [other, ..] => Err(unsupported(format!("the flag {other:#04x} is not known"))),
    }
}

fn no_line(line: &[u8]) -> Error {
    let line = String::from_utf8_lossy(line);
    corrupt(format!("{:?} is not a line", line.trim_end_matches('\n')))
}

/// Returns the node of the manifest of a changeset, by the changeset's text.
///
/// The text is that of the changelog's revision. Without text, which is the null
/// revision's, it is the null node, which stands for a manifest without files.
///
/// # Errors
/// [`Error::Corrupt`] if the first line is not a node.
pub fn manifest_of(changeset: &[u8]) -> Result<Node> {
    if changeset.is_empty() {
        return Ok(Node::NULL);
    }
    let line = &changeset[..line_end(changeset, 0)];
    line.strip_suffix(b"\n")
        .and_then(Node::from_hex)
        .ok_or_else(|| {
            Error::corrupt(
                FileKind::Revlog,
                "changeset",
                "does not begin with its manifest's node",
            )
        })
}

fn out_of_order(path: &RepoPath) -> Error {
    corrupt(format!("the line of {path} is out of order"))
}

fn corrupt(reason: impl ToString) -> Error {
    Error::corrupt(FileKind::Revlog, "manifest", reason)
}

fn unsupported(reason: impl ToString) -> Error {
    Error::unsupported(FileKind::Revlog, "manifest", reason)
}
