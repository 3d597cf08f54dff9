//! A parameter, and a result, of types that are not converted.
use hpy_bindings::{Ctx, ModuleDef};

struct Own;

// No closures: their types have the paths of files, by whose lengths messages differ.
fn takes(_: Ctx<'_>, _: Own) {}

fn returns(_: Ctx<'_>) -> Own {
    Own
}

fn parameter(m: &mut ModuleDef) {
    m.function(c"f", c"", takes);
}

fn result(m: &mut ModuleDef) {
    m.function(c"f", c"", returns);
}

fn main() {}
