//! Patterns that are given one by one, as on the command line.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::load::{normalized, refused};
use super::pattern::{regex, Kind, Suffix};
use super::python_re::{Builder, PythonRegex, TooHard};
use crate::error::FileKind;
use crate::{Error, Result};

/// What messages call the place that the patterns come from.
const SOURCE: &[u8] = b"patterns";

/// The kinds that patterns may say they are of. Those that name other files,
/// and filesets, are not for this code.
const KINDS: [(&[u8], Kind); 9] = [
    (b"re", Kind::Re),
    (b"glob", Kind::Glob),
    (b"path", Kind::Path),
    (b"filepath", Kind::FilePath),
    (b"relglob", Kind::RelGlob),
    (b"relpath", Kind::RelPath),
    (b"relre", Kind::RelRe),
    (b"rootglob", Kind::RootGlob),
    (b"rootfilesin", Kind::RootFilesIn),
];

/// The kinds that Mercurial knows besides.
const OTHER_KINDS: [&[u8]; 5] = [b"listfile", b"listfile0", b"set", b"include", b"subinclude"];

/// A `patternmatcher` or an `includematcher` of `mercurial/match.py`.
///
/// Immutable, and to be asked by any number of threads at once.
#[derive(Debug)]
pub struct Patterns {
    regex: Option<PythonRegex>,
    /// Paths that match as they are.
    exact: HashSet<Vec<u8>>,
    /// What is directly in one of these matches; the root is ".".
    parents: HashSet<Vec<u8>>,
}

impl Patterns {
    /// Makes a matcher of patterns `KIND:PATTERN`; without a kind they are
    /// globs. The working directory is `root`, which is absolute and canonical.
    /// Without any pattern, nothing matches.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for kinds that name other files, and as in
    /// [`Ignore::load`](super::Ignore::load).
    pub fn new(root: &Path, patterns: &[Vec<u8>], suffix: Suffix) -> Result<Patterns> {
        let root = root.as_os_str().as_bytes();
        let mut kinds = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let (kind, text) = split(pattern)?;
            kinds.push((kind, normalized(root, kind, text.to_owned(), SOURCE)?));
        }
        let mut made = Patterns {
            regex: None,
            exact: HashSet::new(),
            parents: HashSet::new(),
        };
        if suffix == Suffix::End {
            made.exact.extend(kinds.iter().filter_map(explicit));
        }
        if kinds.iter().all(|(kind, _)| *kind == Kind::RootFilesIn) {
            made.parents.extend(kinds.into_iter().map(|(_, path)| path));
            return Ok(made);
        }
        let mut builder = Builder::default();
        for (kind, pattern) in kinds {
            match regex(kind, &pattern, suffix) {
                Some(regex) => {
                    let added = builder.add(&regex);
                    added.map_err(|reason| refused(SOURCE, &pattern, &reason))?;
                }
                None => _ = made.exact.insert(pattern),
            }
        }
        if !builder.is_empty() {
            let regex = builder.build();
            made.regex =
                Some(regex.map_err(|reason| {
                    Error::unsupported(FileKind::IgnoreFile, "patterns", reason)
                })?);
        }
        Ok(made)
    }

    /// Returns whether a pattern matches `path`, which is relative to the root, with
    /// `/` between components. Linear in its length where patterns are regular.
    ///
    /// # Errors
    /// [`TooHard`] as in [`PythonRegex::is_match`].
    pub fn matches(&self, path: &[u8]) -> Result<bool, TooHard> {
        let parent = match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => &path[..slash],
            None => b".",
        };
        match &self.regex {
            _ if self.exact.contains(path) || self.parents.contains(parent) => Ok(true),
            Some(regex) => regex.is_match(path),
            None => Ok(false),
        }
    }
}

/// Returns the kind of a pattern, and the pattern without it (`match._patsplit`).
fn split(pattern: &[u8]) -> Result<(Kind, &[u8])> {
    let Some(colon) = pattern.iter().position(|&byte| byte == b':') else {
        return Ok((Kind::Glob, pattern));
    };
    let (name, rest) = (&pattern[..colon], &pattern[colon + 1..]);
    if OTHER_KINDS.contains(&name) {
        return Err(refused(SOURCE, pattern, "a kind that names other files"));
    }
    let known = KINDS.iter().find(|(known, _)| *known == name);
    Ok(known.map_or((Kind::Glob, pattern), |(_, kind)| (*kind, rest)))
}

/// Returns the path that a `patternmatcher` takes the pattern to name
/// (`match._explicitfiles`): of a glob what comes before its wildcards, of a
/// regular expression the root.
fn explicit((kind, pattern): &(Kind, Vec<u8>)) -> Option<Vec<u8>> {
    Some(match kind {
        Kind::RootFilesIn | Kind::Include | Kind::SubInclude => return None,
        Kind::Glob | Kind::RootGlob => {
            let parts = pattern.split(|&byte| byte == b'/');
            let plain = |part: &&[u8]| !part.iter().any(|byte| b"[{*?".contains(byte));
            parts.take_while(plain).collect::<Vec<_>>().join(&b'/')
        }
        Kind::Path | Kind::RelPath | Kind::FilePath if pattern != b"." => pattern.clone(),
        _ => Vec::new(),
    })
}
