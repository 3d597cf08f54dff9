// A class that is frozen, and has a method that changes its values.

use hpy_bindings::{pyclass, pymethods};

#[pyclass(frozen)]
struct Stone(u32);

#[pymethods]
impl Stone {
    fn carve(&mut self) {
        self.0 -= 1;
    }
}

fn main() {}
