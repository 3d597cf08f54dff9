//! The native module `my_ext._native`: one function and one class.

#![forbid(unsafe_code)]

/// The native half of my_ext.
#[hpy_bindings::pymodule(name = "_native", module = "my_ext")]
mod native {
    use hpy_bindings::{Exception, PyErr, PyResult, pyclass, pyfunction, pymethods};

    /// Counts the occurrences of word in text.
    #[pyfunction]
    fn count(text: &str, word: &str) -> PyResult<usize> {
        if word.is_empty() {
            return Err(PyErr::new(Exception::Value, "the word is empty"));
        }
        Ok(text.matches(word).count())
    }

    /// Adds numbers up.
    #[pyclass]
    struct Counter {
        /// The sum so far.
        #[py(get)]
        total: i64,
    }

    #[pymethods]
    impl Counter {
        #[new]
        #[py(signature = (start=0))]
        fn new(start: i64) -> Self {
            Counter { total: start }
        }

        /// Adds a number; returns the total.
        fn add(&mut self, number: i64) -> PyResult<i64> {
            let overflow = || PyErr::new(Exception::Overflow, "the counter is full");
            self.total = self.total.checked_add(number).ok_or_else(overflow)?;
            Ok(self.total)
        }
    }
}
