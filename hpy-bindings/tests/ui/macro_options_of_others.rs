// Options that another attribute has, and options without what they want.

use hpy_bindings::{pyclass, pyfunction, pymethods};

#[pyclass]
struct Stack(Vec<i64>);

#[pymethods(frozen)]
impl Stack {}

#[pyclass]
struct Queue(Vec<i64>);

#[pymethods]
impl Queue {
    #[py(positional_only)]
    fn put(&mut self, item: i64) {
        self.0.push(item);
    }
}

#[pyfunction(text_signature = (a, b=1))]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
