//! Two modules need not agree what a `String` looks like.

hpy_bindings::payload! {
    struct Api = c"package.api", version 1 {
        name: String,
        call: fn(i64) -> i64,
    }
}

fn main() {}
