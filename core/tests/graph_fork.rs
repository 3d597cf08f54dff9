//! The thread pool in a child process.

#![cfg(unix)]

use std::time::{Duration, Instant};

use vermilion_core::{pool, Graph, Rev};

fn use_threads() -> bool {
    let parents = (0..60_000).map(|r: Rev| [r - 1, (r - 3).max(-1)]).collect();
    let graph = Graph::new(parents).unwrap();
    graph.prepare();
    graph.is_ancestor(5, 59_999).unwrap() && pool::join(|| 1, || 2) == (1, 2)
}

#[test]
fn a_forked_child_has_its_own_threads() {
    assert!(use_threads());
    // SAFETY: the child only computes and leaves by _exit, without running anything
    // of the test harness; this program has one test, so no other thread holds a lock.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let status = if use_threads() && use_threads() { 0 } else { 1 };
        // SAFETY: ends the process.
        unsafe { libc::_exit(status) };
    }
    let start = Instant::now();
    let mut status = 0;
    // SAFETY: waits for a child of ours, with a valid place for its status.
    while unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == 0 {
        if start.elapsed() > Duration::from_secs(60) {
            // SAFETY: ends a child of ours.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("the child hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(status, 0);
    assert!(use_threads());
}
