//! The kinds of patterns, and their regular expressions (`match._regex`).

use super::glob::{escaped, glob};

/// How a pattern is to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A regular expression from the root on.
    Re,
    /// A regular expression that may match anywhere.
    RelRe,
    /// A glob relative to the working directory; in a pattern file by accident
    /// only, and relative to the root.
    Glob,
    /// A glob from any directory on.
    RelGlob,
    /// A glob from the root on.
    RootGlob,
    /// A path and all below, from the root on.
    Path,
    /// A path and all below, relative to the working directory.
    RelPath,
    /// One path, exactly.
    FilePath,
    /// What is directly in a directory.
    RootFilesIn,
    /// Another file whose patterns belong here too.
    Include,
    /// Another file whose patterns are for its directory.
    SubInclude,
}

/// What may follow what a glob matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suffix {
    /// Nothing: a `patternmatcher`, for names on the command line.
    End,
    /// What is below: an `includematcher`, for `--include`, `--exclude` and
    /// ignore files.
    Below,
}

impl Suffix {
    fn regex(self) -> &'static [u8] {
        match self {
            Suffix::End => b"$",
            Suffix::Below => b"(?:/|$)",
        }
    }
}

/// Returns the regular expression of a normalized pattern, for `re.match`. The kinds
/// that name files have none.
pub(super) fn regex(kind: Kind, pattern: &[u8], suffix: Suffix) -> Option<Vec<u8>> {
    Some(match kind {
        Kind::Include | Kind::SubInclude | Kind::FilePath => return None,
        // The root itself, and so everything.
        Kind::Glob | Kind::RelPath if pattern.is_empty() => Vec::new(),
        Kind::Path | Kind::RelPath if pattern == b"." => Vec::new(),
        Kind::Path | Kind::RelPath => [&escaped(pattern)[..], b"(?:/|$)"].concat(),
        Kind::RootFilesIn if pattern == b"." => b"[^/]+$".to_vec(),
        Kind::RootFilesIn => [&escaped(pattern)[..], b"/[^/]+$"].concat(),
        Kind::Glob | Kind::RootGlob => [&glob(pattern)[..], suffix.regex()].concat(),
        Kind::RelGlob => {
            let glob = glob(pattern);
            match glob.strip_prefix(b"[^/]*") {
                Some(rest) => [b".*", rest, suffix.regex()].concat(),
                None => [b"(?:|.*/)", &glob[..], suffix.regex()].concat(),
            }
        }
        Kind::Re => pattern.to_owned(),
        Kind::RelRe => unrooted(pattern),
    })
}

/// Returns a regular expression that may match anywhere, without its `(?flags)`.
fn unrooted(pattern: &[u8]) -> Vec<u8> {
    let (flags, rest) = match leading_flags(pattern) {
        Some((flags, rest)) => (Some(flags), rest),
        None => (None, pattern),
    };
    let anywhere: &[u8] = if rest.starts_with(b"^") { b"" } else { b".*" };
    match flags {
        Some(flags) => [b"(?", flags, b":", anywhere, rest, b")"].concat(),
        None => [anywhere, rest].concat(),
    }
}

/// Splits `(?flags)` off.
fn leading_flags(pattern: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = pattern.strip_prefix(b"(?")?;
    let end = inner.iter().position(|byte| !b"aiLmsux".contains(byte))?;
    let (flags, rest) = inner.split_at(end);
    let rest = rest.strip_prefix(b")")?;
    (!flags.is_empty()).then_some((flags, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, pattern: &str, expected: &str) {
        let made = regex(kind, pattern.as_bytes(), Suffix::Below).unwrap();
        assert_eq!(String::from_utf8(made).unwrap(), expected, "{pattern}");
    }

    #[test]
    fn globs() {
        check(Kind::RelGlob, "*.o", r".*\.o(?:/|$)");
        check(Kind::RelGlob, "**.o", r"(?:|.*/).*\.o(?:/|$)");
        check(Kind::RelGlob, "a", "(?:|.*/)a(?:/|$)");
        check(Kind::RootGlob, "*.o", r"[^/]*\.o(?:/|$)");
        check(Kind::Glob, "", "");
        assert_eq!(regex(Kind::Include, b"a", Suffix::Below), None);
        let glob = regex(Kind::Glob, b"a", Suffix::End);
        assert_eq!(glob.as_deref(), Some(&b"a$"[..]));
    }

    #[test]
    fn expressions() {
        let cases = [
            ("a", ".*a"),
            ("^a", "^a"),
            ("a|^b", ".*a|^b"),
            ("(?i)a", "(?i:.*a)"),
            ("(?si)^a", "(?si:^a)"),
            ("(?i:a)", ".*(?i:a)"),
            ("(?)a", ".*(?)a"),
            ("(?i", ".*(?i"),
        ];
        for (pattern, expected) in cases {
            check(Kind::RelRe, pattern, expected);
        }
    }
}
