// SPDX-License-Identifier: GPL-2.0-or-later

//! Errors, classed by what the caller must do about them.

use std::io;
use std::path::{Path, PathBuf};

use crate::{Node, Rev};

/// The kinds of files that this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// What says where a repository's parts are and what it requires.
    Repository,
    /// An index or the data of a revlog, whichever revlog it is.
    Revlog,
    /// A dirstate, in whichever format.
    Dirstate,
    /// Names and states of changesets: bookmarks, tags, phases, obsolescence markers.
    Refs,
    /// Patterns of ignored files.
    IgnoreFile,
    /// A file or directory of a working copy.
    WorkingCopy,
}

/// An error, classed by what the caller must do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data contradicts its own format; it needs repair or another copy.
    #[error("{name}: {reason}")]
    Corrupt {
        /// What kind of file it is.
        kind: FileKind,
        /// The file, or another name for the data.
        name: String,
        /// What is wrong, with the revision or offset where that is known.
        reason: String,
    },
    /// A node that no revision has.
    #[error("{name}: no revision has the node {node}")]
    NotFound {
        /// The file that was asked.
        name: String,
        /// The node.
        node: Node,
    },
    /// A symbol that stands for no revision.
    #[error("unknown revision '{symbol}'")]
    UnknownRevision {
        /// The symbol.
        symbol: String,
    },
    /// A symbol that several nodes begin with.
    #[error("ambiguous revision '{symbol}'")]
    AmbiguousRevision {
        /// The symbol.
        symbol: String,
    },
    /// A symbol that stands for a revision that is hidden.
    #[error("hidden revision '{symbol}'")]
    HiddenRevision {
        /// The symbol.
        symbol: String,
        /// The revision.
        rev: Rev,
    },
    /// A revision number outside the graph.
    #[error("revision {rev} is out of range: the graph has {len} revisions, and -1 for null")]
    OutOfRange {
        /// The number as it was given.
        rev: i64,
        /// How many revisions there are.
        len: usize,
    },
    /// An argument that makes no sense; the caller has to pass another one.
    #[error("{0}")]
    Invalid(String),
    /// Valid input that this code does not handle; other code may.
    #[error("{name}: {reason}")]
    Unsupported {
        /// What kind of file it is.
        kind: FileKind,
        /// The file, or another name for the data.
        name: String,
        /// What it is that is not handled.
        reason: String,
    },
    /// Somebody ended the work before it was done.
    #[error("interrupted")]
    Interrupted,
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// The result of nearly everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Returns the system's own words for an error, without the number that Rust adds.
pub fn system_words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

impl Error {
    /// Returns [`Error::Corrupt`] from anything that prints.
    pub fn corrupt(kind: FileKind, name: impl ToString, reason: impl ToString) -> Self {
        Error::Corrupt {
            kind,
            name: name.to_string(),
            reason: reason.to_string(),
        }
    }

    /// Returns [`Error::Unsupported`] from anything that prints.
    pub fn unsupported(kind: FileKind, name: impl ToString, reason: impl ToString) -> Self {
        Error::Unsupported {
            kind,
            name: name.to_string(),
            reason: reason.to_string(),
        }
    }

    /// Returns the same error as one about another kind of file.
    pub(crate) fn about(mut self, of: FileKind) -> Self {
        if let Error::Corrupt { kind, .. } | Error::Unsupported { kind, .. } = &mut self {
            *kind = of;
        }
        self
    }

    /// Returns [`Error::OutOfRange`] for one revision.
    pub fn out_of_range(rev: impl Into<i64>, len: usize) -> Self {
        Error::OutOfRange {
            rev: rev.into(),
            len,
        }
    }

    /// Returns [`Error::Io`] at a path.
    pub fn io(path: &Path, source: io::Error) -> Self {
        Error::Io {
            path: path.to_owned(),
            source,
        }
    }
}

/// Checks that `rev` is a revision of a graph of `len` or the null revision.
pub fn check_rev(rev: Rev, len: usize) -> Result<()> {
    // the null revision is in place 0, and what is below that beyond all others
    if rev.slot() > len {
        return Err(Error::out_of_range(rev, len));
    }
    Ok(())
}
