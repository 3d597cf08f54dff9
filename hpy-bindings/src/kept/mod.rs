// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python objects in Rust values.
//!
//! A value cannot hold an `HPyField`: PyPy's collector reads and moves what a field refers to
//! at any time, but a value is moved by its owner, shared with others, and changed by threads
//! without the interpreter. So a value holds the number of a place in a Python list
//! ([`table`]), and the objects whose values refer to the list have it in a field, which the
//! collector knows. Which objects take part in a call, and so where its lists are, is known to
//! the call ([`owners`]).

mod owners;
mod table;

pub(crate) use owners::{Owner, Owners};
use table::Place;
pub(crate) use table::Table;

use std::fmt;
use std::ptr::NonNull;

use crate::api::Ctx;
use crate::convert::{FromPy, IntoPy};
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};

/// A Python object that a Rust value keeps: alone, in a `Vec`, in a map, behind an `Arc`.
///
/// The value is that of a class that keeps objects (`#[pyclass(objects)]`, or
/// [`crate::Class::OBJECTS`]). Then Python's garbage collector sees the object, and frees cycles
/// through it, on every interpreter; there is nothing to write for that.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Ctx, Object, PyResult, pyclass, pymethods};
///
/// /// Calls whoever wants to know.
/// #[pyclass(objects)]
/// #[derive(Default)]
/// struct Bell {
///     listeners: Vec<Object>,
/// }
///
/// #[pymethods]
/// impl Bell {
///     #[new]
///     fn new() -> Self {
///         Bell::default()
///     }
///
///     fn add(&mut self, listener: Object) {
///         self.listeners.push(listener);
///     }
///
///     fn last(&self) -> Option<Object> {
///         self.listeners.last().cloned()
///     }
///
///     fn ring(&self, ctx: Ctx<'_>) -> PyResult<()> {
///         for listener in &self.listeners {
///             listener.get(ctx)?.call(&[])?;
///         }
///         Ok(())
///     }
/// }
/// # }
///
/// // >>> bell, heard = example.Bell(), []
/// // >>> bell.add(lambda: heard.append("ding"))
/// // >>> bell.ring(); bell.ring(); heard
/// // ['ding', 'ding']
/// // >>> bell.add(bell); bell.last() is bell
/// // True
/// ```
///
/// **Where it can be read.** [`Object::get`] finds an object while one of the Python objects that
/// keep it takes part in the call: as the object of the method, as an argument `&T` or
/// `Shared<T>`, or made in it. An `Object` goes from one value to another freely: those that take
/// part in a call in which one of them is changed or made keep their objects together from then
/// on. So what `Mutex`es in values that no call borrows for a change exchange, what is in a
/// `static`, or is made by a function without such a class, raises RuntimeError when it is
/// read; it is never another object.
///
/// **When it is let go of.** It can be cloned and dropped by any thread, with the interpreter or
/// without. The object behind it is let go of at the end of the call in which the last clone was
/// dropped; if that was elsewhere, with the objects that keep it or at the next such call.
///
/// Keeping, reading and letting go of one are a few operations of a list each: some
/// 10 ns on CPython. One takes a place in a list, and 32 bytes.
pub struct Object {
    /// Not an `Arc`: what lies behind an `Arc` itself is taken for a part of the value, which
    /// keys of maps must not change.
    place: NonNull<Place>,
}

// SAFETY: a `Place` is counted and given up without a lock, by any thread.
unsafe impl Send for Object {}
// SAFETY: likewise.
unsafe impl Sync for Object {}

impl Object {
    /// Keeps an object, for a value of one of the objects that take part in this call, or that
    /// are made in it.
    pub fn new(object: Borrowed<'_>) -> PyResult<Self> {
        let (table, number) = object.ctx().owners().keep(object)?;
        let place = Place::new(table, number);
        Ok(Object { place })
    }

    /// Returns the object; RuntimeError where none that keeps it takes part in this call.
    pub fn get<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        // SAFETY: this is one of its holders.
        let place = unsafe { self.place.as_ref() };
        let (table, number) = place.table().expect("a place with holders has a table");
        ctx.owners().find(table, number)
    }
}

impl Clone for Object {
    #[inline]
    fn clone(&self) -> Self {
        // SAFETY: this is one of its holders.
        unsafe { self.place.as_ref() }.hold();
        Object { place: self.place }
    }
}

impl Drop for Object {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the holder that `new` or `clone` counted.
        unsafe { Place::let_go(self.place) };
    }
}

impl FromPy for Object {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        Object::new(value)
    }
}

impl IntoPy for Object {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.get(ctx)
    }
}

impl IntoPy for &Object {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.get(ctx)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object").finish_non_exhaustive()
    }
}
