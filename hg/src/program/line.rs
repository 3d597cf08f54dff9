// SPDX-License-Identifier: GPL-2.0-or-later

//! Command lines with what is configured of them: aliases, and words that a command always gets.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use super::options::{self, Options};
use crate::commands::{self, Command};
use crate::config::Config;
use crate::{Error, Result};

/// A command line.
pub(super) struct Line {
    /// The command.
    pub(super) command: &'static Command,
    /// Its name, or that of the alias that it is called by.
    pub(super) name: Vec<u8>,
    /// Whether its name is written out, also in an alias.
    pub(super) is_whole: bool,
    /// Its options and words.
    pub(super) options: Options,
}

/// Reads a command line, behind the name of the program.
///
/// # Errors
/// [`Error::Unsupported`].
pub(super) fn read(words: &[OsString], config: &Config) -> Result<Line> {
    let mut before = options::parse(words, &[options::GLOBAL], false)?;
    let mut rest = std::mem::take(&mut before.words).into_iter();
    let Some(word) = rest.next() else {
        if before.flag("version") {
            // Whatever is configured for a command of that name is for the command.
            return Ok(Line {
                command: commands::find(b"version")?,
                name: b"version".to_vec(),
                is_whole: true,
                options: before,
            });
        }
        return Err(Error::unsupported("no command"));
    };
    let mut given: Vec<OsString> = rest.collect();
    let mut called = word.as_bytes().to_vec();
    let mut name = called.clone();
    let aliases = config.items("alias");
    if let Some((_, alias)) = aliases.iter().find(|(name, _)| *name == called) {
        let mut meant = expanded(&called, &alias.value, given)?.into_iter();
        let target = meant.next().map(OsString::into_vec).unwrap_or_default();
        given = meant.collect();
        // An alias of the name of a command may stand for that.
        let is_own = target == called;
        name = target;
        if !is_own && aliases.iter().any(|(alias, _)| alias.starts_with(&name)) {
            return Err(Error::unsupported("an alias of an alias"));
        }
    } else {
        let is_meant = |alias: &[u8]| alias.starts_with(&called);
        let is_whole = commands::find(&called)
            .is_ok_and(|command| command.names.iter().any(|own| own.as_bytes() == called));
        if !is_whole && aliases.iter().any(|(alias, _)| is_meant(alias)) {
            return Err(Error::unsupported("the beginning of an alias"));
        }
    }
    let command = commands::find(&name)?;
    if !aliases.iter().any(|(alias, _)| *alias == called) {
        called = command.names[0].as_bytes().to_vec();
    }
    if let Some(always) = config.get("defaults", &String::from_utf8_lossy(&called)) {
        let always = split(always, "[defaults]")?;
        refuse_early(&always)?;
        given.splice(0..0, always);
    }
    let later = options::parse(&given, &[command.options, options::GLOBAL], true)?;
    let mut options = before;
    options.extend(later);
    // What was read before is to be what is meant now.
    let early = options::parse(&options::early(words), &[options::GLOBAL], true)?;
    for name in ["cwd", "repository", "config"] {
        if early.values(name) != options.values(name) {
            return Err(Error::unsupported(format!("--{name} where it is none")));
        }
    }
    Ok(Line {
        command,
        is_whole: command.names.iter().any(|own| own.as_bytes() == name),
        name: called,
        options,
    })
}

/// Returns the words that an alias stands for, with those that it is given.
fn expanded(name: &[u8], meaning: &[u8], given: Vec<OsString>) -> Result<Vec<OsString>> {
    let alias = format!("the alias {}", String::from_utf8_lossy(name));
    if meaning.starts_with(b"!") {
        return Err(Error::unsupported(format!("{alias}: of the shell")));
    }
    let meant = split(meaning, &alias)?;
    refuse_early(&meant)?;
    let mut is_used = vec![false; given.len()];
    let mut words = Vec::new();
    for word in meant {
        let mut made = Vec::new();
        let mut rest = word.as_bytes();
        while let Some(at) = memchr::memchr(b'$', rest) {
            made.extend_from_slice(&rest[..at]);
            rest = &rest[at + 1..];
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let number = std::str::from_utf8(&rest[..digits]).unwrap_or_default();
            let number = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            // Whatever is missing or is no number is Mercurial's.
            let is_clear = |&number: &usize| {
                let word = given.get(number);
                word.is_some_and(|word| !word.as_bytes().contains(&b'\''))
            };
            let which = number.filter(is_clear);
            let which = which.ok_or_else(|| Error::unsupported(format!("{alias}: its words")))?;
            is_used[which] = true;
            made.extend_from_slice(given[which].as_bytes());
            rest = &rest[digits..];
        }
        made.extend_from_slice(rest);
        words.push(OsString::from_vec(made));
    }
    let others = given.into_iter().zip(is_used);
    words.extend(others.filter(|(_, is_used)| !is_used).map(|(word, _)| word));
    Ok(words)
}

/// Splits a text into words as a shell does.
pub(super) fn split(text: &[u8], what: &str) -> Result<Vec<OsString>> {
    let unclear = || Error::unsupported(format!("{what}: its words"));
    // Python's shlex reads some of them in a way of its own.
    if memchr::memchr3(b'\\', b'#', b'~', text).is_some() {
        return Err(unclear());
    }
    let mut words = shlex::bytes::Shlex::new(text);
    let all: Vec<OsString> = words.by_ref().map(OsString::from_vec).collect();
    if words.had_error {
        return Err(unclear());
    }
    let is_variable = |word: &OsString| {
        let bytes = word.as_bytes();
        let mut pairs = bytes.windows(2);
        pairs.any(|pair| pair[0] == b'$' && !pair[1].is_ascii_digit())
    };
    if all.iter().any(is_variable) {
        return Err(unclear());
    }
    Ok(all)
}

/// Fails for options that Mercurial only takes from the command line itself.
fn refuse_early(words: &[OsString]) -> Result<()> {
    if options::early(words).is_empty() {
        return Ok(());
    }
    Err(Error::unsupported(
        "an alias or default with options for before",
    ))
}
