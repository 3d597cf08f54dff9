//! Work without the interpreter returns a handle.
use hpy_bindings::{Ctx, Handle};

fn made<'c>(ctx: Ctx<'c>, handle: Handle<'c>) -> Option<Handle<'c>> {
    ctx.leave_python(|| None::<Handle<'c>>).or(Some(handle))
}

fn main() {}
