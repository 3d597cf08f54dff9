// SPDX-License-Identifier: GPL-2.0-or-later

//! The kinds of patterns, and their regular expressions (`match._regex`).

use super::glob::glob;

/// The kind of a pattern, which says how it is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A regular expression that may match anywhere.
    RelRe,
    /// A glob relative to the working directory; in a pattern file by accident
    /// only, and relative to the root.
    Glob,
    /// A glob from any directory on.
    RelGlob,
    /// A glob from the root on.
    RootGlob,
    /// Another file whose patterns belong here too.
    Include,
    /// Another file whose patterns are for its directory.
    SubInclude,
}

/// The end of every pattern of an ignore file: it also matches all that is below.
const BELOW: &[u8] = b"(?:/|$)";

/// Returns the regular expression of a normalized pattern, for `re.match`. The kinds
/// that name files have none.
pub(super) fn regex(kind: Kind, pattern: &[u8]) -> Option<Vec<u8>> {
    Some(match kind {
        Kind::Include | Kind::SubInclude => return None,
        // The root itself, and so everything.
        Kind::Glob if pattern.is_empty() => Vec::new(),
        Kind::Glob | Kind::RootGlob => [&glob(pattern)[..], BELOW].concat(),
        Kind::RelGlob => {
            let glob = glob(pattern);
            match glob.strip_prefix(b"[^/]*") {
                Some(rest) => [b".*", rest, BELOW].concat(),
                None => [b"(?:|.*/)", &glob[..], BELOW].concat(),
            }
        }
        Kind::RelRe => unrooted(pattern),
    })
}

/// Returns a regular expression that may match anywhere, without its `(?flags)`.
pub fn unrooted(pattern: &[u8]) -> Vec<u8> {
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
        let made = regex(kind, pattern.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(made).unwrap(), expected, "{pattern}");
    }

    #[test]
    fn globs() {
        check(Kind::RelGlob, "*.o", r".*\.o(?:/|$)");
        check(Kind::RelGlob, "**.o", r"(?:|.*/).*\.o(?:/|$)");
        check(Kind::RelGlob, "a", "(?:|.*/)a(?:/|$)");
        check(Kind::RootGlob, "*.o", r"[^/]*\.o(?:/|$)");
        check(Kind::Glob, "", "");
        assert_eq!(regex(Kind::Include, b"a"), None);
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
