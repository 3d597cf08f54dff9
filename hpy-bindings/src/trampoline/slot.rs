// SPDX-License-Identifier: MIT OR Apache-2.0

//! HPy's form of the slots of [`crate::slots`].
//!
//! The slots of binary operators get their operands in Python's order: either may be the
//! native one, or both. In all others the first is, which hosts check.

use std::cell::Cell;
use std::cmp;
use std::ffi::c_int;
use std::marker::PhantomData;

use hpy_shim::{HPy, HPy_RichCmpOp, HPyContext};

use crate::api::Ctx;
use crate::class::Class;
use crate::convert::{FromPy, IntoPy, OrNotImplemented};
use crate::error::{Exception, PyErr, PyResult};
use crate::function::{Args, Callable};
use crate::handle::{Borrowed, Handle};
use crate::instance;
use crate::operators::Compare;
use crate::receiver::{Arguments, Receiver};
use crate::registry;
use crate::results::{IntoResult, OperatorResult, if_it_fits};
use crate::stored::Field;
use crate::trampoline::cpython as t;
use crate::trampoline::function::{arguments, hold_result, run, run_if_they_fit, zero_sized};
use crate::trampoline::{NULL, guard};

/// The operator `F`, called by its slot.
pub(crate) struct Operator<F, M>(PhantomData<(F, M)>);
/// The operator `F`, called as a method of its right operand.
pub(crate) struct Reflected<F, M>(PhantomData<(F, M)>);
/// The method `F` of `T`, called as an operator: of the left operand, of the right one too
/// where it is `EITHER`.
pub(crate) struct Operand<T, F, M, const EITHER: bool>(PhantomData<(T, F, M)>);
/// An operator that changes its left operand.
pub(crate) struct InPlace<F, M>(PhantomData<(F, M)>);
/// Finds an item by its index, or sets it.
pub(crate) struct Item<F, M>(PhantomData<(F, M)>);
/// Sets a value for a key.
pub(crate) struct SetValue<F, M>(PhantomData<(F, M)>);
/// Compares.
pub(crate) struct Comparing<T, F, B, R>(PhantomData<(T, F, B, R)>);
/// Compares, and fetches the other object.
pub(crate) struct ComparingWith<T, F>(PhantomData<(T, F)>);
/// Compares by order.
pub(crate) struct Ordering<T, F, B, R>(PhantomData<(T, F, B, R)>);
/// `__hash__`.
pub(crate) struct Hash<F, M>(PhantomData<(F, M)>);
/// `__del__`.
pub(crate) struct Finalizer<F, R>(PhantomData<(F, R)>);
/// The property that shows a field.
pub(crate) struct Member<T, const INDEX: usize>(PhantomData<T>);
/// The deleter of a property: empties the field behind it.
pub(crate) struct DeleteMember<T, const INDEX: usize>(PhantomData<T>);

/// Calls the operator `F`; `NotImplemented` where an operand cannot be converted.
///
/// # Safety
/// A host calls, with its context; `this` is an instance of the class where `F` is a
/// method.
unsafe fn operate<F: Callable<M>, M>(ctx: *mut HPyContext, this: HPy, operands: &[HPy]) -> HPy
where
    F::Output: IntoPy,
{
    let body = |ctx: Ctx<'_>| {
        let this = Borrowed::new(ctx, this);
        let held = hold_result::<F::Output>(this);
        // SAFETY: the caller's promise.
        match unsafe { run_if_they_fit::<F, M>(this, operands) }? {
            Some(result) => result.into_py_from(ctx, held).map(Handle::into_raw),
            None => Ok(ctx.not_implemented().into_raw()),
        }
    };
    // SAFETY: the caller's promise.
    unsafe { guard(ctx, NULL, body) }
}

impl<F: Callable<M>, M> t::BinaryFunc for Operator<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, left: HPy, right: HPy) -> HPy {
        // SAFETY: the host's context and operands, for this call; no receiver.
        unsafe { operate::<F, M>(ctx, left, &[left, right]) }
    }
}

impl<F: Callable<M>, M> t::OneArg for Reflected<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, left: HPy) -> HPy {
        // SAFETY: the host's context and operands, for this call; no receiver.
        unsafe { operate::<F, M>(ctx, this, &[left, this]) }
    }
}

impl<F: Callable<M>, M> t::TernaryFunc for Operator<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, base: HPy, exponent: HPy, modulus: HPy) -> HPy {
        // SAFETY: the host's context and operands, for this call; no receiver.
        unsafe { operate::<F, M>(ctx, base, &[base, exponent, modulus]) }
    }
}

impl<F: Callable<M>, M> t::VarArgs for Reflected<F, M>
where
    F::Output: IntoPy,
{
    /// `__rpow__(self, base, modulus=None)`
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        args: *const HPy,
        nargs: usize,
    ) -> HPy {
        // SAFETY: the host's own arguments.
        let operands = match unsafe { arguments(args, nargs) } {
            [base] => [*base, this, NULL],
            [base, modulus, ..] => [*base, this, *modulus],
            [] => [NULL, this, NULL],
        };
        // SAFETY: the host's context and operands, for this call; no receiver.
        unsafe { operate::<F, M>(ctx, this, &operands) }
    }
}

impl<T: Class, F: Callable<M>, M, const EITHER: bool> t::BinaryFunc for Operand<T, F, M, EITHER>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, left: HPy, right: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            let class = registry::class::<T>(ctx)?;
            let mine = |operand| ctx.has_type(Borrowed::new(ctx, operand), class.as_borrowed());
            Ok((mine(left), EITHER && mine(right)))
        };
        // SAFETY: the host's context, for this call.
        match unsafe { guard(ctx, (false, false), body) } {
            // SAFETY: the host's context and operands, the receiver checked above.
            (true, _) => unsafe { operate::<F, M>(ctx, left, &[right]) },
            // SAFETY: likewise.
            (_, true) => unsafe { operate::<F, M>(ctx, right, &[left]) },
            // SAFETY: the host's context, for this call.
            _ => unsafe { guard(ctx, NULL, |ctx| Ok(ctx.not_implemented().into_raw())) },
        }
    }
}

impl<T, F: Callable<M>, M, const EITHER: bool> t::OneArg for Operand<T, F, M, EITHER>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, other: HPy) -> HPy {
        // SAFETY: the host's context, receiver and operand, for this call.
        unsafe { operate::<F, M>(ctx, this, &[other]) }
    }
}

/// Calls `F` with an index before the other arguments.
///
/// # Safety
/// `this` is an instance of the class where `F` is a method.
unsafe fn run_at<F: Callable<M>, M>(
    this: Borrowed<'_>,
    index: isize,
    given: &[HPy],
) -> PyResult<F::Output> {
    let args = Args::new(this.ctx(), given, &[]);
    let args = args.with_index(index).with_assigned();
    // SAFETY: the caller's promise.
    unsafe { zero_sized::<F>().invoke(this, args) }
}

impl<F: Callable<M>, M> t::BinaryFunc for InPlace<F, M>
where
    F::Output: OperatorResult<()>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, other: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            let this = Borrowed::new(ctx, this);
            // The result. Nobody else need hold it until then.
            let held = this.to_owned();
            // SAFETY: the host checked the receiver.
            let done = unsafe { run_if_they_fit::<F, M>(this, &[other]) }?;
            let done = done.map_or(Ok(None), OperatorResult::into_operator_result)?;
            let result = done.map_or_else(|| ctx.not_implemented(), |()| held);
            Ok(result.into_raw())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<F: Callable<M>, M> t::OneArg for InPlace<F, M>
where
    F::Output: OperatorResult<()>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, other: HPy) -> HPy {
        // SAFETY: the same parameters, which the host passes.
        unsafe { <Self as t::BinaryFunc>::call(ctx, this, other) }
    }
}

impl<F: Callable<M>, M> t::IndexFunc for Item<F, M>
where
    F::Output: IntoPy,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, index: isize) -> HPy {
        let body = |ctx: Ctx<'_>| {
            let this = Borrowed::new(ctx, this);
            let held = hold_result::<F::Output>(this);
            // SAFETY: the host checked the receiver.
            let result = unsafe { run_at::<F, M>(this, index, &[]) }?;
            result.into_py_from(ctx, held).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

/// Refuses to delete where `F` takes values only.
fn check_deletion<F: Callable<M>, M>(value: HPy) -> PyResult<()> {
    if value._i == 0 && !F::LAST_OPTIONAL {
        return Err(PyErr::new(Exception::Type, "items cannot be deleted"));
    }
    Ok(())
}

impl<F: Callable<M>, M> t::SetIndex for Item<F, M>
where
    F::Output: IntoResult<()>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, index: isize, value: HPy) -> c_int {
        let body = |ctx: Ctx<'_>| {
            check_deletion::<F, M>(value)?;
            let this = Borrowed::new(ctx, this);
            // SAFETY: the host checked the receiver.
            let done = unsafe { run_at::<F, M>(this, index, &[NULL, value]) }?;
            done.into_result().map(|()| 0)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, -1, body) }
    }
}

impl<F: Callable<M>, M> t::SetKey for SetValue<F, M>
where
    F::Output: IntoResult<()>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, key: HPy, value: HPy) -> c_int {
        let body = |ctx: Ctx<'_>| {
            check_deletion::<F, M>(value)?;
            let given = [key, value];
            let args = Args::new(ctx, &given, &[]).with_assigned();
            // SAFETY: the host checked the receiver.
            let done = unsafe { zero_sized::<F>().invoke(Borrowed::new(ctx, this), args) }?;
            done.into_result().map(|()| 0)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, -1, body) }
    }
}

impl<F: Callable<M>, M> t::OneArg for SetValue<F, M>
where
    F::Output: IntoResult<()>,
{
    /// The setter of a property.
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, value: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host checked the receiver.
            unsafe { run::<F, M>(Borrowed::new(ctx, this), &[value]) }?.into_result()?;
            Ok(ctx.none().into_raw())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

/// Compares an object; `compare` borrows it, after the other one was converted.
///
/// # Safety
/// A host calls, with its context and an instance of `T`.
unsafe fn compare<T: Class, B: FromPy, R: OperatorResult<bool>>(
    ctx: *mut HPyContext,
    this: HPy,
    other: HPy,
    compare: impl FnOnce(Ctx<'_>, &T, B) -> R,
) -> HPy {
    let body = |ctx: Ctx<'_>| {
        // SAFETY: the caller's promise.
        let inner = unsafe { instance::receiver::<T>(ctx, this) }?;
        let answer = match if_it_fits(ctx, B::from_py(Borrowed::new(ctx, other)))? {
            Some(other) => compare(ctx, &*inner.read()?, other).into_operator_result()?,
            None => None,
        };
        let result = answer.map_or_else(|| ctx.not_implemented(), |answer| ctx.bool(answer));
        Ok(result.into_raw())
    };
    // SAFETY: the caller's promise.
    unsafe { guard(ctx, NULL, body) }
}

impl<T, F, B, R> t::RichCompare for Comparing<T, F, B, R>
where
    T: Class,
    F: Fn(Ctx<'_>, &T, B, Compare) -> R + Copy + Send + 'static,
    B: FromPy,
    R: OperatorResult<bool>,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        other: HPy,
        op: HPy_RichCmpOp,
    ) -> HPy {
        let body = |ctx: Ctx<'_>, this: &T, other: B| {
            let op = Compare::from_raw(op).expect("one of the six comparisons");
            zero_sized::<F>()(ctx, this, other, op)
                .into_operator_result()
                .map(OrNotImplemented)
        };
        // SAFETY: the host's context, receiver and operand, for this call.
        unsafe { compare::<T, B, _>(ctx, this, other, body) }
    }
}

impl<T, F, B, R> t::RichCompare for Ordering<T, F, B, R>
where
    T: Class,
    F: Fn(Ctx<'_>, &T, B) -> R + Copy + Send + 'static,
    B: FromPy,
    R: IntoResult<cmp::Ordering>,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        other: HPy,
        op: HPy_RichCmpOp,
    ) -> HPy {
        let body = |ctx: Ctx<'_>, this: &T, other: B| {
            let op = Compare::from_raw(op).expect("one of the six comparisons");
            let order = zero_sized::<F>()(ctx, this, other).into_result()?;
            Ok::<_, PyErr>(op.holds(order))
        };
        // SAFETY: the host's context, receiver and operand, for this call.
        unsafe { compare::<T, B, _>(ctx, this, other, body) }
    }
}

impl<T, F> t::RichCompare for ComparingWith<T, F>
where
    T: Class,
    F: for<'a, 'c> Fn(Receiver<'c, T>, Arguments<'a, 'c, 1>, Compare) -> PyResult<Option<bool>>
        + Copy
        + Send
        + 'static,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        other: HPy,
        op: HPy_RichCmpOp,
    ) -> HPy {
        let body = |ctx: Ctx<'_>| {
            let op = Compare::from_raw(op).expect("one of the six comparisons");
            // SAFETY: the host checked the receiver.
            let receiver = unsafe { Receiver::new(ctx, this) }?;
            let unfit = Cell::new(false);
            let given = [other];
            let args = Args::new(ctx, &given, &[]).with_note(&unfit);
            let answer = zero_sized::<F>()(receiver, Arguments::new(args), op);
            let answer = if unfit.get() {
                if_it_fits(ctx, answer)?.flatten()
            } else {
                answer?
            };
            let result = answer.map_or_else(|| ctx.not_implemented(), |answer| ctx.bool(answer));
            Ok(result.into_raw())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

/// The modulus of Python's hashes of numbers, on machines of 64 bits.
const HASH_MODULUS: i64 = (1 << 61) - 1;

impl<F: Callable<M>, M> t::NoArgs for Hash<F, M>
where
    F::Output: IntoResult<u64>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host checked the receiver.
            let hash = unsafe { run::<F, M>(Borrowed::new(ctx, this), &[]) }?.into_result()?;
            // PyPy hashes the int once more; these are their own hashes.
            ctx.int(hash as i64 % HASH_MODULUS).map(Handle::into_raw)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<F, R> t::NoArgs for Finalizer<F, R>
where
    F: for<'c> Fn(Ctx<'c>, Borrowed<'c>) -> R + Copy + Send + 'static,
    R: IntoResult<()>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            zero_sized::<F>()(ctx, Borrowed::new(ctx, this)).into_result()?;
            Ok(ctx.none().into_raw())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<F, R> t::Finalize for Finalizer<F, R>
where
    F: for<'c> Fn(Ctx<'c>, Borrowed<'c>) -> R + Copy + Send + 'static,
    R: IntoResult<()>,
{
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) {
        let body = |ctx: Ctx<'_>| {
            zero_sized::<F>()(ctx, Borrowed::new(ctx, this)).into_result()?;
            Ok(true)
        };
        // SAFETY: the host's context, for this call.
        if !unsafe { guard(ctx, false, body) } {
            let report = |ctx: Ctx<'_>| {
                ctx.write_unraisable(this);
                Ok(())
            };
            // SAFETY: as above.
            unsafe { guard(ctx, (), report) }
        }
    }
}

impl<T: Class, const INDEX: usize> t::NoArgs for Member<T, INDEX> {
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            let kept = Field::of::<T>(Borrowed::new(ctx, this), INDEX)?.load()?;
            Ok(kept.unwrap_or_else(|| ctx.none()).into_raw())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<T: Class, const INDEX: usize> t::OneArg for Member<T, INDEX> {
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, value: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            Field::of::<T>(Borrowed::new(ctx, this), INDEX)?.store(Borrowed::new(ctx, value));
            Ok(ctx.none().into_raw())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}

impl<T: Class, const INDEX: usize> t::NoArgs for DeleteMember<T, INDEX> {
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy) -> HPy {
        let body = |ctx: Ctx<'_>| {
            Field::of::<T>(Borrowed::new(ctx, this), INDEX)?.clear();
            Ok(ctx.none().into_raw())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, NULL, body) }
    }
}
