// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the attribute macros call beside the builder.

use std::cmp::Ordering;
use std::marker::PhantomData;

use crate::api::Ctx;
use crate::class::{Class, ClassDef};
use crate::convert::OrNotImplemented;
use crate::error::{IntoPyErr, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::operators::Compare;
use crate::results::{self, IterationResult, OperatorResult};

pub use crate::convert::{Parts, expected};
pub use crate::receiver::{
    Arguments, Fetches, FromReceiver, Makes, Maybe, MethodFetches, MethodGives, Receiver,
};
pub use crate::results::IntoResult;

/// A class whose methods `#[pymethods]` declares.
pub trait PyMethods: Class {
    /// Declares them.
    fn define_methods(class: &mut ClassDef<Self>);
}

/// The methods of a class, if it has any: of two traits the compiler takes the one that needs
/// one reference less.
pub struct Methods<T>(PhantomData<T>);

impl<T> Methods<T> {
    /// The only value.
    pub const NEW: Self = Methods(PhantomData);
}

/// Declares the methods that there are.
pub trait WithMethods<T> {
    /// Declares them.
    fn define_methods(&self, class: &mut ClassDef<T>);
}

impl<T: PyMethods> WithMethods<T> for Methods<T> {
    fn define_methods(&self, class: &mut ClassDef<T>) {
        T::define_methods(class);
    }
}

/// Declares no methods.
pub trait WithoutMethods<T> {
    /// Does nothing.
    fn define_methods(&self, class: &mut ClassDef<T>);
}

impl<T> WithoutMethods<T> for &Methods<T> {
    fn define_methods(&self, _: &mut ClassDef<T>) {}
}

/// The result of `__hash__`: an int of Rust's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hash",
    note = "return a `u64`, another int of 64 bits, or a result of one"
)]
pub trait HashValue {
    /// Returns its bits.
    fn into_hash(self) -> PyResult<u64>;
}

macro_rules! hashes {
    ($($int:ty)*) => {$(
        impl HashValue for $int {
            fn into_hash(self) -> PyResult<u64> {
                Ok(self as u64)
            }
        }
    )*};
}

hashes! { u64 i64 usize isize }

impl<T: HashValue, E: IntoPyErr> HashValue for Result<T, E> {
    fn into_hash(self) -> PyResult<u64> {
        self.map_err(IntoPyErr::into_py_err)?.into_hash()
    }
}

/// Converts the result of a step of an iterator.
#[inline(always)]
pub fn into_next<R: IterationResult>(ctx: Ctx<'_>, step: R) -> PyResult<Handle<'_>> {
    step.into_next(ctx)
}

/// Converts the result of an operator that changes its object.
#[inline(always)]
pub fn or_not_implemented<R: OperatorResult<()>>(done: R) -> PyResult<OrNotImplemented<()>> {
    done.into_operator_result().map(OrNotImplemented)
}

/// Converts the result of a comparison; `None` is `NotImplemented`.
#[inline(always)]
pub fn answer<R: OperatorResult<bool>>(answer: R) -> PyResult<Option<bool>> {
    answer.into_operator_result()
}

/// Answers a comparison by equality alone.
pub fn equality(how: Compare, equal: bool) -> Option<bool> {
    match how {
        Compare::Eq => Some(equal),
        Compare::Ne => Some(!equal),
        _ => None,
    }
}

/// Answers a comparison by an order in which not all values have a place.
pub fn partial_order(how: Compare, order: Option<Ordering>) -> Option<bool> {
    Some(order.map_or(how == Compare::Ne, |order| how.holds(order)))
}

/// Returns `None` where a value cannot be converted.
pub fn if_it_fits<R>(value: Borrowed<'_>, converted: Result<R, PyErr>) -> PyResult<Option<R>> {
    results::if_it_fits(value.ctx(), converted)
}
