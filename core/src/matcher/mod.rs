// SPDX-License-Identifier: GPL-2.0-or-later

//! Which files are ignored: `.hgignore`, the files it includes, and those that
//! the configuration names.
//!
//! [`Ignore::load`] reads the files and makes a matcher that answers as
//! Mercurial's `dirstate._ignore` does, an `includematcher` over
//! `include:FILE` patterns (`mercurial/match.py`). What it cannot answer in
//! exactly the same way is [`Error::Unsupported`](crate::Error::Unsupported), and so
//! is every pattern for which Mercurial has an error message of its own.
//!
//! A file becomes rules (`file.rs`, `load.rs`), a rule becomes one of Python's
//! regular expressions (`pattern.rs`, `glob.rs`), all expressions of a matcher
//! become one automaton (`python_re`), but for those that are not regular.

mod file;
mod glob;
mod hash;
mod load;
pub mod paths;
mod pattern;
pub mod python_re;
mod rules;
mod source;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::error::FileKind;
use crate::{Error, RepoPath, Result};

use python_re::TooHard;
use rules::Rules;

pub use file::pattern_file;
pub use glob::glob;
pub use pattern::unrooted;

/// The rules of the ignore files.
///
/// Immutable, and to be asked by any number of threads at once.
#[derive(Debug)]
pub struct Ignore {
    rules: Rules,
    hash: [u8; 20],
    /// The first root file, for messages.
    name: String,
    /// A question had no answer.
    failed: AtomicBool,
}

/// Something that Mercurial tells the user while it reads ignore files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// The file's name as Mercurial prints it: with the root for a
    /// [`WarningKind::InvalidSyntax`], as it is written in the including file
    /// for [`WarningKind::Unreadable`].
    pub file: Vec<u8>,
    /// What there is to say about it.
    pub kind: WarningKind,
}

/// The subject of a [`Warning`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WarningKind {
    /// `syntax:` with a name that is none, and here is the name: the line is
    /// ignored.
    InvalidSyntax(Vec<u8>),
    /// The file cannot be read, and here is the system's error number: it is
    /// skipped.
    Unreadable(i32),
}

impl Ignore {
    /// Reads ignore files, in the order of `files`, and all that they include.
    ///
    /// `root` is the absolute, canonical root of the working copy and `files`
    /// are absolute names, as `dirstate._ignorefiles()` gives them. Warnings
    /// come in the order in which Mercurial prints them. Takes time and memory
    /// linear in the files' sizes; states of the automaton are made while it is
    /// used. Files of more than a mebibyte or 50,000 patterns, with what they
    /// include, are refused before anything is made of them.
    ///
    /// # Errors
    /// - [`Error::Unsupported`] for everything that this code does not match exactly
    ///   as Mercurial on all its Pythons does, or that Mercurial refuses; it
    ///   names the file and the pattern;
    /// - [`Error::Interrupted`].
    pub fn load(
        root: &Path,
        files: &[PathBuf],
        interrupt: &AtomicBool,
    ) -> Result<(Ignore, Vec<Warning>)> {
        let mut sources = source::Sources::new(interrupt);
        let (rules, warnings) = load::root_rules(&mut sources, root, files)?;
        sources.start_over();
        let hash = hash::hash(&mut sources, root, files)?;
        let name = files.first().map(|file| file.display().to_string());
        let ignore = Ignore {
            rules,
            hash,
            name: name.unwrap_or_default(),
            failed: AtomicBool::new(false),
        };
        Ok((ignore, warnings))
    }

    /// Ignores nothing: what there is without ignore files.
    pub fn none() -> Ignore {
        Ignore {
            rules: Rules::default(),
            hash: hash::EMPTY,
            name: String::new(),
            failed: AtomicBool::new(false),
        }
    }

    /// Returns whether `path` itself is ignored (`dirstate._ignore`).
    ///
    /// Linear in its length, unless there are patterns
    /// that are not regular. If it would take too long to tell, it is true, and
    /// [`Ignore::fault`] has to be asked before that is believed.
    pub fn matches(&self, path: &RepoPath) -> bool {
        self.or_note(|| self.rules.matches(path))
    }

    /// Returns whether `path` or a directory above it, the root included, is ignored
    /// (`dirstate._dirignore`); as [`Ignore::matches`].
    pub fn matches_or_parent(&self, path: &RepoPath) -> bool {
        self.or_note(|| self.try_with_parents(path))
    }

    /// Returns the same for a single question.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if it would take too long to tell.
    pub fn judge(&self, path: &RepoPath) -> Result<bool> {
        let answer = self.try_with_parents(path);
        answer.map_err(|TooHard| self.too_hard())
    }

    /// Fails if an answer until now is not to be believed.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if it would have taken too long to tell one.
    pub fn fault(&self) -> Result<()> {
        if self.failed.load(Relaxed) {
            Err(self.too_hard())
        } else {
            Ok(())
        }
    }

    fn try_with_parents(&self, path: &RepoPath) -> Result<bool, TooHard> {
        for path in std::iter::once(path).chain(path.parents()) {
            if self.rules.matches(path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns where one question has no answer, no other one matters.
    fn or_note(&self, ask: impl FnOnce() -> Result<bool, TooHard>) -> bool {
        if self.failed.load(Relaxed) {
            return true;
        }
        ask().unwrap_or_else(|TooHard| {
            self.failed.store(true, Relaxed);
            true
        })
    }

    #[cold]
    fn too_hard(&self) -> Error {
        let reason = "patterns take too long to match";
        Error::unsupported(FileKind::IgnoreFile, &self.name, reason)
    }

    /// Returns the hash of ignore patterns that `dirstate-v2` keeps to notice that they
    /// have changed: what Mercurial's Rust code would compute from the same
    /// files (`mercurial/helptext/internals/dirstate-v2.txt`).
    pub fn hash(&self) -> [u8; 20] {
        self.hash
    }
}
