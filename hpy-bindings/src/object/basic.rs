// SPDX-License-Identifier: MIT OR Apache-2.0

//! The operations that all objects have: attributes, calls, comparisons, types.

use std::ffi::CStr;

use crate::convert::{IntoPy, expected};
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};
use crate::operators::Compare;

methods! {
    /// Returns the attribute `name`, as `getattr` does.
    |ctx, this| attr(name: &CStr) -> PyResult<Handle<'c>> {
        ctx.get_attr(this, name)
    }

    /// Returns the attribute of this name, for names that are not known when the module is compiled.
    |ctx, this| attr_of(name: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.get_attr_of(this, name.into_py(ctx)?.as_borrowed())
    }

    /// Returns `true` if the object has the attribute; any failure is `false`, as in C.
    |ctx, this| has_attr(name: &CStr) -> bool {
        ctx.has_attr(this, name)
    }

    /// Sets the attribute `name`.
    |ctx, this| set_attr(name: &CStr, value: impl IntoPy) -> PyResult<()> {
        ctx.set_attr(this, name, value.into_py(ctx)?.as_borrowed())
    }

    /// Deletes the attribute `name`.
    |ctx, this| delete_attr(name: &CStr) -> PyResult<()> {
        ctx.delete_attr(this, name)
    }

    /// Calls the object with positional arguments.
    |ctx, this| call(args: &[Borrowed<'_>]) -> PyResult<Handle<'c>> {
        ctx.call(this, args)
    }

    /// Calls the object with positional and with named arguments.
    |ctx, this| call_named(args: &[Borrowed<'_>], named: &[(&str, Borrowed<'_>)]) -> PyResult<Handle<'c>> {
        let (args, keywords) = (ctx.pack(args)?, ctx.dict()?);
        for (name, value) in named {
            keywords.set(*name, *value)?;
        }
        ctx.call_with(this, args.as_borrowed(), keywords.as_borrowed())
    }

    /// Calls the method `name`.
    |ctx, this| call_method(name: &CStr, args: &[Borrowed<'_>]) -> PyResult<Handle<'c>> {
        ctx.get_attr(this, name)?.call(args)
    }

    /// Returns `true` if the object can be called.
    |ctx, this| is_callable() -> bool {
        ctx.is_callable(this)
    }

    /// Returns `true` for `None`.
    |ctx, this| is_none() -> bool {
        ctx.is(this.raw(), ctx.constant(|c| c.h_None).raw())
    }

    /// Returns `true` if both are the same object.
    |ctx, this| is(other: Borrowed<'_>) -> bool {
        ctx.is(this.raw(), other.raw())
    }

    /// Compares: the truth of `this < other` and the like. An object is equal to itself, whatever its
    /// `__eq__` says.
    |ctx, this| compare(other: impl IntoPy, op: Compare) -> PyResult<bool> {
        ctx.compare(this, other.into_py(ctx)?.as_borrowed(), op)
    }

    /// Returns `true` if `this == other`, or if both are the same object.
    |ctx, this| equals(other: impl IntoPy) -> PyResult<bool> {
        ctx.compare(this, other.into_py(ctx)?.as_borrowed(), Compare::Eq)
    }

    /// Returns `hash(this)`.
    |ctx, this| hash() -> PyResult<isize> {
        ctx.hash(this)
    }

    /// Returns `str(this)`.
    |ctx, this| str() -> PyResult<Handle<'c>> {
        ctx.to_str(this)
    }

    /// Returns `repr(this)`.
    |ctx, this| repr() -> PyResult<Handle<'c>> {
        ctx.repr(this)
    }

    /// Returns `ascii(this)`.
    |ctx, this| ascii() -> PyResult<Handle<'c>> {
        ctx.ascii(this)
    }

    /// Returns `bool(this)`.
    |ctx, this| truth() -> PyResult<bool> {
        ctx.is_true(this)
    }

    /// Returns the object's class.
    |ctx, this| type_of() -> Handle<'c> {
        ctx.type_of(this).expect("every object has a type")
    }

    /// Returns `true` if the object's class is `class` or derives from it; TypeError where
    /// `class` is no class.
    |ctx, this| is_instance(class: Borrowed<'_>) -> PyResult<bool> {
        if !ctx.is_class(class) {
            return Err(expected("a class", class));
        }
        Ok(ctx.has_type(this, class))
    }

    /// Returns the name of the object's type, for messages.
    |ctx, this| type_name() -> String {
        let name = ctx
            .type_of(this)
            .and_then(|class| class.attr(c"__name__")?.extract::<String>());
        name.unwrap_or_else(|error| {
            error.forget(ctx);
            "object".into()
        })
    }
}
