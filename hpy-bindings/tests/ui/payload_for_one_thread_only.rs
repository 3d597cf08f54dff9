//! Whoever takes a capsule may use it on any thread.

use std::cell::Cell;

hpy_bindings::payload! {
    struct Api = c"package.api", version 1 {
        counter: Cell<u64>,
        names: *const u8,
    }
}

fn main() {}
