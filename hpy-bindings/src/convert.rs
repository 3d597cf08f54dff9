//! Conversions between Rust values and Python objects.

use std::path::PathBuf;

use crate::api::Ctx;
use crate::class::Class;
use crate::error::{Exception, PyErr, PyResult, Raise};
use crate::handle::{Arg, Handle};
use crate::instance;
use crate::shared::Shared;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

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

/// An int that is not negative, or what `__index__` makes of another object.
fn unsigned(value: Arg<'_>) -> PyResult<u64> {
    let ctx = value.ctx();
    match ctx.as_uint(value) {
        Err(error) if error.is(ctx, Exception::Type) => {
            error.forget(ctx);
            ctx.as_uint(ctx.index(value)?.as_arg())
        }
        converted => converted,
    }
}

/// An int, or what `__index__` makes of another object: never a float.
///
/// Hosts' signed conversions take more than that (floats on CPython 3.9, whatever has
/// `__int__` on PyPy), their unsigned ones take ints only; and most ints are not negative.
#[inline]
fn signed(value: Arg<'_>) -> PyResult<i64> {
    match value.ctx().as_uint(value) {
        Ok(int) if int <= i64::MAX as u64 => Ok(int as i64),
        converted => signed_otherwise(value, converted.err()),
    }
}

/// The same for an int that is not in the range of both types, and for other objects.
#[cold]
fn signed_otherwise(value: Arg<'_>, error: Option<PyErr>) -> PyResult<i64> {
    let ctx = value.ctx();
    let Some(error) = error else {
        return ctx.as_int(value);
    };
    let is_int = !error.is(ctx, Exception::Type);
    error.forget(ctx);
    match is_int {
        true => ctx.as_int(value),
        false => ctx.as_int(ctx.index(value)?.as_arg()),
    }
}

macro_rules! integers {
    ($($int:ty)* as $wide:ty, $convert:ident, $into:ident) => {$(
        impl FromPy for $int {
            #[inline]
            fn from_py(value: Arg<'_>) -> PyResult<Self> {
                let wide = $convert(value)?;
                <$int>::try_from(wide).map_err(|_| {
                    let range = format!("{} is not in {}..={}", wide, <$int>::MIN, <$int>::MAX);
                    PyErr::new(Exception::Overflow, range)
                })
            }
        }
        impl IntoPy for $int {
            fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
                ctx.$into(self as $wide)
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 isize as i64, signed, int);
integers!(u8 u16 u32 u64 usize as u64, unsigned, uint);

impl FromPy for f64 {
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        value.ctx().as_float(value)
    }
}

impl IntoPy for f64 {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.float(self)
    }
}

impl FromPy for bool {
    /// The object's truth, as `bool()` finds it.
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        value.ctx().is_true(value)
    }
}

impl IntoPy for bool {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(ctx.bool(self))
    }
}

impl FromPy for Bytes {
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        match value.as_bytes() {
            Some(bytes) => Ok(Bytes(bytes.to_vec())),
            None => Err(expected("bytes", value)),
        }
    }
}

impl IntoPy for Bytes {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.bytes(&self.0)
    }
}

impl FromPy for String {
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl IntoPy for String {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.str(&self)
    }
}

impl IntoPy for &str {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.str(self)
    }
}

#[cfg(unix)]
impl FromPy for PathBuf {
    /// `str` by the file system's encoding, as `os.fsencode` does it, or `bytes`.
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        use std::os::unix::ffi::OsStringExt;
        let bytes = if value.ctx().is_str(value) {
            value.ctx().fs_encode(value)?.extract::<Bytes>()?.0
        } else {
            match value.as_bytes() {
                Some(bytes) => bytes.to_vec(),
                None => return Err(expected("str or bytes", value)),
            }
        };
        if bytes.contains(&0) {
            return Err(PyErr::new(Exception::Value, "a path has a null byte"));
        }
        Ok(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
    }
}

impl IntoPy for PathBuf {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.fs_decode(self.as_os_str().as_encoded_bytes())
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
}

impl<T: IntoPy> IntoPy for Option<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        match self {
            Some(value) => value.into_py(ctx),
            None => Ok(ctx.none()),
        }
    }
}

impl IntoPy for () {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(ctx.none())
    }
}

impl<T: FromPy> FromPy for Vec<T> {
    /// The items of a `list` or `tuple`.
    fn from_py(value: Arg<'_>) -> PyResult<Self> {
        if !value.is_sequence() {
            return Err(expected("a list or tuple", value));
        }
        let len = value.len()?;
        // `collect` into a result does not know how many there will be.
        let mut items = Vec::with_capacity(len);
        for index in 0..len {
            // Converting an item may run Python code that shortens the list: IndexError.
            items.push(value.item(index)?.extract()?);
        }
        Ok(items)
    }
}

impl<T: IntoPy> IntoPy for Vec<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        List(self.into_iter()).into_py(ctx)
    }
}

impl<I: ExactSizeIterator> IntoPy for List<I>
where
    I::Item: IntoPy,
{
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.list(self.0.len(), self.0.map(|item| item.into_py(ctx)))
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident $index:tt)+;)*) => {$(
        impl<$($name: FromPy),+> FromPy for ($($name,)+) {
            fn from_py(value: Arg<'_>) -> PyResult<Self> {
                if !value.is_sequence() || value.len()? != $count {
                    return Err(expected(concat!("a tuple of ", $count), value));
                }
                Ok(($(value.item($index)?.extract::<$name>()?,)+))
            }
        }
        impl<$($name: IntoPy),+> IntoPy for ($($name,)+) {
            fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
                let items = ($(self.$index.into_py(ctx)?,)+);
                ctx.pack(&[$(items.$index.as_arg()),+])
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
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
