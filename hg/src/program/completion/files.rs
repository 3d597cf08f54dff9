// SPDX-License-Identifier: GPL-2.0-or-later

//! Files of the repository by their states.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use vermilion_core::error::FileKind;
use vermilion_core::platform::files;
use vermilion_core::refs::View;
use vermilion_core::refs::merge_state::Conflict;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::working_copy::StatusRequest;
use vermilion_core::working_copy::status::State;
use vermilion_core::{RepoPath, RepoPathBuf};

use super::Here;
use super::kind::Paths;
use crate::commands::status::configured_ignore_files;
use crate::config::normal_path;
use crate::patterns;

/// Bytes of a file in `.hg` that lists names; more of them nobody has.
const LONGEST: u64 = 16 << 20;

/// Returns paths that a word may become, as far as their next `/`; `None` where only the shell can
/// know.
pub(super) fn find(here: &Here, wanted: Paths, word: &[u8]) -> Option<Vec<Vec<u8>>> {
    if patterns::split(word).0.is_some() {
        return Some(Vec::new());
    }
    let repository = here.repository.as_ref()?;
    let slash = memchr::memrchr(b'/', word).map_or(0, |at| at + 1);
    let (shown, rest) = word.split_at(slash);
    let directory = normal_path(&here.cwd.join(OsStr::from_bytes(shown)));
    let directory = directory.strip_prefix(repository.root()).ok()?;
    let directory = RepoPath::new(directory.as_os_str().as_bytes());
    let paths = match wanted {
        Paths::Tracked => tracked(here)?,
        Paths::Unresolved => unresolved(here)?,
        _ => in_states(here, wanted, directory)?,
    };
    let mut found: Vec<Vec<u8>> = Vec::new();
    for path in &paths {
        let Some(inner) = below(path, directory).filter(|inner| inner.starts_with(rest)) else {
            continue;
        };
        let end = memchr::memchr(b'/', inner).map_or(inner.len(), |at| at + 1);
        let mut next = [shown, &inner[..end]].concat();
        if next.starts_with(b"-") || patterns::split(&next).0.is_some() {
            // It would be an option or a pattern.
            next.splice(0..0, *b"./");
        }
        if found.last() != Some(&next) {
            found.push(next);
        }
    }
    Some(found)
}

/// Returns a path as seen from a directory above it.
fn below<'p>(path: &'p RepoPath, directory: &RepoPath) -> Option<&'p [u8]> {
    if directory.is_empty() {
        return Some(path.as_bytes());
    }
    let inner = path.as_bytes().strip_prefix(directory.as_bytes())?;
    inner.strip_prefix(b"/")
}

fn tracked(here: &Here) -> Option<Vec<RepoPathBuf>> {
    // Refuses what is not as the dirstate says, such as large files.
    here.repository.as_ref()?.working_copy().ok()?;
    let dirstate = here.repository.as_ref()?.dirstate().ok()?;
    let mut found = Vec::new();
    for item in dirstate.map.iter() {
        let item = item.ok()?;
        if item.entry.tracked() {
            found.push(item.path.to_owned());
        }
    }
    found.sort_unstable();
    Some(found)
}

fn in_states(here: &Here, wanted: Paths, directory: &RepoPath) -> Option<Vec<RepoPathBuf>> {
    use State::{Added, Deleted, Modified, Removed, Unknown};
    let states: &[State] = match wanted {
        Paths::Unknown => &[Unknown],
        Paths::Unfollowed => &[Deleted, Unknown],
        Paths::Changed => &[Modified, Added, Removed, Deleted],
        _ => &[Modified, Added, Removed, Deleted, Unknown],
    };
    let places = [directory.to_owned()];
    let ignore_files = configured_ignore_files(&here.config);
    let request = StatusRequest {
        tracked: states != [Unknown],
        clean: false,
        unknown: states.contains(&Unknown),
        ignored: false,
        copies: false,
        paths: (!directory.is_empty()).then_some(&places[..]),
        ignore_files: &ignore_files,
        interrupt: &AtomicBool::new(false),
        progress: &AtomicUsize::new(0),
    };
    let working_copy = here.repository.as_ref()?.working_copy().ok()?;
    let mut status = working_copy.status(&request).ok()?;
    if states.contains(&Modified) {
        working_copy.compare_contents(&mut status, &request).ok()?;
    }
    let mut found = Vec::new();
    for &state in states {
        found.extend(status.list(state).iter().map(RepoPath::to_owned));
    }
    found.sort_unstable();
    Some(found)
}

/// Returns the files that a merge could not do.
fn unresolved(here: &Here) -> Option<Vec<RepoPathBuf>> {
    let snapshot = Snapshot::open(here.repository.as_ref()?, View::Visible).ok()?;
    let files = snapshot.refs().merge_state().files.iter();
    let open = [Conflict::Unresolved, Conflict::UnresolvedPath];
    let found = files.filter(|(_, conflict)| open.contains(conflict));
    Some(found.map(|(path, _)| path.clone()).collect())
}

/// Returns the content of a small file in `.hg`, nothing where there is none.
pub(super) fn small(file: &Path) -> Option<Vec<u8>> {
    let read = files::read_if_there(FileKind::Repository, file, LONGEST);
    read.ok().map(Option::unwrap_or_default)
}
