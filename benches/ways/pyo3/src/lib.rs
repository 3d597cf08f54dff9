use pyo3::prelude::*;

#[pymodule]
mod talk {
    use super::*;

    /// n + 2
    #[pyfunction]
    fn add_two(n: i64) -> i64 {
        n + 2
    }

    /// The texts in upper case.
    #[pyfunction]
    fn upper(texts: Vec<String>) -> Vec<String> {
        texts.iter().map(|text| text.to_uppercase()).collect()
    }
}
