// SPDX-License-Identifier: MIT OR Apache-2.0

//! The state of the threads that are in native code: whether they hold the interpreter, and
//! which exception is pending in them.
//!
//! A [`Ctx`] says by its type that its thread holds the interpreter. But safe code can carry
//! one to where that is not true: a wrapper that checks threads when the program runs, such as
//! `send_wrapper`'s, may go into what runs without the interpreter. And an exception that is
//! pending must not be met by what runs next. So every call of the host looks. That costs next
//! to nothing: as long as nothing of the kind is in any thread, one word of the process tells.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_shim::{HPyContext, HostFunction};

use crate::api::{Call, Ctx};
use crate::pending;

/// The number of things in all threads that make them look at their own state: a thread that
/// has left the interpreter, an exception that is pending or set aside.
static UNUSUAL: AtomicUsize = AtomicUsize::new(0);

/// The state of one thread, in one word as every call keeps one: the number of the exception
/// that is pending, or 0, and two bits below.
#[derive(Clone, Copy)]
struct State(u64);

const USUAL: State = State(0);
/// The thread has left the interpreter.
const LEFT: u64 = 1;
/// Nobody refers to the pending exception any more.
const DROPPED: u64 = 2;
const NUMBER_SHIFT: u32 = 2;

impl State {
    fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }

    /// Returns the number of the exception that is pending; 0 for none.
    fn pending(self) -> u64 {
        self.0 >> NUMBER_SHIFT
    }

    /// Returns the state with another exception, to which somebody refers.
    fn with_pending(self, number: u64) -> State {
        State(self.0 & LEFT | number << NUMBER_SHIFT)
    }
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(USUAL) };
}

/// Returns `false` if no thread at all is in an unusual state.
#[inline(always)]
pub(crate) fn is_unusual() -> bool {
    UNUSUAL.load(Ordering::Relaxed) != 0
}

/// Counts one more thing that is unusual.
pub(crate) fn count_up() {
    UNUSUAL.fetch_add(1, Ordering::Relaxed);
}

/// Counts one less.
pub(crate) fn count_down() {
    UNUSUAL.fetch_sub(1, Ordering::Relaxed);
}

// -- the interpreter

/// Returns `true` unless this thread has left the interpreter.
#[inline(always)]
fn is_attached() -> bool {
    !is_unusual() || !has_left()
}

#[cold]
fn has_left() -> bool {
    STATE.get().has(LEFT)
}

/// Panics where this thread has left the interpreter.
#[inline(always)]
pub(crate) fn check() {
    if !is_attached() {
        refuse();
    }
}

/// Returns `true` if the interpreter may be used to drop something. Else that is leaked, and
/// this panics, but not within another panic.
#[inline(always)]
pub(crate) fn may_drop() -> bool {
    let attached = is_attached();
    if !attached && !std::thread::panicking() {
        refuse();
    }
    attached
}

#[cold]
#[inline(never)]
fn refuse() -> ! {
    panic!("Python is used by a thread that has left the interpreter")
}

/// The time for which a thread is without the interpreter.
pub(super) struct Away(());

impl Away {
    /// Begins when the thread has left the interpreter.
    pub(super) fn begin() -> Self {
        count_up();
        STATE.set(State(STATE.get().0 | LEFT));
        Away(())
    }
}

impl Drop for Away {
    /// Ends when the thread is about to take the interpreter back.
    fn drop(&mut self) {
        STATE.set(State(STATE.get().0 & !LEFT));
        count_down();
    }
}

/// The state of a thread before a call by the host. In the call the thread holds the
/// interpreter, and nothing is pending, whatever the state of the calls is that are further up
/// on its stack.
pub(crate) struct Entered {
    before: State,
}

impl Entered {
    /// Begins a call.
    #[inline(always)]
    pub(crate) fn begin() -> Self {
        let before = if is_unusual() { enter() } else { USUAL };
        Entered { before }
    }

    /// Ends the call: to be called where anything is unusual then, as it is if it was before.
    pub(crate) fn end(self) {
        STATE.set(self.before);
    }
}

#[cold]
fn enter() -> State {
    STATE.replace(USUAL)
}

// -- the context for code that cannot be handed one

thread_local! {
    /// The context of the innermost [`Ctx::make_current`] of this thread; null while the host
    /// runs Python code, or another native function is called.
    static CURRENT: Cell<*const Call> = const { Cell::new(ptr::null()) };
}

/// Sets the current context for as long as it lives.
struct Current(*const Call);

impl Current {
    fn begin(call: *const Call) -> Self {
        count_up();
        Current(CURRENT.replace(call))
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        CURRENT.set(self.0);
        count_down();
    }
}

/// Calls a function of the host that may run Python code, and so let go of the interpreter
/// meanwhile in ways that nobody here knows.
///
/// # Safety
/// As for the function itself.
#[inline(always)]
pub(crate) unsafe fn call_host<F: HostFunction<Args>, Args>(function: F, args: Args) -> F::Output {
    // SAFETY: the caller's promise.
    unsafe {
        if is_unusual() {
            call_without_current(function, args)
        } else {
            hpy_shim::call_host(function, args)
        }
    }
}

/// # Safety
/// As for the function itself.
#[cold]
#[inline(never)]
unsafe fn call_without_current<F: HostFunction<Args>, Args>(function: F, args: Args) -> F::Output {
    let _none = (!CURRENT.get().is_null()).then(|| Current::begin(ptr::null()));
    // SAFETY: the caller's promise.
    unsafe { hpy_shim::call_host(function, args) }
}

impl Ctx<'_> {
    /// Does `work`, within which [`Ctx::current`] finds this context.
    ///
    /// That is for code in between that has no place to hand a context on: `Eq` and `Hash` of a
    /// map's keys, or a closure that is given to a library.
    ///
    /// ```
    /// use hpy_bindings::{Ctx, Exception, ModuleDef, PyErr, PyResult};
    ///
    /// /// The length of a Python list, for a trait that knows no contexts.
    /// struct Items(usize);
    ///
    /// impl std::fmt::Display for Items {
    ///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    ///         let text = Ctx::current(|ctx| -> PyResult<String> {
    ///             ctx.list(0..self.0)?.repr()?.extract()
    ///         });
    ///         f.write_str(&text.ok_or(std::fmt::Error)?.map_err(|_| std::fmt::Error)?)
    ///     }
    /// }
    ///
    /// fn shown(ctx: Ctx<'_>, length: usize) -> String {
    ///     ctx.make_current(|| format!("<{}>", Items(length)))
    /// }
    ///
    /// fn define(m: &mut ModuleDef) {
    ///     m.function(c"shown", c"", shown)
    ///         .function(c"has_current", c"", |_: Ctx<'_>| Ctx::current(|_| ()).is_some());
    /// }
    /// # hpy_bindings::module!("example", define);
    ///
    /// // >>> example.shown(3), example.has_current()
    /// // ('<[0, 1, 2]>', False)
    /// ```
    pub fn make_current<R>(self, work: impl FnOnce() -> R) -> R {
        check();
        let _current = Current::begin(self.call.as_ptr());
        work()
    }

    /// Does `work` with the context that this thread has made current; `None` where there is
    /// none: outside of [`Ctx::make_current`], in another thread, within `leave_python`, and
    /// in what Python code calls meanwhile.
    ///
    /// What `work` makes of Python's cannot be kept longer than that.
    pub fn current<R>(work: impl FnOnce(Ctx<'_>) -> R) -> Option<R> {
        // SAFETY: `make_current` is further up on the stack, in a call that is good for longer;
        // since then, this thread has neither left the interpreter by `leave_python` nor called
        // the host, or has come back.
        let ctx = unsafe { CURRENT.get().as_ref() }?.ctx();
        is_attached().then(|| work(ctx))
    }
}

// -- the pending exception

/// Takes note that the exception of this number is pending.
pub(crate) fn begin_pending(number: u64) {
    let before = STATE.get();
    if before.pending() == 0 {
        count_up();
    }
    STATE.set(before.with_pending(number));
}

/// Returns `true` if the exception of this number is pending in this thread.
pub(crate) fn is_pending(number: u64) -> bool {
    let state = STATE.get();
    state.pending() == number && !state.has(DROPPED)
}

/// Takes note that nobody refers to the exception of this number. `false` where it is not
/// pending in this thread.
pub(crate) fn drop_pending(number: u64) -> bool {
    let state = STATE.get();
    let pending = state.pending() == number;
    if pending {
        STATE.set(State(state.0 | DROPPED));
    }
    pending
}

/// Takes note that nothing is pending any more. Returns the number of the exception, and
/// whether nobody refers to it.
pub(crate) fn end_pending() -> Option<(u64, bool)> {
    let state = STATE.get();
    if state.pending() == 0 {
        return None;
    }
    count_down();
    STATE.set(state.with_pending(0));
    Some((state.pending(), state.has(DROPPED)))
}

impl Ctx<'_> {
    /// Returns the context for a call of the host; panics where this thread has left the
    /// interpreter. An exception that is pending goes out of the way first, but for calls
    /// that may meet one.
    #[inline(always)]
    pub(super) fn for_call(self, may_meet: bool) -> *mut HPyContext {
        if is_unusual() {
            self.prepare(may_meet);
        }
        self.raw().as_ptr()
    }

    #[cold]
    #[inline(never)]
    fn prepare(self, may_meet: bool) {
        let state = STATE.get();
        if state.has(LEFT) {
            refuse();
        }
        if state.pending() != 0 && !may_meet {
            pending::set_aside(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_without_the_interpreter_until_it_comes_back_or_is_called() {
        assert!(is_attached());
        let away = Away::begin();
        assert!(!is_attached());
        std::thread::scope(|scope| scope.spawn(|| assert!(is_attached())).join().unwrap());
        let entered = Entered::begin();
        assert!(is_attached());
        entered.end();
        assert!(!is_attached());
        assert!(std::panic::catch_unwind(check).is_err());
        assert!(std::panic::catch_unwind(may_drop).is_err());
        drop(away);
        assert!(is_attached());
        assert!(may_drop());
    }

    #[test]
    fn one_exception_is_pending_at_a_time() {
        assert_eq!(end_pending(), None);
        begin_pending(5);
        assert!(is_pending(5) && !is_pending(6) && !drop_pending(6));
        let entered = Entered::begin();
        assert!(!is_pending(5) && end_pending().is_none());
        entered.end();
        begin_pending(6);
        assert!(is_pending(6) && !is_pending(5));
        assert!(drop_pending(6));
        assert!(!is_pending(6));
        assert_eq!(end_pending(), Some((6, true)));
        assert_eq!(end_pending(), None);
    }
}
