// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg resolve --list` and `hg shelve --list`: what is not finished.

use std::ffi::OsString;

use vermilion_core::changelog::Changelog;
use vermilion_core::refs::merge_state::Conflict;
use vermilion_core::refs::shelves::{Shelf, shelves};

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE};
use crate::program::invocation::Invocation;
use crate::template::{Field, Fields, short_age};
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
    hg.refuse(&["all", "mark", "unmark", "re-merge", "tool"])?;
    if !hg.options.flag("list") {
        return Err(Error::unsupported("files to resolve"));
    }
    let chosen = hg.chosen()?;
    let snapshot = hg.snapshot()?;
    let state = snapshot.refs().merge_state();
    if state.is_odd {
        return Err(Error::unsupported("a merge of another kind"));
    }
    let mut formatter = hg.formatter("resolve", &["mergestatus", "path"])?;
    let with_letters = !hg.options.flag("no-status");
    let paths = hg.shown_paths(false)?;
    for (path, conflict) in &state.files {
        if !chosen.has(path) {
            continue;
        }
        let (label, letter) = match conflict {
            Conflict::Unresolved => ("resolve.unresolved", b'U'),
            Conflict::UnresolvedPath => ("resolve.unresolved", b'P'),
            Conflict::Resolved | Conflict::ResolvedPath => ("resolve.resolved", b'R'),
        };
        if let Some(formatter) = &mut formatter {
            let item = Fields::new()
                .about(None)
                .with("path", Field::text(path.as_bytes()));
            formatter.add(item.with("mergestatus", Field::text([letter])));
            continue;
        }
        if with_letters {
            hg.out.print(hg.colors.label(&[letter, b' '], label));
        }
        let line = [&paths.show(path)[..], b"\n"].concat();
        hg.out.print(hg.colors.label(&line, label));
    }
    chosen.check()?;
    if let Some(formatter) = formatter {
        formatter.print(hg)?;
    }
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
    if !hg.options.flag("list") {
        return Err(Error::unsupported("changes to shelve"));
    }
    let shelves = shelves(hg.repository()?.dot_hg())?;
    if shelves.is_empty() {
        return Ok(0);
    }
    let changelog = hg.repository()?.changelog()?;
    let mut label = "shelve.newest";
    for shelf in shelves {
        let words = &hg.options.words;
        let is_named = |word: &OsString| word.as_encoded_bytes() == shelf.name;
        if !words.is_empty() && !words.iter().any(is_named) {
            continue;
        }
        let name = hg.text(&shelf.name)?.into_owned();
        hg.out.print(hg.colors.label(&name, label));
        label = "shelve.name";
        if !hg.is_quiet() {
            hg.out
                .print(" ".repeat(NAME.saturating_sub(shelf.name.len())));
            let another = || Error::unsupported("a shelf of another year's time zone");
            let age = short_age(shelf.seconds)?.ok_or_else(another)?;
            let age = [b"(", &age[..], b")"].concat();
            hg.out.print(hg.colors.label(&age, "shelve.age"));
            hg.out.print(" ".repeat(AGE.saturating_sub(age.len())));
            let message = message(hg, &changelog, &shelf)?;
            hg.out.print(message);
        }
        hg.out.print(b"\n");
    }
    Ok(0)
}

/// The columns of a shelf's name, and of its age.
const NAME: usize = 16;
const AGE: usize = 12;

/// Returns the first line of a shelf's message, as much of it as a terminal has place for.
fn message(hg: &Invocation, changelog: &Changelog, shelf: &Shelf) -> Result<Vec<u8>> {
    if let Some(node) = &shelf.node
        && changelog.rev_of(node)?.is_some()
    {
        return Err(Error::unsupported("a shelf that is a changeset"));
    }
    let patch = shelf.patch()?;
    let mut lines = patch.split(|&byte| byte == b'\n');
    let line = lines.find(|line| !line.starts_with(b"#"));
    let line = hg.text(line.unwrap_or_default().trim_ascii_end())?;
    if !hg.is_formatted()? {
        return Ok(line.into_owned());
    }
    if !line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(Error::unsupported("the width of a shelf's message"));
    }
    let is_plain = hg.config.environment().is_plain("");
    let width = if is_plain { 80 } else { hg.width()? };
    let width = width.saturating_sub(NAME + AGE);
    if line.len() <= width {
        return Ok(line.into_owned());
    }
    let dots = &b"..."[..width.min(3)];
    Ok([&line[..width.saturating_sub(dots.len())], dots].concat())
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
