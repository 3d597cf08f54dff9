//! One Rust value behind several Python objects.
//!
//! Python shares freely and mutates at any time; Rust allows one or the other. The
//! rules are therefore checked when the program runs: a value is borrowed by many
//! readers or by one writer, and a borrow that would break this raises RuntimeError.
//! An iterator does not borrow between its steps: it holds a [`Follower`], which
//! notices that the value was changed since and fails cleanly.

use std::any::TypeId;
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::api::Ctx;
use crate::error::{Exception, PyErr, PyResult};

/// What a value is, readable without knowing it: Python code can give an object
/// another native class on PyPy, by assigning to its `__class__`.
pub(crate) struct Kind {
    id: TypeId,
    /// Lets go of one count of the `Arc` around the value.
    release: unsafe fn(*const Kind),
}

impl Kind {
    fn of<T: 'static>() -> Self {
        Kind {
            id: TypeId::of::<T>(),
            // SAFETY: the caller's promise, see `Kind::release`.
            release: |kind| drop(unsafe { Arc::from_raw(kind.cast::<Inner<T>>()) }),
        }
    }

    /// Whether this is the head of an `Inner<T>`.
    pub(crate) fn is<T: 'static>(&self) -> bool {
        self.id == TypeId::of::<T>()
    }

    /// Lets go of a value.
    ///
    /// # Safety
    /// `kind` came from [`Shared::into_raw`], and is given up with this.
    pub(crate) unsafe fn release(kind: *const Kind) {
        // SAFETY: the caller's promise; the function is the one of the value's type.
        unsafe { ((*kind).release)(kind) }
    }
}

#[repr(C)] // begins with `kind`
pub(crate) struct Inner<T> {
    kind: Kind,
    /// How many readers, or -1 for a writer.
    borrows: Cell<isize>,
    /// Counts the writers so far.
    generation: Cell<u64>,
    value: UnsafeCell<T>,
}

// SAFETY: the cells are used only by functions that ask for a `Ctx` or by guards that
// cannot leave their thread, that is by the one thread that holds the interpreter.
// While it is left, `&T` may be read by several threads (`T: Sync`), and the value
// may be dropped by whichever thread lets go last (`T: Send`).
unsafe impl<T: Send + Sync> Sync for Inner<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Send for Inner<T> {}

impl<T> Inner<T> {
    pub(crate) fn read(&self) -> PyResult<Reading<'_, T>> {
        let readers = self.borrows.get();
        if readers < 0 {
            return Err(being_changed());
        }
        self.borrows.set(readers + 1);
        Ok(Reading(self, PhantomData))
    }

    /// Whether anybody reads now.
    pub(crate) fn is_read(&self) -> bool {
        self.borrows.get() > 0
    }

    /// Ends a read borrow whose guard was forgotten.
    pub(crate) fn end_reading(&self) {
        drop(Reading(self, PhantomData));
    }

    pub(crate) fn write(&self) -> PyResult<Writing<'_, T>> {
        if self.borrows.get() != 0 {
            return Err(in_use());
        }
        self.borrows.set(-1);
        self.generation.set(self.generation.get() + 1);
        Ok(Writing(self, PhantomData))
    }
}

#[cold]
#[inline(never)]
fn being_changed() -> PyErr {
    PyErr::new(
        Exception::Runtime,
        "the object is being changed, by this thread further up or by another one",
    )
}

#[cold]
#[inline(never)]
fn in_use() -> PyErr {
    PyErr::new(
        Exception::Runtime,
        "the object is in use, by this thread further up or by another one, and cannot be changed now",
    )
}

/// A read borrow that does not own its value.
pub(crate) struct Reading<'a, T>(&'a Inner<T>, PhantomData<*mut ()>);
/// A write borrow that does not own its value.
pub(crate) struct Writing<'a, T>(&'a Inner<T>, PhantomData<*mut ()>);

impl<T> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        self.0.borrows.set(self.0.borrows.get() - 1);
    }
}

impl<T> Drop for Writing<'_, T> {
    fn drop(&mut self) {
        self.0.borrows.set(0);
    }
}

impl<T> Deref for Reading<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: `borrows` is positive, so no writer exists until this guard is gone.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> Deref for Writing<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: `borrows` is -1: this guard is the only access to the value.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Writing<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: `borrows` is -1: this guard is the only access to the value.
        unsafe { &mut *self.0.value.get() }
    }
}

/// A Rust value that a Python object and any number of others hold together.
///
/// What Python code sees as an instance of a [`crate::Class`] is one of these.
/// As an argument of a native function it takes such an instance.
///
/// ```
/// use hpy_bindings::{Class, ClassDef, Ctx, Global, ModuleDef, New, PyResult, Shared, This};
///
/// struct Score(u32);
///
/// impl Class for Score {
/// #   const NAME: &'static std::ffi::CStr = c"example.Score";
/// #   const DOC: &'static std::ffi::CStr = c"Points.";
/// #   fn type_global() -> &'static Global {
/// #       static TYPE: Global = Global::new();
/// #       &TYPE
/// #   }
/// #
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>| Score(0))
///             .method(c"player", c"", |_: Ctx<'_>, this: This<Score>| New(Player(this.clone())))
///             .getter(c"points", c"", |_: Ctx<'_>, score: &Score| score.0);
///     }
/// }
///
/// /// Adds to a score that others see too.
/// struct Player(Shared<Score>);
///
/// impl Class for Player {
/// #   const NAME: &'static std::ffi::CStr = c"example.Player";
/// #   const DOC: &'static std::ffi::CStr = c"Plays.";
/// #   fn type_global() -> &'static Global {
/// #       static TYPE: Global = Global::new();
/// #       &TYPE
/// #   }
/// #
///     fn define(class: &mut ClassDef<Self>) {
///         class.method(c"hit", c"", |ctx: Ctx<'_>, player: &Player| -> PyResult<()> {
///             player.0.borrow_mut(ctx)?.0 += 1;
///             Ok(())
///         });
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Score>().class::<Player>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> score = example.Score()
/// // >>> one, two = score.player(), score.player()
/// // >>> one.hit(); two.hit(); score.points
/// // 2
/// ```
pub struct Shared<T>(pub(crate) Arc<Inner<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(Arc::clone(&self.0))
    }
}

impl<T: 'static> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        #[allow(clippy::arc_with_non_send_sync)] // it is both where `T` is both
        Shared(Arc::new(Inner {
            kind: Kind::of::<T>(),
            borrows: Cell::new(0),
            generation: Cell::new(0),
            value: UnsafeCell::new(value),
        }))
    }

    /// A pointer that keeps this count of the value.
    pub(crate) fn into_raw(self) -> *const Kind {
        Arc::into_raw(self.0).cast()
    }
}

impl<T> Shared<T> {
    /// Borrows the value for reading; RuntimeError while it is being changed.
    pub fn borrow(&self, _: Ctx<'_>) -> PyResult<Ref<T>> {
        std::mem::forget(self.0.read()?);
        Ok(Ref(self.clone(), PhantomData))
    }

    /// Borrows the value for a change; RuntimeError while anybody else uses it.
    /// Followers notice.
    pub fn borrow_mut(&self, _: Ctx<'_>) -> PyResult<RefMut<T>> {
        std::mem::forget(self.0.write()?);
        Ok(RefMut(self.clone(), PhantomData))
    }

    /// Whether both are one value.
    pub fn is(&self, other: &Shared<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Starts to follow the value as it is now.
    pub fn follow(&self, _: Ctx<'_>) -> Follower<T> {
        Follower {
            generation: self.0.generation.get(),
            shared: self.clone(),
        }
    }
}

/// A read borrow of a [`Shared`] value.
///
/// ```
/// # use hpy_bindings::{Ctx, PyResult, Ref, Shared};
/// struct Numbers(Vec<i64>);
///
/// fn total(ctx: Ctx<'_>, numbers: Shared<Numbers>) -> PyResult<i64> {
///     let numbers: Ref<Numbers> = numbers.borrow(ctx)?; // until it is dropped
///     Ok(numbers.0.iter().sum())
/// }
/// ```
pub struct Ref<T>(Shared<T>, PhantomData<*mut ()>);
/// A write borrow of a [`Shared`] value.
///
/// ```
/// # use hpy_bindings::{Ctx, PyResult, RefMut, Shared};
/// struct Numbers(Vec<i64>);
///
/// fn clear(ctx: Ctx<'_>, numbers: Shared<Numbers>) -> PyResult<()> {
///     let mut numbers: RefMut<Numbers> = numbers.borrow_mut(ctx)?; // until it is dropped
///     numbers.0.clear();
///     Ok(())
/// }
/// ```
pub struct RefMut<T>(Shared<T>, PhantomData<*mut ()>);

impl<T> Drop for Ref<T> {
    fn drop(&mut self) {
        drop(Reading(&self.0 .0, PhantomData));
    }
}

impl<T> Drop for RefMut<T> {
    fn drop(&mut self) {
        drop(Writing(&self.0 .0, PhantomData));
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: counted as a reader since `borrow`.
        unsafe { &*self.0 .0.value.get() }
    }
}

impl<T> Deref for RefMut<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: counted as the writer since `borrow_mut`.
        unsafe { &*self.0 .0.value.get() }
    }
}

impl<T> DerefMut for RefMut<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: counted as the writer since `borrow_mut`.
        unsafe { &mut *self.0 .0.value.get() }
    }
}

/// A view of a [`Shared`] value that ends when the value is changed.
///
/// ```
/// use hpy_bindings::{Class, ClassDef, Ctx, Follower, Global, ModuleDef, New, PyResult, This};
///
/// struct Words(Vec<String>);
///
/// impl Class for Words {
/// #   const NAME: &'static std::ffi::CStr = c"example.Words";
/// #   const DOC: &'static std::ffi::CStr = c"Can be iterated over.";
/// #   fn type_global() -> &'static Global {
/// #       static TYPE: Global = Global::new();
/// #       &TYPE
/// #   }
/// #
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>, words: Vec<String>| Words(words))
///             .method(c"clear", c"", |_: Ctx<'_>, words: &mut Words| words.0.clear())
///             .method(c"__iter__", c"", |ctx: Ctx<'_>, this: This<Words>| {
///                 New(Reader { words: this.follow(ctx), next: 0 })
///             });
///     }
/// }
///
/// struct Reader {
///     words: Follower<Words>,
///     next: usize,
/// }
///
/// impl Class for Reader {
/// #   const NAME: &'static std::ffi::CStr = c"example.Reader";
/// #   const DOC: &'static std::ffi::CStr = c"Iterates over words.";
/// #   fn type_global() -> &'static Global {
/// #       static TYPE: Global = Global::new();
/// #       &TYPE
/// #   }
/// #
///     fn define(class: &mut ClassDef<Self>) {
///         class.iterator(|ctx: Ctx<'_>, reader: &mut Reader| -> PyResult<Option<String>> {
///             let words = reader.words.get(ctx, "the words have changed")?;
///             reader.next += 1;
///             Ok(words.0.get(reader.next - 1).cloned())
///         });
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Words>().class::<Reader>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> words = example.Words(["a", "b"])
/// // >>> list(words)
/// // ['a', 'b']
/// // >>> reader = iter(words)
/// // >>> words.clear(); next(reader)
/// // Traceback (most recent call last):
/// // RuntimeError: the words have changed
/// ```
pub struct Follower<T> {
    shared: Shared<T>,
    generation: u64,
}

impl<T> Follower<T> {
    /// Whether nobody changed the value since [`Shared::follow`]. Costs a comparison.
    pub fn is_current(&self, _: Ctx<'_>) -> bool {
        self.shared.0.generation.get() == self.generation
    }

    /// The value, or RuntimeError with `message` when it was changed since.
    pub fn get(&self, ctx: Ctx<'_>, message: &str) -> PyResult<Ref<T>> {
        if !self.is_current(ctx) {
            return Err(PyErr::new(Exception::Runtime, message));
        }
        self.shared.borrow(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_readers_or_one_writer() {
        let shared = Shared::new(5);
        let first = shared.0.read().unwrap();
        let second = shared.0.read().unwrap();
        assert_eq!(*first + *second, 10);
        assert!(shared.0.write().is_err());
        drop(first);
        assert!(shared.0.write().is_err());
        drop(second);
        let mut writer = shared.0.write().unwrap();
        *writer += 1;
        assert!(shared.0.read().is_err());
        assert!(shared.0.write().is_err());
        drop(writer);
        assert_eq!(*shared.0.read().unwrap(), 6);
    }

    #[test]
    fn only_writers_begin_a_generation() {
        let shared = Shared::new(());
        let generation = || shared.0.generation.get();
        let before = generation();
        drop(shared.0.read().unwrap());
        let reader = shared.0.read().unwrap();
        assert!(shared.0.write().is_err());
        drop(reader);
        assert_eq!(generation(), before);
        drop(shared.0.write().unwrap());
        assert_eq!(generation(), before + 1);
    }

    #[test]
    fn a_panic_ends_the_borrow() {
        let shared = Shared::new(5);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _writer = shared.0.write().unwrap();
            panic!("in the middle of a change");
        }));
        assert!(caught.is_err());
        assert!(shared.0.write().is_ok());
    }

    #[test]
    fn a_raw_value_knows_its_type_and_is_released_once() {
        let value = Arc::new(());
        let shared = Shared::new(Arc::clone(&value));
        let other = shared.clone();
        assert!(shared.is(&other));
        let raw = shared.into_raw();
        // SAFETY: good until it is released.
        let kind = unsafe { &*raw };
        assert!(kind.is::<Arc<()>>());
        assert!(!kind.is::<u32>());
        // SAFETY: from `into_raw` above.
        unsafe { Kind::release(raw) };
        assert_eq!(Arc::strong_count(&value), 2);
        drop(other);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
