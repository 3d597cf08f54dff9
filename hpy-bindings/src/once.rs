// SPDX-License-Identifier: MIT OR Apache-2.0

//! A value that is made once, by code that may use Python.

use std::fmt;
use std::sync::OnceLock;

use crate::api::{Ctx, thread_state};

/// A value that is made when it is first asked for, by code that may use Python.
///
/// `std::sync::OnceLock` lets other threads wait while one makes the value. Where they hold the
/// interpreter and the one needs it, all wait for ever. Here nobody waits: threads that ask at the
/// same time each make a value, the first that is ready stays, and the others are dropped. So the
/// work must be such that it can be done twice. What is asked for while it is being made, by the
/// same thread, is no deadlock either. A process that is forked meanwhile finds it unmade or made.
///
/// For Python objects there is [`Global`](crate::Global), for values that are made exactly once
/// a [`Mutex`](crate::Mutex) around an `Option`.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Ctx, OnceCell, PyResult, pyfunction};
///
/// static SEPARATOR: OnceCell<String> = OnceCell::new();
///
/// #[pyfunction]
/// fn in_a_path(ctx: Ctx<'_>, name: &str) -> PyResult<String> {
///     let ask = || ctx.import(c"os")?.attr(c"sep")?.extract();
///     let separator = SEPARATOR.get_or_try_init(ctx, ask)?;
///     Ok(format!("{separator}{name}"))
/// }
/// # }
///
/// // >>> example.in_a_path("usr")
/// // '/usr'
/// ```
pub struct OnceCell<T>(OnceLock<T>);

impl<T> OnceCell<T> {
    /// Makes an empty cell.
    pub const fn new() -> Self {
        OnceCell(OnceLock::new())
    }

    /// Returns the value, if it was made.
    pub fn get(&self) -> Option<&T> {
        self.0.get()
    }

    /// Returns the value for a change, if it was made.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.0.get_mut()
    }

    /// Sets the value; returns it where there is one already.
    pub fn set(&self, _: Ctx<'_>, value: T) -> Result<(), T> {
        // Whoever sets it holds the interpreter: nobody waits, nor is the process forked meanwhile.
        thread_state::check();
        self.0.set(value)
    }

    /// Returns the value; where there is none yet, it is what `make` returns.
    pub fn get_or_init(&self, ctx: Ctx<'_>, make: impl FnOnce() -> T) -> &T {
        let made = self.get_or_try_init(ctx, || Ok::<T, std::convert::Infallible>(make()));
        made.unwrap_or_else(|never| match never {})
    }

    /// Returns the value likewise; after an error there is still none.
    pub fn get_or_try_init<E>(
        &self,
        ctx: Ctx<'_>,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        if let Some(value) = self.0.get() {
            return Ok(value);
        }
        let late = self.set(ctx, make()?);
        let value = self.0.get().expect("set in the line before, or by others");
        drop(late); // runs code of others, which may ask for the value
        Ok(value)
    }

    /// Takes the value out.
    pub fn into_inner(self) -> Option<T> {
        self.0.into_inner()
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        OnceCell::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnceCell").field(&self.get()).finish()
    }
}
