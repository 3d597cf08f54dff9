// SPDX-License-Identifier: MIT OR Apache-2.0

//! A mutex that is waited for without the interpreter.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{self, PoisonError, TryLockError};

use crate::api::Ctx;
use crate::error::{Exception, PyErr, PyResult};

/// A mutex that is waited for without the interpreter, so that whoever holds it may use Python.
///
/// With `std::sync::Mutex`, a thread that waits holds the interpreter, and one that has the
/// mutex and calls Python needs it: both wait for ever. Here a thread leaves Python before it
/// waits. What can still not be waited for is an error:
///
/// - a mutex that this very thread has: RuntimeError;
/// - one that a thread had when the process was forked, which is not in this process: RuntimeError,
///   until the end of the child, as what it guards may be half changed;
/// - one whose holder panicked (“poisoned”): RuntimeError, until [`Mutex::clear_poison`].
///
/// Two mutexes that two threads take in another order still are a deadlock.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Borrowed, Ctx, Mutex, PyResult, pyfunction};
///
/// static LAST: Mutex<i64> = Mutex::new(0);
///
/// /// Calls `next`, one thread after the other.
/// #[pyfunction]
/// fn advance(ctx: Ctx<'_>, next: Borrowed<'_>) -> PyResult<i64> {
///     let mut last = LAST.lock(ctx)?;
///     *last = next.call(&[ctx.tuple([*last])?.item(0)?.as_borrowed()])?.extract()?;
///     Ok(*last)
/// }
/// # }
///
/// // >>> example.advance(lambda last: last + 2), example.advance(lambda last: last * 5)
/// // (2, 10)
/// // >>> example.advance(lambda last: example.advance(abs))
/// // Traceback (most recent call last):
/// // RuntimeError: this thread has the mutex already
/// ```
pub struct Mutex<T> {
    /// The process of the thread that has the mutex, times two; 0 for nobody. The lowest bit
    /// says that others may wait. All in one word, so that a child of a fork finds no half of it.
    state: AtomicU32,
    /// The thread that has it, if `state` says that one has.
    thread: AtomicUsize,
    /// Nobody waits for this one: whoever has the mutex has it to itself.
    value: sync::Mutex<T>,
}

const WAITING: u32 = 1;

/// Returns a number that no other thread has.
fn this_thread() -> usize {
    thread_local!(static PLACE: u8 = const { 0 });
    PLACE.with(|place| std::ptr::from_ref(place).addr())
}

/// Returns the state of a mutex that a thread of this process has.
fn this_process() -> u32 {
    // Linux has 22 bits of them.
    hpy_shim::process() << 1
}

impl<T> Mutex<T> {
    /// Makes a mutex that nobody has.
    pub const fn new(value: T) -> Self {
        Mutex {
            state: AtomicU32::new(0),
            thread: AtomicUsize::new(0),
            value: sync::Mutex::new(value),
        }
    }

    /// Takes the mutex; waits for it without the interpreter.
    pub fn lock<'m>(&'m self, ctx: Ctx<'_>) -> PyResult<MutexGuard<'m, T>>
    where
        T: Send,
    {
        if !self.take_at_once() {
            self.check_holder()?;
            ctx.leave_python(|| self.take())?;
        }
        self.taken()
    }

    /// Takes the mutex in a thread that does not hold the interpreter: within
    /// [`Ctx::leave_python`], or in one of Rust's. Where a thread has it, that waits for whoever
    /// holds the mutex and perhaps needs the interpreter.
    pub fn lock_outside(&self) -> PyResult<MutexGuard<'_, T>> {
        if !self.take_at_once() {
            self.check_holder()?;
            self.take()?;
        }
        self.taken()
    }

    /// Takes the mutex if nobody has it.
    pub fn try_lock(&self) -> PyResult<Option<MutexGuard<'_, T>>> {
        if self.take_at_once() {
            self.taken().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Returns `true` if a thread has panicked while it had the mutex.
    pub fn is_poisoned(&self) -> bool {
        self.value.is_poisoned()
    }

    /// Lets the mutex be taken again after a panic.
    pub fn clear_poison(&self) {
        self.value.clear_poison();
    }

    /// Takes the value out, whoever may have panicked.
    pub fn into_inner(self) -> T {
        self.value
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn take_at_once(&self) -> bool {
        self.exchange(0, this_process())
    }

    fn exchange(&self, before: u32, after: u32) -> bool {
        let state = &self.state;
        state
            .compare_exchange(before, after, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Waits until nobody has the mutex, and takes it.
    fn take(&self) -> PyResult<()> {
        let this = this_process();
        loop {
            let state = self.state.load(Ordering::Relaxed);
            if state == 0 {
                // Others may wait as well.
                if self.exchange(0, this | WAITING) {
                    return Ok(());
                }
            } else if state & !WAITING != this {
                return Err(lost());
            } else if state & WAITING != 0 || self.exchange(state, state | WAITING) {
                atomic_wait::wait(&self.state, state | WAITING);
            }
        }
    }

    /// Checks that it makes sense to wait for whoever has the mutex.
    fn check_holder(&self) -> PyResult<()> {
        let ours = self.state.load(Ordering::Relaxed) & !WAITING == this_process();
        if ours && self.thread.load(Ordering::Relaxed) == this_thread() {
            return Err(refused("this thread has the mutex already"));
        }
        Ok(())
    }

    /// Returns the guard of the mutex, which this thread has taken.
    fn taken(&self) -> PyResult<MutexGuard<'_, T>> {
        self.thread.store(this_thread(), Ordering::Relaxed);
        match self.value.try_lock() {
            Ok(value) => Ok(MutexGuard {
                mutex: self,
                value: Some(value),
            }),
            Err(error) => {
                let error = match error {
                    TryLockError::Poisoned(_) => refused("a thread panicked that had the mutex"),
                    // A thread had it when the process was forked, and the guard was leaked since.
                    TryLockError::WouldBlock => lost(),
                };
                self.release();
                Err(error)
            }
        }
    }

    fn release(&self) {
        self.thread.store(0, Ordering::Relaxed);
        if self.state.swap(0, Ordering::Release) & WAITING != 0 {
            atomic_wait::wake_one(&raw const self.state);
        }
    }
}

#[cold]
fn refused(message: &str) -> PyErr {
    PyErr::new(Exception::Runtime, message)
}

#[cold]
fn lost() -> PyErr {
    refused("a thread had the mutex when the process was forked, and is not in this one")
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.state.load(Ordering::Relaxed) != 0;
        f.debug_struct("Mutex").field("taken", &taken).finish()
    }
}

/// The right to use what a [`Mutex`] guards, until it is dropped.
///
/// ```
/// # use hpy_bindings::{Ctx, Mutex, MutexGuard, PyResult};
/// fn add(ctx: Ctx<'_>, numbers: &Mutex<Vec<i64>>, number: i64) -> PyResult<()> {
///     let mut numbers: MutexGuard<'_, Vec<i64>> = numbers.lock(ctx)?;
///     numbers.push(number);
///     Ok(())
/// }
/// ```
pub struct MutexGuard<'m, T> {
    mutex: &'m Mutex<T>,
    /// `None` while it is dropped.
    value: Option<sync::MutexGuard<'m, T>>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.value.as_ref().expect("there until it is dropped")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("there until it is dropped")
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        // Before others may take it; it takes note of a panic.
        self.value = None;
        self.mutex.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn one_thread_at_a_time() {
        let (sum, inside) = (Mutex::new(0_u64), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        let mut sum = sum.lock_outside().unwrap();
                        assert!(!inside.swap(true, Ordering::Relaxed));
                        *sum += 1;
                        inside.store(false, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 40_000);
    }

    #[test]
    fn who_has_it_cannot_wait_for_it() {
        let mutex = Mutex::new(());
        let guard = mutex.lock_outside().unwrap();
        assert!(mutex.try_lock().unwrap().is_none());
        assert!(mutex.lock_outside().is_err());
        drop(guard);
        assert!(mutex.lock_outside().is_ok());
    }

    #[test]
    fn a_panic_is_told() {
        let mutex = Mutex::new(1);
        let panicked = std::thread::scope(|scope| {
            let work = || {
                let _guard = mutex.lock_outside();
                panic!("while it has the mutex");
            };
            scope.spawn(work).join()
        });
        assert!(panicked.is_err());
        assert!(mutex.is_poisoned());
        assert!(mutex.lock_outside().is_err() && mutex.try_lock().is_err());
        mutex.clear_poison();
        assert_eq!(*mutex.lock_outside().unwrap(), 1);
    }

    #[test]
    fn what_another_process_has_is_no_deadlock() {
        let mutex = Mutex::new(());
        mutex.state.store(this_process() + 2, Ordering::Relaxed);
        assert!(mutex.lock_outside().is_err());
    }
}
