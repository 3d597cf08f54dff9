// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg config`: what is configured.

use super::paths::is_plain;
use super::{Command, FLAG, TEMPLATE};
use crate::program::invocation::Invocation;
use crate::template::{Field, Fields};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["config", "showconfig", "debugconfig"],
    options: &[
        ('u', "untrusted", FLAG),
        (' ', "exp-all-known", FLAG),
        ('e', "edit", FLAG),
        ('l', "local", FLAG),
        (' ', "source", FLAG),
        (' ', "shared", FLAG),
        (' ', "non-shared", FLAG),
        ('g', "global", FLAG),
        TEMPLATE,
    ],
    is_paged: true,
    is_wordless: true,
    run,
};

/// Sections that are also in files of Mercurial's own, or are set by it and its extensions.
const NOT_HERE: [&str; 6] = [
    "bundle",
    "color",
    "commands",
    "defaults",
    "extensions",
    "merge-tools",
];

/// Items of `[ui]`, or all, that options, a pager or the environment may set.
const OF_OPTIONS: [&str; 9] = [
    "",
    "color",
    "debug",
    "editor",
    "formatted",
    "interactive",
    "quiet",
    "traceback",
    "verbose",
];

fn run(hg: &mut Invocation) -> Result<u8> {
    if hg.has_lfs() {
        return Err(Error::unsupported("config, which lfs sets some of"));
    }
    let is_own = |name: &&str| *name != "template" && COMMAND.options.iter().any(|o| o.1 == *name);
    if let Some(name) = hg.options.names().find(is_own) {
        return Err(Error::unsupported(format!("config --{name}")));
    }
    let mut words = Vec::new();
    for word in &hg.options.words {
        let word = word.to_str();
        let word = word.ok_or_else(|| Error::unsupported("config of bytes"))?;
        let (section, name) = word.split_once('.').unwrap_or((word, ""));
        let is_set_by_options = section == "ui" && OF_OPTIONS.contains(&name);
        if NOT_HERE.contains(&section) || name.contains('.') || is_set_by_options || hg.is_verbose()
        {
            return Err(Error::unsupported(format!("config {word}")));
        }
        words.push(word.to_string());
    }
    if words.is_empty() {
        return Err(Error::unsupported("config of everything"));
    }
    let found = found(hg, &words)?;
    let is_only_value = words.len() == 1 && words[0].contains('.');
    if let Some(mut formatter) = hg.formatter("config", &["name", "value"])? {
        let names = ["source", "defaultvalue"];
        if formatter.is_json() || names.iter().any(|name| formatter.asks_for(name)) {
            return Err(Error::unsupported("what an item is by itself"));
        }
        for (name, value) in &found {
            let item = Fields::new().with("name", Field::text(&name[..]));
            formatter.add(item.with("value", Field::text(&value[..])));
        }
        formatter.print(hg)?;
    } else {
        for (name, value) in &found {
            // In one line.
            let value = value.split(|&byte| byte == b'\n').collect::<Vec<_>>();
            let value = value.join(&b"\\n"[..]);
            hg.out.line(if is_only_value {
                value
            } else {
                [&name[..], b"=", &value].concat()
            });
        }
    }
    Ok(u8::from(found.is_empty()))
}

/// Returns the items that are named, or in sections that are, with their values.
fn found(hg: &Invocation, words: &[String]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut found = Vec::new();
    for section in hg.config.sections() {
        let shown = String::from_utf8_lossy(section);
        let is_whole = words.iter().any(|word| *word == shown);
        for (name, item) in hg.config.items(&shown) {
            let whole = [section, b".", name].concat();
            if !is_whole && !words.iter().any(|word| word.as_bytes() == whole) {
                continue;
            }
            if section == b"paths" && !is_plain(name, &item.value) {
                return Err(Error::unsupported("config of a path with more to it"));
            }
            found.push((whole, item.value.clone()));
        }
    }
    Ok(found)
}
