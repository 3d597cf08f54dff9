// SPDX-License-Identifier: MIT OR Apache-2.0

//! Exceptions that Python raised, as values.
//!
//! A host keeps the exception of a failed call as the one that is *pending* in its thread, and
//! the ABI cannot hand it out. Most go on to the caller at once, so [`Pending`] is a number for
//! what is pending. Before anything else is asked of the host, which must not meet it, the
//! exception is set aside: it is reported as one that nobody can catch, and the hook for such
//! reports is, for that moment, the `append` of a list. Nothing in between runs Python code.
//! (Builds of CPython for debugging allow less meanwhile: see `trap`.)
//! Then it lies in a dict of the module until it is raised, or nobody refers to it.

use std::cell::Cell;
use std::ffi::CStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::api::{Ctx, thread_state};
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};
use crate::stored::Global;

mod trap;

pub(crate) use trap::TRAP;

/// The dict of this module's exceptions, by number. What is needed to get at them is in it
/// too: looking it up while an exception is pending could clear that. All keys are strings,
/// which CPython finds without a call that could be one too many for its stack.
pub(crate) static EXCEPTIONS: Global = Global::new();

/// The names of the dict's other items: `sys.__dict__`, the list of what was reported, its
/// `append`, and the hook in whose place that is, by the name that it has in `sys`.
const SYS: &CStr = c"sys";
const REPORTED: &CStr = c"reported";
const APPEND: &CStr = c"append";
const HOOK: &CStr = c"unraisablehook";

/// The number of exceptions in the dict.
static SET_ASIDE: AtomicUsize = AtomicUsize::new(0);

/// The number of threads that use the hook. More than one only where the host lets others in
/// while it does what these functions ask, as PyPy 8 does.
static HOOKED: AtomicUsize = AtomicUsize::new(0);

/// `true` while the last of them sets the hook that was before.
static RESTORING: AtomicBool = AtomicBool::new(false);

/// The number of calls for which a thread waits for that. It ends unless the other thread does.
const PATIENCE: usize = 10_000;

/// The numbers of exceptions that were dropped when they lay in the dict. It is only tried
/// to lock: in a forked child, nobody may be there who unlocks it.
static DROPPED: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// An exception that a host function has raised.
#[derive(Debug)]
pub(crate) struct Pending(u64);

impl Drop for Pending {
    fn drop(&mut self) {
        if thread_state::drop_pending(self.0) {
            return;
        }
        if let Ok(mut dropped) = DROPPED.try_lock() {
            dropped.push(self.0);
        }
    }
}

impl Pending {
    /// Refers to the exception that a host function has just left pending.
    pub(crate) fn new() -> Self {
        static THREADS: AtomicU64 = AtomicU64::new(1);
        thread_local! {
            /// The last number of this thread, of 62 bits; those above 32 are the thread's own.
            static LAST: Cell<u64> = const { Cell::new(0) };
        }
        let last = match LAST.get() {
            0 => THREADS.fetch_add(1, Ordering::Relaxed) << 32,
            last => last,
        };
        LAST.set(last + 1);
        thread_state::begin_pending(last + 1);
        Pending(last + 1)
    }

    /// Returns `true` while the exception is where the host has left it.
    pub(crate) fn is_current(&self) -> bool {
        thread_state::is_pending(self.0)
    }

    /// Leaves the exception to the host, for which it is pending.
    pub(crate) fn leave(self) {
        thread_state::end_pending();
        std::mem::forget(self);
    }

    /// Returns the exception object; `None` where it is gone, which only the end of a process
    /// or want of memory can bring about.
    pub(crate) fn object<'c>(&self, ctx: Ctx<'c>) -> PyResult<Option<Handle<'c>>> {
        set_aside(ctx);
        let exceptions = EXCEPTIONS.load(ctx)?;
        let key = self.0.to_string();
        if !exceptions.contains(&*key)? {
            return Ok(None);
        }
        let found = exceptions.get(&*key)?;
        if ctx.is_class(found.as_borrowed()) {
            return found.call(&[]).map(Some);
        }
        Ok(Some(found))
    }
}

/// Makes the dict, when the module is executed.
pub(crate) fn prepare(ctx: Ctx<'_>) -> PyResult<()> {
    if EXCEPTIONS.get(ctx)?.is_some() {
        return Ok(());
    }
    let (exceptions, reported) = (ctx.dict()?, ctx.list::<()>([])?);
    let sys = ctx.import(c"sys")?.attr(c"__dict__")?;
    let append = reported.attr(c"append")?;
    for (name, item) in [(SYS, &sys), (REPORTED, &reported), (APPEND, &append)] {
        ctx.set_named_item(exceptions.as_borrowed(), name, item.as_borrowed())?;
    }
    trap::prepare(exceptions.as_borrowed(), append.as_borrowed())?;
    EXCEPTIONS.store(exceptions.as_borrowed())
}

/// Clears what is pending in this thread, where nobody refers to it, and sets it aside where
/// somebody does; forgets what was set aside and is not referred to any more.
#[cold]
#[inline(never)]
pub(crate) fn set_aside(ctx: Ctx<'_>) {
    match thread_state::end_pending() {
        Some((_, true)) => ctx.clear_error(),
        // What fails is want of memory, and the exception is lost: raising it tells.
        Some((number, false)) => drop(keep(ctx, number)),
        None => {}
    }
    let _ = forget_dropped(ctx);
}

fn keep(ctx: Ctx<'_>, number: u64) -> PyResult<()> {
    let exceptions = EXCEPTIONS.load(ctx)?;
    let exceptions = exceptions.as_borrowed();
    // As an object that tells this report from others.
    let place = ctx.uint(number)?;
    let exhausted = exhausted(ctx);
    let hooked = if trap::is_needed() {
        HOOKED.fetch_add(1, Ordering::Relaxed);
        trap::spring(ctx)
    } else {
        wait_for_restoring(ctx, exceptions)?;
        HOOKED.fetch_add(1, Ordering::Relaxed);
        hook(ctx, exceptions)
    };
    let found = hooked.and_then(|()| {
        ctx.write_unraisable(place.as_borrowed().raw());
        find_report(ctx, exceptions, place.as_borrowed(), number)
    });
    if HOOKED.fetch_sub(1, Ordering::Relaxed) == 1 {
        RESTORING.store(true, Ordering::Relaxed);
        let _ = restore(ctx, exceptions);
        RESTORING.store(false, Ordering::Relaxed);
    }
    let found = match (found.unwrap_or(None), exhausted) {
        (Some(report), _) => report.attr(c"exc_value")?,
        (None, Some(class)) => class.to_owned(),
        (None, None) => return Ok(()),
    };
    exceptions.set(&*number.to_string(), found)?;
    SET_ASIDE.fetch_add(1, Ordering::Relaxed);
    thread_state::count_up();
    Ok(())
}

/// Returns the class of the pending exception where it says that something is used up which
/// the report needs too: such a one is known by its class if need be.
fn exhausted(ctx: Ctx<'_>) -> Option<Borrowed<'_>> {
    let classes = [
        ctx.constant(|c| c.h_RecursionError),
        ctx.constant(|c| c.h_MemoryError),
    ];
    classes.into_iter().find(|class| ctx.error_matches(*class))
}

/// Waits while another thread sets the hook that was before.
fn wait_for_restoring(ctx: Ctx<'_>, exceptions: Borrowed<'_>) -> PyResult<()> {
    for _ in 0..PATIENCE {
        if !RESTORING.load(Ordering::Relaxed) {
            break;
        }
        // A call lets the other thread go on.
        ctx.named_item(exceptions, SYS)?;
    }
    Ok(())
}

/// Has what nobody can catch appended to the list. No call here runs Python code, or looks
/// whether an exception is pending.
fn hook(ctx: Ctx<'_>, exceptions: Borrowed<'_>) -> PyResult<()> {
    let sys = ctx.named_item(exceptions, SYS)?;
    let append = ctx.named_item(exceptions, APPEND)?;
    let before = ctx.named_item(sys.as_borrowed(), HOOK)?;
    if !before.is(append.as_borrowed()) {
        ctx.set_named_item(exceptions, HOOK, before.as_borrowed())?;
    }
    ctx.set_named_item(sys.as_borrowed(), HOOK, append.as_borrowed())
}

/// Sets the hook that was before, and empties the list.
fn restore(ctx: Ctx<'_>, exceptions: Borrowed<'_>) -> PyResult<()> {
    if trap::is_needed() {
        trap::restore(exceptions)?;
    }
    let sys = ctx.named_item(exceptions, SYS)?;
    let before = ctx.named_item(exceptions, HOOK)?;
    ctx.set_named_item(sys.as_borrowed(), HOOK, before.as_borrowed())?;
    let reported = ctx.named_item(exceptions, REPORTED)?;
    (0..reported.len()?)
        .rev()
        .try_for_each(|index| reported.delete_item(index))
}

/// Finds the report that was made with this number for its object. PyPy 7.3 has the object in
/// the report's message only.
fn find_report<'c>(
    ctx: Ctx<'c>,
    exceptions: Borrowed<'_>,
    place: Borrowed<'_>,
    number: u64,
) -> PyResult<Option<Handle<'c>>> {
    let reported = ctx.named_item(exceptions, REPORTED)?;
    for index in (0..reported.len()?).rev() {
        let report = reported.item(index)?;
        if report.attr(c"object")?.equals(place)? {
            return Ok(Some(report));
        }
        let message = report.attr(c"err_msg")?.extract::<Option<String>>()?;
        if message.is_some_and(|message| message.ends_with(&number.to_string())) {
            return Ok(Some(report));
        }
    }
    Ok(None)
}

fn forget_dropped(ctx: Ctx<'_>) -> PyResult<()> {
    if SET_ASIDE.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    let Ok(dropped) = DROPPED
        .try_lock()
        .map(|mut dropped| std::mem::take(&mut *dropped))
    else {
        return Ok(());
    };
    for number in dropped {
        let exceptions = EXCEPTIONS.load(ctx)?;
        let key = number.to_string();
        if exceptions.contains(&*key)? {
            exceptions.delete(&*key)?;
            SET_ASIDE.fetch_sub(1, Ordering::Relaxed);
            thread_state::count_down();
        }
    }
    Ok(())
}
