// SPDX-License-Identifier: GPL-2.0-or-later

//! Templates: `hg log -T '{rev}:{node|short} {desc|firstline}\n'` (`hg help templates`).
//!
//! A text becomes tokens (`token.rs`), a tree (`parser.rs`), the same with aliases expanded
//! (`alias.rs`), and one in which functions and filters were found (`compile.rs`). What it is going
//! to need is found out before (`analysis.rs`, `environment.rs`), so that it can be expanded
//! (`evaluate.rs`) for many changesets on several threads. Values know how they are shown
//! (`value.rs`, `show.rs`, `questions.rs`, `convert.rs`), and a scope what names stand for (`scope.rs`).
//!
//! What is not certain to be Mercurial's answer is
//! [`Error::Unsupported`](crate::Error::Unsupported).

mod alias;
mod analysis;
mod compile;
mod convert;
mod environment;
mod evaluate;
mod fields;
mod filters;
mod formatter;
mod functions;
mod keywords;
mod known;
mod lookup;
mod map_file;
mod names;
mod parser;
mod printer;
mod questions;
mod scope;
mod show;
mod styles;
mod token;
mod tree;
mod value;

use crate::Result;

pub use alias::Aliases;
pub use tree::{Op, Tree};

pub(crate) use fields::{Field, Fields, Part};
pub(crate) use filters::short_age;
pub(crate) use formatter::Formatter;

/// Parses a template, as it is written.
///
/// ```
/// let tree = vermilion_hg::template::parse(b"{node|short} {desc}")?;
/// assert_eq!(tree.text(), b"{node|short} {desc}");
/// # Ok::<(), vermilion_hg::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parse`](crate::Error::Parse), and [`Error::Unsupported`](crate::Error::Unsupported) if it
/// is nested too deeply.
pub fn parse(text: &[u8]) -> Result<Tree> {
    parser::template(text)
}

/// Fails if a template is none, or has functions or filters that are not known, once `aliases`
/// are expanded in it.
///
/// # Errors
/// Those of [`parse`], and [`Error::Unsupported`](crate::Error::Unsupported).
pub fn check(text: &[u8], aliases: &Aliases) -> Result<()> {
    compile::Library::new(text, &styles::always(), aliases).map(drop)
}
