// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python objects as a data format of the crate `serde`.
//!
//! | in Rust | in Python |
//! | --- | --- |
//! | `bool`, ints, floats, `char`, text | `bool`, `int`, `float`, `str` |
//! | bytes | `bytes`; any bytes-like object is read |
//! | `None`, `()`, a unit struct | `None` |
//! | sequences; tuples | `list`; `tuple`. Any iterable but text, bytes and dicts is read |
//! | maps, structs | `dict`. Any mapping is read, an object with `keys` |
//! | a variant without data | its name, a `str` |
//! | a variant with data | a `dict` with its name as the only key |
//!
//! Values lie at most 128 deep; what is deeper, as a list that contains itself, is a RecursionError.
//! Other errors of a conversion are a ValueError, or what Python raised.

mod read;
mod write;

use std::fmt;

use ::serde::{Serialize, de::DeserializeOwned};

use crate::api::Ctx;
use crate::convert::{FromPy, IntoPy};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

/// The depth that values may have.
const DEEPEST: usize = 128;

/// A value that serde converts: a parameter or a result; see [`to_python`] and [`from_python`].
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use std::collections::BTreeMap;
///
/// use hpy_bindings::{Serde, pyfunction};
///
/// #[pyfunction]
/// fn by_length(words: Serde<Vec<String>>) -> Serde<BTreeMap<usize, Vec<String>>> {
///     let mut found = BTreeMap::<usize, Vec<String>>::new();
///     for word in words.0 {
///         found.entry(word.len()).or_default().push(word);
///     }
///     Serde(found)
/// }
/// # }
///
/// // >>> example.by_length(["to", "be", "not"])
/// // {2: ['to', 'be'], 3: ['not']}
/// // >>> example.by_length([1])
/// // Traceback (most recent call last):
/// // ValueError: invalid type: integer `1`, expected a string
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Serde<T>(pub T);

/// Makes a Python object of a value that serde knows.
///
/// | in Rust | in Python |
/// | --- | --- |
/// | `bool`, ints, floats, `char`, text | `bool`, `int`, `float`, `str` |
/// | bytes | `bytes` |
/// | `None`, `()`, a unit struct | `None` |
/// | sequences; tuples | `list`; `tuple` |
/// | maps, structs | `dict` |
/// | a variant without data | its name, a `str` |
/// | a variant with data | a `dict` with its name as the only key |
///
/// RecursionError for values that lie more than 128 deep; else errors are a ValueError, or what
/// Python raised.
pub fn to_python<'c, T: Serialize + ?Sized>(ctx: Ctx<'c>, value: &T) -> PyResult<Handle<'c>> {
    let serializer = write::Serializer { ctx, depth: 0 };
    value.serialize(serializer).map_err(|error| error.0)
}

/// Makes a value that serde knows of a Python object, of what [`to_python`] makes, and further: of
/// any bytes-like object, any iterable as a sequence, any mapping (an object with `keys`).
///
/// RecursionError for objects that lie more than 128 deep, or contain themselves; else errors are a
/// ValueError, or what Python raised.
pub fn from_python<T: DeserializeOwned>(value: Borrowed<'_>) -> PyResult<T> {
    let deserializer = read::Deserializer { value, depth: 0 };
    T::deserialize(deserializer).map_err(|error| error.0)
}

impl<T: DeserializeOwned> FromPy for Serde<T> {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        from_python(value).map(Serde)
    }
}

impl<T: Serialize> IntoPy for Serde<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        to_python(ctx, &self.0)
    }
}

/// The error of a conversion.
#[derive(Debug)]
struct Error(PyErr);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Error {}

impl From<PyErr> for Error {
    fn from(error: PyErr) -> Self {
        Error(error)
    }
}

impl ::serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error(PyErr::new(Exception::Value, message.to_string()))
    }
}

impl ::serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error(PyErr::new(Exception::Value, message.to_string()))
    }
}

/// Returns the depth of what lies in a value of this depth.
fn deeper(depth: usize) -> Result<usize, Error> {
    if depth == DEEPEST {
        let message = "the value is too deep, or contains itself";
        return Err(Error(PyErr::new(Exception::Recursion, message)));
    }
    Ok(depth + 1)
}
