//! Tests of `matcher`.

mod irregular;
mod load;
mod random;
mod support;
