// SPDX-License-Identifier: GPL-2.0-or-later

//! Patterns of files as hg's users write them (`hg help patterns`).
//!
//! `KIND:PATTERN`, or a pattern of the kind that is the default where it is written. A [`Matcher`]
//! is made of patterns that choose files, some of which only those are to be that others include,
//! and none that further ones exclude: `hg COMMAND PATTERN -I INCLUDE -X EXCLUDE`.

mod fileset;
mod kind;
mod normal;
mod rules;

use std::path::Path;

use vermilion_core::RepoPath;

use crate::{Error, Result};

pub use fileset::Fileset;
pub use kind::Kind;
use normal::Pattern;
use rules::Rules;

/// The place that patterns are relative to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The root of the repository: absolute and without symlinks.
    pub root: &'p Path,
    /// The directory in which the user is, absolute.
    pub cwd: &'p Path,
}

/// Tells which files match patterns.
///
/// ```
/// use std::path::Path;
/// use vermilion_core::RepoPath;
/// use vermilion_hg::patterns::{Kind, Matcher, Place};
///
/// let place = Place { root: Path::new("/r"), cwd: Path::new("/r/src") };
/// let matcher = Matcher::new(place, &[b"*.c"], &[], &[b"re:.*test"], Kind::Glob)?;
/// assert!(matcher.matches(RepoPath::new("src/a.c"))?);
/// assert!(!matcher.matches(RepoPath::new("src/test.c"))?);
/// # Ok::<(), vermilion_hg::Error>(())
/// ```
#[derive(Debug)]
pub struct Matcher {
    /// None for all files.
    patterns: Option<Rules>,
    include: Option<Rules>,
    exclude: Option<Rules>,
}

/// Makes the set of an expression.
pub(crate) type Filesets<'f> = &'f dyn Fn(&[u8]) -> Result<Fileset>;

/// Makes none, where patterns are about no files in particular.
pub(crate) fn no_filesets(expression: &[u8]) -> Result<Fileset> {
    Err(refused(expression, "a fileset"))
}

impl Matcher {
    /// Makes a matcher of patterns; without any, all files match that are not excluded.
    ///
    /// `default` is the kind of `patterns` that do not say theirs; for others it is a glob.
    /// Reads files that patterns name.
    ///
    /// # Errors
    /// [`Error::Abort`] for a path that is not in the repository, or a list of files that cannot be
    /// read. [`Error::Unsupported`] for filesets, for regular expressions that may mean something
    /// else to Python or nothing, and for paths at which Mercurial looks more closely.
    pub fn new(
        place: Place<'_>,
        patterns: &[&[u8]],
        include: &[&[u8]],
        exclude: &[&[u8]],
        default: Kind,
    ) -> Result<Matcher> {
        Matcher::with_filesets(place, patterns, include, exclude, default, &no_filesets)
    }

    /// Makes a matcher of patterns, among which there may be filesets.
    ///
    /// # Errors
    /// Those of [`Matcher::new`], and of `filesets`.
    pub(crate) fn with_filesets(
        place: Place<'_>,
        patterns: &[&[u8]],
        include: &[&[u8]],
        exclude: &[&[u8]],
        default: Kind,
        filesets: Filesets<'_>,
    ) -> Result<Matcher> {
        let patterns = normal::normalized(place, patterns, default)?;
        let everything = |pattern: &Pattern| {
            pattern.text.is_empty() && matches!(pattern.kind, Kind::RelPath | Kind::Glob)
        };
        let patterns = if patterns.iter().all(everything) {
            None
        } else {
            Some(Rules::with_filesets(place, patterns, false, filesets)?)
        };
        let others = |list: &[&[u8]]| {
            if list.is_empty() {
                return Ok(None);
            }
            let patterns = normal::normalized(place, list, Kind::Glob)?;
            Rules::with_filesets(place, patterns, true, filesets).map(Some)
        };
        Ok(Matcher {
            patterns,
            include: others(include)?,
            exclude: others(exclude)?,
        })
    }

    /// Returns whether a file matches.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if a regular expression takes too long to tell.
    pub fn matches(&self, path: &RepoPath) -> Result<bool> {
        let within = |rules: &Option<Rules>, default: bool| match rules {
            Some(rules) => rules.matches(path),
            None => Ok(default),
        };
        Ok(within(&self.patterns, true)?
            && within(&self.include, true)?
            && !within(&self.exclude, false)?)
    }

    /// Returns whether all files match.
    pub fn is_always(&self) -> bool {
        self.patterns.is_none() && self.include.is_none() && self.exclude.is_none()
    }

    /// Returns the files and directories that patterns name, or the directories in which files may
    /// match: the empty path where that may be anywhere.
    pub fn files(&self) -> &[Vec<u8>] {
        self.patterns.as_ref().map_or(&[], Rules::files)
    }

    /// Returns whether a file is named by a pattern, not only matched.
    pub fn is_exact(&self, path: &RepoPath) -> bool {
        let files = self.patterns.as_ref();
        files.is_some_and(|rules| rules.is_named(path.as_bytes()))
    }

    /// Returns whether all patterns are names of files and directories.
    pub fn is_prefix(&self) -> bool {
        let only = self.include.is_none() && self.exclude.is_none();
        only && self.patterns.as_ref().is_some_and(Rules::is_prefix)
    }

    /// Returns whether files in or below a directory may match, so that it has to be looked at.
    pub fn may_match_below(&self, directory: &RepoPath) -> bool {
        let within = |rules: &Option<Rules>| {
            let rules = rules.as_ref();
            rules.is_none_or(|rules| rules.may_match_below(directory))
        };
        within(&self.patterns) && within(&self.include)
    }
}

/// Returns the kind that a pattern says, and what is behind it.
pub fn split(pattern: &[u8]) -> (Option<Kind>, &[u8]) {
    if let Some(colon) = pattern.iter().position(|&byte| byte == b':')
        && let Some(kind) = Kind::from_name(&pattern[..colon])
    {
        return (Some(kind), &pattern[colon + 1..]);
    }
    (None, pattern)
}

/// Returns a path that a user wrote as one from the root, empty for the root itself.
///
/// # Errors
/// [`Error::Abort`] for one that is not in the repository; [`Error::Unsupported`] for one at which
/// Mercurial looks more closely, as it leads through symlinks or other repositories.
pub fn canonical(place: Place<'_>, path: &[u8]) -> Result<Vec<u8>> {
    normal::canonical(place, path)
}

/// Returns the error for patterns that are not for this code.
fn refused(pattern: &[u8], reason: &str) -> Error {
    let pattern = crate::text::lossy(pattern);
    Error::unsupported(format!("the pattern '{pattern}': {reason}"))
}
