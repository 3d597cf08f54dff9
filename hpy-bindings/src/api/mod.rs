// SPDX-License-Identifier: MIT OR Apache-2.0

//! The context token and one safe method per context function in use, by subject. Every
//! call of the host goes through this folder, by one of the two macros below.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::panic::RefUnwindSafe;
use std::ptr::NonNull;

use hpy_shim::{self as shim, HPy, HPyContext};

use crate::error::{PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::kept::Owners;

/// Proof that the calling thread holds the interpreter, for as long as `'c`.
///
/// Every native function gets one as its first argument. It is `Copy`, cannot be
/// made by safe code and cannot go to another thread.
///
/// ```
/// use hpy_bindings::{exactly, Borrowed, Ctx, Handle, ModuleDef, PyResult};
///
/// /// Makes a list: objects are made by methods of `Ctx`.
/// fn squares<'c>(module: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
///     let (ctx, [count]) = (module.ctx(), exactly(args)?);
///     ctx.list((0..count.extract::<u64>()?).map(|n| n * n))
/// }
///
/// /// Names in other modules and in `builtins`.
/// fn root(ctx: Ctx<'_>, number: f64) -> PyResult<f64> {
///     let root = ctx.import(c"math")?.attr(c"sqrt")?;
///     let number = ctx.builtin(c"float")?.call(&[ctx.tuple([number])?.item(0)?.as_borrowed()])?;
///     root.call(&[number.as_borrowed()])?.extract()
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function_raw(c"squares", c"", squares).function(c"root", c"", root);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.squares(4)
/// // [0, 1, 4, 9]
/// // >>> example.root(6.25)
/// // 2.5
/// ```
#[derive(Clone, Copy)]
pub struct Ctx<'c> {
    call: NonNull<Call>,
    /// Handles are good for one thread only.
    _life: PhantomData<(&'c (), *mut ())>,
}

/// One call of a native function.
pub(crate) struct Call {
    raw: NonNull<HPyContext>,
    /// The objects in it that keep others.
    pub(crate) owners: Owners,
}

impl Call {
    /// # Safety
    /// `raw` is a live context and this thread holds the interpreter throughout the call.
    #[inline(always)]
    pub(crate) unsafe fn new(raw: *mut HPyContext) -> Self {
        Call {
            // SAFETY: hosts never pass a null context (caller's promise).
            raw: unsafe { NonNull::new_unchecked(raw) },
            owners: Owners::default(),
        }
    }

    /// Returns the context of the call.
    #[inline(always)]
    pub(crate) fn ctx(&self) -> Ctx<'_> {
        Ctx {
            call: NonNull::from(self),
            _life: PhantomData,
        }
    }
}

// What a panic leaves half done is seen to where the call ends.
impl RefUnwindSafe for Call {}

/// Calls a member of the context struct that lies where hpy 0.9.0's headers say.
macro_rules! call {
    ($ctx:expr, $name:ident $(, $arg:expr)* $(,)?) => {{
        const {
            assert!(
                std::mem::offset_of!(hpy_shim::HPyContext, $name)
                    < std::mem::offset_of!(hpy_shim::HPyContext, h_Builtins)
            )
        };
        let raw = $ctx.for_call(const { $crate::api::may_meet_an_exception(stringify!($name)) });
        // SAFETY: a `Ctx` exists only while the host's context is alive and this
        // thread holds the interpreter; handles passed are live by construction of
        // `Handle` and `Borrowed`; `find_layout` saw that the host fills every member.
        unsafe {
            let function = (*raw).$name.unwrap_unchecked();
            if const { $crate::api::runs_python(stringify!($name)) } {
                $crate::api::thread_state::call_host(function, (raw, $($arg,)*))
            } else {
                function(raw, $($arg),*)
            }
        }
    }};
}

/// Members that run no Python code, whatever they are given, and so give no other thread its
/// turn. (What a module's own function does, it does by calls of its own.)
const WITHOUT_PYTHON: [&str; 21] = [
    "ctx_AsStruct_Object",
    "ctx_Bytes_AS_STRING",
    "ctx_Bytes_Check",
    "ctx_Bytes_GET_SIZE",
    "ctx_Callable_Check",
    "ctx_Dict_Check",
    "ctx_Dup",
    "ctx_Err_Occurred",
    "ctx_Field_Load",
    "ctx_Float_FromDouble",
    "ctx_Global_Load",
    "ctx_Is",
    "ctx_List_Check",
    "ctx_Long_FromInt64_t",
    "ctx_Long_FromUInt64_t",
    "ctx_Number_Check",
    "ctx_Tuple_Check",
    "ctx_Type",
    "ctx_TypeCheck",
    "ctx_Unicode_AsUTF8AndSize",
    "ctx_Unicode_Check",
];

/// Members that may be called while an exception is pending: those that deal with it, and
/// those that neither raise an exception nor look whether there is one. (What runs when an
/// object is gone finds none: hosts put it aside for that.)
const WITH_AN_EXCEPTION: [&str; 21] = [
    "ctx_AsStruct_Object",
    "ctx_Bytes_AS_STRING",
    "ctx_Bytes_Check",
    "ctx_Bytes_GET_SIZE",
    "ctx_Callable_Check",
    "ctx_Close",
    "ctx_Dict_Check",
    "ctx_Dup",
    "ctx_Err_Clear",
    "ctx_Err_ExceptionMatches",
    "ctx_Err_Occurred",
    "ctx_Err_WriteUnraisable",
    "ctx_Field_Load",
    "ctx_Global_Load",
    "ctx_Is",
    "ctx_List_Check",
    "ctx_Tuple_Check",
    "ctx_Type",
    "ctx_TypeCheck",
    "ctx_Type_IsSubtype",
    "ctx_Unicode_Check",
];

/// Tells whether a member of the context may run Python code, in which a thread may be ended.
const fn runs_python(name: &str) -> bool {
    !is_among(&WITHOUT_PYTHON, name)
}

/// Tells whether a member of the context may be called while an exception is pending.
const fn may_meet_an_exception(name: &str) -> bool {
    is_among(&WITH_AN_EXCEPTION, name)
}

const fn is_among(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if same(name.as_bytes(), names[at].as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

/// Compares two names, as `==` cannot in a constant.
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    a.len() == b.len()
}

/// Calls a member behind `h_Builtins`, which lies further in the contexts of some hosts:
/// see `layout.rs`.
macro_rules! call_behind {
    ($ctx:expr, $name:ident $(, $arg:expr)* $(,)?) => {{
        const OFFSET: usize = std::mem::offset_of!(hpy_shim::HPyContext, $name);
        const { assert!(OFFSET > std::mem::offset_of!(hpy_shim::HPyContext, h_Builtins)) };
        let raw = $ctx.for_call(const { $crate::api::may_meet_an_exception(stringify!($name)) });
        // SAFETY: as in `call!`; `layout` found the place where this host has the member.
        unsafe {
            match $crate::api::layout::member(raw, OFFSET, |context| context.$name) {
                Some(function) => $crate::api::thread_state::call_host(function, (raw, $($arg,)*)),
                None => $crate::api::missing(stringify!($name)),
            }
        }
    }};
}

mod capsules;
mod containers;
mod contextvars;
mod errors;
mod layout;
mod numbers;
mod objects;
mod text;
pub(crate) mod thread_state;

#[cold]
fn missing(name: &str) -> ! {
    panic!("this host's context has no {name}")
}

impl<'c> Ctx<'c> {
    /// Returns the call that the context is of.
    #[inline(always)]
    pub(crate) fn this_call(self) -> &'c Call {
        // SAFETY: `Call::ctx` borrows the call for `'c`.
        unsafe { self.call.as_ref() }
    }

    #[inline(always)]
    fn raw(self) -> NonNull<HPyContext> {
        self.this_call().raw
    }

    /// Borrows a constant of the context struct.
    #[inline(always)]
    pub(crate) fn constant(self, pick: fn(&HPyContext) -> HPy) -> Borrowed<'c> {
        // SAFETY: see `call!`.
        Borrowed::new(self, pick(unsafe { self.raw().as_ref() }))
    }

    /// Returns the name of the host's context.
    pub(crate) fn host_name(self) -> &'c [u8] {
        // SAFETY: a context begins with its name, a C string that lives as long.
        unsafe { CStr::from_ptr(self.raw().as_ref().name) }.to_bytes()
    }

    /// Returns `None`.
    #[inline]
    pub fn none(self) -> Handle<'c> {
        self.constant(|c| c.h_None).to_owned()
    }

    /// Returns `NotImplemented`, for binary operators that leave the work to the other operand.
    pub fn not_implemented(self) -> Handle<'c> {
        self.constant(|c| c.h_NotImplemented).to_owned()
    }

    /// Returns a member of the module `builtins`.
    pub fn builtin(self, name: &CStr) -> PyResult<Handle<'c>> {
        self.named_item(self.constant(|c| c.h_Builtins), name)
    }

    /// Wraps a handle that a host function returned for this code to own.
    #[inline(always)]
    pub(crate) fn own(self, raw: HPy) -> PyResult<Handle<'c>> {
        match raw._i {
            0 => Err(PyErr::pending(self)),
            _ => Ok(Handle::new(self, raw)),
        }
    }

    /// Turns C's "-1 means an exception" into a result.
    pub(crate) fn check(self, status: i32) -> PyResult<i32> {
        match status {
            -1 => Err(PyErr::pending(self)),
            other => Ok(other),
        }
    }

    #[inline(always)]
    pub(crate) fn dup(self, h: HPy) -> HPy {
        call!(self, ctx_Dup, h)
    }

    #[inline(always)]
    pub(crate) fn close(self, h: HPy) {
        if thread_state::may_drop() {
            call!(self, ctx_Close, h);
        }
    }

    pub(crate) fn is(self, a: HPy, b: HPy) -> bool {
        call!(self, ctx_Is, a, b) == 1
    }

    // Stored references

    pub(crate) fn store_global(self, global: *mut shim::HPyGlobal, h: Borrowed<'_>) {
        call!(self, ctx_Global_Store, global, h.raw());
    }

    pub(crate) fn load_global(self, global: shim::HPyGlobal) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Global_Load, global))
    }

    pub(crate) fn store_field(self, owner: Borrowed<'_>, field: *mut shim::HPyField, h: HPy) {
        call!(self, ctx_Field_Store, owner.raw(), field, h);
    }

    pub(crate) fn load_field(
        self,
        owner: Borrowed<'_>,
        field: shim::HPyField,
    ) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Field_Load, owner.raw(), field))
    }

    // Threads

    /// Runs `work` without the interpreter, so that other Python threads go on.
    ///
    /// The closure must be `Send`, which no context, handle or stored reference is:
    /// the compiler refuses work that would touch Python. What is carried there all the
    /// same, by a wrapper that checks threads when the program runs, panics when it is used.
    /// A panic inside takes the interpreter back before it goes on.
    ///
    /// ```
    /// # use hpy_bindings::{Ctx, ModuleDef};
    /// /// Other Python threads run while this one sums up.
    /// fn total(ctx: Ctx<'_>, numbers: Vec<u64>) -> u64 {
    ///     ctx.leave_python(|| numbers.iter().sum())
    /// }
    ///
    /// fn define(m: &mut ModuleDef) {
    ///     m.function(c"total", c"", total);
    /// }
    /// # hpy_bindings::module!("example", define);
    ///
    /// // >>> example.total([20, 22])
    /// // 42
    /// ```
    pub fn leave_python<R: Send>(self, work: impl FnOnce() -> R + Send) -> R {
        struct Reenter<'c>(Ctx<'c>, shim::HPyThreadState);
        impl Drop for Reenter<'_> {
            fn drop(&mut self) {
                call!(self.0, ctx_ReenterPythonExecution, self.1);
            }
        }
        let _reenter = Reenter(self, call!(self, ctx_LeavePythonExecution));
        let _away = thread_state::Away::begin(); // ends before that
        work()
    }
}

/// Calls a function that came CPython's way.
///
/// # Safety
/// `raw` is a live context and this thread holds the interpreter; `function` is of this
/// signature, and `args` what it takes.
pub(crate) unsafe fn call_real_function(
    raw: *mut HPyContext,
    signature: shim::HPyFunc_Signature,
    function: shim::HPyCFunction,
    args: *mut std::ffi::c_void,
) {
    // Not by `call!`: the thread has the interpreter, whatever calls further up have left.
    // SAFETY: the caller's promise; `find_layout` saw that the host fills every member.
    unsafe {
        let call = (*raw).ctx_CallRealFunctionFromTrampoline;
        call.unwrap_unchecked()(raw, signature, function, args);
    }
}
