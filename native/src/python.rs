// SPDX-License-Identifier: GPL-2.0-or-later

//! Python's own things that the glue calls: looked up when first needed, as importing
//! the package is to be quick, and kept in globals.

use std::ffi::CStr;

use hpy_bindings::{Borrowed, Bytes, Ctx, Global, Handle, IntoPy as _, PyResult};

static PACK: Global = Global::new();
static TO_ARRAY: Global = Global::new();
static TO_LIST: Global = Global::new();
static ITERATE: Global = Global::new();
static TICK: Global = Global::new();
static LIST: Global = Global::new();
static SET: Global = Global::new();
static FROZENSET: Global = Global::new();

/// All of them, for the host to know.
pub static GLOBALS: [&Global; 8] = [
    &PACK, &TO_ARRAY, &TO_LIST, &ITERATE, &TICK, &LIST, &SET, &FROZENSET,
];

/// Calls a function of `vermilion/_blocks.py`.
fn blocks<'c>(
    global: &'static Global,
    ctx: Ctx<'c>,
    name: &CStr,
    argument: Borrowed<'_>,
) -> PyResult<Handle<'c>> {
    let function = global.load_or(ctx, || ctx.import(c"vermilion._blocks")?.attr(name))?;
    function.call(&[argument])
}

fn builtin<'c>(global: &'static Global, ctx: Ctx<'c>, name: &CStr) -> PyResult<Handle<'c>> {
    global.load_or(ctx, || ctx.builtin(name))
}

/// Returns the packed form of a sequence of revisions, as `bytes`; an exception where an item
/// is none.
pub fn pack(revs: Borrowed<'_>) -> PyResult<Handle<'_>> {
    blocks(&PACK, revs.ctx(), c"pack", revs)
}

/// Returns packed native int32 as `array('i')`.
pub fn to_array(ctx: Ctx<'_>, packed: Vec<u8>) -> PyResult<Handle<'_>> {
    blocks(
        &TO_ARRAY,
        ctx,
        c"to_array",
        Bytes(packed).into_py(ctx)?.as_borrowed(),
    )
}

/// Returns packed native int32 as a list.
pub fn to_list(ctx: Ctx<'_>, packed: Vec<u8>) -> PyResult<Handle<'_>> {
    blocks(
        &TO_LIST,
        ctx,
        c"to_list",
        Bytes(packed).into_py(ctx)?.as_borrowed(),
    )
}

/// Returns one iterator over the revisions of the blocks that a native iterator yields; `next` is
/// its `__next__`.
pub fn iterate<'c>(ctx: Ctx<'c>, next: Borrowed<'_>) -> PyResult<Handle<'c>> {
    blocks(&ITERATE, ctx, c"iterate", next)
}

/// Returns a function that is called while long work is done, for Python to look after signals.
pub fn tick(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    TICK.load_or(ctx, || ctx.import(c"vermilion._blocks")?.attr(c"tick"))
}

/// `list(iterable)`.
pub fn list(iterable: Borrowed<'_>) -> PyResult<Handle<'_>> {
    builtin(&LIST, iterable.ctx(), c"list")?.call(&[iterable])
}

/// Returns whether this is a `set` (or of a subclass).
pub fn is_plain_set(object: Borrowed<'_>) -> PyResult<bool> {
    object.is_instance(builtin(&SET, object.ctx(), c"set")?.as_borrowed())
}

/// Returns whether this is a `set` or `frozenset` (or of a subclass).
pub fn is_set(object: Borrowed<'_>) -> PyResult<bool> {
    Ok(is_plain_set(object)?
        || object.is_instance(builtin(&FROZENSET, object.ctx(), c"frozenset")?.as_borrowed())?)
}
