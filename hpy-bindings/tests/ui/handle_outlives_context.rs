//! A handle outlives the context that it belongs to.
use hpy_bindings::{Ctx, Handle};

fn keep(ctx: Ctx<'_>) -> Handle<'static> {
    ctx.none()
}

fn main() {}
