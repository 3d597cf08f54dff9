// SPDX-License-Identifier: MIT OR Apache-2.0

//! `HPyDef`s, and the method definitions that CPython wants instead.

use crate::errors::raise;
use hpy_shim::*;
use pyo3_ffi as ffi;
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;

/// An exception was set.
#[derive(Debug)]
pub struct Raised;

/// The entries of a list of definitions that ends with null; there may be no list.
pub unsafe fn entries<'a>(defines: *mut *mut HPyDef) -> impl Iterator<Item = &'a HPyDef> {
    let mut next = defines;
    std::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: the list goes on to its null, which is not passed.
        unsafe {
            let def = (*next).as_ref();
            next = next.add(usize::from(def.is_some()));
            def
        }
    })
}

/// The definition, taken apart by its kind.
pub enum Def<'a> {
    Slot(&'a HPySlot),
    Method(&'a HPyMeth),
    Member(&'a HPyMember),
    GetSet(&'a HPyGetSet),
}

/// The contents of a definition; None for a kind that HPy 0.9 does not have.
pub unsafe fn contents(def: &HPyDef) -> Option<Def<'_>> {
    let of = &def.__bindgen_anon_1;
    Some(match def.kind {
        HPyDef_Kind_Slot => Def::Slot(&of.slot),
        HPyDef_Kind_Meth => Def::Method(&of.meth),
        HPyDef_Kind_Member => Def::Member(&of.member),
        HPyDef_Kind_GetSet => Def::GetSet(&of.getset),
        _ => return None,
    })
}

/// The slots of a list of definitions.
pub unsafe fn slots<'a>(defines: *mut *mut HPyDef) -> impl Iterator<Item = &'a HPySlot> {
    entries(defines).filter_map(|def| match contents(def) {
        Some(Def::Slot(slot)) => Some(slot),
        _ => None,
    })
}

/// A trampoline as an untyped pointer, the way CPython's slots are filled.
pub fn pointer(trampoline: cpy_PyCFunction) -> *mut c_void {
    trampoline.map_or(ptr::null_mut(), |f| f as *mut c_void)
}

/// The methods of a list of definitions, and the end mark.
///
/// CPython keeps pointers to them.
pub unsafe fn methods(defines: *mut *mut HPyDef) -> Result<Box<[ffi::PyMethodDef]>, Raised> {
    let mut made = Vec::new();
    for def in entries(defines) {
        let Some(Def::Method(method)) = contents(def) else {
            continue;
        };
        made.push(ffi::PyMethodDef {
            ml_name: method.name,
            // SAFETY: the trampoline has the calling convention that the flags tell.
            ml_meth: transmute::<*mut c_void, ffi::PyMethodDefPointer>(pointer(
                method.cpy_trampoline,
            )),
            ml_flags: flags(method.signature)?,
            ml_doc: method.doc,
        });
    }
    made.push(ffi::PyMethodDef::zeroed());
    Ok(made.into_boxed_slice())
}

unsafe fn flags(signature: HPyFunc_Signature) -> Result<c_int, Raised> {
    Ok(match signature {
        HPyFunc_VARARGS => ffi::METH_FASTCALL,
        HPyFunc_KEYWORDS => ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        HPyFunc_NOARGS => ffi::METH_NOARGS,
        HPyFunc_O => ffi::METH_O,
        _ => {
            raise(ffi::PyExc_ValueError, "Unsupported HPyMeth signature");
            return Err(Raised);
        }
    })
}
