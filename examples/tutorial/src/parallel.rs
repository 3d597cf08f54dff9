//! Step 3: all cores, while other Python threads go on.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use hpy_bindings::{Ctx, pyfunction};

/// The number of numbers that a thread takes at a time.
const BLOCK: u64 = 1000;

/// Tries all divisors: slow on purpose.
pub fn is_prime(n: u64) -> bool {
    let mut divisors = (2..).take_while(|d| d * d <= n);
    n > 1 && divisors.all(|d| n % d != 0)
}

/// Counts the primes below limit.
#[pyfunction(signature = (limit, /))]
pub fn count_primes(ctx: Ctx<'_>, limit: u64) -> usize {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicU64::new(0);
    let count_some = || {
        let mut count = 0;
        loop {
            let start = next.fetch_add(BLOCK, Ordering::Relaxed);
            if start >= limit {
                return count;
            }
            let end = limit.min(start + BLOCK);
            count += (start..end).filter(|&n| is_prime(n)).count();
        }
    };
    ctx.leave_python(|| {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(count_some)).collect();
            workers.into_iter().map(|w| w.join().unwrap()).sum()
        })
    })
}
