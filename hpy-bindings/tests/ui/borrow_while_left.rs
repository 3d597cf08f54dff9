//! A borrow of a shared value ends while the interpreter is left.
use hpy_bindings::{Ctx, PyResult, Shared};

fn ended(ctx: Ctx<'_>, shared: Shared<u32>) -> PyResult<()> {
    let value = shared.borrow(ctx)?;
    ctx.leave_python(move || drop(value));
    let value = shared.borrow_mut(ctx)?;
    ctx.leave_python(move || drop(value));
    Ok(())
}

fn main() {}
