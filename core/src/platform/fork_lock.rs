// SPDX-License-Identifier: GPL-2.0-or-later

//! A lock around what can be found out again.

use std::process;
use std::sync::{Mutex, MutexGuard, TryLockError};

use once_cell::race::OnceBox;

/// A lock that a forked child can do without.
///
/// A thread may have it while another one forks; in the child, where that thread does not
/// exist, it is never given back. Whoever finds a lock taken that was made in another
/// process goes on with one of this process, and starts anew what is behind it.
#[derive(Debug)]
pub(crate) struct ForkLock<T> {
    value: Mutex<T>,
    process: u32,
    of_child: OnceBox<ForkLock<T>>,
}

impl<T> ForkLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            process: process::id(),
            of_child: OnceBox::new(),
        }
    }

    /// Waits for the lock; `start` makes the value that a child begins with.
    pub(crate) fn lock(&self, start: impl Fn() -> T) -> MutexGuard<'_, T> {
        let mut here = self;
        loop {
            match here.value.try_lock() {
                Ok(value) => return value,
                // a panic leaves nothing half done that matters
                Err(TryLockError::Poisoned(error)) => return error.into_inner(),
                Err(TryLockError::WouldBlock) if here.process == process::id() => {
                    return here.value.lock().unwrap_or_else(|e| e.into_inner());
                }
                Err(TryLockError::WouldBlock) => {
                    here = here.of_child.get_or_init(|| Box::new(Self::new(start())));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_does_not_wait_for_a_thread_of_its_parent() {
        let mut inherited = ForkLock::new(vec![1, 2, 3]);
        assert_eq!(*inherited.lock(Vec::new), [1, 2, 3]);
        // as if this process had been forked from another one
        inherited.process ^= 1;
        assert_eq!(*inherited.lock(Vec::new), [1, 2, 3]);
        let _lost = inherited.value.lock().unwrap();
        inherited.lock(|| vec![9]).push(10);
        assert_eq!(*inherited.lock(Vec::new), [9, 10]);
    }
}
