// SPDX-License-Identifier: MIT OR Apache-2.0

//! Owned and borrowed handles.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::convert::{FromPy, expected};
use crate::error::PyResult;

/// A reference to a Python object that this code owns: closed when dropped.
///
/// Cannot outlive its context, nor go to another thread.
///
/// ```
/// use hpy_bindings::{exactly, Borrowed, Handle, ModuleDef, PyResult};
///
/// /// Owned by this function until it is returned; whatever else was made is closed.
/// fn sorted<'c>(module: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
///     let [items] = exactly(args)?;
///     let list = module.ctx().builtin(c"list")?.call(&[items])?;
///     list.call_method(c"sort", &[])?;
///     Ok(list)
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function_raw(c"sorted", c"", sorted);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.sorted("hpy")
/// // ['h', 'p', 'y']
/// ```
pub struct Handle<'c> {
    ctx: Ctx<'c>,
    raw: HPy,
}

/// A reference to a Python object that somebody else keeps alive, such as an
/// argument of a call. Never closed by its holder.
///
/// ```
/// use hpy_bindings::{exactly, Borrowed, Handle, ModuleDef, PyResult};
///
/// /// The longer one; a tie goes to the first. Text is looked at without a copy.
/// fn longer<'c>(_: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
///     let [a, b] = exactly(args)?;
///     let longer = match a.as_str()?.len() < b.as_str()?.len() {
///         true => b,
///         false => a,
///     };
///     Ok(longer.to_owned())
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function_raw(c"longer", c"", longer);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.longer("CPython", "PyPy")
/// // 'CPython'
/// // >>> example.longer("CPython", 3)
/// // Traceback (most recent call last):
/// // TypeError: expected str, got int
/// ```
#[derive(Clone, Copy)]
pub struct Borrowed<'c> {
    ctx: Ctx<'c>,
    raw: HPy,
    _borrowed: PhantomData<&'c HPy>,
}

impl Drop for Handle<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.ctx.close(self.raw);
    }
}

impl<'c> Handle<'c> {
    pub(crate) fn new(ctx: Ctx<'c>, raw: HPy) -> Self {
        Handle { ctx, raw }
    }

    /// Returns the context that this reference belongs to.
    pub fn ctx(&self) -> Ctx<'c> {
        self.ctx
    }

    /// Borrows this handle, for as long as it is held.
    pub fn as_borrowed(&self) -> Borrowed<'_> {
        Borrowed::new(self.ctx, self.raw)
    }

    /// Gives the handle away without closing it: for returning it to the host.
    pub(crate) fn into_raw(self) -> HPy {
        ManuallyDrop::new(self).raw
    }

    /// Converts the object to a Rust value.
    pub fn extract<T: FromPy>(&self) -> PyResult<T> {
        self.as_borrowed().extract()
    }
}

impl<'c> Borrowed<'c> {
    pub(crate) fn new(ctx: Ctx<'c>, raw: HPy) -> Self {
        Borrowed {
            ctx,
            raw,
            _borrowed: PhantomData,
        }
    }

    pub(crate) fn raw(self) -> HPy {
        self.raw
    }

    /// Returns the context that this reference belongs to.
    pub fn ctx(self) -> Ctx<'c> {
        self.ctx
    }

    /// Makes an owned reference to the same object.
    pub fn to_owned(self) -> Handle<'c> {
        Handle::new(self.ctx, self.ctx.dup(self.raw))
    }

    /// Converts the object to a Rust value.
    pub fn extract<T: FromPy>(self) -> PyResult<T> {
        T::from_py(self)
    }

    /// Returns the bytes of a `bytes` object without a copy; `None` for any other type.
    pub fn as_bytes(self) -> Option<&'c [u8]> {
        self.ctx.as_bytes(self)
    }

    /// Returns the text of a `str` object without a copy.
    ///
    /// Raises TypeError for any other type, UnicodeEncodeError for lone surrogates.
    pub fn as_str(self) -> PyResult<&'c str> {
        if !self.ctx.is_str(self) {
            return Err(expected("str", self));
        }
        self.ctx.as_str(self)
    }
}
