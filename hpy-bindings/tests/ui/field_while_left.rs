//! A stored reference is used while the interpreter is left.
use hpy_bindings::{Ctx, Field};

fn used(ctx: Ctx<'_>, field: Field<'_>) {
    ctx.leave_python(|| field.clear());
}

fn main() {}
