// SPDX-License-Identifier: MIT OR Apache-2.0

//! Conversions between Rust values and Python objects.

use crate::api::Ctx;
use crate::class::Class;
use crate::error::{IntoPyErr, PyErr, PyResult};
use crate::exception::Exception;
use crate::handle::{Borrowed, Handle};
use crate::instance;
use crate::shared::Shared;

#[cfg(feature = "chrono")]
mod chronos;
mod containers;
#[cfg(feature = "jiff")]
mod dates;
#[cfg(any(feature = "chrono", feature = "jiff"))]
mod datetime;
mod numbers;
mod record;
mod text;
#[cfg(feature = "uuid")]
mod uuids;

#[doc(hidden)]
pub use record::{Parts, python_name};

/// A Rust value that can be made from a Python object.
///
/// ```
/// use hpy_bindings::{Borrowed, Ctx, Exception, FromPy, ModuleDef, PyErr, PyResult};
///
/// /// A number from 0 to 100.
/// struct Percent(u8);
///
/// impl FromPy for Percent {
///     fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
///         match value.extract::<u8>()? {
///             number @ 0..=100 => Ok(Percent(number)),
///             more => Err(PyErr::new(Exception::Value, format!("{more} is more than all"))),
///         }
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function(c"share", c"", |_: Ctx<'_>, part: Percent, of: u64| of * u64::from(part.0) / 100);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.share(25, 840)
/// // 210
/// // >>> example.share(101, 1)
/// // Traceback (most recent call last):
/// // ValueError: 101 is more than all
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of a Python object",
    label = "not a parameter that Python can fill",
    note = "a class of this crate is taken as a `Shared<{Self}>`",
    note = "a struct or an enum of such values can `#[derive(FromPy)]`"
)]
pub trait FromPy: Sized {
    /// Converts an object; fails with TypeError, OverflowError or as the type says.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self>;

    /// `true` if a parameter of this type may be left out.
    const OPTIONAL: bool = false;

    /// Returns the value of a parameter that was left out; `None` where it is required.
    fn absent() -> Option<Self> {
        None
    }

    /// Converts a value that is assigned, for which `None` is no way to leave it out.
    #[doc(hidden)]
    fn from_given(value: Borrowed<'_>) -> PyResult<Self> {
        Self::from_py(value)
    }

    /// Converts an index, which C passes as a number.
    #[doc(hidden)]
    fn from_index(ctx: Ctx<'_>, index: isize) -> PyResult<Self> {
        Self::from_py(ctx.int(index as i64)?.as_borrowed())
    }
}

/// A Rust value that becomes a Python object.
///
/// ```
/// use hpy_bindings::{Ctx, Handle, IntoPy, ModuleDef, PyResult};
///
/// struct Ratio(i64, i64);
///
/// impl IntoPy for Ratio {
///     fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
///         let class = ctx.import(c"fractions")?.attr(c"Fraction")?;
///         let (above, below) = (self.0.into_py(ctx)?, self.1.into_py(ctx)?);
///         class.call(&[above.as_borrowed(), below.as_borrowed()])
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function(c"half_of", c"", |_: Ctx<'_>, number: i64| Ratio(number, 2));
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.half_of(3)
/// // Fraction(3, 2)
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot become a Python object",
    label = "not a result that Python understands",
    note = "a type with `#[pyclass]` becomes an object of its class, one that can `#[derive(IntoPy)]` a dict",
    note = "bytes are a `Bytes`, any iterator is a `List`"
)]
pub trait IntoPy: Sized {
    /// Converts the value.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>>;

    /// `true` for [`ThisObject`], the result of a method that is made of its object.
    #[doc(hidden)]
    const IS_THIS_OBJECT: bool = false;

    /// Converts the result of a method, whose object is there where [`Self::IS_THIS_OBJECT`].
    #[doc(hidden)]
    #[inline(always)]
    fn into_py_from<'c>(self, ctx: Ctx<'c>, _: Option<Handle<'c>>) -> PyResult<Handle<'c>> {
        self.into_py(ctx)
    }
}

/// A `bytes` object, where `Vec<u8>` would be a list of ints.
///
/// ```
/// # use hpy_bindings::{Bytes, Ctx, ModuleDef};
/// fn reversed(_: Ctx<'_>, bytes: Bytes) -> Bytes {
///     Bytes(bytes.0.into_iter().rev().collect())
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function(c"reversed", c"", reversed);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.reversed(b"abc")
/// // b'cba'
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

/// A parameter that takes any object, and keeps nothing of it: `__exit__` is given
/// three arguments that most do not look at. May be left out.
///
/// ```
/// # use hpy_bindings::{Anything, Class, ClassDef, Ctx, ModuleDef, ThisObject};
/// struct Door {
///     open: bool,
/// }
///
/// impl Class for Door {
/// #   const NAME: &'static std::ffi::CStr = c"example.Door";
/// #   const DOC: &'static std::ffi::CStr = c"Open within a with statement.";
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>| Door { open: false })
///             .method(c"__enter__", c"", |_: Ctx<'_>, door: &mut Door| {
///                 door.open = true;
///                 ThisObject
///             })
///             .method(
///                 c"__exit__",
///                 c"",
///                 |_: Ctx<'_>, door: &mut Door, _: Anything, _: Anything, _: Anything| door.open = false,
///             )
///             .getter(c"open", c"", |_: Ctx<'_>, door: &Door| door.open);
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Door>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> with example.Door() as door:
/// // ...     door.open
/// // True
/// // >>> door.open
/// // False
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anything;

/// A result that becomes the list of the items of an iterator, without a `Vec` in between.
///
/// ```
/// # use hpy_bindings::{Ctx, List, ModuleDef};
/// fn define(m: &mut ModuleDef) {
///     m.function(c"evens", c"", |_: Ctx<'_>, count: u32| List((0..count).map(|n| 2 * n)));
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.evens(3)
/// // [0, 2, 4]
/// ```
pub struct List<I>(pub I);

/// A result that becomes a new Python object of class `T` around this value.
///
/// ```
/// # use hpy_bindings::{Class, ClassDef, Ctx, ModuleDef, New};
/// struct Token(u64);
///
/// impl Class for Token {
/// #   const NAME: &'static std::ffi::CStr = c"example.Token";
/// #   const DOC: &'static std::ffi::CStr = c"Made by native code only.";
///     fn define(class: &mut ClassDef<Self>) {
///         class.getter(c"number", c"", |_: Ctx<'_>, token: &Token| token.0);
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Token>()
///         .function(c"token", c"", |_: Ctx<'_>, number: u64| New(Token(number)));
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.token(7).number
/// // 7
/// // >>> example.Token()
/// // Traceback (most recent call last):
/// // TypeError: example.Token objects are made by other objects' methods only
/// ```
pub struct New<T: Class>(pub T);

/// The result of a method that returns its object, as in-place operators do.
///
/// ```
/// # use hpy_bindings::{Class, ClassDef, Ctx, ModuleDef, ThisObject};
/// struct Text(String);
///
/// impl Class for Text {
/// #   const NAME: &'static std::ffi::CStr = c"example.Text";
/// #   const DOC: &'static std::ffi::CStr = c"Grows.";
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>| Text(String::new()))
///             .method(c"write", c"", |_: Ctx<'_>, text: &mut Text, more: String| {
///                 text.0 += &more;
///                 ThisObject
///             })
///             .text(|_: Ctx<'_>, text: &Text| text.0.clone());
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Text>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> str(example.Text().write("to be ").write("continued"))
/// // 'to be continued'
/// ```
pub struct ThisObject;

/// The result of a binary operator: a value, or `NotImplemented` for `None`.
///
/// ```
/// # use hpy_bindings::{Class, ClassDef, Compare, Ctx, ModuleDef, OrNotImplemented};
/// struct Version(u32);
///
/// impl Class for Version {
/// #   const NAME: &'static std::ffi::CStr = c"example.Version";
/// #   const DOC: &'static std::ffi::CStr = c"Newer or older.";
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>, number: u32| Version(number))
///             .compare(|_: Ctx<'_>, this: &Version, other: u32, how: Compare| {
///                 // 0 stands for a version that is not known
///                 OrNotImplemented((other != 0).then(|| how.holds(this.0.cmp(&other))))
///             });
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Version>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.Version(3) > 2
/// // True
/// // >>> example.Version(3).__gt__(0)
/// // NotImplemented
/// ```
pub struct OrNotImplemented<T>(pub Option<T>);

/// Returns the TypeError that says what was wanted instead of `value`.
pub fn expected(wanted: &str, value: Borrowed<'_>) -> PyErr {
    PyErr::new(Exception::Type, expected_text(wanted, value))
}

pub(crate) fn expected_text(wanted: &str, value: Borrowed<'_>) -> String {
    format!("expected {wanted}, got {}", value.type_name())
}

impl FromPy for Anything {
    fn from_py(_: Borrowed<'_>) -> PyResult<Self> {
        Ok(Anything)
    }

    const OPTIONAL: bool = true;

    fn absent() -> Option<Self> {
        Some(Anything)
    }
}

impl<T: FromPy> FromPy for Box<T> {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
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
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        if value.is_none() {
            Ok(None)
        } else {
            T::from_py(value).map(Some)
        }
    }

    const OPTIONAL: bool = true;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn from_given(value: Borrowed<'_>) -> PyResult<Self> {
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
    /// Returns the object itself.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(Handle::new(ctx, self.into_raw()))
    }
}

impl IntoPy for &Handle<'_> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.as_borrowed().into_py(ctx)
    }
}

impl IntoPy for Borrowed<'_> {
    /// Returns the object itself.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(Handle::new(ctx, ctx.dup(self.raw())))
    }
}

impl IntoPy for () {
    #[inline(always)]
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(ctx.none())
    }
}

impl<T: Class> FromPy for Shared<T> {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
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
    const IS_THIS_OBJECT: bool = true;

    fn into_py(self, _: Ctx<'_>) -> PyResult<Handle<'_>> {
        Err(PyErr::new(
            Exception::Runtime,
            "only a method can return its object",
        ))
    }

    fn into_py_from<'c>(self, ctx: Ctx<'c>, this: Option<Handle<'c>>) -> PyResult<Handle<'c>> {
        match this {
            Some(this) => Ok(this),
            None => self.into_py(ctx),
        }
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

// A result is what most functions return: it costs nothing beside the value.
impl<T: IntoPy, E: IntoPyErr> IntoPy for Result<T, E> {
    #[inline(always)]
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.map_err(IntoPyErr::into_py_err)?.into_py(ctx)
    }

    const IS_THIS_OBJECT: bool = T::IS_THIS_OBJECT;

    #[inline(always)]
    fn into_py_from<'c>(self, ctx: Ctx<'c>, this: Option<Handle<'c>>) -> PyResult<Handle<'c>> {
        self.map_err(IntoPyErr::into_py_err)?
            .into_py_from(ctx, this)
    }
}
