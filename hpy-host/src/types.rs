// SPDX-License-Identifier: MIT OR Apache-2.0

//! `HPyType_FromSpec`.

use crate::defs::{Raised, slots};
use crate::errors::{raise, type_error};
use crate::handle::{NULL, Object, handle, object};
use crate::inherited::{Inherited, foreign};
use crate::refcount::{decref, incref};
use crate::registry::{Foreign, Type, TypeExtra, find, nearest, register, slot};
use crate::shape::{Shape, basicsize, digits_are_known};
use crate::spec::{Bases, parts};
use crate::{instance, items, library, older};
use hpy_shim::*;
use pyo3_ffi as ffi;
use std::ffi::{CStr, c_int, c_uint, c_void};
use std::mem::transmute;
use std::ptr;

/// The parameters of a spec.
struct Params {
    /// A tuple, a new reference; null for none.
    bases: Object,
    metaclass: Type,
}

impl Drop for Params {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and the GIL is held.
        unsafe { decref(self.bases) }
    }
}

unsafe fn params(list: *mut HPyType_SpecParam, name: &str) -> Result<Params, Raised> {
    let mut found = Params {
        bases: ptr::null_mut(),
        metaclass: ptr::null_mut(),
    };
    let mut single = Vec::new();
    let mut tuples = Vec::new();
    let mut next = list;
    while !next.is_null() && (*next).kind != 0 {
        let value = object((*next).object);
        match (*next).kind {
            HPyType_SpecParam_Base => single.push(value),
            HPyType_SpecParam_BasesTuple => tuples.push(value),
            HPyType_SpecParam_Metaclass if !found.metaclass.is_null() => {
                raise(
                    ffi::PyExc_ValueError,
                    "metaclass was specified multiple times",
                );
                return Err(Raised);
            }
            HPyType_SpecParam_Metaclass => {
                if ffi::PyType_Check(value) == 0 {
                    let shown = ffi::PyObject_Repr(value);
                    let text = library::text(shown).unwrap_or_default();
                    decref(shown);
                    type_error(&format!("Metaclass '{text}' is not a subclass of 'type'."));
                    return Err(Raised);
                }
                found.metaclass = value.cast();
            }
            _ => {
                type_error(&format!(
                    "unknown HPyType_SpecParam specification for '{name}'"
                ));
                return Err(Raised);
            }
        }
        next = next.add(1);
    }
    match (&single[..], &tuples[..]) {
        (_, [_, _, ..]) => {
            type_error("multiple specifications of HPyType_SpecParam_BasesTuple");
            return Err(Raised);
        }
        ([_, ..], [_]) => {
            type_error(
                "cannot specify both HPyType_SpecParam_Base and HPyType_SpecParam_BasesTuple",
            );
            return Err(Raised);
        }
        ([], [tuple]) => {
            incref(*tuple);
            found.bases = *tuple;
        }
        ([], []) => {}
        (bases, []) => {
            found.bases = ffi::PyTuple_New(bases.len() as isize);
            if found.bases.is_null() {
                return Err(Raised);
            }
            for (index, base) in bases.iter().enumerate() {
                items::set_in_tuple(found.bases, index as isize, *base);
            }
        }
    }
    Ok(found)
}

/// Looks at the bases. Refuses those that keep something of their own where the struct is to be.
unsafe fn look_at(bases: Object, spec: &HPyType_Spec, shape: Shape) -> Result<Bases, Raised> {
    let mut found = Bases {
        size: 0,
        call: None,
    };
    if bases.is_null() || ffi::PyTuple_Check(bases) == 0 {
        return Ok(found);
    }
    for index in 0..ffi::PyTuple_Size(bases) {
        let base = ffi::PyTuple_GetItem(bases, index);
        if ffi::PyType_Check(base) == 0 {
            continue; // CPython says what is wrong
        }
        let size = basicsize(base).ok_or(Raised)?;
        let native = nearest(base.cast());
        let own_struct = spec.basicsize != 0 && shape != Shape::Fixed(0);
        if own_struct && native.is_none() && size > shape.head() {
            let name = older::type_name(base.cast());
            let text = library::text(name).unwrap_or_default();
            decref(name);
            type_error(&format!(
                "a struct of this shape would overlap what instances of '{text}' hold"
            ));
            return Err(Raised);
        }
        found.size = found.size.max(size);
        found.call = found.call.or(native.and_then(|native| native.call));
    }
    Ok(found)
}

/// Refuses what HPy refuses, whatever CPython would make of it.
unsafe fn check(spec: &HPyType_Spec) -> Result<Shape, Raised> {
    if !spec.legacy_slots.is_null() {
        type_error(if spec.builtin_shape == HPyType_BuiltinShape_Legacy {
            "legacy slots are for extensions built for one CPython; this host loads universal ones"
        } else {
            "cannot specify .legacy_slots without setting .builtin_shape=HPyType_BuiltinShape_Legacy"
        });
        return Err(Raised);
    }
    let has = |number| slots(spec.defines).any(|slot| slot.slot == number);
    if spec.flags & c_ulong(HPy_TPFLAGS_HAVE_GC) != 0 && !has(HPy_tp_traverse) {
        raise(
            ffi::PyExc_ValueError,
            "You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC",
        );
        return Err(Raised);
    }
    if has(HPy_tp_finalize) && !instance::can_finalize() {
        type_error("this version of CPython does not let HPy types have HPy_tp_finalize");
        return Err(Raised);
    }
    let Some(shape) = Shape::of(spec.builtin_shape) else {
        raise(
            ffi::PyExc_ValueError,
            &format!("invalid shape: {}", spec.builtin_shape),
        );
        return Err(Raised);
    };
    if shape == Shape::AfterDigits && !digits_are_known() {
        type_error("this version of CPython does not let HPy types derive from int");
        return Err(Raised);
    }
    Ok(shape)
}

fn c_ulong(flag: u32) -> std::ffi::c_ulong {
    flag.into()
}

pub unsafe extern "C" fn ctx_Type_FromSpec(
    _: *mut HPyContext,
    spec: *mut HPyType_Spec,
    list: *mut HPyType_SpecParam,
) -> HPy {
    from_spec(&*spec, list, true)
}

/// Makes a type whose `__next__` is called `directly`, or by its trampoline.
pub unsafe fn from_spec(spec: &HPyType_Spec, list: *mut HPyType_SpecParam, directly: bool) -> HPy {
    make(spec, list, directly).map_or(NULL, |kind| handle(kind.cast()))
}

unsafe fn make(
    spec: &HPyType_Spec,
    list: *mut HPyType_SpecParam,
    directly: bool,
) -> Result<Type, Raised> {
    let name = CStr::from_ptr(spec.name).to_string_lossy();
    let params = params(list, &name)?;
    let shape = check(spec)?;
    let bases = look_at(params.bases, spec, shape)?;
    let mut parts = parts(spec, shape, &bases, directly)?;
    let mut flags = spec.flags as c_uint;
    if parts.call.is_some() {
        flags |= HPy_TPFLAGS_HAVE_VECTORCALL as c_uint;
    }
    let Ok(size) = c_int::try_from(parts.basicsize) else {
        raise(
            ffi::PyExc_ValueError,
            &format!("the struct of '{name}' is too large"),
        );
        return Err(Raised);
    };
    let mut wanted = ffi::PyType_Spec {
        name: spec.name,
        basicsize: size,
        itemsize: spec.itemsize,
        flags,
        slots: parts.slots.as_mut_ptr(),
    };
    let kind: Type =
        older::type_from_metaclass(params.metaclass, &raw mut wanted, params.bases).cast();
    if kind.is_null() {
        return Err(Raised);
    }
    let base: Type = slot(kind, ffi::Py_tp_base).cast();
    let native_base = nearest(base);
    let mut destroys = vec![parts.destroy];
    let mut traverses = vec![parts.traverse];
    let mut call = parts.call;
    if let Some(base) = native_base {
        destroys.extend_from_slice(&base.destroys);
        traverses.extend_from_slice(&base.traverses);
        call = call.or(base.call);
    }
    destroys.retain(Option::is_some);
    traverses.retain(Option::is_some);
    let Some(inherited) = Inherited::of(kind) else {
        decref(kind.cast());
        return Err(Raised);
    };
    // Pure types may derive from anything, legacy ones not from the struct of a pure one.
    let legacy = |shape| shape == HPyType_BuiltinShape_Legacy;
    let mixed = legacy(spec.builtin_shape) && native_base.is_some_and(|b| !legacy(b.builtin_shape));
    let foreign = Foreign::of(foreign(base));
    let finalized = !slot(kind, ffi::Py_tp_finalize).is_null();
    let collected = ffi::PyType_GetFlags(kind) & ffi::Py_TPFLAGS_HAVE_GC != 0;
    let is_object = foreign.kind == &raw mut ffi::PyBaseObject_Type;
    let simple =
        is_object && !finalized && !collected && traverses.is_empty() && inherited.is_nothing();
    let registered = register(
        kind,
        TypeExtra {
            kind,
            simple,
            // SAFETY: CPython keeps a function of this type in this slot, in every type.
            free: transmute::<*mut c_void, ffi::freefunc>(slot(kind, ffi::Py_tp_free)),
            builtin_shape: spec.builtin_shape,
            shape,
            destroys,
            traverses,
            call,
            finalized,
            collected,
            inherited,
            foreign,
            watch: ptr::null_mut(),
            alive: true,
            _definitions: parts.definitions,
        },
    );
    if !registered {
        decref(kind.cast());
        return Err(Raised);
    }
    if mixed {
        type_error("A legacy type should not inherit its memory layout from a pure type");
        decref(kind.cast());
        return Err(Raised);
    }
    Ok(kind)
}

pub unsafe extern "C" fn ctx_Type_GetBuiltinShape(
    _: *mut HPyContext,
    kind: HPy,
) -> HPyType_BuiltinShape {
    let kind = object(kind);
    if ffi::PyType_Check(kind) == 0 {
        type_error("arg must be a type");
        return HPyType_BuiltinShape_Legacy - 1;
    }
    find(kind.cast()).map_or(HPyType_BuiltinShape_Legacy, |extra| extra.builtin_shape)
}
