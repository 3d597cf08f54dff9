//! A borrow of a shared value that is kept after the call.
use std::cell::RefCell;

use hpy_bindings::{Ctx, PyResult, Ref, Shared};

thread_local! {
    static KEPT: RefCell<Vec<Ref<'static, u32>>> = const { RefCell::new(Vec::new()) };
}

fn keep(ctx: Ctx<'_>, shared: Shared<u32>) -> PyResult<()> {
    let value = shared.borrow(ctx)?;
    KEPT.with_borrow_mut(|kept| kept.push(value));
    Ok(())
}

fn main() {}
