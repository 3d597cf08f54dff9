// SPDX-License-Identifier: MIT OR Apache-2.0

//! Context variables: values that each asyncio task and each thread has for itself.

use std::ffi::CStr;

use crate::api::Ctx;
use crate::convert::{IntoPy, expected};
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};
use crate::stored::Global;

/// A `contextvars.ContextVar`.
///
/// Make it once, when the module is executed, keep it in a [`Global`] with
/// [`ContextVar::store`] and get it again with [`ContextVar::load`].
///
/// ```
/// use hpy_bindings::{ContextVar, Ctx, Global, ModuleDef, PyResult};
///
/// static DEPTH: Global = Global::new();
///
/// fn depth(ctx: Ctx<'_>) -> PyResult<Option<u32>> {
///     let found = ContextVar::load(ctx, &DEPTH)?.get(ctx)?;
///     found.map(|depth| depth.extract()).transpose()
/// }
///
/// fn with_depth(ctx: Ctx<'_>, new: u32) -> PyResult<Option<u32>> {
///     let variable = ContextVar::load(ctx, &DEPTH)?;
///     let token = variable.set(ctx, new)?;
///     let found = depth(ctx);
///     variable.reset(token.as_borrowed())?;
///     found
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.global(&DEPTH)
///         .exec(|ctx, _| ContextVar::new(ctx, c"depth", None)?.store(&DEPTH))
///         .function(c"depth", c"", depth)
///         .function(c"with_depth", c"", with_depth);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.with_depth(3), example.depth()
/// // (3, None)
/// ```
pub struct ContextVar<'c>(Handle<'c>);

impl<'c> ContextVar<'c> {
    /// Makes a variable; its value is `default` where nobody has set it.
    pub fn new(ctx: Ctx<'c>, name: &CStr, default: Option<Borrowed<'_>>) -> PyResult<Self> {
        ctx.new_context_var(name, default).map(ContextVar)
    }

    /// Takes an object that is a variable; TypeError for any other object.
    pub fn of(object: Handle<'c>) -> PyResult<Self> {
        let ctx = object.ctx();
        let class = ctx.import(c"contextvars")?.attr(c"ContextVar")?;
        if object.is_instance(class.as_borrowed())? {
            Ok(ContextVar(object))
        } else {
            Err(expected("a context variable", object.as_borrowed()))
        }
    }

    /// Keeps the variable in a global of the module.
    pub fn store(&self, global: &'static Global) -> PyResult<()> {
        global.store(self.0.as_borrowed())
    }

    /// Loads the variable that a global keeps.
    pub fn load(ctx: Ctx<'c>, global: &Global) -> PyResult<Self> {
        ContextVar::of(global.load(ctx)?)
    }

    /// Returns the value in the context of the code that runs, else the default, else `None`.
    pub fn get(&self, ctx: Ctx<'c>) -> PyResult<Option<Handle<'c>>> {
        ctx.context_var(self.0.as_borrowed())
    }

    /// Sets the value in the context of the code that runs. Returns a token for
    /// [`ContextVar::reset`].
    pub fn set(&self, ctx: Ctx<'c>, value: impl IntoPy) -> PyResult<Handle<'c>> {
        let value = value.into_py(ctx)?;
        ctx.set_context_var(self.0.as_borrowed(), value.as_borrowed())
    }

    /// Brings the value back that was replaced by the `set` which returned `token`.
    pub fn reset(&self, token: Borrowed<'_>) -> PyResult<()> {
        self.0.call_method(c"reset", &[token]).map(drop)
    }

    /// Borrows the object, for Python code.
    pub fn as_borrowed(&self) -> Borrowed<'_> {
        self.0.as_borrowed()
    }
}
