// SPDX-License-Identifier: MIT OR Apache-2.0

//! `tp_iternext` of types with a method `__next__`, without the detour over its trampoline.
//!
//! A slot's function gets nothing but the instance, so there has to be one for each
//! implementation. They are made in advance; the modules of a process have few iterators,
//! and to those for which none is left the trampoline is good enough.

use crate::context;
use crate::handle::{Object, handle, object};
use hpy_shim::{HPyCFunction, HPyFunc_noargs};
use std::ffi::c_void;
use std::mem::transmute;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

const COUNT: usize = 64;
static IMPLEMENTATIONS: [AtomicPtr<c_void>; COUNT] =
    [const { AtomicPtr::new(ptr::null_mut()) }; COUNT];

/// Runs the implementation of that number.
unsafe extern "C" fn next<const NUMBER: usize>(instance: Object) -> Object {
    let implementation = IMPLEMENTATIONS[NUMBER].load(Relaxed);
    // SAFETY: types have this function in their slot once `slot` has put it there.
    let implementation =
        transmute::<*mut c_void, HPyFunc_noargs>(implementation).unwrap_unchecked();
    object(implementation(context::get(), handle(instance)))
}

macro_rules! functions {
    ($($eight:literal)*) => {
        [$(
            next::<{ $eight * 8 }>, next::<{ $eight * 8 + 1 }>, next::<{ $eight * 8 + 2 }>,
            next::<{ $eight * 8 + 3 }>, next::<{ $eight * 8 + 4 }>, next::<{ $eight * 8 + 5 }>,
            next::<{ $eight * 8 + 6 }>, next::<{ $eight * 8 + 7 }>,
        )*]
    };
}
static FUNCTIONS: [unsafe extern "C" fn(Object) -> Object; COUNT] = functions!(0 1 2 3 4 5 6 7);

/// The function for an implementation of `__next__`; None when all are taken.
pub fn slot(implementation: HPyCFunction) -> Option<*mut c_void> {
    let wanted = implementation? as *mut c_void;
    let number = IMPLEMENTATIONS.iter().position(|known| {
        let known = known.load(Relaxed);
        known.is_null() || known == wanted
    })?;
    IMPLEMENTATIONS[number].store(wanted, Relaxed);
    Some(FUNCTIONS[number] as *mut c_void)
}
