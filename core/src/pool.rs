//! The threads for the few computations that are long enough to share.
//!
//! Never rayon's global pool: a process that forks (Mercurial forks workers) has
//! in the child a pool whose threads do not exist, and waits for them for ever.
//! This pool remembers the process that made it, and a child makes its own.

use std::sync::{Arc, Mutex};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// More threads than this bring nothing to the computations here.
const MAX_THREADS: usize = 8;

/// Bytes of stack for each thread, of which only those take memory that are used: walks
/// go as deep as paths can be long.
const STACK: usize = 64 << 20;

static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// How many threads the pool has or would have.
pub fn threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, |n| n.get())
        .min(MAX_THREADS)
}

/// The pool of this process, made when first asked for.
///
/// `None` when there is only one processor, when no threads can be started, and
/// when the lock is not free: in the child of a process that forked while another
/// of its threads was here, it will never be. Callers then do the work themselves.
fn pool() -> Option<Arc<ThreadPool>> {
    if threads() < 2 {
        return None;
    }
    let mut slot = POOL.try_lock().ok()?;
    let pid = std::process::id();
    if let Some((owner, pool)) = slot.as_ref() {
        if *owner == pid {
            return Some(Arc::clone(pool));
        }
    }
    let made = ThreadPoolBuilder::new()
        .num_threads(threads())
        .stack_size(STACK)
        .thread_name(|i| format!("vermilion-{i}"))
        .build()
        .ok()?;
    let made = Arc::new(made);
    if let Some(stale) = slot.replace((pid, Arc::clone(&made))) {
        // its threads stayed in the parent: dropping it would talk to nobody
        std::mem::forget(stale);
    }
    Some(made)
}

/// Runs both closures, at the same time if there are threads for it.
///
/// A panic in either is passed on.
pub fn join<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    match pool() {
        Some(pool) => pool.join(a, b),
        None => (a(), b()),
    }
}

/// Runs a closure where it can use all threads and much stack.
///
/// A panic in it is passed on.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if let Some(pool) = pool() {
        return pool.install(work);
    }
    // Parallel iterators in it would otherwise ask rayon for its global pool.
    match single() {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// A pool of one thread, for one piece of work.
fn single() -> Option<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(STACK)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_run() {
        for _ in 0..3 {
            assert_eq!(super::join(|| 1, || "two"), (1, "two"));
            assert_eq!(super::run(|| "three"), "three");
        }
        assert_eq!(super::single().unwrap().install(|| 4), 4);
        assert!(super::threads() >= 1);
    }
}
