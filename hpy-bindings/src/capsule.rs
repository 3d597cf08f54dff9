// SPDX-License-Identifier: MIT OR Apache-2.0

//! Capsules: Rust values and C functions of one module for another module to use.
//!
//! A capsule made here owns one count of a block: the counter and the function that
//! frees it, which is the maker's, then the [`Header`] at which the capsule points, then the
//! payload. Who takes a capsule takes another count, so that the payload outlives the
//! capsule object and no host is needed to let go of it.

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use hpy_shim as shim;

use crate::api::Ctx;
use crate::convert::{FromPy, IntoPy, expected};
use crate::error::{PyErr, PyResult};
use crate::exception::Exception;
use crate::handle::{Borrowed, Handle};
use crate::payload::{Header, Payload};
use crate::trampoline::contain_quietly;
use crate::trampoline::cpython as t;

#[repr(C)]
struct Block<P> {
    /// Frees the block, with the allocator of the module that made it.
    free: unsafe extern "C" fn(NonNull<Header>),
    count: AtomicUsize,
    head: Header,
    payload: P,
}

/// A payload in a `static`: it never ends, and its capsules only lead to it.
///
/// Whoever has its address may use it as long as the process lives, the capsule gone or
/// not; C code need not keep anything alive then.
///
/// ```
/// use hpy_bindings::{payload, Capsule, StaticPayload};
///
/// payload! {
///     struct Answers = c"package.answers", version 1 { answer: extern "C" fn() -> i64 }
/// }
/// extern "C" fn answer() -> i64 {
///     42
/// }
/// static ANSWERS: StaticPayload<Answers> = StaticPayload::new(Answers { answer });
///
/// assert_eq!((Capsule::from(&ANSWERS).answer)(), 42);
/// ```
#[repr(C)]
pub struct StaticPayload<P> {
    head: Header,
    payload: P,
}

impl<P: Payload> StaticPayload<P> {
    /// Puts a header before a payload.
    pub const fn new(payload: P) -> Self {
        const { payload_offset::<P>() };
        StaticPayload {
            head: Header::of::<P>(Header::STATIC),
            payload,
        }
    }
}

impl<P: Payload> From<&'static StaticPayload<P>> for Capsule<P> {
    fn from(payload: &'static StaticPayload<P>) -> Self {
        // Of the whole, so that the pointer reaches what follows the head.
        Capsule {
            head: NonNull::from(payload).cast(),
            _payload: PhantomData,
        }
    }
}

/// Returns the offset of the payload from its header.
const fn payload_offset<P>() -> usize {
    assert!(
        align_of::<P>() <= align_of::<Header>(),
        "a payload's fields are aligned like u64 at most"
    );
    size_of::<Header>()
}

/// Returns the block around a header that is marked as counted.
fn block(head: NonNull<Header>) -> *mut Block<()> {
    let offset = offset_of!(Block<()>, head);
    head.as_ptr().cast::<u8>().wrapping_sub(offset).cast()
}

unsafe extern "C" fn free<P: Payload>(head: NonNull<Header>) {
    // A panic in the payload's `Drop` must not cross into another module.
    // SAFETY: made by `Capsule::new::<P>`, and nobody has a count of it any more.
    contain_quietly(|| drop(unsafe { Box::from_raw(block(head).cast::<Block<P>>()) }));
}

/// A counted reference to a payload that a capsule carries from one module to another.
///
/// Derefs to the payload and keeps it alive; needs no interpreter, so it may stay in a
/// `static` and go to other threads.
///
/// What is checked when a capsule is taken: that it is one, its name, that it begins with
/// a [`Header`], version, size and the fields' types. What is trusted: that whoever makes a
/// capsule of this name which begins with these 16 bytes means the same by them.
///
/// ```
/// use hpy_bindings::{payload, Capsule, Ctx, ModuleDef, PyResult};
///
/// payload! {
///     /// A length in metres.
///     pub struct Metre = c"example.metre", version 1 {
///         pub inches: f64,
///     }
/// }
///
/// /// Takes capsules of this name and version only.
/// fn inches(_: Ctx<'_>, metre: Capsule<Metre>, length: f64) -> f64 {
///     metre.inches * length
/// }
///
/// /// The same, by import.
/// fn imported(ctx: Ctx<'_>) -> PyResult<f64> {
///     Ok(Capsule::<Metre>::import(ctx, c"example", c"metre")?.inches)
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.exec(|ctx, module| module.set_attr(c"metre", ctx.capsule(Metre { inches: 39.37 })?))
///         .function(c"inches", c"", inches)
///         .function(c"imported", c"", imported);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.inches(example.metre, 2)
/// // 78.74
/// // >>> example.inches(None, 2)
/// // Traceback (most recent call last):
/// // TypeError: expected a capsule named example.metre, got NoneType
/// ```
pub struct Capsule<P: Payload> {
    head: NonNull<Header>,
    _payload: PhantomData<P>,
}

// SAFETY: gives out `&P` only, and whoever lets go last drops the `P`: it is both `Send`
// and `Sync`, as every `Payload`. The count is atomic.
unsafe impl<P: Payload> Send for Capsule<P> {}
// SAFETY: as above.
unsafe impl<P: Payload> Sync for Capsule<P> {}

impl<P: Payload> Capsule<P> {
    /// Allocates a payload that capsules can carry.
    ///
    /// ```
    /// use hpy_bindings::{payload, Capsule};
    ///
    /// payload! {
    ///     struct Limit = c"example.limit", version 1 { highest: u32 }
    /// }
    ///
    /// let limit = Capsule::new(Limit { highest: 7 });
    /// let other = limit.clone(); // the same payload
    /// drop(limit);
    /// assert_eq!(std::thread::spawn(move || other.highest).join().unwrap(), 7);
    /// ```
    pub fn new(payload: P) -> Self {
        const { payload_offset::<P>() };
        let block = Box::into_raw(Box::new(Block {
            free: free::<P>,
            count: AtomicUsize::new(1),
            head: Header::of::<P>(Header::COUNTED),
            payload,
        }));
        // SAFETY: a part of the box of the lines before.
        let head = unsafe { NonNull::new_unchecked(&raw mut (*block).head) };
        Capsule {
            head,
            _payload: PhantomData,
        }
    }

    /// Imports the payload of the capsule which is the attribute `attribute` of a module.
    pub fn import(ctx: Ctx<'_>, module: &CStr, attribute: &CStr) -> PyResult<Self> {
        ctx.import(module)?.attr(attribute)?.extract()
    }

    /// Takes a count of the payload behind a capsule's pointer.
    ///
    /// # Safety
    /// The pointer of a living capsule of the name of `P`, made by who knows what that is.
    unsafe fn take(pointer: NonNull<c_void>) -> PyResult<Self> {
        let name = P::NAME.to_string_lossy();
        let refuse = |message: String| Err(PyErr::new(Exception::Import, message));
        let head = pointer.cast::<Header>();
        if !head.is_aligned() {
            return refuse(format!("{name} has no head"));
        }
        // SAFETY: what is trusted of capsules of this name (see `Capsule`).
        let found = unsafe { head.read() };
        if found.kept() != Header::COUNTED && found.kept() != Header::STATIC {
            return refuse(format!("{name} has no head"));
        }
        let wanted = Header::of::<P>(found.kept());
        if found.version != wanted.version {
            let (has, needs) = (found.version, wanted.version);
            return refuse(format!(
                "{name} has version {has}, and version {needs} is needed"
            ));
        }
        if found.size != wanted.size {
            let (has, needs) = (found.size, wanted.size);
            return refuse(format!("{name} has {has} bytes, and {needs} are needed"));
        }
        if found.magic != wanted.magic {
            return refuse(format!("{name} has other fields than are needed"));
        }
        hold(head);
        Ok(Capsule {
            head,
            _payload: PhantomData,
        })
    }
}

/// Returns the counter of a payload, and what frees it; `None` where it never ends.
fn counter<'a>(head: NonNull<Header>) -> Option<&'a Block<()>> {
    // SAFETY: whoever has a count of a payload has a good head of it; a head that says
    // `COUNTED` lies in a block.
    unsafe { (head.as_ref().kept() == Header::COUNTED).then(|| &*block(head)) }
}

fn hold(head: NonNull<Header>) {
    if let Some(block) = counter(head) {
        block.count.fetch_add(1, Ordering::Relaxed);
    }
}

fn release(head: NonNull<Header>) {
    let Some(block) = counter(head) else { return };
    let free = block.free;
    if block.count.fetch_sub(1, Ordering::Release) == 1 {
        // All that others did with the payload comes before its end.
        fence(Ordering::Acquire);
        // SAFETY: the last count; the function is the block's own.
        unsafe { free(head) }
    }
}

impl<P: Payload> Clone for Capsule<P> {
    fn clone(&self) -> Self {
        hold(self.head);
        Capsule {
            head: self.head,
            _payload: PhantomData,
        }
    }
}

impl<P: Payload> Drop for Capsule<P> {
    fn drop(&mut self) {
        release(self.head);
    }
}

impl<P: Payload> Deref for Capsule<P> {
    type Target = P;
    fn deref(&self) -> &P {
        // SAFETY: a `P` follows the head (`new`, or checked by `take`), and lives as long
        // as our count.
        unsafe {
            self.head
                .byte_add(const { payload_offset::<P>() })
                .cast::<P>()
                .as_ref()
        }
    }
}

/// Returns the pointer of a capsule of this name: TypeError for any other object, ValueError for a
/// capsule of another name.
pub(crate) fn pointer_of(value: Borrowed<'_>, wanted: &CStr) -> PyResult<NonNull<c_void>> {
    let (ctx, shown) = (value.ctx(), wanted.to_string_lossy());
    if !ctx.is_capsule(value) {
        return Err(expected(&format!("a capsule named {shown}"), value));
    }
    match ctx.capsule_name(value)? {
        Some(name) if name.as_c_str() == wanted => ctx.capsule_pointer(value, wanted),
        other => {
            let found = other.map_or("one without a name".into(), |name| {
                format!("one named {}", name.to_string_lossy())
            });
            let message = format!("expected a capsule named {shown}, got {found}");
            Err(PyErr::new(Exception::Value, message))
        }
    }
}

impl<P: Payload> FromPy for Capsule<P> {
    /// Takes a capsule: TypeError for any other object, ValueError for one of another name, ImportError
    /// for another version, size or other fields.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let pointer = pointer_of(value, P::NAME)?;
        // SAFETY: the name was checked, and `value` is alive.
        unsafe { Self::take(pointer) }
    }
}

impl<P: Payload> IntoPy for Capsule<P> {
    /// Makes a capsule object, which holds the payload too.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let object = ctx.new_capsule(self.head.cast(), P::NAME, &DESTRUCTOR)?;
        // Its count is the capsule's now.
        std::mem::forget(self);
        Ok(object)
    }
}

impl<'c> Ctx<'c> {
    /// Makes a capsule object that owns this payload, for other modules: usually an attribute of
    /// this one. They get at it with [`Capsule::import`], or as a parameter of type
    /// [`Capsule`].
    pub fn capsule<P: Payload>(self, payload: P) -> PyResult<Handle<'c>> {
        Capsule::new(payload).into_py(self)
    }
}

static DESTRUCTOR: shim::HPyCapsule_Destructor = shim::HPyCapsule_Destructor {
    cpy_trampoline: Some(t::capsule_destructor::<Counted>),
    impl_: Some(<Counted as t::Destructor>::destroy),
};

/// Releases a capsule's count of its payload.
struct Counted;

impl t::Destructor for Counted {
    unsafe extern "C" fn destroy(_: *const c_char, pointer: *mut c_void, _: *mut c_void) {
        if let Some(head) = NonNull::new(pointer.cast::<Header>()) {
            release(head);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    static DROPS: AtomicUsize = AtomicUsize::new(0);

    crate::payload! {
        struct Loud = c"test.loud", version 1 { number: u32 }
    }

    impl Drop for Loud {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
            assert!(self.number != 13, "a panic while dropping");
        }
    }

    crate::payload! {
        struct Next = c"test.loud", version 2 { number: u32 }
    }
    crate::payload! {
        struct Larger = c"test.loud", version 1 { number: u32, other: u64 }
    }
    crate::payload! {
        struct Signed = c"test.loud", version 1 { number: i32 }
    }

    #[test]
    fn a_static_one_is_not_counted() {
        static NEXT: StaticPayload<Next> = StaticPayload::new(Next { number: 5 });
        let capsule = Capsule::from(&NEXT);
        assert_eq!(capsule.head, NonNull::from(&NEXT.head));
        drop(capsule.clone());
        drop(capsule);
        assert_eq!((Capsule::from(&NEXT).number, NEXT.payload.number), (5, 5));
    }

    fn taken<P: Payload>(capsule: &Capsule<Loud>) -> Result<u32, String> {
        // SAFETY: a capsule of this name.
        let taken = unsafe { Capsule::<P>::take(capsule.head.cast()) };
        taken
            // SAFETY: checked to be a `P`, which begins with a u32.
            .map(|p| unsafe { *std::ptr::from_ref(&*p).cast::<u32>() })
            .map_err(|e| format!("{e:?}"))
    }

    #[test]
    fn the_last_of_all_frees() {
        let before = DROPS.load(Ordering::Relaxed);
        let capsule = Capsule::new(Loud { number: 13 });
        assert_eq!(taken::<Loud>(&capsule), Ok(13));
        let copies = Arc::new(capsule.clone());
        drop(capsule);
        let other = Arc::clone(&copies);
        assert_eq!(std::thread::spawn(move || other.number).join().unwrap(), 13);
        assert_eq!(DROPS.load(Ordering::Relaxed), before);
        drop(copies);
        assert_eq!(DROPS.load(Ordering::Relaxed), before + 1);
    }

    #[test]
    fn another_declaration_is_refused() {
        let capsule = Capsule::new(Loud { number: 7 });
        let refused = |result: Result<u32, String>, message: &str| {
            let error = result.unwrap_err();
            assert!(error.contains(message), "{error}");
        };
        refused(
            taken::<Next>(&capsule),
            "test.loud has version 1, and version 2 is needed",
        );
        refused(
            taken::<Larger>(&capsule),
            "test.loud has 24 bytes, and 32 are needed",
        );
        refused(
            taken::<Signed>(&capsule),
            "has other fields than are needed",
        );
        std::mem::forget(capsule); // `DROPS` is the other test's
    }
}
