//! Tests of `graph`.

mod labels;
mod model;
mod revset;
mod support;
