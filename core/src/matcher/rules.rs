// SPDX-License-Identifier: GPL-2.0-or-later

//! What a matcher does with a path.

use super::python_re::{PythonRegex, TooHard};
use crate::RepoPath;

/// The rules of one matcher (`match.includematcher`). Without any, nothing
/// matches.
#[derive(Default, Debug)]
pub(super) struct Rules {
    /// All patterns in one automaton.
    pub(super) patterns: Option<PythonRegex>,
    /// Rules for single directories.
    pub(super) directories: Vec<Directory>,
}

/// Rules for the paths in one directory, which `subinclude:` makes.
#[derive(Debug)]
pub(super) struct Directory {
    /// The directory with a slash at its end, empty for the root.
    pub(super) prefix: Vec<u8>,
    pub(super) rules: Rules,
}

impl Rules {
    /// Returns whether a rule matches `path`.
    pub(super) fn matches(&self, path: &RepoPath) -> Result<bool, TooHard> {
        if let Some(patterns) = &self.patterns
            && patterns.is_match(path.as_bytes())?
        {
            return Ok(true);
        }
        for directory in &self.directories {
            if let Some(inside) = path.as_bytes().strip_prefix(&directory.prefix[..])
                && directory.rules.matches(RepoPath::new(inside))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
