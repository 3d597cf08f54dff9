// SPDX-License-Identifier: GPL-2.0-or-later

//! Which Python exception each of the core's errors is.

use hpy_bindings::{Exception, Global, IntoPyErr, ModuleDef, PyErr};
use vermilion_core as core;
use vermilion_core::error::FileKind;

static CORRUPT: Global = Global::new();
static UNSUPPORTED: Global = Global::new();
static CORRUPT_DIRSTATE: Global = Global::new();
static UNSUPPORTED_WORKING_COPY: Global = Global::new();
static PANICKED: Global = Global::new();

/// An error of a native function: of the core, or of Python.
pub enum Error {
    Core(core::Error),
    Python(PyErr),
}

pub type Result<T> = std::result::Result<T, Error>;

impl From<core::Error> for Error {
    fn from(error: core::Error) -> Self {
        Error::Core(error)
    }
}

impl From<PyErr> for Error {
    fn from(error: PyErr) -> Self {
        Error::Python(error)
    }
}

impl IntoPyErr for Error {
    fn into_py_err(self) -> PyErr {
        let error = match self {
            Error::Python(error) => return error,
            Error::Core(error) => error,
        };
        let class = match &error {
            core::Error::Corrupt { kind, .. } if is_history(*kind) => Exception::Own(&CORRUPT),
            core::Error::Corrupt { .. } => Exception::Own(&CORRUPT_DIRSTATE),
            core::Error::Unsupported { kind, .. } if is_history(*kind) => {
                Exception::Own(&UNSUPPORTED)
            }
            core::Error::Unsupported { .. } => Exception::Own(&UNSUPPORTED_WORKING_COPY),
            core::Error::Interrupted => Exception::Runtime,
            core::Error::NotFound { .. } => Exception::Lookup,
            core::Error::OutOfRange { .. } => Exception::Index,
            core::Error::Invalid(_) => Exception::Value,
            core::Error::Io { path, source } => {
                let errno = source.raw_os_error().unwrap_or(0);
                let message = os_message(source);
                return PyErr::os(errno, message, Some(path.clone()));
            }
        };
        PyErr::new(class, error.to_string())
    }
}

/// Returns whether a file of this kind is part of a repository's history.
fn is_history(kind: FileKind) -> bool {
    matches!(kind, FileKind::Repository | FileKind::Revlog)
}

/// Returns the system's words alone: Rust adds the number, which Python shows by itself.
fn os_message(source: &std::io::Error) -> String {
    let text = source.to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

pub fn define(m: &mut ModuleDef) {
    m.exception(
        &CORRUPT,
        c"vermilion.CorruptIndexError",
        c"An index contradicts its own format: damaged, or cut off.",
        Exception::Value,
    )
    .exception(
        &UNSUPPORTED,
        c"vermilion.UnsupportedIndexError",
        c"An index or repository in a valid format that Vermilion does not read.",
        Exception::Value,
    )
    .exception(
        &CORRUPT_DIRSTATE,
        c"vermilion.CorruptDirstateError",
        c"A dirstate contradicts its own format: damaged, or cut off.",
        Exception::Value,
    )
    .exception(
        &UNSUPPORTED_WORKING_COPY,
        c"vermilion.UnsupportedWorkingCopyError",
        c"A working copy with something valid that Vermilion does not handle.",
        Exception::Value,
    )
    .exception(
        &PANICKED,
        c"vermilion.PanicError",
        c"Native code has found itself in the wrong, which is a bug in it.",
        Exception::Runtime,
    )
    .panics_as(&PANICKED);
}
