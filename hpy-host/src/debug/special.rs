// SPDX-License-Identifier: MIT OR Apache-2.0

//! The members of the debug mode's context that need more than a look at their handles.

use super::Name;
use super::contexts::{Call, enter, here, leave, reenter};
use super::handles::{self, Kind};
use super::members::{Crosses, name};
use crate::calls::{Mode, call_real};
use crate::collections::tracked;
use crate::handle::{NULL, object};
use crate::{context, types};
use hpy_shim::*;
use pyo3_ffi as ffi;
use std::ffi::{c_int, c_void};
use std::mem::offset_of;

macro_rules! entered {
    ($ctx:ident, $member:ident) => {
        enter($ctx, offset_of!(HPyContext, $member))
    };
}

unsafe fn all_plain(array: *const HPy, length: usize, by: Name) -> Vec<HPy> {
    (0..length).map(|i| (*array.add(i)).plain(by)).collect()
}

pub unsafe extern "C" fn ctx_Close(ctx: *mut HPyContext, h: HPy) {
    let by = entered!(ctx, ctx_Close);
    close(h, by);
}

unsafe fn close(h: HPy, by: Name) {
    let h = handles::take(h, by);
    let member = (*context::get()).ctx_Close.unwrap_unchecked();
    call_host(member, (context::get(), h));
}

pub unsafe extern "C" fn ctx_Type_FromSpec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    list: *mut HPyType_SpecParam,
) -> HPy {
    let by = entered!(ctx, ctx_Type_FromSpec);
    let mut params = Vec::new();
    let mut next = list;
    while !next.is_null() && (*next).kind != 0 {
        let object = (*next).object.plain(by);
        params.push(HPyType_SpecParam { object, ..*next });
        next = next.add(1);
    }
    params.push(HPyType_SpecParam::default());
    types::from_spec(&*spec, params.as_mut_ptr(), false).opened(by)
}

pub unsafe extern "C" fn ctx_Type_GenericNew(
    ctx: *mut HPyContext,
    kind: HPy,
    args: *const HPy,
    nargs: isize,
    kw: HPy,
) -> HPy {
    let by = entered!(ctx, ctx_Type_GenericNew);
    let args = all_plain(args, nargs.max(0) as usize, by);
    let member = (*context::get()).ctx_Type_GenericNew.unwrap_unchecked();
    let (kind, kw) = (kind.plain(by), kw.plain(by));
    call_host(member, (context::get(), kind, args.as_ptr(), nargs, kw)).opened(by)
}

pub unsafe extern "C" fn ctx_Tuple_FromArray(
    ctx: *mut HPyContext,
    array: *mut HPy,
    count: isize,
) -> HPy {
    let by = entered!(ctx, ctx_Tuple_FromArray);
    let mut items = all_plain(array, count.max(0) as usize, by);
    let member = (*context::get()).ctx_Tuple_FromArray.unwrap_unchecked();
    call_host(member, (context::get(), items.as_mut_ptr(), count)).opened(by)
}

/// `ctx_Call` and `ctx_CallMethod`, which have the same arguments.
macro_rules! call {
    ($member:ident) => {
        pub unsafe extern "C" fn $member(
            ctx: *mut HPyContext,
            callable: HPy,
            args: *const HPy,
            nargs: usize,
            kwnames: HPy,
        ) -> HPy {
            let by = entered!(ctx, $member);
            let (callable, kwnames) = (callable.plain(by), kwnames.plain(by));
            let args = all_plain(args, nargs + keywords(kwnames), by);
            let member = (*context::get()).$member.unwrap_unchecked();
            call_host(
                member,
                (context::get(), callable, args.as_ptr(), nargs, kwnames),
            )
            .opened(by)
        }
    };
}
call!(ctx_Call);
call!(ctx_CallMethod);

/// Returns the number of keywords in a tuple of their names, which may be null.
unsafe fn keywords(names: HPy) -> usize {
    if names._i == 0 {
        return 0;
    }
    ffi::PyTuple_Size(object(names)).max(0) as usize
}

pub unsafe extern "C" fn ctx_CallRealFunctionFromTrampoline(
    _: *mut HPyContext,
    signature: HPyFunc_Signature,
    f: HPyCFunction,
    args: *mut c_void,
) {
    let call = Call::begin();
    let mut lending = Lending::default();
    call_real(&mut lending, call.context, signature, f, args);
    for h in lending.lent {
        handles::end_loan(h);
    }
    call.end();
}

/// The arguments of a call of a module's function.
#[derive(Default)]
struct Lending {
    lent: Vec<HPy>,
    /// Their memory must not move.
    arrays: Vec<Vec<HPy>>,
}

impl Mode for Lending {
    unsafe fn lend<T: Crosses>(&mut self, value: T) -> T {
        value.lent(&mut self.lent)
    }

    unsafe fn lend_all(&mut self, array: *const HPy, length: usize) -> *const HPy {
        let handles: Vec<HPy> = (0..length)
            .map(|i| (*array.add(i)).lent(&mut self.lent))
            .collect();
        let start = handles.as_ptr();
        self.arrays.push(handles);
        start
    }

    unsafe fn back<T: Crosses>(&mut self, value: T) -> T {
        value.given("the interpreter, as a result of native code,")
    }

    unsafe fn named(names: HPy) -> usize {
        keywords(names)
    }
}

pub unsafe extern "C" fn ctx_ContextVar_Get(
    ctx: *mut HPyContext,
    variable: HPy,
    default: HPy,
    result: *mut HPy,
) -> c_int {
    let by = entered!(ctx, ctx_ContextVar_Get);
    let member = (*context::get()).ctx_ContextVar_Get.unwrap_unchecked();
    let (variable, default) = (variable.plain(by), default.plain(by));
    let status = call_host(member, (context::get(), variable, default, result));
    *result = if status < 0 {
        NULL
    } else {
        (*result).opened(by)
    };
    status
}

/// The functions that use a builder up.
macro_rules! builders {
    ($($member:ident($ty:ident.$field:ident, $kind:ident) $(-> $ret:ty)?;)*) => {$(
        pub unsafe extern "C" fn $member(ctx: *mut HPyContext, builder: $ty) $(-> $ret)? {
            let by = entered!(ctx, $member);
            let builder = $ty { $field: handles::take_kind(builder.$field, Kind::$kind, by) };
            let member = (*context::get()).$member.unwrap_unchecked();
            call_host(member, (context::get(), builder)).opened(by)
        }
    )*};
}

builders! {
    ctx_ListBuilder_Build(HPyListBuilder._lst, ListBuilder) -> HPy;
    ctx_ListBuilder_Cancel(HPyListBuilder._lst, ListBuilder);
    ctx_TupleBuilder_Build(HPyTupleBuilder._tup, TupleBuilder) -> HPy;
    ctx_TupleBuilder_Cancel(HPyTupleBuilder._tup, TupleBuilder);
}

/// The tracker keeps the handle as it is.
pub unsafe extern "C" fn ctx_Tracker_Add(
    ctx: *mut HPyContext,
    tracker: HPyTracker,
    h: HPy,
) -> c_int {
    let by = entered!(ctx, ctx_Tracker_Add);
    h.plain(by); // it has to be open
    let member = (*context::get()).ctx_Tracker_Add.unwrap_unchecked();
    call_host(member, (context::get(), tracker.plain(by), h))
}

pub unsafe extern "C" fn ctx_Tracker_Close(ctx: *mut HPyContext, tracker: HPyTracker) {
    let by = entered!(ctx, ctx_Tracker_Close);
    let tracker = HPyTracker {
        _i: handles::take_kind(tracker._i, Kind::Tracker, by),
    };
    for h in std::mem::take(tracked(tracker)) {
        close(h, by);
    }
    let member = (*context::get()).ctx_Tracker_Close.unwrap_unchecked();
    call_host(member, (context::get(), tracker));
}

pub unsafe extern "C" fn ctx_LeavePythonExecution(ctx: *mut HPyContext) -> HPyThreadState {
    entered!(ctx, ctx_LeavePythonExecution);
    leave(ctx);
    let member = (*context::get())
        .ctx_LeavePythonExecution
        .unwrap_unchecked();
    call_host(member, (context::get(),))
}

/// Nothing may be looked at before the interpreter is entered.
pub unsafe extern "C" fn ctx_ReenterPythonExecution(ctx: *mut HPyContext, state: HPyThreadState) {
    let member = (*context::get())
        .ctx_ReenterPythonExecution
        .unwrap_unchecked();
    call_host(member, (context::get(), state));
    reenter(ctx);
    here(
        ctx,
        name(offset_of!(HPyContext, ctx_ReenterPythonExecution)),
    );
}
