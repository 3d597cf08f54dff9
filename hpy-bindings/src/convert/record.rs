// SPDX-License-Identifier: MIT OR Apache-2.0

//! Plain structs as dicts.

use std::cell::Cell;
use std::ffi::CString;

use crate::convert::{FromPy, containers, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

/// The parts of an object for the fields of a record, in their order: the values under
/// these keys of a dict, or else these attributes.
#[doc(hidden)]
pub struct Parts<'c, const N: usize> {
    _depth: Depth,
    record: &'static str,
    names: [&'static str; N],
    found: [Option<Handle<'c>>; N],
}

thread_local! {
    /// The number of records in whose conversion this thread is.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// The largest number of records within records: a dict may contain itself.
const DEEPEST: usize = 250;

/// One record that is being converted.
struct Depth(());

impl Depth {
    fn deeper() -> PyResult<Self> {
        let depth = DEPTH.get();
        if depth >= DEEPEST {
            let message = "records are nested too deeply, or contain themselves";
            return Err(PyErr::new(Exception::Recursion, message));
        }
        DEPTH.set(depth + 1);
        Ok(Depth(()))
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Returns a field's name in Python.
#[doc(hidden)]
pub fn python_name(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

impl<'c, const N: usize> Parts<'c, N> {
    #[doc(hidden)]
    pub fn of(
        value: Borrowed<'c>,
        record: &'static str,
        names: [&'static str; N],
    ) -> PyResult<Self> {
        let (names, found) = (names.map(python_name), [const { None }; N]);
        let mut parts = Parts {
            _depth: Depth::deeper()?,
            record,
            names,
            found,
        };
        if value.is_dict() {
            parts.take_keys(value)?;
        } else {
            parts.take_attributes(value)?;
        }
        Ok(parts)
    }

    fn take_keys(&mut self, value: Borrowed<'c>) -> PyResult<()> {
        let pairs = containers::pairs(value)?;
        let mut unknown = Vec::new();
        for index in 0..pairs.len()? {
            let pair = pairs.item(index)?;
            let key = pair.item(0)?;
            let place = match key.extract::<String>() {
                Ok(key) => self.names.iter().position(|name| *name == key),
                Err(no_text) => {
                    no_text.forget(value.ctx());
                    None
                }
            };
            match place {
                Some(place) => self.found[place] = Some(pair.item(1)?),
                None => unknown.push(key.repr()?.extract::<String>()?),
            }
        }
        if !unknown.is_empty() {
            let message = format!("{} has no {}", self.record, unknown.join(", "));
            return Err(PyErr::new(Exception::Type, message));
        }
        Ok(())
    }

    fn take_attributes(&mut self, value: Borrowed<'c>) -> PyResult<()> {
        let ctx = value.ctx();
        for (name, found) in self.names.iter().zip(&mut self.found) {
            let name = CString::new(*name).expect("a field's name has no null byte");
            match value.attr(&name) {
                Ok(attribute) => *found = Some(attribute),
                Err(error) if error.is(ctx, Exception::Attribute) => error.forget(ctx),
                Err(error) => return Err(error),
            }
        }
        if self.found.iter().all(Option::is_none) {
            let wanted = format!("a dict or an object with the attributes of {}", self.record);
            return Err(expected(&wanted, value));
        }
        Ok(())
    }

    #[doc(hidden)]
    pub fn take_or<T: FromPy>(&self, index: usize, default: impl FnOnce() -> T) -> PyResult<T> {
        match &self.found[index] {
            Some(value) => value.extract(),
            None => Ok(default()),
        }
    }

    #[doc(hidden)]
    pub fn take<T: FromPy>(&self, index: usize) -> PyResult<T> {
        match &self.found[index] {
            Some(value) => value.extract(),
            None => T::absent().ok_or_else(|| {
                let (record, name) = (self.record, self.names[index]);
                PyErr::new(Exception::Type, format!("{record} needs '{name}'"))
            }),
        }
    }
}

/// Declares a struct that is a dict in Python.
///
/// As a parameter it takes a dict with the fields' names as keys, or any object with such
/// attributes (a dataclass, a named tuple). Fields whose type is an `Option` may be
/// missing; unknown keys of a dict are a TypeError that names them. As a result it is a
/// dict. Records nest.
///
/// ```
/// hpy_bindings::record! {
///     /// A place.
///     #[derive(Debug, Clone, PartialEq)]
///     pub struct Place {
///         /// What people call it.
///         pub name: String,
///         pub at: (f64, f64),
///         pub tags: Option<Vec<String>>,
///     }
/// }
///
/// let north = Place { name: "North Pole".into(), at: (90.0, 0.0), tags: None };
/// assert_eq!(north.clone(), north);
/// ```
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        impl $crate::FromPy for $name {
            fn from_py(value: $crate::Borrowed<'_>) -> $crate::PyResult<Self> {
                let names = [$(::std::stringify!($field)),*];
                let parts = $crate::__private::Parts::of(value, ::std::stringify!($name), names)?;
                let mut index = 0..;
                ::std::result::Result::Ok($name {
                    $($field: parts.take(index.next().unwrap_or_default())?,)*
                })
            }
        }

        impl $crate::IntoPy for $name {
            fn into_py(self, ctx: $crate::Ctx<'_>) -> $crate::PyResult<$crate::Handle<'_>> {
                let dict = ctx.dict()?;
                $(dict.set($crate::__private::python_name(::std::stringify!($field)), self.$field)?;)*
                ::std::result::Result::Ok(dict)
            }
        }
    };
}
