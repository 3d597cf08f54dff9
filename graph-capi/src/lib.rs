// SPDX-License-Identifier: MIT OR Apache-2.0

#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod client;
mod error;
#[allow(unsafe_code)]
mod table;

pub use client::{GraphApi, GraphRef};
pub use error::GraphError;
pub use table::{Graphs, Table};

/// The number of a revision: its position in the history, -1 for the null revision.
pub type Rev = i32;
