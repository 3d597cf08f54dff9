// SPDX-License-Identifier: MIT OR Apache-2.0

//! Results of Rust functions for slots that want no object, or not always one.

use std::cmp::Ordering;

use crate::api::Ctx;
use crate::class::Class;
use crate::convert::{IntoPy, OrNotImplemented};
use crate::error::{Exception, IntoPyErr, PyErr, PyResult};
use crate::handle::Handle;

/// The result of a function for a slot that wants a C value: the value or a result of it.
pub trait IntoResult<V> {
    #[doc(hidden)]
    fn into_result(self) -> PyResult<V>;
}

macro_rules! plain_values {
    ($([$($param:tt)*] $value:ty;)*) => {$(
        impl<$($param)*> IntoResult<$value> for $value {
            fn into_result(self) -> PyResult<$value> {
                Ok(self)
            }
        }
        impl<E: IntoPyErr, $($param)*> IntoResult<$value> for Result<$value, E> {
            fn into_result(self) -> PyResult<$value> {
                self.map_err(IntoPyErr::into_py_err)
            }
        }
    )*};
}

plain_values! { [] (); [] bool; [] usize; [] u64; [] Ordering; [T: Class] T; }

/// The result of a function that may leave the work to the other operand: a value, an
/// [`OrNotImplemented`], or a result of either.
pub trait OperatorResult<V> {
    /// Returns `None` for `NotImplemented`.
    #[doc(hidden)]
    fn into_operator_result(self) -> PyResult<Option<V>>;
}

macro_rules! answers {
    ($($value:ty)*) => {$(
        impl OperatorResult<$value> for $value {
            fn into_operator_result(self) -> PyResult<Option<$value>> {
                Ok(Some(self))
            }
        }
    )*};
}

answers! { () bool }

impl<V> OperatorResult<V> for OrNotImplemented<V> {
    fn into_operator_result(self) -> PyResult<Option<V>> {
        Ok(self.0)
    }
}

impl<V, A: OperatorResult<V>, E: IntoPyErr> OperatorResult<V> for Result<A, E> {
    fn into_operator_result(self) -> PyResult<Option<V>> {
        self.map_err(IntoPyErr::into_py_err)?.into_operator_result()
    }
}

/// Returns `None`, for `NotImplemented`, where an operand could not be converted: one of another
/// type, an int that is too large, a text that is not UTF-8. What is no `Exception`, such as a
/// KeyboardInterrupt, stays an error.
pub(crate) fn if_it_fits<R>(ctx: Ctx<'_>, converted: PyResult<R>) -> PyResult<Option<R>> {
    match converted {
        Err(error) if error.is(ctx, Exception::Exception) => {
            error.forget(ctx);
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// The result of a step of an iterator; `None` ends the iteration.
pub trait IterationResult {
    #[doc(hidden)]
    fn into_next(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>>;
}

impl<T: IntoPy> IterationResult for Option<T> {
    fn into_next(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.ok_or_else(PyErr::stop_iteration)?.into_py(ctx)
    }
}

impl<T: IntoPy, E: IntoPyErr> IterationResult for Result<Option<T>, E> {
    fn into_next(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.map_err(IntoPyErr::into_py_err)?.into_next(ctx)
    }
}
