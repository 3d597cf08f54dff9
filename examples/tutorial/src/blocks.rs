//! Step 9: large data in blocks.

use hpy_bindings::{Bytes, Exception, PyErr, PyResult, pyclass, pyfunction, pymethods};

use crate::parallel::is_prime;

/// The primes below limit, as native uint32.
#[pyfunction(signature = (limit, /))]
pub fn packed_primes(limit: u32) -> Bytes {
    let primes = (0..limit).filter(|&n| is_prime(n.into()));
    Bytes(primes.flat_map(u32::to_ne_bytes).collect())
}

/// The sum of packed native uint32.
#[pyfunction(signature = (block, /))]
pub fn sum_packed(block: &[u8]) -> PyResult<u64> {
    let numbers = block.chunks_exact(4);
    if !numbers.remainder().is_empty() {
        return Err(PyErr::new(Exception::Value, "the last number is cut off"));
    }
    let number = |n: &[u8]| u32::from_ne_bytes(n.try_into().expect("four bytes"));
    Ok(numbers.map(|n| u64::from(number(n))).sum())
}

/// A byte for each number: 1 for primes.
#[pyclass(module = "tutorial")]
pub struct Sieve {
    flags: Vec<u8>,
}

#[pymethods(positional_only)]
impl Sieve {
    #[new]
    fn new(limit: usize) -> Self {
        let mut sieve = Sieve { flags: Vec::new() };
        sieve.grow(limit);
        sieve
    }

    /// Appends numbers.
    fn grow(&mut self, limit: usize) {
        let known = self.flags.len();
        self.flags
            .extend((known..limit).map(|n| u8::from(is_prime(n as u64))));
    }

    #[buffer]
    fn flags(&self) -> &[u8] {
        &self.flags
    }
}
