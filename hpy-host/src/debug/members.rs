// SPDX-License-Identifier: MIT OR Apache-2.0

//! The members of the debug mode's context: each looks at its handles and calls the other
//! mode's.

use super::contexts::enter;
use super::handles::{self, Kind};
use super::{Name, special};
use crate::context;
use hpy_shim::*;
use std::ffi::{c_char, c_void};
use std::mem::{offset_of, transmute_copy};
use std::sync::OnceLock;

const WORD: usize = size_of::<usize>();
const MEMBERS: usize = size_of::<HPyContext>() / WORD;

/// Something that crosses the border as an argument or as a result of a member.
pub trait Crosses: Copy {
    /// Converts an argument for the other mode.
    unsafe fn plain(self, _by: Name) -> Self {
        self
    }

    /// Converts a result of the other mode.
    unsafe fn opened(self, _by: Name) -> Self {
        self
    }

    /// Converts an argument of a module's function; handles are noted in the list.
    unsafe fn lent(self, _to: &mut Vec<HPy>) -> Self {
        self
    }

    /// Converts the result of a module's function.
    unsafe fn given(self, _by: Name) -> Self {
        self
    }
}

impl Crosses for HPy {
    unsafe fn plain(self, by: Name) -> Self {
        handles::plain(self, by)
    }

    unsafe fn opened(self, by: Name) -> Self {
        handles::own(self, by)
    }

    unsafe fn lent(self, to: &mut Vec<HPy>) -> Self {
        let lent = handles::lend(self);
        if lent._i != 0 {
            to.push(lent);
        }
        lent
    }

    unsafe fn given(self, by: Name) -> Self {
        handles::take(self, by)
    }
}

macro_rules! of_kind {
    ($($ty:ident.$field:ident = $kind:ident;)*) => {$(
        impl Crosses for $ty {
            unsafe fn plain(self, by: Name) -> Self {
                $ty { $field: handles::of_kind(self.$field, Kind::$kind, by) }
            }

            unsafe fn opened(self, by: Name) -> Self {
                $ty { $field: handles::open(self.$field, Kind::$kind, by) }
            }
        }
    )*};
}

of_kind! {
    HPyListBuilder._lst = ListBuilder;
    HPyTupleBuilder._tup = TupleBuilder;
    HPyTracker._i = Tracker;
}

macro_rules! the_same {
    ($($ty:ty)*) => {$(impl Crosses for $ty {})*};
}
the_same!(() bool i32 u32 i64 u64 isize usize f64 HPyField HPyGlobal);
// No array of handles is among these: the members that have one are written out below.
the_same!(*const c_char *mut c_char *mut c_void *mut *mut c_void *const wchar_t *mut isize);
the_same!(*mut cpy_PyObject *mut HPyField *mut HPyGlobal *mut HPyCapsule_Destructor *mut HPyCallFunction);

/// The member at an offset in the context, for each number of arguments after that.
struct Member<const AT: usize>;

macro_rules! arities {
    ($($name:ident($($arg:ident: $ty:ident),*);)*) => {
        impl<const AT: usize> Member<AT> {$(
            unsafe extern "C" fn $name<R: Crosses, $($ty: Crosses),*>(
                ctx: *mut HPyContext, $($arg: $ty),*
            ) -> R {
                let by = enter(ctx, AT);
                // SAFETY: the member there has this type, as it was inferred from that.
                let member: unsafe extern "C" fn(*mut HPyContext, $($ty),*) -> R =
                    transmute_copy(&*context::get().byte_add(AT).cast::<usize>());
                $(let $arg = $arg.plain(by);)*
                // A thread that is to end in there must not unwind through this frame.
                call_host(member, (context::get(), $($arg),*)).opened(by)
            }
        )*}
    };
}

arities! {
    none();
    one(a: A);
    two(a: A, b: B);
    three(a: A, b: B, c: C);
    four(a: A, b: B, c: C, d: D);
}

macro_rules! members {
    ($($arity:ident: $($member:ident)*;)*) => {
        /// Fills in the members that need nothing but a look at their handles.
        fn fill_plain(context: &mut HPyContext) {
            $($(context.$member = Some(Member::<{ offset_of!(HPyContext, $member) }>::$arity);)*)*
        }

        /// The names of those members by their places.
        const PLAIN: &[(usize, &str)] =
            &[$($((offset_of!(HPyContext, $member), stringify!($member)),)*)*];
    };
}

members! {
    none: ctx_Err_Occurred ctx_Err_NoMemory ctx_Err_Clear ctx_Dict_New;
    one: ctx_Dup
        ctx_Long_FromInt32_t ctx_Long_FromUInt32_t ctx_Long_FromInt64_t ctx_Long_FromUInt64_t
        ctx_Long_FromSize_t ctx_Long_FromSsize_t ctx_Long_AsInt32_t ctx_Long_AsUInt32_t
        ctx_Long_AsUInt32_tMask ctx_Long_AsInt64_t ctx_Long_AsUInt64_t ctx_Long_AsUInt64_tMask
        ctx_Long_AsSize_t ctx_Long_AsSsize_t ctx_Long_AsVoidPtr ctx_Long_AsDouble
        ctx_Float_FromDouble ctx_Float_AsDouble ctx_Bool_FromBool ctx_Length ctx_Number_Check
        ctx_Negative ctx_Positive ctx_Absolute ctx_Invert ctx_Index ctx_Long ctx_Float
        ctx_Callable_Check ctx_FatalError ctx_Err_ExceptionMatches ctx_Err_WriteUnraisable
        ctx_IsTrue ctx_Type ctx_AsStruct_Object ctx_AsStruct_Legacy ctx_Repr ctx_Str ctx_ASCII
        ctx_Bytes ctx_Hash ctx_Bytes_Check ctx_Bytes_Size ctx_Bytes_GET_SIZE ctx_Bytes_AsString
        ctx_Bytes_AS_STRING ctx_Bytes_FromString ctx_Unicode_FromString ctx_Unicode_Check
        ctx_Unicode_AsASCIIString ctx_Unicode_AsLatin1String ctx_Unicode_AsUTF8String
        ctx_Unicode_DecodeFSDefault ctx_Unicode_EncodeFSDefault ctx_List_Check ctx_List_New
        ctx_Dict_Check ctx_Tuple_Check ctx_Import_ImportModule ctx_FromPyObject ctx_AsPyObject
        ctx_ListBuilder_New ctx_TupleBuilder_New ctx_Tracker_New ctx_Tracker_ForgetAll
        ctx_Global_Load ctx_Dump ctx_AsStruct_Type ctx_AsStruct_Long ctx_AsStruct_Float
        ctx_AsStruct_Unicode ctx_AsStruct_Tuple ctx_AsStruct_List ctx_Type_GetBuiltinShape
        ctx_Type_GetName ctx_Dict_Keys ctx_Dict_Copy;
    two: ctx_Add ctx_Subtract ctx_Multiply ctx_MatrixMultiply ctx_FloorDivide ctx_TrueDivide
        ctx_Remainder ctx_Divmod ctx_Lshift ctx_Rshift ctx_And ctx_Xor ctx_Or
        ctx_InPlaceAdd ctx_InPlaceSubtract ctx_InPlaceMultiply ctx_InPlaceMatrixMultiply
        ctx_InPlaceFloorDivide ctx_InPlaceTrueDivide ctx_InPlaceRemainder ctx_InPlaceLshift
        ctx_InPlaceRshift ctx_InPlaceAnd ctx_InPlaceXor ctx_InPlaceOr
        ctx_Err_SetString ctx_Err_SetObject ctx_Err_SetFromErrnoWithFilename
        ctx_GetAttr ctx_GetAttr_s ctx_HasAttr ctx_HasAttr_s ctx_GetItem ctx_GetItem_i
        ctx_GetItem_s ctx_Contains ctx_TypeCheck ctx_Is ctx_New ctx_Bytes_FromStringAndSize
        ctx_Unicode_AsUTF8AndSize ctx_Unicode_FromWideChar ctx_Unicode_DecodeFSDefaultAndSize
        ctx_Unicode_ReadChar ctx_List_Append ctx_Field_Load ctx_Global_Store ctx_DelItem
        ctx_DelItem_i ctx_DelItem_s ctx_Capsule_IsValid ctx_ContextVar_New ctx_ContextVar_Set
        ctx_Type_IsSubtype ctx_SetCallFunction;
    three: ctx_Power ctx_InPlacePower ctx_CallTupleDict ctx_Err_SetFromErrnoWithFilenameObjects
        ctx_Err_NewException ctx_Err_WarnEx ctx_SetAttr ctx_SetAttr_s ctx_SetItem ctx_SetItem_i
        ctx_SetItem_s ctx_RichCompare ctx_RichCompareBool ctx_Unicode_DecodeASCII
        ctx_Unicode_DecodeLatin1 ctx_ListBuilder_Set ctx_TupleBuilder_Set ctx_Field_Store
        ctx_Capsule_New ctx_Capsule_Get ctx_Capsule_Set ctx_Compile_s ctx_EvalCode
        ctx_Unicode_FromEncodedObject ctx_Unicode_Substring;
    four: ctx_Err_NewExceptionWithDoc ctx_Slice_Unpack;
}

/// Fills in the members that are written out, and remembers their names.
macro_rules! special {
    ($($member:ident)*) => {
        fn fill_special(context: &mut HPyContext) {
            $(context.$member = Some(special::$member);)*
        }

        const SPECIAL: &[(usize, &str)] =
            &[$((offset_of!(HPyContext, $member), stringify!($member)),)*];
    };
}

special! {
    ctx_Close ctx_Type_FromSpec ctx_Type_GenericNew ctx_Tuple_FromArray ctx_Call ctx_CallMethod
    ctx_CallRealFunctionFromTrampoline ctx_ContextVar_Get ctx_ListBuilder_Build
    ctx_ListBuilder_Cancel ctx_TupleBuilder_Build ctx_TupleBuilder_Cancel ctx_Tracker_Add
    ctx_Tracker_Close ctx_LeavePythonExecution ctx_ReenterPythonExecution
}

// Every function of the context is in one of the lists.
const _: () = assert!(PLAIN.len() + SPECIAL.len() == 180);

/// Fills in all functions.
pub fn fill(context: &mut HPyContext) {
    fill_plain(context);
    fill_special(context);
}

/// What HPy's functions begin with whose names say what they are about.
const SUBJECTS: &str = " Long Float Bool Number Callable Err Type Bytes Unicode List Dict Tuple Import \
                        ListBuilder TupleBuilder Tracker Field Global Capsule ContextVar Slice ";

/// Returns the name of the function at an offset as HPy's documentation has it.
pub fn name(at: usize) -> Name {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names = vec![String::new(); MEMBERS];
        for (at, member) in PLAIN.iter().chain(SPECIAL) {
            let own = member.trim_start_matches("ctx_");
            let (first, more) = own.split_once('_').unwrap_or((own, ""));
            let about = !more.is_empty() && SUBJECTS.contains(&format!(" {first} "));
            names[at / WORD] = format!("HPy{}{own}", if about { "" } else { "_" });
        }
        names
    });
    &names[at / WORD]
}
