#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod api;
#[allow(unsafe_code)]
mod body;
#[allow(unsafe_code)]
mod buffer;
#[allow(unsafe_code)]
mod class;
#[allow(unsafe_code)]
mod construct;
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
mod operators;
mod results;
#[allow(unsafe_code)]
mod shared;
#[allow(unsafe_code)]
mod slot_body;
mod slots;
#[allow(unsafe_code)]
mod stored;
#[allow(unsafe_code)]
mod trampoline;

pub use api::Ctx;
pub use buffer::Element;
pub use class::{Class, ClassDef};
pub use convert::{Bytes, FromPy, IntoPy, List, New, OrNotImplemented, ThisObject};
pub use error::{Exception, PyErr, PyResult, Raise};
pub use function::{Callable, This};
pub use handle::{Arg, Handle};
pub use module::ModuleDef;
pub use operators::{Binary, Compare, Unary};
pub use shared::{Follower, Ref, RefMut, Shared};
pub use slots::Access;
pub use stored::{Field, Global};

#[doc(hidden)]
pub mod __private {
    pub use crate::module::{init_definition, init_global_context};
    pub use hpy_shim as shim;
}
