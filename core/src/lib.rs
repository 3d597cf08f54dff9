//! Mercurial's history graph in pure Rust: reading revlog indexes and answering
//! questions about ancestry. Knows nothing of Python.

#![deny(unsafe_code)]

mod again;
pub mod bitset;
pub mod dirstate;
pub mod error;
mod files;
pub mod graph;
pub mod ignore;
pub mod index;
#[allow(unsafe_code)]
pub mod mmap;
mod nodemap;
pub mod pool;
pub mod repo;
pub mod revlog;
pub mod revset;
pub mod status;
pub mod store;
pub mod workingcopy;

pub use error::{Error, Result};
pub use graph::Graph;
pub use index::Index;
pub use revset::RevSet;

/// A revision number: its position in the index, [`NULL_REV`] for "none".
pub type Rev = i32;

/// The revision that stands for "no parent".
pub const NULL_REV: Rev = -1;

/// A node: the SHA-1 that names a revision everywhere.
pub type Node = [u8; 20];
