// SPDX-License-Identifier: GPL-2.0-or-later

//! Aliases of commands, with words that are not all there yet.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::table::{Row, Table};
use crate::config::Config;
use crate::program::line;

/// Returns the command that a name stands for, with the words that an alias has for it.
pub(super) fn meaning<'t>(
    name: &[u8],
    table: &'t Table,
    config: &Config,
) -> Option<(&'t Row, Vec<OsString>)> {
    let aliases = config.items("alias");
    let mut name = name.to_vec();
    let mut words: Vec<OsString> = Vec::new();
    let mut used: Vec<Vec<u8>> = Vec::new();
    loop {
        let alias = aliases.iter().find(|(own, _)| *own == name);
        // An alias of the name of a command may stand for that.
        if let Some((_, alias)) = alias.filter(|_| !used.contains(&name)) {
            used.push(name);
            if alias.value.starts_with(b"!") {
                return None;
            }
            let mut meant = split(&alias.value).into_iter();
            name = meant.next()?.into_vec();
            words.splice(0..0, meant);
            continue;
        }
        let is = |row: &&Row| row.names.iter().any(|own| own.as_bytes() == name);
        if let Some(row) = table.rows.iter().find(is) {
            return Some((row, words));
        }
        let begins = |own: &[u8]| own.starts_with(&name);
        let mut rows = table
            .rows
            .iter()
            .filter(|row| row.names.iter().any(|own| begins(own.as_bytes())));
        let longer = aliases.iter().map(|(own, _)| *own);
        let is_new = |own: &[u8]| used.iter().all(|used| used != own);
        let mut longer = longer.filter(|own| begins(own) && is_new(own) && !own.contains(&b':'));
        match (rows.next(), rows.next(), longer.next(), longer.next()) {
            (Some(row), None, None, _) => return Some((row, words)),
            (None, _, Some(alias), None) => name = alias.to_vec(),
            _ => return None,
        }
    }
}

/// Puts the words behind an alias to those that it stands for, in place of `$1` and so on. Where the
/// next one belongs to such a place, those before it remain.
pub(super) fn give(words: &mut Vec<OsString>, given: &[OsString]) {
    let mut is_used = vec![false; given.len()];
    for at in 0..words.len() {
        let number = words[at].to_str().and_then(|word| word.strip_prefix('$'));
        let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) else {
            continue;
        };
        if number == given.len() + 1 {
            words.truncate(at);
            return;
        }
        if let Some(word) = given.get(number.wrapping_sub(1)) {
            words[at].clone_from(word);
            is_used[number - 1] = true;
        }
    }
    let others = given.iter().zip(is_used);
    words.extend(
        others
            .filter(|(_, is_used)| !is_used)
            .map(|(word, _)| word.clone()),
    );
}

/// Returns the words of an alias.
fn split(text: &[u8]) -> Vec<OsString> {
    line::split(text, "").unwrap_or_else(|_| {
        let words = text.split(u8::is_ascii_whitespace);
        let words = words.filter(|word| !word.is_empty());
        words
            .map(|word| OsString::from_vec(word.to_vec()))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn aliases_get_their_words() {
        for (alias, given, made) in [
            ("-w", "a", "-w a"),
            ("-r $1 -T x", "", "-r"),
            ("-r $1 -T x", "2 a", "-r 2 -T x a"),
            ("$2 $1", "a", ""),
            ("$2 $1", "a b c", "b a c"),
            ("$0 $9", "a", "$0 $9 a"),
        ] {
            let mut meant = words(alias);
            give(&mut meant, &words(given));
            assert_eq!(meant, words(made), "{alias}: {given}");
        }
    }
}
