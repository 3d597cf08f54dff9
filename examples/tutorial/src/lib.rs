//! The steps of the tutorial in docs/tutorial, one file each.

#![forbid(unsafe_code)]

mod blocks;
mod capsule;
mod class;
mod collection;
mod exception;
mod function;
mod iteration;
mod keywords;
mod parallel;

/// The native half of the package tutorial.
#[hpy_bindings::pymodule(name = "_native", module = "tutorial")]
mod native {
    use hpy_bindings::{Borrowed, Ctx, PyResult};

    #[pymodule_export]
    use crate::{
        blocks::{Sieve, packed_primes, sum_packed},
        class::Rectangle,
        collection::{Names, NamesIterator},
        exception::{PlaceError, parse_place},
        function::add_two,
        iteration::{Collatz, mean},
        keywords::{clamp, count_lines},
        parallel::count_primes,
    };

    #[pymodule_init]
    fn init(ctx: Ctx<'_>, module: Borrowed<'_>) -> PyResult<()> {
        crate::capsule::add_capsule(ctx, module)
    }
}
