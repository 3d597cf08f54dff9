// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg resolve --list`, and `hg shelve --list` where there is nothing to list.

use vermilion_core::refs::merge_state::Conflict;

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE};
use crate::program::invocation::Invocation;
use crate::template::{Field, Fields};
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
    hg.refuse_words()?;
    if !hg.options.flag("list") {
        return Err(Error::unsupported("changes to shelve"));
    }
    if hg.repository()?.dot_hg().join("shelved").exists() {
        return Err(Error::unsupported("shelved changes"));
    }
    Ok(0)
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
