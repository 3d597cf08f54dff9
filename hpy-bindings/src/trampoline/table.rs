// SPDX-License-Identifier: MIT OR Apache-2.0

//! Entries of the tables in which a host finds methods and slots ([`HPyDef`]).

use std::ffi::CStr;

use hpy_shim::{self as shim, HPyDef, HPyDef__bindgen_ty_1};

use crate::convert::IntoPy;
use crate::function::Callable;
use crate::signature::Parameters;
use crate::trampoline::cpython as t;
use crate::trampoline::function::{Function, NamedFunction, RawCallable, RawFunction};

/// Makes an entry for a method.
pub(crate) fn method(
    name: &'static CStr,
    doc: &'static CStr,
    signature: shim::HPyFunc_Signature,
    function: *const (),
    trampoline: *const (),
) -> HPyDef {
    let meth = shim::HPyMeth {
        name: name.as_ptr(),
        impl_: t::erased(function),
        cpy_trampoline: t::erased_trampoline(trampoline),
        signature,
        doc: doc.as_ptr(),
    };
    HPyDef {
        kind: shim::HPyDef_Kind_Meth,
        __bindgen_anon_1: HPyDef__bindgen_ty_1 { meth },
    }
}

/// Makes an entry for `F` with positional arguments, by the narrowest signature.
pub(crate) fn callable<F: Callable<M>, M>(name: &'static CStr, doc: &'static CStr, _: F) -> HPyDef
where
    F::Output: IntoPy,
{
    use t::{NoArgs, OneArg, VarArgs};
    type B<F, M> = Function<F, M>;
    let (signature, function, trampoline) = match (F::ARITY, F::ALL_REQUIRED) {
        (0, _) => (
            shim::HPyFunc_NOARGS,
            <B<F, M> as NoArgs>::call as *const (),
            t::no_args::<B<F, M>> as *const (),
        ),
        (1, true) => (
            shim::HPyFunc_O,
            <B<F, M> as OneArg>::call as *const (),
            t::one_arg::<B<F, M>> as *const (),
        ),
        _ => (
            shim::HPyFunc_VARARGS,
            <B<F, M> as VarArgs>::call as *const (),
            t::var_args::<B<F, M>> as *const (),
        ),
    };
    method(name, doc, signature, function, trampoline)
}

/// Makes an entry for a function, or a method, that takes its arguments as they come.
pub(crate) fn raw<F: RawCallable, const METHOD: bool>(
    name: &'static CStr,
    doc: &'static CStr,
    _: F,
) -> HPyDef {
    let function = <RawFunction<F, METHOD> as t::VarArgs>::call as *const ();
    let trampoline = t::var_args::<RawFunction<F, METHOD>> as *const ();
    method(name, doc, shim::HPyFunc_VARARGS, function, trampoline)
}

/// Makes an entry for `F` whose parameters have the names of what `N` returns.
pub(crate) fn named<F, M, N, P>(name: &'static CStr, doc: &'static CStr, _: N, _: F) -> HPyDef
where
    F: Callable<M>,
    F::Output: IntoPy,
    N: Fn() -> P + Copy + Send + 'static,
    P: Parameters,
{
    const { assert!(P::COUNT == F::ARITY, "one name for each parameter") };
    let function = <NamedFunction<F, M, N> as t::Keywords>::call as *const ();
    let trampoline = t::keywords::<NamedFunction<F, M, N>> as *const ();
    method(name, doc, shim::HPyFunc_KEYWORDS, function, trampoline)
}

/// Makes an entry for a slot.
pub(crate) fn slot(slot: shim::HPySlot_Slot, function: *const (), trampoline: *const ()) -> HPyDef {
    let slot = shim::HPySlot {
        slot,
        impl_: t::erased(function),
        cpy_trampoline: t::erased_trampoline(trampoline),
    };
    HPyDef {
        kind: shim::HPyDef_Kind_Slot,
        __bindgen_anon_1: HPyDef__bindgen_ty_1 { slot },
    }
}

/// Makes a null-terminated table of pointers that lives as long as the process: hosts keep
/// pointers into it.
pub(crate) fn leak(defs: Vec<HPyDef>) -> *mut *mut HPyDef {
    let defs: &'static mut [HPyDef] = Vec::leak(defs);
    let mut table: Vec<*mut HPyDef> = defs.iter_mut().map(std::ptr::from_mut::<HPyDef>).collect();
    table.push(std::ptr::null_mut());
    Vec::leak(table).as_mut_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_end_with_null() {
        let entry = || {
            slot(
                shim::HPy_tp_destroy,
                crate::instance::destroy as *const (),
                std::ptr::null(),
            )
        };
        let table = leak(vec![entry(), entry()]);
        // SAFETY: made of two entries and the end.
        let pointers = unsafe { std::slice::from_raw_parts(table, 3) };
        assert!(!pointers[0].is_null() && !pointers[1].is_null());
        assert!(pointers[2].is_null());
    }
}
