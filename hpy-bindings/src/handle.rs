//! Owned and borrowed handles.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::convert::{expected, FromPy, IntoPy};
use crate::error::PyResult;

/// A reference to a Python object that this code owns: closed when dropped.
///
/// Cannot outlive its context, nor go to another thread.
pub struct Handle<'c> {
    ctx: Ctx<'c>,
    raw: HPy,
}

/// A reference to a Python object that somebody else keeps alive, such as an
/// argument of a call. Never closed by its holder.
#[derive(Clone, Copy)]
pub struct Arg<'c> {
    ctx: Ctx<'c>,
    raw: HPy,
    _borrowed: PhantomData<&'c HPy>,
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        self.ctx.close(self.raw);
    }
}

impl<'c> Handle<'c> {
    pub(crate) fn new(ctx: Ctx<'c>, raw: HPy) -> Self {
        Handle { ctx, raw }
    }

    /// Borrows this handle, for as long as it is held.
    pub fn as_arg(&self) -> Arg<'_> {
        Arg::new(self.ctx, self.raw)
    }

    /// Gives the handle away without closing it: for returning it to the host.
    pub(crate) fn into_raw(self) -> HPy {
        ManuallyDrop::new(self).raw
    }

    /// See [`Arg::extract`].
    pub fn extract<T: FromPy>(&self) -> PyResult<T> {
        self.as_arg().extract()
    }

    /// See [`Arg::attr`].
    pub fn attr(&self, name: &CStr) -> PyResult<Handle<'c>> {
        self.ctx.get_attr(self.as_arg(), name)
    }

    /// See [`Arg::call`].
    pub fn call(&self, args: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        self.ctx.call(self.as_arg(), args)
    }
}

impl<'c> Arg<'c> {
    pub(crate) fn new(ctx: Ctx<'c>, raw: HPy) -> Self {
        Arg {
            ctx,
            raw,
            _borrowed: PhantomData,
        }
    }

    pub(crate) fn raw(self) -> HPy {
        self.raw
    }

    /// The context this reference belongs to.
    pub fn ctx(self) -> Ctx<'c> {
        self.ctx
    }

    /// A reference of our own to the same object.
    pub fn to_owned(self) -> Handle<'c> {
        Handle::new(self.ctx, self.ctx.dup(self.raw))
    }

    /// Converts the object to a Rust value.
    pub fn extract<T: FromPy>(self) -> PyResult<T> {
        T::from_py(self)
    }

    /// The attribute `name`, as `getattr` reads it.
    pub fn attr(self, name: &CStr) -> PyResult<Handle<'c>> {
        self.ctx.get_attr(self, name)
    }

    /// Sets the attribute `name`.
    pub fn set_attr(self, name: &CStr, value: impl IntoPy) -> PyResult<()> {
        let value = value.into_py(self.ctx)?;
        self.ctx.set_attr(self, name, value.as_arg())
    }

    /// Calls the object with positional arguments.
    pub fn call(self, args: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        self.ctx.call(self, args)
    }

    /// The element at `index` of a sequence.
    pub fn item(self, index: usize) -> PyResult<Handle<'c>> {
        self.ctx.item(self, index)
    }

    /// `len()` of the object.
    pub fn len(self) -> PyResult<usize> {
        self.ctx.length(self)
    }

    /// Whether `len()` of the object is 0.
    pub fn is_empty(self) -> PyResult<bool> {
        Ok(self.len()? == 0)
    }

    /// Whether this is `None`.
    pub fn is_none(self) -> bool {
        self.is(self.ctx.constant(|c| c.h_None))
    }

    /// Whether both are the same object.
    pub fn is(self, other: Arg<'_>) -> bool {
        self.ctx.is(self.raw, other.raw)
    }

    /// Whether this is a `list` or a `tuple` (or of a subclass).
    pub fn is_sequence(self) -> bool {
        self.ctx.is_list(self) || self.ctx.is_tuple(self)
    }

    /// Whether the object is an instance of `class`.
    pub fn is_instance(self, class: Arg<'_>) -> bool {
        self.ctx.has_type(self, class)
    }

    /// The bytes of a `bytes` object without a copy; `None` for any other type.
    pub fn as_bytes(self) -> Option<&'c [u8]> {
        self.ctx.as_bytes(self)
    }

    /// The text of a `str` object without a copy.
    ///
    /// Raises TypeError for any other type, UnicodeEncodeError for lone surrogates.
    pub fn as_str(self) -> PyResult<&'c str> {
        if !self.ctx.is_str(self) {
            return Err(expected("str", self));
        }
        self.ctx.as_str(self)
    }

    /// The name of the object's type, for messages.
    pub fn type_name(self) -> String {
        let name = self
            .ctx
            .type_of(self)
            .and_then(|class| class.attr(c"__name__")?.extract::<String>());
        name.unwrap_or_else(|error| {
            error.forget(self.ctx);
            "object".into()
        })
    }
}
