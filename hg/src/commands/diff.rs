// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg diff` between changesets.

use std::sync::atomic::AtomicBool;

use vermilion_core::{RepoPath, Rev};

use super::{Command, EXCLUDE, FLAG, INCLUDE, VALUE, VALUES};
use crate::program::invocation::Invocation;
use crate::program::places::is_within;
use crate::program::printer::columns;
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["diff"],
    options: &[
        ('r', "rev", VALUES),
        (' ', "from", VALUE),
        (' ', "to", VALUE),
        ('c', "change", VALUE),
        (' ', "ignore-changes-from-ancestors", FLAG),
        ('a', "text", FLAG),
        ('g', "git", FLAG),
        (' ', "binary", FLAG),
        (' ', "nodates", FLAG),
        (' ', "noprefix", FLAG),
        ('p', "show-function", FLAG),
        (' ', "reverse", FLAG),
        ('w', "ignore-all-space", FLAG),
        ('b', "ignore-space-change", FLAG),
        ('B', "ignore-blank-lines", FLAG),
        ('Z', "ignore-space-at-eol", FLAG),
        ('U', "unified", VALUE),
        (' ', "stat", FLAG),
        (' ', "root", VALUE),
        INCLUDE,
        EXCLUDE,
        ('S', "subrepos", FLAG),
    ],
    is_coloured: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&[
        "ignore-changes-from-ancestors",
        "reverse",
        "root",
        "subrepos",
    ])?;
    let options = hg.diff_options()?;
    let between = between(hg)?;
    let places = hg.places()?;
    let snapshot = hg.snapshot()?;
    for rev in between {
        let path = RepoPath::new(".hgsubstate");
        if !rev.is_null() && snapshot.manifest(rev)?.find(path)?.is_some() {
            return Err(Error::unsupported("subrepositories"));
        }
    }
    let is_wanted = |path: &RepoPath| is_within(places.as_deref(), path);
    if let Some(places) = &places {
        // Mercurial has something to say of those that are in neither.
        for place in places {
            let mut is_there = false;
            for rev in between {
                let manifest = snapshot.manifest(rev)?;
                is_there |= manifest
                    .iter()
                    .any(|entry| entry.is_ok_and(|entry| place.contains(entry.path)));
            }
            if !is_there {
                return Err(Error::unsupported("a path that is not there"));
            }
        }
    }
    let patch = snapshot.patch(between, is_wanted, &options, &AtomicBool::new(false))?;
    if hg.options.flag("stat") {
        let stat = patch.stat();
        for file in &stat.files {
            columns(&file.name)?;
        }
        let width = hg.width()?;
        hg.out
            .print(stat.text(width, |name| columns(name).unwrap_or_default()));
    } else {
        hg.out.print(patch.text());
    }
    Ok(0)
}

/// Returns the two changesets that are compared.
fn between(hg: &Invocation) -> Result<[Rev; 2]> {
    let working_copy = || Error::unsupported("diff with the working copy");
    let (from, to) = (hg.options.value("from"), hg.options.value("to"));
    let specs = hg.options.values("rev");
    let of = |word: &std::ffi::OsStr| hg.rev(word)?.ok_or_else(working_copy);
    match (hg.options.value("change"), &specs[..], from, to) {
        (Some(change), [], None, None) => {
            let rev = of(change)?;
            let [first, _] = hg.snapshot()?.parents(rev)?;
            Ok([first, rev])
        }
        (None, [one, other], None, None) => Ok([of(one)?, of(other)?]),
        (None, [], Some(from), Some(to)) => Ok([of(from)?, of(to)?]),
        _ => Err(working_copy()),
    }
}
