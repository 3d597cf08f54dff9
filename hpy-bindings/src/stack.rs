// SPDX-License-Identifier: MIT OR Apache-2.0

//! How far the stack may grow: a native function that calls itself by way of Python raises
//! RecursionError before there is none left.
//!
//! Hosts look too, but at their own frames, and those of Rust code may be large; and PyPy 7.3's
//! host ends the process where an error that it does not expect comes from such a look. So every
//! native function compares its place with the lowest one at which nobody need look.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_shim as shim;

use crate::api::Ctx;
use crate::error::{Exception, PyErr, PyResult};

/// The lowest address at which a function of the main thread need not look. Other threads'
/// stacks lie below that of the main thread, so they always look.
static MAIN_UNCHECKED: AtomicUsize = AtomicUsize::new(usize::MAX);

thread_local! {
    /// The lowest address at which a function of this thread need not look.
    static UNCHECKED: Cell<usize> = const { Cell::new(usize::MAX) };
    /// Where this thread's stack ends and begins. (0, 0) where nobody knows.
    static STACK: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
    /// `true` while this thread asks Python how far it may go.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// What is left for the host, and for the frame of the function that is called: so much, or
/// a part of the stack where that is small.
const LEFT_OVER: usize = 512 << 10;
const LEFT_OVER_PART: usize = 8;
/// After so many bytes, the question is asked again: Python's limit may have changed.
const STEP: usize = 32 << 10;
/// How much stack PyPy allows for one unit of its recursion limit, and what is left of that.
const PYPY_UNIT: usize = 768;
const PYPY_LEFT_OVER: usize = 256 << 10;
const PYPY_LEFT_OVER_PART: usize = 3;

/// Returns the address of the caller's frame, more or less.
#[inline(always)]
fn here() -> usize {
    let local = 0u8;
    (&raw const local).addr()
}

/// Begins to look, when the module is executed.
pub(crate) fn prepare() {
    if shim::is_main_thread() {
        MAIN_UNCHECKED.fetch_min(here() - STEP, Ordering::Relaxed);
    }
}

/// Raises RecursionError where little is left of the stack.
#[inline(always)]
pub(crate) fn check(ctx: Ctx<'_>) -> PyResult<()> {
    if here() < MAIN_UNCHECKED.load(Ordering::Relaxed) {
        look(ctx)
    } else {
        Ok(())
    }
}

#[cold]
#[inline(never)]
fn look(ctx: Ctx<'_>) -> PyResult<()> {
    let here = here();
    if here >= UNCHECKED.get() || ASKING.get() {
        return Ok(());
    }
    let (end, beginning) = STACK.get().unwrap_or_else(|| {
        let known = shim::stack();
        STACK.set(Some(known));
        known
    });
    // Coroutines of some kinds have stacks of their own.
    if !(end..beginning).contains(&here) {
        return Ok(());
    }
    let left_over = LEFT_OVER.min((beginning - end) / LEFT_OVER_PART);
    let mut lowest = end + left_over;
    if ctx.is_pypy() {
        ASKING.set(true);
        let limit = recursion_limit(ctx);
        ASKING.set(false);
        let allowed = limit?.saturating_mul(PYPY_UNIT);
        let left_over = PYPY_LEFT_OVER.min(allowed / PYPY_LEFT_OVER_PART);
        lowest = lowest.max(beginning.saturating_sub(allowed) + left_over);
    }
    if here < lowest {
        // The next time it is asked from the beginning: Python's limit may be lower then.
        look_below(beginning - STEP);
        let message = "maximum recursion depth exceeded in native code";
        return Err(PyErr::new(Exception::Recursion, message));
    }
    look_below(lowest.max(here.saturating_sub(STEP)));
    Ok(())
}

fn look_below(address: usize) {
    UNCHECKED.set(address);
    if shim::is_main_thread() {
        MAIN_UNCHECKED.store(address, Ordering::Relaxed);
    }
}

fn recursion_limit(ctx: Ctx<'_>) -> PyResult<usize> {
    let limit = ctx.import(c"sys")?.attr(c"getrecursionlimit")?;
    limit.call(&[])?.extract()
}
