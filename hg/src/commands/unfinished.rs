// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg resolve --list` and `hg shelve --list` where there is nothing to list.

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE};
use crate::program::invocation::Invocation;
use crate::{Error, Result};

pub(super) const RESOLVE: Command = Command {
    names: &["resolve"],
    options: &[
        ('a', "all", FLAG),
        ('l', "list", FLAG),
        ('m', "mark", FLAG),
        ('u', "unmark", FLAG),
        ('n', "no-status", FLAG),
        (' ', "re-merge", FLAG),
        ('t', "tool", VALUE),
        INCLUDE,
        EXCLUDE,
        TEMPLATE,
    ],
    is_paged: true,
    is_wordless: false,
    run: resolve,
};

pub(super) const SHELVE: Command = Command {
    names: &["shelve"],
    options: &[
        ('A', "addremove", FLAG),
        ('u', "unknown", FLAG),
        (' ', "cleanup", FLAG),
        (' ', "date", VALUE),
        ('d', "delete", FLAG),
        ('e', "edit", FLAG),
        ('k', "keep", FLAG),
        ('l', "list", FLAG),
        ('m', "message", VALUE),
        ('n', "name", VALUE),
        ('p', "patch", FLAG),
        ('i', "interactive", FLAG),
        (' ', "stat", FLAG),
        INCLUDE,
        EXCLUDE,
    ],
    is_paged: true,
    is_wordless: false,
    run: shelve,
};

fn resolve(hg: &mut Invocation) -> Result<u8> {
    let others = ["all", "mark", "unmark", "re-merge", "tool", "template"];
    hg.refuse(&others)?;
    nothing(hg, "merge")?;
    // Patterns that are wrong are wrong all the same.
    hg.chosen()?;
    Ok(0)
}

fn shelve(hg: &mut Invocation) -> Result<u8> {
    let others = [
        "addremove",
        "unknown",
        "cleanup",
        "date",
        "delete",
        "edit",
        "keep",
        "message",
        "name",
        "patch",
        "interactive",
        "stat",
        "include",
        "exclude",
    ];
    hg.refuse(&others)?;
    hg.refuse_words()?;
    nothing(hg, "shelved")?;
    Ok(0)
}

/// Fails where there is something to list, or something else to do than to list.
fn nothing(hg: &Invocation, directory: &str) -> Result<()> {
    if !hg.options.flag("list") {
        return Err(Error::unsupported(format!("a {directory} to work on")));
    }
    if hg.repository()?.dot_hg().join(directory).exists() {
        return Err(Error::unsupported(format!("a {directory} with files")));
    }
    Ok(())
}

/// Files in `.hg` of operations that are not finished.
const STATES: [&str; 8] = [
    "bisect.state",
    "graftstate",
    "histedit-state",
    "merge",
    "rebasestate",
    "shelvedstate",
    "transplant/journal",
    "updatestate",
];

/// Tells whether an operation is not finished, of which there is more to say.
///
/// # Errors
/// Those of reading the working copy's parents.
pub(super) fn is_anything(hg: &Invocation) -> Result<bool> {
    let repository = hg.repository()?;
    let dot_hg = repository.dot_hg();
    if STATES.iter().any(|name| dot_hg.join(name).exists()) {
        return Ok(true);
    }
    Ok(!repository.working_copy()?.parents()?[1].is_null())
}
