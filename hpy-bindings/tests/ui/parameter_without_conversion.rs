//! A parameter, and a result, of types that are not converted.
use hpy_bindings::{Ctx, ModuleDef};

struct Own;

fn parameter(m: &mut ModuleDef) {
    m.function(c"f", c"", |_: Ctx<'_>, _: Own| ());
}

fn result(m: &mut ModuleDef) {
    m.function(c"f", c"", |_: Ctx<'_>| Own);
}

fn main() {}
