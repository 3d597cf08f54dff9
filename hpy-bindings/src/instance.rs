// SPDX-License-Identifier: MIT OR Apache-2.0

//! The struct that the host keeps for an instance of a native class: a mark of this module
//! and a pointer to the shared Rust value, then the class's fields, then what views of its
//! buffer need.
//!
//! Hosts hand out zeroed memory, so there is no mark in an instance whose constructor has
//! not run; `object.__new__` makes such instances on PyPy, even without a struct. PyPy lets
//! Python code assign to an object's `__class__`, too: an instance need not have been made as
//! one. The mark tells structs of other modules, and behind the pointer stands what kind of
//! value it is.

use std::ffi::{CStr, c_int, c_void};
use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;

use hpy_shim::{HPy, HPyField};

use crate::api::Ctx;
use crate::class::{Class, ClassDef};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::kept::Owner;
use crate::registry;
use crate::shared::{Inner, Kind, Pinned, Shared};

type KindPtr = *const Kind;

/// The owner of a value on PyPy 7.3, where the object may be one of a class that Python code has
/// derived. The object refers to it, and so it goes last; of the struct of the object itself,
/// nobody is told when it goes.
pub(crate) struct Holder;

impl Class for Holder {
    const NAME: &'static CStr = c"hpy_bindings.Holder";
    const DOC: &'static CStr = c"Owns the value of an object of a derived class.";
    fn define(_: &mut ClassDef<Self>) {}
}

/// How the struct begins.
#[repr(C)]
#[derive(Clone, Copy)]
struct Head {
    mark: *const AtomicU8,
    kind: KindPtr,
}

/// No other module has its address.
static MARK: AtomicU8 = AtomicU8::new(0);

/// Reads the head of a struct; `None` where this module has written none.
///
/// # Safety
/// `data` is null, or the struct of an instance of a native class.
#[inline(always)]
unsafe fn marked(data: *mut c_void) -> Option<KindPtr> {
    // An address in the first page is PyPy's null with an offset added: the object was
    // destroyed, but its finalizer has brought it back to life.
    if data.addr() < 4096 {
        return None;
    }
    let head = data.cast::<Head>();
    // SAFETY: every struct has a word (caller's promise); behind our mark is the rest.
    unsafe { ((*head).mark == &raw const MARK).then(|| (*head).kind) }
}

/// Returns the number of fields in the struct of an instance of `T`. Behind those of the class may
/// be one for the list of the objects that the value keeps, and one for its [`Holder`].
pub(crate) const fn fields<T: Class>() -> usize {
    T::FIELDS + T::OBJECTS as usize + T::SUBCLASS as usize
}

/// Returns the address of a field.
///
/// # Safety
/// `data` is the struct of an instance of `T`, which has more fields.
unsafe fn slot<T: Class>(data: *mut c_void, index: usize) -> *mut HPyField {
    debug_assert!(index < fields::<T>());
    // SAFETY: behind the head are the fields (the caller's promise).
    unsafe { data.cast::<Head>().add(1).cast::<HPyField>().add(index) }
}

/// Returns the part of an object in this call: it keeps others.
///
/// # Safety
/// `data` is the struct of `object`, with a `T` of this kind behind it. The handle is good until
/// the end of the call, or `owned`.
unsafe fn owner<T: Class>(object: HPy, owned: bool, data: *mut c_void, kind: KindPtr) -> Owner {
    // SAFETY: the caller's promise.
    unsafe { Owner::new(object, owned, kind, slot::<T>(data, T::FIELDS)) }
}

/// Returns the size of the struct of an instance of `T`, which has so many words for views of its
/// buffer.
pub(crate) fn size<T: Class>(words: usize) -> c_int {
    // Beside the fields, the struct has four words, and 129 for a buffer of 64 dimensions.
    const MOST: usize = c_int::MAX as usize / size_of::<HPyField>() - 133;
    const { assert!(T::FIELDS <= MOST, "the class has too many fields") };
    let fields = size_of::<Head>() + fields::<T>() * size_of::<HPyField>();
    (fields + words * size_of::<isize>()) as c_int
}

/// Returns the address of the words for views of an instance of `T`.
///
/// # Safety
/// There is a `T` behind `this`, whose class has a buffer.
pub(crate) unsafe fn buffer_place<T: Class>(ctx: Ctx<'_>, this: HPy) -> *mut isize {
    const { assert!(size_of::<HPyField>() == size_of::<isize>()) };
    let behind_head = ctx.as_struct(this).cast::<Head>().wrapping_add(1);
    behind_head.cast::<isize>().wrapping_add(fields::<T>())
}

/// Makes a Python object of class `T` around a value.
pub(crate) fn create<T: Class>(ctx: Ctx<'_>, shared: Shared<T>) -> PyResult<Handle<'_>> {
    let class = registry::class::<T>(ctx)?;
    create_as(ctx, class.as_borrowed(), shared)
}

/// Makes a Python object likewise, for callers that have the class.
pub(crate) fn create_as<'c, T: Class>(
    ctx: Ctx<'c>,
    class: Borrowed<'_>,
    shared: Shared<T>,
) -> PyResult<Handle<'c>> {
    let holder = if T::SUBCLASS && ctx.is_pypys_own_host() {
        let class = registry::class::<Holder>(ctx)?;
        Some(ctx.new_instance(class.as_borrowed())?)
    } else {
        None
    };
    let (object, data) = ctx.new_instance(class)?;
    let head = Head {
        mark: &raw const MARK,
        kind: shared.into_raw(),
    };
    // SAFETY: the host made the struct with the size that `size::<T>` told it for this
    // class; nobody else has the object yet.
    unsafe { data.cast::<Head>().write(head) };
    if let Some((holder, its_data)) = holder {
        // SAFETY: likewise for a `Holder`.
        unsafe { its_data.cast::<Head>().write(head) };
        // SAFETY: the last field of a `T`.
        let slot = unsafe { slot::<T>(data, fields::<T>() - 1) };
        ctx.store_field(object.as_borrowed(), slot, holder.as_borrowed().raw());
    }
    if T::OBJECTS {
        let held = object.as_borrowed().to_owned();
        // SAFETY: made in the lines before.
        let owner = unsafe { owner::<T>(held.into_raw(), true, data, head.kind) };
        ctx.owners().add_new(owner)?;
    }
    Ok(object)
}

/// Returns the value of the receiver of a method of `T`.
///
/// # Safety
/// `this` is an instance of `T`, or was turned into one from another class of this
/// module: hosts check the receiver of a method or slot before they call it.
#[inline(always)]
pub(crate) unsafe fn receiver<T: Class>(ctx: Ctx<'_>, this: HPy) -> PyResult<Pinned<T>> {
    let data = ctx.as_struct(this);
    // SAFETY: the caller's promise.
    let Some(kind) = (unsafe { kind_of::<T>(data) }) else {
        return Err(not_constructed::<T>());
    };
    if T::OBJECTS {
        let owned = !ctx.host_holds_objects();
        let object = if owned { ctx.dup(this) } else { this };
        // SAFETY: the value was found above.
        ctx.owners()
            .add(unsafe { owner::<T>(object, owned, data, kind) });
    }
    // SAFETY: an `Inner<T>`, which the object has now.
    Ok(unsafe { Pinned::new(kind.cast::<Inner<T>>()) })
}

/// Returns the pointer in the struct of an object, if there is a `T` behind it.
///
/// # Safety
/// `data` is null, or the struct of a living instance of a native class.
#[inline(always)]
unsafe fn kind_of<T: Class>(data: *mut c_void) -> Option<KindPtr> {
    // SAFETY: the caller's promise.
    let kind = unsafe { marked(data) }?;
    // SAFETY: written by `create_as`, and good while the object lives.
    unsafe { (*kind).is::<T>() }.then_some(kind)
}

#[cold]
#[inline(never)]
fn not_constructed<T: Class>() -> PyErr {
    let name = T::NAME.to_string_lossy();
    PyErr::new(
        Exception::Type,
        format!("this is no {name} that its constructor has made"),
    )
}

/// Returns the value behind `object`, or `None` where it is no instance of `T`.
pub(crate) fn shared_of<T: Class>(object: Borrowed<'_>) -> PyResult<Option<Shared<T>>> {
    let class = registry::class::<T>(object.ctx())?;
    if !object.ctx().has_type(object, class.as_borrowed()) {
        return Ok(None);
    }
    let data = object.ctx().as_struct(object.raw());
    // SAFETY: the type was checked above.
    let Some(kind) = (unsafe { kind_of::<T>(data) }) else {
        return Err(not_constructed::<T>());
    };
    if T::OBJECTS {
        let held = object.to_owned().into_raw();
        // SAFETY: the value was found above.
        let owner = unsafe { owner::<T>(held, true, data, kind) };
        object.ctx().owners().add(owner);
    }
    let inner = kind.cast::<Inner<T>>();
    // SAFETY: the pointer came from `Arc::into_raw`, and the object keeps its count.
    unsafe { Arc::increment_strong_count(inner) };
    // SAFETY: the count of the line before is this `Arc`'s.
    Ok(Some(Shared(unsafe { Arc::from_raw(inner) })))
}

/// Returns the address of field `index` of an instance of `T`.
pub(crate) fn field<T: Class>(owner: Borrowed<'_>, index: usize) -> PyResult<*mut HPyField> {
    assert!(index < T::FIELDS, "{:?} has {} fields", T::NAME, T::FIELDS);
    let class = registry::class::<T>(owner.ctx())?;
    if !owner.ctx().has_type(owner, class.as_borrowed()) {
        return Err(not_constructed::<T>());
    }
    let data = owner.ctx().as_struct(owner.raw());
    // SAFETY: the type was checked above.
    if unsafe { kind_of::<T>(data) }.is_none() {
        return Err(not_constructed::<T>());
    }
    // SAFETY: the struct of a `T`, whose fields are more.
    Ok(unsafe { slot::<T>(data, index) })
}

/// Releases the value: `tp_destroy`. Runs without a context.
pub(crate) unsafe extern "C" fn destroy(data: *mut c_void) {
    // SAFETY: the host passes the struct of an instance, of whatever class it was made,
    // that nobody can reach.
    if let Some(kind) = unsafe { marked(data) } {
        // SAFETY: the count that `create_as` gave away; `destroy` runs once.
        unsafe { Kind::release(kind) };
    }
}

/// Shows the garbage collector the fields that are filled: `tp_traverse`.
pub(crate) unsafe extern "C" fn traverse<T: Class>(
    data: *mut c_void,
    visit: hpy_shim::HPyFunc_visitproc,
    arg: *mut c_void,
) -> c_int {
    let Some(visit) = visit else { return 0 };
    // SAFETY: the host passes the struct of a living instance.
    if unsafe { kind_of::<T>(data) }.is_none() {
        return 0;
    }
    for index in 0..fields::<T>() {
        // SAFETY: the struct of a `T`.
        let slot = unsafe { slot::<T>(data, index) };
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
