// SPDX-License-Identifier: GPL-2.0-or-later

//! Completion of hg's command lines in shells, without Python.
//!
//! A shell's script calls `vermilion complete -- WORDS...` with the words of a line behind `hg`, up to
//! the one at the cursor, which is the last and may be empty. What may stand there instead is printed,
//! a line each; the exit status says what it is. With `--bash KEPT`, words are as they are written on
//! the line, with quotes, and what is printed goes behind `KEPT`, the beginning of the last word that
//! bash leaves as it is.
//!
//! Whatever is wrong, there is nothing to complete: nobody waits for a message in the middle of a line.

mod alias;
mod cursor;
mod files;
mod kind;
mod names;
mod quoting;
mod script;
mod table;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::time::Duration;

use vermilion_core::repository::Repository;

use super::real::Real;
use super::{options, settings};
use crate::Result;
use crate::config::{Config, Environment};
use cursor::{Cursor, Place};
use kind::Kind;
pub(super) use script::print;
use table::Table;

/// Exit status where words are printed, if any.
const WORDS: u8 = 0;
/// Exit status where paths of files and directories are, if any.
const PATHS: u8 = 10;
/// Exit status where the shell is to complete names of files itself.
const SHELL_FILES: u8 = 11;
/// Exit status where it is to do so with directories.
const SHELL_DIRECTORIES: u8 = 12;

/// Nobody waits longer for a word.
const LONGEST: Duration = Duration::from_secs(2);

/// What a word may become.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Words(Vec<Vec<u8>>),
    Paths(Vec<Vec<u8>>),
    ShellFiles,
    ShellDirectories,
}

/// Where a line is to run.
struct Here {
    config: Config,
    repository: Option<Repository>,
    cwd: PathBuf,
    /// Whether that is another directory than the shell's.
    is_elsewhere: bool,
}

/// Prints what the last of some words may become; returns the exit status.
pub(super) fn run(arguments: &[OsString]) -> u8 {
    std::thread::spawn(|| {
        std::thread::sleep(LONGEST);
        std::process::exit(WORDS.into());
    });
    let (kept, words) = match arguments {
        [bash, kept, words @ ..] if bash == "--bash" => (Some(kept), words),
        words => (None, words),
    };
    let words = match words {
        [dashes, words @ ..] if dashes == "--" => words,
        words => words,
    };
    let mut is_expanded = false;
    let mut words = words.to_vec();
    if let Some((last, before)) = words.split_last_mut() {
        is_expanded = kept.is_some() && quoting::is_expanded(last.as_bytes());
        if kept.is_some() {
            for word in before.iter_mut().chain([&mut *last]) {
                *word = OsString::from_vec(quoting::plain(word.as_bytes()));
            }
        }
        before.iter_mut().for_each(quoting::expand_home);
    }
    let answer = match words.split_last() {
        // What that is, only the shell knows.
        Some(_) if is_expanded => Answer::ShellFiles,
        Some((last, before)) => answer(before, last.as_bytes()),
        None => Answer::Words(Vec::new()),
    };
    let (found, status) = match answer {
        Answer::Words(words) => (words, WORDS),
        Answer::Paths(paths) => (paths, PATHS),
        Answer::ShellFiles => (Vec::new(), SHELL_FILES),
        Answer::ShellDirectories => (Vec::new(), SHELL_DIRECTORIES),
    };
    let kept = kept.map_or(Vec::new(), |kept| quoting::plain(kept.as_bytes()));
    let mut text = Vec::new();
    for word in &found {
        text.extend_from_slice(word.strip_prefix(&kept[..]).unwrap_or(word));
        text.push(b'\n');
    }
    // Where nobody reads, nobody waits.
    let _ = io::stdout().lock().write_all(&text);
    status
}

/// Returns what the word behind some others may become.
fn answer(before: &[OsString], word: &[u8]) -> Answer {
    let Ok(here) = Here::of(before) else {
        return Answer::ShellFiles;
    };
    let table = Table::of(&here.config);
    let cursor = Cursor::of(before, word, &table, &here.config);
    let mut found = match &cursor.place {
        Place::Command => Answer::Words(names::commands(&table, &here.config, &cursor.word)),
        Place::Option => Answer::Words(names::options(cursor.row, &cursor.word)),
        Place::Value(kinds) => here.of_kinds(kinds, &cursor, &table),
    };
    if here.is_elsewhere && found == Answer::ShellFiles {
        found = Answer::Words(Vec::new());
    }
    if let Answer::Words(words) | Answer::Paths(words) = &mut found {
        words.retain(|word| {
            let is_option = cursor.may_be_option && word.starts_with(b"-");
            // A line each.
            word.starts_with(&cursor.word) && !is_option && !word.contains(&b'\n')
        });
        words.sort_unstable();
        words.dedup();
        for word in words {
            word.splice(0..0, cursor.prefix.iter().copied());
        }
    }
    found
}

impl Here {
    /// Returns where a line runs, as the words before the one at the cursor say.
    fn of(before: &[OsString]) -> Result<Here> {
        let process = || Environment::of_process().map_err(crate::Error::unsupported);
        let hg = Real::find(before)
            .ok()
            .map(|real| real.path().to_path_buf());
        let environment = process()?.with_hg(hg);
        // The word at the cursor may be the value of the last one.
        let less = &before[..before.len().saturating_sub(1)];
        for words in [before, less] {
            let Ok((config, repository, cwd)) = settings::configured(words, environment.clone())
            else {
                continue;
            };
            return Ok(Here {
                is_elsewhere: cwd != environment.cwd(),
                config,
                repository,
                cwd,
            });
        }
        let early = options::early(before);
        let cwd = environment.cwd().to_path_buf();
        Ok(Here {
            is_elsewhere: early
                .iter()
                .any(|word| word.as_bytes().starts_with(b"--cwd")),
            config: Config::of_user(environment.clone()).unwrap_or(Config::empty(environment)),
            repository: None,
            cwd,
        })
    }

    fn of_kinds(&self, kinds: &[Kind], cursor: &Cursor<'_>, table: &Table) -> Answer {
        let word = &cursor.word[..];
        let mut words = Vec::new();
        for kind in kinds {
            match *kind {
                Kind::Directories => return Answer::ShellDirectories,
                Kind::Files => return Answer::ShellFiles,
                Kind::Paths(wanted) => {
                    return match files::find(self, wanted, word) {
                        Some(paths) => Answer::Paths(paths),
                        None => Answer::ShellFiles,
                    };
                }
                Kind::Repositories => {
                    let named = names::paths(&self.config);
                    if !named.iter().any(|name| name.starts_with(word)) {
                        return Answer::ShellFiles;
                    }
                    words.extend(named);
                }
                Kind::Nothing => {}
                Kind::List(name) => {
                    words.extend(table.list(name).map(|word| word.as_bytes().to_vec()));
                }
                Kind::Commands => words.extend(names::commands(table, &self.config, word)),
                Kind::PathNames => words.extend(names::paths(&self.config)),
                Kind::Items => words.extend(names::items(table, &self.config, word, b"")),
                Kind::Assignments => words.extend(names::items(table, &self.config, word, b"=")),
                Kind::Tools => words.extend(names::tools(&self.config)),
                Kind::Labels(labels) => {
                    words.extend(names::labels(self, labels, word).unwrap_or_default());
                }
                Kind::Shelves => words.extend(names::shelves(self).unwrap_or_default()),
                Kind::Patches => words.extend(names::patches(self).unwrap_or_default()),
            }
        }
        Answer::Words(words)
    }

    /// Returns the file's path as the system has it.
    fn in_dot_hg(&self, name: &str) -> Option<PathBuf> {
        Some(self.repository.as_ref()?.dot_hg().join(OsStr::new(name)))
    }
}
