// SPDX-License-Identifier: MIT OR Apache-2.0

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
mod array;
#[cfg(feature = "arrow")]
pub mod arrow;
#[cfg(feature = "arrow")]
#[allow(unsafe_code)]
mod arrow_structures;
mod awaitable;
#[allow(unsafe_code)]
mod buffer;
mod builtin;
#[allow(unsafe_code)]
mod capsule;
mod catch;
mod class;
mod contextvar;
mod convert;
#[allow(unsafe_code)]
mod deep;
mod error;
mod exception;
#[allow(unsafe_code)]
mod function;
mod handle;
#[allow(unsafe_code)]
mod instance;
#[allow(unsafe_code)]
mod kept;
#[cfg(any(feature = "log", feature = "tracing"))]
pub mod logging;
#[allow(unsafe_code)]
mod module;
#[cfg(feature = "sync")]
mod mutex;
mod object;
mod once;
mod operators;
#[allow(unsafe_code)]
mod payload;
mod pending;
#[allow(unsafe_code)]
mod pybuffer;
#[allow(unsafe_code)]
mod receiver;
mod registry;
mod results;
#[cfg(feature = "serde")]
mod serde;
#[allow(unsafe_code)]
mod shared;
mod signature;
mod slots;
mod stack;
#[allow(unsafe_code)]
mod stored;
mod support;
#[cfg(feature = "tracing")]
mod tracing_layer;
#[allow(unsafe_code)]
mod trampoline;
mod varargs;

#[cfg(feature = "serde")]
pub use self::serde::{Serde, from_python, to_python};
pub use api::Ctx;
pub use array::{Array, ArrayMut};
pub use buffer::Element;
pub use capsule::{Capsule, StaticPayload};
pub use class::{Class, ClassDef};
pub use contextvar::ContextVar;
pub use convert::{Anything, Bytes, FromPy, IntoPy, List, New, OrNotImplemented, ThisObject};
pub use error::{IntoPyErr, PyErr, PyResult};
pub use exception::Exception;
pub use function::{Callable, This};
pub use handle::{Borrowed, Handle};
pub use kept::Object;
pub use module::ModuleDef;
#[cfg(feature = "sync")]
pub use mutex::{Mutex, MutexGuard};
pub use object::{Items, Iter, exactly};
pub use once::OnceCell;
pub use operators::{Binary, Compare, Unary};
pub use payload::{Header, Payload, Portable};
pub use pybuffer::PyBuffer;
pub use receiver::{BytesLike, FromArg};
pub use shared::{Follower, Ref, RefMut, Shared};
pub use signature::{Parameters, Signature};
pub use slots::Access;
pub use stored::{Field, Global};
pub use varargs::VarArgs;

#[cfg(feature = "macros")]
mod macros;
#[cfg(feature = "macros")]
pub use macros::{FromPy, IntoPy, pyclass, pyexception, pyfunction, pymethods, pymodule};

#[doc(hidden)]
pub mod __private {
    pub use crate::convert::python_name;
    pub use crate::module::{init_definition, init_global_context, types};
    pub use crate::payload::shape;
    pub use crate::support::*;
    pub use hpy_shim as shim;
}
