// SPDX-License-Identifier: MIT OR Apache-2.0

//! HPy's form of functions, of methods and of the slots whose function is a method.

use std::cell::Cell;
use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr;

use hpy_shim::{HPy, HPyContext};

use crate::api::Ctx;
use crate::convert::IntoPy;
use crate::error::{Exception, PyErr, PyResult};
use crate::function::{Args, Callable};
use crate::handle::{Borrowed, Handle};
use crate::results::{IntoResult, IterationResult, if_it_fits};
use crate::signature::{Parameters, check_count};
use crate::trampoline::cpython as t;
use crate::trampoline::{NULL, guard};

/// The function `F` of form `M`, with positional arguments.
pub(crate) struct Function<F, M>(PhantomData<(F, M)>);

/// The method `F`, called as `__next__`.
pub(crate) struct IteratorNext<F, M>(PhantomData<(F, M)>);

/// The function `F` with named parameters; `N` returns its [`Parameters`].
pub(crate) struct NamedFunction<F, M, N>(PhantomData<(F, M, N)>);

/// The function or method `F`, which takes its arguments as they come.
pub(crate) struct RawFunction<F, const METHOD: bool>(PhantomData<F>);

/// `__iter__` of an iterator.
pub(crate) struct ReturnSelf;

/// Returns the value of a function type without data: of a function item, or of a closure
/// that captures nothing but what is without data too. Threads other than the one that
/// declared the function have it called, so it is `Send`.
pub(crate) fn zero_sized<F: Copy + Send + 'static>() -> F {
    const {
        assert!(
            size_of::<F>() == 0,
            "a native function cannot capture variables"
        );
    };
    // SAFETY: `F` has no data, is `Copy`, and a value of it was given to the function
    // that made the table entry now in use.
    unsafe { ptr::NonNull::<F>::dangling().read() }
}

/// Calls `F` with positional arguments.
///
/// # Safety
/// `this` is an instance of the class where `F` is a method.
pub(crate) unsafe fn run<F: Callable<M>, M>(
    this: Borrowed<'_>,
    given: &[HPy],
) -> PyResult<F::Output> {
    // SAFETY: the caller's promise.
    unsafe { zero_sized::<F>().invoke(this, Args::new(this.ctx(), given, &[])) }
}

/// Calls `F` with operands; `None` where one cannot be converted, for whatever reason.
///
/// # Safety
/// As for [`run`].
pub(crate) unsafe fn run_if_they_fit<F: Callable<M>, M>(
    this: Borrowed<'_>,
    operands: &[HPy],
) -> PyResult<Option<F::Output>> {
    let unfit = Cell::new(false);
    let args = Args::new(this.ctx(), operands, &[]).with_note(&unfit);
    // SAFETY: the caller's promise.
    let result = unsafe { zero_sized::<F>().invoke(this, args) };
    if unfit.get() {
        if_it_fits(this.ctx(), result)
    } else {
        result.map(Some)
    }
}

/// Returns the slice behind a host's array of arguments.
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

/// Holds the object of a method that may be the result. Nobody else need hold it until
/// then: `itertools.chain` lets go of an iterator while that makes a step.
#[inline(always)]
pub(crate) fn hold_result<R: IntoPy>(this: Borrowed<'_>) -> Option<Handle<'_>> {
    R::IS_THIS_OBJECT.then(|| this.to_owned())
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
        let this = Borrowed::new(ctx, this);
        let held = hold_result::<F::Output>(this);
        // SAFETY: the caller's promise.
        let result = unsafe { run::<F, M>(this, given) }?;
        result.into_py_from(ctx, held).map(Handle::into_raw)
    };
    // SAFETY: the caller's promise.
    unsafe { guard(ctx, NULL, body) }
}

impl<F: Callable<M>, M> t::NoArgs for Function<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[]) }
    }
}

impl<F: Callable<M>, M> t::OneArg for Function<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, arg: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[arg]) }
    }
}

impl<F: Callable<M>, M> t::VarArgs for Function<F, M>
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

impl<F: Callable<M>, M> t::UnaryFunc for Function<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[]) }
    }
}

impl<F: Callable<M>, M> t::BinaryFunc for Function<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, arg: HPy) -> HPy {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { object::<F, M>(ctx, this, &[arg]) }
    }
}

impl<F: Callable<M>, M> t::ReprFunc for Function<F, M>
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
pub trait RawCallable: Copy + Send + 'static {
    #[doc(hidden)]
    fn run<'c>(&self, this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>>;
}

impl<F> RawCallable for F
where
    F: for<'c> Fn(Borrowed<'c>, &[Borrowed<'c>]) -> PyResult<Handle<'c>> + Copy + Send + 'static,
{
    fn run<'c>(&self, this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
        self(this, args)
    }
}

/// The number of arguments that most calls do not exceed.
const FEW: usize = 4;

impl<F: RawCallable, const METHOD: bool> t::VarArgs for RawFunction<F, METHOD> {
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        args: *const HPy,
        nargs: usize,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host's own arguments.
            let given = unsafe { arguments(args, nargs) };
            let this = Borrowed::new(ctx, this);
            // A method may use the object for as long as it runs: see `hold_result`. A module
            // is kept for ever.
            let _held = (METHOD && !ctx.host_holds_objects()).then(|| this.to_owned());
            let argument = |raw: &HPy| Borrowed::new(ctx, *raw);
            let result = if given.len() <= FEW {
                // Without asking the allocator; the receiver fills the places that are left.
                let mut few = [this; FEW];
                few.iter_mut()
                    .zip(given)
                    .for_each(|(place, raw)| *place = argument(raw));
                zero_sized::<F>().run(this, &few[..given.len()])
            } else {
                let many: Vec<Borrowed<'_>> = given.iter().map(argument).collect();
                zero_sized::<F>().run(this, &many)
            };
            result.map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<F, M, N, P> t::Keywords for NamedFunction<F, M, N>
where
    F: Callable<M>,
    F::Output: IntoPy,
    N: Fn() -> P + Copy + Send + 'static,
    P: Parameters,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        args: *const HPy,
        nargs: usize,
        kwnames: HPy,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            let parameters = zero_sized::<N>()();
            let rules = parameters.rules();
            let keywords = (kwnames._i != 0).then(|| Borrowed::new(ctx, kwnames));
            let extra = keywords.map_or(Ok(0), Borrowed::len)?;
            // SAFETY: the host's own arguments, the keywords' values behind the others.
            let values = unsafe { arguments(args, nargs + extra) };
            let this = Borrowed::new(ctx, this);
            let mut places = P::no_arguments();
            // What was made of them lives until they are converted, and their borrowers are gone.
            let (given, _made) = match rules.in_order(values, keywords) {
                Some(given) => (given, Vec::new()),
                None => {
                    let made = rules.sort(ctx, values, nargs, keywords, places.as_mut())?;
                    (places.as_ref(), made)
                }
            };
            let args = Args::new(ctx, given, rules.names).with_rest(rules.rest(values, nargs));
            let held = hold_result::<F::Output>(this);
            // SAFETY: the host checked the receiver.
            let result = unsafe { zero_sized::<F>().invoke(this, args) }?;
            result.into_py_from(ctx, held).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
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
    convert: fn(V) -> PyResult<R>,
) -> R
where
    F::Output: IntoResult<V>,
{
    let body = |ctx: Ctx<'_>| {
        // SAFETY: the caller's promise.
        let result = unsafe { run::<F, M>(Borrowed::new(ctx, this), given) }?;
        result.into_result().and_then(convert)
    };
    // SAFETY: the caller's promise.
    unsafe { guard(ctx, R::from(-1), body) }
}

fn c_truth(truth: bool) -> PyResult<c_int> {
    Ok(truth.into())
}

/// Converts a length, which may be larger than any that Python knows.
fn c_length(length: usize) -> PyResult<isize> {
    let too_long = |_| PyErr::new(Exception::Overflow, format!("{length} is no length"));
    isize::try_from(length).map_err(too_long)
}

impl<F: Callable<M>, M> t::LenFunc for Function<F, M>
where
    F::Output: IntoResult<usize>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> isize {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { plain::<F, M, usize, isize>(ctx, this, &[], c_length) }
    }
}

impl<F: Callable<M>, M> t::Inquiry for Function<F, M>
where
    F::Output: IntoResult<bool>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> c_int {
        // SAFETY: the host's context and receiver, for this call.
        unsafe { plain::<F, M, bool, c_int>(ctx, this, &[], c_truth) }
    }
}

impl<F: Callable<M>, M> t::Contains for Function<F, M>
where
    F::Output: IntoResult<bool>,
{
    /// What cannot be converted is not in there.
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, arg: HPy) -> c_int {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host checked the receiver.
            let found = unsafe { run_if_they_fit::<F, M>(Borrowed::new(ctx, this), &[arg]) }?;
            found
                .map_or(Ok(false), IntoResult::into_result)
                .and_then(c_truth)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, -1, body) }
    }
}

impl<F: Callable<M>, M> t::NoArgs for IteratorNext<F, M>
where
    F::Output: IterationResult,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host checked the receiver.
            let step = unsafe { run::<F, M>(Borrowed::new(ctx, this), &[]) }?;
            step.into_next(ctx).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl t::NoArgs for ReturnSelf {
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        // SAFETY: the host's context, for this call.
        unsafe {
            guard(ctx, NULL, |ctx| {
                Ok(Borrowed::new(ctx, this).to_owned().into_raw())
            })
        }
    }
}
