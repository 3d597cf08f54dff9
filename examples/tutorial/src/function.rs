//! Step 1: a function.

use hpy_bindings::pyfunction;

/// The sum of two ints, added up a thousand times.
#[pyfunction(signature = (a, b, /))]
pub fn add_two(a: i64, b: i64) -> i64 {
    let mut acc = 0;
    for _ in 0..1000 {
        acc += a + b;
    }
    acc
}
