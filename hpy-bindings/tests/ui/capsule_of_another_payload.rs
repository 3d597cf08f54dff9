//! A capsule is of one payload.

use hpy_bindings::{Borrowed, Capsule, PyResult};

hpy_bindings::payload! {
    struct First = c"package.first", version 1 { number: i64 }
}
hpy_bindings::payload! {
    struct Second = c"package.second", version 1 { number: i64 }
}

fn number(second: &Second) -> i64 {
    second.number
}

fn misuse(capsule: Borrowed<'_>) -> PyResult<i64> {
    let first: Capsule<First> = capsule.extract()?;
    Ok(number(&first))
}

fn main() {}
