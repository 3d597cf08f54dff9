// SPDX-License-Identifier: GPL-2.0-or-later

//! Names that words may be: of commands, options, items, and in the history.

use vermilion_core::refs::View;
use vermilion_core::refs::shelves;
use vermilion_core::snapshot::Snapshot;

use super::Here;
use super::files::small;
use super::kind::Labels;
use super::table::{Row, Table};
use crate::config::Config;
use crate::encoding::Encoding;
use crate::program::options::{GLOBAL, Takes};

/// Returns the commands, of each the first name that begins so, and aliases.
pub(super) fn commands(table: &Table, config: &Config, word: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for row in &table.rows {
        let is = row.names.iter().find(|name| name.as_bytes() == word);
        let mut begin = row
            .names
            .iter()
            .filter(|name| name.as_bytes().starts_with(word));
        let name = is.or_else(|| begin.next());
        // Those that begin so are for other people.
        let name = name.filter(|name| !name.starts_with("debug"));
        found.extend(name.map(|name| name.as_bytes().to_vec()));
    }
    let aliases = config.items("alias").into_iter().map(|(name, _)| name);
    let aliases = aliases.filter(|name| !name.contains(&b':'));
    found.extend(aliases.map(<[u8]>::to_vec));
    found
}

/// Returns the options of a command, or of all, that a word may become.
pub(super) fn options(row: Option<&Row>, word: &[u8]) -> Vec<Vec<u8>> {
    let specs = row.map_or(GLOBAL, |row| &row.options);
    let is_withheld = |name| row.is_some_and(|row| row.withheld.contains(&name));
    let mut found = Vec::new();
    for &(letter, name, takes) in specs.iter().filter(|spec| !is_withheld(spec.1)) {
        found.push(format!("--{name}").into_bytes());
        if takes == Takes::Nothing && word.starts_with(b"--no-") {
            found.push(format!("--no-{name}").into_bytes());
        }
        if letter != ' ' && word == b"-" {
            found.push(format!("-{letter}").into_bytes());
        }
    }
    // Letters that are there may be all.
    if word.len() > 1 && !word.starts_with(b"--") {
        found.push(word.to_vec());
    }
    found
}

/// Returns the names of repositories.
pub(super) fn paths(config: &Config) -> Vec<Vec<u8>> {
    let names = config.items("paths").into_iter().map(|(name, _)| name);
    let names = names.filter(|name| !name.contains(&b':'));
    names.map(<[u8]>::to_vec).collect()
}

/// Returns the tools for merges that are configured.
pub(super) fn tools(config: &Config) -> Vec<Vec<u8>> {
    let items = config.items("merge-tools").into_iter();
    let names = items.filter_map(|(name, _)| name.split(|&byte| byte == b'.').next());
    names.map(<[u8]>::to_vec).collect()
}

/// Returns sections of the configuration with a dot, or where a word has one, their items with an end.
pub(super) fn items(table: &Table, config: &Config, word: &[u8], end: &[u8]) -> Vec<Vec<u8>> {
    let dotted = |section: &[u8]| [section, b"."].concat();
    let Some(dot) = memchr::memchr(b'.', word) else {
        let known = table
            .list("sections")
            .map(|section| dotted(section.as_bytes()));
        return config.sections().map(dotted).chain(known).collect();
    };
    let section = &word[..dot];
    let items = config.items(&String::from_utf8_lossy(section));
    let mut names: Vec<&[u8]> = items.iter().map(|(name, _)| *name).collect();
    if section == b"extensions" {
        names.extend(table.extensions().iter().map(|name| name.as_bytes()));
    }
    let whole = |name: &&[u8]| [section, b".", name, end].concat();
    names.iter().map(whole).collect()
}

/// Returns names in the history.
pub(super) fn labels(here: &Here, labels: Labels, word: &[u8]) -> Option<Vec<Vec<u8>>> {
    let snapshot = Snapshot::open(here.repository.as_ref()?, View::Visible).ok()?;
    let refs = snapshot.refs();
    let mut found = Vec::new();
    let mut closed = Vec::new();
    let has = |own| labels == own || labels == Labels::Revisions;
    if let Some(bookmarks) = refs.bookmarks().ok().filter(|_| has(Labels::Bookmarks)) {
        found.extend(bookmarks.iter().map(|(name, _)| name.to_vec()));
    }
    if let Some(tags) = has(Labels::Tags).then(|| refs.tags().ok()).flatten() {
        found.extend(tags.iter().map(|(name, ..)| name.to_vec()));
    }
    if let Some(branches) = has(Labels::Branches)
        .then(|| refs.branches().ok())
        .flatten()
    {
        for (name, heads) in branches.iter() {
            let list = if heads.is_closed() {
                &mut closed
            } else {
                &mut found
            };
            list.push(name.to_vec());
        }
    }
    if labels == Labels::Revisions {
        found.push(b"tip".to_vec());
    }
    let encoding = Encoding::of(&here.config);
    let shown = |names: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
        let names = names.iter().filter_map(|name| encoding.show(name).ok());
        names.map(std::borrow::Cow::into_owned).collect()
    };
    let (mut found, closed) = (shown(found), shown(closed));
    let begins = |name: &Vec<u8>| name.starts_with(word);
    if !found.iter().any(begins) {
        found.extend(closed);
    }
    if labels == Labels::Revisions && !found.iter().any(begins) {
        return Some(last_of_set(&found, word));
    }
    Some(found)
}

/// Returns words with the last name of a revision set completed.
fn last_of_set(names: &[Vec<u8>], word: &[u8]) -> Vec<Vec<u8>> {
    let is_sign = |byte: &u8| b":(,|&! ".contains(byte);
    let start = word.iter().rposition(is_sign).map_or(0, |at| at + 1);
    let (before, rest) = word.split_at(start);
    // Other names need quotes there.
    let is_plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"._/@$".contains(byte) || *byte > 127;
    let fits = |name: &&Vec<u8>| name.starts_with(rest) && name.iter().all(is_plain);
    let whole = |name: &Vec<u8>| [before, name].concat();
    names.iter().filter(fits).map(whole).collect()
}

/// Returns the names of what was shelved.
pub(super) fn shelves(here: &Here) -> Option<Vec<Vec<u8>>> {
    let found = shelves::shelves(&here.in_dot_hg("")?).ok()?;
    Some(found.into_iter().map(|shelf| shelf.name).collect())
}

/// Returns the patches of the extension mq.
pub(super) fn patches(here: &Here) -> Option<Vec<Vec<u8>>> {
    let series = small(&here.in_dot_hg("patches/series")?)?;
    let lines = series.split(|&byte| byte == b'\n');
    // Guards and comments are behind a name.
    let names = lines.filter_map(|line| line.split(|&byte| byte == b'#').next());
    let names = names
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty());
    Some(names.map(<[u8]>::to_vec).collect())
}
