//! Python extensions in Rust over [HPy](https://hpyproject.org): no interpreter's
//! object pointer anywhere, so one binary loads on CPython and on PyPy.
//!
//! ```ignore
//! use hpy_bindings::{module, Ctx, ModuleDef};
//!
//! fn add_two(_: Ctx<'_>, n: i64) -> i64 {
//!     n + 2
//! }
//!
//! fn define(m: &mut ModuleDef) {
//!     m.function(c"add_two", c"add_two(n, /)\n--\n\nn plus two.", add_two);
//! }
//!
//! module!("example", define); // the file is example.hpy0.so
//! ```
//!
//! * [`Ctx`] proves that the interpreter may be used; everything else carries its
//!   lifetime. Work that needs no interpreter runs in [`Ctx::leave_python`].
//! * [`Handle`] owns (and closes itself), [`Arg`] borrows, [`Field`] and [`Global`]
//!   store. None of them can leave its thread.
//! * [`Class`] makes a Python class of a Rust type, [`Shared`] lets several Python
//!   objects use one Rust value, [`Follower`] notices that it changed.
//! * [`FromPy`] and [`IntoPy`] convert; [`PyErr`] and [`Raise`] carry exceptions.
//!
//! Panics never cross the border: they arrive as `RuntimeError`.

#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod api;
#[allow(unsafe_code)]
mod body;
#[allow(unsafe_code)]
mod class;
mod convert;
mod error;
#[allow(unsafe_code)]
mod function;
#[allow(unsafe_code)]
mod handle;
#[allow(unsafe_code)]
mod instance;
#[allow(unsafe_code)]
mod module;
#[allow(unsafe_code)]
mod shared;
#[allow(unsafe_code)]
mod stored;
#[allow(unsafe_code)]
mod trampoline;

pub use api::Ctx;
pub use class::{Class, ClassDef};
pub use convert::{Bytes, FromPy, IntoPy, New, OrNotImplemented, ThisObject};
pub use error::{Exception, PyErr, PyResult, Raise};
pub use function::{Callable, This};
pub use handle::{Arg, Handle};
pub use module::ModuleDef;
pub use shared::{Follower, Ref, RefMut, Shared};
pub use stored::{Field, Global};

#[doc(hidden)]
pub mod __private {
    pub use crate::module::{init_definition, init_global_context};
    pub use hpy_shim as shim;
}
