//! Step 10: an extension that uses the capsule of another one.

#![forbid(unsafe_code)]

#[hpy_bindings::pymodule(name = "_native", module = "tutorial_user")]
mod native {
    use hpy_bindings::{Capsule, Ctx, PyResult, pyfunction};
    use tutorial_api::Primes;

    /// The pairs of primes below limit that are two apart.
    #[pyfunction(signature = (limit, /))]
    fn twins(ctx: Ctx<'_>, limit: u64) -> PyResult<Vec<(u64, u64)>> {
        let primes = Capsule::<Primes>::import(ctx, c"tutorial", c"primes_capsule")?;
        let pairs = (2..limit.saturating_sub(2)).map(|n| (n, n + 2));
        Ok(ctx.leave_python(|| {
            pairs
                .filter(|&(a, b)| (primes.is_prime)(a) && (primes.is_prime)(b))
                .collect()
        }))
    }
}
