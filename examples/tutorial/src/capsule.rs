//! Step 10: a capsule for other extensions.

use hpy_bindings::{Borrowed, Ctx, PyResult};
use tutorial_api::Primes;

extern "C" fn is_prime(n: u64) -> bool {
    crate::parallel::is_prime(n)
}

pub fn add_capsule(ctx: Ctx<'_>, module: Borrowed<'_>) -> PyResult<()> {
    module.set_attr(c"primes_capsule", ctx.capsule(Primes { is_prime })?)
}
