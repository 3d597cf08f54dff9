//! Tests of `repository`.

mod open;
mod path_encoding;
mod store;
pub mod support;
