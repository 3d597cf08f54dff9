//! Mercurial's history graph in pure Rust: reading revlog indexes and answering
//! questions about ancestry. Knows nothing of Python.

#![deny(unsafe_code)]

pub mod error;

pub use error::{Error, Result};

/// A revision number: its position in the index, [`NULL_REV`] for "none".
pub type Rev = i32;

/// The revision that stands for "no parent".
pub const NULL_REV: Rev = -1;

/// A node: the SHA-1 that names a revision everywhere.
pub type Node = [u8; 20];
