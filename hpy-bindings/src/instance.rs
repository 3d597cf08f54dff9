//! The struct that the host keeps for an instance of a native class: a pointer to
//! the shared Rust value, then the class's fields, then what views of its buffer need.
//!
//! Hosts hand out zeroed memory, so a null pointer is an instance whose constructor has
//! not run; `object.__new__` makes such instances on PyPy, even without a struct. Behind
//! the pointer stands what kind of value it is, because PyPy lets Python code assign to
//! an object's `__class__`: an instance need not have been made as one.

use std::ffi::{c_int, c_void};
use std::mem::size_of;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use hpy_shim::{HPy, HPyField};

use crate::api::Ctx;
use crate::class::Class;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Arg, Handle};
use crate::shared::{Inner, Kind, Shared};

type Head = *const Kind;

/// Bytes of the struct of an instance of `T`, whose buffer has views or not.
pub(crate) fn size<T: Class>(viewed: bool) -> c_int {
    let fields = size_of::<Head>() + T::FIELDS * size_of::<HPyField>();
    (fields + usize::from(viewed) * size_of::<isize>()) as c_int
}

/// Where the number of items lies that views of an instance of `T` show.
///
/// # Safety
/// There is a `T` behind `this`, whose class has a buffer.
pub(crate) unsafe fn shape<T: Class>(ctx: Ctx<'_>, this: HPy) -> *mut isize {
    const { assert!(size_of::<HPyField>() == size_of::<isize>()) };
    let fields = ctx.as_struct(this).cast::<Head>().wrapping_add(1);
    fields.cast::<isize>().wrapping_add(T::FIELDS)
}

/// A new Python object of class `T` around a value.
pub(crate) fn create<'c, T: Class>(ctx: Ctx<'c>, shared: Shared<T>) -> PyResult<Handle<'c>> {
    let class = T::type_global().load(ctx)?;
    create_as(ctx, class.as_arg(), shared)
}

/// Likewise, for callers that have the class.
pub(crate) fn create_as<'c, T: Class>(
    ctx: Ctx<'c>,
    class: Arg<'_>,
    shared: Shared<T>,
) -> PyResult<Handle<'c>> {
    let (object, data) = ctx.new_instance(class)?;
    // SAFETY: the host made the struct with the size that `size::<T>` told it for this
    // class; nobody else has the object yet.
    unsafe { data.cast::<Head>().write(shared.into_raw()) };
    Ok(object)
}

/// The value of the receiver of a method of `T`.
///
/// # Safety
/// `this` is an instance of `T`, or was turned into one from another class of this
/// module: hosts check the receiver of a method or slot before they call it. The result
/// is good for as long as somebody holds the object.
#[inline(always)]
pub(crate) unsafe fn receiver<'a, T: Class>(ctx: Ctx<'_>, this: HPy) -> PyResult<&'a Inner<T>> {
    // SAFETY: the caller's promise.
    match unsafe { head::<T>(ctx.as_struct(this)) } {
        // SAFETY: an `Inner<T>`, dropped by `destroy` when the object is gone.
        Some(kind) => Ok(unsafe { &*kind.cast::<Inner<T>>() }),
        None => Err(unborn::<T>()),
    }
}

/// The pointer in the struct of an object, if there is a `T` behind it.
///
/// # Safety
/// `data` is null, or the struct of a living instance of a class of this module.
#[inline(always)]
unsafe fn head<T: Class>(data: *mut c_void) -> Option<Head> {
    // An address in the first page is PyPy's null with an offset added: the object was
    // destroyed, but its finalizer has brought it back to life.
    if data.addr() < 4096 {
        return None;
    }
    // SAFETY: all these structs begin so (caller's promise).
    let kind = unsafe { *data.cast::<Head>() };
    // SAFETY: written by `create`, and good while the object lives.
    (!kind.is_null() && unsafe { (*kind).is::<T>() }).then_some(kind)
}

#[cold]
#[inline(never)]
fn unborn<T: Class>() -> PyErr {
    let name = T::NAME.to_string_lossy();
    PyErr::new(
        Exception::Type,
        format!("this is no {name} that its constructor has made"),
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
    // SAFETY: the type was checked above.
    if unsafe { head::<T>(data) }.is_none() {
        return Err(unborn::<T>());
    }
    // SAFETY: the struct of a `T` has `T::FIELDS` fields behind its head.
    Ok(unsafe { data.cast::<Head>().add(1).cast::<HPyField>().add(index) })
}

/// `tp_destroy`: lets go of the value. Runs without a context.
pub(crate) unsafe extern "C" fn destroy(data: *mut c_void) {
    if data.is_null() {
        return;
    }
    // SAFETY: the host passes the struct of an instance, of whatever class it was made,
    // that nobody can reach.
    let kind = unsafe { *data.cast::<Head>() };
    if !kind.is_null() {
        // A panic in the value's `Drop` must not cross into the host.
        // SAFETY: the count that `create` gave away; `destroy` runs once.
        let _ = catch_unwind(AssertUnwindSafe(|| unsafe { Kind::release(kind) }));
    }
}

/// `tp_traverse`: shows the garbage collector the fields that are filled.
pub(crate) unsafe extern "C" fn traverse<T: Class>(
    data: *mut c_void,
    visit: hpy_shim::HPyFunc_visitproc,
    arg: *mut c_void,
) -> c_int {
    let Some(visit) = visit else { return 0 };
    // SAFETY: the host passes the struct of a living instance.
    if unsafe { head::<T>(data) }.is_none() {
        return 0;
    }
    for index in 0..T::FIELDS {
        // SAFETY: see `field`.
        let slot = unsafe { data.cast::<Head>().add(1).cast::<HPyField>().add(index) };
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
