// SPDX-License-Identifier: MIT OR Apache-2.0

//! Getting hold of an exception as an object.

use crate::api::Ctx;
use crate::error::PyResult;
use crate::handle::Handle;
use crate::trampoline::contain;

impl<'c> Ctx<'c> {
    /// Does `work`, and returns the exception as an object if it fails, of whatever
    /// class (`KeyboardInterrupt` and `StopIteration` too; a panic is a `RuntimeError`).
    ///
    /// [`PyErr::object`](crate::PyErr::object) raises the exception again. An outer error is
    /// one of the machinery, such as `MemoryError`.
    ///
    /// ```
    /// use hpy_bindings::{Borrowed, Ctx, PyErr, PyResult};
    ///
    /// fn first_line(ctx: Ctx<'_>, file: Borrowed<'_>) -> PyResult<String> {
    ///     match ctx.catch(|_| file.call_method(c"readline", &[])?.extract::<String>())? {
    ///         Ok(line) => Ok(line),
    ///         Err(error) => {
    ///             error.call_method(c"add_note", &[file.repr()?.as_borrowed()])?;
    ///             Err(PyErr::object(error.as_borrowed()))
    ///         }
    ///     }
    /// }
    /// ```
    pub fn catch<T>(
        self,
        work: impl FnOnce(Ctx<'_>) -> PyResult<T>,
    ) -> PyResult<Result<T, Handle<'c>>> {
        match contain(|| work(self)) {
            Ok(done) => Ok(Ok(done)),
            Err(error) => error.into_object(self).map(Err),
        }
    }
}
