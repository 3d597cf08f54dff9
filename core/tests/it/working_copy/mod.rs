//! Tests of `working_copy`.

mod compare;
mod files;
mod status;
