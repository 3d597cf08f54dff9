// SPDX-License-Identifier: MIT OR Apache-2.0

//! Rust values behind one or several Python objects.
//!
//! Python shares freely and mutates at any time; Rust allows one or the other. The
//! rules are therefore checked when the program runs: a value is borrowed by many
//! readers or by one writer, and a borrow that would break this raises RuntimeError.
//! An iterator does not borrow between its steps: it holds a [`Follower`], which
//! notices that the value was changed since and fails cleanly.

use std::any::TypeId;
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::api::{Ctx, thread_state};
use crate::class::Class;
use crate::deep;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::Borrowed;
use crate::instance;
use crate::kept::Table;
use crate::trampoline::contain_quietly;

/// The type of a value, readable without knowing it: Python code can give an object
/// another native class on PyPy, by assigning to its `__class__`.
pub(crate) struct Kind {
    id: TypeId,
    /// Releases one count of the `Arc` around the value.
    release: unsafe fn(*const Kind),
    /// The number of methods that use the object's count of the value, and [`ORPHANED`].
    pins: Cell<usize>,
    /// The number of writers so far.
    pub(crate) generation: Cell<u64>,
    /// The places of the objects that the value keeps, once it keeps some.
    table: Cell<Option<Arc<Table>>>,
}

/// The object is gone; the last of the methods that still run releases the value.
const ORPHANED: usize = 1 << (usize::BITS - 1);

impl Kind {
    fn of<T: 'static>() -> Self {
        Kind {
            id: TypeId::of::<T>(),
            // SAFETY: the caller's promise, see `Kind::release`.
            release: |kind| drop(unsafe { Arc::from_raw(kind.cast::<Inner<T>>()) }),
            pins: Cell::new(0),
            generation: Cell::new(0),
            table: Cell::new(None),
        }
    }

    /// Returns the table of the objects that the value keeps; asked for with the interpreter.
    pub(crate) fn table(&self) -> Option<Arc<Table>> {
        let table = self.table.take();
        self.table.set(table.clone());
        table
    }

    /// Sets that table.
    pub(crate) fn set_table(&self, table: Arc<Table>) {
        self.table.set(Some(table));
    }

    /// Returns `true` for the kind of an `Inner<T>`.
    pub(crate) fn is<T: 'static>(&self) -> bool {
        self.id == TypeId::of::<T>()
    }

    /// Releases a value, or leaves that to the methods that use it.
    ///
    /// # Safety
    /// `kind` came from [`Shared::into_raw`], and is given up with this. The thread holds the
    /// interpreter.
    pub(crate) unsafe fn release(kind: *const Kind) {
        // SAFETY: the caller's promise.
        let pins = unsafe { &(*kind).pins };
        if pins.get() == 0 {
            // SAFETY: likewise.
            unsafe { Kind::release_now(kind) }
        } else {
            pins.set(pins.get() | ORPHANED);
        }
    }

    /// # Safety
    /// As for `release`, and no method uses the value.
    #[cold]
    unsafe fn release_now(kind: *const Kind) {
        // A panic in the value's `Drop` must not cross into the host.
        // SAFETY: the caller's promise; the function is the one of the value's type.
        contain_quietly(|| unsafe { ((*kind).release)(kind) });
    }
}

/// The value of an object for as long as a method runs. The object need not live as long:
/// `itertools.chain` lets go of an iterator while that makes a step.
pub(crate) struct Pinned<T>(*const Inner<T>);

impl<T> Pinned<T> {
    /// # Safety
    /// `inner` came from [`Shared::into_raw`], and was not released.
    #[inline(always)]
    pub(crate) unsafe fn new(inner: *const Inner<T>) -> Self {
        let pinned = Pinned(inner);
        let pins = &pinned.kind.pins;
        pins.set(pins.get() + 1);
        pinned
    }

    /// Returns another holder of the value.
    #[inline(always)]
    pub(crate) fn share(&self) -> Shared<T> {
        // SAFETY: the pointer came from `Arc::into_raw`, and is not released as long as this counts.
        unsafe { Arc::increment_strong_count(self.0) };
        // SAFETY: the count of the line before is this `Arc`'s.
        Shared(unsafe { Arc::from_raw(self.0) })
    }
}

impl<T> Deref for Pinned<T> {
    type Target = Inner<T>;
    #[inline(always)]
    fn deref(&self) -> &Inner<T> {
        // SAFETY: not released as long as this counts.
        unsafe { &*self.0 }
    }
}

impl<T> Drop for Pinned<T> {
    #[inline(always)]
    fn drop(&mut self) {
        let pins = self.kind.pins.get() - 1;
        self.kind.pins.set(pins);
        if pins == ORPHANED {
            // SAFETY: `release` left it to this, the last one.
            unsafe { Kind::release_now(self.0.cast()) }
        }
    }
}

#[repr(C)] // begins with `kind`
pub(crate) struct Inner<T> {
    kind: Kind,
    /// The number of readers, or -1 for a writer.
    borrows: Cell<isize>,
    /// The number of readers that are views of a buffer.
    views: Cell<usize>,
    value: UnsafeCell<ManuallyDrop<T>>,
}

// SAFETY: the cells are used only by functions that ask for a `Ctx` or by guards that
// cannot leave their thread, that is by the one thread that holds the interpreter.
// While it is left, `&T` may be read by several threads (`T: Sync`), and the value
// may be dropped by whichever thread lets go last (`T: Send`).
unsafe impl<T: Send + Sync> Sync for Inner<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Send for Inner<T> {}

impl<T> Drop for Inner<T> {
    fn drop(&mut self) {
        // SAFETY: nobody uses the value any more, nor does this twice.
        let value = unsafe { ManuallyDrop::take(self.value.get_mut()) };
        // SAFETY: only `Shared::new` makes these, of types that are `'static`.
        unsafe { deep::drop_value(value) };
    }
}

impl<T> Inner<T> {
    pub(crate) fn read(&self) -> PyResult<Reading<'_, T>> {
        let readers = self.borrows.get();
        if readers < 0 {
            return Err(being_changed());
        }
        self.borrows.set(readers + 1);
        Ok(Reading(self, PhantomData))
    }

    /// Returns `true` if there is a view of the value's buffer.
    pub(crate) fn is_viewed(&self) -> bool {
        self.views.get() > 0
    }

    /// Makes a view of a borrow whose guard was forgotten: it lasts until [`Inner::end_view`].
    /// Several views may share the borrow of a writer.
    pub(crate) fn begin_view(&self) {
        self.views.set(self.views.get() + 1);
    }

    /// Ends a view.
    pub(crate) fn end_view(&self) {
        let views = self.views.get().saturating_sub(1);
        self.views.set(views);
        if self.borrows.get() > 0 || views == 0 {
            self.end_borrow();
        }
    }

    /// Ends a borrow whose guard was forgotten.
    pub(crate) fn end_borrow(&self) {
        match self.borrows.get() {
            readers @ 1.. => self.borrows.set(readers - 1),
            _ => self.borrows.set(0),
        }
    }

    /// Ends a read borrow whose guard was forgotten.
    fn end_reading(&self) {
        drop(Reading(self, PhantomData));
    }

    pub(crate) fn write(&self) -> PyResult<Writing<'_, T>> {
        if self.borrows.get() != 0 {
            return Err(in_use());
        }
        self.borrows.set(-1);
        self.kind.generation.set(self.kind.generation.get() + 1);
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
pub struct Reading<'a, T>(&'a Inner<T>, PhantomData<*mut ()>);
/// A write borrow that does not own its value.
pub struct Writing<'a, T>(&'a Inner<T>, PhantomData<*mut ()>);

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
/// Each instance of a [`crate::Class`] is one of these.
/// As an argument of a native function it takes such an instance.
///
/// ```
/// use hpy_bindings::{Class, ClassDef, Ctx, ModuleDef, New, PyResult, Shared, This};
///
/// struct Score(u32);
///
/// impl Class for Score {
/// #   const NAME: &'static std::ffi::CStr = c"example.Score";
/// #   const DOC: &'static std::ffi::CStr = c"Points.";
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
            views: Cell::new(0),
            value: UnsafeCell::new(ManuallyDrop::new(value)),
        }))
    }

    /// Returns a pointer that keeps this count of the value.
    pub(crate) fn into_raw(self) -> *const Kind {
        Arc::into_raw(self.0).cast()
    }
}

impl<T: Class> Shared<T> {
    /// Returns the value behind an object; `None` where that is no instance of `T`. TypeError for
    /// one that its constructor has not made.
    ///
    /// ```
    /// # #[hpy_bindings::pymodule]
    /// # mod example {
    /// use hpy_bindings::{Borrowed, PyResult, Shared, pyclass, pyfunction, pymethods};
    ///
    /// #[pyclass]
    /// struct Metres(f64);
    ///
    /// #[pymethods]
    /// impl Metres {
    ///     #[new]
    ///     fn new(metres: f64) -> Self {
    ///         Metres(metres)
    ///     }
    /// }
    ///
    /// /// Takes a length, or a number of feet.
    /// #[pyfunction]
    /// fn metres(length: Borrowed<'_>) -> PyResult<f64> {
    ///     match Shared::<Metres>::of(length)? {
    ///         Some(metres) => Ok(metres.borrow(length.ctx())?.0),
    ///         None => Ok(length.extract::<f64>()? * 0.3048),
    ///     }
    /// }
    /// # }
    ///
    /// // >>> example.metres(example.Metres(2)), example.metres(10)
    /// // (2.0, 3.048)
    /// ```
    pub fn of(object: Borrowed<'_>) -> PyResult<Option<Self>> {
        instance::shared_of(object)
    }
}

impl<T> Shared<T> {
    /// Borrows the value for reading; RuntimeError while it is being changed.
    pub fn borrow<'c>(&self, _: Ctx<'c>) -> PyResult<Ref<'c, T>> {
        thread_state::check();
        std::mem::forget(self.0.read()?);
        Ok(Ref(self.clone(), PhantomData))
    }

    /// Borrows the value for a change; RuntimeError while anybody else uses it.
    /// Followers notice.
    pub fn borrow_mut<'c>(&self, _: Ctx<'c>) -> PyResult<RefMut<'c, T>> {
        thread_state::check();
        std::mem::forget(self.0.write()?);
        Ok(RefMut(self.clone(), PhantomData))
    }

    /// Returns `true` if both are one value.
    pub fn is(&self, other: &Shared<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Starts to follow the value as it is now.
    pub fn follow(&self, _: Ctx<'_>) -> Follower<T> {
        thread_state::check();
        Follower {
            generation: self.0.kind.generation.get(),
            shared: self.clone(),
        }
    }
}

/// A read borrow of a [`Shared`] value, at most for as long as its context is good.
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
pub struct Ref<'c, T>(Shared<T>, PhantomData<Ctx<'c>>);

/// A write borrow of a [`Shared`] value, at most for as long as its context is good.
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
pub struct RefMut<'c, T>(Shared<T>, PhantomData<Ctx<'c>>);

impl<T> Drop for Ref<'_, T> {
    fn drop(&mut self) {
        if thread_state::may_drop() {
            self.0.0.end_reading();
        }
    }
}

impl<T> Drop for RefMut<'_, T> {
    fn drop(&mut self) {
        if thread_state::may_drop() {
            drop(Writing(&self.0.0, PhantomData));
        }
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: counted as a reader since `borrow`.
        unsafe { &*self.0.0.value.get() }
    }
}

impl<T> Deref for RefMut<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: counted as the writer since `borrow_mut`.
        unsafe { &*self.0.0.value.get() }
    }
}

impl<T> DerefMut for RefMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: counted as the writer since `borrow_mut`.
        unsafe { &mut *self.0.0.value.get() }
    }
}

/// A view of a [`Shared`] value that ends when the value is changed.
///
/// ```
/// use hpy_bindings::{Class, ClassDef, Ctx, Follower, ModuleDef, New, PyResult, This};
///
/// struct Words(Vec<String>);
///
/// impl Class for Words {
/// #   const NAME: &'static std::ffi::CStr = c"example.Words";
/// #   const DOC: &'static std::ffi::CStr = c"Can be iterated over.";
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
    /// Returns `true` if nobody changed the value since [`Shared::follow`]. Costs a comparison.
    pub fn is_current(&self, _: Ctx<'_>) -> bool {
        thread_state::check();
        self.shared.0.kind.generation.get() == self.generation
    }

    /// Borrows the value; RuntimeError with `message` if it was changed since.
    pub fn get<'c>(&self, ctx: Ctx<'c>, message: &str) -> PyResult<Ref<'c, T>> {
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
        let generation = || shared.0.kind.generation.get();
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
    fn a_value_outlives_its_object_while_it_is_pinned() {
        let value = Arc::new(());
        let raw = Shared::new(Arc::clone(&value)).into_raw();
        // SAFETY: not released.
        let first = unsafe { Pinned::new(raw.cast::<Inner<Arc<()>>>()) };
        // SAFETY: likewise.
        let second = unsafe { Pinned::new(raw.cast::<Inner<Arc<()>>>()) };
        drop(first);
        // SAFETY: from `into_raw` above.
        unsafe { Kind::release(raw) };
        assert_eq!(Arc::strong_count(&*second.read().unwrap()), 2);
        drop(second);
        assert_eq!(Arc::strong_count(&value), 1);
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
