// SPDX-License-Identifier: GPL-2.0-or-later

//! Which Python exception each of the core's errors is.

use hpy_bindings::{Exception, PyErr, pyexception};
use vermilion_core as core;
use vermilion_core::error::{FileKind, system_words};

/// An index contradicts its own format: damaged, or cut off.
#[pyexception(module = "vermilion", extends = Exception::Value)]
pub struct CorruptIndexError;

/// An index or repository in a valid format that Vermilion does not read.
#[pyexception(module = "vermilion", extends = Exception::Value)]
pub struct UnsupportedIndexError;

/// A dirstate contradicts its own format: damaged, or cut off.
#[pyexception(module = "vermilion", extends = Exception::Value)]
pub struct CorruptDirstateError;

/// A file with bookmarks, phases, tags or obsolescence markers contradicts its own format.
#[pyexception(module = "vermilion", extends = Exception::Value)]
pub struct CorruptRefsError;

/// A configuration that cannot be read, or an item that does not say what is asked.
#[pyexception(module = "vermilion", extends = Exception::Value)]
pub struct ConfigError;

/// There is no one revision that could be meant.
#[pyexception(module = "vermilion", extends = Exception::Lookup)]
pub struct RevisionLookupError;

/// No revision is called so.
#[pyexception(module = "vermilion", extends = RevisionLookupError::class())]
pub struct UnknownRevisionError;

/// The nodes of several revisions begin so.
#[pyexception(module = "vermilion", extends = RevisionLookupError::class())]
pub struct AmbiguousRevisionError;

/// The revision is there, but hidden.
#[pyexception(module = "vermilion", extends = RevisionLookupError::class())]
pub struct HiddenRevisionError;

/// A working copy with something valid that Vermilion does not handle.
#[pyexception(module = "vermilion", extends = Exception::Value)]
pub struct UnsupportedWorkingCopyError;

/// Native code has found itself in the wrong, which is a bug in it.
#[pyexception(module = "vermilion", extends = Exception::Runtime, panics)]
pub struct PanicError;

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

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let error = match error {
            Error::Python(error) => return error,
            Error::Core(error) => error,
        };
        let class = match &error {
            core::Error::Corrupt {
                kind: FileKind::Repository | FileKind::Revlog,
                ..
            } => CorruptIndexError::class(),
            core::Error::Corrupt {
                kind: FileKind::Refs,
                ..
            } => CorruptRefsError::class(),
            core::Error::Corrupt { .. } => CorruptDirstateError::class(),
            core::Error::Unsupported { kind, .. } if is_history(*kind) => {
                UnsupportedIndexError::class()
            }
            core::Error::Unsupported { .. } => UnsupportedWorkingCopyError::class(),
            core::Error::Interrupted => Exception::Runtime,
            core::Error::NotFound { .. } => Exception::Lookup,
            core::Error::UnknownRevision { .. } => UnknownRevisionError::class(),
            core::Error::AmbiguousRevision { .. } => AmbiguousRevisionError::class(),
            core::Error::HiddenRevision { .. } => HiddenRevisionError::class(),
            core::Error::OutOfRange { .. } => Exception::Index,
            core::Error::Invalid(_) => Exception::Value,
            core::Error::Io { path, source } => {
                let errno = source.raw_os_error().unwrap_or(0);
                let message = system_words(source);
                return PyErr::os(errno, message, Some(path.clone()));
            }
        };
        PyErr::new(class, error.to_string())
    }
}

/// Returns whether a file of this kind is part of a repository's history.
fn is_history(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Repository | FileKind::Revlog | FileKind::Refs
    )
}
