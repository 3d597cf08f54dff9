//! Conversions between Rust values and Python objects.

use crate::api::Ctx;
use crate::class::Class;
use crate::error::{PyErr, PyResult, Raise};
use crate::exception::Exception;
use crate::handle::{Arg, Handle};
use crate::instance;
use crate::shared::Shared;

mod containers;
#[cfg(feature = "jiff")]
mod dates;
mod numbers;
mod record;
mod text;

#[doc(hidden)]
pub use record::{plain, Parts};

/// A Rust value that can be made from a Python object.
pub trait FromPy: Sized {
    /// Converts, or raises TypeError, OverflowError or what the type says.
    fn from_py(value: Arg<'_>) -> PyResult<Self>;

    /// Whether a parameter of this type may be left out.
    const OPTIONAL: bool = false;

    /// The value of a parameter that was left out; `None` where it is required.
    fn absent() -> Option<Self> {
        None
    }

    /// Converts a value that is assigned, for which `None` is no way to leave it out.
    #[doc(hidden)]
    fn from_given(value: Arg<'_>) -> PyResult<Self> {
        Self::from_py(value)
    }

    /// Converts an index, which C passes as a number.
    #[doc(hidden)]
    fn from_index(ctx: Ctx<'_>, index: isize) -> PyResult<Self> {
        Self::from_py(ctx.int(index as i64)?.as_arg())
    }
}

/// A Rust value that becomes a Python object.
pub trait IntoPy: Sized {
    /// Converts.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>>;

    /// Converts the result of a method of `this`; differs for [`ThisObject`] only.
    fn into_py_from<'c>(self, this: Arg<'c>) -> PyResult<Handle<'c>> {
        self.into_py(this.ctx())
    }
}

/// The bytes of a `bytes` object, where `Vec<u8>` would be a list of ints.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

/// A parameter that takes whatever there is, and keeps nothing of it: `__exit__` is given
/// three arguments that most do not look at. May be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anything;

/// As a result: the list of what an iterator gives, without a `Vec` in between.
pub struct List<I>(pub I);

/// As a result: a new Python object of class `T` around this value.
pub struct New<T: Class>(pub T);

/// As the result of a method: the object itself, as in-place operators return it.
pub struct ThisObject;

/// As the result of a binary operator: a value, or `NotImplemented` for `None`.
pub struct OrNotImplemented<T>(pub Option<T>);

pub(crate) fn expected(wanted: &str, value: Arg<'_>) -> PyErr {
    let found = value.type_name();
    PyErr::new(Exception::Type, format!("expected {wanted}, got {found}"))
}

impl FromPy for Anything {
    fn from_py(_: Arg<'_>) -> PyResult<Self> {
        Ok(Anything)
    }

    const OPTIONAL: bool = true;

    fn absent() -> Option<Self> {
        Some(Anything)
    }
}

impl<T: FromPy> FromPy for Box<T> {
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        T::from_py(value).map(Box::new)
    }

    const OPTIONAL: bool = T::OPTIONAL;

    fn absent() -> Option<Self> {
        T::absent().map(Box::new)
    }
}

impl<T: IntoPy> IntoPy for Box<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        (*self).into_py(ctx)
    }
}

impl<T: FromPy> FromPy for Option<T> {
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        match value.is_none() {
            true => Ok(None),
            false => T::from_py(value).map(Some),
        }
    }

    const OPTIONAL: bool = true;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn from_given(value: Arg<'_>) -> PyResult<Self> {
        T::from_py(value).map(Some)
    }
}

impl<T: IntoPy> IntoPy for Option<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        match self {
            Some(value) => value.into_py(ctx),
            None => Ok(ctx.none()),
        }
    }
}

impl IntoPy for Handle<'_> {
    /// The object itself.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(Handle::new(ctx, self.into_raw()))
    }
}

impl IntoPy for &Handle<'_> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.as_arg().into_py(ctx)
    }
}

impl IntoPy for Arg<'_> {
    /// The object itself.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(Handle::new(ctx, ctx.dup(self.raw())))
    }
}

impl IntoPy for () {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(ctx.none())
    }
}

impl<T: Class> FromPy for Shared<T> {
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        match instance::shared_of(value)? {
            Some(shared) => Ok(shared),
            None => Err(expected(&T::NAME.to_string_lossy(), value)),
        }
    }
}

impl<T: Class> IntoPy for New<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        instance::create(ctx, Shared::new(self.0))
    }
}

impl IntoPy for ThisObject {
    fn into_py(self, _: Ctx<'_>) -> PyResult<Handle<'_>> {
        Err(PyErr::new(
            Exception::Runtime,
            "only a method can return its object",
        ))
    }

    fn into_py_from<'c>(self, this: Arg<'c>) -> PyResult<Handle<'c>> {
        Ok(this.to_owned())
    }
}

impl<T: IntoPy> IntoPy for OrNotImplemented<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        match self.0 {
            Some(value) => value.into_py(ctx),
            None => Ok(ctx.not_implemented()),
        }
    }
}

impl<T: IntoPy, E: Raise> IntoPy for Result<T, E> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.map_err(Raise::into_exception)?.into_py(ctx)
    }

    fn into_py_from<'c>(self, this: Arg<'c>) -> PyResult<Handle<'c>> {
        self.map_err(Raise::into_exception)?.into_py_from(this)
    }
}
