# SPDX-License-Identifier: MIT OR Apache-2.0
"""HPy 0.9.0's binary interface: the members of its context, its structs, its C types.

Everything is made with cffi's own primitives (`_cffi_backend`), which need no parser of
C. Handles and pointers are plain integers wherever nothing has to be read through them:
a struct of one `intptr_t` is passed like the `intptr_t`.
"""

from __future__ import annotations

import _cffi_backend  # type: ignore[import-untyped]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

cffi: Any = _cffi_backend

ABI_VERSION = 0
ABI_VERSION_MINOR = 0

LONG = cffi.new_primitive_type("long")
INT = cffi.new_primitive_type("int")
UINT = cffi.new_primitive_type("unsigned int")
ULONG = cffi.new_primitive_type("unsigned long")
CHAR = cffi.new_primitive_type("char")
CHAR_P = cffi.new_pointer_type(CHAR)
CHARS = cffi.new_array_type(CHAR_P, None)
LONG_P = cffi.new_pointer_type(LONG)
LONGS = cffi.new_array_type(LONG_P, None)
INT_P = cffi.new_pointer_type(INT)
WCHAR_P = cffi.new_pointer_type(UINT)  # wchar_t has 32 bits here

#: What the letters of a signature mean: its result, then its arguments after the context.
TYPES = {
    "h": LONG,  # a handle, field, global, builder, tracker or thread state
    "n": LONG,  # HPy_ssize_t, HPy_hash_t
    "l": LONG,  # int64_t
    "L": ULONG,  # uint64_t, size_t
    "i": INT,  # int, int32_t and the enumerations
    "I": UINT,  # uint32_t
    "d": cffi.new_primitive_type("double"),
    "b": cffi.new_primitive_type("_Bool"),
    "p": LONG,  # the address of something
    "s": CHAR_P,  # const char *
    "a": LONG_P,  # an array of handles, or where to put a result
    "w": WCHAR_P,  # const wchar_t *
    "v": cffi.new_void_type(),
}

#: The bits that a failing function of each result type returns.
FAILED: dict[str, object] = {
    "h": 0,
    "n": -1,
    "l": -1,
    "L": 2**64 - 1,
    "i": -1,
    "I": 2**32 - 1,
    "d": -1.0,
    "p": 0,
    "v": None,
}

#: Every member of struct _HPyContext_s behind its first three (name, _private and
#: abi_version), in its order: h_ constants, and functions with their signatures.
CONTEXT = """
    h_None h_True h_False h_NotImplemented h_Ellipsis h_BaseException h_Exception
    h_StopAsyncIteration h_StopIteration h_GeneratorExit h_ArithmeticError h_LookupError
    h_AssertionError h_AttributeError h_BufferError h_EOFError h_FloatingPointError h_OSError
    h_ImportError h_ModuleNotFoundError h_IndexError h_KeyError h_KeyboardInterrupt h_MemoryError
    h_NameError h_OverflowError h_RuntimeError h_RecursionError h_NotImplementedError h_SyntaxError
    h_IndentationError h_TabError h_ReferenceError h_SystemError h_SystemExit h_TypeError
    h_UnboundLocalError h_UnicodeError h_UnicodeEncodeError h_UnicodeDecodeError
    h_UnicodeTranslateError h_ValueError h_ZeroDivisionError h_BlockingIOError h_BrokenPipeError
    h_ChildProcessError h_ConnectionError h_ConnectionAbortedError h_ConnectionRefusedError
    h_ConnectionResetError h_FileExistsError h_FileNotFoundError h_InterruptedError
    h_IsADirectoryError h_NotADirectoryError h_PermissionError h_ProcessLookupError h_TimeoutError
    h_Warning h_UserWarning h_DeprecationWarning h_PendingDeprecationWarning h_SyntaxWarning
    h_RuntimeWarning h_FutureWarning h_ImportWarning h_UnicodeWarning h_BytesWarning
    h_ResourceWarning h_BaseObjectType h_TypeType h_BoolType h_LongType h_FloatType h_UnicodeType
    h_TupleType h_ListType Dup:hh Close:vh Long_FromInt32_t:hi Long_FromUInt32_t:hI
    Long_FromInt64_t:hl Long_FromUInt64_t:hL Long_FromSize_t:hL Long_FromSsize_t:hn
    Long_AsInt32_t:ih Long_AsUInt32_t:Ih Long_AsUInt32_tMask:Ih Long_AsInt64_t:lh
    Long_AsUInt64_t:Lh Long_AsUInt64_tMask:Lh Long_AsSize_t:Lh Long_AsSsize_t:nh Long_AsVoidPtr:ph
    Long_AsDouble:dh Float_FromDouble:hd Float_AsDouble:dh Bool_FromBool:hb Length:nh
    Number_Check:ih Add:hhh Subtract:hhh Multiply:hhh MatrixMultiply:hhh FloorDivide:hhh
    TrueDivide:hhh Remainder:hhh Divmod:hhh Power:hhhh Negative:hh Positive:hh Absolute:hh
    Invert:hh Lshift:hhh Rshift:hhh And:hhh Xor:hhh Or:hhh Index:hh Long:hh Float:hh InPlaceAdd:hhh
    InPlaceSubtract:hhh InPlaceMultiply:hhh InPlaceMatrixMultiply:hhh InPlaceFloorDivide:hhh
    InPlaceTrueDivide:hhh InPlaceRemainder:hhh InPlacePower:hhhh InPlaceLshift:hhh
    InPlaceRshift:hhh InPlaceAnd:hhh InPlaceXor:hhh InPlaceOr:hhh Callable_Check:ih
    CallTupleDict:hhhh FatalError:vs Err_SetString:vhs Err_SetObject:vhh
    Err_SetFromErrnoWithFilename:hhs Err_SetFromErrnoWithFilenameObjects:vhhh Err_Occurred:i
    Err_ExceptionMatches:ih Err_NoMemory:v Err_Clear:v Err_NewException:hshh
    Err_NewExceptionWithDoc:hsshh Err_WarnEx:ihsn Err_WriteUnraisable:vh IsTrue:ih
    Type_FromSpec:hpp Type_GenericNew:hhanh GetAttr:hhh GetAttr_s:hhs HasAttr:ihh HasAttr_s:ihs
    SetAttr:ihhh SetAttr_s:ihsh GetItem:hhh GetItem_i:hhn GetItem_s:hhs Contains:ihh SetItem:ihhh
    SetItem_i:ihnh SetItem_s:ihsh Type:hh TypeCheck:ihh Is:ihh AsStruct_Object:ph
    AsStruct_Legacy:ph New:hha Repr:hh Str:hh ASCII:hh Bytes:hh RichCompare:hhhi
    RichCompareBool:ihhi Hash:nh Bytes_Check:ih Bytes_Size:nh Bytes_GET_SIZE:nh Bytes_AsString:ph
    Bytes_AS_STRING:ph Bytes_FromString:hs Bytes_FromStringAndSize:hsn Unicode_FromString:hs
    Unicode_Check:ih Unicode_AsASCIIString:hh Unicode_AsLatin1String:hh Unicode_AsUTF8String:hh
    Unicode_AsUTF8AndSize:pha Unicode_FromWideChar:hwn Unicode_DecodeFSDefault:hs
    Unicode_DecodeFSDefaultAndSize:hsn Unicode_EncodeFSDefault:hh Unicode_ReadChar:Ihn
    Unicode_DecodeASCII:hsns Unicode_DecodeLatin1:hsns List_Check:ih List_New:hn List_Append:ihh
    Dict_Check:ih Dict_New:h Tuple_Check:ih Tuple_FromArray:han Import_ImportModule:hs
    FromPyObject:hp AsPyObject:ph CallRealFunctionFromTrampoline:vipp ListBuilder_New:hn
    ListBuilder_Set:vhnh ListBuilder_Build:hh ListBuilder_Cancel:vh TupleBuilder_New:hn
    TupleBuilder_Set:vhnh TupleBuilder_Build:hh TupleBuilder_Cancel:vh Tracker_New:hn
    Tracker_Add:ihh Tracker_ForgetAll:vh Tracker_Close:vh Field_Store:vhah Field_Load:hhh
    ReenterPythonExecution:vh LeavePythonExecution:h Global_Store:vah Global_Load:hh Dump:vh
    AsStruct_Type:ph AsStruct_Long:ph AsStruct_Float:ph AsStruct_Unicode:ph AsStruct_Tuple:ph
    AsStruct_List:ph Type_GetBuiltinShape:ih DelItem:ihh DelItem_i:ihn DelItem_s:ihs h_ComplexType
    h_BytesType h_MemoryViewType h_CapsuleType h_SliceType h_Builtins Capsule_New:hpsp
    Capsule_Get:phis Capsule_IsValid:ihs Capsule_Set:ihip Compile_s:hssi EvalCode:hhhh
    ContextVar_New:hsh ContextVar_Get:ihha ContextVar_Set:hhh Type_GetName:ph Type_IsSubtype:ihh
    Unicode_FromEncodedObject:hhss Unicode_Substring:hhnn Dict_Keys:hh Dict_Copy:hh
    Slice_Unpack:ihaaa SetCallFunction:ihp Call:hhaLh CallMethod:hhaLh
""".split()

#: sizeof(struct _HPyContext_s), by the C compiler
CONTEXT_SIZE = 2128
WORD = 8
_BEFORE = 3
if WORD * (_BEFORE + len(CONTEXT)) != CONTEXT_SIZE or cffi.sizeof(LONG_P) != WORD:
    raise ImportError("vermilion's HPy host for PyPy does not fit this machine's C types")

context = cffi.newp(LONGS, CONTEXT_SIZE // WORD)
NULL = cffi.cast(CHAR_P, 0)
#: the context's address, first argument of every call in both directions
CONTEXT_ADDRESS = int(cffi.cast(LONG, context))

_types: dict[str, Any] = {}
_NAME = cffi.newp(CHARS, b"HPy Universal ABI (hpy-host, for PyPy)\0")
_callbacks: list[object] = []


def function_type(signature: str) -> Any:
    """The C type of a function with this signature, that takes the context first."""
    found = _types.get(signature)
    if found is None:
        letters = [TYPES[letter] for letter in signature]
        arguments = (LONG, *letters[1:])
        found = _types[signature] = cffi.new_function_type(arguments, letters[0], False)
    return found


#: What the debug mode puts around native functions.
around: list[Callable[[Any], Any]] = []


def c_function(address: int, signature: str) -> Any:
    """The C function at an address, to be called with the context first."""
    function = cffi.cast(function_type(signature), address)
    return around[0](function) if around else function


# Functions that get no context.
INIT = cffi.new_function_type((), LONG, False)
VERSION = cffi.new_function_type((), UINT, False)
DESTROY = cffi.new_function_type((LONG,), TYPES["v"], False)
CAPSULE_DESTRUCTOR = cffi.new_function_type((LONG, LONG, LONG), TYPES["v"], False)


def fill_context(
    constants: dict[str, int],
    functions: dict[str, tuple[Callable[..., Any], object]],
    onerror: Any,
    onerror_without_failure: Any,
) -> None:
    """Writes all members: handles for the constants, callbacks for the functions."""
    context[0] = int(cffi.cast(LONG, _NAME))
    cffi.cast(INT_P, context)[4] = ABI_VERSION
    for index, member in enumerate(CONTEXT, _BEFORE):
        name, _, signature = member.partition(":")
        if not signature:
            context[index] = constants[name]
            continue
        function, failed = functions[name]
        if failed is None:
            failed = FAILED.get(signature[0])
        fails = signature[0] != "v" and name != "LeavePythonExecution"
        raised = onerror if fails else onerror_without_failure
        callback = cffi.callback(function_type(signature), function, failed, raised)
        _callbacks.append(callback)
        context[index] = int(cffi.cast(LONG, callback))


class Struct:
    """The layout of a C struct: offsets computed from the letters of its members.

    An instance's attributes are functions that read the member of a struct at an address.
    """

    def __init__(self, members: str) -> None:
        offset = 0
        for member in members.split():
            name, _, letter = member.partition(":")
            c_type = TYPES[letter]
            size = cffi.sizeof(c_type)
            offset = (offset + size - 1) // size * size
            setattr(self, name, self._reader(offset, cffi.new_pointer_type(c_type)))
            setattr(self, name + "_at", offset)
            offset += size
        self.total_size = (offset + WORD - 1) // WORD * WORD

    @staticmethod
    def _reader(offset: int, pointer: Any) -> Callable[[int], Any]:
        return lambda address: cffi.cast(pointer, address + offset)[0]

    def __getattr__(self, name: str) -> Any:  # for type checkers only
        raise AttributeError(name)


MODULE_DEF = Struct("doc:p size:n legacy_methods:p defines:p globals:p")
TYPE_SPEC = Struct(
    "name:p basicsize:i itemsize:i flags:L builtin_shape:i legacy_slots:p defines:p doc:p"
)
TYPE_PARAM = Struct("kind:i object:h")
# HPyDef: a kind, and a union whose members start at the next word.
DEF = Struct("kind:i")
SLOT = Struct("kind:l slot:i impl:p trampoline:p")
METH = Struct("kind:l name:p impl:p trampoline:p signature:i doc:p")
MEMBER = Struct("kind:l name:p type:i offset:n readonly:i doc:p")
GETSET = Struct("kind:l name:p getter:p setter:p trampolines:p trampoline:p doc:p closure:p")
CALL_FUNCTION = Struct("trampoline:p impl:p")
BUFFER = Struct(
    "buf:p obj:h len:n itemsize:n readonly:i ndim:i format:p shape:p strides:p suboffsets:p"
    " internal:p"
)
DEF_SLOT, DEF_METH, DEF_MEMBER, DEF_GETSET = 1, 2, 3, 4


def pointers(address: int) -> list[int]:
    """The members of a NULL-terminated array of pointers, which may be NULL itself."""
    found: list[int] = []
    if address:
        array = cffi.cast(LONG_P, address)
        while array[len(found)]:
            found.append(array[len(found)])
    return found


def text(address: int) -> str | None:
    """The UTF-8 string at an address; None for NULL."""
    if not address:
        return None
    encoded: bytes = cffi.string(cffi.cast(CHAR_P, address))
    return encoded.decode("utf-8")


def decode(chars: Any) -> str:
    """A `const char *` argument as str."""
    encoded: bytes = cffi.string(chars)
    return encoded.decode("utf-8")


def address_of(data: bytes) -> int:
    """Returns where the content of a bytes object is, with a null after it, while the object lives.

    The interpreter keeps it there. A str has the same content as its UTF-8 form, and
    so the address of `str.encode()` is good for as long as the str lives.
    """
    chars = cffi.from_buffer(CHARS, data)
    address: int = chars + 0 - NULL
    cffi.release(chars)  # else it would wait for a finalizer, which takes longer than the rest
    return address
