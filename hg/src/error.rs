// SPDX-License-Identifier: GPL-2.0-or-later

//! Errors, as hg tells its users of them.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The repository cannot be read, or a symbol stands for no changeset.
    #[error(transparent)]
    Core(#[from] vermilion_core::Error),
    /// Valid perhaps, but nothing that this crate answers: Mercurial has to be asked.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// A name that stands for nothing, where `hg` ends a command with `abort: MESSAGE`.
    #[error("{0}")]
    Lookup(String),
    /// A text that does not follow its grammar.
    #[error("parse error{}: {message}", at(*.position))]
    Parse {
        /// What hg says of it.
        message: String,
        /// The byte of the text at which it was seen.
        position: Option<usize>,
        /// What hg advises.
        hint: Option<String>,
    },
    /// Configuration that cannot be read, or a value that is not what is wanted.
    #[error("config error{}: {message}", at_place(location.as_deref()))]
    Config {
        /// What hg says of it.
        message: String,
        /// The file and its line.
        location: Option<String>,
    },
    /// What ends a command of hg's: `abort: MESSAGE`.
    #[error("{message}")]
    Abort {
        /// What hg says of it.
        message: String,
        /// What hg advises.
        hint: Option<String>,
    },
}

/// The result of nearly everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

fn at(position: Option<usize>) -> String {
    position.map_or_else(String::new, |byte| format!(" at {byte}"))
}

fn at_place(place: Option<&str>) -> String {
    place.map_or_else(String::new, |place| format!(" at {place}"))
}

impl Error {
    /// Returns [`Error::Unsupported`] from anything that prints.
    pub fn unsupported(what: impl ToString) -> Error {
        Error::Unsupported(what.to_string())
    }

    /// Returns [`Error::Parse`] about a place in a text.
    pub fn parse(message: impl ToString, position: impl Into<Option<usize>>) -> Error {
        Error::Parse {
            message: message.to_string(),
            position: position.into(),
            hint: None,
        }
    }

    /// Returns [`Error::Lookup`] from anything that prints.
    pub fn lookup(message: impl ToString) -> Error {
        Error::Lookup(message.to_string())
    }

    /// Returns whether it is about a name that stands for nothing, or for what is hidden.
    pub fn is_lookup(&self) -> bool {
        use vermilion_core::Error as Core;
        matches!(
            self,
            Error::Lookup(_)
                | Error::Core(Core::UnknownRevision { .. } | Core::HiddenRevision { .. })
        )
    }

    /// Returns [`Error::Abort`] without advice.
    pub fn abort(message: impl ToString) -> Error {
        Error::Abort {
            message: message.to_string(),
            hint: None,
        }
    }
}
