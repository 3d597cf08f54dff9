// SPDX-License-Identifier: GPL-2.0-or-later

//! The lines of a pattern file (`match.readpatternfile`).

use super::pattern::Kind;
use crate::text::{trim, trim_end};

/// One pattern as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub kind: Kind,
    pub pattern: Vec<u8>,
}

/// The meaning of a line that says nothing itself, or of its beginning.
#[derive(Clone, Copy)]
enum Syntax {
    Plain(Kind),
    /// What follows is glued to the word, and what that makes is looked at
    /// again: only a colon makes an inclusion of it.
    Word(&'static [u8], Kind),
}

/// Name, form with a colon that is looked for first, meaning.
const SYNTAXES: [(&[u8], &[u8], Syntax); 6] = [
    (b"re", b"relre:", Syntax::Plain(Kind::RelRe)),
    (b"regexp", b"relre:", Syntax::Plain(Kind::RelRe)),
    (b"glob", b"relglob:", Syntax::Plain(Kind::RelGlob)),
    (b"rootglob", b"rootglob:", Syntax::Plain(Kind::RootGlob)),
    (
        b"include",
        b"include",
        Syntax::Word(b"include", Kind::Include),
    ),
    (
        b"subinclude",
        b"subinclude",
        Syntax::Word(b"subinclude", Kind::SubInclude),
    ),
];

/// The content of a line.
pub(super) enum Statement {
    Pattern(Line),
    /// `syntax:` with a name that is none.
    Invalid(Vec<u8>),
}

/// Returns the patterns of a file, each with its kind and a colon before it. Lines that are none are
/// left out.
pub fn pattern_file(contents: &[u8]) -> Vec<Vec<u8>> {
    let patterns = statements(contents).filter_map(|statement| match statement {
        Statement::Pattern(line) => Some(line),
        Statement::Invalid(_) => None,
    });
    let written = |line: Line| {
        let kind: &[u8] = match line.kind {
            Kind::RelRe => b"relre:",
            Kind::Glob => b"glob:",
            Kind::RelGlob => b"relglob:",
            Kind::RootGlob => b"rootglob:",
            Kind::Include => b"include:",
            Kind::SubInclude => b"subinclude:",
        };
        [kind, &line.pattern].concat()
    };
    patterns.map(written).collect()
}

/// Returns what the lines of `contents` say, one after the other. Linear in the length.
pub(super) fn statements(contents: &[u8]) -> impl Iterator<Item = Statement> + '_ {
    let mut syntax = Syntax::Plain(Kind::RelRe);
    let lines = contents.split(|&byte| byte == b'\n');
    lines.filter_map(move |line| statement(line, &mut syntax))
}

fn statement(raw: &[u8], syntax: &mut Syntax) -> Option<Statement> {
    let uncommented;
    let line = if raw.contains(&b'#') {
        uncommented = without_comment(raw);
        trim_end(&uncommented)
    } else {
        trim_end(raw)
    };
    if line.is_empty() {
        return None;
    }
    let Some(name) = line.strip_prefix(b"syntax:") else {
        return Some(Statement::Pattern(pattern(line, *syntax)));
    };
    let name = trim(name);
    match SYNTAXES.iter().find(|(known, ..)| *known == name) {
        Some(&(.., found)) => {
            *syntax = found;
            None
        }
        None => Some(Statement::Invalid(name.to_owned())),
    }
}

/// Returns one pattern, `default` being what it is without a prefix.
fn pattern(line: &[u8], default: Syntax) -> Line {
    let prefixed = SYNTAXES.iter().find_map(|&(name, first, syntax)| {
        let named = || line.strip_prefix(name)?.strip_prefix(b":");
        Some((syntax, line.strip_prefix(first).or_else(named)?))
    });
    let (syntax, rest) = prefixed.unwrap_or((default, line));
    let (kind, pattern) = match syntax {
        Syntax::Plain(kind) => (kind, rest.to_owned()),
        Syntax::Word(word, kind) => match rest.strip_prefix(b":") {
            Some(file) => (kind, file.to_owned()),
            // Mercurial reads "includes/" so: as a glob, not as the regular
            // expression that it probably was meant to be.
            None => (Kind::Glob, [word, rest].concat()),
        },
    };
    Line { kind, pattern }
}

/// Returns the line up to a `#` that an even number of backslashes precedes; an odd
/// number makes it an ordinary character, and one of them goes away.
pub(super) fn without_comment(line: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(line.len());
    let mut escaped = false;
    for &byte in line {
        match byte {
            b'#' if escaped => {
                kept.pop();
                kept.push(byte);
                escaped = false;
            }
            b'#' => break,
            _ => {
                kept.push(byte);
                escaped = byte == b'\\' && !escaped;
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(contents: &[u8]) -> Vec<(Kind, String)> {
        let shown = |statement: Statement| match statement {
            Statement::Pattern(line) => (line.kind, String::from_utf8(line.pattern).unwrap()),
            Statement::Invalid(name) => panic!("invalid: {name:?}"),
        };
        statements(contents).map(shown).collect()
    }

    fn one(line: &str) -> (Kind, String) {
        let mut lines = parsed(line.as_bytes());
        assert_eq!(lines.len(), 1, "{line}");
        lines.remove(0)
    }

    #[test]
    fn prefixes() {
        use Kind::*;
        let cases = [
            ("a", RelRe, "a"),
            ("re:a", RelRe, "a"),
            ("regexp:a", RelRe, "a"),
            ("relre:re:a", RelRe, "re:a"),
            ("glob:a", RelGlob, "a"),
            ("relglob:a", RelGlob, "a"),
            ("rootglob:a", RootGlob, "a"),
            ("path:a", RelRe, "path:a"),
            ("glob:", RelGlob, ""),
            ("include:a", Include, "a"),
            ("include: a", Include, " a"),
            ("subinclude:a", SubInclude, "a"),
            ("includes/a", Glob, "includes/a"),
            ("include", Glob, "include"),
            ("include/x:y", Glob, "include/x:y"),
            ("subincluded", Glob, "subincluded"),
            (" glob:a \t\x0b\x0c", RelRe, " glob:a"),
        ];
        for (line, kind, pattern) in cases {
            assert_eq!(one(line), (kind, pattern.to_owned()), "{line}");
        }
    }

    #[test]
    fn syntax_lines() {
        let text = b"a\r\nsyntax:  glob \nb\nsyntax: include\n:c\nd\nsyntax:regexp\ne";
        let found = parsed(text);
        let kinds: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
        use Kind::*;
        assert_eq!(kinds, [RelRe, RelGlob, Include, Glob, RelRe]);
        assert_eq!(found[2].1, "c");
        assert_eq!(found[3].1, "included");
        let names: Vec<Vec<u8>> = statements(b"syntax: what?\nsyntax:\nsyntax: relre")
            .map(|statement| match statement {
                Statement::Invalid(name) => name,
                Statement::Pattern(line) => panic!("a pattern: {line:?}"),
            })
            .collect();
        assert_eq!(names, [&b"what?"[..], b"", b"relre"]);
    }

    #[test]
    fn comments() {
        assert_eq!(parsed(b"# a\n  # b\n\n#"), []);
        let cases = [
            (r"a#b", "a"),
            (r"a \#b#c", "a #b"),
            (r"a\\#b", r"a\\"),
            (r"a\\\#b", r"a\\#b"),
            (r"\#", "#"),
            (r"a\b\#\#", r"a\b##"),
        ];
        for (line, pattern) in cases {
            assert_eq!(one(line).1, pattern, "{line}");
        }
    }
}
