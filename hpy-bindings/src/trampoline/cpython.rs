// SPDX-License-Identifier: MIT OR Apache-2.0

//! The signatures: for each, a trait for functions of HPy's form, and the function of
//! CPython's form that a CPython host puts into its tables.
//!
//! The second kind hands its arguments, unread, back to the host, which makes handles of
//! them and calls the first kind. It is the only code in the project that spells the
//! interpreter's pointer types.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use hpy_shim::{self as shim, HPy, HPyContext, cpy_Py_buffer, cpy_PyObject};

use crate::api::call_real_function;

/// The context that CPython's way of calling does not pass along; set by the host
/// when it loads the module.
static CONTEXT: AtomicPtr<HPyContext> = AtomicPtr::new(ptr::null_mut());

pub(crate) fn set_context(ctx: *mut HPyContext) {
    CONTEXT.store(ctx, Ordering::Release);
}

/// Hands a call that came CPython's way to the host, which turns the object pointers
/// in `args` into handles and calls `function`.
fn enter<A>(signature: shim::HPyFunc_Signature, function: *const (), args: &mut A) {
    let ctx = CONTEXT.load(Ordering::Acquire);
    // SAFETY: a function pointer passed untyped, as the ABI wants it; the host calls it
    // by `signature`.
    let function = unsafe { std::mem::transmute::<*const (), shim::HPyCFunction>(function) };
    let args = ptr::from_mut(args).cast::<c_void>();
    // SAFETY: CPython calls module code only with the interpreter held, and after the
    // host has set the context.
    unsafe { call_real_function(ctx, signature, function, args) };
}

/// Returns an untyped function pointer for a table entry.
pub(crate) fn erased(function: *const ()) -> shim::HPyCFunction {
    // SAFETY: only the pointer's type changes; hosts call it by its declared signature.
    unsafe { std::mem::transmute::<*const (), shim::HPyCFunction>(function) }
}

/// Returns an untyped trampoline for a table entry.
pub(crate) fn erased_trampoline(function: *const ()) -> shim::cpy_PyCFunction {
    // SAFETY: as for `erased`.
    unsafe { std::mem::transmute::<*const (), shim::cpy_PyCFunction>(function) }
}

type Object = *mut cpy_PyObject;

/// Declares, for each signature, the trait of functions of HPy's form, and CPython's form.
/// `[…]` lists HPy's parameters; `(…)` CPython's, each with the member of the argument
/// struct it fills, in the struct's order.
macro_rules! signatures {
    ($($(#[$doc:meta])* $trait:ident $function:ident: $signature:ident $struct:ident
        [$($hpy:ty),*] ($($param:ident => $member:ident: $cpython:ty),*) -> $returned:ty, $result:ty;)*) => {$(
        $(#[$doc])*
        pub(crate) trait $trait {
            /// # Safety
            /// Called by a host, with live handles for the time of the call.
            unsafe extern "C" fn call(ctx: *mut HPyContext, $(_: $hpy),*) -> $returned;
        }

        /// CPython's form of the signature.
        pub(crate) unsafe extern "C" fn $function<F: $trait>($($param: $cpython),*) -> $result {
            let mut args = shim::$struct { $($member: $param,)* ..Default::default() };
            enter(shim::$signature, F::call as *const (), &mut args);
            args.result
        }
    )*};
}

signatures! {
    /// `f(self)`
    NoArgs no_args: HPyFunc_NOARGS _HPyFunc_args_NOARGS
        [HPy] (this => self_: Object) -> HPy, Object;
    /// `f(self, arg)`
    OneArg one_arg: HPyFunc_O _HPyFunc_args_O
        [HPy, HPy] (this => self_: Object, arg => arg: Object) -> HPy, Object;
    /// `f(self, *args)`
    VarArgs var_args: HPyFunc_VARARGS _HPyFunc_args_VARARGS
        [HPy, *const HPy, usize]
        (this => self_: Object, args => args: *const Object, nargs => nargs: isize) -> HPy, Object;
    /// `f(self, *args, **kwargs)`
    Keywords keywords: HPyFunc_KEYWORDS _HPyFunc_args_KEYWORDS
        [HPy, *const HPy, usize, HPy]
        (this => self_: Object, args => args: *const Object, nargs => nargsf: usize, names => kwnames: Object)
        -> HPy, Object;
    /// `cls.__new__(cls, *args, **kwargs)`
    NewFunc new_func: HPyFunc_NEWFUNC _HPyFunc_args_NEWFUNC
        [HPy, *const HPy, isize, HPy]
        (class => self_: Object, args => args: Object, kw => kw: Object) -> HPy, Object;
    /// `repr(self)`
    ReprFunc repr_func: HPyFunc_REPRFUNC _HPyFunc_args_REPRFUNC
        [HPy] (this => arg0: Object) -> HPy, Object;
    /// `len(self)`
    LenFunc len_func: HPyFunc_LENFUNC _HPyFunc_args_LENFUNC
        [HPy] (this => arg0: Object) -> isize, isize;
    /// `bool(self)`, and a module's exec slot
    Inquiry inquiry: HPyFunc_INQUIRY _HPyFunc_args_INQUIRY
        [HPy] (this => arg0: Object) -> c_int, c_int;
    /// `arg in self`
    Contains contains: HPyFunc_OBJOBJPROC _HPyFunc_args_OBJOBJPROC
        [HPy, HPy] (this => arg0: Object, arg => arg1: Object) -> c_int, c_int;
    /// `-self`, `abs(self)` …
    UnaryFunc unary_func: HPyFunc_UNARYFUNC _HPyFunc_args_UNARYFUNC
        [HPy] (this => arg0: Object) -> HPy, Object;
    /// `left + right`, `self += right`, `self[right]` …
    BinaryFunc binary_func: HPyFunc_BINARYFUNC _HPyFunc_args_BINARYFUNC
        [HPy, HPy] (left => arg0: Object, right => arg1: Object) -> HPy, Object;
    /// `pow(base, exponent, modulus)`
    TernaryFunc ternary_func: HPyFunc_TERNARYFUNC _HPyFunc_args_TERNARYFUNC
        [HPy, HPy, HPy]
        (base => arg0: Object, exponent => arg1: Object, modulus => arg2: Object) -> HPy, Object;
    /// `self[index]`, `self * count`
    IndexFunc index_func: HPyFunc_SSIZEARGFUNC _HPyFunc_args_SSIZEARGFUNC
        [HPy, isize] (this => arg0: Object, index => arg1: isize) -> HPy, Object;
    /// `self[index] = value`; null deletes
    SetIndex set_index: HPyFunc_SSIZEOBJARGPROC _HPyFunc_args_SSIZEOBJARGPROC
        [HPy, isize, HPy]
        (this => arg0: Object, index => arg1: isize, value => arg2: Object) -> c_int, c_int;
    /// `self[key] = value`; null deletes
    SetKey set_key: HPyFunc_OBJOBJARGPROC _HPyFunc_args_OBJOBJARGPROC
        [HPy, HPy, HPy]
        (this => arg0: Object, key => arg1: Object, value => arg2: Object) -> c_int, c_int;
    /// `self < other` …
    RichCompare rich_compare: HPyFunc_RICHCMPFUNC _HPyFunc_args_RICHCMPFUNC
        [HPy, HPy, shim::HPy_RichCmpOp]
        (this => arg0: Object, other => arg1: Object, op => arg2: shim::HPy_RichCmpOp)
        -> HPy, Object;
    /// Fills in a view of the object's memory.
    GetBuffer get_buffer: HPyFunc_GETBUFFERPROC _HPyFunc_args_GETBUFFERPROC
        [HPy, *mut shim::HPy_buffer, c_int]
        (this => self_: Object, view => view: *mut cpy_Py_buffer, flags => flags: c_int)
        -> c_int, c_int;
}

/// Ends a view of the object's memory.
pub(crate) trait ReleaseBuffer {
    /// # Safety
    /// Called by a host, with a live handle for the time of the call, once for each
    /// view that [`GetBuffer`] made.
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, view: *mut shim::HPy_buffer);
}

/// CPython's form of [`ReleaseBuffer`].
pub(crate) unsafe extern "C" fn release_buffer<F: ReleaseBuffer>(
    this: Object,
    view: *mut cpy_Py_buffer,
) {
    let mut args = shim::_HPyFunc_args_RELEASEBUFFERPROC { self_: this, view };
    let function = F::call as *const ();
    enter(shim::HPyFunc_RELEASEBUFFERPROC, function, &mut args);
}

/// Runs when nobody can reach the object any more.
pub(crate) trait Finalize {
    /// # Safety
    /// Called by a host, with a live handle for the time of the call.
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy);
}

/// CPython's form of [`Finalize`].
pub(crate) unsafe extern "C" fn finalize<F: Finalize>(this: Object) {
    let mut args = shim::_HPyFunc_args_DESTRUCTOR { arg0: this };
    let function = F::call as *const ();
    enter(shim::HPyFunc_DESTRUCTOR, function, &mut args);
}

/// CPython's form of `tp_traverse`; [`crate::instance::traverse`] is HPy's.
pub(crate) unsafe extern "C" fn traverse<T: crate::Class>(
    this: Object,
    visit: shim::cpy_visitproc,
    arg: *mut c_void,
) -> c_int {
    let mut args = shim::_HPyFunc_args_TRAVERSEPROC {
        self_: this,
        visit,
        arg,
        result: 0,
    };
    let function = crate::instance::traverse::<T> as *const ();
    enter(shim::HPyFunc_TRAVERSEPROC, function, &mut args);
    args.result
}

/// Stands in CPython's table for `tp_destroy`, which hosts call by themselves.
pub(crate) extern "C" fn never_called() {
    std::process::abort();
}

/// HPy's form of a capsule's destructor, which runs without a context.
pub(crate) trait Destructor {
    /// Lets go of what a capsule of this name leads to.
    ///
    /// # Safety
    /// The capsule was made with this destructor, and ends.
    unsafe extern "C" fn destroy(name: *const c_char, pointer: *mut c_void, context: *mut c_void);
}

/// CPython's form of a capsule's destructor. The host reads the capsule: it stands where other
/// calls have their arguments.
pub(crate) unsafe extern "C" fn capsule_destructor<D: Destructor>(capsule: Object) {
    let ctx = CONTEXT.load(Ordering::Acquire);
    let function = erased(D::destroy as *const ());
    let signature = shim::HPyFunc_CAPSULE_DESTRUCTOR;
    // SAFETY: as in `enter`.
    unsafe { call_real_function(ctx, signature, function, capsule.cast()) };
}
