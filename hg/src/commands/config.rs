// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg config`: what is configured.

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

/// Answers for one item. What is asked of a section may also be in files of Mercurial's own, or be
/// what its extensions set.
fn run(hg: &mut Invocation) -> Result<u8> {
    let names: Vec<_> = hg
        .options
        .names()
        .filter(|name| *name != "template" && COMMAND.options.iter().any(|o| o.1 == *name))
        .collect();
    if !names.is_empty() {
        return Err(Error::unsupported(format!("config --{}", names[0])));
    }
    let [word] = &hg.options.words[..] else {
        return Err(Error::unsupported("config of more than one item"));
    };
    let word = word.clone();
    let word = word
        .to_str()
        .ok_or_else(|| Error::unsupported("config of bytes"))?;
    let (section, name) = word
        .split_once('.')
        .ok_or_else(|| Error::unsupported("config of a section"))?;
    // Extensions say there what they are; colours and merge tools are also Mercurial's own.
    let is_own = matches!(
        section,
        "merge-tools" | "color" | "extensions" | "bundle" | "commands" | "defaults"
    );
    if is_own || name.contains('.') || hg.is_verbose() || section == "ui" && name == "editor" {
        return Err(Error::unsupported(format!("config {word}")));
    }
    let Some(value) = hg.config.get(section, name).map(<[u8]>::to_vec) else {
        // It may be called otherwise today, or have a value by itself.
        return Err(Error::unsupported(format!(
            "config {word}, which is not set"
        )));
    };
    if section == "paths" || value.contains(&b'\n') {
        return Err(Error::unsupported(format!("config {word}")));
    }
    if let Some(mut formatter) = hg.formatter("config", &["name", "value"])? {
        let names = ["source", "defaultvalue"];
        if formatter.is_json() || names.iter().any(|name| formatter.asks_for(name)) {
            return Err(Error::unsupported("what an item is by itself"));
        }
        let item = Fields::new().with("name", Field::text(word));
        formatter.add(item.with("value", Field::text(value)));
        return formatter.print(hg).map(|()| 0);
    }
    hg.out.line(value);
    Ok(0)
}
