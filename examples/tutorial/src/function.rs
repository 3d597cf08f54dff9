//! Step 1: a function.

use hpy_bindings::{Ctx, ModuleDef};

fn add_two(_: Ctx<'_>, n: i64) -> i64 {
    n + 2
}

pub fn define(module: &mut ModuleDef) {
    module.function(
        c"add_two",
        c"add_two(n, /)\n--\n\nWhat is two more than n.",
        add_two,
    );
}
