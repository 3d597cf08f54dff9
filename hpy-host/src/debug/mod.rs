// SPDX-License-Identifier: MIT OR Apache-2.0

//! The debug mode: another set of contexts, whose members look at every handle and context
//! before they call those of the universal mode.
//!
//! A handle that was closed or never was one, a context kept for too long or used in another
//! thread, and what is closed or returned by whom it does not belong to end the process with
//! a message that names HPy's function, and Python's traceback. What is left open can be
//! asked for from Python, by `hpy_host.debug`. Nothing of this is looked at in the universal
//! mode, whose context is another.

mod contexts;
mod handles;
mod members;
mod special;

use pyo3_ffi as ffi;
use std::ffi::CString;

pub use contexts::first as context;
pub use handles::{new_generation, opened_since};
pub use members::Crosses;

/// The name of a function, for messages.
pub type Name = &'static str;

/// Ends the process with a message and Python's traceback.
pub fn fatal(message: &str) -> ! {
    let text = CString::new(format!("HPy's debug mode: {message}")).unwrap_or_default();
    // SAFETY: it may be called at any time.
    unsafe { ffi::Py_FatalError(text.as_ptr()) }
}
