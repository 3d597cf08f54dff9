//! Step 2: keyword arguments and errors.

use std::path::PathBuf;

use hpy_bindings::{Exception, PyErr, PyResult, pyfunction};

/// Returns the number nearest to value that is neither below low nor above high.
#[pyfunction(signature = (value, low=0.0, high=100.0))]
pub fn clamp(value: f64, low: f64, high: f64) -> PyResult<f64> {
    if low > high {
        let message = format!("low is {low}, but high is only {high}");
        return Err(PyErr::new(Exception::Value, message));
    }
    Ok(value.max(low).min(high))
}

/// Counts the lines of a file.
#[pyfunction(signature = (path, /))]
pub fn count_lines(path: PathBuf) -> std::io::Result<usize> {
    Ok(std::fs::read_to_string(path)?.lines().count())
}
