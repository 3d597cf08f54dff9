// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg status`: the states of the working copy's files.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use vermilion_core::dirstate::read_parents;
use vermilion_core::snapshot::ChangeKind;
use vermilion_core::working_copy::status::State;
use vermilion_core::working_copy::{Status, StatusRequest};
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE, VALUES, terse, unfinished};
use crate::config::Config;
use crate::program::chosen::is_in;
use crate::program::colors::Colors;
use crate::program::interrupt;
use crate::program::invocation::Invocation;
use crate::program::shown_paths::ShownPaths;
use crate::program::subrepositories;
use crate::template::{Field, Fields, Formatter};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["status", "st"],
    options: &[
        ('A', "all", FLAG),
        ('m', "modified", FLAG),
        ('a', "added", FLAG),
        ('r', "removed", FLAG),
        ('d', "deleted", FLAG),
        ('c', "clean", FLAG),
        ('u', "unknown", FLAG),
        ('i', "ignored", FLAG),
        ('n', "no-status", FLAG),
        ('t', "terse", VALUE),
        ('C', "copies", FLAG),
        ('0', "print0", FLAG),
        (' ', "rev", VALUES),
        (' ', "change", VALUE),
        INCLUDE,
        EXCLUDE,
        ('S', "subrepos", FLAG),
        TEMPLATE,
    ],
    is_paged: true,
    is_wordless: true,
    run,
};

/// The states in the order in which they are printed, with the options' names and letters.
pub(crate) const STATES: [(State, &str, u8); 7] = [
    (State::Modified, "modified", b'M'),
    (State::Added, "added", b'A'),
    (State::Removed, "removed", b'R'),
    (State::Deleted, "deleted", b'!'),
    (State::Unknown, "unknown", b'?'),
    (State::Ignored, "ignored", b'I'),
    (State::Clean, "clean", b'C'),
];

fn run(hg: &mut Invocation) -> Result<u8> {
    let is_verbose = hg.is_verbose() || hg.config.bool("commands", "status.verbose", false)?;
    let is_plain = hg.config.environment().is_plain("");
    if is_verbose && !is_plain && !hg.options.flag("print0") && unfinished::is_anything(hg)? {
        return Err(Error::unsupported("an operation that is not finished"));
    }
    let tersed = terse::letters(hg)?;
    let shown = shown(hg);
    let is_shown = |state| shown.iter().any(|&(shown, ..)| shown == state);
    let with_letters = !hg.options.flag("no-status");
    let copies = match hg.options.tri("copies") {
        Some(copies) => copies,
        None => hg.config.bool("ui", "statuscopies", false)?,
    };
    let between = between(hg)?;
    let chosen = hg.chosen_at(match between {
        Between::Changesets([_, rev]) => Some(rev),
        Between::Parent | Between::Since(_) => None,
    })?;
    let places = chosen.places();
    let is_relative = match hg.config.get("commands", "status.relative") {
        Some(_) => hg.config.bool("commands", "status.relative", false)?,
        None => !hg.options.words.is_empty(),
    };
    let ignore_files = ignore_files(hg);
    // A directory is shown in the place of its files if all of them have one state.
    let is_terse = !tersed.is_empty();
    let tracked = |&(state, ..): &(State, &str, u8)| is_shown(state);
    let request = StatusRequest {
        tracked: STATES[..4].iter().any(tracked) || is_shown(State::Clean) || is_terse,
        clean: is_shown(State::Clean) || is_terse,
        unknown: is_shown(State::Unknown) || is_terse,
        ignored: is_shown(State::Ignored) || tersed.contains(&b'i'),
        copies: with_letters && (copies || hg.options.flag("all")),
        paths: places.as_deref(),
        ignore_files: &ignore_files,
        interrupt: &AtomicBool::new(false),
        progress: &AtomicUsize::new(0),
    };
    chosen.check_among_all(hg.repository()?.root())?;
    let mut status = match between {
        Between::Parent => find_out(hg, &request)?,
        Between::Since(rev) => since(hg, rev, &request)?,
        Between::Changesets(revs) => {
            let found = of_changesets(hg, revs, &request)?;
            let manifests = [
                hg.snapshot()?.manifest(revs[0])?,
                hg.snapshot()?.manifest(revs[1])?,
            ];
            // Mercurial has something to say of those that are in neither.
            chosen.check_named(|place| {
                Ok(is_in(&manifests[0], place)? || is_in(&manifests[1], place)?)
            })?;
            found
        }
    };
    if !chosen.is_all() {
        status.retain(|path| chosen.has(path));
        chosen.check()?;
    }
    if is_terse {
        status = terse::status(&status, &tersed);
    }
    let fields = &["itemtype", "path", "status", "source"];
    if let Some(formatter) = hg.formatter("status", fields)? {
        return formatted(formatter, &status, &shown).print(hg).map(|()| 0);
    }
    let paths = hg.shown_paths(is_relative)?;
    let listing = Listing {
        letters: with_letters,
        end: hg.line_end(),
        paths: &paths,
        colors: &hg.colors,
    };
    hg.out.print(listing.of(&status, &shown));
    Ok(0)
}

/// What is compared with what.
enum Between {
    /// The working copy with its first parent.
    Parent,
    /// The working copy with another changeset.
    Since(Rev),
    /// The second one with the first.
    Changesets([Rev; 2]),
}

fn between(hg: &Invocation) -> Result<Between> {
    let unclear = || Error::unsupported("status between these changesets");
    let change = hg.options.value("change");
    match (change, &hg.options.values("rev")[..]) {
        (None, []) => Ok(Between::Parent),
        (Some(change), []) => {
            let rev = hg.rev(change)?.ok_or_else(unclear)?;
            let [first, _] = hg.snapshot()?.parents(rev)?;
            Ok(Between::Changesets([first, rev]))
        }
        (None, [one]) if !one.as_bytes().contains(&b':') => {
            let rev = hg.single(one)?.ok_or_else(unclear)?;
            Ok(Between::Since(rev))
        }
        (None, [one, other]) => {
            let both = [hg.single(one)?, hg.single(other)?];
            match both {
                [Some(one), Some(other)] => Ok(Between::Changesets([one, other])),
                _ => Err(unclear()),
            }
        }
        _ => Err(unclear()),
    }
}

/// Returns the status of the working copy as seen from a changeset.
fn since(hg: &Invocation, rev: Rev, request: &StatusRequest<'_>) -> Result<Status> {
    let snapshot = hg.snapshot()?;
    subrepositories::refuse_at(hg, rev)?;
    let with_copies = request.copies;
    let all = StatusRequest {
        tracked: true,
        copies: true,
        ..*request
    };
    let status = find_out(hg, &all)?;
    Ok(snapshot.status_since(rev, &status, with_copies, request.interrupt)?)
}

/// Returns the states of the second changeset's files as seen from the first.
pub(crate) fn of_changesets(
    hg: &Invocation,
    revs: [Rev; 2],
    request: &StatusRequest<'_>,
) -> Result<Status> {
    let snapshot = hg.snapshot()?;
    let [old, new] = [snapshot.manifest(revs[0])?, snapshot.manifest(revs[1])?];
    for manifest in [&old, &new] {
        subrepositories::refuse_in(manifest)?;
    }
    let changes = old.changes_to(&new)?;
    let mut found: Vec<(State, RepoPathBuf)> = Vec::with_capacity(changes.len());
    for change in &changes {
        let state = match change.kind() {
            ChangeKind::Added => State::Added,
            ChangeKind::Modified => State::Modified,
            ChangeKind::Removed => State::Removed,
        };
        found.push((state, change.path.to_owned()));
    }
    if request.clean {
        let changed: HashSet<&RepoPath> = changes.iter().map(|change| change.path).collect();
        for entry in new.iter() {
            let path = entry?.path;
            if !changed.contains(path) {
                found.push((State::Clean, path.to_owned()));
            }
        }
    }
    let mut status = Status::of(found);
    if request.copies {
        let copies = snapshot
            .files(request.interrupt)?
            .copies(revs[0], revs[1])?;
        status.copies = copies.into_iter().collect();
    }
    Ok(status)
}

/// Returns the paths in some states as items.
fn formatted(mut formatter: Formatter, status: &Status, shown: &[(State, &str, u8)]) -> Formatter {
    let sources = status.copies.iter();
    let sources: HashMap<&RepoPath, &RepoPath> =
        sources.map(|(path, source)| (&**path, &**source)).collect();
    for &(state, _, letter) in shown {
        for path in status.list(state).iter() {
            let item = Fields::new()
                .about(None)
                .with("itemtype", Field::text("file"));
            let item = item.with("path", Field::text(path.as_bytes()));
            let item = item.with("status", Field::text([letter]));
            formatter.add(match sources.get(path) {
                Some(source) => item.with("source", Field::text(source.as_bytes())),
                None => item,
            });
        }
    }
    formatter
}

/// How states are listed.
pub(crate) struct Listing<'p> {
    /// Whether each path has its letter before it, and what it is a copy of behind it.
    pub(crate) letters: bool,
    /// What ends each path.
    pub(crate) end: u8,
    /// How paths are shown.
    pub(crate) paths: &'p ShownPaths,
    /// How they are coloured.
    pub(crate) colors: &'p Colors,
}

impl Listing<'_> {
    /// Returns the paths in some states, in their order.
    pub(crate) fn of(&self, status: &Status, shown: &[(State, &str, u8)]) -> Vec<u8> {
        let sources = status.copies.iter();
        let sources: HashMap<&RepoPath, &RepoPath> =
            sources.map(|(path, source)| (&**path, &**source)).collect();
        let mut listed = Vec::new();
        let line = |path: &RepoPath| {
            let mut line = self.paths.show(path);
            line.push(self.end);
            line
        };
        for &(state, name, letter) in shown {
            let label = format!("status.{name}");
            for path in status.list(state).iter() {
                if self.letters {
                    listed.extend_from_slice(&self.colors.label(&[letter, b' '], &label));
                }
                listed.extend_from_slice(&self.colors.label(&line(path), &label));
                if let Some(source) = sources.get(path).filter(|_| self.letters) {
                    let line = [b"  ", &line(source)[..]].concat();
                    listed.extend_from_slice(&self.colors.label(&line, "status.copied"));
                }
            }
        }
        listed
    }
}

/// Returns the states that the options ask for.
fn shown(hg: &Invocation) -> Vec<(State, &'static str, u8)> {
    let is_quiet = hg.is_quiet();
    let is_all = hg.options.flag("all");
    let asked = |(state, name, _): &(State, &str, u8)| {
        let quietly = !matches!(state, State::Unknown | State::Ignored);
        hg.options.flag(name) || is_all && (quietly || !is_quiet)
    };
    let shown: Vec<_> = STATES.into_iter().filter(asked).collect();
    if !shown.is_empty() {
        return shown;
    }
    STATES[..if is_quiet { 4 } else { 5 }].to_vec()
}

pub(crate) fn ignore_files(hg: &Invocation) -> Vec<PathBuf> {
    configured_ignore_files(&hg.config)
}

/// Returns the files of ignore rules beside `.hgignore` that are configured.
pub(crate) fn configured_ignore_files(config: &Config) -> Vec<PathBuf> {
    let items = config.items("ui");
    let files = items
        .iter()
        .filter(|(name, _)| *name == b"ignore" || name.starts_with(b"ignore."));
    let files = files.map(|(_, item)| config.environment().expand(&item.value));
    files
        .map(|file| PathBuf::from(OsString::from_vec(file)))
        .collect()
}

/// Finds out the states; leaves to Mercurial what it would have something to say about.
pub(crate) fn find_out(hg: &Invocation, request: &StatusRequest<'_>) -> Result<Status> {
    let repository = hg.repository()?;
    let root = repository.root();
    subrepositories::refuse(|path| Ok(path.below(root).symlink_metadata().is_ok()))?;
    let working_copy = repository.working_copy()?;
    let changelog = repository.changelog()?;
    for parent in read_parents(repository.dot_hg(), repository.has_dirstate_v2())? {
        if changelog.rev_of(&parent)?.is_none() {
            return Err(Error::unsupported("an unknown working parent"));
        }
    }
    let mut status = working_copy.status(request)?;
    working_copy.compare_contents(&mut status, request)?;
    let is_plain = status.complaints.is_empty() && status.warnings.is_empty();
    if !is_plain || !status.list(State::Unsure).is_empty() {
        return Err(Error::unsupported("a status with complaints"));
    }
    // It is an answer whether or not it can be kept for the next time.
    if let Ok(Some(unrecorded)) = status.unrecorded() {
        let _ = interrupt::hold(&hg.colors, || unrecorded.record());
    }
    Ok(status)
}

/// Tells whether a file is not as in the first parent.
pub(super) fn is_dirty(hg: &Invocation) -> Result<bool> {
    let request = StatusRequest {
        tracked: true,
        clean: false,
        unknown: false,
        ignored: false,
        copies: false,
        paths: None::<&[RepoPathBuf]>,
        ignore_files: &[],
        interrupt: &AtomicBool::new(false),
        progress: &AtomicUsize::new(0),
    };
    let status = find_out(hg, &request)?;
    Ok(STATES[..4]
        .iter()
        .any(|&(state, ..)| !status.list(state).is_empty()))
}
