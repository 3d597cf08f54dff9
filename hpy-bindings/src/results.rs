//! What Rust functions may return to a slot that wants no object, or not always one.

use std::cmp::Ordering;

use crate::api::Ctx;
use crate::class::Class;
use crate::convert::{IntoPy, OrNotImplemented};
use crate::error::{Exception, PyErr, PyResult, Raise};
use crate::handle::Handle;

/// What a function returns that C sees as a plain value: the value or a result of it.
pub trait Plainly<V> {
    #[doc(hidden)]
    fn plainly(self) -> PyResult<V>;
}

macro_rules! plain_values {
    ($([$($param:tt)*] $value:ty;)*) => {$(
        impl<$($param)*> Plainly<$value> for $value {
            fn plainly(self) -> PyResult<$value> {
                Ok(self)
            }
        }
        impl<E: Raise, $($param)*> Plainly<$value> for Result<$value, E> {
            fn plainly(self) -> PyResult<$value> {
                self.map_err(Raise::into_exception)
            }
        }
    )*};
}

plain_values! { [] (); [] bool; [] usize; [] u64; [] Ordering; [T: Class] T; }

/// What a function returns that may leave the work to the other operand: a value, an
/// [`OrNotImplemented`], or a result of either.
pub trait Answer<V> {
    /// `None` for `NotImplemented`.
    #[doc(hidden)]
    fn answer(self) -> PyResult<Option<V>>;
}

macro_rules! answers {
    ($($value:ty)*) => {$(
        impl Answer<$value> for $value {
            fn answer(self) -> PyResult<Option<$value>> {
                Ok(Some(self))
            }
        }
    )*};
}

answers! { () bool }

impl<V> Answer<V> for OrNotImplemented<V> {
    fn answer(self) -> PyResult<Option<V>> {
        Ok(self.0)
    }
}

impl<V, A: Answer<V>, E: Raise> Answer<V> for Result<A, E> {
    fn answer(self) -> PyResult<Option<V>> {
        self.map_err(Raise::into_exception)?.answer()
    }
}

/// `None`, for `NotImplemented`, where an operand is of a type that `result` could not be
/// made of.
pub(crate) fn if_operands_fit<R>(ctx: Ctx<'_>, result: PyResult<R>) -> PyResult<Option<R>> {
    match result {
        Err(error) if error.is(ctx, Exception::Type) => {
            error.forget(ctx);
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// The result of a step of an iterator; `None` ends the iteration.
pub trait Step {
    #[doc(hidden)]
    fn into_step(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>>;
}

impl<T: IntoPy> Step for Option<T> {
    fn into_step(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.ok_or_else(PyErr::stop_iteration)?.into_py(ctx)
    }
}

impl<T: IntoPy, E: Raise> Step for Result<Option<T>, E> {
    fn into_step(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.map_err(Raise::into_exception)?.into_step(ctx)
    }
}
