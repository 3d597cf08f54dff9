#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]
#![warn(missing_docs)]
#![warn(
    rustdoc::broken_intra_doc_links,
    rustdoc::bare_urls,
    rustdoc::invalid_rust_codeblocks
)]

#[allow(unsafe_code)]
mod api;
#[allow(unsafe_code)]
mod body;
#[allow(unsafe_code)]
mod buffer;
#[allow(unsafe_code)]
mod capsule;
#[allow(unsafe_code)]
mod catch;
#[allow(unsafe_code)]
mod class;
#[allow(unsafe_code)]
mod construct;
mod contextvar;
mod convert;
mod error;
mod exception;
#[allow(unsafe_code)]
mod function;
#[allow(unsafe_code)]
mod handle;
#[allow(unsafe_code)]
mod instance;
#[allow(unsafe_code)]
mod module;
mod object;
mod operators;
#[allow(unsafe_code)]
mod payload;
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
pub use capsule::{Capsule, StaticPayload};
pub use class::{Class, ClassDef};
pub use contextvar::ContextVar;
pub use convert::{Anything, Bytes, FromPy, IntoPy, List, New, OrNotImplemented, ThisObject};
pub use error::{PyErr, PyResult, Raise};
pub use exception::Exception;
pub use function::{Callable, This};
pub use handle::{Arg, Handle};
pub use module::ModuleDef;
pub use object::{exactly, Iter};
pub use operators::{Binary, Compare, Unary};
pub use payload::{Head, Payload, Portable};
pub use shared::{Follower, Ref, RefMut, Shared};
pub use slots::Access;
pub use stored::{Field, Global};

#[doc(hidden)]
pub mod __private {
    pub use crate::convert::{plain, Parts};
    pub use crate::module::{init_definition, init_global_context};
    pub use crate::payload::shape;
    pub use hpy_shim as shim;
}
