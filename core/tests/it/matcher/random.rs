// SPDX-License-Identifier: GPL-2.0-or-later

//! Random patterns against matchers so naive that they are easily right.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use vermilion_core::RepoPath;
use vermilion_core::matcher::Ignore;
use vermilion_core::matcher::python_re::{Builder, PythonRegex};

/// A pattern that knows what it matches.
#[derive(Clone, Debug)]
enum Re {
    Byte(u8),
    AnyByte,
    OneOf(Vec<u8>, bool),
    At(&'static str),
    Sequence(Vec<Re>),
    Either(Vec<Re>),
    Repeat(Box<Re>, usize, usize),
    Group(usize, Box<Re>),
    Reference(usize),
    Look(&'static str, Box<Re>),
}

/// Where each group that has matched begins and ends.
type Groups = Vec<Option<(usize, usize)>>;

/// What has to follow.
type Next<'a> = &'a mut dyn FnMut(usize, &mut Groups) -> bool;

impl Re {
    fn text(&self) -> String {
        match self {
            Re::Byte(byte) => format!("\\x{byte:02x}"),
            Re::AnyByte => ".".to_owned(),
            Re::OneOf(bytes, negated) => {
                let inside = bytes.iter().map(|byte| format!("\\x{byte:02x}"));
                let inside = inside.collect::<Vec<_>>().concat();
                format!("[{}{inside}]", if *negated { "^" } else { "" })
            }
            Re::At(text) => (*text).to_owned(),
            Re::Sequence(parts) => parts.iter().map(Re::text).collect(),
            Re::Either(branches) => {
                let texts: Vec<String> = branches.iter().map(Re::text).collect();
                format!("(?:{})", texts.join("|"))
            }
            Re::Repeat(part, min, max) => format!("(?:{}){{{min},{max}}}", part.text()),
            Re::Group(_, inside) => format!("({})", inside.text()),
            Re::Reference(group) => format!("(?:\\{group})"),
            Re::Look(kind, inside) => format!("({kind}{})", inside.text()),
        }
    }

    /// Numbers the groups as Python does.
    fn number(&mut self, next: &mut usize) {
        if let Re::Group(number, _) = self {
            *next += 1;
            *number = *next;
        }
        match self {
            Re::Sequence(parts) | Re::Either(parts) => {
                for part in parts {
                    part.number(next);
                }
            }
            Re::Repeat(part, ..) | Re::Group(_, part) | Re::Look(_, part) => part.number(next),
            _ => {}
        }
    }

    fn matches(&self, text: &[u8]) -> bool {
        self.at(text, 0, &mut vec![None; 100], &mut |_, _| true)
    }

    /// Tries all ways in order; groups are as before if none leads anywhere.
    fn at(&self, text: &[u8], at: usize, groups: &mut Groups, next: Next) -> bool {
        let byte = text.get(at);
        match self {
            Re::Byte(own) => byte == Some(own) && next(at + 1, groups),
            Re::AnyByte => byte.is_some_and(|&byte| byte != b'\n') && next(at + 1, groups),
            Re::OneOf(bytes, negated) => {
                byte.is_some_and(|byte| bytes.contains(byte) != *negated) && next(at + 1, groups)
            }
            Re::At(text_of_it) => is_at(text_of_it, text, at) && next(at, groups),
            Re::Sequence(parts) => match parts.split_first() {
                None => next(at, groups),
                Some((first, rest)) => {
                    let rest = Re::Sequence(rest.to_vec());
                    first.at(text, at, groups, &mut |at, groups| {
                        rest.at(text, at, groups, next)
                    })
                }
            },
            Re::Either(branches) => branches
                .iter()
                .any(|branch| branch.at(text, at, groups, next)),
            Re::Repeat(part, min, max) => {
                let fewer = Re::Repeat(part.clone(), min.saturating_sub(1), max.saturating_sub(1));
                let more = *max > 0
                    && part.at(text, at, groups, &mut |at, groups| {
                        fewer.at(text, at, groups, next)
                    });
                more || *min == 0 && next(at, groups)
            }
            Re::Group(number, inside) => inside.at(text, at, groups, &mut |end, groups| {
                let before = groups[*number].replace((at, end));
                let found = next(end, groups);
                if !found {
                    groups[*number] = before;
                }
                found
            }),
            Re::Reference(group) => {
                let Some((start, end)) = groups[*group] else {
                    return false;
                };
                let same = text[at..].starts_with(&text[start..end]);
                same && next(at + end - start, groups)
            }
            Re::Look(kind, inside) => {
                let mut seen = groups.clone();
                let found = if kind.starts_with("?<") {
                    (0..=at).any(|from| inside.at(text, from, &mut seen, &mut |end, _| end == at))
                } else {
                    inside.at(text, at, &mut seen, &mut |_, _| true)
                };
                if found != kind.ends_with('=') {
                    return false;
                }
                let kept = if found { &mut seen } else { &mut *groups };
                next(at, kept)
            }
        }
    }
}

fn is_at(position: &str, text: &[u8], at: usize) -> bool {
    let word = |at: Option<usize>| {
        let byte = at.and_then(|at| text.get(at));
        byte.is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match position {
        "^" => at == 0,
        "$" => at == text.len() || text[at..] == *b"\n",
        _ => word(at.checked_sub(1)) != word(Some(at)),
    }
}

/// A pattern; with `all`, one that automata need not be able to match.
fn re(all: bool) -> impl Strategy<Value = Re> {
    let byte = prop::sample::select(b"aB/._\n\xff".to_vec());
    let rare = if all { 1 } else { 0 };
    let leaf = prop_oneof![
        4 => byte.clone().prop_map(Re::Byte),
        2 => Just(Re::AnyByte),
        2 => (prop::collection::vec(byte, 1..4), any::<bool>())
            .prop_map(|(bytes, negated)| Re::OneOf(bytes, negated)),
        1 => Just(Re::At("^")),
        1 => Just(Re::At("\\b")),
        rare => Just(Re::At("$")),
        3 * rare => (1..4_usize).prop_map(Re::Reference),
    ];
    let looks = prop::sample::select(vec!["?=", "?!", "?<=", "?<!"]);
    let tree = leaf.prop_recursive(4, 24, 4, move |inner| {
        let some = |range| prop::collection::vec(inner.clone(), range);
        prop_oneof![
            3 => some(0..4).prop_map(Re::Sequence),
            2 => some(1..4).prop_map(Re::Either),
            2 => (inner.clone(), 0..3_usize, 0..3_usize).prop_map(|(part, min, more)| Re::Repeat(
                Box::new(part),
                min,
                min + more
            )),
            2 => inner.clone().prop_map(|inside| Re::Group(0, Box::new(inside))),
            2 * rare => (looks.clone(), inner.clone())
                .prop_map(|(kind, inside)| Re::Look(kind, Box::new(inside))),
        ]
    });
    tree.prop_map(|mut re| {
        re.number(&mut 0);
        re
    })
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"aaB//._\n\xff".to_vec()), 0..9)
}

/// Whether a glob of names, stars and question marks matches one component.
fn component(glob: &[u8], name: &[u8]) -> bool {
    match glob.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|at| component(rest, &name[at..])),
        Some((b'?', rest)) => !name.is_empty() && component(rest, &name[1..]),
        Some((byte, rest)) => name.first() == Some(byte) && component(rest, &name[1..]),
    }
}

/// Whether `globs`, one for each component, match from here on.
fn components(globs: &[&[u8]], names: &[&[u8]]) -> bool {
    match globs.split_first() {
        None => true,
        Some((&b"**", rest)) => {
            (0..=names.len()).any(|skipped| components(rest, &names[skipped..]))
        }
        Some((glob, rest)) => {
            !names.is_empty() && component(glob, names[0]) && components(rest, &names[1..])
        }
    }
}

fn glob() -> impl Strategy<Value = Vec<String>> {
    // A question mark takes any byte, a slash too; it is tried elsewhere.
    let part = prop_oneof![
        Just("**".to_owned()),
        "[ab.]{1,2}[*]?[ab]{0,1}",
        Just("*".to_owned())
    ];
    let last = prop_oneof![
        "[ab.]{1,2}[*]?",
        Just("*".to_owned()),
        Just("*.a".to_owned())
    ];
    let clean = |part: &String| part != "." && part != "..";
    (
        prop::collection::vec(part.prop_filter("dots", clean), 0..3),
        last.prop_filter("dots", clean),
    )
        .prop_map(|(mut parts, last)| {
            parts.push(last);
            parts
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn regular_expressions(re in re(false), paths in prop::collection::vec(path(), 1..12)) {
        // Refused is only a repeated part that can be empty.
        if let Ok(compiled) = PythonRegex::new(re.text().as_bytes()) {
            for path in paths {
                    prop_assert_eq!(compiled.is_match(&path).unwrap(), re.matches(&path), "{} {:?}", re.text(), path);
                let tried = PythonRegex::tried(re.text().as_bytes()).unwrap();
                prop_assert_eq!(tried.is_match(&path).unwrap(), re.matches(&path), "{} {:?}", re.text(), path);
            }
        }
    }

    #[test]
    fn looks_and_references(re in re(true), paths in prop::collection::vec(path(), 1..12)) {
        // Refused are also references whose meaning depends on the version of Python.
        if let Ok(compiled) = PythonRegex::new(re.text().as_bytes()) {
            for path in paths {
                prop_assert_eq!(compiled.is_match(&path).unwrap(), re.matches(&path), "{} {:?}", re.text(), path);
            }
        }
    }

    #[test]
    fn many_at_once(
        patterns in prop::collection::vec(
            ("(\\.\\*|[^/]\\*|\\(\\?:\\|\\.\\*/\\)|)", re(false), "(\\(\\?:/\\|\\$\\)|\\(/\\|[ab]\\)|\\$|)"),
            0..30,
        ),
        paths in prop::collection::vec(path(), 1..12),
    ) {
        let mut all = Builder::default();
        let mut single = Vec::new();
        for (before, re, after) in patterns {
            let text = format!("{before}{}{after}", re.text());
            if all.add(text.as_bytes()).is_ok() {
                single.push(PythonRegex::new(text.as_bytes()).unwrap());
            }
        }
        let all = all.build().unwrap();
        for path in paths {
            let expected = single.iter().any(|regex| regex.is_match(&path).unwrap());
            prop_assert_eq!(all.is_match(&path).unwrap(), expected, "{:?}", path);
        }
    }

    #[test]
    fn globs(
        globs in prop::collection::vec((glob(), any::<bool>()), 1..5),
        paths in prop::collection::vec("[ab.]{1,3}(/[ab.]{1,3}){0,3}", 1..12),
    ) {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join(".hgignore");
        let lines: Vec<String> = globs
            .iter()
            .map(|(parts, rooted)| {
                format!("{}:{}", if *rooted { "rootglob" } else { "glob" }, parts.join("/"))
            })
            .collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        let (ignore, warnings) = Ignore::load(root.path(), &[file], &AtomicBool::new(false)).unwrap();
        prop_assert_eq!(warnings, []);
        for path in paths {
            let names: Vec<&[u8]> = path.as_bytes().split(|&byte| byte == b'/').collect();
            let expected = globs.iter().any(|(parts, rooted)| {
                let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
                let starts = if *rooted { 0..1 } else { 0..names.len() };
                starts.into_iter().any(|start| components(&parts, &names[start..]))
            });
            prop_assert_eq!(ignore.matches(RepoPath::new(&path)), expected, "{:?} {}", lines, path);
        }
    }
}
