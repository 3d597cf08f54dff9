// SPDX-License-Identifier: GPL-2.0-or-later

//! The threads for the few computations that are long enough to share.
//!
//! Never rayon's global pool: a process that forks (Mercurial forks workers) has
//! in the child a pool whose threads do not exist, and waits for them for ever.
//! This pool remembers the process that made it, and a child makes its own. It is
//! reached without a lock, which another thread could hold while a process forks.
//!
//! Where the system gives no threads, everything runs on the thread that asks.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// More threads than this bring nothing to the computations here.
const MAX_THREADS: usize = 8;

/// Bytes of stack for each thread, of which only those take memory that are used. What
/// goes deep keeps its place on the heap; this is as much as a main thread mostly has.
const STACK: usize = 8 << 20;

/// Threads, and the process that they belong to.
struct Made {
    process: u32,
    threads: ThreadPool,
}

static POOL: ArcSwapOption<Made> = ArcSwapOption::const_empty();

/// Returns how many threads the pool has or would have.
pub fn threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, |n| n.get())
        .min(MAX_THREADS)
}

/// Returns the pool of this process, made when first asked for; `None` when no thread can be
/// started.
fn pool() -> Option<Arc<Made>> {
    let process = std::process::id();
    let known = POOL.load_full();
    if let Some(made) = known.as_ref().filter(|made| made.process == process) {
        return Some(Arc::clone(made));
    }
    let made = Arc::new(Made {
        process,
        threads: build()?,
    });
    let before = POOL.compare_and_swap(&known, Some(Arc::clone(&made)));
    let before = Guard::into_inner(before);
    let first = before.as_ref().map(Arc::as_ptr) == known.as_ref().map(Arc::as_ptr);
    // The threads of another process stayed there: ending them would wait for them.
    for stale in [known, before.clone()].into_iter().flatten() {
        if stale.process != process {
            std::mem::forget(stale);
        }
    }
    if first {
        Some(made)
    } else {
        // Another thread was faster.
        before.filter(|made| made.process == process)
    }
}

/// As many threads as the system gives.
fn build() -> Option<ThreadPool> {
    let mut wanted = threads();
    while wanted > 0 {
        let builder = ThreadPoolBuilder::new()
            .num_threads(wanted)
            .stack_size(STACK)
            .thread_name(|i| format!("vermilion-{i}"));
        match builder.build() {
            Ok(pool) => return Some(pool),
            Err(_) => wanted /= 2,
        }
    }
    None
}

/// Runs both closures, at the same time if there are threads for it.
///
/// A panic in either is passed on.
pub fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    match pool() {
        Some(made) => made.threads.join(a, b),
        None => (a(), b()),
    }
}

/// Runs a closure where it can use all threads: what rayon starts in it, such as parallel
/// iterators, runs on these, or where there are none, on this one.
///
/// A panic in it is passed on.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    match pool() {
        Some(made) => made.threads.install(work),
        None => alone(work),
    }
}

/// Returns what a function makes of each item, in their order, on all threads; of a single one on this
/// thread, as starting others may take longer.
///
/// A panic in it is passed on.
pub fn map<T: Sync, R: Send>(items: &[T], make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    match items {
        [] => Vec::new(),
        [one] => vec![make(one)],
        _ => run(|| items.par_iter().map(&make).collect()),
    }
}

/// Runs a closure on this thread, which counts as a pool of its own from now on.
///
/// Rayon would otherwise ask for its global pool, and panic where that gets no threads.
fn alone<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    thread_local! {
        static ALONE: Option<ThreadPool> = ThreadPoolBuilder::new()
            .num_threads(1)
            .use_current_thread()
            .build()
            .ok();
    }
    ALONE.with(|pool| match pool {
        Some(pool) => pool.install(work),
        // It is one of another pool's threads.
        None => work(),
    })
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    #[test]
    fn what_is_made_of_items_is_in_their_order() {
        let here = std::thread::current().id();
        let numbers: Vec<u32> = (0..1000).collect();
        let made = super::map(&numbers, |number| number * 2);
        assert!(
            made.iter()
                .zip(&numbers)
                .all(|(made, number)| *made == number * 2)
        );
        assert_eq!(super::map(&[()], |()| std::thread::current().id()), [here]);
        assert!(super::map(&[0; 0], |_| ()).is_empty());
    }

    #[test]
    fn both_run() {
        for _ in 0..3 {
            assert_eq!(super::join(|| 1, || "two"), (1, "two"));
            assert_eq!(super::run(|| "three"), "three");
        }
        assert!(super::threads() >= 1);
    }

    #[test]
    fn one_thread_does_everything_alone() {
        let sum = || (0..1000).into_par_iter().sum::<i32>();
        for _ in 0..3 {
            let here = std::thread::current().id();
            let ran = super::alone(|| (sum(), std::thread::current().id()));
            assert_eq!(ran, (499_500, here));
            // Others work beside it.
            assert_eq!(super::run(sum), 499_500);
        }
    }
}
