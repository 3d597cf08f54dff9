// SPDX-License-Identifier: MIT OR Apache-2.0

//! Iteration, by the functions `iter` and `next`: the ABI has none.

use crate::api::Ctx;
use crate::error::{Exception, PyResult};
use crate::handle::{Borrowed, Handle};

/// Iterates over a Python object, for as long as its context is good. An error ends it.
///
/// ```
/// use hpy_bindings::{exactly, Borrowed, Handle, ModuleDef, PyResult};
///
/// fn first_true<'c>(module: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
///     let [items] = exactly(args)?;
///     for item in items.iter()? {
///         let item = item?;
///         if item.truth()? {
///             return Ok(item);
///         }
///     }
///     Ok(module.ctx().none())
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function_raw(c"first_true", c"", first_true);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.first_true(iter([0, "", "this", 1]))
/// // 'this'
/// // >>> example.first_true(3)
/// // Traceback (most recent call last):
/// // TypeError: 'int' object is not iterable
/// ```
pub struct Iter<'c> {
    ctx: Ctx<'c>,
    /// The iterator and the function `next`; `None` after the end.
    steps: Option<(Handle<'c>, Handle<'c>)>,
}

methods! {
    /// Begins an iteration, as `for` does.
    |ctx, this| iter() -> PyResult<Iter<'c>> {
        let iterator = ctx.builtin(c"iter")?.call(&[this])?;
        let next = ctx.builtin(c"next")?;
        Ok(Iter { ctx, steps: Some((iterator, next)) })
    }
}

impl<'c> Iterator for Iter<'c> {
    type Item = PyResult<Handle<'c>>;

    fn next(&mut self) -> Option<Self::Item> {
        let (iterator, next) = self.steps.as_ref()?;
        match next.call(&[iterator.as_borrowed()]) {
            Ok(item) => Some(Ok(item)),
            Err(error) => {
                self.steps = None;
                if error.is(self.ctx, Exception::StopIteration) {
                    error.forget(self.ctx);
                    return None;
                }
                Some(Err(error))
            }
        }
    }
}
