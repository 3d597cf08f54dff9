// SPDX-License-Identifier: GPL-2.0-or-later

//! Differences of texts, line by line, as Mercurial shows them.
//!
//! [`matching_blocks`] finds the lines that two texts share (or another [`Algorithm`]), [`Unified`] the hunks of a unified
//! diff, [`FileDiff`] what a patch says of one file, [`Stat`] the summary of a patch. All of it is
//! byte for byte what Mercurial's own code gives.

mod base85;
mod blocks;
pub(crate) mod difflib;
mod file;
mod lines;
mod matching;
mod stat;
mod unified;
mod whitespace;
mod xdiff;

pub use blocks::{Algorithm, Kind, typed_blocks};
pub use difflib::difflib_blocks;
pub use file::{FileDiff, Heading, Origin, Side, is_binary};
pub use lines::Lines;
pub use matching::{Block, matching_blocks};
pub use stat::{FileStat, Stat};
pub use unified::{Hunk, Part, Unified};
pub use whitespace::Whitespace;
pub use xdiff::xdiff_blocks;

use crate::{RepoPath, RepoPathBuf};

/// Options of a diff, which are those of `hg diff`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The number of unchanged lines around changed ones.
    pub context: usize,
    /// Whether all files are text.
    pub text: bool,
    /// Whether a hunk's header names the function that it is in.
    pub show_function: bool,
    /// Whether the headers are git's.
    pub git: bool,
    /// Whether the headers have no dates.
    pub no_dates: bool,
    /// Whether binary files are only named, in git's format.
    pub no_binary: bool,
    /// Whether the headers' paths begin without `a/` and `b/`.
    pub no_prefix: bool,
    /// The number of digits of git's hashes in a line `index`; 0 for no such line.
    pub index: usize,
    /// The changes in whitespace that are none.
    pub whitespace: Whitespace,
    /// The way to find lines that match.
    pub algorithm: Algorithm,
    /// The directory in which the files are that are told of, and to which their paths are relative.
    pub root: RepoPathBuf,
}

impl Options {
    /// Returns whether patches have the contents of binary files, compressed.
    pub fn shows_binary(&self) -> bool {
        self.git && !self.no_binary
    }

    /// Returns a path as headers have it.
    pub fn shown<'p>(&self, path: &'p RepoPath) -> &'p [u8] {
        let inside = path.as_bytes().strip_prefix(self.root.as_bytes());
        let inside = inside.unwrap_or(path.as_bytes());
        inside.strip_prefix(b"/").unwrap_or(inside)
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            context: 3,
            text: false,
            show_function: false,
            git: false,
            no_dates: false,
            no_binary: false,
            no_prefix: false,
            index: 0,
            whitespace: Whitespace::default(),
            algorithm: Algorithm::default(),
            root: RepoPath::root().to_owned(),
        }
    }
}
