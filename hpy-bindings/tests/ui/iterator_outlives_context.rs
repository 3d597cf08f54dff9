//! An iteration goes on only while the interpreter is held.

use hpy_bindings::{Borrowed, Iter, PyResult};

fn misuse(object: Borrowed<'_>) -> PyResult<Iter<'static>> {
    object.iter()
}

fn main() {}
