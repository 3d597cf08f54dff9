//! Python's own things that the glue calls: looked up once, kept in globals.

use hpy_bindings::{
    Arg, Bytes, Ctx, Exception, Global, Handle, IntoPy, ModuleDef, PyErr, PyResult,
};

static ARRAY: Global = Global::new();
static CHAIN: Global = Global::new();
static ITER: Global = Global::new();
static LIST: Global = Global::new();
static SET: Global = Global::new();
static FROZENSET: Global = Global::new();

pub fn define(m: &mut ModuleDef) {
    for global in [&ARRAY, &CHAIN, &ITER, &LIST, &SET, &FROZENSET] {
        m.global(global);
    }
    m.exec(|ctx, _| {
        ARRAY.store(ctx.import(c"array")?.attr(c"array")?.as_arg())?;
        let chain = ctx.import(c"itertools")?.attr(c"chain")?;
        CHAIN.store(chain.attr(c"from_iterable")?.as_arg())?;
        ITER.store(ctx.builtin(c"iter")?.as_arg())?;
        LIST.store(ctx.builtin(c"list")?.as_arg())?;
        SET.store(ctx.builtin(c"set")?.as_arg())?;
        FROZENSET.store(ctx.builtin(c"frozenset")?.as_arg())
    });
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
    ARRAY.load(ctx)?.call(&[typecode.as_arg(), content])
}

/// `array('i')` of packed native int32.
pub fn array_of_packed(ctx: Ctx<'_>, packed: Vec<u8>) -> PyResult<Handle<'_>> {
    array(ctx, Bytes(packed).into_py(ctx)?.as_arg())
}

/// One iterator over the items of the iterables that `next` returns until it returns
/// None: `chain.from_iterable(iter(next, None))`. Makes no native call itself, as asking a
/// native iterator for its iterator would: debug modes abort at those within others.
pub fn chain<'c>(ctx: Ctx<'c>, next: Arg<'_>) -> PyResult<Handle<'c>> {
    let none = ctx.none();
    let iterables = ITER.load(ctx)?.call(&[next, none.as_arg()])?;
    CHAIN.load(ctx)?.call(&[iterables.as_arg()])
}

/// `list(iterable)`.
pub fn list<'c>(iterable: Arg<'c>) -> PyResult<Handle<'c>> {
    LIST.load(iterable.ctx())?.call(&[iterable])
}

/// Whether this is a `set` (or of a subclass).
pub fn is_plain_set(object: Arg<'_>) -> PyResult<bool> {
    Ok(object.is_instance(SET.load(object.ctx())?.as_arg()))
}

/// Whether this is a `set` or `frozenset` (or of a subclass).
pub fn is_set(object: Arg<'_>) -> PyResult<bool> {
    Ok(is_plain_set(object)? || object.is_instance(FROZENSET.load(object.ctx())?.as_arg()))
}
