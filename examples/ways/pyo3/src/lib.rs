use pyo3::prelude::*;

#[pymodule]
mod talk {
    use super::*;
    use pyo3::exceptions::PyOverflowError;

    /// a + b, a thousand times
    #[pyfunction]
    fn add_two(a: i64, b: i64) -> i64 {
        let mut acc = 0;
        for _ in 0..1000 {
            acc += a + b;
        }
        acc
    }

    /// The same, or an OverflowError
    #[pyfunction]
    fn add_two_checked(a: i64, b: i64) -> PyResult<i64> {
        let mut acc = 0i64;
        for _ in 0..1000 {
            let sum = a.checked_add(b).and_then(|sum| acc.checked_add(sum));
            acc = sum.ok_or_else(|| PyOverflowError::new_err("the sum does not fit"))?;
        }
        Ok(acc)
    }

    /// The texts in upper case.
    #[pyfunction]
    fn upper(texts: Vec<String>) -> Vec<String> {
        texts.iter().map(|text| text.to_uppercase()).collect()
    }
}
