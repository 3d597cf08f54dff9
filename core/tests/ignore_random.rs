//! Random patterns against matchers so naive that they are easily right.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use vermilion_core::ignore::python_re::{Builder, PythonRegex};
use vermilion_core::ignore::Ignore;

/// A pattern that knows what it matches.
#[derive(Clone, Debug)]
enum Re {
    Byte(u8),
    AnyByte,
    OneOf(Vec<u8>, bool),
    Start,
    Boundary,
    Sequence(Vec<Re>),
    Either(Vec<Re>),
    Repeat(Box<Re>, usize, usize),
}

impl Re {
    fn text(&self) -> String {
        match self {
            Re::Byte(byte) => format!("\\x{byte:02x}"),
            Re::AnyByte => ".".to_owned(),
            Re::OneOf(bytes, negated) => {
                let inside: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
                format!("[{}{inside}]", if *negated { "^" } else { "" })
            }
            Re::Start => "^".to_owned(),
            Re::Boundary => "\\b".to_owned(),
            Re::Sequence(parts) => parts.iter().map(Re::text).collect(),
            Re::Either(branches) => {
                let texts: Vec<String> = branches.iter().map(Re::text).collect();
                format!("({})", texts.join("|"))
            }
            Re::Repeat(part, min, max) => format!("(?:{}){{{min},{max}}}", part.text()),
        }
    }

    /// Every place where a match from `at` on can end, in order.
    fn ends(&self, text: &[u8], at: usize) -> Vec<usize> {
        let one = |fits: bool| if fits { vec![at + 1] } else { vec![] };
        let here = |fits: bool| if fits { vec![at] } else { vec![] };
        match self {
            Re::Byte(byte) => one(text.get(at) == Some(byte)),
            Re::AnyByte => one(text.get(at).is_some_and(|&byte| byte != b'\n')),
            Re::OneOf(bytes, negated) => one(text
                .get(at)
                .is_some_and(|byte| bytes.contains(byte) != *negated)),
            Re::Start => here(at == 0),
            Re::Boundary => {
                let word = |at: Option<usize>| {
                    let byte = at.and_then(|at| text.get(at));
                    byte.is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
                };
                here(word(at.checked_sub(1)) != word(Some(at)))
            }
            Re::Sequence(parts) => parts.iter().fold(vec![at], |from, part| {
                merged(from.into_iter().map(|at| part.ends(text, at)))
            }),
            Re::Either(branches) => merged(branches.iter().map(|part| part.ends(text, at))),
            Re::Repeat(part, min, max) => {
                let mut all = vec![];
                let mut from = vec![at];
                for times in 0..=*max {
                    if times >= *min {
                        all.push(from.clone());
                    }
                    from = merged(from.into_iter().map(|at| part.ends(text, at)));
                }
                merged(all.into_iter())
            }
        }
    }
}

fn merged(ends: impl Iterator<Item = Vec<usize>>) -> Vec<usize> {
    let mut all: Vec<usize> = ends.flatten().collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn re() -> impl Strategy<Value = Re> {
    let byte = prop::sample::select(b"aB/._\n\xff".to_vec());
    let leaf = prop_oneof![
        4 => byte.clone().prop_map(Re::Byte),
        2 => Just(Re::AnyByte),
        2 => (prop::collection::vec(byte, 1..4), any::<bool>())
            .prop_map(|(bytes, negated)| Re::OneOf(bytes, negated)),
        1 => Just(Re::Start),
        1 => Just(Re::Boundary),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let some = |range| prop::collection::vec(inner.clone(), range);
        prop_oneof![
            some(0..4).prop_map(Re::Sequence),
            some(1..4).prop_map(Re::Either),
            (inner.clone(), 0..3_usize, 0..3_usize).prop_map(|(part, min, more)| Re::Repeat(
                Box::new(part),
                min,
                min + more
            )),
        ]
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
    fn regular_expressions(re in re(), paths in prop::collection::vec(path(), 1..12)) {
        // Refused is only a repeated part that can be empty.
        if let Ok(compiled) = PythonRegex::new(re.text().as_bytes()) {
            for path in paths {
                let expected = !re.ends(&path, 0).is_empty();
                prop_assert_eq!(compiled.is_match(&path).unwrap(), expected, "{} {:?}", re.text(), path);
            }
        }
    }

    #[test]
    fn many_at_once(
        patterns in prop::collection::vec(
            ("(\\.\\*|[^/]\\*|\\(\\?:\\|\\.\\*/\\)|)", re(), "(\\(\\?:/\\|\\$\\)|\\(/\\|[ab]\\)|\\$|)"),
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
            prop_assert_eq!(ignore.matches(path.as_bytes()), expected, "{:?} {}", lines, path);
        }
    }
}
