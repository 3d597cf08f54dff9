//! The context token and one safe method per context function in use. Every
//! call of the host goes through this file.
//!
//! Only members up to `h_Builtins` may be used: PyPy's context has one more constant
//! (`h_DictType`) behind it, so what follows (capsules, context variables, `ctx_Call`,
//! `ctx_Unicode_FromEncodedObject` …) lies eight bytes further there than hpy 0.9.0's
//! headers say.

use std::ffi::{c_char, CStr, CString};
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ptr::NonNull;

use hpy_shim::{self as shim, HPy, HPyContext};

use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Arg, Handle};

/// Proof that the calling thread holds the interpreter, for as long as `'c`.
///
/// Every native function gets one as its first argument. It is `Copy`, cannot be
/// made by safe code and cannot go to another thread.
#[derive(Clone, Copy)]
pub struct Ctx<'c> {
    raw: NonNull<HPyContext>,
    /// Handles are good for one thread only.
    _life: PhantomData<(&'c (), *mut ())>,
}

/// Calls a member of the context struct. The one place where the struct is read.
macro_rules! call {
    ($ctx:expr, $name:ident $(, $arg:expr)* $(,)?) => {{
        const { assert!(offset_of!(HPyContext, $name) < offset_of!(HPyContext, h_Builtins)) };
        let raw = $ctx.raw.as_ptr();
        // SAFETY: a `Ctx` exists only while the host's context is alive and this
        // thread holds the interpreter; handles passed are live by construction of
        // `Handle` and `Arg`; the host fills every member of this ABI version.
        unsafe {
            match (*raw).$name {
                Some(function) => function(raw, $($arg),*),
                None => missing(stringify!($name)),
            }
        }
    }};
}

#[cold]
fn missing(name: &str) -> ! {
    panic!("this host's context has no {name}")
}

impl<'c> Ctx<'c> {
    /// # Safety
    /// `raw` is a live context and this thread holds the interpreter throughout `'c`.
    pub(crate) unsafe fn new(raw: *mut HPyContext) -> Self {
        Ctx {
            // SAFETY: hosts never pass a null context (caller's promise).
            raw: unsafe { NonNull::new_unchecked(raw) },
            _life: PhantomData,
        }
    }

    /// A constant of the context struct, borrowed.
    pub(crate) fn constant(self, pick: fn(&HPyContext) -> HPy) -> Arg<'c> {
        // SAFETY: see `call!`.
        Arg::new(self, pick(unsafe { self.raw.as_ref() }))
    }

    /// `None`.
    pub fn none(self) -> Handle<'c> {
        self.constant(|c| c.h_None).to_owned()
    }

    /// `NotImplemented`, for binary operators that leave the work to the other operand.
    pub fn not_implemented(self) -> Handle<'c> {
        self.constant(|c| c.h_NotImplemented).to_owned()
    }

    /// A member of the module `builtins`.
    pub fn builtin(self, name: &CStr) -> PyResult<Handle<'c>> {
        let builtins = self.constant(|c| c.h_Builtins).raw();
        self.own(call!(self, ctx_GetItem_s, builtins, name.as_ptr()))
    }

    /// Wraps a handle that a host function returned for us to own.
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

    pub(crate) fn dup(self, h: HPy) -> HPy {
        call!(self, ctx_Dup, h)
    }

    pub(crate) fn close(self, h: HPy) {
        call!(self, ctx_Close, h)
    }

    pub(crate) fn is(self, a: HPy, b: HPy) -> bool {
        call!(self, ctx_Is, a, b) == 1
    }

    // Numbers

    pub(crate) fn int(self, value: i64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Long_FromInt64_t, value))
    }

    pub(crate) fn uint(self, value: u64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Long_FromUInt64_t, value))
    }

    pub(crate) fn as_int(self, h: Arg<'_>) -> PyResult<i64> {
        let value = call!(self, ctx_Long_AsInt64_t, h.raw());
        if value == -1 && self.occurred() {
            return Err(PyErr::pending(self));
        }
        Ok(value)
    }

    pub(crate) fn as_uint(self, h: Arg<'_>) -> PyResult<u64> {
        let value = call!(self, ctx_Long_AsUInt64_t, h.raw());
        if value == u64::MAX && self.occurred() {
            return Err(PyErr::pending(self));
        }
        Ok(value)
    }

    /// What `__index__` makes of an object; TypeError for floats and the like.
    pub(crate) fn index(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Index, h.raw()))
    }

    pub(crate) fn float(self, value: f64) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Float_FromDouble, value))
    }

    pub(crate) fn as_float(self, h: Arg<'_>) -> PyResult<f64> {
        let value = call!(self, ctx_Float_AsDouble, h.raw());
        if value == -1.0 && self.occurred() {
            return Err(PyErr::pending(self));
        }
        Ok(value)
    }

    pub(crate) fn bool(self, value: bool) -> Handle<'c> {
        let constant: fn(&HPyContext) -> HPy = if value { |c| c.h_True } else { |c| c.h_False };
        self.constant(constant).to_owned()
    }

    pub(crate) fn is_true(self, h: Arg<'_>) -> PyResult<bool> {
        self.check(call!(self, ctx_IsTrue, h.raw())).map(|v| v != 0)
    }

    // Bytes and str

    pub(crate) fn bytes(self, data: &[u8]) -> PyResult<Handle<'c>> {
        let start = data.as_ptr().cast::<c_char>();
        self.own(call!(
            self,
            ctx_Bytes_FromStringAndSize,
            start,
            data.len() as isize
        ))
    }

    /// The bytes of a `bytes` object, without a copy; `None` for another type.
    pub(crate) fn as_bytes(self, h: Arg<'c>) -> Option<&'c [u8]> {
        if call!(self, ctx_Bytes_Check, h.raw()) == 0 {
            return None;
        }
        let len = call!(self, ctx_Bytes_GET_SIZE, h.raw());
        let start = call!(self, ctx_Bytes_AS_STRING, h.raw());
        // SAFETY: bytes are immutable, and the object lives as long as the handle `h`,
        // which lives at least for `'c`.
        Some(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len as usize) })
    }

    pub(crate) fn str(self, text: &str) -> PyResult<Handle<'c>> {
        if text.is_ascii() {
            let (start, len) = (text.as_ptr().cast::<c_char>(), text.len() as isize);
            let errors = std::ptr::null();
            return self.own(call!(self, ctx_Unicode_DecodeASCII, start, len, errors));
        }
        // The ABI's str from UTF-8 and a length, HPyUnicode_FromEncodedObject, is one of
        // the members that PyPy has elsewhere.
        match CString::new(text) {
            Ok(text) => self.own(call!(self, ctx_Unicode_FromString, text.as_ptr())),
            Err(_has_null) => {
                let decode = self.bytes(text.as_bytes())?.attr(c"decode")?;
                decode.call(&[])
            }
        }
    }

    pub(crate) fn is_str(self, h: Arg<'_>) -> bool {
        call!(self, ctx_Unicode_Check, h.raw()) != 0
    }

    /// A `str` in UTF-8, as the host has it: PyPy passes lone surrogates on.
    pub(crate) fn utf8(self, h: Arg<'c>) -> PyResult<&'c [u8]> {
        let mut len = 0;
        let start = call!(self, ctx_Unicode_AsUTF8AndSize, h.raw(), &mut len);
        if start.is_null() {
            return Err(PyErr::pending(self));
        }
        // SAFETY: the host returned this many bytes, kept by the str object, which
        // lives as long as the handle `h`, at least for `'c`.
        Ok(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len as usize) })
    }

    pub(crate) fn as_str(self, h: Arg<'c>) -> PyResult<&'c str> {
        let bytes = self.utf8(h)?;
        std::str::from_utf8(bytes).or_else(|_lone_surrogate| {
            // str.encode raises what CPython has raised already.
            h.attr(c"encode")?.call(&[])?;
            Err(PyErr::new(
                Exception::Value,
                "the host's UTF-8 of a str is broken",
            ))
        })
    }

    /// A `str` as the bytes of a file name, as `os.fsencode` makes them.
    pub(crate) fn fs_encode(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Unicode_EncodeFSDefault, h.raw()))
    }

    /// The bytes of a file name as `str`, as `os.fsdecode` makes it.
    pub(crate) fn fs_decode(self, name: &[u8]) -> PyResult<Handle<'c>> {
        let start = name.as_ptr().cast::<c_char>();
        self.own(call!(
            self,
            ctx_Unicode_DecodeFSDefaultAndSize,
            start,
            name.len() as isize
        ))
    }

    // Containers

    pub(crate) fn is_list(self, h: Arg<'_>) -> bool {
        call!(self, ctx_List_Check, h.raw()) != 0
    }

    pub(crate) fn is_tuple(self, h: Arg<'_>) -> bool {
        call!(self, ctx_Tuple_Check, h.raw()) != 0
    }

    pub(crate) fn length(self, h: Arg<'_>) -> PyResult<usize> {
        let len = call!(self, ctx_Length, h.raw());
        usize::try_from(len).map_err(|_| PyErr::pending(self))
    }

    pub(crate) fn item(self, h: Arg<'_>, index: usize) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetItem_i, h.raw(), index as isize))
    }

    pub(crate) fn list(
        self,
        len: usize,
        items: impl Iterator<Item = PyResult<Handle<'c>>>,
    ) -> PyResult<Handle<'c>> {
        let builder = call!(self, ctx_ListBuilder_New, len as isize);
        let mut filled = 0;
        for item in items.take(len) {
            match item {
                Ok(item) => call!(
                    self,
                    ctx_ListBuilder_Set,
                    builder,
                    filled,
                    item.as_arg().raw()
                ),
                Err(error) => {
                    call!(self, ctx_ListBuilder_Cancel, builder);
                    return Err(error);
                }
            }
            filled += 1;
        }
        assert_eq!(filled, len as isize, "an iterator is shorter than it said");
        self.own(call!(self, ctx_ListBuilder_Build, builder))
    }

    /// A tuple of these objects.
    pub fn pack(self, items: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        let mut raw: Vec<HPy> = items.iter().map(|item| item.raw()).collect();
        self.own(call!(
            self,
            ctx_Tuple_FromArray,
            raw.as_mut_ptr(),
            raw.len() as isize
        ))
    }

    // Objects

    pub(crate) fn get_attr(self, h: Arg<'_>, name: &CStr) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetAttr_s, h.raw(), name.as_ptr()))
    }

    pub(crate) fn set_attr(self, h: Arg<'_>, name: &CStr, value: Arg<'_>) -> PyResult<()> {
        self.check(call!(
            self,
            ctx_SetAttr_s,
            h.raw(),
            name.as_ptr(),
            value.raw()
        ))
        .map(drop)
    }

    pub(crate) fn call(self, callable: Arg<'_>, args: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        let args = self.pack(args)?;
        let keywords = HPy { _i: 0 };
        let (callable, args) = (callable.raw(), args.as_arg().raw());
        self.own(call!(self, ctx_CallTupleDict, callable, args, keywords))
    }

    pub(crate) fn type_of(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Type, h.raw()))
    }

    pub(crate) fn has_type(self, h: Arg<'_>, class: Arg<'_>) -> bool {
        call!(self, ctx_TypeCheck, h.raw(), class.raw()) != 0
    }

    /// Imports a module, as `import name` does, and returns the innermost one.
    pub fn import(self, name: &CStr) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Import_ImportModule, name.as_ptr()))
    }

    pub(crate) fn as_struct(self, h: HPy) -> *mut std::ffi::c_void {
        call!(self, ctx_AsStruct_Object, h)
    }

    /// A new instance of a native type and its zeroed struct.
    pub(crate) fn new_instance(
        self,
        class: Arg<'_>,
    ) -> PyResult<(Handle<'c>, *mut std::ffi::c_void)> {
        let mut data = std::ptr::null_mut();
        let object = self.own(call!(self, ctx_New, class.raw(), &mut data))?;
        Ok((object, data))
    }

    pub(crate) fn type_from_spec(self, spec: &mut shim::HPyType_Spec) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Type_FromSpec, spec, std::ptr::null_mut()))
    }

    // Exceptions

    pub(crate) fn occurred(self) -> bool {
        call!(self, ctx_Err_Occurred) != 0
    }

    pub(crate) fn clear_error(self) {
        call!(self, ctx_Err_Clear)
    }

    pub(crate) fn error_matches(self, class: Arg<'_>) -> bool {
        call!(self, ctx_Err_ExceptionMatches, class.raw()) != 0
    }

    pub(crate) fn set_error(self, class: Arg<'_>, value: Arg<'_>) {
        call!(self, ctx_Err_SetObject, class.raw(), value.raw())
    }

    pub(crate) fn new_exception(
        self,
        name: &CStr,
        doc: &CStr,
        base: Arg<'_>,
    ) -> PyResult<Handle<'c>> {
        let none = HPy { _i: 0 };
        self.own(call!(
            self,
            ctx_Err_NewExceptionWithDoc,
            name.as_ptr(),
            doc.as_ptr(),
            base.raw(),
            none
        ))
    }

    // Stored references

    pub(crate) fn store_global(self, global: *mut shim::HPyGlobal, h: Arg<'_>) {
        call!(self, ctx_Global_Store, global, h.raw())
    }

    pub(crate) fn load_global(self, global: shim::HPyGlobal) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Global_Load, global))
    }

    pub(crate) fn store_field(self, owner: Arg<'_>, field: *mut shim::HPyField, h: HPy) {
        call!(self, ctx_Field_Store, owner.raw(), field, h)
    }

    pub(crate) fn load_field(self, owner: Arg<'_>, field: shim::HPyField) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Field_Load, owner.raw(), field))
    }

    // Threads

    /// Runs `work` without the interpreter, so that other Python threads go on.
    ///
    /// The closure must be `Send`, which no context, handle or stored reference is:
    /// the compiler refuses work that would touch Python. A panic inside takes the
    /// interpreter back before it goes on.
    pub fn leave_python<R: Send>(self, work: impl FnOnce() -> R + Send) -> R {
        struct Reenter<'c>(Ctx<'c>, shim::HPyThreadState);
        impl Drop for Reenter<'_> {
            fn drop(&mut self) {
                call!(self.0, ctx_ReenterPythonExecution, self.1)
            }
        }
        let _reenter = Reenter(self, call!(self, ctx_LeavePythonExecution));
        work()
    }

    pub(crate) fn call_real_function(
        self,
        signature: shim::HPyFunc_Signature,
        function: shim::HPyCFunction,
        args: *mut std::ffi::c_void,
    ) {
        call!(
            self,
            ctx_CallRealFunctionFromTrampoline,
            signature,
            function,
            args
        )
    }
}

// For the slots of classes
impl<'c> Ctx<'c> {
    pub(crate) fn get_item(self, h: Arg<'_>, key: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetItem, h.raw(), key.raw()))
    }

    pub(crate) fn contains(self, h: Arg<'_>, item: Arg<'_>) -> PyResult<bool> {
        self.check(call!(self, ctx_Contains, h.raw(), item.raw()))
            .map(|found| found == 1)
    }

    /// Reports the pending exception where nobody can catch it, and clears it.
    pub(crate) fn write_unraisable(self, place: HPy) {
        call!(self, ctx_Err_WriteUnraisable, place)
    }
}
