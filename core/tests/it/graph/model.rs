// SPDX-License-Identifier: GPL-2.0-or-later

//! Every question to a graph, against a naive model.

use std::sync::Arc;

use super::support::{DiscoveryModel, MissingModel, Model, Set, histories, tell, with_revs};
use crate::revs::{first, pairs, rev, revs};
use proptest::prelude::*;
use vermilion_core::graph::{Ancestors, Discovery, MissingAncestors};
use vermilion_core::{Error, Graph, Rev, RevSet};

fn both(parents: super::support::Parents) -> (Arc<Graph>, Model) {
    let graph = Graph::new(parents.clone()).expect("the generator makes valid histories");
    (Arc::new(graph), Model { parents })
}

fn members(set: &RevSet) -> Vec<Rev> {
    set.iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn lazy_ancestors((parents, lists) in with_revs(80, 2), stop in -2..40, inclusive: bool) {
        let stop = rev(stop);
        let (graph, model) = both(parents);
        let expected = model.lazy(&lists[0], stop, inclusive);
        let lazy = Arc::new(Ancestors::new(Arc::clone(&graph), &lists[0], stop, inclusive).unwrap());
        prop_assert_eq!(lazy.is_empty(), expected.is_empty());
        // questions and two iterators in turns
        let mut slow = lazy.iter();
        let mut chunks = lazy.iter();
        let (mut one_by_one, mut in_chunks) = (Vec::new(), Vec::new());
        for (i, &rev) in lists[1].iter().enumerate() {
            prop_assert_eq!(lazy.contains(rev), expected.contains(&rev), "{} in", rev);
            one_by_one.extend(slow.next());
            in_chunks.extend(chunks.next_chunk(i));
        }
        one_by_one.extend(slow.by_ref());
        loop {
            let chunk = chunks.next_chunk(7);
            in_chunks.extend(&chunk);
            if chunk.len() < 7 {
                break;
            }
        }
        prop_assert_eq!(&one_by_one, &expected);
        prop_assert_eq!(&in_chunks, &expected);
        prop_assert_eq!(slow.next(), None);
        prop_assert!(chunks.next_chunk(3).is_empty());
        prop_assert_eq!(lazy.iter().collect::<Vec<_>>(), expected.clone());
        for rev in (-3..graph.len() as i32 + 3).map(rev) {
            prop_assert_eq!(lazy.contains(rev), expected.contains(&rev), "{} in", rev);
        }
    }

    #[test]
    fn missing_ancestors((parents, lists) in with_revs(80, 8)) {
        let (graph, model) = both(parents);
        let mut incremental = MissingAncestors::new(Arc::clone(&graph), &lists[0]).unwrap();
        let mut bases = lists[0].clone();
        if bases.is_empty() {
            bases.push(Rev::NULL);
        }
        let known = bases.iter().copied().filter(|r| !r.is_null()).collect();
        let mut plain = MissingModel { model: &model, known };
        for (i, list) in lists[1..].iter().enumerate() {
            match i % 3 {
                0 => {
                    let missing = incremental.missing_ancestors(list).unwrap();
                    prop_assert_eq!(&missing, &model.missing(list, &bases));
                    prop_assert_eq!(missing, plain.missing(list));
                }
                1 => {
                    incremental.add_bases(list).unwrap();
                    bases.extend(list);
                    plain.known.extend(list.iter().filter(|r| !r.is_null()));
                }
                _ => {
                    let mut left = RevSet::from_revs(list.iter().copied()).unwrap();
                    incremental.remove_ancestors_from(&mut left);
                    let known = model.ancestors(&bases);
                    let expected: Set =
                        list.iter().copied().filter(|r| !r.is_null() && !known.contains(r)).collect();
                    prop_assert_eq!(left.iter().collect::<Set>(), expected.clone());
                    let mut left: Set = list.iter().copied().collect();
                    plain.remove_from(&mut left);
                    prop_assert_eq!(left, expected);
                }
            }
            let given: Set = bases.iter().copied().collect();
            prop_assert_eq!(incremental.bases().iter().collect::<Set>(), given.clone());
            prop_assert_eq!(incremental.has_bases(), given != Set::from([Rev::NULL]));
            prop_assert_eq!(incremental.bases_heads(), plain.heads());
        }
        let only = graph.only(&lists[1], &lists[0]).unwrap();
        prop_assert_eq!(members(&only), model.missing(&lists[1], &lists[0]));
    }

    #[test]
    fn common_ancestors((parents, lists) in with_revs(80, 3)) {
        let (graph, model) = both(parents);
        for list in &lists {
            let expected = model.common_heads(list);
            prop_assert_eq!(graph.common_ancestor_heads(list).unwrap(), expected);
            prop_assert_eq!(graph.greatest_common_ancestors(list).unwrap(), model.greatest(list));
            for &a in list {
                for &b in list {
                    prop_assert_eq!(graph.is_ancestor(a, b).unwrap(), model.is_ancestor(a, b));
                }
            }
        }
    }

    #[test]
    fn heads_and_roots((parents, lists) in with_revs(80, 2), stop in 0usize..100, stopped: bool) {
        let (graph, model) = both(parents);
        let len = graph.len();
        let expected = if len == 0 { revs([-1]) } else { model.heads_of(&first(len)) };
        prop_assert_eq!(graph.heads(), expected);
        for list in &lists {
            prop_assert_eq!(graph.heads_of(list).unwrap(), model.heads_of(list));
            prop_assert_eq!(graph.roots_of(list).unwrap(), model.roots_of(list));
        }
        let exclude: Set = lists[1].iter().copied().collect();
        let stop = stopped.then_some(stop);
        let count = stop.unwrap_or(usize::MAX).min(len);
        // from the top: those excluded without a visible child do not exist
        let mut visible = Set::new();
        for rev in first(count).into_iter().rev() {
            if !exclude.contains(&rev) || visible.iter().any(|&v| model.of(v).contains(&rev)) {
                visible.insert(rev);
            }
        }
        let visible: Vec<Rev> = visible.into_iter().collect();
        let expected = if count == 0 { revs([-1]) } else { model.heads_of(&visible) };
        let excluded = RevSet::from_revs(exclude).unwrap();
        prop_assert_eq!(graph.visible_heads(Some(&excluded), stop), expected);
    }

    #[test]
    fn between((parents, lists) in with_revs(60, 2), min_root in -1..30, path: bool) {
        let min_root = rev(min_root);
        let (graph, model) = both(parents);
        let [roots, heads] = &lists[..] else { unreachable!() };
        let range = graph.range(roots, heads, min_root, path).unwrap();
        prop_assert_eq!(members(&range), model.range(roots, heads, min_root, path));
        prop_assert_eq!(members(&graph.descendants(roots).unwrap()), model.descendants(roots));
        for &rev in roots {
            let all = first(graph.len()).into_iter();
            let expected: Vec<Rev> = match rev {
                Rev::NULL => all.filter(|&r| model.of(r) == [Rev::NULL; 2]).collect(),
                rev => all.filter(|&r| model.of(r).contains(&rev)).collect(),
            };
            prop_assert_eq!(graph.children(rev).unwrap(), expected);
        }
    }

    #[test]
    fn drawing_order((parents, lists) in with_revs(60, 2), all: bool, prefer: bool) {
        let (graph, model) = both(parents);
        let revs = if all { first(graph.len()) } else { lists[0].clone() };
        let first: &[Rev] = if prefer { &lists[1] } else { &[] };
        prop_assert_eq!(graph.toposort(&revs, first).unwrap(), model.toposort(&revs, first));
    }

    #[test]
    fn discovery(
        (parents, lists) in with_revs(80, 4),
        respect_size: bool,
        sizes in prop::collection::vec((1usize..12, any::<bool>()), 12),
        lie in any::<bool>(),
    ) {
        let (graph, model) = both(parents);
        let targets = if lists[0].is_empty() { graph.heads() } else { lists[0].clone() };
        let known = model.ancestors(&lists[1]);
        let mut ours = Discovery::new(Arc::clone(&graph), &targets, respect_size, false).unwrap();
        let mut plain = DiscoveryModel {
            common: MissingModel { model: &model, known: Set::new() },
            targets: targets.clone(),
            undecided: None,
            missing: Set::new(),
            respect_size,
        };
        for (i, &(size, quick)) in sizes.iter().enumerate() {
            prop_assert_eq!(ours.has_info(), !plain.common.known.is_empty());
            prop_assert_eq!(ours.is_complete(), plain.undecided.as_ref().is_some_and(|u| u.is_empty()));
            let (sample, expected) = if quick { (ours.take_quick_sample(&lists[2], size).unwrap(), plain.quick(&lists[2], size)) } else { (ours.take_full_sample(&lists[2], size).unwrap(), plain.full(size)) };
            prop_assert_eq!(&sample, &expected);
            prop_assert_eq!(ours.undecided_count(), plain.undecided().len());
            let mut answers: Vec<(Rev, bool)> =
                sample.iter().map(|&r| (r, known.contains(&r) || r.is_null())).collect();
            if lie && i == 2 {
                // answers about anything, that may contradict others
                answers.extend(lists[3].iter().map(|&r| (r, r.get() % 2 == 0)));
            }
            tell(&mut ours, &answers).unwrap();
            plain.add_info(&answers);
            prop_assert_eq!(ours.undecided().iter().collect::<Set>(), plain.undecided());
            prop_assert_eq!(ours.missing().iter().collect::<Set>(), plain.missing.clone());
            prop_assert_eq!(ours.common_heads(), plain.common.heads());
        }
    }

    #[test]
    fn random_samples_keep_to_their_size(
        (parents, lists) in with_revs(80, 1), size in 1usize..10,
    ) {
        let (graph, model) = both(parents);
        let mut ours = Discovery::new(Arc::clone(&graph), &graph.heads(), true, true).unwrap();
        ours.add_commons(&lists[0]).unwrap();
        let undecided: Set = ours.undecided().iter().collect();
        let sample = ours.take_full_sample(&graph.heads(), size).unwrap();
        prop_assert_eq!(sample.len(), size.min(undecided.len()));
        prop_assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(sample.iter().all(|r| undecided.contains(r)));
        let quick = ours.take_quick_sample(&graph.heads(), size).unwrap();
        prop_assert!(quick.len() <= size.max(undecided.len()));
        prop_assert!(quick.iter().all(|r| r.index() < model.parents.len()));
    }

    #[test]
    fn growing_and_shrinking(parents in histories(80), cuts in prop::collection::vec(0usize..80, 4)) {
        let mut graph = Graph::default();
        for &cut in &cuts {
            graph.truncate(cut);
            let from = graph.len();
            let end = parents.len().min(cut * 2);
            if from < end {
                graph.extend(&parents[from..end]).unwrap();
            }
            let model = Model { parents: graph.as_slice().to_vec() };
            let len = graph.len() as i32;
            for (a, b) in [(0, len - 1), (len / 2, len - 1), (len / 3, len / 2), (len - 1, len - 2)] {
                if a >= 0 && b >= 0 && len > 0 {
                    let (a, b) = (rev(a), rev(b));
                    prop_assert_eq!(graph.is_ancestor(a, b).unwrap(), model.is_ancestor(a, b));
                    let common = graph.common_ancestor_heads(&[a, b]).unwrap();
                    prop_assert_eq!(common, model.common_heads(&[a, b]));
                }
            }
        }
    }
}

#[test]
fn revisions_out_of_range() {
    let graph = Arc::new(Graph::new(pairs([[-1, -1], [0, -1]])).unwrap());
    let (root, tip) = (rev(0), rev(1));
    for rev in revs([-2, 2, i32::MIN, i32::MAX]) {
        let bad = |result: Result<(), Error>| match result {
            Err(Error::OutOfRange { rev: named, len: 2 }) => assert_eq!(named, i64::from(rev)),
            other => panic!("{rev}: {other:?}"),
        };
        bad(graph.parents(rev).map(drop));
        bad(graph.children(rev).map(drop));
        bad(graph.is_ancestor(rev, root).map(drop));
        bad(graph.is_ancestor(root, rev).map(drop));
        bad(graph.heads_of(&[root, rev]).map(drop));
        bad(graph.roots_of(&[rev]).map(drop));
        bad(graph.descendants(&[rev]).map(drop));
        bad(graph.range(&[rev], &[root], root, true).map(drop));
        bad(graph.range(&[root], &[rev], root, true).map(drop));
        bad(graph.only(&[rev], &[]).map(drop));
        bad(graph.only(&[], &[rev]).map(drop));
        bad(graph.common_ancestor_heads(&[Rev::NULL, rev]).map(drop));
        bad(graph.greatest_common_ancestors(&[rev]).map(drop));
        bad(graph.toposort(&[rev], &[]).map(drop));
        bad(graph.toposort(&[root], &[rev]).map(drop));
        bad(Ancestors::new(Arc::clone(&graph), &[rev], root, true).map(drop));
        bad(MissingAncestors::new(Arc::clone(&graph), &[rev]).map(drop));
        let mut missing = MissingAncestors::new(Arc::clone(&graph), &[]).unwrap();
        bad(missing.add_bases(&[tip, rev]));
        assert!(!missing.has_bases());
        bad(missing.missing_ancestors(&[rev]).map(drop));
        bad(Discovery::new(Arc::clone(&graph), &[rev], true, true).map(drop));
        let mut discovery = Discovery::new(Arc::clone(&graph), &[tip], true, true).unwrap();
        bad(discovery.add_commons(&[rev]));
        bad(discovery.add_missings(&[rev]));
        assert!(!discovery.has_info());
        bad(discovery.take_quick_sample(&[rev], 1).map(drop));
    }
}

#[test]
fn parents_must_be_smaller() {
    for (parents, named) in [
        (vec![[0, -1]], "revision 0 has the parent 0"),
        (vec![[-1, -1], [0, -2]], "revision 1 has the parent -2"),
        (vec![[-1, -1], [1, -1]], "revision 1 has the parent 1"),
        (
            vec![[-1, -1], [0, -1], [0, 7]],
            "revision 2 has the parent 7",
        ),
        (vec![[-1, i32::MAX]], "parent 2147483647"),
        (vec![[i32::MIN, -1]], "parent -2147483648"),
    ] {
        let parents = pairs(parents);
        let message = Graph::new(parents.clone()).unwrap_err().to_string();
        assert!(message.contains(named), "{message}");
        let mut graph = Graph::default();
        assert!(matches!(graph.extend(&parents), Err(Error::Invalid(_))));
        assert!(graph.is_empty());
    }
    let mut graph = Graph::new(pairs([[-1, -1]])).unwrap();
    assert!(graph.extend(&pairs([[0, -1], [3, -1]])).is_err());
    assert_eq!(graph.len(), 1);
    graph.extend(&pairs([[0, -1], [1, 0]])).unwrap();
    assert_eq!(graph.parents(rev(2)).unwrap(), [1, 0].map(rev));
    assert_eq!(graph.parents(Rev::NULL).unwrap(), [Rev::NULL; 2]);
}

#[test]
fn an_empty_graph_answers() {
    let graph = Arc::new(Graph::default());
    assert_eq!(graph.heads(), [Rev::NULL]);
    assert!(graph.children(Rev::NULL).unwrap().is_empty());
    assert!(graph.common_ancestor_heads(&[]).unwrap().is_empty());
    assert!(
        graph
            .common_ancestor_heads(&[Rev::NULL; 2])
            .unwrap()
            .is_empty()
    );
    assert!(graph.is_ancestor(Rev::NULL, Rev::NULL).unwrap());
    assert!(graph.descendants(&[Rev::NULL]).unwrap().is_empty());
    let lazy = Arc::new(Ancestors::new(Arc::clone(&graph), &[Rev::NULL], Rev::NULL, true).unwrap());
    assert_eq!(lazy.iter().collect::<Vec<_>>(), [Rev::NULL]);
    let mut discovery = Discovery::new(graph, &[Rev::NULL], true, true).unwrap();
    assert_eq!(discovery.undecided_count(), 0);
    assert!(discovery.is_complete());
}
