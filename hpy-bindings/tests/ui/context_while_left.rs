//! The context is used while the interpreter is left.
use hpy_bindings::{Ctx, Global};

static GLOBAL: Global = Global::new();

fn none(ctx: Ctx<'_>) {
    ctx.leave_python(|| drop(ctx.none()));
}

fn global(ctx: Ctx<'_>) {
    ctx.leave_python(|| GLOBAL.load(ctx).is_ok());
}

fn main() {}
