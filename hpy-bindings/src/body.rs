//! Table entries for the host ([`HPyDef`]) from Rust functions.

use std::ffi::{c_int, CStr};
use std::marker::PhantomData;
use std::ptr;

use hpy_shim::{self as shim, HPy, HPyContext, HPyDef, HPyDef__bindgen_ty_1};

use crate::api::Ctx;
use crate::convert::IntoPy;
use crate::error::PyResult;
use crate::function::{check_count, sort_arguments, Args, Callable};
use crate::handle::{Arg, Handle};
use crate::results::{Plainly, Step};
use crate::trampoline as t;

pub(crate) const NULL: HPy = HPy { _i: 0 };

/// What stands behind a table entry: the function `F` of form `M`. A type, because the
/// host passes no closure pointer along.
pub(crate) struct Body<F, M>(PhantomData<(F, M)>);

/// The same for `__next__`.
pub(crate) struct Next<F, M>(PhantomData<(F, M)>);

/// The same for a function with named parameters; `N` returns the names.
pub(crate) struct Named<F, M, N>(PhantomData<(F, M, N)>);

/// The same for a function that takes its arguments as they come.
pub(crate) struct Raw<F>(PhantomData<F>);

/// `__iter__` of an iterator.
pub(crate) struct ReturnThis;

/// The value of a function type without data: function items and closures that
/// capture nothing.
pub(crate) fn conjure<F: Copy + 'static>() -> F {
    const {
        assert!(
            size_of::<F>() == 0,
            "a native function cannot capture variables"
        )
    };
    // SAFETY: `F` has no data, is `Copy`, and a value of it was given to the function
    // that made the table entry now in use.
    unsafe { ptr::NonNull::<F>::dangling().read() }
}

/// Calls `F` with positional arguments.
///
/// # Safety
/// `this` is an instance of the class where `F` is a method.
pub(crate) unsafe fn run<F: Callable<M>, M>(this: Arg<'_>, given: &[HPy]) -> PyResult<F::Output> {
    // SAFETY: the caller's promise.
    unsafe { conjure::<F>().invoke(this, Args::new(this.ctx(), given, &[])) }
}

/// The slice behind a host's array of arguments.
///
/// # Safety
/// The host passed both to the call now running.
pub(crate) unsafe fn arguments<'a>(args: *const HPy, count: usize) -> &'a [HPy] {
    match count {
        0 => &[],
        // SAFETY: the caller's promise; hosts may pass null where there are none.
        _ => unsafe { std::slice::from_raw_parts(args, count) },
    }
}

/// Calls `F` for a method or slot whose result is an object.
///
/// # Safety
/// A host calls, with its context and, where `F` is a method, an instance of the class.
pub(crate) unsafe fn object<F: Callable<M>, M>(
    ctx: *mut HPyContext,
    this: HPy,
    given: &[HPy],
) -> HPy
where
    F::Output: IntoPy,
{
    let body = |ctx: Ctx<'_>| {
        check_count(given.len(), F::ARITY)?;
        let this = Arg::new(ctx, this);
        // SAFETY: the caller's promise.
        let result = unsafe { run::<F, M>(this, given) }?;
        result.into_py_from(this).map(Handle::into_raw)
    };
    // SAFETY: the caller's promise.
    unsafe { t::guard(ctx, NULL, body) }
}

impl<F: Callable<M>, M> t::NoArgs for Body<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[]) }
    }
}

impl<F: Callable<M>, M> t::OneArg for Body<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, arg: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[arg]) }
    }
}

impl<F: Callable<M>, M> t::VarArgs for Body<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        args: *const HPy,
        nargs: usize,
    ) -> HPy {
        // SAFETY: the host's context, receiver and arguments, for this call.
        unsafe { object::<F, M>(ctx, this, arguments(args, nargs)) }
    }
}

impl<F: Callable<M>, M> t::UnaryFunc for Body<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[]) }
    }
}

impl<F: Callable<M>, M> t::BinaryFunc for Body<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, arg: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[arg]) }
    }
}

impl<F: Callable<M>, M> t::ReprFunc for Body<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[]) }
    }
}

/// A function that takes its arguments unconverted; the first is the module or object
/// it belongs to.
pub trait RawCallable: Copy + 'static {
    #[doc(hidden)]
    fn run<'c>(&self, this: Arg<'c>, args: &[Arg<'c>]) -> PyResult<Handle<'c>>;
}

impl<F> RawCallable for F
where
    F: for<'c> Fn(Arg<'c>, &[Arg<'c>]) -> PyResult<Handle<'c>> + Copy + 'static,
{
    fn run<'c>(&self, this: Arg<'c>, args: &[Arg<'c>]) -> PyResult<Handle<'c>> {
        self(this, args)
    }
}

/// How many arguments most functions are called with at most.
const FEW: usize = 4;

impl<F: RawCallable> t::VarArgs for Raw<F> {
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        args: *const HPy,
        nargs: usize,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host's own arguments.
            let given = unsafe { arguments(args, nargs) };
            let this = Arg::new(ctx, this);
            let argument = |raw: &HPy| Arg::new(ctx, *raw);
            let result = if given.len() <= FEW {
                // Without asking the allocator; the receiver fills the places that are left.
                let mut few = [this; FEW];
                few.iter_mut()
                    .zip(given)
                    .for_each(|(place, raw)| *place = argument(raw));
                conjure::<F>().run(this, &few[..given.len()])
            } else {
                let many: Vec<Arg<'_>> = given.iter().map(argument).collect();
                conjure::<F>().run(this, &many)
            };
            result.map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { t::guard(ctx, NULL, body) }
    }
}

impl<F, M, N, const COUNT: usize> t::Keywords for Named<F, M, N>
where
    F: Callable<M>,
    F::Output: IntoPy,
    N: Fn() -> [&'static str; COUNT] + Copy + 'static,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        args: *const HPy,
        nargs: usize,
        kwnames: HPy,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            let names = conjure::<N>()();
            let keywords = (kwnames._i != 0).then(|| Arg::new(ctx, kwnames));
            let extra = keywords.map_or(Ok(0), Arg::len)?;
            // SAFETY: the host's own arguments, the keywords' values behind the others.
            let values = unsafe { arguments(args, nargs + extra) };
            let sorted = sort_arguments(ctx, values, nargs, keywords, &names)?;
            let this = Arg::new(ctx, this);
            let args = Args::new(ctx, &sorted, &names);
            // SAFETY: the host checked the receiver.
            let result = unsafe { conjure::<F>().invoke(this, args) }?;
            result.into_py_from(this).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { t::guard(ctx, NULL, body) }
    }
}

/// Calls `F` for a slot whose result is a C integer; -1 means an exception.
///
/// # Safety
/// A host calls, with its context and an instance of the class.
pub(crate) unsafe fn plain<F: Callable<M>, M, V, R: From<i8>>(
    ctx: *mut HPyContext,
    this: HPy,
    given: &[HPy],
    convert: fn(V) -> R,
) -> R
where
    F::Output: Plainly<V>,
{
    let body = |ctx: Ctx<'_>| {
        // SAFETY: the caller's promise.
        let result = unsafe { run::<F, M>(Arg::new(ctx, this), given) }?;
        result.plainly().map(convert)
    };
    // SAFETY: the caller's promise.
    unsafe { t::guard(ctx, R::from(-1), body) }
}

impl<F: Callable<M>, M> t::LenFunc for Body<F, M>
where
    F::Output: Plainly<usize>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> isize {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { plain::<F, M, usize, isize>(ctx, this, &[], |len| len as isize) }
    }
}

impl<F: Callable<M>, M> t::Inquiry for Body<F, M>
where
    F::Output: Plainly<bool>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> c_int {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { plain::<F, M, bool, c_int>(ctx, this, &[], c_int::from) }
    }
}

impl<F: Callable<M>, M> t::Contains for Body<F, M>
where
    F::Output: Plainly<bool>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, arg: HPy) -> c_int {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { plain::<F, M, bool, c_int>(ctx, this, &[arg], c_int::from) }
    }
}

impl<F: Callable<M>, M> t::NoArgs for Next<F, M>
where
    F::Output: Step,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host checked the receiver.
            let step = unsafe { run::<F, M>(Arg::new(ctx, this), &[]) }?;
            step.into_step(ctx).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { t::guard(ctx, NULL, body) }
    }
}

impl t::NoArgs for ReturnThis {
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        // SAFETY: the host's context, for this call.
        unsafe {
            t::guard(ctx, NULL, |ctx| {
                Ok(Arg::new(ctx, this).to_owned().into_raw())
            })
        }
    }
}

/// An entry for a method.
pub(crate) fn method(
    name: &'static CStr,
    doc: &'static CStr,
    signature: shim::HPyFunc_Signature,
    function: *const (),
    trampoline: *const (),
) -> HPyDef {
    let meth = shim::HPyMeth {
        name: name.as_ptr(),
        impl_: t::erased(function),
        cpy_trampoline: t::erased_trampoline(trampoline),
        signature,
        doc: doc.as_ptr(),
    };
    HPyDef {
        kind: shim::HPyDef_Kind_Meth,
        __bindgen_anon_1: HPyDef__bindgen_ty_1 { meth },
    }
}

/// An entry for `F` with positional arguments, by the narrowest signature.
pub(crate) fn callable<F: Callable<M>, M>(name: &'static CStr, doc: &'static CStr, _: F) -> HPyDef
where
    F::Output: IntoPy,
{
    use t::{NoArgs, OneArg, VarArgs};
    type B<F, M> = Body<F, M>;
    let (signature, function, trampoline) = match (F::ARITY, F::ALL_REQUIRED) {
        (0, _) => (
            shim::HPyFunc_NOARGS,
            <B<F, M> as NoArgs>::call as *const (),
            t::no_args::<B<F, M>> as *const (),
        ),
        (1, true) => (
            shim::HPyFunc_O,
            <B<F, M> as OneArg>::call as *const (),
            t::one_arg::<B<F, M>> as *const (),
        ),
        _ => (
            shim::HPyFunc_VARARGS,
            <B<F, M> as VarArgs>::call as *const (),
            t::var_args::<B<F, M>> as *const (),
        ),
    };
    method(name, doc, signature, function, trampoline)
}

/// An entry for a function that takes its arguments as they come.
pub(crate) fn raw<F: RawCallable>(name: &'static CStr, doc: &'static CStr, _: F) -> HPyDef {
    let function = <Raw<F> as t::VarArgs>::call as *const ();
    let trampoline = t::var_args::<Raw<F>> as *const ();
    method(name, doc, shim::HPyFunc_VARARGS, function, trampoline)
}

/// An entry for `F` whose parameters have the names that `N` returns.
pub(crate) fn named<F, M, N, const COUNT: usize>(
    name: &'static CStr,
    doc: &'static CStr,
    _: N,
    _: F,
) -> HPyDef
where
    F: Callable<M>,
    F::Output: IntoPy,
    N: Fn() -> [&'static str; COUNT] + Copy + 'static,
{
    const { assert!(COUNT == F::ARITY, "one name for each parameter") };
    let function = <Named<F, M, N> as t::Keywords>::call as *const ();
    let trampoline = t::keywords::<Named<F, M, N>> as *const ();
    method(name, doc, shim::HPyFunc_KEYWORDS, function, trampoline)
}

/// An entry for a slot.
pub(crate) fn slot(slot: shim::HPySlot_Slot, function: *const (), trampoline: *const ()) -> HPyDef {
    let slot = shim::HPySlot {
        slot,
        impl_: t::erased(function),
        cpy_trampoline: t::erased_trampoline(trampoline),
    };
    HPyDef {
        kind: shim::HPyDef_Kind_Slot,
        __bindgen_anon_1: HPyDef__bindgen_ty_1 { slot },
    }
}
