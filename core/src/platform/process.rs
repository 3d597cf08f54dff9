// SPDX-License-Identifier: GPL-2.0-or-later

//! What belongs to one process, and is of no use in those that it forks.

use std::mem::forget;

/// A value that other threads of this process have a part in.
///
/// A forked child has a copy, but not the threads: it would wait for ever for what they were
/// to send, or for a lock that one of them had. There, nothing can be had of it, and it is
/// not even dropped.
#[derive(Debug)]
pub(crate) struct OfProcess<T> {
    process: u32,
    value: Option<T>,
}

impl<T> OfProcess<T> {
    pub(crate) fn new(value: T) -> OfProcess<T> {
        OfProcess {
            process: std::process::id(),
            value: Some(value),
        }
    }

    fn is_here(&self) -> bool {
        self.process == std::process::id()
    }

    /// Returns the value, `None` in a child.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.is_here())
    }
}

impl<T> Drop for OfProcess<T> {
    fn drop(&mut self) {
        if !self.is_here() {
            forget(self.value.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn a_child_neither_gets_nor_drops_it() {
        let value = Rc::new(());
        let here = OfProcess::new(Rc::clone(&value));
        assert!(here.get().is_some());
        drop(here);
        assert_eq!(Rc::strong_count(&value), 1);
        let mut inherited = OfProcess::new(Rc::clone(&value));
        // as if this process had been forked from another one
        inherited.process ^= 1;
        assert!(inherited.get().is_none());
        drop(inherited);
        assert_eq!(Rc::strong_count(&value), 2);
    }
}
