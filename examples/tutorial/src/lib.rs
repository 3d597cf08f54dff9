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

use hpy_bindings::{ModuleDef, module};

fn define(module: &mut ModuleDef) {
    module.doc(c"The native half of the package tutorial.");
    function::define(module);
    keywords::define(module);
    parallel::define(module);
    class::define(module);
    iteration::define(module);
    exception::define(module);
    collection::define(module);
    blocks::define(module);
    capsule::define(module);
}

module!("_native", define);
