// SPDX-License-Identifier: MIT OR Apache-2.0

//! HPy's form of `__new__` of native classes.

use std::marker::PhantomData;

use hpy_shim::{HPy, HPyContext};

use crate::api::Ctx;
use crate::class::{Class, FINALIZER};
use crate::error::{Exception, PyErr, PyResult};
use crate::function::{Args, Callable};
use crate::handle::{Borrowed, Handle};
use crate::instance;
use crate::registry;
use crate::results::IntoResult;
use crate::shared::Shared;
use crate::signature::{Parameters, check_count};
use crate::trampoline::cpython as t;
use crate::trampoline::function::{arguments, run, zero_sized};
use crate::trampoline::{NULL, guard};

/// `__new__` of the class `T`.
pub(crate) struct Constructor<T, F, M>(PhantomData<(T, F, M)>);

/// `__new__` of the class `T` with named parameters; `N` returns the names.
pub(crate) struct NamedConstructor<T, F, M, N>(PhantomData<(T, F, M, N)>);

/// `__new__` of a class that only native code makes objects of.
pub(crate) struct NoConstructor<T>(PhantomData<T>);

/// `__reduce__` of a class that has none.
pub(crate) struct NotReduced<T>(PhantomData<T>);

/// Refuses Python subclasses of a sealed class, which not all hosts refuse to make. Those of other
/// classes have to be some.
fn check_sealed<T: Class>(ctx: Ctx<'_>, class: HPy) -> PyResult<()> {
    let (class, own) = (Borrowed::new(ctx, class), registry::class::<T>(ctx)?);
    if class.is(own.as_borrowed()) {
        return Ok(());
    }
    let open = ctx.may_be_derived_from::<T>();
    if open && ctx.is_class(class) && ctx.is_subclass(class, own.as_borrowed()) {
        return check_derived(class, own.as_borrowed());
    }
    let name = T::NAME.to_string_lossy();
    let message = format!("{name} is a native class and cannot be subclassed");
    Err(PyErr::new(Exception::Type, message))
}

/// Refuses derived classes that would crash PyPy 7.3: with a finalizer, which it aborts at; and
/// with a second native base, as it takes the size of the struct from one, and the constructor
/// from the other.
fn check_derived(class: Borrowed<'_>, own: Borrowed<'_>) -> PyResult<()> {
    let ctx = class.ctx();
    if !ctx.is_pypys_own_host() {
        return Ok(());
    }
    let refuse = |message| Err(PyErr::new(Exception::Type, message));
    if class.has_attr(c"__del__") || own.has_attr(FINALIZER) {
        return refuse(
            "on this PyPy, a class that derives from a native one cannot have a __del__",
        );
    }
    let (classes, object) = (class.attr(c"__mro__")?, ctx.builtin(c"object")?);
    for index in 0..classes.len()? {
        let base = classes.item(index)?;
        if base.is(own) || base.is(object.as_borrowed()) {
            continue;
        }
        // Python puts that of its own classes into a staticmethod.
        let members = base.attr(c"__dict__")?;
        let is_native =
            members.contains("__new__")? && members.get("__new__")?.type_name() != "staticmethod";
        if is_native {
            return refuse("a class cannot derive from two native ones");
        }
    }
    Ok(())
}

impl<T: Class, F: Callable<M>, M> t::NewFunc for Constructor<T, F, M>
where
    F::Output: IntoResult<T>,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        class: HPy,
        args: *const HPy,
        nargs: isize,
        kw: HPy,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            check_sealed::<T>(ctx, class)?;
            if kw._i != 0 && !Borrowed::new(ctx, kw).is_empty()? {
                let name = T::NAME.to_string_lossy();
                let message = format!("{name} takes no keyword arguments");
                return Err(PyErr::new(Exception::Type, message));
            }
            check_count(nargs as usize, F::ARITY)?;
            // SAFETY: the host's own arguments; constructors have no receiver.
            let value =
                unsafe { run::<F, M>(Borrowed::new(ctx, class), arguments(args, nargs as usize)) }?;
            let class = Borrowed::new(ctx, class);
            instance::create_as(ctx, class, Shared::new(value.into_result()?)).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<T: Class> t::NewFunc for NoConstructor<T> {
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        class: HPy,
        _: *const HPy,
        _: isize,
        _: HPy,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            check_sealed::<T>(ctx, class)?;
            let name = T::NAME.to_string_lossy();
            let message = format!("{name} objects are made by other objects' methods only");
            Err(PyErr::new(Exception::Type, message))
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<T: Class> t::NoArgs for NotReduced<T> {
    unsafe extern "C" fn call(ctx: *mut HPyContext, _: HPy) -> HPy {
        let body = |_: Ctx<'_>| {
            let name = T::NAME.to_string_lossy();
            let message = format!("cannot pickle '{name}' object");
            Err(PyErr::new(Exception::Type, message))
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<T, F, M, N, P> t::NewFunc for NamedConstructor<T, F, M, N>
where
    T: Class,
    F: Callable<M>,
    F::Output: IntoResult<T>,
    N: Fn() -> P + Copy + Send + 'static,
    P: Parameters,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        class: HPy,
        args: *const HPy,
        nargs: isize,
        kw: HPy,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            check_sealed::<T>(ctx, class)?;
            let parameters = zero_sized::<N>()();
            let rules = parameters.rules();
            let keywords = (kw._i != 0).then(|| Borrowed::new(ctx, kw));
            // PyPy 7.3 passes keywords as it does to functions: a tuple of names, and the
            // values behind the other arguments.
            let tuple = keywords.filter(|keywords| ctx.is_tuple(*keywords));
            let (nargs, extra) = (nargs as usize, tuple.map_or(Ok(0), Borrowed::len)?);
            // SAFETY: the host's own arguments.
            let values = unsafe { arguments(args, nargs + extra) };
            let mut places = P::no_arguments();
            let (given, _made) = match rules.in_order(values, keywords) {
                Some(given) => (given, Vec::new()),
                None => {
                    let made = rules.sort(ctx, values, nargs, keywords, places.as_mut())?;
                    (places.as_ref(), made)
                }
            };
            let class = Borrowed::new(ctx, class);
            let args = Args::new(ctx, given, rules.names).with_rest(rules.rest(values, nargs));
            // SAFETY: constructors have no receiver.
            let value = unsafe { zero_sized::<F>().invoke(class, args) }?;
            instance::create_as(ctx, class, Shared::new(value.into_result()?)).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}
