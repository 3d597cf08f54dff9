//! Contexts of calls within calls.
//!
//! The debug mode of hpy gives each native call a context of its own, and aborts where
//! another one is used meanwhile. Work that [`Ctx::catch`] runs is a call within a call,
//! but uses handles of the outer one. So calls by the outer context go to the inner one
//! as long as that work runs. All other hosts have one context only.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_shim::HPyContext;

use crate::api::Ctx;

/// How many pairs there are, in all threads: nearly always 0.
static PAIRS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Outer and inner contexts, in the order in which the calls began.
    static NESTED: RefCell<Vec<[*mut HPyContext; 2]>> = const { RefCell::new(Vec::new()) };
}

/// Ends the work of an inner context.
pub(crate) struct Nested(bool);

impl Drop for Nested {
    fn drop(&mut self) {
        if self.0 {
            NESTED.with_borrow_mut(|pairs| pairs.pop());
            PAIRS.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Ctx<'_> {
    /// Until the guard is dropped, calls by `self` go to `inner`.
    pub(crate) fn nest(self, inner: Ctx<'_>) -> Nested {
        let pair = [self.raw.as_ptr(), inner.raw.as_ptr()];
        let differ = pair[0] != pair[1];
        if differ {
            PAIRS.fetch_add(1, Ordering::Relaxed);
            NESTED.with_borrow_mut(|pairs| pairs.push(pair));
        }
        Nested(differ)
    }

    /// The context by which calls are made now.
    #[inline(always)]
    pub(super) fn current(self) -> *mut HPyContext {
        match PAIRS.load(Ordering::Relaxed) {
            0 => self.raw.as_ptr(),
            _ => self.innermost(),
        }
    }

    #[cold]
    fn innermost(self) -> *mut HPyContext {
        let inner = |raw, pair: &[*mut HPyContext; 2]| if pair[0] == raw { pair[1] } else { raw };
        NESTED.with_borrow(|pairs| pairs.iter().fold(self.raw.as_ptr(), inner))
    }
}
