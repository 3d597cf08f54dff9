// SPDX-License-Identifier: GPL-2.0-or-later

//! The place of a word on a line: whether it is a command, an option, a value or an argument.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

use super::alias::{give, meaning};
use super::kind::Kind;
use super::table::{Row, Table};
use crate::config::Config;
use crate::program::options::{GLOBAL, Spec, Takes};

/// The place of the word at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The name of a command.
    Command,
    /// An option.
    Option,
    /// An argument, or what an option takes.
    Value(Vec<Kind>),
}

/// The word at the cursor.
pub(super) struct Cursor<'t> {
    /// The command of the line, if it has one already.
    pub(super) row: Option<&'t Row>,
    /// Where it is.
    pub(super) place: Place,
    /// An option that is in the same word, with `=`.
    pub(super) prefix: Vec<u8>,
    /// The word behind that.
    pub(super) word: Vec<u8>,
    /// Whether it would be an option if it began with a dash.
    pub(super) may_be_option: bool,
}

/// The words before the one at the cursor.
#[derive(Default)]
struct Before {
    options: Vec<&'static str>,
    /// The number of words that are no options.
    count: usize,
    /// The option that takes the next word.
    awaiting: Option<&'static str>,
    /// Whether no options may come any more.
    is_ended: bool,
}

impl<'t> Cursor<'t> {
    /// Finds the place of a word behind some others.
    pub(super) fn of(
        before: &[OsString],
        word: &[u8],
        table: &'t Table,
        config: &Config,
    ) -> Cursor<'t> {
        let (mut read, at) = Before::read(before, GLOBAL, false);
        let mut cursor = Cursor {
            row: None,
            place: Place::Command,
            prefix: Vec::new(),
            word: word.to_vec(),
            may_be_option: false,
        };
        if let Some(at) = at {
            let Some((row, mut words)) = meaning(before[at].as_bytes(), table, config) else {
                // A command of the shell, or one that is not known.
                cursor.place = Place::Value(vec![Kind::Files]);
                return cursor;
            };
            give(&mut words, &before[at + 1..]);
            let options = read.options;
            (read, _) = Before::read(&words, &row.options, true);
            read.options.extend(options);
            cursor.row = Some(row);
        }
        cursor.find(&read, table);
        cursor
    }

    fn find(&mut self, read: &Before, table: &Table) {
        let specs = self.row.map_or(GLOBAL, |row| &row.options);
        let command = self.row.map(|row| row.names[0]);
        let takes = |option| Place::Value(Kind::all(table.value(command, option)));
        if let Some(option) = read.awaiting {
            self.place = takes(option);
            return;
        }
        if self.word.starts_with(b"-") && !read.is_ended {
            self.place = Place::Option;
            let (option, len) = if self.word.starts_with(b"--") {
                let equals = memchr::memchr(b'=', &self.word);
                let name = &self.word[2..equals.unwrap_or(self.word.len())];
                (long(specs, name), equals.map(|at| at + 1))
            } else {
                let (options, len) = short(specs, &self.word[1..]);
                let last = options.last().copied();
                (
                    last,
                    len.filter(|&len| len < self.word.len() - 1)
                        .map(|len| len + 1),
                )
            };
            if let Some(len) = len {
                let value = option.filter(|option| option.2 != Takes::Nothing);
                self.place = value.map_or(Place::Value(Vec::new()), |option| takes(option.1));
                self.prefix = self.word.drain(..len).collect();
            }
            return;
        }
        self.may_be_option = !read.is_ended;
        let Some(row) = self.row else {
            return;
        };
        let given = |names: &str| {
            let mut names = names.split(',');
            names.any(|name| read.options.contains(&name))
        };
        let always: Vec<_> = row
            .arguments
            .iter()
            .filter(|kind| !kind.contains('?'))
            .collect();
        let instead = row.arguments.iter().find_map(|argument| {
            let (names, kinds) = argument.split_once('?')?;
            given(names).then_some(kinds)
        });
        let here = instead.unwrap_or(always[read.count.min(always.len() - 1)]);
        self.place = Place::Value(Kind::all(here));
    }
}

impl Before {
    /// Reads words, and where the first one is that is no option. Without `whole`, it ends them.
    fn read(words: &[OsString], specs: &[Spec], whole: bool) -> (Before, Option<usize>) {
        let mut before = Before::default();
        let mut first = None;
        for (at, word) in words.iter().enumerate() {
            let word = word.as_bytes();
            if before.awaiting.take().is_some() {
                continue;
            }
            if before.is_ended || !word.starts_with(b"-") || word == b"-" {
                before.count += 1;
                first = first.or(Some(at));
                if !whole {
                    break;
                }
            } else if word == b"--" {
                before.is_ended = true;
            } else if let Some(name) = word.strip_prefix(b"--") {
                let equals = memchr::memchr(b'=', name);
                let option = long(specs, &name[..equals.unwrap_or(name.len())]);
                let Some(&(_, name, takes)) = option else {
                    continue;
                };
                before.options.push(name);
                before.awaiting = (takes != Takes::Nothing && equals.is_none()).then_some(name);
            } else {
                let (options, value) = short(specs, &word[1..]);
                before.options.extend(options.iter().map(|option| option.1));
                let is_last = value == Some(word.len() - 1);
                before.awaiting = options.last().filter(|_| is_last).map(|option| option.1);
            }
        }
        (before, first)
    }
}

/// Returns an option by its name or the beginning of that.
fn long<'s>(specs: &'s [Spec], name: &[u8]) -> Option<&'s Spec> {
    let exact = specs.iter().find(|spec| spec.1.as_bytes() == name);
    exact.or_else(|| {
        let mut meant = specs
            .iter()
            .filter(|spec| spec.1.as_bytes().starts_with(name));
        meant.next().filter(|_| meant.next().is_none())
    })
}

/// Returns options in one word, and where the value of the last one begins, if it takes one.
fn short<'s>(specs: &'s [Spec], letters: &[u8]) -> (Vec<&'s Spec>, Option<usize>) {
    let mut options = Vec::new();
    for (at, &letter) in letters.iter().enumerate() {
        let mut known = specs.iter().filter(|spec| spec.0 != ' ');
        let Some(spec) = known.find(|spec| spec.0 == char::from(letter)) else {
            break;
        };
        options.push(spec);
        if spec.2 != Takes::Nothing {
            return (options, Some(at + 1));
        }
    }
    (options, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn options_are_read_however_they_are_written() {
        let specs = &[
            ('r', "rev", Takes::Values),
            ('n', "number", Takes::Nothing),
            (' ', "reverse", Takes::Nothing),
        ];
        for (line, options, count, awaiting) in [
            ("-nr 1 a", "rev number", 1, None),
            ("--rev=1 --num --nothing a b", "rev number", 2, None),
            ("a -nr", "rev number", 1, Some("rev")),
            ("-- -n --rev", "", 2, None),
            ("--re 1", "", 1, None),
            ("--rev -n", "rev", 0, None),
            ("- -x", "", 1, None),
        ] {
            let (read, _) = Before::read(&words(line), specs, true);
            let mut found = read.options.clone();
            found.sort_unstable();
            let mut expected: Vec<&str> = options.split_whitespace().collect();
            expected.sort_unstable();
            assert_eq!((found, read.count), (expected, count), "{line}");
            assert_eq!(read.awaiting, awaiting, "{line}");
        }
        let (read, first) = Before::read(&words("-n a --rev"), specs, false);
        assert_eq!((read.count, first, read.awaiting), (1, Some(1), None));
    }
}
