//! What a handle lent is used after the handle was closed.
use hpy_bindings::Ctx;

fn closed(ctx: Ctx<'_>) -> bool {
    let handle = ctx.none();
    let arg = handle.as_borrowed();
    drop(handle);
    arg.is_none()
}

fn main() {}
