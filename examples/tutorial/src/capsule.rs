//! Step 10: a capsule for other extensions.

use hpy_bindings::ModuleDef;
use tutorial_api::Primes;

extern "C" fn is_prime(n: u64) -> bool {
    crate::parallel::is_prime(n)
}

pub fn define(module: &mut ModuleDef) {
    module.exec(|ctx, module| {
        let capsule = ctx.capsule(Primes { is_prime })?;
        module.set_attr(c"primes_capsule", capsule)
    });
}
