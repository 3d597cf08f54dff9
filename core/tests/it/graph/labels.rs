// SPDX-License-Identifier: GPL-2.0-or-later

//! Reachability with labels for all, for a part, and for none of the revisions.

use std::sync::Arc;

use super::support::{Model, Parents, histories};
use crate::revs::{first, pairs, rev};
use proptest::prelude::*;
use vermilion_core::{Graph, Rev};

/// Whether each is an ancestor of each: `[b][a]`.
fn closure(parents: &Parents) -> Vec<Vec<bool>> {
    let mut rows: Vec<Vec<bool>> = Vec::new();
    for (rev, both) in parents.iter().enumerate() {
        let mut row = vec![false; parents.len()];
        row[rev] = true;
        for &parent in both.iter().filter(|p| !p.is_null()) {
            for (here, theirs) in row.iter_mut().zip(&rows[parent.index()]) {
                *here |= theirs;
            }
        }
        rows.push(row);
    }
    rows
}

/// Compares everything there is to ask about pairs, and some lists.
fn compare(graph: &Graph, lists: &[Vec<u16>]) -> Result<(), TestCaseError> {
    let model = Model {
        parents: graph.as_slice().to_vec(),
    };
    let rows = closure(&model.parents);
    let len = graph.len();
    for (b, row) in rows.iter().enumerate() {
        for (a, &expected) in row.iter().enumerate() {
            let found = graph
                .is_ancestor(Rev::from_index(a), Rev::from_index(b))
                .unwrap();
            prop_assert_eq!(found, expected, "{} in ::{}", a, b);
        }
    }
    for (number, list) in lists.iter().enumerate().filter(|_| len > 0) {
        // every third among the last ones, which have more in common
        let least = if number % 3 == 0 { len / 2 } else { 0 };
        let rev = |&r: &u16| Rev::from_index(least + r as usize % (len - least));
        let revs: Vec<Rev> = list.iter().map(rev).collect();
        let mut common = first(len);
        common.retain(|a| !revs.is_empty() && revs.iter().all(|b| rows[b.index()][a.index()]));
        let mut expected = model.heads_of(&common);
        expected.reverse();
        prop_assert_eq!(
            graph.common_ancestor_heads(&revs).unwrap(),
            expected,
            "{:?}",
            revs
        );
        let (include, exclude) = revs.split_at(revs.len() / 2);
        let within = |revs: &[Rev], a: usize| revs.iter().any(|b| rows[b.index()][a]);
        let only: Vec<Rev> = (0..len)
            .filter(|&a| within(include, a) && !within(exclude, a))
            .map(Rev::from_index)
            .collect();
        let found: Vec<Rev> = graph.only(include, exclude).unwrap().iter().collect();
        prop_assert_eq!(found, only, "only({:?}, {:?})", include, exclude);
    }
    Ok(())
}

fn lists() -> impl Strategy<Value = Vec<Vec<u16>>> {
    let pairs = prop::collection::vec(prop::collection::vec(any::<u16>(), 2), 60);
    let more = prop::collection::vec(prop::collection::vec(any::<u16>(), 0..6), 20);
    let many = prop::collection::vec(prop::collection::vec(any::<u16>(), 6..200), 6);
    (pairs, more, many).prop_map(|(pairs, more, many)| [pairs, more, many].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn of_all_revisions(parents in histories(120), lists in lists()) {
        let graph = Graph::new(parents).unwrap();
        graph.prepare();
        compare(&graph, &lists)?;
    }

    #[test]
    fn of_the_first_revisions(
        parents in histories(120), other in histories(120), lists in lists(),
        labelled in 0usize..120, kept in 0usize..120,
    ) {
        // labels for some, then more revisions
        let labelled = labelled.min(parents.len());
        let mut graph = Graph::new(parents[..labelled].to_vec()).unwrap();
        graph.prepare();
        graph.extend(&parents[labelled..]).unwrap();
        compare(&graph, &lists)?;
        // then fewer, and others in their place; the first graph stays as it was
        let before = graph.clone();
        graph.truncate(kept);
        compare(&graph, &lists)?;
        if let Some(rest) = other.get(graph.len()..) {
            graph.extend(rest).unwrap();
        }
        compare(&graph, &lists)?;
        prop_assert_eq!(before.as_slice(), &parents[..]);
        compare(&before, &lists)?;
    }

    #[test]
    fn made_while_being_asked(parents in histories(60), lists in lists()) {
        let graph = Graph::new(parents).unwrap();
        for _ in 0..3 {
            compare(&graph, &lists)?;
        }
    }
}

#[test]
fn many_appended_revisions_get_labels_again() {
    let line = |revs: std::ops::Range<i32>| pairs(revs.map(|r| [r - 1, -1]));
    let mut graph = Graph::new(line(0..10_000)).unwrap();
    assert_eq!(graph.label_bytes(), 0);
    graph.prepare();
    let first = graph.label_bytes();
    assert!((40_000..41_000).contains(&first), "{first}");
    graph.extend(&line(10_000..10_100)).unwrap();
    assert_eq!(graph.label_bytes(), first);
    assert!(graph.is_ancestor(rev(3), rev(10_050)).unwrap());
    graph.extend(&line(10_100..20_000)).unwrap();
    assert_eq!(graph.label_bytes(), 0);
    while graph.label_bytes() == 0 {
        assert!(graph.is_ancestor(rev(3), rev(19_999)).unwrap());
    }
    assert!(graph.label_bytes() > first);
}

#[test]
fn threads_ask_at_once() {
    let parents = pairs((0..50_000).map(|r| [r - 1, if r % 7 == 6 { r - 5 } else { -1 }]));
    let graph = Arc::new(Graph::new(parents).unwrap());
    let threads: Vec<_> = (0..4)
        .map(|i| {
            let graph = Arc::clone(&graph);
            std::thread::spawn(move || {
                (0..2_000).all(|k| {
                    let (a, b) = (rev(k * 13 % 25_000), rev(25_000 + (k * 17 + i) % 25_000));
                    graph.is_ancestor(a, b).unwrap()
                        && graph.common_ancestor_heads(&[a, b]).unwrap() == [a]
                })
            })
        })
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap());
    }
    assert!(graph.label_bytes() > 0);
}
