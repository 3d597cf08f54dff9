//! blake3-py's hasher: that of the crate blake3.

#![forbid(unsafe_code)]

mod data;
mod hasher;

/// The native half of blake3.
#[hpy_bindings::pymodule(name = "_native", module = "blake3")]
mod native {
    #[pymodule_export]
    use crate::hasher::Blake3;

    #[pymodule_export]
    #[py(name = "__version__")]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
