// SPDX-License-Identifier: MIT OR Apache-2.0

//! Drops of shared values within shared values: a chain of millions must not need a stack as
//! deep.

use std::cell::{Cell, RefCell};
use std::mem::needs_drop;

type PutOff = Box<dyn FnOnce()>;

thread_local! {
    /// The number of values that this thread is dropping, each within the one before.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The drops that are left to the outermost of them.
    static PUT_OFF: RefCell<Vec<PutOff>> = const { RefCell::new(Vec::new()) };
}

/// The depth from which on drops are put off.
const DEEPEST: usize = 100;

struct Level;

impl Level {
    fn deeper() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Level
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Drops a value, at the latest when the outermost value that is being dropped is gone.
///
/// # Safety
/// `T` has no references that end: it is `'static`, though its bounds need not say so.
pub(crate) unsafe fn drop_value<T>(value: T) {
    if !needs_drop::<T>() {
        return;
    }
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        let drop: Box<dyn FnOnce() + '_> = Box::new(move || drop(value));
        // SAFETY: the caller's promise: what is in there is good for ever.
        let drop = unsafe { std::mem::transmute::<Box<dyn FnOnce() + '_>, PutOff>(drop) };
        // At the end of a thread the list is gone, and the value is dropped here.
        let _ = PUT_OFF.try_with(|put_off| put_off.borrow_mut().push(drop));
        return;
    }
    let _level = Level::deeper();
    drop(value);
    if depth == 0 {
        while let Some(drop) = next_put_off() {
            drop();
        }
    }
}

fn next_put_off() -> Option<PutOff> {
    let next = PUT_OFF.try_with(|put_off| put_off.borrow_mut().pop());
    next.ok().flatten()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crate::shared::Shared;

    static ALIVE: AtomicUsize = AtomicUsize::new(0);

    struct Link(#[allow(dead_code)] Option<Shared<Link>>);

    impl Drop for Link {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_long_chain_is_dropped() {
        let mut chain = None;
        for _ in 0..1_000_000 {
            ALIVE.fetch_add(1, Ordering::Relaxed);
            chain = Some(Shared::new(Link(chain)));
        }
        let middle = chain.clone();
        drop(chain);
        assert_eq!(ALIVE.load(Ordering::Relaxed), 1_000_000);
        drop(middle);
        assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
    }
}
