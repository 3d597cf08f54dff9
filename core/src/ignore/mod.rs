//! Which files are ignored: `.hgignore`, the files it includes, and those that
//! the configuration names.
//!
//! [`Ignore::load`] reads the files and makes a matcher that answers as
//! Mercurial's `dirstate._ignore` does, an `includematcher` over
//! `include:FILE` patterns (`mercurial/match.py`). What it cannot answer in
//! exactly the same way is [`Error::NotForMe`](crate::Error::NotForMe), and so
//! is every pattern for which Mercurial has an error message of its own.
//!
//! A file becomes rules (`file.rs`, `load.rs`), a rule becomes one of Python's
//! regular expressions (`pattern.rs`, `glob.rs`), all expressions of a matcher
//! become one automaton (`python_re`). [`Patterns`] does the last two steps for
//! patterns that do not come from a file.

mod file;
mod glob;
mod hash;
mod load;
mod paths;
mod pattern;
mod patterns;
pub mod python_re;
mod rules;
mod source;

use std::path::{Path, PathBuf};

use crate::Result;

pub use pattern::Suffix;
pub use patterns::Patterns;

use rules::Rules;

/// What the ignore files say.
///
/// Immutable, and to be asked by any number of threads at once.
#[derive(Debug)]
pub struct Ignore {
    rules: Rules,
    hash: [u8; 20],
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

/// What a [`Warning`] is about.
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
    /// come in the order in which Mercurial prints them. Takes time linear in
    /// the files' sizes; states of the automaton are made while it is used.
    ///
    /// # Errors
    /// [`Error::NotForMe`](crate::Error::NotForMe) for everything that this
    /// code does not match exactly as Mercurial on all its Pythons does, or
    /// that Mercurial refuses; it names the file and the pattern.
    pub fn load(root: &Path, files: &[PathBuf]) -> Result<(Ignore, Vec<Warning>)> {
        let mut sources = source::Sources::default();
        let (rules, warnings) = load::root_rules(&mut sources, root, files)?;
        let hash = hash::hash(&mut sources, root, files)?;
        Ok((Ignore { rules, hash }, warnings))
    }

    /// Ignores nothing: what there is without ignore files.
    pub fn none() -> Ignore {
        Ignore {
            rules: Rules::default(),
            hash: hash::EMPTY,
        }
    }

    /// Whether `path` itself is ignored (`dirstate._ignore`).
    ///
    /// `path` is relative to the root, with `/` between components and none at
    /// its end; empty for the root. Linear in its length.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.rules.matches(path)
    }

    /// Whether `path` or a directory above it, the root included, is ignored
    /// (`dirstate._dirignore`).
    pub fn matches_or_parent(&self, path: &[u8]) -> bool {
        self.matches(path) || paths::parents(path).any(|parent| self.matches(parent))
    }

    /// The hash of ignore patterns that `dirstate-v2` keeps to notice that they
    /// have changed: what Mercurial's Rust code would compute from the same
    /// files (`mercurial/helptext/internals/dirstate-v2.txt`).
    pub fn hash(&self) -> [u8; 20] {
        self.hash
    }
}
