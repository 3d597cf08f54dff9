//! What `tutorial` offers to other extensions: both sides depend on this crate.

hpy_bindings::payload! {
    /// Prime numbers, without Python in between.
    pub struct Primes = c"tutorial.primes_capsule", version 1 {
        /// Whether a number is one.
        pub is_prime: extern "C" fn(u64) -> bool,
    }
}
