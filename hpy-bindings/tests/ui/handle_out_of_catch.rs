//! What the inner context makes stays with it.

use hpy_bindings::{Ctx, Handle, PyResult};

fn misuse<'c>(ctx: Ctx<'c>) -> PyResult<Result<Handle<'c>, Handle<'c>>> {
    ctx.catch(|inner| inner.builtin(c"len"))
}

fn main() {}
