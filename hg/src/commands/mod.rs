// SPDX-License-Identifier: GPL-2.0-or-later

//! The commands of hg that are answered here, one file each.

mod annotate;
mod bookmarks;
mod branch;
mod branches;
mod config;
mod diff;
mod export;
mod files;
mod grep;
mod identify;
mod locate;
mod log;
mod manifest;
mod paths;
mod phase;
mod root;
pub(crate) mod status;
mod summary;
mod tags;
mod terse;
mod tip;
mod unfinished;
mod version;

use crate::program::invocation::Invocation;
use crate::program::options::{Spec, Takes};
use crate::{Error, Result};

/// A command of hg's.
pub struct Command {
    /// Its names; the first one is its own.
    pub names: &'static [&'static str],
    /// All of its options, also those that are not answered here.
    pub options: &'static [Spec],
    /// Whether a pager shows what it prints.
    pub is_paged: bool,
    /// Whether it prints no words, which may be those of another language.
    pub is_wordless: bool,
    /// Answers; returns the exit status.
    pub run: fn(&mut Invocation) -> Result<u8>,
}

const NATIVE: &[Command] = &[
    annotate::COMMAND,
    bookmarks::COMMAND,
    branch::COMMAND,
    branches::COMMAND,
    config::COMMAND,
    diff::COMMAND,
    export::COMMAND,
    files::CAT,
    files::FILES,
    grep::COMMAND,
    identify::COMMAND,
    locate::COMMAND,
    log::COMMAND,
    manifest::COMMAND,
    paths::COMMAND,
    phase::COMMAND,
    root::COMMAND,
    status::COMMAND,
    summary::COMMAND,
    tags::COMMAND,
    tip::HEADS,
    tip::PARENTS,
    tip::TIP,
    unfinished::RESOLVE,
    unfinished::SHELVE,
    version::COMMAND,
];

/// The names of all other commands of Mercurial 7.2, which an abbreviation may mean as well.
const OTHERS: &str = "abort add addremove admin::chainsaw-update admin::narrow-client \
    admin::narrow-server admin::verify archive backout bisect bundle clone commit ci continue copy \
    cp forget graft help import patch incoming in init merge outgoing out pull purge clean push \
    recover remove rm rename move mv revert rollback serve tag unbundle unshelve update up checkout \
    co verify";

const FLAG: Takes = Takes::Nothing;
const VALUE: Takes = Takes::Value;
const VALUES: Takes = Takes::Values;
const INCLUDE: Spec = ('I', "include", VALUES);
const EXCLUDE: Spec = ('X', "exclude", VALUES);
const TEMPLATE: Spec = ('T', "template", VALUE);

/// Returns a command by its name or the beginning of that.
///
/// # Errors
/// [`Error::Unsupported`] for one that is not answered here, or not known.
pub fn find(name: &[u8]) -> Result<&'static Command> {
    let unknown = || Error::unsupported(format!("the command {}", String::from_utf8_lossy(name)));
    let is = |own: &&str| own.as_bytes() == name;
    let begins = |own: &&str| own.as_bytes().starts_with(name);
    if let Some(command) = NATIVE.iter().find(|command| command.names.iter().any(is)) {
        return Ok(command);
    }
    if name.is_empty() || OTHERS.split_whitespace().any(|other| begins(&other)) {
        return Err(unknown());
    }
    let mut meant = NATIVE
        .iter()
        .filter(|command| command.names.iter().any(begins));
    match (meant.next(), meant.next()) {
        (Some(command), None) => Ok(command),
        _ => Err(unknown()),
    }
}

/// Returns the options of a command by its whole name, `None` for one that is not answered here.
pub(crate) fn options_of(name: &str) -> Option<&'static [Spec]> {
    let found = NATIVE.iter().find(|command| command.names.contains(&name));
    found.map(|command| command.options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_abbreviated() {
        for (word, name) in [
            ("st", "status"),
            ("id", "identify"),
            ("roo", "root"),
            ("stat", "status"),
        ] {
            assert_eq!(find(word.as_bytes()).expect("known").names[0], name);
        }
        for word in ["", "s", "bra", "co", "xyz"] {
            assert!(find(word.as_bytes()).is_err(), "{word}");
        }
    }
}
