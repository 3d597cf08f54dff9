// SPDX-License-Identifier: GPL-2.0-or-later

//! Aliases that a shell runs: `[alias] NAME = !COMMAND`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use super::colors::Colors;
use super::settings::Configured;
use super::{GIVEN_UP, allowed, interrupt, options};
use crate::{Error, Result};

/// A command for a shell, and what it finds in its environment.
pub(super) struct ShellAlias {
    shell: Command,
    colors: Colors,
}

impl ShellAlias {
    /// Returns the alias that a command line calls, if it is one of the shell.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where it is left to Mercurial; those of reading the configuration.
    pub(super) fn of(words: &[OsString], configured: &Configured) -> Result<Option<ShellAlias>> {
        let (config, repository, cwd) = configured;
        let before = options::parse(words, &[options::GLOBAL], false)?;
        let Some((name, given)) = before.words.split_first() else {
            return Ok(None);
        };
        let aliases = config.items("alias");
        let named = |(alias, _): &&(&[u8], _)| *alias == name.as_bytes();
        let meaning = aliases.iter().find(named).map(|(_, item)| &item.value[..]);
        let Some(meaning) = meaning.and_then(|meaning| meaning.strip_prefix(b"!")) else {
            return Ok(None);
        };
        if before.names().any(|option| !HARMLESS.contains(&option)) {
            return Err(Error::unsupported("an alias of the shell with options"));
        }
        // Mercurial takes them for its own, wherever they stand.
        if !options::early(given).is_empty() {
            return Err(Error::unsupported(
                "an alias of the shell with early options",
            ));
        }
        allowed::configuration(config, repository.as_ref())?;
        allowed::hooks(config, &[name.as_bytes()])?;
        let given: Vec<&[u8]> = given.iter().map(|word| word.as_bytes()).collect();
        let command = expanded(name.as_bytes(), &given, meaning);
        let mut shell = Command::new("/bin/sh");
        shell
            .arg("-c")
            .arg(OsStr::from_bytes(&command))
            .current_dir(cwd);
        let arguments = [&[name.as_bytes()], &given[..]].concat().join(&b' ');
        shell.env("HG_ARGS", OsStr::from_bytes(&arguments));
        let environment = config.environment();
        if let (None, Some(hg)) = (environment.var("HG"), environment.hg()) {
            shell.env("HG", hg);
        }
        let colors = Colors::of(config, &before, false)?;
        Ok(Some(ShellAlias { shell, colors }))
    }

    /// Runs it; returns its exit status.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where there is no shell.
    pub(super) fn run(mut self) -> Result<u8> {
        // The shell gets those of a terminal, too.
        let _ = interrupt::watch(&self.colors);
        interrupt::note();
        let status = self.shell.status().map_err(Error::unsupported)?;
        if interrupt::has_come() {
            self.colors.complain(interrupt::WORDS);
            return Ok(GIVEN_UP);
        }
        let status = status
            .code()
            .or_else(|| status.signal().map(|signal| -signal));
        Ok((status.unwrap_or_default() & 0xff) as u8)
    }
}

/// Options for before the name that are of no importance to a shell.
const HARMLESS: [&str; 8] = [
    "color",
    "config",
    "cwd",
    "hidden",
    "noninteractive",
    "quiet",
    "repository",
    "verbose",
];

/// Returns the command with the words that the alias is given.
fn expanded(name: &[u8], given: &[&[u8]], meaning: &[u8]) -> Vec<u8> {
    // First, those that there are not are left out.
    let mut checked = Vec::with_capacity(meaning.len());
    let mut rest = meaning;
    while let Some(at) = memchr::memchr(b'$', rest) {
        checked.extend_from_slice(&rest[..at]);
        let behind = &rest[at + 1..];
        let digits = behind.iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.count();
        let (taken, is_kept) = if behind.first() == Some(&b'$') {
            (1, true)
        } else if length > 0 {
            let number = std::str::from_utf8(&behind[..length]).unwrap_or_default();
            let number = number.parse::<usize>();
            (length, number.is_ok_and(|number| number <= given.len()))
        } else {
            (0, true)
        };
        if is_kept {
            checked.extend_from_slice(&rest[at..=at + taken]);
        }
        rest = &behind[taken..];
    }
    checked.extend_from_slice(rest);

    let mut made = Vec::with_capacity(checked.len());
    let mut rest = &checked[..];
    while let Some(&byte) = rest.first() {
        if let Some(behind) = rest.strip_prefix(b"\"$@\"") {
            let quoted: Vec<Vec<u8>> = given.iter().map(|word| quoted(word)).collect();
            made.extend_from_slice(&quoted.join(&b' '));
            rest = behind;
            continue;
        }
        let Some(behind) = rest.strip_prefix(b"$") else {
            made.push(byte);
            rest = &rest[1..];
            continue;
        };
        // The first number that fits, as $1 in $12.
        let number = (1..=given.len()).find_map(|number| {
            let behind = behind.strip_prefix(number.to_string().as_bytes())?;
            Some((given[number - 1], behind))
        });
        let all = given.join(&b' ');
        let meant = number.or_else(|| match behind.split_first()? {
            (b'0', behind) => Some((name, behind)),
            (b'$', behind) => Some((b"$", behind)),
            (b'@', behind) => Some((&all, behind)),
            _ => None,
        });
        let (text, behind) = meant.unwrap_or((b"$", behind));
        made.extend_from_slice(text);
        rest = behind;
    }
    made
}

/// Returns a word as a shell reads it.
fn quoted(word: &[u8]) -> Vec<u8> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._/+-".contains(byte);
    if word.is_empty() || !word.iter().all(is_plain) {
        let parts: Vec<&[u8]> = word.split(|&byte| byte == b'\'').collect();
        return [b"'", &parts.join(&b"'\\''"[..])[..], b"'"].concat();
    }
    word.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_put_in() {
        for (meaning, given, command) in [
            ("echo $1", &["a b"][..], "echo a b"),
            ("echo $1 $2 $$ $0 $x", &["a"], "echo a  $ name $x"),
            (
                "echo \"$@\" $@",
                &["a b", "", "it's"],
                "echo 'a b' '' 'it'\\''s' a b  it's",
            ),
            ("echo $12", &["a"], "echo "),
            ("$", &[], "$"),
        ] {
            let given: Vec<&[u8]> = given.iter().map(|word| word.as_bytes()).collect();
            let made = expanded(b"name", &given, meaning.as_bytes());
            assert_eq!(String::from_utf8_lossy(&made), command);
        }
    }
}
