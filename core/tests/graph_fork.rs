// SPDX-License-Identifier: GPL-2.0-or-later

//! What is in the making in another thread when a process is forked.

#[allow(dead_code)] // a part is used here
#[path = "it/revs.rs"]
mod revs;

use std::sync::Arc;
use std::time::{Duration, Instant};

use revs::{pairs, rev};
use vermilion_core::Graph;
use vermilion_core::graph::Ancestors;
use vermilion_core::platform::pool;

fn use_threads() -> bool {
    let parents = pairs((0..60_000).map(|r| [r - 1, (r - 3).max(-1)]));
    let graph = Graph::new(parents).unwrap();
    graph.prepare();
    graph.is_ancestor(rev(5), rev(59_999)).unwrap() && pool::join(|| 1, || 2) == (1, 2)
}

/// Forks; the child does `work` and has to come to an end, with success.
fn in_a_child(work: impl Fn() -> bool) {
    // SAFETY: the child only computes and leaves by _exit, without running anything of the
    // test harness; this program has one test, so no other thread holds a lock of that.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let status = if work() { 0 } else { 1 };
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) };
    }
    let start = Instant::now();
    let mut status = 0;
    // SAFETY: waits for a child of ours, with a valid place for its status.
    while unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == 0 {
        if start.elapsed() > Duration::from_secs(60) {
            // SAFETY: ends a child of ours.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("the child hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(status, 0);
}

/// A graph about which enough has been asked for labels to be made at the next question.
fn due() -> Graph {
    let parents = pairs((0..200_000).map(|r| [r - 1, (r - 3).max(-1)]));
    let graph = Graph::new(parents).unwrap();
    for _ in 0..8 {
        graph.only(&[rev(199_999)], &[]).unwrap();
    }
    assert_eq!(graph.label_bytes(), 0);
    graph
}

fn labels_are_made_in_the_child_too() {
    for round in 0..8 {
        let graph = due();
        let ask = || graph.is_ancestor(rev(5), rev(199_999)).unwrap() && graph.label_bytes() > 0;
        std::thread::scope(|scope| {
            let maker = scope.spawn(ask);
            std::thread::sleep(Duration::from_millis(5 * round));
            in_a_child(ask);
            assert!(maker.join().unwrap());
        });
    }
}

fn ancestors_are_walked_in_the_child_too() {
    let graph = Arc::new(due());
    for round in 0..8 {
        let set = Ancestors::new(Arc::clone(&graph), &[rev(199_999)], rev(0), true).unwrap();
        let set = Arc::new(set);
        let walk = || set.contains(rev(0)) && set.iter().count() == 200_000;
        std::thread::scope(|scope| {
            let walker = scope.spawn(walk);
            std::thread::sleep(Duration::from_micros(500 * round));
            in_a_child(walk);
            assert!(walker.join().unwrap());
        });
    }
}

/// One test for all, because a child of a harness with several would have its locks.
#[test]
fn a_forked_child_needs_no_thread_of_its_parent() {
    assert!(use_threads());
    in_a_child(|| use_threads() && use_threads());
    assert!(use_threads());
    labels_are_made_in_the_child_too();
    ancestors_are_walked_in_the_child_too();
}
