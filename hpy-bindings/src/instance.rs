//! The struct that the host keeps for an instance of a native class: a pointer to
//! the shared Rust value, then the class's fields.
//!
//! Hosts hand out zeroed memory, so a null pointer is an instance whose constructor has
//! not run; `object.__new__` makes such instances on PyPy, even without a struct.

use std::ffi::{c_int, c_void};
use std::mem::size_of;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use hpy_shim::{HPy, HPyField};

use crate::api::Ctx;
use crate::class::Class;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Arg, Handle};
use crate::shared::{Inner, Shared};

type Head<T> = *const Inner<T>;

/// Bytes of the struct of an instance of `T`.
pub(crate) fn size<T: Class>() -> c_int {
    (size_of::<Head<T>>() + T::FIELDS * size_of::<HPyField>()) as c_int
}

/// A new Python object of class `T` around a value.
pub(crate) fn create<'c, T: Class>(ctx: Ctx<'c>, shared: Shared<T>) -> PyResult<Handle<'c>> {
    let class = T::type_global().load(ctx)?;
    let (object, data) = ctx.new_instance(class.as_arg())?;
    // SAFETY: the host made the struct with the size that `size::<T>` told it; nobody
    // else has the object yet.
    unsafe { data.cast::<Head<T>>().write(Arc::into_raw(shared.0)) };
    Ok(object)
}

/// The value of the receiver of a method of `T`.
///
/// # Safety
/// `this` is an instance of `T`: hosts check the receiver of a method or slot before
/// they call it. The result is good for as long as somebody holds the object.
pub(crate) unsafe fn receiver<'a, T: Class>(ctx: Ctx<'_>, this: HPy) -> PyResult<&'a Inner<T>> {
    let data = ctx.as_struct(this).cast::<Head<T>>();
    let inner = if data.is_null() {
        std::ptr::null()
    } else {
        // SAFETY: an instance of `T` has this struct (caller's promise), or none at all.
        unsafe { *data }
    };
    if inner.is_null() {
        return Err(unborn::<T>());
    }
    // SAFETY: written by `create`, dropped by `destroy` when the object is gone.
    Ok(unsafe { &*inner })
}

fn unborn<T: Class>() -> PyErr {
    let name = T::NAME.to_string_lossy();
    PyErr::new(
        Exception::Type,
        format!("this {name} was not made by its constructor"),
    )
}

/// The value behind `object`, or `None` where it is no instance of `T`.
pub(crate) fn shared_of<T: Class>(object: Arg<'_>) -> PyResult<Option<Shared<T>>> {
    let class = T::type_global().load(object.ctx())?;
    if !object.is_instance(class.as_arg()) {
        return Ok(None);
    }
    // SAFETY: the type was checked in the line before.
    let inner = unsafe { receiver::<T>(object.ctx(), object.raw()) }?;
    // SAFETY: the pointer came from `Arc::into_raw`, and the object keeps its count.
    unsafe { Arc::increment_strong_count(inner) };
    // SAFETY: the count of the line before is this `Arc`'s.
    Ok(Some(Shared(unsafe { Arc::from_raw(inner) })))
}

/// Where field `index` of an instance of `T` lies.
pub(crate) fn field<T: Class>(owner: Arg<'_>, index: usize) -> PyResult<*mut HPyField> {
    assert!(index < T::FIELDS, "{:?} has {} fields", T::NAME, T::FIELDS);
    let class = T::type_global().load(owner.ctx())?;
    if !owner.is_instance(class.as_arg()) {
        return Err(unborn::<T>());
    }
    let data = owner.ctx().as_struct(owner.raw());
    if data.is_null() {
        return Err(unborn::<T>());
    }
    // SAFETY: the struct of an instance of `T` has `T::FIELDS` fields behind its head.
    Ok(unsafe { data.cast::<Head<T>>().add(1).cast::<HPyField>().add(index) })
}

/// `tp_destroy`: lets go of the value. Runs without a context.
pub(crate) unsafe extern "C" fn destroy<T: Class>(data: *mut c_void) {
    // SAFETY: the host passes the struct of an instance of `T` that nobody can reach.
    let inner = unsafe { *data.cast::<Head<T>>() };
    if !inner.is_null() {
        // A panic in the value's `Drop` must not cross into the host.
        // SAFETY: the count that `create` gave away; `destroy` runs once.
        let value = AssertUnwindSafe(unsafe { Arc::from_raw(inner) });
        let _ = catch_unwind(move || drop(value));
    }
}

/// `tp_traverse`: shows the garbage collector the fields that are filled.
pub(crate) unsafe extern "C" fn traverse<T: Class>(
    data: *mut c_void,
    visit: hpy_shim::HPyFunc_visitproc,
    arg: *mut c_void,
) -> c_int {
    let Some(visit) = visit else { return 0 };
    for index in 0..T::FIELDS {
        // SAFETY: see `field`; the host passes the struct of an instance of `T`.
        let slot = unsafe { data.cast::<Head<T>>().add(1).cast::<HPyField>().add(index) };
        // SAFETY: in bounds; hosts want to be spared null fields.
        if unsafe { (*slot)._i } != 0 {
            // SAFETY: the host's own function, with the host's own argument.
            let status = unsafe { visit(slot, arg) };
            if status != 0 {
                return status;
            }
        }
    }
    0
}
