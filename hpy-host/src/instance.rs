// SPDX-License-Identifier: MIT OR Apache-2.0

//! Instances of HPy types: allocation, traversal and deallocation.

use crate::errors::type_error;
use crate::handle::{NULL, Object, handle, object};
use crate::inherited::find_symbol;
use crate::refcount::{decref, incref};
use crate::registry::{Type, TypeExtra, made_here, nearest, recent, slot};
use hpy_shim::{HPy, HPyContext, HPyField, HPyFunc_traverseproc, HPyFunc_visitproc};
use pyo3_ffi as ffi;
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// Makes a zeroed instance, ready to be called if its type says so.
unsafe fn allocate(kind: Type, extra: &TypeExtra) -> Object {
    let instance = ffi::PyType_GenericAlloc(kind, 0);
    if let (Some(call), false) = (&extra.call, instance.is_null()) {
        call.store(instance, call.default);
    }
    instance
}

/// Returns what is known of an HPy type; None, with an exception that names the function, for
/// anything else.
#[inline(always)]
unsafe fn type_of_instances<'a>(kind: Object, function: &str) -> Option<&'a TypeExtra> {
    // What was asked for lately is known to be a type.
    if let Some(extra) = recent(kind.cast()) {
        return Some(extra);
    }
    if ffi::PyType_Check(kind) == 0 {
        type_error(&format!("{function} arg 1 must be a type"));
        return None;
    }
    let extra = nearest(kind.cast());
    if extra.is_none() {
        type_error(&format!("{function} makes instances of HPy types only"));
    }
    extra
}

pub unsafe extern "C" fn ctx_New(_: *mut HPyContext, kind: HPy, data: *mut *mut c_void) -> HPy {
    let Some(extra) = type_of_instances(object(kind), "HPy_New") else {
        return NULL;
    };
    let instance = allocate(object(kind).cast(), extra);
    if !instance.is_null() {
        *data = extra.shape.data(instance);
    }
    handle(instance)
}

pub unsafe extern "C" fn ctx_Type_GenericNew(
    _: *mut HPyContext,
    kind: HPy,
    _args: *const HPy,
    _nargs: isize,
    _kw: HPy,
) -> HPy {
    match type_of_instances(object(kind), "HPyType_GenericNew") {
        Some(extra) => handle(allocate(object(kind).cast(), extra)),
        None => NULL,
    }
}

/// `tp_new` of types that can be called and have none of their own: the inherited one, and
/// the setting up of calls.
pub unsafe extern "C" fn new_callable(kind: Type, args: Object, kw: Object) -> Object {
    let mut base = kind;
    while !base.is_null() && slot(base, ffi::Py_tp_new) == new_callable as *mut c_void {
        base = slot(base, ffi::Py_tp_base).cast();
    }
    let new = if base.is_null() {
        ptr::null_mut()
    } else {
        slot(base, ffi::Py_tp_new)
    };
    // SAFETY: CPython keeps a function of this type in this slot, or nothing.
    let Some(new) = transmute::<*mut c_void, Option<ffi::newfunc>>(new) else {
        type_error("no instances of this type can be created");
        return ptr::null_mut();
    };
    let instance = new(kind, args, kw);
    let call = nearest(kind).and_then(|extra| extra.call);
    if let (Some(call), false) = (call, instance.is_null()) {
        call.store(instance, call.default);
    }
    instance
}

// -- garbage collection ------------------------------------------------------------

struct Visit {
    visit: ffi::visitproc,
    arg: *mut c_void,
}

unsafe extern "C" fn visit_field(field: *mut HPyField, arg: *mut c_void) -> c_int {
    let with = &*arg.cast::<Visit>();
    match (*field)._i as Object {
        target if target.is_null() => 0,
        target => (with.visit)(target, with.arg),
    }
}

unsafe extern "C" fn clear_field(field: *mut HPyField, _: *mut c_void) -> c_int {
    let target = (*field)._i as Object;
    (*field)._i = 0;
    decref(target);
    0
}

/// Lets `visit` see the fields of an instance that one `HPy_tp_traverse` shows.
pub unsafe fn traverse_with(
    traverse: HPyFunc_traverseproc,
    instance: Object,
    visit: ffi::visitproc,
    arg: *mut c_void,
) -> c_int {
    match (traverse, nearest(ffi::Py_TYPE(instance))) {
        (Some(traverse), Some(extra)) => {
            let mut with = Visit { visit, arg };
            traverse(
                extra.shape.data(instance),
                Some(visit_field),
                (&raw mut with).cast(),
            )
        }
        _ => 0,
    }
}

unsafe fn each_field(
    extra: &TypeExtra,
    instance: Object,
    with: HPyFunc_visitproc,
    arg: *mut c_void,
) -> c_int {
    for traverse in extra.traverses.iter().flatten() {
        let result = traverse(extra.shape.data(instance), with, arg);
        if result != 0 {
            return result;
        }
    }
    0
}

/// `tp_traverse` of HPy types.
pub unsafe extern "C" fn traverse(
    instance: Object,
    visit: ffi::visitproc,
    arg: *mut c_void,
) -> c_int {
    let kind = ffi::Py_TYPE(instance);
    let Some(extra) = nearest(kind) else {
        return 0;
    };
    let mut with = Visit { visit, arg };
    let mut result = each_field(extra, instance, Some(visit_field), (&raw mut with).cast());
    if let (0, Some(traverse)) = (result, extra.foreign.traverse) {
        result = traverse(instance, visit, arg);
    }
    if result == 0 {
        result = extra.inherited.visit(instance, visit, arg);
    }
    if result == 0 && !made_here(kind) {
        // An instance holds its type. A class written in Python leaves this to us; of HPy
        // types, which live as long as their modules, HPy's tests want it left out.
        result = visit(kind.cast(), arg);
    }
    result
}

/// `tp_clear` of HPy types.
pub unsafe extern "C" fn clear(instance: Object) -> c_int {
    let Some(extra) = nearest(ffi::Py_TYPE(instance)) else {
        return 0;
    };
    each_field(extra, instance, Some(clear_field), ptr::null_mut());
    extra.inherited.clear(instance);
    match extra.foreign.clear {
        Some(clear) => clear(instance),
        None => 0,
    }
}

// -- deallocation --------------------------------------------------------------------

type CallFinalizer = unsafe extern "C" fn(Object) -> c_int;

/// `PyObject_CallFinalizerFromDealloc`, which is not in the stable ABI, or null.
static CALL_FINALIZER: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Looks up what the stable ABI lacks.
pub unsafe fn init() {
    CALL_FINALIZER.store(
        find_symbol(&[c"PyObject_CallFinalizerFromDealloc"]),
        Relaxed,
    );
}

/// Returns true if types may have `HPy_tp_finalize`.
pub fn can_finalize() -> bool {
    !CALL_FINALIZER.load(Relaxed).is_null()
}

/// The depth of nested deallocations from which on they are put off.
const DEEPEST: usize = 100;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static PUT_OFF: RefCell<Vec<Object>> = const { RefCell::new(Vec::new()) };
}

/// `tp_dealloc` of HPy types.
///
/// A long chain of objects that hold each other would take as much of the C stack as it is
/// long: from a certain depth on they wait until the stack is free again.
pub unsafe extern "C" fn dealloc(instance: Object) {
    let kind = ffi::Py_TYPE(instance);
    let Some(extra) = nearest(kind) else {
        return;
    };
    if extra.simple && kind == extra.kind {
        for destroy in extra.destroys.iter().flatten() {
            destroy(extra.shape.data(instance));
        }
        (extra.free)(instance.cast());
        return decref(kind.cast());
    }
    if !extra.collected {
        return dealloc_now(instance, extra);
    }
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        // The collector must not see an object without references.
        ffi::PyObject_GC_UnTrack(instance.cast());
        return PUT_OFF.with_borrow_mut(|waiting| waiting.push(instance));
    }
    DEPTH.set(depth + 1);
    dealloc_now(instance, extra);
    if depth == 0 {
        while let Some(waiting) = PUT_OFF.with_borrow_mut(Vec::pop) {
            if let Some(extra) = nearest(ffi::Py_TYPE(waiting)) {
                dealloc_now(waiting, extra);
            }
        }
    }
    DEPTH.set(depth);
}

unsafe fn dealloc_now(instance: Object, extra: &TypeExtra) {
    let kind = ffi::Py_TYPE(instance);
    // A class written in Python has called the finalizer before it came here.
    if extra.finalized && kind == extra.kind {
        // SAFETY: types with a finalizer are made only where this is not null.
        let call = transmute::<*mut c_void, CallFinalizer>(CALL_FINALIZER.load(Relaxed));
        if call(instance) < 0 {
            return; // something holds it again
        }
    }
    if extra.collected {
        ffi::PyObject_GC_UnTrack(instance.cast());
    }
    extra.inherited.forget(instance);
    each_field(extra, instance, Some(clear_field), ptr::null_mut());
    extra.inherited.clear(instance);
    for destroy in extra.destroys.iter().flatten() {
        destroy(extra.shape.data(instance));
    }
    let foreign = &extra.foreign;
    if foreign.collected {
        // Its deallocator expects so.
        ffi::PyObject_GC_Track(instance.cast());
    }
    if foreign.heap {
        // Such a deallocator acts on the type of the instance, and drops a reference to it.
        incref(foreign.kind.cast());
        (*instance).ob_type = foreign.kind;
    }
    (foreign.dealloc)(instance);
    decref(kind.cast());
}
