// SPDX-License-Identifier: MIT OR Apache-2.0

//! How the hook is set on builds of CPython for debugging.
//!
//! These abort when an item or an attribute is asked for while an exception is pending. But
//! an object may go meanwhile, and CPython puts the exception out of the way for as long as
//! the object's `__del__` runs. So objects are kept ready whose `__del__` is what would have
//! been asked for: one copies what is in `sys`, the next sets the hook. Both are functions in
//! C, so that no other thread gets its turn.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::api::Ctx;
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};
use crate::stored::Global;

use super::HOOK;

/// The object that is kept ready, which keeps the next one.
pub(crate) static TRAP: Global = Global::new();

/// `true` on a build for debugging.
static NEEDED: AtomicBool = AtomicBool::new(false);

/// Where [`super::EXCEPTIONS`] has the classes of both, and the dict that is copied to.
const FIRST: &CStr = c"first";
const NEXT: &CStr = c"next";
const COPY: &CStr = c"copy";

/// Returns `true` where the hook has to be set this way.
pub(super) fn is_needed() -> bool {
    NEEDED.load(Ordering::Relaxed)
}

/// Makes the classes, on a build for debugging.
pub(super) fn prepare(exceptions: Borrowed<'_>, append: Borrowed<'_>) -> PyResult<()> {
    let ctx = exceptions.ctx();
    let sys = ctx.import(c"sys")?;
    if !sys.has_attr(c"gettotalrefcount") {
        return Ok(());
    }
    let (names, copy, hook) = (
        sys.attr(c"__dict__")?,
        ctx.dict()?,
        ctx.str(&HOOK.to_string_lossy())?,
    );
    let partial = ctx.import(c"_functools")?.attr(c"partial")?;
    let (update, set_attr) = (copy.attr(c"update")?, ctx.builtin(c"setattr")?);
    let first = partial.call(&[update.as_borrowed(), names.as_borrowed()])?;
    let next = [
        set_attr.as_borrowed(),
        sys.as_borrowed(),
        hook.as_borrowed(),
        append,
    ];
    let next = partial.call(&next)?;
    for (name, del) in [(FIRST, first), (NEXT, next)] {
        let class = class_with(ctx, del)?;
        ctx.set_named_item(exceptions, name, class.as_borrowed())?;
    }
    ctx.set_named_item(exceptions, COPY, copy.as_borrowed())?;
    NEEDED.store(true, Ordering::Relaxed);
    set(exceptions)
}

/// Makes a class with this `__del__`, which is called without an argument.
fn class_with<'c>(ctx: Ctx<'c>, del: Handle<'_>) -> PyResult<Handle<'c>> {
    let del = ctx.builtin(c"staticmethod")?.call(&[del.as_borrowed()])?;
    let (name, bases, members) = (ctx.str("Trap")?, ctx.tuple::<()>([])?, ctx.dict()?);
    members.set("__del__", del)?;
    let parts = [
        name.as_borrowed(),
        bases.as_borrowed(),
        members.as_borrowed(),
    ];
    ctx.constant(|c| c.h_TypeType).call(&parts)
}

/// Keeps both objects ready.
fn set(exceptions: Borrowed<'_>) -> PyResult<()> {
    let ctx = exceptions.ctx();
    let first = ctx.named_item(exceptions, FIRST)?.call(&[])?;
    let next = ctx.named_item(exceptions, NEXT)?.call(&[])?;
    first.set_attr(NEXT, next)?;
    TRAP.store(first.as_borrowed())
}

/// Sets the hook, while an exception is pending, unless another thread has.
pub(super) fn spring(ctx: Ctx<'_>) -> PyResult<()> {
    let trap = TRAP.load(ctx)?;
    TRAP.store(ctx.constant(|c| c.h_None))?;
    drop(trap); // the last reference to it
    Ok(())
}

/// Puts the hook that was before where others than builds for debugging have put it, and
/// keeps both objects ready again.
pub(super) fn restore(exceptions: Borrowed<'_>) -> PyResult<()> {
    let ctx = exceptions.ctx();
    let copy = ctx.named_item(exceptions, COPY)?;
    let before = ctx.named_item(copy.as_borrowed(), HOOK)?;
    ctx.set_named_item(exceptions, HOOK, before.as_borrowed())?;
    copy.call_method(c"clear", &[])?;
    set(exceptions)
}
