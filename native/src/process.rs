//! What belongs to one process, and is of no use in those that it forks.

use std::mem::forget;

/// Something that other threads of this process have a part in.
///
/// A forked child has a copy, but not the threads: it would wait for ever for what they were
/// to send, or for a lock that one of them had. There, nothing can be had of it, and it is
/// not even dropped.
pub struct Own<T> {
    process: u32,
    value: Option<T>,
}

impl<T> Own<T> {
    pub fn new(value: T) -> Own<T> {
        Own {
            process: std::process::id(),
            value: Some(value),
        }
    }

    fn is_here(&self) -> bool {
        self.process == std::process::id()
    }

    /// The value, `None` in a child.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.is_here())
    }
}

impl<T> Drop for Own<T> {
    fn drop(&mut self) {
        if !self.is_here() {
            forget(self.value.take());
        }
    }
}
