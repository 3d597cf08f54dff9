// SPDX-License-Identifier: MIT OR Apache-2.0

//! Calls, in both directions.

use crate::debug::Crosses;
use crate::errors::type_error;
use crate::handle::{Across as _, NULL, Object, handle, object};
use crate::items::with_arguments;
use crate::older;
use crate::refcount::decref;
use crate::{instance, module, registry};
use hpy_shim::*;
use pyo3_ffi as ffi;
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;

// -- into the module -------------------------------------------------------------

/// A result on its way back to CPython.
trait Leave {
    /// The result for CPython.
    type Result;
    fn leave(self) -> Self::Result;
}

impl Leave for HPy {
    type Result = *mut cpy_PyObject;
    #[inline(always)]
    fn leave(self) -> *mut cpy_PyObject {
        object(self).cast()
    }
}

impl Leave for c_int {
    type Result = c_int;
    #[inline(always)]
    fn leave(self) -> c_int {
        self
    }
}

impl Leave for isize {
    type Result = isize;
    #[inline(always)]
    fn leave(self) -> isize {
        self
    }
}

/// The way in which arguments go into a module's function, and results come out: as they are,
/// or as handles of the debug mode.
pub trait Mode {
    /// Converts an argument.
    unsafe fn lend<T: Crosses>(&mut self, value: T) -> T;
    /// Converts an array of arguments.
    unsafe fn lend_all(&mut self, array: *const HPy, length: usize) -> *const HPy;
    /// Converts the result.
    unsafe fn back<T: Crosses>(&mut self, value: T) -> T;
    /// Returns how many keywords there are in a tuple of their names, if that matters.
    unsafe fn named(names: HPy) -> usize;
}

/// As they are.
struct Universal;

impl Mode for Universal {
    #[inline(always)]
    unsafe fn lend<T: Crosses>(&mut self, value: T) -> T {
        value
    }
    #[inline(always)]
    unsafe fn lend_all(&mut self, array: *const HPy, _: usize) -> *const HPy {
        array
    }
    #[inline(always)]
    unsafe fn back<T: Crosses>(&mut self, value: T) -> T {
        value
    }
    #[inline(always)]
    unsafe fn named(_: HPy) -> usize {
        0
    }
}

/// Calls the function `$f` of a signature whose arguments are plain.
macro_rules! call {
    ($mode:ident, $ctx:ident, $f:ident: $signature:ty, $args:ident: $struct:ty, ($($field:ident),*)) => {{
        let a = &mut *$args.cast::<$struct>();
        let f = transmute::<HPyCFunction, $signature>($f).unwrap_unchecked();
        let result = f($ctx, $($mode.lend(a.$field.across())),*);
        a.result = $mode.back(result).leave();
    }};
}

/// Runs `f`, of the signature `signature`, on handles: a module's trampolines call it.
///
/// `f` is never null, as the trampoline was made for it.
pub unsafe extern "C" fn ctx_CallRealFunctionFromTrampoline(
    ctx: *mut HPyContext,
    signature: HPyFunc_Signature,
    f: HPyCFunction,
    args: *mut c_void,
) {
    call_real(&mut Universal, ctx, signature, f, args);
}

/// Does that in either mode.
#[inline(always)]
pub unsafe fn call_real<M: Mode>(
    mode: &mut M,
    ctx: *mut HPyContext,
    signature: HPyFunc_Signature,
    f: HPyCFunction,
    args: *mut c_void,
) {
    // The calls of functions and methods, most frequent by far, before the others.
    if signature == HPyFunc_NOARGS {
        call!(mode, ctx, f: HPyFunc_noargs, args: _HPyFunc_args_NOARGS, (self_));
    } else if signature == HPyFunc_O {
        call!(mode, ctx, f: HPyFunc_o, args: _HPyFunc_args_O, (self_, arg));
    } else if signature == HPyFunc_VARARGS {
        let a = &mut *args.cast::<_HPyFunc_args_VARARGS>();
        let f = transmute::<HPyCFunction, HPyFunc_varargs>(f).unwrap_unchecked();
        // An array of objects is an array of handles.
        let args = mode.lend_all(a.args.cast(), a.nargs as usize);
        let result = f(ctx, mode.lend(a.self_.across()), args, a.nargs as usize);
        a.result = mode.back(result).leave();
    } else if signature == HPyFunc_KEYWORDS {
        let a = &mut *args.cast::<_HPyFunc_args_KEYWORDS>();
        let f = transmute::<HPyCFunction, HPyFunc_keywords>(f).unwrap_unchecked();
        let nargs = older::nargs(a.nargsf);
        let names = a.kwnames.across();
        let args = mode.lend_all(a.args.cast(), nargs + M::named(names));
        let (subject, names) = (mode.lend(a.self_.across()), mode.lend(names));
        a.result = mode.back(f(ctx, subject, args, nargs, names)).leave();
    } else {
        call_slot(mode, ctx, signature, f, args);
    }
}

/// Runs the implementation of a slot.
unsafe fn call_slot<M: Mode>(
    mode: &mut M,
    ctx: *mut HPyContext,
    signature: HPyFunc_Signature,
    f: HPyCFunction,
    args: *mut c_void,
) {
    match signature {
        HPyFunc_NEWFUNC => {
            let a = &mut *args.cast::<_HPyFunc_args_NEWFUNC>();
            let f = transmute::<HPyCFunction, HPyFunc_newfunc>(f).unwrap_unchecked();
            let result = with_arguments(a.args.cast(), |items| {
                let args = mode.lend_all(items.as_ptr(), items.len());
                let (subject, kw) = (mode.lend(a.self_.across()), mode.lend(a.kw.across()));
                f(ctx, subject, args, items.len() as isize, kw)
            });
            a.result = mode.back(result).leave();
        }
        HPyFunc_INITPROC => {
            let a = &mut *args.cast::<_HPyFunc_args_INITPROC>();
            let f = transmute::<HPyCFunction, HPyFunc_initproc>(f).unwrap_unchecked();
            a.result = with_arguments(a.args.cast(), |items| {
                let args = mode.lend_all(items.as_ptr(), items.len());
                let (subject, kw) = (mode.lend(a.self_.across()), mode.lend(a.kw.across()));
                f(ctx, subject, args, items.len() as isize, kw)
            });
        }
        HPyFunc_UNARYFUNC => {
            call!(mode, ctx, f: HPyFunc_unaryfunc, args: _HPyFunc_args_UNARYFUNC, (arg0));
        }
        HPyFunc_BINARYFUNC => {
            call!(mode, ctx, f: HPyFunc_binaryfunc, args: _HPyFunc_args_BINARYFUNC, (arg0, arg1));
        }
        HPyFunc_TERNARYFUNC => {
            call!(mode, ctx, f: HPyFunc_ternaryfunc, args: _HPyFunc_args_TERNARYFUNC, (arg0, arg1, arg2));
        }
        HPyFunc_INQUIRY => {
            call!(mode, ctx, f: HPyFunc_inquiry, args: _HPyFunc_args_INQUIRY, (arg0));
        }
        HPyFunc_LENFUNC => {
            call!(mode, ctx, f: HPyFunc_lenfunc, args: _HPyFunc_args_LENFUNC, (arg0));
        }
        HPyFunc_SSIZEARGFUNC => {
            call!(mode, ctx, f: HPyFunc_ssizeargfunc, args: _HPyFunc_args_SSIZEARGFUNC, (arg0, arg1));
        }
        HPyFunc_SSIZESSIZEARGFUNC => call!(
            mode, ctx, f: HPyFunc_ssizessizeargfunc, args: _HPyFunc_args_SSIZESSIZEARGFUNC,
            (arg0, arg1, arg2)
        ),
        HPyFunc_SSIZEOBJARGPROC => call!(
            mode, ctx, f: HPyFunc_ssizeobjargproc, args: _HPyFunc_args_SSIZEOBJARGPROC,
            (arg0, arg1, arg2)
        ),
        HPyFunc_SSIZESSIZEOBJARGPROC => call!(
            mode, ctx, f: HPyFunc_ssizessizeobjargproc, args: _HPyFunc_args_SSIZESSIZEOBJARGPROC,
            (arg0, arg1, arg2, arg3)
        ),
        HPyFunc_OBJOBJARGPROC => call!(
            mode, ctx, f: HPyFunc_objobjargproc, args: _HPyFunc_args_OBJOBJARGPROC,
            (arg0, arg1, arg2)
        ),
        HPyFunc_FREEFUNC => {
            let a = &*args.cast::<_HPyFunc_args_FREEFUNC>();
            transmute::<HPyCFunction, HPyFunc_freefunc>(f).unwrap_unchecked()(ctx, a.arg0);
        }
        HPyFunc_GETATTRFUNC => {
            call!(mode, ctx, f: HPyFunc_getattrfunc, args: _HPyFunc_args_GETATTRFUNC, (arg0, arg1));
        }
        HPyFunc_GETATTROFUNC => {
            call!(mode, ctx, f: HPyFunc_getattrofunc, args: _HPyFunc_args_GETATTROFUNC, (arg0, arg1));
        }
        HPyFunc_SETATTRFUNC => {
            call!(mode, ctx, f: HPyFunc_setattrfunc, args: _HPyFunc_args_SETATTRFUNC, (arg0, arg1, arg2));
        }
        HPyFunc_SETATTROFUNC => call!(
            mode, ctx, f: HPyFunc_setattrofunc, args: _HPyFunc_args_SETATTROFUNC,
            (arg0, arg1, arg2)
        ),
        HPyFunc_REPRFUNC => {
            call!(mode, ctx, f: HPyFunc_reprfunc, args: _HPyFunc_args_REPRFUNC, (arg0));
        }
        HPyFunc_HASHFUNC => {
            call!(mode, ctx, f: HPyFunc_hashfunc, args: _HPyFunc_args_HASHFUNC, (arg0));
        }
        HPyFunc_RICHCMPFUNC => {
            call!(mode, ctx, f: HPyFunc_richcmpfunc, args: _HPyFunc_args_RICHCMPFUNC, (arg0, arg1, arg2));
        }
        HPyFunc_GETITERFUNC => {
            call!(mode, ctx, f: HPyFunc_getiterfunc, args: _HPyFunc_args_GETITERFUNC, (arg0));
        }
        HPyFunc_ITERNEXTFUNC => {
            call!(mode, ctx, f: HPyFunc_iternextfunc, args: _HPyFunc_args_ITERNEXTFUNC, (arg0));
        }
        HPyFunc_DESCRGETFUNC => call!(
            mode, ctx, f: HPyFunc_descrgetfunc, args: _HPyFunc_args_DESCRGETFUNC,
            (arg0, arg1, arg2)
        ),
        HPyFunc_DESCRSETFUNC => call!(
            mode, ctx, f: HPyFunc_descrsetfunc, args: _HPyFunc_args_DESCRSETFUNC,
            (arg0, arg1, arg2)
        ),
        HPyFunc_GETTER => {
            call!(mode, ctx, f: HPyFunc_getter, args: _HPyFunc_args_GETTER, (arg0, arg1));
        }
        HPyFunc_SETTER => {
            call!(mode, ctx, f: HPyFunc_setter, args: _HPyFunc_args_SETTER, (arg0, arg1, arg2));
        }
        HPyFunc_OBJOBJPROC => {
            call!(mode, ctx, f: HPyFunc_objobjproc, args: _HPyFunc_args_OBJOBJPROC, (arg0, arg1));
        }
        HPyFunc_DESTRUCTOR => {
            let a = &*args.cast::<_HPyFunc_args_DESTRUCTOR>();
            let f = transmute::<HPyCFunction, HPyFunc_destructor>(f).unwrap_unchecked();
            f(ctx, mode.lend(a.arg0.across()));
        }
        HPyFunc_TRAVERSEPROC => {
            let a = &mut *args.cast::<_HPyFunc_args_TRAVERSEPROC>();
            let f = transmute::<HPyCFunction, HPyFunc_traverseproc>(f);
            // SAFETY: the same C function, under HPy's and under CPython's name of its type.
            let visit = transmute::<cpy_visitproc, ffi::visitproc>(a.visit);
            a.result = instance::traverse_with(f, a.self_.cast(), visit, a.arg);
        }
        HPyFunc_GETBUFFERPROC => get_buffer(mode, ctx, f, &mut *args.cast()),
        HPyFunc_RELEASEBUFFERPROC => release_buffer(mode, ctx, f, &*args.cast()),
        HPyFunc_CAPSULE_DESTRUCTOR => {
            let f = transmute::<HPyCFunction, HPyFunc_Capsule_Destructor>(f).unwrap_unchecked();
            let capsule: Object = args.cast();
            let name = ffi::PyCapsule_GetName(capsule);
            let pointer = ffi::PyCapsule_GetPointer(capsule, name);
            f(name, pointer, ffi::PyCapsule_GetContext(capsule));
        }
        HPyFunc_MOD_CREATE => {
            let a = &mut *args.cast::<_HPyFunc_args_MOD_CREATE>();
            let f = transmute::<HPyCFunction, HPyFunc_mod_create>(f).unwrap_unchecked();
            let made = f(ctx, mode.lend(a.spec.across()));
            a.result = module::checked(mode.back(made)).leave();
        }
        _ => ffi::Py_FatalError(c"an HPy module used an unknown signature".as_ptr()),
    }
}

unsafe fn get_buffer<M: Mode>(
    mode: &mut M,
    ctx: *mut HPyContext,
    f: HPyCFunction,
    a: &mut _HPyFunc_args_GETBUFFERPROC,
) {
    let f = transmute::<HPyCFunction, HPyFunc_getbufferproc>(f).unwrap_unchecked();
    let view = &mut *a.view.cast::<ffi::Py_buffer>();
    let mut filled = HPy_buffer::default();
    a.result = f(ctx, mode.lend(a.self_.across()), &raw mut filled, a.flags);
    if a.result < 0 {
        view.obj = ptr::null_mut();
        return;
    }
    *view = ffi::Py_buffer {
        buf: filled.buf,
        // The reference that the handle had is the view's from now on.
        obj: object(mode.back(filled.obj)),
        len: filled.len,
        itemsize: filled.itemsize,
        readonly: filled.readonly,
        ndim: filled.ndim,
        format: filled.format,
        shape: filled.shape,
        strides: filled.strides,
        suboffsets: filled.suboffsets,
        internal: filled.internal,
    };
}

unsafe fn release_buffer<M: Mode>(
    mode: &mut M,
    ctx: *mut HPyContext,
    f: HPyCFunction,
    a: &_HPyFunc_args_RELEASEBUFFERPROC,
) {
    let f = transmute::<HPyCFunction, HPyFunc_releasebufferproc>(f).unwrap_unchecked();
    let view = &*a.view.cast::<ffi::Py_buffer>();
    let mut shown = HPy_buffer {
        buf: view.buf,
        obj: mode.lend(handle(view.obj)),
        len: view.len,
        itemsize: view.itemsize,
        readonly: view.readonly,
        ndim: view.ndim,
        format: view.format,
        shape: view.shape,
        strides: view.strides,
        suboffsets: view.suboffsets,
        internal: view.internal,
    };
    f(ctx, mode.lend(a.self_.across()), &raw mut shown);
}

// -- out of the module -----------------------------------------------------------

pub unsafe extern "C" fn ctx_CallTupleDict(
    _: *mut HPyContext,
    callable: HPy,
    args: HPy,
    kw: HPy,
) -> HPy {
    let (args, kw) = (object(args), object(kw));
    if !args.is_null() && ffi::PyTuple_Check(args) == 0 {
        type_error("HPy_CallTupleDict requires args to be a tuple or null handle");
        return NULL;
    }
    if !kw.is_null() && ffi::PyDict_Check(kw) == 0 {
        type_error("HPy_CallTupleDict requires kw to be a dict or null handle");
        return NULL;
    }
    if kw.is_null() {
        return handle(ffi::PyObject_CallObject(object(callable), args));
    }
    let made = if args.is_null() {
        ffi::PyTuple_New(0)
    } else {
        ptr::null_mut()
    };
    let args = if args.is_null() { made } else { args };
    if args.is_null() {
        return NULL;
    }
    let result = ffi::PyObject_Call(object(callable), args, kw);
    decref(made);
    handle(result)
}

/// Handles are objects, and so is the array of them.
fn arguments(args: *const HPy) -> *const Object {
    args.cast()
}

pub unsafe extern "C" fn ctx_Call(
    _: *mut HPyContext,
    callable: HPy,
    args: *const HPy,
    nargs: usize,
    kwnames: HPy,
) -> HPy {
    handle(older::vectorcall(
        object(callable),
        arguments(args),
        nargs,
        object(kwnames),
    ))
}

/// The receiver is the first of the arguments.
pub unsafe extern "C" fn ctx_CallMethod(
    _: *mut HPyContext,
    name: HPy,
    args: *const HPy,
    nargs: usize,
    kwnames: HPy,
) -> HPy {
    handle(ffi::PyObject_VectorcallMethod(
        object(name),
        arguments(args),
        nargs,
        object(kwnames),
    ))
}

pub unsafe extern "C" fn ctx_SetCallFunction(
    _: *mut HPyContext,
    h: HPy,
    function: *mut HPyCallFunction,
) -> c_int {
    let kind = ffi::Py_TYPE(object(h));
    let call = registry::nearest(kind).and_then(|extra| extra.call.as_ref());
    let Some(call) = call else {
        type_error("the type does not implement the HPy call protocol");
        return -1;
    };
    call.store(object(h), (*function).cpy_trampoline);
    0
}
