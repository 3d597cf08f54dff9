//! Step 4: a class with properties.

use hpy_bindings::{Exception, PyErr, PyResult, pyclass, pymethods};

/// A rectangle.
#[pyclass(module = "tutorial", eq)]
#[derive(PartialEq)]
pub struct Rectangle {
    width: f64,
    height: f64,
}

/// Checks that a length makes sense.
fn length(length: f64) -> PyResult<f64> {
    if length > 0.0 {
        return Ok(length);
    }
    let message = format!("{length} is no length");
    Err(PyErr::new(Exception::Value, message))
}

#[pymethods]
impl Rectangle {
    #[new]
    fn new(width: f64, height: Option<f64>) -> PyResult<Self> {
        let width = length(width)?;
        let height = height.map_or(Ok(width), length)?;
        Ok(Rectangle { width, height })
    }

    /// From left to right.
    #[getter]
    fn width(&self) -> f64 {
        self.width
    }

    #[setter]
    fn set_width(&mut self, width: f64) -> PyResult<()> {
        self.width = length(width)?;
        Ok(())
    }

    /// Width times height.
    #[getter]
    fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Returns a larger one, or a smaller one.
    #[py(signature = (factor, /))]
    fn scaled(&self, factor: f64) -> PyResult<Self> {
        Ok(Rectangle {
            width: length(self.width * factor)?,
            height: length(self.height * factor)?,
        })
    }

    fn __repr__(&self) -> String {
        format!("Rectangle({:?}, {:?})", self.width, self.height)
    }
}
