//! Step 9: large data in blocks.

use std::ffi::CStr;

use hpy_bindings::{
    Borrowed, Bytes, Class, ClassDef, Ctx, Exception, Handle, IntoPy, ModuleDef, PyErr, PyResult,
    exactly,
};

use crate::parallel::is_prime;

/// Returns the primes below `limit`, packed: four bytes each, as this machine stores them.
fn packed_primes(_: Ctx<'_>, limit: u32) -> Bytes {
    let primes = (0..limit).filter(|&n| is_prime(n.into()));
    Bytes(primes.flat_map(u32::to_ne_bytes).collect())
}

/// Returns the sum of packed numbers, read from the memory in which Python has them.
fn sum_packed<'c>(module: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let [block] = exactly(args)?;
    let no_bytes = || PyErr::new(Exception::Type, "expected bytes");
    let bytes = block.as_bytes().ok_or_else(no_bytes)?;
    let numbers = bytes.chunks_exact(4);
    if !numbers.remainder().is_empty() {
        return Err(PyErr::new(Exception::Value, "the last number is cut off"));
    }
    let number = |n: &[u8]| u32::from_ne_bytes(n.try_into().expect("four bytes"));
    let sum: u64 = numbers.map(|n| u64::from(number(n))).sum();
    sum.into_py(module.ctx())
}

/// A flag for each number: 1 for a prime.
struct Sieve {
    flags: Vec<u8>,
}

impl Sieve {
    fn new(_: Ctx<'_>, limit: usize) -> Sieve {
        let mut sieve = Sieve { flags: Vec::new() };
        sieve.grow(limit);
        sieve
    }

    fn grow(&mut self, limit: usize) {
        let known = self.flags.len();
        self.flags
            .extend((known..limit).map(|n| u8::from(is_prime(n as u64))));
    }
}

impl Class for Sieve {
    const NAME: &'static CStr = c"tutorial.Sieve";
    const DOC: &'static CStr = c"Sieve(limit, /)\n--\n\nA byte for each number: 1 for primes.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(Sieve::new)
            .method(
                c"grow",
                c"grow($self, limit, /)\n--\n\nAppends numbers.",
                |_: Ctx<'_>, sieve: &mut Sieve, limit: usize| sieve.grow(limit),
            )
            .buffer(|sieve: &Sieve| sieve.flags.as_slice());
    }
}

pub fn define(module: &mut ModuleDef) {
    module
        .function(
            c"packed_primes",
            c"packed_primes(limit, /)\n--\n\nThe primes below limit, as native uint32.",
            packed_primes,
        )
        .function_raw(
            c"sum_packed",
            c"sum_packed(block, /)\n--\n\nThe sum of packed native uint32.",
            sum_packed,
        )
        .class::<Sieve>();
}
