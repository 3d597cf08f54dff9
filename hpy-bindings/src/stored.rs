// SPDX-License-Identifier: MIT OR Apache-2.0

//! References that outlive a call: in an object ([`Field`]) or in the module
//! ([`Global`]).

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, Ordering};

use hpy_shim::{HPy, HPyField, HPyGlobal};

use crate::api::{Ctx, thread_state};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

/// A reference kept by the module for as long as it is loaded.
///
/// Declared as a `static` and registered with [`crate::ModuleDef::global`] (or by
/// the class or exception that uses it) before anything can be stored.
///
/// ```
/// use hpy_bindings::{Ctx, Global, ModuleDef, PyResult};
///
/// static DECIMAL: Global = Global::new();
///
/// /// Looks the class up once.
/// fn precise(ctx: Ctx<'_>, number: String) -> PyResult<String> {
///     let class = DECIMAL.load_or(ctx, || ctx.import(c"decimal")?.attr(c"Decimal"))?;
///     class.call(&[ctx.tuple([number])?.item(0)?.as_borrowed()])?.repr()?.extract()
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.global(&DECIMAL).function(c"precise", c"", precise);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.precise("0.10")
/// // "Decimal('0.10')"
/// ```
pub struct Global {
    raw: UnsafeCell<HPyGlobal>,
    state: AtomicU8,
}

const NEW: u8 = 0;
const REGISTERED: u8 = 1;
const FILLED: u8 = 2;

// SAFETY: `raw` is read and written only with a `Ctx` in hand, that is by the one
// thread that holds the interpreter.
unsafe impl Sync for Global {}

impl Global {
    /// Makes an empty global.
    #[allow(clippy::new_without_default)] // it is made to be a static
    pub const fn new() -> Self {
        Global {
            raw: UnsafeCell::new(HPyGlobal { _i: 0 }),
            state: AtomicU8::new(NEW),
        }
    }

    /// Returns the address for the module's table of globals.
    pub(crate) fn register(&'static self) -> *mut HPyGlobal {
        self.state.fetch_max(REGISTERED, Ordering::Relaxed);
        self.raw.get()
    }

    /// Stores a reference, in the place of the one before. (PyPy never lets go of the
    /// one before: store what lives as long as the module anyway.)
    pub fn store(&'static self, value: Borrowed<'_>) -> PyResult<()> {
        if self.state.load(Ordering::Relaxed) == NEW {
            return Err(PyErr::new(
                Exception::Runtime,
                "a global is stored to that its module does not announce",
            ));
        }
        value.ctx().store_global(self.raw.get(), value);
        self.state.store(FILLED, Ordering::Relaxed);
        Ok(())
    }

    /// Loads the stored object; RuntimeError where nothing was stored.
    pub fn load<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        let empty = || PyErr::new(Exception::Runtime, "a global is read before it is stored");
        self.get(ctx)?.ok_or_else(empty)
    }

    /// Loads the stored object, or `None` where nothing was stored.
    pub fn get<'c>(&self, ctx: Ctx<'c>) -> PyResult<Option<Handle<'c>>> {
        thread_state::check();
        if self.state.load(Ordering::Relaxed) != FILLED {
            return Ok(None);
        }
        // SAFETY: this thread holds the interpreter (`ctx`), so nobody writes now.
        ctx.load_global(unsafe { *self.raw.get() }).map(Some)
    }

    /// Loads the stored object; the first time, it stores what `find` returns.
    pub fn load_or<'c>(
        &'static self,
        ctx: Ctx<'c>,
        find: impl FnOnce() -> PyResult<Handle<'c>>,
    ) -> PyResult<Handle<'c>> {
        if self.state.load(Ordering::Relaxed) != FILLED {
            self.store(find()?.as_borrowed())?;
        }
        self.load(ctx)
    }
}

/// One of the references that an object of a native class keeps, known to the
/// interpreter's garbage collector.
///
/// A class has [`crate::Class::FIELDS`] of them; [`Field::of`] finds one by number.
/// It borrows its owner: a field cannot be used without the object it lies in.
///
/// ```
/// # use hpy_bindings::{exactly, Class, ClassDef, Ctx, Field, ModuleDef};
/// struct Slot;
///
/// impl Class for Slot {
/// #   const NAME: &'static std::ffi::CStr = c"example.Slot";
/// #   const DOC: &'static std::ffi::CStr = c"Keeps one object.";
///     const FIELDS: usize = 1;
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>| Slot)
///             .method_raw(c"swap", c"swap($self, object, /)\n--\n\nThe one before.", |this, args| {
///                 let [object] = exactly(args)?;
///                 let field = Field::of::<Slot>(this, 0)?;
///                 let before = field.load()?;
///                 field.store(object);
///                 Ok(before.unwrap_or_else(|| this.ctx().none()))
///             });
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Slot>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> slot = example.Slot()
/// // >>> slot.swap("a"), slot.swap("b")
/// // (None, 'a')
/// ```
pub struct Field<'c> {
    owner: Borrowed<'c>,
    slot: *mut HPyField,
    _one_thread: PhantomData<*mut ()>,
}

impl<'c> Field<'c> {
    /// Finds field `index` of `owner`, which must be an instance of the class `T`.
    pub fn of<T: crate::Class>(owner: Borrowed<'c>, index: usize) -> PyResult<Self> {
        let slot = crate::instance::field::<T>(owner, index)?;
        Ok(Field {
            owner,
            slot,
            _one_thread: PhantomData,
        })
    }

    /// Stores a reference, in the place of the one before.
    pub fn store(&self, value: Borrowed<'_>) {
        self.owner
            .ctx()
            .store_field(self.owner, self.slot, value.raw());
    }

    /// Empties the field.
    pub fn clear(&self) {
        self.owner
            .ctx()
            .store_field(self.owner, self.slot, HPy { _i: 0 });
    }

    /// Loads the stored object, or `None` where the field is empty.
    pub fn load(&self) -> PyResult<Option<Handle<'c>>> {
        thread_state::check();
        // SAFETY: the slot lies in the owner's struct, which lives as long as `owner`;
        // this thread holds the interpreter, so nobody writes now.
        let field = unsafe { *self.slot };
        if field._i == 0 {
            return Ok(None);
        }
        self.owner.ctx().load_field(self.owner, field).map(Some)
    }
}
