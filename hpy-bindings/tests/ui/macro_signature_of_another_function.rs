// A signature that does not fit its function.

use hpy_bindings::pyfunction;

#[pyfunction(signature = (a, c=1))]
fn added(a: i64, b: i64) -> i64 {
    a + b
}

#[pyfunction(signature = (a, b))]
fn kept(a: i64) -> i64 {
    a
}

#[pyfunction(signature = (a=1, b))]
fn ordered(a: i64, b: i64) -> i64 {
    a + b
}

#[pyfunction(text = "a")]
fn optional(a: i64) -> i64 {
    a
}

fn main() {}
