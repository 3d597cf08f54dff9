// SPDX-License-Identifier: GPL-2.0-or-later

//! The languages of hg's users, over `vermilion-core`: configuration, revision sets, patterns,
//! templates.
//!
//! Knows nothing of Python. What is not known here, such as a predicate of an extension, is
//! [`Error::Unsupported`]: Mercurial itself may know it. It is never guessed.

#![forbid(unsafe_code)]
#![warn(unreachable_pub)]

pub mod commands;
pub mod config;
pub mod dates;
pub mod encoding;
mod error;
pub mod patterns;
pub mod program;
pub mod revset;
pub mod template;
mod text;

pub use error::{Error, Result};
