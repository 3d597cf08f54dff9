//! Step 1: a function.

use hpy_bindings::{Ctx, ModuleDef};

fn add_two(_: Ctx<'_>, a: i64, b: i64) -> i64 {
    let mut acc = 0;
    for _ in 0..1000 {
        acc += a + b;
    }
    acc
}

pub fn define(module: &mut ModuleDef) {
    module.function(
        c"add_two",
        c"add_two(a, b, /)\n--\n\nThe sum of two ints, added up a thousand times.",
        add_two,
    );
}
