//! Tests of `dirstate`.

mod files;
mod formats;
mod model;
mod support;
