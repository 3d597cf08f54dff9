// SPDX-License-Identifier: GPL-2.0-or-later

//! The languages of hg's users, over `vermilion-core`: configuration, revision sets, patterns,
//! templates.
//!
//! Knows nothing of Python. What is not known here, such as a predicate of an extension, is
//! [`Error::Unsupported`]: Mercurial itself may know it. It is never guessed.
//!
//! The program, and with it commands and templates, is for Unix: a terminal, a pager, a shell and the
//! command server behind a socket are what it is made of.

#![forbid(unsafe_code)]
#![warn(unreachable_pub)]
// What only the program asks for has nobody who asks where there is no program.
#![cfg_attr(not(unix), allow(dead_code))]

#[cfg(unix)]
pub mod commands;
pub mod config;
pub mod dates;
pub mod encoding;
mod error;
pub mod fileset;
pub mod patterns;
#[cfg(unix)]
pub mod program;
pub mod revset;
#[cfg(unix)]
pub mod template;
mod text;

pub use error::{Error, Result};
