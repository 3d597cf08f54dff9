// SPDX-License-Identifier: GPL-2.0-or-later

//! Command lines as Mercurial reads them: long options may be abbreviated, flags be negated.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use crate::{Error, Result};

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing; `--no-NAME` takes it back.
    Nothing,
    /// A value; the last one counts.
    Value,
    /// A value each time it is given; all count.
    Values,
}

/// An option: its letter, or a space if it has none, its name, and what it takes.
pub type Spec = (char, &'static str, Takes);

/// The options of every command.
pub const GLOBAL: &[Spec] = &[
    ('R', "repository", Takes::Value),
    (' ', "cwd", Takes::Value),
    ('y', "noninteractive", Takes::Nothing),
    ('q', "quiet", Takes::Nothing),
    ('v', "verbose", Takes::Nothing),
    (' ', "color", Takes::Value),
    (' ', "config", Takes::Values),
    (' ', "config-file", Takes::Values),
    (' ', "debug", Takes::Nothing),
    (' ', "debugger", Takes::Nothing),
    (' ', "encoding", Takes::Value),
    (' ', "encodingmode", Takes::Value),
    (' ', "traceback", Takes::Nothing),
    (' ', "time", Takes::Nothing),
    (' ', "profile", Takes::Nothing),
    (' ', "version", Takes::Nothing),
    ('h', "help", Takes::Nothing),
    (' ', "hidden", Takes::Nothing),
    (' ', "pager", Takes::Value),
];

/// Options that Mercurial looks for before it knows the command, and wants to be written out.
const EARLY: [&str; 5] = ["repository", "cwd", "config", "config-file", "debugger"];

/// The options that a command line gives, in its order, and the words that are none.
#[derive(Debug, Default)]
pub struct Options {
    given: Vec<(&'static str, Given)>,
    /// The words that are no options.
    pub words: Vec<OsString>,
}

#[derive(Debug)]
enum Given {
    Flag(bool),
    Value(OsString),
}

impl Options {
    /// Tells whether a flag is set.
    pub fn flag(&self, name: &str) -> bool {
        self.tri(name).unwrap_or(false)
    }

    /// Tells what a flag is set to, `None` where it is not mentioned.
    pub fn tri(&self, name: &str) -> Option<bool> {
        let last = self.given.iter().rev().find(|(given, _)| *given == name)?;
        match last.1 {
            Given::Flag(flag) => Some(flag),
            Given::Value(_) => None,
        }
    }

    /// Returns the value given last. An empty one is as none, as to Mercurial.
    pub fn value(&self, name: &str) -> Option<&OsStr> {
        self.values(name).pop().filter(|value| !value.is_empty())
    }

    /// Returns all values given.
    pub fn values(&self, name: &str) -> Vec<&OsStr> {
        let named = self.given.iter().filter(|(given, _)| *given == name);
        let values = named.filter_map(|(_, given)| match given {
            Given::Value(value) => Some(value.as_os_str()),
            Given::Flag(_) => None,
        });
        values.collect()
    }

    /// Returns the names of the options given.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.given.iter().map(|(name, _)| *name)
    }

    /// Appends what was given later.
    pub fn extend(&mut self, later: Options) {
        self.given.extend(later.given);
        self.words.extend(later.words);
    }
}

/// Reads a command line.
///
/// With `whole`, options and words may be mixed; else the first word ends the options, and all
/// from there on are words.
///
/// # Errors
/// [`Error::Unsupported`] for whatever Mercurial would complain of: it has the words for it.
pub fn parse(words: &[OsString], specs: &[&[Spec]], whole: bool) -> Result<Options> {
    let known = Known(specs);
    let mut options = Options::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            break;
        }
        if let Some(long) = bytes.strip_prefix(b"--") {
            let (name, value) = known.long(long)?;
            let given = match value {
                Value::Flag(flag) => Given::Flag(flag),
                Value::Attached(value) => Given::Value(OsString::from_vec(value.to_vec())),
                Value::Next => Given::Value(next(&mut rest, word)?),
            };
            options.given.push((name, given));
        } else if bytes.len() > 1 && bytes[0] == b'-' {
            known.short(&bytes[1..], &mut rest, word, &mut options)?;
        } else {
            options.words.push(word.clone());
            if !whole {
                break;
            }
        }
    }
    options.words.extend(rest.cloned());
    Ok(options)
}

fn next<'w>(rest: &mut impl Iterator<Item = &'w OsString>, word: &OsStr) -> Result<OsString> {
    let missing = || Error::unsupported(format!("{}: a value is missing", word.display()));
    rest.next().cloned().ok_or_else(missing)
}

enum Value<'w> {
    Flag(bool),
    Attached(&'w [u8]),
    Next,
}

struct Known<'s>(&'s [&'s [Spec]]);

impl Known<'_> {
    fn all(&self) -> impl Iterator<Item = &Spec> {
        self.0.iter().copied().flatten()
    }

    /// Returns an option by its name or the beginning of that.
    fn long<'w>(&self, word: &'w [u8]) -> Result<(&'static str, Value<'w>)> {
        let equals = word.iter().position(|&byte| byte == b'=');
        let (prefix, value) = (
            &word[..equals.unwrap_or(word.len())],
            equals.map(|at| &word[at + 1..]),
        );
        let wrong = || Error::unsupported(format!("--{}", String::from_utf8_lossy(prefix)));
        let mut meant = Vec::new();
        for &(_, name, takes) in self.all() {
            for (spelled, flag) in spellings(name, takes == Takes::Nothing) {
                // The name of another option takes none back.
                if spelled != name && self.all().any(|(_, other, _)| spelled == *other) {
                    continue;
                }
                if spelled.as_bytes() == prefix {
                    return finish((name, takes, flag), true, value).ok_or_else(wrong);
                }
                if spelled.as_bytes().starts_with(prefix) {
                    meant.push((name, takes, flag));
                }
            }
        }
        match meant[..] {
            [found] => finish(found, prefix == b"repo", value).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// Reads letters in one word, the last of which may take a value.
    fn short<'w>(
        &self,
        letters: &[u8],
        rest: &mut impl Iterator<Item = &'w OsString>,
        word: &OsStr,
        options: &mut Options,
    ) -> Result<()> {
        for (at, &letter) in letters.iter().enumerate() {
            let spec = self
                .all()
                .find(|spec| spec.0 != ' ' && spec.0 == char::from(letter));
            let &(_, name, takes) = spec.ok_or_else(|| Error::unsupported(word.display()))?;
            if takes == Takes::Nothing {
                options.given.push((name, Given::Flag(true)));
                continue;
            }
            if at > 0 && EARLY.contains(&name) {
                return Err(Error::unsupported(format!(
                    "{}: not in one word",
                    word.display()
                )));
            }
            let attached = &letters[at + 1..];
            let value = if attached.is_empty() {
                next(rest, word)?
            } else {
                OsString::from_vec(attached.to_vec())
            };
            options.given.push((name, Given::Value(value)));
            break;
        }
        Ok(())
    }
}

/// Returns how a name may be written, and what that sets the flag to.
fn spellings(name: &'static str, is_flag: bool) -> impl Iterator<Item = (String, bool)> {
    let negated = is_flag.then(|| match name.strip_prefix("no-") {
        Some(positive) => (positive.to_string(), false),
        None => (format!("no-{name}"), false),
    });
    [(name.to_string(), true)].into_iter().chain(negated)
}

/// Returns what an option gets, if it may be written so.
fn finish<'w>(
    (name, takes, flag): (&'static str, Takes, bool),
    is_whole: bool,
    value: Option<&'w [u8]>,
) -> Option<(&'static str, Value<'w>)> {
    if !is_whole && EARLY.contains(&name) {
        return None;
    }
    match (takes, value) {
        (Takes::Nothing, None) => Some((name, Value::Flag(flag))),
        (Takes::Nothing, Some(_)) => None,
        (_, Some(value)) => Some((name, Value::Attached(value))),
        (_, None) => Some((name, Value::Next)),
    }
}

/// Returns the options that Mercurial reads before it knows the command, of whatever command.
pub fn early(words: &[OsString]) -> Vec<OsString> {
    // What stands behind the name, or in the next word.
    const VALUES: [&str; 5] = [
        "--config",
        "--config-file",
        "--cwd",
        "--repository",
        "--repo",
    ];
    let mut early = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            break;
        }
        let is_alone = VALUES.iter().any(|name| word == *name) || bytes == b"-R";
        let is_joined = VALUES
            .iter()
            .any(|name| bytes.starts_with(format!("{name}=").as_bytes()))
            || bytes.starts_with(b"-R") && bytes.len() > 2;
        if is_alone {
            early.push(word.clone());
            early.extend(rest.next().cloned());
        } else if is_joined || bytes == b"--traceback" {
            early.push(word.clone());
        }
    }
    early
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[Spec] = &[
        ('n', "number", Takes::Nothing),
        (' ', "no-status", Takes::Nothing),
        ('r', "rev", Takes::Values),
        (' ', "reverse", Takes::Nothing),
        (' ', "copies", Takes::Nothing),
        (' ', "no-copies", Takes::Nothing),
    ];

    fn parsed(line: &str) -> Result<Options> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse(&words, &[OWN, GLOBAL], true)
    }

    #[test]
    fn words_and_options_may_be_mixed() {
        let options = parsed("a -nr 1 b --rev=2 --num -r3 -- -n").expect("right");
        assert!(options.flag("number"));
        assert_eq!(options.values("rev"), ["1", "2", "3"]);
        assert_eq!(options.words, ["a", "b", "-n"]);
    }

    #[test]
    fn flags_are_negated() {
        assert_eq!(
            parsed("--no-number").expect("right").tri("number"),
            Some(false)
        );
        assert_eq!(
            parsed("--status").expect("right").tri("no-status"),
            Some(false)
        );
        assert_eq!(parsed("-n").expect("right").tri("quiet"), None);
        let own = parsed("--no-copies").expect("right");
        assert_eq!(
            (own.tri("no-copies"), own.tri("copies")),
            (Some(true), None)
        );
    }

    #[test]
    fn what_is_not_clear_is_left() {
        for line in [
            "--re 1",
            "--nothing",
            "-r",
            "--number=1",
            "--conf a.b=c",
            "-nR x",
            "-x",
            "--cw /",
            "--r 1",
        ] {
            assert!(matches!(parsed(line), Err(Error::Unsupported(_))), "{line}");
        }
        assert_eq!(parsed("--rev 1").expect("exact").values("rev"), ["1"]);
        assert_eq!(
            parsed("--repo x").expect("allowed").value("repository"),
            Some(OsStr::new("x"))
        );
    }
}
