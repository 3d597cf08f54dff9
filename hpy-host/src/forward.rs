// SPDX-License-Identifier: MIT OR Apache-2.0

//! The members of the context for which CPython has one function that does the same.

use crate::handle::Across as _;
use crate::refcount::new_ref;
use hpy_shim::{HPy, HPyContext};
use pyo3_ffi as ffi;
use std::ffi::{c_char, c_int, c_long, c_void};

/// Defines `ctx_X`, which hands its arguments over to CPython's function and returns its result.
macro_rules! forward {
    ($($name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)? = $target:path;)*) => {$(
        pub unsafe extern "C" fn $name(_: *mut HPyContext, $($arg: $ty),*) $(-> $ret)? {
            $target($($arg.across()),*).across()
        }
    )*};
}

forward! {
    ctx_Dict_Copy(h: HPy) -> HPy = ffi::PyDict_Copy;
    ctx_Dict_Keys(h: HPy) -> HPy = ffi::PyDict_Keys;
    ctx_Dict_New() -> HPy = ffi::PyDict_New;
    ctx_List_Append(list: HPy, item: HPy) -> c_int = ffi::PyList_Append;
    ctx_List_New(length: isize) -> HPy = ffi::PyList_New;
    ctx_Import_ImportModule(name: *const c_char) -> HPy = ffi::PyImport_ImportModule;

    ctx_Long_AsInt64_t(h: HPy) -> i64 = ffi::PyLong_AsLongLong;
    ctx_Long_AsUInt64_t(h: HPy) -> u64 = ffi::PyLong_AsUnsignedLongLong;
    ctx_Long_AsUInt64_tMask(h: HPy) -> u64 = ffi::PyLong_AsUnsignedLongLongMask;
    ctx_Long_AsSize_t(h: HPy) -> usize = ffi::PyLong_AsSize_t;
    ctx_Long_AsSsize_t(h: HPy) -> isize = ffi::PyLong_AsSsize_t;
    ctx_Long_AsVoidPtr(h: HPy) -> *mut c_void = ffi::PyLong_AsVoidPtr;
    ctx_Long_AsDouble(h: HPy) -> f64 = ffi::PyLong_AsDouble;
    ctx_Float_FromDouble(value: f64) -> HPy = ffi::PyFloat_FromDouble;
    ctx_Float_AsDouble(h: HPy) -> f64 = ffi::PyFloat_AsDouble;

    ctx_Number_Check(h: HPy) -> c_int = ffi::PyNumber_Check;
    ctx_Add(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Add;
    ctx_Subtract(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Subtract;
    ctx_Multiply(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Multiply;
    ctx_MatrixMultiply(a: HPy, b: HPy) -> HPy = ffi::PyNumber_MatrixMultiply;
    ctx_FloorDivide(a: HPy, b: HPy) -> HPy = ffi::PyNumber_FloorDivide;
    ctx_TrueDivide(a: HPy, b: HPy) -> HPy = ffi::PyNumber_TrueDivide;
    ctx_Remainder(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Remainder;
    ctx_Divmod(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Divmod;
    ctx_Power(a: HPy, b: HPy, c: HPy) -> HPy = ffi::PyNumber_Power;
    ctx_Negative(a: HPy) -> HPy = ffi::PyNumber_Negative;
    ctx_Positive(a: HPy) -> HPy = ffi::PyNumber_Positive;
    ctx_Absolute(a: HPy) -> HPy = ffi::PyNumber_Absolute;
    ctx_Invert(a: HPy) -> HPy = ffi::PyNumber_Invert;
    ctx_Lshift(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Lshift;
    ctx_Rshift(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Rshift;
    ctx_And(a: HPy, b: HPy) -> HPy = ffi::PyNumber_And;
    ctx_Xor(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Xor;
    ctx_Or(a: HPy, b: HPy) -> HPy = ffi::PyNumber_Or;
    ctx_Index(a: HPy) -> HPy = ffi::PyNumber_Index;
    ctx_Long(a: HPy) -> HPy = ffi::PyNumber_Long;
    ctx_Float(a: HPy) -> HPy = ffi::PyNumber_Float;
    ctx_InPlaceAdd(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceAdd;
    ctx_InPlaceSubtract(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceSubtract;
    ctx_InPlaceMultiply(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceMultiply;
    ctx_InPlaceMatrixMultiply(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceMatrixMultiply;
    ctx_InPlaceFloorDivide(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceFloorDivide;
    ctx_InPlaceTrueDivide(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceTrueDivide;
    ctx_InPlaceRemainder(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceRemainder;
    ctx_InPlacePower(a: HPy, b: HPy, c: HPy) -> HPy = ffi::PyNumber_InPlacePower;
    ctx_InPlaceLshift(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceLshift;
    ctx_InPlaceRshift(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceRshift;
    ctx_InPlaceAnd(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceAnd;
    ctx_InPlaceXor(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceXor;
    ctx_InPlaceOr(a: HPy, b: HPy) -> HPy = ffi::PyNumber_InPlaceOr;

    ctx_Callable_Check(h: HPy) -> c_int = ffi::PyCallable_Check;
    ctx_IsTrue(h: HPy) -> c_int = ffi::PyObject_IsTrue;
    ctx_Length(h: HPy) -> isize = ffi::PyObject_Size;
    ctx_Contains(container: HPy, key: HPy) -> c_int = ffi::PySequence_Contains;
    ctx_GetAttr(h: HPy, name: HPy) -> HPy = ffi::PyObject_GetAttr;
    ctx_GetAttr_s(h: HPy, name: *const c_char) -> HPy = ffi::PyObject_GetAttrString;
    ctx_HasAttr(h: HPy, name: HPy) -> c_int = ffi::PyObject_HasAttr;
    ctx_HasAttr_s(h: HPy, name: *const c_char) -> c_int = ffi::PyObject_HasAttrString;
    ctx_SetAttr(h: HPy, name: HPy, value: HPy) -> c_int = ffi::PyObject_SetAttr;
    ctx_SetAttr_s(h: HPy, name: *const c_char, value: HPy) -> c_int = ffi::PyObject_SetAttrString;
    ctx_GetItem(h: HPy, key: HPy) -> HPy = ffi::PyObject_GetItem;
    ctx_SetItem(h: HPy, key: HPy, value: HPy) -> c_int = ffi::PyObject_SetItem;
    ctx_DelItem(h: HPy, key: HPy) -> c_int = ffi::PyObject_DelItem;
    ctx_Repr(h: HPy) -> HPy = ffi::PyObject_Repr;
    ctx_Str(h: HPy) -> HPy = ffi::PyObject_Str;
    ctx_ASCII(h: HPy) -> HPy = ffi::PyObject_ASCII;
    ctx_Bytes(h: HPy) -> HPy = ffi::PyObject_Bytes;
    ctx_RichCompare(a: HPy, b: HPy, op: c_int) -> HPy = ffi::PyObject_RichCompare;
    ctx_RichCompareBool(a: HPy, b: HPy, op: c_int) -> c_int = ffi::PyObject_RichCompareBool;
    ctx_Hash(h: HPy) -> isize = ffi::PyObject_Hash;

    ctx_Bytes_Size(h: HPy) -> isize = ffi::PyBytes_Size;
    ctx_Bytes_GET_SIZE(h: HPy) -> isize = ffi::PyBytes_Size;
    ctx_Bytes_FromString(bytes: *const c_char) -> HPy = ffi::PyBytes_FromString;
    ctx_Unicode_FromString(utf8: *const c_char) -> HPy = ffi::PyUnicode_FromString;
    ctx_Unicode_AsASCIIString(h: HPy) -> HPy = ffi::PyUnicode_AsASCIIString;
    ctx_Unicode_AsLatin1String(h: HPy) -> HPy = ffi::PyUnicode_AsLatin1String;
    ctx_Unicode_AsUTF8String(h: HPy) -> HPy = ffi::PyUnicode_AsUTF8String;
    ctx_Unicode_DecodeFSDefault(text: *const c_char) -> HPy = ffi::PyUnicode_DecodeFSDefault;
    ctx_Unicode_DecodeFSDefaultAndSize(text: *const c_char, size: isize) -> HPy = ffi::PyUnicode_DecodeFSDefaultAndSize;
    ctx_Unicode_EncodeFSDefault(h: HPy) -> HPy = ffi::PyUnicode_EncodeFSDefault;
    ctx_Unicode_ReadChar(h: HPy, index: isize) -> u32 = ffi::PyUnicode_ReadChar;
    ctx_Unicode_DecodeASCII(text: *const c_char, size: isize, errors: *const c_char) -> HPy = ffi::PyUnicode_DecodeASCII;
    ctx_Unicode_DecodeLatin1(text: *const c_char, size: isize, errors: *const c_char) -> HPy = ffi::PyUnicode_DecodeLatin1;
    ctx_Unicode_FromEncodedObject(h: HPy, encoding: *const c_char, errors: *const c_char) -> HPy = ffi::PyUnicode_FromEncodedObject;
    ctx_Unicode_Substring(h: HPy, start: isize, end: isize) -> HPy = ffi::PyUnicode_Substring;

    ctx_EvalCode(code: HPy, globals: HPy, locals: HPy) -> HPy = ffi::PyEval_EvalCode;
}

/// `ctx_X_Check`, for which CPython has macros.
macro_rules! checks {
    ($($name:ident = $target:path;)*) => {$(
        pub unsafe extern "C" fn $name(_: *mut HPyContext, h: HPy) -> c_int {
            $target(h.across())
        }
    )*};
}

checks! {
    ctx_Bytes_Check = ffi::PyBytes_Check;
    ctx_Unicode_Check = ffi::PyUnicode_Check;
    ctx_List_Check = ffi::PyList_Check;
    ctx_Dict_Check = ffi::PyDict_Check;
    ctx_Tuple_Check = ffi::PyTuple_Check;
}

pub unsafe extern "C" fn ctx_Long_FromInt32_t(_: *mut HPyContext, value: i32) -> HPy {
    ffi::PyLong_FromLong(c_long::from(value)).across()
}

pub unsafe extern "C" fn ctx_Long_FromInt64_t(_: *mut HPyContext, value: i64) -> HPy {
    // CPython makes small ints faster from a long than from a long long.
    match c_long::try_from(value) {
        Ok(value) => ffi::PyLong_FromLong(value).across(),
        Err(_) => ffi::PyLong_FromLongLong(value).across(),
    }
}

pub unsafe extern "C" fn ctx_Long_FromUInt32_t(context: *mut HPyContext, value: u32) -> HPy {
    ctx_Long_FromInt64_t(context, i64::from(value))
}

pub unsafe extern "C" fn ctx_Long_FromUInt64_t(context: *mut HPyContext, value: u64) -> HPy {
    match i64::try_from(value) {
        Ok(value) => ctx_Long_FromInt64_t(context, value),
        Err(_) => ffi::PyLong_FromUnsignedLongLong(value).across(),
    }
}

pub unsafe extern "C" fn ctx_Long_FromSize_t(context: *mut HPyContext, value: usize) -> HPy {
    ctx_Long_FromUInt64_t(context, value as u64)
}

pub unsafe extern "C" fn ctx_Long_FromSsize_t(context: *mut HPyContext, value: isize) -> HPy {
    ctx_Long_FromInt64_t(context, value as i64)
}

pub unsafe extern "C" fn ctx_Long_AsUInt32_tMask(_: *mut HPyContext, h: HPy) -> u32 {
    ffi::PyLong_AsUnsignedLongLongMask(h.across()) as u32
}

/// A conversion to 32 bits by way of 64, whose error value is -1.
macro_rules! narrow {
    ($($name:ident -> $ty:ty = $target:path;)*) => {$(
        pub unsafe extern "C" fn $name(_: *mut HPyContext, h: HPy) -> $ty {
            let wide = $target(h.across());
            <$ty>::try_from(wide).unwrap_or_else(|_| {
                if ffi::PyErr_Occurred().is_null() {
                    let message = concat!("Python int too large to convert to C ", stringify!($ty), "\0");
                    ffi::PyErr_SetString(ffi::PyExc_OverflowError, message.as_ptr().cast());
                }
                -1i32 as $ty
            })
        }
    )*};
}

narrow! {
    ctx_Long_AsInt32_t -> i32 = ffi::PyLong_AsLongLong;
    ctx_Long_AsUInt32_t -> u32 = ffi::PyLong_AsUnsignedLongLong;
}

pub unsafe extern "C" fn ctx_Bool_FromBool(_: *mut HPyContext, value: bool) -> HPy {
    let object = if value {
        ffi::Py_True()
    } else {
        ffi::Py_False()
    };
    new_ref(object).across()
}

pub unsafe extern "C" fn ctx_Bytes_FromStringAndSize(
    _: *mut HPyContext,
    bytes: *const c_char,
    size: isize,
) -> HPy {
    if bytes.is_null() {
        // CPython would return uninitialized memory, to be filled by the caller.
        let message = c"NULL char * passed to HPyBytes_FromStringAndSize";
        ffi::PyErr_SetString(ffi::PyExc_ValueError, message.as_ptr());
        return crate::handle::NULL;
    }
    ffi::PyBytes_FromStringAndSize(bytes, size).across()
}

pub unsafe extern "C" fn ctx_Bytes_AsString(_: *mut HPyContext, h: HPy) -> *const c_char {
    ffi::PyBytes_AsString(h.across())
}

pub unsafe extern "C" fn ctx_Unicode_AsUTF8AndSize(
    _: *mut HPyContext,
    h: HPy,
    size: *mut isize,
) -> *const c_char {
    ffi::PyUnicode_AsUTF8AndSize(h.across(), size)
}

pub unsafe extern "C" fn ctx_Unicode_FromWideChar(
    _: *mut HPyContext,
    text: *const hpy_shim::wchar_t,
    size: isize,
) -> HPy {
    ffi::PyUnicode_FromWideChar(text.cast(), size).across()
}

pub unsafe extern "C" fn ctx_Compile_s(
    _: *mut HPyContext,
    source: *const c_char,
    filename: *const c_char,
    kind: hpy_shim::HPy_SourceKind,
) -> HPy {
    let start = match kind {
        hpy_shim::HPy_SourceKind_Expr => ffi::Py_eval_input,
        hpy_shim::HPy_SourceKind_File => ffi::Py_file_input,
        hpy_shim::HPy_SourceKind_Single => ffi::Py_single_input,
        _ => {
            ffi::PyErr_SetString(ffi::PyExc_SystemError, c"invalid source kind".as_ptr());
            return crate::handle::NULL;
        }
    };
    ffi::Py_CompileString(source, filename, start).across()
}
