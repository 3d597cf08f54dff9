//! What a matcher does with a path.

use super::python_re::PythonRegex;

/// The rules of one matcher (`match.includematcher`). Without any, nothing
/// matches.
#[derive(Default, Debug)]
pub(super) struct Rules {
    /// All patterns in one automaton.
    pub(super) patterns: Option<PythonRegex>,
    /// Rules for single directories.
    pub(super) directories: Vec<Directory>,
}

/// What `subinclude:` makes: rules for the paths in one directory.
#[derive(Debug)]
pub(super) struct Directory {
    /// The directory with a slash at its end, empty for the root.
    pub(super) prefix: Vec<u8>,
    pub(super) rules: Rules,
}

impl Rules {
    /// Whether a rule matches `path`.
    pub(super) fn matches(&self, path: &[u8]) -> bool {
        let in_directory = |directory: &Directory| {
            let inside = path.strip_prefix(&directory.prefix[..]);
            inside.is_some_and(|inside| directory.rules.matches(inside))
        };
        self.patterns.as_ref().is_some_and(|all| all.is_match(path))
            || self.directories.iter().any(in_directory)
    }
}
