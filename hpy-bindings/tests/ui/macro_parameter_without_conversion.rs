// A parameter that no Python object becomes: a class is taken by reference.

use hpy_bindings::{pyclass, pyfunction};

#[pyclass]
struct Engine;

#[pyfunction]
fn start(engine: Engine, speed: std::time::Instant) {}

fn main() {}
