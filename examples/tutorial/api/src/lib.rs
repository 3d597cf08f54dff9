//! The interface of `tutorial` for other extensions: both sides depend on this crate.

hpy_bindings::payload! {
    /// Prime numbers, without Python in between.
    pub struct Primes = c"tutorial.primes_capsule", version 1 {
        /// Returns `true` for a prime.
        pub is_prime: extern "C" fn(u64) -> bool,
    }
}
