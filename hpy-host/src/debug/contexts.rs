// SPDX-License-Identifier: MIT OR Apache-2.0

//! The contexts of the debug mode: every call of a module's function gets one, so that one
//! that is kept is noticed.

use super::{Name, fatal, handles, members};
use crate::context;
use crate::inherited::find_symbol;
use hpy_shim::{HPy, HPyContext};
use std::cell::{Cell, UnsafeCell};
use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;

/// What the host knows of a context; its member `_private` points there.
struct State {
    /// True while the call lasts; for ever of the one that modules' trampolines have.
    lasts: Cell<bool>,
    /// True between leaving and entering the interpreter.
    left: Cell<bool>,
}

struct Shared(UnsafeCell<Contexts>);
// SAFETY: it is used with the GIL held only.
unsafe impl Sync for Shared {}

struct Contexts {
    /// The one of modules' trampolines, which all others are copies of.
    first: *mut HPyContext,
    /// Of calls that have ended.
    ended: VecDeque<*mut HPyContext>,
}

static CONTEXTS: Shared = Shared(UnsafeCell::new(Contexts {
    first: ptr::null_mut(),
    ended: VecDeque::new(),
}));

thread_local! {
    /// The context of the innermost call in this thread.
    static INNERMOST: Cell<*mut HPyContext> = const { Cell::new(ptr::null_mut()) };
}

/// A context is used again once so many others have been: one that was kept is noticed until
/// then.
const RESTING: usize = 64;

unsafe fn copy(of: &HPyContext) -> *mut HPyContext {
    let state = Box::new(State {
        lasts: Cell::new(true),
        left: Cell::new(false),
    });
    let mut made = *of;
    made._private = Box::into_raw(state).cast();
    Box::into_raw(Box::new(made))
}

/// Returns the context for modules' trampolines, made when it is first asked for.
pub unsafe fn first() -> *mut HPyContext {
    let contexts = &mut *CONTEXTS.0.get();
    if contexts.first.is_null() {
        let mut made = *context::get();
        made.name = c"HPy Universal ABI (hpy-host, debug mode)".as_ptr();
        members::fill(&mut made);
        each_constant(&mut made, |constant| handles::constant(constant));
        contexts.first = copy(&made);
    }
    contexts.first
}

/// Replaces the members that are no functions.
unsafe fn each_constant(context: &mut HPyContext, with: impl Fn(HPy) -> HPy) {
    use std::mem::offset_of;
    const WORD: usize = size_of::<HPy>();
    let groups = [
        (
            offset_of!(HPyContext, h_None),
            offset_of!(HPyContext, ctx_Dup),
        ),
        (
            offset_of!(HPyContext, h_ComplexType),
            offset_of!(HPyContext, ctx_Capsule_New),
        ),
    ];
    let start = ptr::from_mut(context).cast::<u8>();
    for at in groups
        .into_iter()
        .flat_map(|(from, to)| (from..to).step_by(WORD))
    {
        // SAFETY: constants alone lie between these members.
        let place = start.add(at).cast::<HPy>();
        *place = with(*place);
    }
}

/// A call of a module's function, with a context of its own.
pub struct Call {
    pub context: *mut HPyContext,
    outer: *mut HPyContext,
}

impl Call {
    pub unsafe fn begin() -> Call {
        let first = first();
        let ended = &mut (*CONTEXTS.0.get()).ended;
        let context = if ended.len() > RESTING {
            ended.pop_front().unwrap_or(first)
        } else {
            copy(&*first)
        };
        state(context).lasts.set(true);
        let outer = INNERMOST.replace(context);
        Call { context, outer }
    }

    pub unsafe fn end(&self) {
        INNERMOST.set(self.outer);
        state(self.context).lasts.set(false);
        (*CONTEXTS.0.get()).ended.push_back(self.context);
    }
}

unsafe fn state<'a>(ctx: *mut HPyContext) -> &'a State {
    &*(*ctx)._private.cast()
}

/// Checks, for the member at an offset, that its context may be used here and now; returns the
/// member's name. Ends the process otherwise.
#[inline]
pub unsafe fn enter(ctx: *mut HPyContext, at: usize) -> Name {
    let by = members::name(at);
    here(ctx, by);
    by
}

/// Checks that a context may be used here and now.
pub unsafe fn here(ctx: *mut HPyContext, by: Name) {
    let state = state(ctx);
    if ctx == (*CONTEXTS.0.get()).first {
        if !holds_the_gil() {
            fatal(&format!("{by} was called without the GIL"));
        }
    } else if !state.lasts.get() {
        fatal(&format!(
            "{by} was called with the context of a call that has ended: a context must not be kept"
        ));
    } else if INNERMOST.get() != ctx {
        fatal(&format!(
            "{by} was called with a wrong context: that of another call, or of another thread's"
        ));
    }
    if state.left.get() {
        fatal(&format!(
            "{by} was called after HPy_LeavePythonExecution and before HPy_ReenterPythonExecution"
        ));
    }
}

/// Notes that the call leaves the interpreter.
pub unsafe fn leave(ctx: *mut HPyContext) {
    // The one of all calls has no such state.
    state(ctx).left.set(ctx != (*CONTEXTS.0.get()).first);
}

/// Notes that the call is back in the interpreter.
pub unsafe fn reenter(ctx: *mut HPyContext) {
    state(ctx).left.set(false);
}

/// True where CPython does not say.
unsafe fn holds_the_gil() -> bool {
    // It is not in the stable ABI.
    let check: *mut c_void = find_symbol(&[c"PyGILState_Check"]);
    // SAFETY: CPython's function of this name has this signature.
    check.is_null() || transmute::<*mut c_void, unsafe extern "C" fn() -> c_int>(check)() != 0
}
