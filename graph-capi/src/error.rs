// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors, as codes that C has too.

use std::ffi::CStr;
use std::fmt;

use hpy_bindings::{Exception, PyErr};

/// The reason why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphError {
    /// The `Graph` object does not exist any more, or never did. Python: ReferenceError.
    Gone,
    /// The graph does not have a revision of that number now. Python: IndexError.
    OutOfRange,
    /// The buffer has no room for the answer, which has as many revisions.
    /// Python: ValueError.
    BufferTooSmall(usize),
    /// A bug in vermilion, whose message is on stderr. Python: RuntimeError.
    Internal,
}

impl GraphError {
    /// The code of success.
    pub(crate) const OK: i32 = 0;

    /// Returns the number that C sees.
    pub const fn code(self) -> i32 {
        match self {
            GraphError::Gone => 1,
            GraphError::OutOfRange => 2,
            GraphError::BufferTooSmall(_) => 3,
            GraphError::Internal => 4,
        }
    }

    /// Returns the error of a code; `stored` is the count that the function stored.
    pub(crate) fn check(code: i32, stored: usize) -> Result<(), GraphError> {
        match code {
            GraphError::OK => Ok(()),
            1 => Err(GraphError::Gone),
            2 => Err(GraphError::OutOfRange),
            3 => Err(GraphError::BufferTooSmall(stored)),
            _ => Err(GraphError::Internal),
        }
    }

    /// Returns the text of a code.
    pub(crate) fn text(code: i32) -> &'static CStr {
        match code {
            0 => c"no error",
            1 => c"the graph is gone",
            2 => c"a revision is out of range",
            3 => c"the buffer is too small",
            4 => c"vermilion failed, which is a bug in it",
            _ => c"unknown error",
        }
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = GraphError::text(self.code()).to_string_lossy();
        match self {
            GraphError::BufferTooSmall(needed) => write!(f, "{text}: {needed} revisions"),
            _ => f.write_str(&text),
        }
    }
}

impl std::error::Error for GraphError {}

impl From<GraphError> for PyErr {
    fn from(error: GraphError) -> Self {
        let class = match error {
            GraphError::Gone => Exception::Reference,
            GraphError::OutOfRange => Exception::Index,
            GraphError::BufferTooSmall(_) => Exception::Value,
            GraphError::Internal => Exception::Runtime,
        };
        PyErr::new(class, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_errors_are_the_same() {
        let all = [
            GraphError::Gone,
            GraphError::OutOfRange,
            GraphError::BufferTooSmall(9),
            GraphError::Internal,
        ];
        for error in all {
            assert_eq!(GraphError::check(error.code(), 9), Err(error));
        }
        assert_eq!(GraphError::check(GraphError::OK, 9), Ok(()));
        assert_eq!(GraphError::check(99, 9), Err(GraphError::Internal));
        assert_eq!(
            GraphError::BufferTooSmall(9).to_string(),
            "the buffer is too small: 9 revisions"
        );
    }
}
