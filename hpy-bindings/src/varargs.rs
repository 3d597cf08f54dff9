// SPDX-License-Identifier: MIT OR Apache-2.0

//! `*args` without a tuple.

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::convert::FromPy;
use crate::error::PyResult;
use crate::handle::Borrowed;

/// The parameter of `*args` that takes the arguments as they come, without a tuple.
///
/// Hosts pass arguments in an array; a parameter of any other type gets a tuple that is made of
/// its rest. This one borrows it.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{PyResult, VarArgs, pyfunction};
///
/// #[pyfunction(signature = (start, *terms, factor=1))]
/// fn summed(start: i64, terms: VarArgs<'_>, factor: i64) -> PyResult<i64> {
///     let terms: Vec<i64> = terms.extract()?;
///     Ok(start + factor * terms.iter().sum::<i64>())
/// }
/// # }
///
/// // >>> example.summed(1), example.summed(1, 2, 3), example.summed(1, 2, 3, factor=10)
/// // (1, 6, 51)
/// ```
#[derive(Clone, Copy)]
pub struct VarArgs<'a> {
    ctx: Ctx<'a>,
    given: &'a [HPy],
}

impl<'a> VarArgs<'a> {
    pub(crate) fn new(ctx: Ctx<'a>, given: &'a [HPy]) -> Self {
        VarArgs { ctx, given }
    }

    /// Returns the number of arguments.
    pub fn len(self) -> usize {
        self.given.len()
    }

    /// Returns `true` if there are none.
    pub fn is_empty(self) -> bool {
        self.given.is_empty()
    }

    /// Returns the argument of this number, if there are that many.
    pub fn get(self, index: usize) -> Option<Borrowed<'a>> {
        let raw = self.given.get(index)?;
        Some(Borrowed::new(self.ctx, *raw))
    }

    /// Returns the arguments in their order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Borrowed<'a>> {
        let ctx = self.ctx;
        self.given.iter().map(move |raw| Borrowed::new(ctx, *raw))
    }

    /// Converts all arguments.
    pub fn extract<T: FromPy>(self) -> PyResult<Vec<T>> {
        self.iter().map(T::from_py).collect()
    }
}
