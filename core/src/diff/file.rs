// SPDX-License-Identifier: GPL-2.0-or-later

//! What a patch says of one file.

use sha1::{Digest as _, Sha1};

use super::{Lines, Options, Unified, base85};
use crate::Node;
use crate::manifest::Flag;

/// The date in headers of files that are not there.
const EPOCH: &[u8] = b"Thu Jan 01 00:00:00 1970 +0000";

/// A file in one of the two revisions that are compared.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The path, as it is shown.
    pub path: &'a [u8],
    /// The content, without metadata.
    pub content: &'a [u8],
    /// The kind of the file.
    pub flag: Flag,
    /// The date of the revision, as Mercurial writes it.
    pub date: &'a [u8],
}

/// How a file has come from another one, which git's headers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is a copy.
    Copied,
    /// It is what the other one became.
    Renamed,
}

/// Two revisions, as headers of a patch name them.
#[derive(Clone, Copy, Debug)]
pub struct Heading<'a> {
    /// The revisions that headers other than git's tell.
    pub revs: &'a [&'a str],
    /// The date of each, as Mercurial writes it.
    pub dates: [&'a [u8]; 2],
}

/// The difference of one file in two revisions, in one of which it may be missing.
#[derive(Clone, Copy, Debug)]
pub struct FileDiff<'a> {
    /// The file in the first revision, under its path there.
    pub old: Option<Side<'a>>,
    /// The file in the second revision.
    pub new: Option<Side<'a>>,
    /// How the second file has come from the first one, where that has another path.
    pub origin: Option<Origin>,
    /// The revisions as headers that are not git's name them.
    pub revs: &'a [&'a str],
}

/// Returns whether a content is binary for Mercurial, which is so if it has a NUL.
pub fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, content).is_some()
}

fn mode(flag: Flag) -> &'static str {
    match flag {
        Flag::Regular => "100644",
        Flag::Executable => "100755",
        Flag::Symlink => "120000",
    }
}

/// Returns git's hash of a content, or zeros for none, in hexadecimal digits.
fn git_hash(side: Option<&Side<'_>>) -> String {
    let hash = side.map_or(Node::NULL, |side| {
        let hash = Sha1::new()
            .chain_update(format!("blob {}\0", side.content.len()))
            .chain_update(side.content);
        <[u8; Node::LEN]>::from(hash.finalize()).into()
    });
    hash.to_string()
}

impl<'a> FileDiff<'a> {
    /// Returns that of a file whose path, as it is shown, and kind are known in each revision that
    /// has it; the content of a missing one is empty.
    pub fn new(
        files: [Option<(&'a [u8], Flag)>; 2],
        contents: &'a [Vec<u8>; 2],
        origin: Option<Origin>,
        heading: &Heading<'a>,
    ) -> FileDiff<'a> {
        let side = |at: usize| {
            let (path, flag) = files[at]?;
            Some(Side {
                path,
                content: &contents[at],
                flag,
                date: heading.dates[at],
            })
        };
        FileDiff {
            old: side(0),
            new: side(1),
            origin,
            revs: heading.revs,
        }
    }
}

impl FileDiff<'_> {
    /// Returns whether the file is binary, and not taken for text all the same.
    pub fn is_binary(&self, options: &Options) -> bool {
        let [old, new] = self.contents();
        !options.text && (is_binary(old) || is_binary(new))
    }

    /// Appends the file's part of a patch, nothing if there is nothing to tell; returns how many
    /// lines are new, and how many are gone.
    ///
    /// Takes the time of [`matching_blocks`](super::matching_blocks). Binary contents in git's
    /// format are compressed by a zlib other than Python's: the bytes may differ, and mean the
    /// same.
    pub fn write(&self, options: &Options, out: &mut Vec<u8>) -> (usize, usize) {
        let (header, body, lines) = self.parts(options);
        out.extend(header);
        out.extend(body);
        lines
    }

    /// Returns the lines that head the file's part of a patch, what is below them, and how many
    /// lines are new, and how many are gone; see [`FileDiff::write`].
    pub fn parts(&self, options: &Options) -> (Vec<u8>, Vec<u8>, (usize, usize)) {
        let [old, new] = self.contents();
        let binary = self.is_binary(options);
        let mut lines = (0, 0);
        let mut header = self.header(options);
        let mut body = Vec::new();
        if binary && options.shows_binary() {
            if old != new {
                let [old_hash, new_hash] = self.git_hashes();
                header.push(format!("index {old_hash}..{new_hash}").into());
                base85::write_literal(new, &mut body);
            }
        } else {
            if options.git && options.index > 0 {
                header.push(self.index_line(options.index));
            }
            lines = self.write_text(options, binary, &mut header, &mut body);
        }
        // One line that says nothing but which file it is, is left out.
        if header.len() == 1 && body.is_empty() {
            header.clear();
        }
        let mut head = header.join(&b'\n');
        if !head.is_empty() {
            head.push(b'\n');
        }
        (head, body, lines)
    }

    /// Returns the contents in both revisions; that of a missing file is empty.
    fn contents(&self) -> [&[u8]; 2] {
        [self.old, self.new].map(|side| side.map_or(&[][..], |side| side.content))
    }

    fn git_hashes(&self) -> [String; 2] {
        [self.old, self.new].map(|side| git_hash(side.as_ref()))
    }

    /// Returns the paths in the first revision and in the second, the same where it is missing.
    fn paths(&self) -> (&[u8], &[u8]) {
        let (old, new) = (
            self.old.map(|side| side.path),
            self.new.map(|side| side.path),
        );
        (
            old.or(new).unwrap_or_default(),
            new.or(old).unwrap_or_default(),
        )
    }

    /// Returns the lines before those that `diff` itself would write.
    fn header(&self, options: &Options) -> Vec<Vec<u8>> {
        let (old_path, new_path) = self.paths();
        let (a, b) = prefixes(options);
        if !options.git {
            if self.revs.is_empty() {
                return Vec::new();
            }
            let revs = self.revs.join(" -r ");
            return vec![[b"diff -r ", revs.as_bytes(), b" ", old_path].concat()];
        }
        let mut header = vec![[b"diff --git ", a, old_path, b" ", b, new_path].concat()];
        match (self.old, self.new) {
            (None, Some(new)) => {
                header.push(format!("new file mode {}", mode(new.flag)).into());
            }
            (Some(old), None) => {
                header.push(format!("deleted file mode {}", mode(old.flag)).into());
            }
            (Some(old), Some(new)) if old.flag != new.flag => {
                header.push(format!("old mode {}", mode(old.flag)).into());
                header.push(format!("new mode {}", mode(new.flag)).into());
            }
            _ => {}
        }
        let word = match self.origin {
            Some(Origin::Copied) => &b"copy"[..],
            Some(Origin::Renamed) => b"rename",
            None => return header,
        };
        header.push([word, b" from ", old_path].concat());
        header.push([word, b" to ", new_path].concat());
        header
    }

    fn index_line(&self, digits: usize) -> Vec<u8> {
        let flag = self
            .old
            .or(self.new)
            .map_or(Flag::Regular, |side| side.flag);
        let [old, new] = self.git_hashes().map(|mut hash| {
            hash.truncate(digits);
            hash
        });
        format!("index {old}..{new} {}", mode(flag)).into()
    }

    /// Appends the lines that name the files, and the hunks; returns how many lines are new and
    /// gone.
    fn write_text(
        &self,
        options: &Options,
        binary: bool,
        header: &mut Vec<Vec<u8>>,
        body: &mut Vec<u8>,
    ) -> (usize, usize) {
        let [old, new] = self.contents();
        if old.is_empty() && new.is_empty() {
            return (0, 0);
        }
        if binary {
            if old != new {
                body.extend([b"Binary file ", self.paths().0, b" has changed\n"].concat());
            }
            return (0, 0);
        }
        let (old, new) = (Lines::new(old), Lines::new(new));
        let diff = if old.is_empty() || new.is_empty() {
            Unified::whole(&old, &new)
        } else {
            Unified::of(&old, &new, options)
        };
        if !diff.is_empty() {
            diff.write(body);
            header.extend(self.file_lines(options));
        }
        diff.counts()
    }

    fn file_lines(&self, options: &Options) -> [Vec<u8>; 2] {
        let (a, b) = prefixes(options);
        let line = |sign: &[u8], prefix: &[u8], side: Option<Side<'_>>| match side {
            Some(Side { path, date, .. }) => {
                [sign, prefix, path, &date_tag(options, date, path)].concat()
            }
            None => [sign, b"/dev/null", &date_tag(options, EPOCH, b"")].concat(),
        };
        [line(b"--- ", a, self.old), line(b"+++ ", b, self.new)]
    }
}

fn prefixes(options: &Options) -> (&'static [u8], &'static [u8]) {
    if options.no_prefix {
        (b"", b"")
    } else {
        (b"a/", b"b/")
    }
}

/// Returns what follows a path: the date, or a tab where the path has spaces.
fn date_tag(options: &Options, date: &[u8], path: &[u8]) -> Vec<u8> {
    if !options.git && !options.no_dates {
        [b"\t", date].concat()
    } else if path.contains(&b' ') {
        b"\t".into()
    } else {
        Vec::new()
    }
}
