//! Step 5: iteration, in both directions.

use hpy_bindings::{Borrowed, Exception, PyErr, PyResult, pyclass, pyfunction, pymethods};

/// The numbers on the way to 1: the next one is half of an even number, three times an
/// odd one plus one.
#[pyclass(module = "tutorial")]
pub struct Collatz {
    next: Option<u64>,
}

#[pymethods(positional_only)]
impl Collatz {
    #[new]
    fn new(start: u64) -> PyResult<Self> {
        if start == 0 {
            return Err(PyErr::new(Exception::Value, "0 never becomes 1"));
        }
        Ok(Collatz { next: Some(start) })
    }

    fn __next__(&mut self) -> PyResult<Option<u64>> {
        let Some(n) = self.next else { return Ok(None) };
        self.next = match n {
            1 => None,
            n if n % 2 == 0 => Some(n / 2),
            n => {
                let next = n.checked_mul(3).and_then(|n| n.checked_add(1));
                let overflow = || PyErr::new(Exception::Overflow, "the next number is too large");
                Some(next.ok_or_else(overflow)?)
            }
        };
        Ok(Some(n))
    }
}

/// Returns the mean of the numbers in any iterable.
#[pyfunction(signature = (numbers, /))]
pub fn mean(numbers: Borrowed<'_>) -> PyResult<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for number in numbers.iter()? {
        sum += number?.extract::<f64>()?;
        count += 1.0;
    }
    if count == 0.0 {
        return Err(PyErr::new(Exception::Value, "nothing has no mean"));
    }
    Ok(sum / count)
}
