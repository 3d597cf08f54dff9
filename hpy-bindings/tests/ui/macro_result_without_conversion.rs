// A result that becomes no Python object, nor does its error become an exception.

use hpy_bindings::pyfunction;

struct Engine;
struct Broken;

#[pyfunction]
fn engine() -> Engine {
    Engine
}

#[pyfunction]
fn started() -> Result<i64, Broken> {
    Ok(1)
}

fn main() {}
