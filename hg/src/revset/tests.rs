// SPDX-License-Identifier: GPL-2.0-or-later

//! Texts and trees. What sets have in them is tested beside Mercurial
//! (`tests/python/test_revset_language.py`).

use proptest::prelude::*;

use super::tree::{Op, Tree};
use super::{Aliases, Revset, parse};
use crate::Error;

fn leaf() -> impl Strategy<Value = Tree> {
    prop_oneof![
        "[a-m0-9@_][a-m0-9@._/]{0,3}[a-m0-9]"
            .prop_filter("two dots are a sign", |name| !name.contains(".."))
            .prop_map(|name| Tree::Symbol(name.into_bytes())),
        proptest::collection::vec(any::<u8>(), 0..6).prop_map(Tree::String),
    ]
}

/// Trees whose operands are in brackets where that matters.
fn tree() -> impl Strategy<Value = Tree> {
    leaf().prop_recursive(5, 60, 4, |inner| {
        let operand = prop_oneof![
            leaf(),
            inner.prop_map(|tree| match tree {
                Tree::Node(Op::List | Op::KeyValue, _) => Tree::Symbol(b"list".to_vec()),
                tree => Tree::Node(Op::Group, vec![tree]),
            }),
        ];
        let node = |op: Op| move |of: Vec<Tree>| Tree::Node(op, of);
        let some = |count: usize| proptest::collection::vec(operand.clone(), count);
        let unary = prop_oneof![
            Just(Op::Not),
            Just(Op::DagRangePre),
            Just(Op::DagRangePost),
            Just(Op::RangePre),
            Just(Op::RangePost),
            Just(Op::ParentPost),
            Just(Op::OnlyPost),
            Just(Op::Negate),
        ];
        let binary = prop_oneof![
            Just(Op::And),
            Just(Op::Minus),
            Just(Op::Only),
            Just(Op::DagRange),
            Just(Op::Range),
            Just(Op::Ancestor),
            Just(Op::Parent),
            Just(Op::Concat),
            Just(Op::Relation),
            Just(Op::Subscript),
        ];
        prop_oneof![
            (unary, some(1)).prop_map(move |(op, of)| node(op)(of)),
            (binary, some(2)).prop_map(|(op, of)| match (op, &of[0]) {
                // which would be one operation with what follows
                (Op::Subscript, Tree::Node(Op::Relation, _)) => Tree::Node(Op::And, of),
                _ => Tree::Node(op, of),
            }),
            some(3).prop_map(|of| Tree::Node(Op::Or, vec![Tree::Node(Op::List, of)])),
            some(3).prop_map(|of| Tree::Node(Op::RelSubscript, of)),
            (some(2), "[a-m]{1,5}").prop_map(|(of, name)| {
                let name = Tree::Symbol(name.into_bytes());
                let mut of = of;
                let value = Tree::Node(Op::KeyValue, vec![name.clone(), of.remove(1)]);
                let arguments = Tree::Node(Op::List, vec![of.remove(0), value]);
                Tree::Node(Op::Func, vec![name, arguments])
            }),
            Just(Tree::call("all", Vec::new())),
        ]
    })
}

proptest! {
    #[test]
    fn trees_are_read_as_they_are_written(tree in tree()) {
        let text = tree.to_string();
        let again = parse(text.as_bytes());
        prop_assert!(again.is_ok(), "{} {:?}", text, again);
        prop_assert_eq!(again.unwrap(), tree, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(tree) = parse(&text) {
            prop_assert!(tree.depth() <= super::parser::MAX_DEPTH);
        }
        let _ = Revset::compile(&text, &Aliases::default(), None);
    }

    #[test]
    fn signs_in_any_order(text in "[ab1()\\[\\]'#:=,|&+!~^%. -]{0,30}") {
        let _ = Revset::compile(text.as_bytes(), &Aliases::default(), None);
    }
}

fn wrong(text: &str) -> (String, Option<usize>) {
    match parse(text.as_bytes()) {
        Err(Error::Parse {
            message, position, ..
        }) => (message, position),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn errors_have_places() {
    for (text, message, at) in [
        ("", "not a prefix: end", 0),
        ("1 or", "not a prefix: end", 4),
        ("1 2", "invalid token", 2),
        ("(1", "unexpected token: end", 2),
        ("'a", "unterminated string", 1),
        ("a $b", "syntax error in revset 'a $b'", 2),
        ("x not y", "not an infix: not", 2),
        ("#a", "not a prefix: #", 0),
    ] {
        assert_eq!(wrong(text), (message.to_owned(), Some(at)), "{text}");
    }
    assert_eq!(
        wrong(r"'\x4'").0,
        r"invalid \x escape at position 0".to_owned()
    );
}

fn optimized(text: &str) -> String {
    let revset = Revset::compile(text.as_bytes(), &Aliases::default(), None);
    revset.unwrap().tree().to_string()
}

#[test]
fn what_is_quick_comes_first() {
    assert_eq!(optimized("1 + 2 + f()"), r"_list('1\x002') or f()");
    assert_eq!(optimized("::a - ::b"), "only(a, b)");
    assert_eq!(optimized("draft() & ::a"), "_phaseandancestors(draft, a)");
    assert_eq!(optimized("not public()"), "_notpublic()");
    let tree = Revset::compile(b"user(a) and 1:2", &Aliases::default(), None);
    assert!(tree.unwrap().tree().node(Op::AndSmally).is_some());
}

#[test]
fn ambiguous_syntax() {
    assert_eq!(
        parse(b"a^:b").unwrap(),
        parse(b"(a^):b").map(without_group).unwrap()
    );
    assert_eq!(
        parse(b"a^::").unwrap(),
        parse(b"(a^)::").map(without_group).unwrap()
    );
    assert_eq!(parse(b"a^2").unwrap().to_string(), "a ^ 2");
    assert_eq!(parse(b"a-b").unwrap().to_string(), "a - b");
}

fn without_group(tree: Tree) -> Tree {
    match tree {
        Tree::Node(Op::Group, mut of) => of.remove(0),
        Tree::Node(op, of) => Tree::Node(op, of.into_iter().map(without_group).collect()),
        other => other,
    }
}

#[test]
fn aliases() {
    let aliases = Aliases::new([
        ("a", "b + 1"),
        ("b", "2"),
        ("f($1, x)", "$1 - x"),
        ("loop", "loop2"),
        ("loop2", "loop"),
        ("bad($1", "1"),
        ("worse", "$1"),
    ]);
    let expanded = |text: &str| {
        Revset::compile(text.as_bytes(), &aliases, None).map(|revset| revset.tree().to_string())
    };
    assert_eq!(expanded("f(a, b)").unwrap(), r"_list('2\x001') and not 2");
    assert!(matches!(expanded("loop"), Err(Error::Parse { .. })));
    assert!(matches!(expanded("f(1)"), Err(Error::Parse { .. })));
    assert!(matches!(expanded("worse"), Err(Error::Abort { .. })));
    assert_eq!(
        aliases.warnings(),
        [
            "bad declaration of revset alias \"bad($1\": at 6: unexpected token: end",
            "bad definition of revset alias \"worse\": invalid symbol '$1'",
        ]
    );
}

#[test]
fn aliases_that_grow_end() {
    let mut pairs = vec![("a0".to_owned(), "1 + 1".to_owned())];
    for number in 1..60 {
        let before = number - 1;
        pairs.push((format!("a{number}"), format!("f(a{before} and a{before})")));
    }
    let grown = Revset::compile(b"a59", &Aliases::new(pairs), None);
    assert!(matches!(grown, Err(Error::Unsupported(_))));
}
