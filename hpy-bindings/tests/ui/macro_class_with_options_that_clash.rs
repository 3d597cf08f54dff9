// Options that exclude each other, and what is no class.

use hpy_bindings::pyclass;

#[pyclass(frozen, set_all)]
struct Rock {
    size: u32,
}

#[pyclass(hash)]
#[derive(Hash)]
struct Key(u32);

#[pyclass]
struct Generic<T>(T);

#[pyclass]
enum Shape {
    Circle(f64),
}

#[pyclass]
fn function() {}

fn main() {}
