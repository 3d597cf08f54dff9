//! What all objects have: attributes, calls, comparisons, types.

use std::ffi::CStr;

use crate::convert::IntoPy;
use crate::error::PyResult;
use crate::handle::{Arg, Handle};
use crate::operators::Compare;

methods! {
    /// The attribute `name`, as `getattr` reads it.
    |ctx, this| attr(name: &CStr) -> PyResult<Handle<'c>> {
        ctx.get_attr(this, name)
    }

    /// The attribute of this name, for names that are not known when the module is compiled.
    |ctx, this| attr_of(name: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.get_attr_of(this, name.into_py(ctx)?.as_arg())
    }

    /// Whether the object has the attribute; `false` for whatever goes wrong, as in C.
    |ctx, this| has_attr(name: &CStr) -> bool {
        ctx.has_attr(this, name)
    }

    /// Sets the attribute `name`.
    |ctx, this| set_attr(name: &CStr, value: impl IntoPy) -> PyResult<()> {
        ctx.set_attr(this, name, value.into_py(ctx)?.as_arg())
    }

    /// Deletes the attribute `name`.
    |ctx, this| delete_attr(name: &CStr) -> PyResult<()> {
        ctx.delete_attr(this, name)
    }

    /// Calls the object with positional arguments.
    |ctx, this| call(args: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        ctx.call(this, args)
    }

    /// Calls the object with positional and with named arguments.
    |ctx, this| call_named(args: &[Arg<'_>], named: &[(&str, Arg<'_>)]) -> PyResult<Handle<'c>> {
        let (args, keywords) = (ctx.pack(args)?, ctx.dict()?);
        for (name, value) in named {
            keywords.set(*name, *value)?;
        }
        ctx.call_with(this, args.as_arg(), keywords.as_arg())
    }

    /// Calls the method `name`.
    |ctx, this| call_method(name: &CStr, args: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        ctx.get_attr(this, name)?.call(args)
    }

    /// Whether the object can be called.
    |ctx, this| is_callable() -> bool {
        ctx.is_callable(this)
    }

    /// Whether this is `None`.
    |ctx, this| is_none() -> bool {
        ctx.is(this.raw(), ctx.constant(|c| c.h_None).raw())
    }

    /// Whether both are the same object.
    |ctx, this| is(other: Arg<'_>) -> bool {
        ctx.is(this.raw(), other.raw())
    }

    /// `this < other` and the like, as a truth. An object is equal to itself, whatever its
    /// `__eq__` says.
    |ctx, this| compare(other: impl IntoPy, op: Compare) -> PyResult<bool> {
        ctx.compare(this, other.into_py(ctx)?.as_arg(), op)
    }

    /// `this == other`, or both are the same object.
    |ctx, this| equals(other: impl IntoPy) -> PyResult<bool> {
        ctx.compare(this, other.into_py(ctx)?.as_arg(), Compare::Eq)
    }

    /// `hash(this)`.
    |ctx, this| hash() -> PyResult<isize> {
        ctx.hash(this)
    }

    /// `str(this)`.
    |ctx, this| str() -> PyResult<Handle<'c>> {
        ctx.to_str(this)
    }

    /// `repr(this)`.
    |ctx, this| repr() -> PyResult<Handle<'c>> {
        ctx.repr(this)
    }

    /// `ascii(this)`.
    |ctx, this| ascii() -> PyResult<Handle<'c>> {
        ctx.ascii(this)
    }

    /// `bool(this)`.
    |ctx, this| truth() -> PyResult<bool> {
        ctx.is_true(this)
    }

    /// The object's class.
    |ctx, this| type_of() -> Handle<'c> {
        ctx.type_of(this).expect("every object has a type")
    }

    /// Whether the object's class is `class` or derives from it. `class` must be one.
    |ctx, this| is_instance(class: Arg<'_>) -> bool {
        ctx.has_type(this, class)
    }

    /// The name of the object's type, for messages.
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
