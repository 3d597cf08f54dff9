// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg diff`: of changesets, and of the working copy.

use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use vermilion_core::diff::Options;
use vermilion_core::snapshot::{Patch, Snapshot, Working};
use vermilion_core::working_copy::StatusRequest;
use vermilion_core::{RepoPath, Rev};

use super::status::find_out;
use super::{Command, EXCLUDE, FLAG, INCLUDE, VALUE, VALUES};
use crate::program::chosen::{Chosen, is_in};
use crate::program::differences::{differing, text_of};
use crate::program::invocation::Invocation;
use crate::program::printer::columns;
use crate::program::subrepositories;
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
    is_paged: true,
    is_wordless: false,
    run,
};

/// The two sides of a difference, of which one may be the working copy.
#[derive(Clone, Copy)]
enum Sides {
    Changesets([Rev; 2]),
    WorkingCopy { from: Rev, reverse: bool },
}

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["ignore-changes-from-ancestors"])?;
    let options = hg.diff_options()?;
    let (sides, new) = sides(hg)?;
    let chosen = hg.chosen_at(new)?;
    // Mercurial has something to say of files that are elsewhere.
    let places = chosen.places().unwrap_or_default();
    if places.iter().any(|place| !options.root.contains(place)) {
        return Err(Error::unsupported("a file that is not inside --root"));
    }
    let snapshot = hg.snapshot()?;
    let patch = match sides {
        Sides::Changesets(between) => {
            of_changesets(&snapshot, differing(between)?, &chosen, &options)?
        }
        Sides::WorkingCopy { from, reverse } => {
            of_working_copy(hg, from, reverse, &chosen, &options)?
        }
    };
    chosen.check()?;
    if hg.options.flag("stat") {
        let paths = hg.shown_paths(false)?;
        let stat = if options.root.is_empty() {
            patch.stat(|path| paths.show(path))
        } else {
            patch.stat(|path| options.shown(path).to_vec())
        };
        for file in &stat.files {
            columns(&file.name)?;
        }
        let width = hg.width()?;
        let text = stat.text(width, |name| columns(name).unwrap_or_default());
        hg.out.print(hg.colors.stat(&text));
    } else {
        hg.out.print(hg.colors.patch(&text_of(&patch)?));
    }
    Ok(0)
}

fn of_changesets(
    snapshot: &Snapshot,
    between: [Rev; 2],
    chosen: &Chosen,
    options: &Options,
) -> Result<Patch> {
    let manifests = [
        snapshot.manifest(between[0])?,
        snapshot.manifest(between[1])?,
    ];
    for manifest in &manifests {
        subrepositories::refuse_in(manifest)?;
    }
    // Mercurial has something to say of those that are in neither.
    let is_there =
        |place: &RepoPath| Ok(is_in(&manifests[0], place)? || is_in(&manifests[1], place)?);
    chosen.check_named(is_there)?;
    check_root(options, is_there)?;
    let interrupt = AtomicBool::new(false);
    Ok(snapshot.patch(between, |path| chosen.has(path), options, &interrupt)?)
}

fn of_working_copy(
    hg: &Invocation,
    from: Rev,
    reverse: bool,
    chosen: &Chosen,
    options: &Options,
) -> Result<Patch> {
    let snapshot = hg.snapshot()?;
    if reverse && !snapshot.refs().working_parents()[1].is_null() {
        // What the second parent has, Mercurial looks up in the first one.
        return Err(Error::unsupported("a merge the other way around"));
    }
    subrepositories::refuse_at(hg, from)?;
    let root = hg.repository()?.root();
    chosen.check_among_all(root)?;
    check_root(options, |path| Ok(path.below(root).is_dir()))?;
    let places = chosen.places();
    let interrupt = AtomicBool::new(false);
    let request = StatusRequest {
        tracked: true,
        clean: false,
        unknown: false,
        ignored: false,
        copies: options.git,
        paths: places.as_deref(),
        ignore_files: &[],
        interrupt: &interrupt,
        progress: &AtomicUsize::new(0),
    };
    let status = find_out(hg, &request)?;
    let working = Working {
        status: &status,
        date: hg.now()?,
        reverse,
    };
    let is_wanted = |path: &RepoPath| chosen.has(path);
    Ok(snapshot.patch_of_working_copy(from, working, is_wanted, options, &interrupt)?)
}

/// Fails if paths are to be relative to what is not there.
fn check_root(options: &Options, is_there: impl Fn(&RepoPath) -> Result<bool>) -> Result<()> {
    if options.root.is_empty() || is_there(&options.root)? {
        return Ok(());
    }
    Err(Error::unsupported("a root that is not there"))
}

/// Returns what is compared with what, and the new side as it was given.
fn sides(hg: &Invocation) -> Result<(Sides, Option<Rev>)> {
    let (from, to) = (hg.options.value("from"), hg.options.value("to"));
    let specs = hg.options.values("rev");
    let parent = || -> Result<_> { Ok(Some(hg.snapshot()?.refs().working_parents()[0])) };
    let [old, new] = match (hg.options.value("change"), &specs[..], from, to) {
        (Some(change), [], None, None) => {
            let rev = hg.rev(change)?;
            let rev = rev.ok_or_else(|| Error::unsupported("the changes of the working copy"))?;
            let [first, _] = hg.snapshot()?.parents(rev)?;
            [Some(first), Some(rev)]
        }
        (None, [one, other], None, None) => [hg.single(one)?, hg.single(other)?],
        (None, [], Some(from), Some(to)) => [hg.rev(from)?, hg.rev(to)?],
        (None, [], None, None) => [parent()?, None],
        (None, [one], None, None) if !one.as_bytes().contains(&b':') => [hg.single(one)?, None],
        (None, [], Some(from), None) => [hg.rev(from)?, None],
        (None, [], None, Some(to)) => [None, hg.rev(to)?],
        _ => return Err(Error::unsupported("diff between these changesets")),
    };
    let is_reverse = hg.options.flag("reverse");
    let sides = match [old, new] {
        [Some(old), Some(new)] if is_reverse => Sides::Changesets([new, old]),
        [Some(old), Some(new)] => Sides::Changesets([old, new]),
        [Some(from), None] => Sides::WorkingCopy {
            from,
            reverse: is_reverse,
        },
        [None, Some(from)] => Sides::WorkingCopy {
            from,
            reverse: !is_reverse,
        },
        [None, None] => {
            return Err(Error::unsupported("diff of the working copy with itself"));
        }
    };
    Ok((sides, new))
}
