// SPDX-License-Identifier: MIT OR Apache-2.0

//! The functions of `../hpy`, as one writes them with PyO3 when it has to be fast.

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

fn too_large() -> PyErr {
    PyOverflowError::new_err("the result is too large")
}

/// Counts down to one.
#[pyclass(module = "ffi_pyo3")]
struct Countdown {
    left: i64,
}

#[pymethods]
impl Countdown {
    #[new]
    fn new(left: i64) -> Countdown {
        Countdown { left }
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&mut self) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(self.left + 1)
    }
}

/// A number with methods.
#[pyclass(frozen, module = "ffi_pyo3")]
struct Number {
    value: i64,
}

impl Number {
    fn sum(&self, a: i64, b: i64) -> PyResult<i64> {
        let sum = self.value.checked_add(a).and_then(|sum| sum.checked_add(b));
        sum.ok_or_else(too_large)
    }
}

#[pymethods]
impl Number {
    #[new]
    fn new(value: i64) -> Number {
        Number { value }
    }

    /// The number.
    #[getter]
    fn value(&self) -> i64 {
        self.value
    }

    /// The sum of three.
    #[pyo3(signature = (a, b, /))]
    fn plus(&self, a: i64, b: i64) -> PyResult<i64> {
        self.sum(a, b)
    }

    /// The sum of three; arguments may be given by name.
    fn plus_named(&self, a: i64, b: i64) -> PyResult<i64> {
        self.sum(a, b)
    }
}

/// Its attributes are what PyO3 makes of fields.
#[pyclass(module = "ffi_pyo3")]
struct Value {
    #[pyo3(get, set)]
    member: i64,
}

#[pymethods]
impl Value {
    #[new]
    fn new() -> Value {
        Value { member: 0 }
    }

    #[getter]
    fn getset(&self) -> i64 {
        self.member
    }
}

/// Does nothing.
#[pyfunction]
fn nothing() {}

/// The sum.
#[pyfunction]
#[pyo3(signature = (a, b, /))]
fn add(a: i64, b: i64) -> PyResult<i64> {
    a.checked_add(b).ok_or_else(too_large)
}

/// The sum of a list.
#[pyfunction]
#[pyo3(signature = (items, /))]
fn total(items: &Bound<'_, PyList>) -> PyResult<i64> {
    let mut sum = 0i64;
    for item in items.iter() {
        sum = sum.checked_add(item.extract()?).ok_or_else(too_large)?;
    }
    Ok(sum)
}

/// [0, 1, ..., n - 1]
#[pyfunction]
#[pyo3(signature = (n, /))]
fn numbers(py: Python<'_>, n: i64) -> PyResult<Bound<'_, PyList>> {
    PyList::new(py, 0..n)
}

/// Bytes of UTF-8.
#[pyfunction]
#[pyo3(signature = (text, /))]
fn text_size(text: &str) -> usize {
    text.len()
}

/// Returns the number of bytes.
#[pyfunction]
#[pyo3(signature = (data, /))]
fn bytes_size(data: &Bound<'_, PyBytes>) -> usize {
    data.as_bytes().len()
}

/// A str.
#[pyfunction]
fn text() -> &'static str {
    "some text to make a str of"
}

/// Raises ValueError.
#[pyfunction]
fn fail() -> PyResult<()> {
    Err(PyValueError::new_err("as it should be"))
}

#[pymodule]
fn ffi_pyo3(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(nothing, m)?)?;
    m.add_function(wrap_pyfunction!(add, m)?)?;
    m.add_function(wrap_pyfunction!(total, m)?)?;
    m.add_function(wrap_pyfunction!(numbers, m)?)?;
    m.add_function(wrap_pyfunction!(text_size, m)?)?;
    m.add_function(wrap_pyfunction!(bytes_size, m)?)?;
    m.add_function(wrap_pyfunction!(text, m)?)?;
    m.add_function(wrap_pyfunction!(fail, m)?)?;
    m.add_class::<Countdown>()?;
    m.add_class::<Number>()?;
    m.add_class::<Value>()
}
