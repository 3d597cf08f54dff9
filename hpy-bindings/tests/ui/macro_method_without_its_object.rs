// Methods that take their object as Python cannot give it.

use hpy_bindings::{pyclass, pymethods};

#[pyclass]
struct Engine(u32);

#[pymethods]
impl Engine {
    fn consumed(self) -> u32 {
        self.0
    }

    fn of_none(speed: u32) -> u32 {
        speed
    }

    #[new]
    fn made(_: u32) {}

    fn __init__(&mut self) {}

    #[getter]
    fn speed(&self, unit: u32) -> u32 {
        self.0 * unit
    }
}

fn main() {}
