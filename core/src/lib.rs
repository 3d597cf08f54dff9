// SPDX-License-Identifier: GPL-2.0-or-later

//! Mercurial's repositories in pure Rust: histories, contents and working copies.
//!
//! Knows nothing of Python.

#![deny(unsafe_code)]
#![warn(unreachable_pub)]

pub mod annotate;
pub mod archive;
pub mod changelog;
pub mod copies;
pub mod diff;
pub mod dirstate;
pub mod error;
pub mod filelog;
pub mod graph;
pub mod grep;
pub mod history;
pub mod manifest;
pub mod matcher;
mod node;
pub mod platform;
pub mod refs;
mod repo_path;
pub mod repository;
mod rev;
pub mod revlog;
pub mod snapshot;
pub mod text;
pub mod verify;
pub mod working_copy;

pub use error::{Error, Result};
pub use graph::Graph;
pub use graph::revset::RevSet;
pub use node::Node;
pub use repo_path::{RepoPath, RepoPathBuf};
pub use rev::Rev;
pub use revlog::index::Index;
