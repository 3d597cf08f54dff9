// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a class has beside the table of its methods and slots.

use std::ffi::{CStr, CString};

use hpy_shim::HPyDef;

use super::Class;
use super::create::short_name;
use crate::api::Ctx;
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};

/// An attribute to be: its name, and what makes its value.
pub(super) type Attribute = (
    &'static CStr,
    Box<dyn for<'c> Fn(Ctx<'c>) -> PyResult<Handle<'c>>>,
);

/// A static method or a class method to be. The ABI has neither: they are functions of the
/// module, called `Class.name`, until the class takes them over.
pub(crate) struct StaticMethod {
    name: &'static CStr,
    full_name: &'static CStr,
    wrapper: &'static CStr,
    def: HPyDef,
}

impl StaticMethod {
    /// `make` returns the entry of the module's table for a function of that name.
    pub(super) fn new<T: Class>(
        name: &'static CStr,
        wrapper: &'static CStr,
        make: impl FnOnce(&'static CStr) -> HPyDef,
    ) -> Self {
        let full_name = format!("{}.{}", short_name::<T>(), name.to_string_lossy());
        let full_name = CString::new(full_name).expect("made of C strings");
        let full_name: &'static CStr = Box::leak(full_name.into_boxed_c_str());
        StaticMethod {
            name,
            full_name,
            wrapper,
            def: make(full_name),
        }
    }

    /// Splits off the entry for the module's table.
    pub(crate) fn split(self) -> (HPyDef, impl Fn(Borrowed<'_>, Borrowed<'_>) -> PyResult<()>) {
        let StaticMethod {
            name,
            full_name,
            wrapper,
            def,
        } = self;
        let move_over = move |module: Borrowed<'_>, class: Borrowed<'_>| {
            let ctx = class.ctx();
            let function = take_away(module, full_name)?;
            let method = ctx.builtin(wrapper)?.call(&[function.as_borrowed()])?;
            ctx.set_attr(class, name, method.as_borrowed())
        };
        (def, move_over)
    }
}

/// A property to be: the names of the methods that read, set and delete it. The last two
/// are gone when the type is made.
pub(crate) struct Property {
    name: &'static CStr,
    accessors: [Option<&'static CStr>; 3],
}

impl Property {
    pub(crate) fn new(name: &'static CStr) -> Self {
        Property {
            name,
            accessors: [Some(name), None, None],
        }
    }

    pub(crate) fn set_only(name: &'static CStr) -> Self {
        Property {
            name,
            accessors: [None; 3],
        }
    }

    pub(super) fn is_named(&self, name: &CStr) -> bool {
        self.name == name
    }

    /// Returns a name for the method in this place. It lives as long as the type's table.
    pub(crate) fn accessor(&mut self, place: usize, does: &str) -> &'static CStr {
        let name = format!("{}.{does}", self.name.to_string_lossy());
        let name = CString::new(name).expect("made of a C string");
        let name: &'static CStr = Box::leak(name.into_boxed_c_str());
        self.accessors[place] = Some(name);
        name
    }

    pub(super) fn make(self, ctx: Ctx<'_>, class: Borrowed<'_>) -> PyResult<()> {
        let mut found = Vec::new();
        for accessor in self.accessors {
            found.push(match accessor {
                Some(name) if name == self.name => class.attr(name)?,
                Some(name) => take_away(class, name)?,
                None => ctx.none(),
            });
        }
        let found: Vec<Borrowed<'_>> = found.iter().map(Handle::as_borrowed).collect();
        let property = ctx.builtin(c"property")?.call(&found)?;
        ctx.set_attr(class, self.name, property.as_borrowed())
    }
}

/// Removes an attribute, and returns it.
pub(super) fn take_away<'c>(class: Borrowed<'c>, name: &CStr) -> PyResult<Handle<'c>> {
    let ctx = class.ctx();
    let found = class.attr(name)?;
    let name = ctx.str(&name.to_string_lossy())?;
    let delete = ctx.builtin(c"delattr")?;
    delete.call(&[class, name.as_borrowed()])?;
    Ok(found)
}
