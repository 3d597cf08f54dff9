//! Python's own things that the glue calls: looked up when first needed, as importing
//! the package is to be quick, and kept in globals.

use std::ffi::CStr;

use hpy_bindings::{
    Arg, Bytes, Ctx, Exception, Global, Handle, IntoPy, ModuleDef, PyErr, PyResult,
};

static ARRAY: Global = Global::new();
static CHAIN: Global = Global::new();
static STARMAP: Global = Global::new();
/// `repeat(())`, which has no state and so serves everybody.
static NO_ARGUMENTS_FOREVER: Global = Global::new();
static LIST: Global = Global::new();
static SET: Global = Global::new();
static FROZENSET: Global = Global::new();

pub fn define(m: &mut ModuleDef) {
    for global in [
        &ARRAY,
        &CHAIN,
        &STARMAP,
        &NO_ARGUMENTS_FOREVER,
        &LIST,
        &SET,
        &FROZENSET,
    ] {
        m.global(global);
    }
}

/// A member of a module of Python's library.
fn member<'c>(
    global: &'static Global,
    ctx: Ctx<'c>,
    module: &CStr,
    name: &CStr,
) -> PyResult<Handle<'c>> {
    global.load_or(ctx, || ctx.import(module)?.attr(name))
}

fn builtin<'c>(global: &'static Global, ctx: Ctx<'c>, name: &CStr) -> PyResult<Handle<'c>> {
    global.load_or(ctx, || ctx.builtin(name))
}

/// The complaint of a method that takes one argument.
pub fn one_argument(method: &str) -> PyErr {
    PyErr::new(Exception::Type, format!("{method}() takes one argument"))
}

/// Complains where a method that takes none is given arguments.
pub fn no_arguments(method: &str, args: &[Arg<'_>]) -> PyResult<()> {
    match args.is_empty() {
        true => Ok(()),
        false => Err(PyErr::new(
            Exception::Type,
            format!("{method}() takes no arguments"),
        )),
    }
}

/// `array('i', content)`, where content is packed `bytes` or an iterable.
pub fn array<'c>(ctx: Ctx<'c>, content: Arg<'_>) -> PyResult<Handle<'c>> {
    let typecode = "i".into_py(ctx)?;
    member(&ARRAY, ctx, c"array", c"array")?.call(&[typecode.as_arg(), content])
}

/// `array('i')` of packed native int32.
pub fn array_of_packed(ctx: Ctx<'_>, packed: Vec<u8>) -> PyResult<Handle<'_>> {
    array(ctx, Bytes(packed).into_py(ctx)?.as_arg())
}

/// One iterator over the items of the iterables that a native iterator yields; `next` is
/// its `__next__`: `chain.from_iterable(starmap(next, repeat(())))`.
///
/// Makes no native call itself, as asking the native iterator for its iterator would: the
/// debug mode of PyPy's host aborts at those within others.
pub fn chain<'c>(ctx: Ctx<'c>, next: Arg<'_>) -> PyResult<Handle<'c>> {
    let forever = NO_ARGUMENTS_FOREVER.load_or(ctx, || {
        let repeat = ctx.import(c"itertools")?.attr(c"repeat")?;
        repeat.call(&[ctx.pack(&[])?.as_arg()])
    })?;
    let starmap = member(&STARMAP, ctx, c"itertools", c"starmap")?;
    let iterables = starmap.call(&[next, forever.as_arg()])?;
    let chain = CHAIN.load_or(ctx, || {
        let chain = ctx.import(c"itertools")?.attr(c"chain")?;
        chain.attr(c"from_iterable")
    })?;
    chain.call(&[iterables.as_arg()])
}

/// `list(iterable)`.
pub fn list<'c>(iterable: Arg<'c>) -> PyResult<Handle<'c>> {
    builtin(&LIST, iterable.ctx(), c"list")?.call(&[iterable])
}

/// Whether this is a `set` (or of a subclass).
pub fn is_plain_set(object: Arg<'_>) -> PyResult<bool> {
    Ok(object.is_instance(builtin(&SET, object.ctx(), c"set")?.as_arg()))
}

/// Whether this is a `set` or `frozenset` (or of a subclass).
pub fn is_set(object: Arg<'_>) -> PyResult<bool> {
    Ok(is_plain_set(object)?
        || object.is_instance(builtin(&FROZENSET, object.ctx(), c"frozenset")?.as_arg()))
}
