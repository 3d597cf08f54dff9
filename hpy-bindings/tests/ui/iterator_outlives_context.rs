//! An iteration goes on only while the interpreter is held.

use hpy_bindings::{Arg, Iter, PyResult};

fn misuse(object: Arg<'_>) -> PyResult<Iter<'static>> {
    object.iter()
}

fn main() {}
