// SPDX-License-Identifier: MIT OR Apache-2.0

//! The context: one for the process, filled when the host is imported.

use crate::handle::{NULL, handle};
use crate::{
    calls, capsule, collections, contextvar, errors, forward, inherited, instance, items, older,
    refcount, references, shape, types,
};
use hpy_shim::{HPY_ABI_VERSION, HPyContext};
use pyo3_ffi as ffi;
use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::ptr;

// The size that every HPy 0.9 universal module was compiled for: three members in front,
// 83 constants and 180 functions.
const _: () = assert!(size_of::<HPyContext>() == (3 + 83 + 180) * size_of::<usize>());

struct Context(UnsafeCell<HPyContext>);
// SAFETY: it is written once, by `init`, with the GIL held and before any module has it.
unsafe impl Sync for Context {}

/// The context, for modules.
pub fn get() -> *mut HPyContext {
    CONTEXT.0.get()
}

/// Fills in the objects; -1 with an exception set.
pub unsafe fn init() -> c_int {
    if !older::init() || !refcount::init() || !items::init() || !shape::init() || !inherited::init()
    {
        return -1;
    }
    instance::init();
    let context = &mut *get();
    context.h_None = handle(ffi::Py_None());
    context.h_True = handle(ffi::Py_True());
    context.h_False = handle(ffi::Py_False());
    context.h_NotImplemented = handle(ffi::Py_NotImplemented());
    context.h_Ellipsis = handle(ffi::Py_Ellipsis());
    context.h_BaseException = handle(ffi::PyExc_BaseException);
    context.h_Exception = handle(ffi::PyExc_Exception);
    context.h_StopAsyncIteration = handle(ffi::PyExc_StopAsyncIteration);
    context.h_StopIteration = handle(ffi::PyExc_StopIteration);
    context.h_GeneratorExit = handle(ffi::PyExc_GeneratorExit);
    context.h_ArithmeticError = handle(ffi::PyExc_ArithmeticError);
    context.h_LookupError = handle(ffi::PyExc_LookupError);
    context.h_AssertionError = handle(ffi::PyExc_AssertionError);
    context.h_AttributeError = handle(ffi::PyExc_AttributeError);
    context.h_BufferError = handle(ffi::PyExc_BufferError);
    context.h_EOFError = handle(ffi::PyExc_EOFError);
    context.h_FloatingPointError = handle(ffi::PyExc_FloatingPointError);
    context.h_OSError = handle(ffi::PyExc_OSError);
    context.h_ImportError = handle(ffi::PyExc_ImportError);
    context.h_ModuleNotFoundError = handle(ffi::PyExc_ModuleNotFoundError);
    context.h_IndexError = handle(ffi::PyExc_IndexError);
    context.h_KeyError = handle(ffi::PyExc_KeyError);
    context.h_KeyboardInterrupt = handle(ffi::PyExc_KeyboardInterrupt);
    context.h_MemoryError = handle(ffi::PyExc_MemoryError);
    context.h_NameError = handle(ffi::PyExc_NameError);
    context.h_OverflowError = handle(ffi::PyExc_OverflowError);
    context.h_RuntimeError = handle(ffi::PyExc_RuntimeError);
    context.h_RecursionError = handle(ffi::PyExc_RecursionError);
    context.h_NotImplementedError = handle(ffi::PyExc_NotImplementedError);
    context.h_SyntaxError = handle(ffi::PyExc_SyntaxError);
    context.h_IndentationError = handle(ffi::PyExc_IndentationError);
    context.h_TabError = handle(ffi::PyExc_TabError);
    context.h_ReferenceError = handle(ffi::PyExc_ReferenceError);
    context.h_SystemError = handle(ffi::PyExc_SystemError);
    context.h_SystemExit = handle(ffi::PyExc_SystemExit);
    context.h_TypeError = handle(ffi::PyExc_TypeError);
    context.h_UnboundLocalError = handle(ffi::PyExc_UnboundLocalError);
    context.h_UnicodeError = handle(ffi::PyExc_UnicodeError);
    context.h_UnicodeEncodeError = handle(ffi::PyExc_UnicodeEncodeError);
    context.h_UnicodeDecodeError = handle(ffi::PyExc_UnicodeDecodeError);
    context.h_UnicodeTranslateError = handle(ffi::PyExc_UnicodeTranslateError);
    context.h_ValueError = handle(ffi::PyExc_ValueError);
    context.h_ZeroDivisionError = handle(ffi::PyExc_ZeroDivisionError);
    context.h_BlockingIOError = handle(ffi::PyExc_BlockingIOError);
    context.h_BrokenPipeError = handle(ffi::PyExc_BrokenPipeError);
    context.h_ChildProcessError = handle(ffi::PyExc_ChildProcessError);
    context.h_ConnectionError = handle(ffi::PyExc_ConnectionError);
    context.h_ConnectionAbortedError = handle(ffi::PyExc_ConnectionAbortedError);
    context.h_ConnectionRefusedError = handle(ffi::PyExc_ConnectionRefusedError);
    context.h_ConnectionResetError = handle(ffi::PyExc_ConnectionResetError);
    context.h_FileExistsError = handle(ffi::PyExc_FileExistsError);
    context.h_FileNotFoundError = handle(ffi::PyExc_FileNotFoundError);
    context.h_InterruptedError = handle(ffi::PyExc_InterruptedError);
    context.h_IsADirectoryError = handle(ffi::PyExc_IsADirectoryError);
    context.h_NotADirectoryError = handle(ffi::PyExc_NotADirectoryError);
    context.h_PermissionError = handle(ffi::PyExc_PermissionError);
    context.h_ProcessLookupError = handle(ffi::PyExc_ProcessLookupError);
    context.h_TimeoutError = handle(ffi::PyExc_TimeoutError);
    context.h_Warning = handle(ffi::PyExc_Warning);
    context.h_UserWarning = handle(ffi::PyExc_UserWarning);
    context.h_DeprecationWarning = handle(ffi::PyExc_DeprecationWarning);
    context.h_PendingDeprecationWarning = handle(ffi::PyExc_PendingDeprecationWarning);
    context.h_SyntaxWarning = handle(ffi::PyExc_SyntaxWarning);
    context.h_RuntimeWarning = handle(ffi::PyExc_RuntimeWarning);
    context.h_FutureWarning = handle(ffi::PyExc_FutureWarning);
    context.h_ImportWarning = handle(ffi::PyExc_ImportWarning);
    context.h_UnicodeWarning = handle(ffi::PyExc_UnicodeWarning);
    context.h_BytesWarning = handle(ffi::PyExc_BytesWarning);
    context.h_ResourceWarning = handle(ffi::PyExc_ResourceWarning);
    context.h_BaseObjectType = handle((&raw mut ffi::PyBaseObject_Type).cast());
    context.h_TypeType = handle((&raw mut ffi::PyType_Type).cast());
    context.h_BoolType = handle((&raw mut ffi::PyBool_Type).cast());
    context.h_LongType = handle((&raw mut ffi::PyLong_Type).cast());
    context.h_FloatType = handle((&raw mut ffi::PyFloat_Type).cast());
    context.h_UnicodeType = handle((&raw mut ffi::PyUnicode_Type).cast());
    context.h_TupleType = handle((&raw mut ffi::PyTuple_Type).cast());
    context.h_ListType = handle((&raw mut ffi::PyList_Type).cast());
    context.h_ComplexType = handle((&raw mut ffi::PyComplex_Type).cast());
    context.h_BytesType = handle((&raw mut ffi::PyBytes_Type).cast());
    context.h_MemoryViewType = handle((&raw mut ffi::PyMemoryView_Type).cast());
    context.h_CapsuleType = handle((&raw mut ffi::PyCapsule_Type).cast());
    context.h_SliceType = handle((&raw mut ffi::PySlice_Type).cast());
    context.h_Builtins = handle(ffi::PyEval_GetBuiltins());
    0
}

static CONTEXT: Context = Context(UnsafeCell::new(HPyContext {
    name: c"HPy Universal ABI (hpy-host)".as_ptr(),
    _private: ptr::null_mut(),
    abi_version: HPY_ABI_VERSION as c_int,
    h_None: NULL,
    h_True: NULL,
    h_False: NULL,
    h_NotImplemented: NULL,
    h_Ellipsis: NULL,
    h_BaseException: NULL,
    h_Exception: NULL,
    h_StopAsyncIteration: NULL,
    h_StopIteration: NULL,
    h_GeneratorExit: NULL,
    h_ArithmeticError: NULL,
    h_LookupError: NULL,
    h_AssertionError: NULL,
    h_AttributeError: NULL,
    h_BufferError: NULL,
    h_EOFError: NULL,
    h_FloatingPointError: NULL,
    h_OSError: NULL,
    h_ImportError: NULL,
    h_ModuleNotFoundError: NULL,
    h_IndexError: NULL,
    h_KeyError: NULL,
    h_KeyboardInterrupt: NULL,
    h_MemoryError: NULL,
    h_NameError: NULL,
    h_OverflowError: NULL,
    h_RuntimeError: NULL,
    h_RecursionError: NULL,
    h_NotImplementedError: NULL,
    h_SyntaxError: NULL,
    h_IndentationError: NULL,
    h_TabError: NULL,
    h_ReferenceError: NULL,
    h_SystemError: NULL,
    h_SystemExit: NULL,
    h_TypeError: NULL,
    h_UnboundLocalError: NULL,
    h_UnicodeError: NULL,
    h_UnicodeEncodeError: NULL,
    h_UnicodeDecodeError: NULL,
    h_UnicodeTranslateError: NULL,
    h_ValueError: NULL,
    h_ZeroDivisionError: NULL,
    h_BlockingIOError: NULL,
    h_BrokenPipeError: NULL,
    h_ChildProcessError: NULL,
    h_ConnectionError: NULL,
    h_ConnectionAbortedError: NULL,
    h_ConnectionRefusedError: NULL,
    h_ConnectionResetError: NULL,
    h_FileExistsError: NULL,
    h_FileNotFoundError: NULL,
    h_InterruptedError: NULL,
    h_IsADirectoryError: NULL,
    h_NotADirectoryError: NULL,
    h_PermissionError: NULL,
    h_ProcessLookupError: NULL,
    h_TimeoutError: NULL,
    h_Warning: NULL,
    h_UserWarning: NULL,
    h_DeprecationWarning: NULL,
    h_PendingDeprecationWarning: NULL,
    h_SyntaxWarning: NULL,
    h_RuntimeWarning: NULL,
    h_FutureWarning: NULL,
    h_ImportWarning: NULL,
    h_UnicodeWarning: NULL,
    h_BytesWarning: NULL,
    h_ResourceWarning: NULL,
    h_BaseObjectType: NULL,
    h_TypeType: NULL,
    h_BoolType: NULL,
    h_LongType: NULL,
    h_FloatType: NULL,
    h_UnicodeType: NULL,
    h_TupleType: NULL,
    h_ListType: NULL,
    ctx_Dup: Some(references::ctx_Dup),
    ctx_Close: Some(references::ctx_Close),
    ctx_Long_FromInt32_t: Some(forward::ctx_Long_FromInt32_t),
    ctx_Long_FromUInt32_t: Some(forward::ctx_Long_FromUInt32_t),
    ctx_Long_FromInt64_t: Some(forward::ctx_Long_FromInt64_t),
    ctx_Long_FromUInt64_t: Some(forward::ctx_Long_FromUInt64_t),
    ctx_Long_FromSize_t: Some(forward::ctx_Long_FromSize_t),
    ctx_Long_FromSsize_t: Some(forward::ctx_Long_FromSsize_t),
    ctx_Long_AsInt32_t: Some(forward::ctx_Long_AsInt32_t),
    ctx_Long_AsUInt32_t: Some(forward::ctx_Long_AsUInt32_t),
    ctx_Long_AsUInt32_tMask: Some(forward::ctx_Long_AsUInt32_tMask),
    ctx_Long_AsInt64_t: Some(forward::ctx_Long_AsInt64_t),
    ctx_Long_AsUInt64_t: Some(forward::ctx_Long_AsUInt64_t),
    ctx_Long_AsUInt64_tMask: Some(forward::ctx_Long_AsUInt64_tMask),
    ctx_Long_AsSize_t: Some(forward::ctx_Long_AsSize_t),
    ctx_Long_AsSsize_t: Some(forward::ctx_Long_AsSsize_t),
    ctx_Long_AsVoidPtr: Some(forward::ctx_Long_AsVoidPtr),
    ctx_Long_AsDouble: Some(forward::ctx_Long_AsDouble),
    ctx_Float_FromDouble: Some(forward::ctx_Float_FromDouble),
    ctx_Float_AsDouble: Some(forward::ctx_Float_AsDouble),
    ctx_Bool_FromBool: Some(forward::ctx_Bool_FromBool),
    ctx_Length: Some(forward::ctx_Length),
    ctx_Number_Check: Some(forward::ctx_Number_Check),
    ctx_Add: Some(forward::ctx_Add),
    ctx_Subtract: Some(forward::ctx_Subtract),
    ctx_Multiply: Some(forward::ctx_Multiply),
    ctx_MatrixMultiply: Some(forward::ctx_MatrixMultiply),
    ctx_FloorDivide: Some(forward::ctx_FloorDivide),
    ctx_TrueDivide: Some(forward::ctx_TrueDivide),
    ctx_Remainder: Some(forward::ctx_Remainder),
    ctx_Divmod: Some(forward::ctx_Divmod),
    ctx_Power: Some(forward::ctx_Power),
    ctx_Negative: Some(forward::ctx_Negative),
    ctx_Positive: Some(forward::ctx_Positive),
    ctx_Absolute: Some(forward::ctx_Absolute),
    ctx_Invert: Some(forward::ctx_Invert),
    ctx_Lshift: Some(forward::ctx_Lshift),
    ctx_Rshift: Some(forward::ctx_Rshift),
    ctx_And: Some(forward::ctx_And),
    ctx_Xor: Some(forward::ctx_Xor),
    ctx_Or: Some(forward::ctx_Or),
    ctx_Index: Some(forward::ctx_Index),
    ctx_Long: Some(forward::ctx_Long),
    ctx_Float: Some(forward::ctx_Float),
    ctx_InPlaceAdd: Some(forward::ctx_InPlaceAdd),
    ctx_InPlaceSubtract: Some(forward::ctx_InPlaceSubtract),
    ctx_InPlaceMultiply: Some(forward::ctx_InPlaceMultiply),
    ctx_InPlaceMatrixMultiply: Some(forward::ctx_InPlaceMatrixMultiply),
    ctx_InPlaceFloorDivide: Some(forward::ctx_InPlaceFloorDivide),
    ctx_InPlaceTrueDivide: Some(forward::ctx_InPlaceTrueDivide),
    ctx_InPlaceRemainder: Some(forward::ctx_InPlaceRemainder),
    ctx_InPlacePower: Some(forward::ctx_InPlacePower),
    ctx_InPlaceLshift: Some(forward::ctx_InPlaceLshift),
    ctx_InPlaceRshift: Some(forward::ctx_InPlaceRshift),
    ctx_InPlaceAnd: Some(forward::ctx_InPlaceAnd),
    ctx_InPlaceXor: Some(forward::ctx_InPlaceXor),
    ctx_InPlaceOr: Some(forward::ctx_InPlaceOr),
    ctx_Callable_Check: Some(forward::ctx_Callable_Check),
    ctx_CallTupleDict: Some(calls::ctx_CallTupleDict),
    ctx_FatalError: Some(errors::ctx_FatalError),
    ctx_Err_SetString: Some(errors::ctx_Err_SetString),
    ctx_Err_SetObject: Some(errors::ctx_Err_SetObject),
    ctx_Err_SetFromErrnoWithFilename: Some(errors::ctx_Err_SetFromErrnoWithFilename),
    ctx_Err_SetFromErrnoWithFilenameObjects: Some(errors::ctx_Err_SetFromErrnoWithFilenameObjects),
    ctx_Err_Occurred: Some(errors::ctx_Err_Occurred),
    ctx_Err_ExceptionMatches: Some(errors::ctx_Err_ExceptionMatches),
    ctx_Err_NoMemory: Some(errors::ctx_Err_NoMemory),
    ctx_Err_Clear: Some(errors::ctx_Err_Clear),
    ctx_Err_NewException: Some(errors::ctx_Err_NewException),
    ctx_Err_NewExceptionWithDoc: Some(errors::ctx_Err_NewExceptionWithDoc),
    ctx_Err_WarnEx: Some(errors::ctx_Err_WarnEx),
    ctx_Err_WriteUnraisable: Some(errors::ctx_Err_WriteUnraisable),
    ctx_IsTrue: Some(forward::ctx_IsTrue),
    ctx_Type_FromSpec: Some(types::ctx_Type_FromSpec),
    ctx_Type_GenericNew: Some(instance::ctx_Type_GenericNew),
    ctx_GetAttr: Some(forward::ctx_GetAttr),
    ctx_GetAttr_s: Some(forward::ctx_GetAttr_s),
    ctx_HasAttr: Some(forward::ctx_HasAttr),
    ctx_HasAttr_s: Some(forward::ctx_HasAttr_s),
    ctx_SetAttr: Some(forward::ctx_SetAttr),
    ctx_SetAttr_s: Some(forward::ctx_SetAttr_s),
    ctx_GetItem: Some(forward::ctx_GetItem),
    ctx_GetItem_i: Some(collections::ctx_GetItem_i),
    ctx_GetItem_s: Some(collections::ctx_GetItem_s),
    ctx_Contains: Some(forward::ctx_Contains),
    ctx_SetItem: Some(forward::ctx_SetItem),
    ctx_SetItem_i: Some(collections::ctx_SetItem_i),
    ctx_SetItem_s: Some(collections::ctx_SetItem_s),
    ctx_Type: Some(references::ctx_Type),
    ctx_TypeCheck: Some(references::ctx_TypeCheck),
    ctx_Is: Some(references::ctx_Is),
    ctx_AsStruct_Object: Some(shape::ctx_AsStruct_Object),
    ctx_AsStruct_Legacy: Some(shape::ctx_AsStruct_Legacy),
    ctx_New: Some(instance::ctx_New),
    ctx_Repr: Some(forward::ctx_Repr),
    ctx_Str: Some(forward::ctx_Str),
    ctx_ASCII: Some(forward::ctx_ASCII),
    ctx_Bytes: Some(forward::ctx_Bytes),
    ctx_RichCompare: Some(forward::ctx_RichCompare),
    ctx_RichCompareBool: Some(forward::ctx_RichCompareBool),
    ctx_Hash: Some(forward::ctx_Hash),
    ctx_Bytes_Check: Some(forward::ctx_Bytes_Check),
    ctx_Bytes_Size: Some(forward::ctx_Bytes_Size),
    ctx_Bytes_GET_SIZE: Some(forward::ctx_Bytes_GET_SIZE),
    ctx_Bytes_AsString: Some(forward::ctx_Bytes_AsString),
    ctx_Bytes_AS_STRING: Some(forward::ctx_Bytes_AsString),
    ctx_Bytes_FromString: Some(forward::ctx_Bytes_FromString),
    ctx_Bytes_FromStringAndSize: Some(forward::ctx_Bytes_FromStringAndSize),
    ctx_Unicode_FromString: Some(forward::ctx_Unicode_FromString),
    ctx_Unicode_Check: Some(forward::ctx_Unicode_Check),
    ctx_Unicode_AsASCIIString: Some(forward::ctx_Unicode_AsASCIIString),
    ctx_Unicode_AsLatin1String: Some(forward::ctx_Unicode_AsLatin1String),
    ctx_Unicode_AsUTF8String: Some(forward::ctx_Unicode_AsUTF8String),
    ctx_Unicode_AsUTF8AndSize: Some(forward::ctx_Unicode_AsUTF8AndSize),
    ctx_Unicode_FromWideChar: Some(forward::ctx_Unicode_FromWideChar),
    ctx_Unicode_DecodeFSDefault: Some(forward::ctx_Unicode_DecodeFSDefault),
    ctx_Unicode_DecodeFSDefaultAndSize: Some(forward::ctx_Unicode_DecodeFSDefaultAndSize),
    ctx_Unicode_EncodeFSDefault: Some(forward::ctx_Unicode_EncodeFSDefault),
    ctx_Unicode_ReadChar: Some(forward::ctx_Unicode_ReadChar),
    ctx_Unicode_DecodeASCII: Some(forward::ctx_Unicode_DecodeASCII),
    ctx_Unicode_DecodeLatin1: Some(forward::ctx_Unicode_DecodeLatin1),
    ctx_List_Check: Some(forward::ctx_List_Check),
    ctx_List_New: Some(forward::ctx_List_New),
    ctx_List_Append: Some(forward::ctx_List_Append),
    ctx_Dict_Check: Some(forward::ctx_Dict_Check),
    ctx_Dict_New: Some(forward::ctx_Dict_New),
    ctx_Tuple_Check: Some(forward::ctx_Tuple_Check),
    ctx_Tuple_FromArray: Some(collections::ctx_Tuple_FromArray),
    ctx_Import_ImportModule: Some(forward::ctx_Import_ImportModule),
    ctx_FromPyObject: Some(errors::ctx_FromPyObject),
    ctx_AsPyObject: Some(errors::ctx_AsPyObject),
    ctx_CallRealFunctionFromTrampoline: Some(calls::ctx_CallRealFunctionFromTrampoline),
    ctx_ListBuilder_New: Some(collections::ctx_ListBuilder_New),
    ctx_ListBuilder_Set: Some(collections::ctx_ListBuilder_Set),
    ctx_ListBuilder_Build: Some(collections::ctx_ListBuilder_Build),
    ctx_ListBuilder_Cancel: Some(collections::ctx_ListBuilder_Cancel),
    ctx_TupleBuilder_New: Some(collections::ctx_TupleBuilder_New),
    ctx_TupleBuilder_Set: Some(collections::ctx_TupleBuilder_Set),
    ctx_TupleBuilder_Build: Some(collections::ctx_TupleBuilder_Build),
    ctx_TupleBuilder_Cancel: Some(collections::ctx_TupleBuilder_Cancel),
    ctx_Tracker_New: Some(collections::ctx_Tracker_New),
    ctx_Tracker_Add: Some(collections::ctx_Tracker_Add),
    ctx_Tracker_ForgetAll: Some(collections::ctx_Tracker_ForgetAll),
    ctx_Tracker_Close: Some(collections::ctx_Tracker_Close),
    ctx_Field_Store: Some(references::ctx_Field_Store),
    ctx_Field_Load: Some(references::ctx_Field_Load),
    ctx_ReenterPythonExecution: Some(references::ctx_ReenterPythonExecution),
    ctx_LeavePythonExecution: Some(references::ctx_LeavePythonExecution),
    ctx_Global_Store: Some(references::ctx_Global_Store),
    ctx_Global_Load: Some(references::ctx_Global_Load),
    ctx_Dump: Some(errors::ctx_Dump),
    ctx_AsStruct_Type: Some(shape::ctx_AsStruct_Type),
    ctx_AsStruct_Long: Some(shape::ctx_AsStruct_Long),
    ctx_AsStruct_Float: Some(shape::ctx_AsStruct_Float),
    ctx_AsStruct_Unicode: Some(shape::ctx_AsStruct_Unicode),
    ctx_AsStruct_Tuple: Some(shape::ctx_AsStruct_Tuple),
    ctx_AsStruct_List: Some(shape::ctx_AsStruct_List),
    ctx_Type_GetBuiltinShape: Some(types::ctx_Type_GetBuiltinShape),
    ctx_DelItem: Some(forward::ctx_DelItem),
    ctx_DelItem_i: Some(collections::ctx_DelItem_i),
    ctx_DelItem_s: Some(collections::ctx_DelItem_s),
    h_ComplexType: NULL,
    h_BytesType: NULL,
    h_MemoryViewType: NULL,
    h_CapsuleType: NULL,
    h_SliceType: NULL,
    h_Builtins: NULL,
    ctx_Capsule_New: Some(capsule::ctx_Capsule_New),
    ctx_Capsule_Get: Some(capsule::ctx_Capsule_Get),
    ctx_Capsule_IsValid: Some(capsule::ctx_Capsule_IsValid),
    ctx_Capsule_Set: Some(capsule::ctx_Capsule_Set),
    ctx_Compile_s: Some(forward::ctx_Compile_s),
    ctx_EvalCode: Some(forward::ctx_EvalCode),
    ctx_ContextVar_New: Some(contextvar::ctx_ContextVar_New),
    ctx_ContextVar_Get: Some(contextvar::ctx_ContextVar_Get),
    ctx_ContextVar_Set: Some(contextvar::ctx_ContextVar_Set),
    ctx_Type_GetName: Some(references::ctx_Type_GetName),
    ctx_Type_IsSubtype: Some(references::ctx_Type_IsSubtype),
    ctx_Unicode_FromEncodedObject: Some(forward::ctx_Unicode_FromEncodedObject),
    ctx_Unicode_Substring: Some(forward::ctx_Unicode_Substring),
    ctx_Dict_Keys: Some(forward::ctx_Dict_Keys),
    ctx_Dict_Copy: Some(forward::ctx_Dict_Copy),
    ctx_Slice_Unpack: Some(collections::ctx_Slice_Unpack),
    ctx_SetCallFunction: Some(calls::ctx_SetCallFunction),
    ctx_Call: Some(calls::ctx_Call),
    ctx_CallMethod: Some(calls::ctx_CallMethod),
}));
