// SPDX-License-Identifier: MIT OR Apache-2.0

//! Native functions as hosts call them.
//!
//! Each entry of a host's table ([`HPyDef`](hpy_shim::HPyDef)) needs two C functions: one
//! of HPy's form (`function`, `slot`, `constructor`), and one of CPython's (`cpython`). Both
//! are generic over the Rust function behind them: a type stands for that, because the ABI
//! passes no closure pointer along.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use hpy_shim::{HPy, HPyContext};

use crate::api::thread_state::{self, Entered};
use crate::api::{Call, Ctx};
use crate::error::{Exception, PyErr, PyResult};
use crate::pending;
use crate::stack;
use crate::stored::Global;

pub(crate) mod constructor;
pub(crate) mod cpython;
pub(crate) mod function;
pub(crate) mod slot;
pub(crate) mod table;

/// The handle of no object: the result of a function that fails.
pub(crate) const NULL: HPy = HPy { _i: 0 };

/// Runs the body of a native function: the one place where a Rust error becomes a
/// pending exception, and a panic becomes one instead of unwinding into the host.
///
/// # Safety
/// `raw` is the context that the host passed to the function now running.
pub(crate) unsafe fn guard<R>(
    raw: *mut HPyContext,
    failed: R,
    body: impl for<'c> FnOnce(Ctx<'c>) -> PyResult<R>,
) -> R {
    // SAFETY: the caller's promise; the host called us, so this thread has it.
    let call = unsafe { Call::new(raw) };
    let ctx = call.ctx();
    let entered = Entered::begin();
    // Unwind-safe: borrows are guards that undo themselves; a value left half changed by
    // a panic is still a valid value of its type.
    let work = || {
        stack::check(ctx)?;
        body(ctx)
    };
    let error = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(result)) => {
            if !call.owners.is_empty() {
                end_owners(ctx);
            }
            if thread_state::is_unusual() {
                end_unusual(ctx, entered);
            }
            return result;
        }
        Ok(Err(error)) => error,
        Err(payload) => panicked(payload),
    };
    if !call.owners.is_empty() {
        end_owners(ctx);
    }
    raise(ctx, error, entered);
    failed
}

/// Ends the part of objects that keep others in a call.
#[cold]
#[inline(never)]
fn end_owners(ctx: Ctx<'_>) {
    contain_quietly(|| ctx.owners().end());
}

/// Ends a call that may leave an exception pending to which nobody refers.
#[cold]
#[inline(never)]
fn end_unusual(ctx: Ctx<'_>, entered: Entered) {
    hand_records_on(ctx);
    contain_quietly(|| pending::set_aside(ctx));
    entered.end();
}

/// Hands records that wait to Python's `logging`.
fn hand_records_on(ctx: Ctx<'_>) {
    #[cfg(any(feature = "log", feature = "tracing"))]
    contain_quietly(|| crate::logging::flush_at_end(ctx));
    #[cfg(not(any(feature = "log", feature = "tracing")))]
    let _ = ctx;
}

/// Ends a call, and leaves an exception to the host, whatever happens.
fn raise(ctx: Ctx<'_>, error: PyErr, entered: Entered) {
    hand_records_on(ctx);
    let raise = || {
        error.raise(ctx);
        Ok(())
    };
    if contain(raise).is_err() {
        ctx.set_error(
            ctx.constant(|c| c.h_SystemError),
            ctx.constant(|c| c.h_None),
        );
    }
    entered.end();
}

/// Does `work`; a panic in it becomes an error.
pub(crate) fn contain<R>(work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    // Unwind-safe as in `guard`.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(panicked(payload)))
}

/// Does `work` where nobody can be told of a panic.
pub(crate) fn contain_quietly(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        dispose(payload);
    }
}

/// Drops what a panic has carried, which may panic itself.
pub(crate) fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // Who carries a panic in the `Drop` of a panic's payload may do so again.
        std::mem::forget(another);
    }
}

/// The exception class of panics, where the module has its own.
static PANICS: OnceLock<&'static Global> = OnceLock::new();

/// Sets the exception class of panics; the first one stays.
pub(crate) fn panics_as(global: &'static Global) {
    let _ = PANICS.set(global);
}

#[cold]
#[inline(never)]
fn panicked(payload: Box<dyn Any + Send>) -> PyErr {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let message = format!("native code panicked, which is a bug in it: {text}");
    dispose(payload);
    let class = PANICS.get().copied().map(Exception::Own);
    PyErr::new(class.unwrap_or(Exception::Runtime), message)
}
