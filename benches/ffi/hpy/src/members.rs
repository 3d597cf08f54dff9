// SPDX-License-Identifier: MIT OR Apache-2.0

//! A module with a type as authors in C write them, on the bare ABI: its attributes are a
//! member and a get-set, where `hpy-bindings` uses Python's `property`.
//!
//! It is in the same file as the other module: hosts find a module by its name.

use hpy_shim::*;
use std::ffi::{c_char, c_int, c_void, CStr};
use std::mem::{size_of, transmute};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

static CONTEXT: AtomicPtr<HPyContext> = AtomicPtr::new(null_mut());

/// Calls the function `$name` of the context.
macro_rules! ctx {
    ($ctx:expr, $name:ident($($argument:expr),*)) => {
        (*$ctx).$name.unwrap_unchecked()($ctx, $($argument),*)
    };
}

/// The function for HPy and, behind it, the one for CPython, which goes through the host.
macro_rules! pair {
    ($function:path, $signature:ident, $args:ident($($field:ident: $kind:ty),*) -> $result:ty) => {{
        unsafe extern "C" fn trampoline($($field: $kind),*) -> $result {
            let mut args = $args { $($field,)* ..Default::default() };
            let ctx = CONTEXT.load(Relaxed);
            let function = transmute::<*const (), HPyCFunction>($function as *const ());
            let args_pointer = (&raw mut args).cast();
            ctx!(ctx, ctx_CallRealFunctionFromTrampoline($signature, function, args_pointer));
            args.result
        }
        ($function as *const (), trampoline as *const ())
    }};
}

unsafe extern "C" fn new(
    ctx: *mut HPyContext,
    kind: HPy,
    _args: *const HPy,
    _nargs: isize,
    _kw: HPy,
) -> HPy {
    let mut data = null_mut();
    ctx!(ctx, ctx_New(kind, &mut data))
}

unsafe extern "C" fn get(ctx: *mut HPyContext, this: HPy, _closure: *mut c_void) -> HPy {
    let value = ctx!(ctx, ctx_AsStruct_Object(this)).cast::<i64>();
    ctx!(ctx, ctx_Long_FromInt64_t(*value))
}

unsafe extern "C" fn exec(ctx: *mut HPyContext, module: HPy) -> c_int {
    let mut spec = HPyType_Spec {
        name: c"members.Value".as_ptr(),
        basicsize: size_of::<i64>() as c_int,
        flags: HPy_TPFLAGS_DEFAULT.into(),
        builtin_shape: HPyType_BuiltinShape_Object,
        defines: table(vec![slot_new(), member(), get_set()]),
        ..Default::default()
    };
    let kind = ctx!(ctx, ctx_Type_FromSpec(&mut spec, null_mut()));
    if kind._i == 0 {
        return -1;
    }
    let status = ctx!(ctx, ctx_SetAttr_s(module, c"Value".as_ptr(), kind));
    ctx!(ctx, ctx_Close(kind));
    status
}

fn slot(slot: HPySlot_Slot, (function, trampoline): (*const (), *const ())) -> HPyDef {
    // SAFETY: pointers to functions, which the host calls as the slot's kind tells.
    let slot = unsafe {
        HPySlot {
            slot,
            impl_: transmute::<*const (), HPyCFunction>(function),
            cpy_trampoline: transmute::<*const (), cpy_PyCFunction>(trampoline),
        }
    };
    define(HPyDef_Kind_Slot, HPyDef__bindgen_ty_1 { slot })
}

fn slot_new() -> HPyDef {
    type Pointer = *mut cpy_PyObject;
    let functions = pair!(new, HPyFunc_NEWFUNC,
        _HPyFunc_args_NEWFUNC(self_: Pointer, args: Pointer, kw: Pointer) -> Pointer);
    slot(HPy_tp_new, functions)
}

fn member() -> HPyDef {
    let member = HPyMember {
        name: c"member".as_ptr(),
        type_: HPyMember_LONGLONG,
        offset: 0,
        readonly: 0,
        doc: null(),
    };
    define(HPyDef_Kind_Member, HPyDef__bindgen_ty_1 { member })
}

fn get_set() -> HPyDef {
    let (function, trampoline) = pair!(get, HPyFunc_GETTER,
        _HPyFunc_args_GETTER(arg0: *mut cpy_PyObject, arg1: *mut c_void) -> *mut cpy_PyObject);
    // SAFETY: pointers to functions of these kinds.
    let getset = unsafe {
        HPyGetSet {
            name: c"getset".as_ptr(),
            getter_impl: transmute::<*const (), HPyCFunction>(function),
            getter_cpy_trampoline: transmute::<*const (), cpy_getter>(trampoline),
            ..Default::default()
        }
    };
    define(HPyDef_Kind_GetSet, HPyDef__bindgen_ty_1 { getset })
}

fn define(kind: HPyDef_Kind, what: HPyDef__bindgen_ty_1) -> HPyDef {
    HPyDef {
        kind,
        __bindgen_anon_1: what,
    }
}

/// Hosts keep pointers into the table.
fn table(definitions: Vec<HPyDef>) -> *mut *mut HPyDef {
    let pointers = Vec::leak(definitions).iter_mut().map(|d| d as *mut HPyDef);
    Vec::leak(pointers.chain([null_mut()]).collect()).as_mut_ptr()
}

#[no_mangle]
extern "C" fn get_required_hpy_major_version_members() -> u32 {
    HPY_ABI_VERSION
}

#[no_mangle]
extern "C" fn get_required_hpy_minor_version_members() -> u32 {
    HPY_ABI_VERSION_MINOR
}

#[no_mangle]
extern "C" fn HPyInitGlobalContext_members(ctx: *mut HPyContext) {
    CONTEXT.store(ctx, Relaxed);
}

#[no_mangle]
extern "C" fn HPyInit_members() -> *mut HPyModuleDef {
    let functions = pair!(exec, HPyFunc_INQUIRY,
        _HPyFunc_args_INQUIRY(arg0: *mut cpy_PyObject) -> c_int);
    const DOC: &CStr = c"A type on the bare ABI.";
    Box::leak(Box::new(HPyModuleDef {
        doc: DOC.as_ptr().cast::<c_char>(),
        size: 0,
        legacy_methods: null_mut(),
        defines: table(vec![slot(HPy_mod_exec, functions)]),
        globals: Vec::leak(vec![null_mut()]).as_mut_ptr(),
    }))
}
