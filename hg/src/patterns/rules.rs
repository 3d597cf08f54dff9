// SPDX-License-Identifier: GPL-2.0-or-later

//! What a list of patterns matches.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;

use vermilion_core::RepoPath;
use vermilion_core::matcher::glob;
use vermilion_core::matcher::paths::{dirname, join, normpath};
use vermilion_core::matcher::python_re::{Builder, PythonRegex};
use vermilion_core::platform::ext::OsStrExt as _;

use super::normal::{Pattern, canonical};
use super::{Fileset, Filesets, Kind, Matcher, Place, refused};
use crate::text::lossy;
use crate::{Error, Result};

/// Patterns of which any may match.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// All that are not names of single files, or only of directories.
    regex: Option<PythonRegex>,
    /// Names of files.
    exact: HashSet<Vec<u8>>,
    /// Directories whose files match, without those below, if there are no other patterns.
    directories: Option<HashSet<Vec<u8>>>,
    /// Rules for what is below a directory, which has a slash at its end.
    below: Vec<(Vec<u8>, Matcher)>,
    /// What patterns name.
    files: Vec<Vec<u8>>,
    named: HashSet<Vec<u8>>,
    /// Directories in which, and below which, files may match.
    roots: Vec<Vec<u8>>,
    is_prefix: bool,
    /// Sets of files that match as well.
    sets: Vec<Fileset>,
}

impl Rules {
    /// Makes rules of patterns, and of the sets that some of them stand for; with these, no file is named.
    pub(super) fn with_filesets(
        place: Place<'_>,
        patterns: Vec<Pattern>,
        recursive: bool,
        filesets: Filesets<'_>,
    ) -> Result<Rules> {
        let is_set = |pattern: &Pattern| pattern.kind == Kind::Set;
        let (sets, patterns): (Vec<_>, Vec<_>) = patterns.into_iter().partition(is_set);
        let mut rules = Rules::new(place, patterns, recursive)?;
        for pattern in &sets {
            rules.sets.push(filesets(&pattern.text)?);
            rules.is_prefix = false;
        }
        Ok(rules)
    }

    /// Makes rules of patterns. Globs match what is below too if `recursive`, and names of files
    /// that patterns give match if not.
    fn new(place: Place<'_>, mut patterns: Vec<Pattern>, recursive: bool) -> Result<Rules> {
        let mut rules = Rules {
            is_prefix: patterns
                .iter()
                .all(|pattern| matches!(pattern.kind, Kind::Path | Kind::RelPath)),
            ..Rules::default()
        };
        if !recursive {
            patterns.sort_by(|a, b| name_order(a).cmp(&name_order(b)));
        }
        rules.roots = patterns.iter().map(root).collect();
        if !recursive {
            let named = patterns.iter().filter(|p| p.kind != Kind::RootFilesIn);
            rules.files = named.map(root).collect();
            rules.named = rules.files.iter().cloned().collect();
        }
        let (below, patterns): (Vec<_>, Vec<_>) = patterns
            .into_iter()
            .partition(|pattern| pattern.kind == Kind::SubInclude);
        for pattern in &below {
            rules.add_below(place, pattern)?;
        }
        if patterns.is_empty() {
            return Ok(rules);
        }
        if patterns.iter().all(|p| p.kind == Kind::RootFilesIn) {
            rules.directories = Some(patterns.into_iter().map(|p| p.text).collect());
            return Ok(rules);
        }
        let mut builder = Builder::default();
        for pattern in patterns {
            if pattern.kind == Kind::FilePath {
                rules.exact.insert(pattern.text);
                continue;
            }
            let regex = regex(pattern.kind, &pattern.text, recursive);
            builder
                .add(&regex)
                .map_err(|reason| refused(&pattern.text, &reason))?;
        }
        if !builder.is_empty() {
            let all = builder.build();
            let all = all.map_err(|reason| Error::unsupported(format!("patterns: {reason}")))?;
            rules.regex = Some(all);
        }
        Ok(rules)
    }

    /// Reads the file that a pattern names, for the directory in which it is.
    fn add_below(&mut self, place: Place<'_>, pattern: &Pattern) -> Result<()> {
        let path = join(dirname(&normpath(&pattern.source)), &pattern.text);
        let directory = dirname(&path);
        if !directory.starts_with(b"/") {
            return Err(refused(&pattern.text, "a relative subinclude"));
        }
        let mut prefix = canonical(place, directory)?;
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        // Mercurial has one for each directory: the first one.
        if self.below.iter().any(|(other, _)| *other == prefix) {
            return Ok(());
        }
        let directory = Path::new(OsStr::from_bytes(directory));
        let there = Place {
            root: directory,
            cwd: directory,
        };
        let include = [b"include:", &path[..]].concat();
        let matcher = Matcher::new(there, &[], &[&include], &[], Kind::Glob)?;
        self.below.push((prefix, matcher));
        Ok(())
    }

    pub(super) fn files(&self) -> &[Vec<u8>] {
        if self.sets.is_empty() {
            &self.files
        } else {
            &[]
        }
    }

    pub(super) fn is_named(&self, path: &[u8]) -> bool {
        self.sets.is_empty() && self.named.contains(path)
    }

    pub(super) fn is_prefix(&self) -> bool {
        self.is_prefix
    }

    pub(super) fn may_match_below(&self, directory: &RepoPath) -> bool {
        !self.sets.is_empty()
            || self.roots.iter().any(|root| {
                let root = RepoPath::new(root);
                root.contains(directory) || directory.contains(root)
            })
    }

    pub(super) fn matches(&self, path: &RepoPath) -> Result<bool> {
        let bytes = path.as_bytes();
        if self.named.contains(bytes) || self.exact.contains(bytes) {
            return Ok(true);
        }
        for (prefix, matcher) in &self.below {
            if let Some(inside) = bytes.strip_prefix(&prefix[..])
                && matcher.matches(RepoPath::new(inside))?
            {
                return Ok(true);
            }
        }
        for set in &self.sets {
            if set.has(path)? {
                return Ok(true);
            }
        }
        if let Some(directories) = &self.directories {
            let slash = bytes.iter().rposition(|&byte| byte == b'/');
            let directory = slash.map_or(&b"."[..], |slash| &bytes[..slash]);
            return Ok(directories.contains(directory));
        }
        match &self.regex {
            None => Ok(false),
            Some(regex) => regex.is_match(bytes).map_err(|_| {
                let path = lossy(bytes);
                Error::unsupported(format!("patterns that take too long to match '{path}'"))
            }),
        }
    }
}

/// Returns a name of the kind, for the order of patterns.
fn name_order(pattern: &Pattern) -> (&'static str, &[u8], &[u8]) {
    (pattern.kind.name(), &pattern.text, &pattern.source)
}

/// Returns the directory in which files may match, or the file itself.
fn root(pattern: &Pattern) -> Vec<u8> {
    let text = &pattern.text;
    match pattern.kind {
        Kind::Glob | Kind::RootGlob => {
            let parts = text.split(|&byte| byte == b'/');
            let plain = |part: &&[u8]| !part.iter().any(|byte| b"[{*?".contains(byte));
            parts.take_while(plain).collect::<Vec<_>>().join(&b'/')
        }
        Kind::RelPath | Kind::Path | Kind::FilePath | Kind::RootFilesIn if text != b"." => {
            text.clone()
        }
        _ => Vec::new(),
    }
}

/// Returns the regular expression of a pattern, for `re.match`.
fn regex(kind: Kind, text: &[u8], recursive: bool) -> Vec<u8> {
    const BELOW: &[u8] = b"(?:/|$)";
    let end = if recursive { BELOW } else { b"$" };
    match kind {
        Kind::Glob | Kind::RelPath if text.is_empty() => Vec::new(),
        Kind::Path | Kind::RelPath if text == b"." => Vec::new(),
        Kind::Path | Kind::RelPath => [&escaped(text)[..], BELOW].concat(),
        Kind::RootFilesIn if text == b"." => b"[^/]+$".to_vec(),
        Kind::RootFilesIn => [&escaped(text)[..], b"/[^/]+$"].concat(),
        Kind::RelGlob => {
            let glob = glob(text);
            match glob.strip_prefix(b"[^/]*") {
                Some(rest) => [b".*", rest, end].concat(),
                None => [b"(?:|.*/)", &glob[..], end].concat(),
            }
        }
        Kind::RelRe => vermilion_core::matcher::unrooted(text),
        Kind::Glob | Kind::RootGlob => [&glob(text)[..], end].concat(),
        _ => text.to_vec(),
    }
}

/// Returns a regular expression that matches a text.
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(text.len());
    for &byte in text {
        if !byte.is_ascii_alphanumeric() && byte != b'_' && byte.is_ascii() {
            made.push(b'\\');
        }
        made.push(byte);
    }
    made
}
