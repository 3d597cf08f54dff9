// SPDX-License-Identifier: GPL-2.0-or-later

//! Histories that are bad for one way to find something out or the other: how the work
//! grows with them.

#[allow(dead_code)] // a part is used here
#[path = "it/revs.rs"]
mod revs;
#[allow(dead_code)] // a part is used here
#[path = "it/graph/support.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use revs::{first, pairs};
use support::tell;
use vermilion_core::graph::{Ancestors, Discovery, MissingAncestors};
use vermilion_core::{Error, Graph, Rev};

/// Numbers without a pattern.
fn random(state: &mut u64, below: i32) -> i32 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    ((*state >> 33) % below as u64) as i32
}

/// The parents of each revision.
type Numbers = Vec<[i32; 2]>;

/// Three branches side by side with many merges inside each, and nothing in common.
fn bands(len: i32) -> Numbers {
    let mut state = 1;
    let mut parents = Numbers::new();
    for rev in 0..len {
        let before = rev / 3;
        parents.push(match before {
            0 => [-1, -1],
            1..8 => [rev - 3, -1],
            _ => {
                let (near, far) = (1 + random(&mut state, 3), 1 + random(&mut state, 6));
                let second = if near == far { -1 } else { rev - 3 * far };
                [rev - 3 * near, second]
            }
        });
    }
    parents
}

/// A trunk, and in its second half a head at every other revision.
fn heads(len: i32) -> Numbers {
    let trunk = len / 2;
    let above = (trunk..len).map(|rev| [2 * (rev - trunk) % trunk, -1]);
    (0..trunk).map(|rev| [rev - 1, -1]).chain(above).collect()
}

/// Two lines that merge from each other at every step.
fn ladder(len: i32) -> Numbers {
    let step = |rev: i32| match rev {
        0 | 1 => [-1, -1],
        _ if rev % 2 == 0 => [rev - 2, rev - 1],
        _ => [rev - 2, rev - 3],
    };
    (0..len).map(step).collect()
}

/// A line, and teeth that are merged one after the other: an octopus in a chain.
fn comb(len: i32) -> Numbers {
    let teeth = len / 3;
    let tooth = (teeth..2 * teeth).map(|rev| [rev - teeth, -1]);
    let merge = (2 * teeth..len).map(|rev| [rev - 1, (4 * teeth - 1 - rev).max(0)]);
    let line = (0..teeth).map(|rev| [rev - 1, -1]);
    line.chain(tooth).chain(merge).collect()
}

/// As many roots, in the end all merged.
fn roots(len: i32) -> Numbers {
    let half = len / 2;
    let merge = |rev: i32| [rev - 1, rev - half];
    (0..half)
        .map(|_| [-1, -1])
        .chain((half..len).map(merge))
        .collect()
}

type Shape = fn(i32) -> Numbers;

const SHAPES: [(&str, Shape); 5] = [
    ("bands", bands),
    ("heads", heads),
    ("ladder", ladder),
    ("comb", comb),
    ("roots", roots),
];

struct Case {
    graph: Arc<Graph>,
    all: Vec<Rev>,
    heads: Vec<Rev>,
}

impl Case {
    /// The last revision but so many.
    fn last(&self, but: i32) -> Rev {
        Rev::new(self.graph.len() as i32 - 1 - but)
    }
}

type Question = fn(&Case) -> usize;

const QUESTIONS: [(&str, Question); 17] = [
    ("is_ancestor", |case| {
        let found = (0..20).filter(|k| {
            let (a, b) = (case.last(0).get() * k / 40, case.last(1 + k % 3));
            case.graph.is_ancestor(Rev::new(a), b).unwrap()
        });
        found.count()
    }),
    ("common_ancestor_heads of two", |case| {
        case.graph
            .common_ancestor_heads(&[case.last(0), case.last(1)])
            .unwrap()
            .len()
    }),
    ("greatest_common_ancestors", |case| {
        case.graph
            .greatest_common_ancestors(&[case.last(0), case.last(1)])
            .unwrap()
            .len()
    }),
    ("common_ancestor_heads of all", |case| {
        case.graph.common_ancestor_heads(&case.all).unwrap().len()
    }),
    ("common_ancestor_heads of heads", |case| {
        case.graph.common_ancestor_heads(&case.heads).unwrap().len()
    }),
    ("only", |case| {
        case.graph
            .only(&[case.last(0)], &[case.last(1)])
            .unwrap()
            .len()
    }),
    ("only, all of both", |case| {
        case.graph.only(&case.all, &case.all).unwrap().len()
    }),
    ("only of heads", |case| {
        case.graph
            .only(&case.heads, &case.heads[..1])
            .unwrap()
            .len()
    }),
    ("missing_ancestors", |case| {
        let missing = MissingAncestors::new(Arc::clone(&case.graph), &case.heads[..1]);
        missing.unwrap().missing_ancestors(&case.all).unwrap().len()
    }),
    ("ancestors", |case| {
        let all = Ancestors::new(Arc::clone(&case.graph), &case.all, Rev::FIRST, false).unwrap();
        Arc::new(all).iter().count()
    }),
    ("range", |case| {
        case.graph
            .range(&case.all, &case.all, Rev::FIRST, true)
            .unwrap()
            .len()
    }),
    ("heads of all", |case| {
        case.graph.heads_of(&case.all).unwrap().len()
    }),
    ("roots of all", |case| {
        case.graph.roots_of(&case.all).unwrap().len()
    }),
    ("descendants", |case| {
        case.graph.descendants(&case.all).unwrap().len()
    }),
    ("toposort", |case| {
        case.graph.toposort(&case.all, &[]).unwrap().len()
    }),
    ("toposort, first the last", |case| {
        case.graph.toposort(&case.all, &case.heads).unwrap().len()
    }),
    ("discovery", |case| {
        let discovery = Discovery::new(Arc::clone(&case.graph), &case.all, false, false);
        let mut discovery = discovery.unwrap();
        let mut answers = Vec::new();
        for size in [100, 200] {
            let sample = match size {
                100 => discovery.take_quick_sample(&case.heads, size),
                _ => discovery.take_full_sample(&case.heads, size),
            };
            answers.extend(
                sample
                    .unwrap()
                    .into_iter()
                    .map(|rev| (rev, rev.get() % 2 == 0)),
            );
            tell(&mut discovery, &answers).unwrap();
        }
        answers.len()
    }),
];

fn case(parents: Numbers, labels: bool) -> Case {
    let graph = Graph::new(pairs(parents)).unwrap();
    if labels {
        graph.prepare();
    }
    Case {
        all: first(graph.len()),
        heads: graph.heads(),
        graph: Arc::new(graph),
    }
}

/// What a question takes and what comes of it.
fn measure(question: Question, case: &Case) -> (Duration, usize) {
    let start = Instant::now();
    let found = question(case);
    (start.elapsed(), found)
}

/// Compares the least that a question takes in two cases: the second may take so many times
/// as long as the first, or as 50 µs. Goes on for as long as it takes other programs to leave
/// it alone once.
fn compare(question: Question, first: &Case, second: &Case, times: u32, what: &str) {
    let mut least = [Duration::MAX; 2];
    for _ in 0..40 {
        for (least, case) in least.iter_mut().zip([first, second]) {
            *least = measure(question, case).0.min(*least);
        }
        if least[1] < times * least[0].max(Duration::from_micros(50)) {
            return;
        }
    }
    panic!("{what}: {:?}, then {:?}", least[0], least[1]);
}

/// Eight times as many revisions may take 24 times as long, which is far more than a pass
/// does, and far less than 64 times.
#[test]
fn work_grows_with_the_history_and_no_faster() {
    const LEN: i32 = 3_000;
    for (shape, make) in SHAPES {
        for labels in [false, true] {
            let (small, large) = (case(make(LEN), labels), case(make(8 * LEN), labels));
            for (name, question) in QUESTIONS {
                let what = format!("{name}, {shape}, labels: {labels}");
                compare(question, &small, &large, 24, &what);
            }
        }
    }
}

/// Labels never make a question much worse.
#[test]
fn labels_are_given_up_where_they_do_not_help() {
    for (shape, make) in SHAPES {
        let (without, with) = (case(make(30_000), false), case(make(30_000), true));
        for (name, question) in &QUESTIONS[..8] {
            let what = format!("{name}, {shape}");
            let (expected, found) = (question(&without), question(&with));
            assert_eq!(found, expected, "{what}");
            compare(*question, &without, &with, 20, &what);
        }
    }
}

/// The same with revisions that have no labels yet.
#[test]
fn labels_are_given_up_beneath_revisions_without() {
    for (shape, make) in SHAPES {
        let parents = pairs(make(30_000));
        let (plain, graph) = (Graph::new(parents.clone()).unwrap(), {
            let mut graph = Graph::new(parents[..29_600].to_vec()).unwrap();
            graph.prepare();
            graph.extend(&parents[29_600..]).unwrap();
            graph
        });
        assert!(graph.label_bytes() > 0);
        for k in 0..40 {
            let (a, b) = (Rev::new(700 * k), Rev::new(29_999 - k));
            assert_eq!(
                graph.is_ancestor(a, b).unwrap(),
                plain.is_ancestor(a, b).unwrap()
            );
            let pair = [a.max(Rev::new(29_700)), b];
            let (found, expected) = (
                graph.common_ancestor_heads(&pair).unwrap(),
                plain.common_ancestor_heads(&pair).unwrap(),
            );
            assert_eq!(found, expected, "{shape}, {pair:?}");
        }
    }
}

#[test]
fn work_on_many_is_interrupted() {
    let case = case(heads(20_000), false);
    let interrupt = AtomicBool::new(true);
    let found = case
        .graph
        .common_ancestor_heads_until(&case.heads, &interrupt);
    assert!(matches!(found, Err(Error::Interrupted)), "{found:?}");
    let found = case.graph.greatest_of_until(&case.heads, &interrupt);
    assert!(matches!(found, Err(Error::Interrupted)), "{found:?}");
}
