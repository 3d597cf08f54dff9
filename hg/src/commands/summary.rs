// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg summary`: where the working copy is, and what there is to commit and to update to.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use vermilion_core::refs::phases::Phase;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::text::trim;
use vermilion_core::working_copy::status::State;
use vermilion_core::working_copy::{Status, StatusRequest};
use vermilion_core::{RepoPath, Rev};

use super::bookmarks::ACTIVE;
use super::identify::{bookmarks_of, tags_of};
use super::status::{find_out, ignore_files};
use super::{Command, FLAG, unfinished};
use crate::program::colors::{Colors, MESSAGE};
use crate::program::invocation::Invocation;
use crate::program::printer::{called, labels};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["summary", "sum"],
    options: &[(' ', "remote", FLAG)],
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["remote"])?;
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let refs = snapshot.refs();
    let [parent, _] = refs.working_parents();
    if unfinished::is_anything(hg)? {
        return Err(Error::unsupported("something unfinished"));
    }
    if !refs.history()?.markers().is_empty() {
        return Err(Error::unsupported("obsolete changesets"));
    }
    if hg.config.get("phases", "new-commit").is_some() {
        return Err(Error::unsupported("phases.new-commit"));
    }
    let is_quiet = hg.is_quiet();
    say_parent(hg, &snapshot, parent)?;
    let branch = hg.repository()?.working_branch()?;
    if branch != b"default" || !is_quiet {
        let shown = hg.text(&branch)?.into_owned();
        let line = [b"branch: ", &shown[..]].concat();
        let is_told = branch == b"default";
        let labels = if is_told {
            "log.branch ui.status"
        } else {
            "log.branch"
        };
        hg.out.line(hg.colors.label(&line, labels));
    }
    say_bookmarks(hg, &snapshot, parent)?;
    say_commit(hg, &snapshot, parent, &branch)?;
    say_update(hg, &snapshot, parent, &branch)?;
    let [mut drafts, mut secrets] = [0, 0];
    for (rev, phase) in refs.phases()?.not_public() {
        if refs.filtered()?.contains(rev) {
            continue;
        }
        match phase {
            Phase::Draft => drafts += 1,
            Phase::Secret => secrets += 1,
            _ => return Err(Error::unsupported("changesets in odd phases")),
        }
    }
    let counts = counted(&[(drafts, "draft"), (secrets, "secret")]);
    if !counts.is_empty() && !is_quiet {
        let counts: Vec<String> = counts.into_iter().map(|(text, _)| text).collect();
        say(hg, &format!("phases: {}", counts.join(", ")), MESSAGE);
    }
    Ok(0)
}

/// Prints a line.
fn say(hg: &mut Invocation, line: &str, labels: &str) {
    hg.out.line(hg.colors.label(line.as_bytes(), labels));
}

fn say_parent(hg: &mut Invocation, snapshot: &Snapshot, parent: Rev) -> Result<()> {
    let refs = snapshot.refs();
    let name = format!("parent: {} ", called(snapshot, parent)?);
    let labels = format!("log.changeset{}", labels(&hg.colors, snapshot, parent)?);
    let mut line = hg.colors.label(name.as_bytes(), labels).into_owned();
    let tags = tags_of(snapshot, parent)?.join(&b' ');
    line.extend_from_slice(&hg.colors.label(&hg.text(&tags)?, "log.tag"));
    if parent.is_null() {
        line.extend_from_slice(if refs.changelog().is_empty() {
            b" (empty repository)"
        } else {
            b" (no revision checked out)"
        });
        hg.out.line(line);
        return Ok(());
    }
    hg.out.line(line);
    let text = refs.changelog().text(parent)?;
    let changeset = refs.changelog().parse(parent, &text)?;
    let mut lines = changeset
        .description()
        .split(|&byte| matches!(byte, b'\n' | b'\r'));
    let first = hg.text(trim(lines.next().unwrap_or_default()))?;
    if !changeset.description().is_empty() && !hg.is_quiet() {
        let line = [b" ", &first[..]].concat();
        hg.out.line(hg.colors.label(&line, "log.summary ui.status"));
    }
    Ok(())
}

fn say_bookmarks(hg: &mut Invocation, snapshot: &Snapshot, parent: Rev) -> Result<()> {
    let mut names = bookmarks_of(snapshot, parent)?;
    if names.is_empty() {
        return Ok(());
    }
    let mut line = hg.colors.label(b"bookmarks:", "log.bookmark").into_owned();
    let mut add = |text: &[u8], label: &str| -> Result<()> {
        line.extend_from_slice(&hg.colors.label(&hg.text(text)?, label));
        Ok(())
    };
    if let Some(active) = snapshot.refs().bookmarks()?.active() {
        let before = names.len();
        names.retain(|name| name != active);
        let active = if names.len() < before {
            [b" *", active].concat()
        } else {
            [b" [", active, b"]"].concat()
        };
        add(&active, ACTIVE)?;
    }
    for name in names {
        add(&[b" ", &name[..]].concat(), "log.bookmark")?;
    }
    add(b"\n", "log.bookmark")?;
    hg.out.print(line);
    Ok(())
}

fn say_commit(hg: &mut Invocation, snapshot: &Snapshot, parent: Rev, branch: &[u8]) -> Result<()> {
    let ignore_files = ignore_files(hg);
    let request = StatusRequest {
        tracked: true,
        clean: false,
        unknown: true,
        ignored: false,
        copies: true,
        paths: None,
        ignore_files: &ignore_files,
        interrupt: &AtomicBool::new(false),
        progress: &AtomicUsize::new(0),
    };
    let status = find_out(hg, &request)?;
    let (counts, is_changed) = changes(&status, &hg.colors);
    let refs = snapshot.refs();
    let (own_branch, closes) = {
        let text = refs.changelog().text(parent)?;
        let changeset = refs.changelog().parse(parent, &text)?;
        (changeset.branch().to_vec(), changeset.closes_branch())
    };
    let heads = refs.branches()?.get(branch);
    let is_head = |with_closed: bool| {
        let heads = heads.map(|heads| heads.all()).unwrap_or_default();
        heads
            .iter()
            .any(|&(rev, is_closed)| rev == parent && (with_closed || !is_closed))
    };
    let mut line = counts;
    let mut is_clean = false;
    if branch != own_branch {
        line.push_str(" (new branch)");
    } else if closes && is_head(true) {
        line.push_str(" (head closed)");
    } else if !is_changed {
        line.push_str(" (clean)");
        is_clean = true;
    } else if !is_head(false) {
        line.push_str(" (new branch head)");
    }
    if !parent.is_null() && refs.phases()?.get(parent) == Phase::Secret {
        line.push_str(" (secret)");
    }
    if !is_clean || !hg.is_quiet() {
        let labels = if is_clean { MESSAGE } else { "" };
        say(hg, &format!("commit: {}", line.trim()), labels);
    }
    Ok(())
}

/// Returns how many files there are to commit, in words, and whether there are any.
fn changes(status: &Status, colors: &Colors) -> (String, bool) {
    let mut removed: HashSet<&RepoPath> = status.list(State::Removed).iter().collect();
    let mut added: HashSet<&RepoPath> = status.list(State::Added).iter().collect();
    let (mut renamed, mut copied) = (0, 0);
    for (path, source) in &status.copies {
        if removed.remove(&**source) {
            renamed += 1;
        } else {
            copied += 1;
        }
        added.remove(&**path);
    }
    let modified = status.list(State::Modified).len();
    let [deleted, unknown] = [State::Deleted, State::Unknown].map(|state| status.list(state).len());
    let counts = counted(&[
        (modified, "modified"),
        (added.len(), "added"),
        (removed.len(), "removed"),
        (renamed, "renamed"),
        (copied, "copied"),
        (deleted, "deleted"),
        (unknown, "unknown"),
    ]);
    let counts = counts.into_iter().map(|(text, word)| {
        let label = if matches!(word, "renamed" | "copied") {
            "status.copied".to_string()
        } else {
            format!("status.{word}")
        };
        String::from_utf8_lossy(&colors.label(text.as_bytes(), label)).into_owned()
    });
    let counts: Vec<String> = counts.collect();
    let changed = modified + added.len() + removed.len() + renamed + copied;
    (counts.join(", "), changed > 0)
}

/// Returns those numbers that are not zero with their words, and these alone.
fn counted<'w>(counts: &[(usize, &'w str)]) -> Vec<(String, &'w str)> {
    let there = counts.iter().filter(|(count, _)| *count > 0);
    there
        .map(|&(count, word)| (format!("{count} {word}"), word))
        .collect()
}

fn say_update(hg: &mut Invocation, snapshot: &Snapshot, parent: Rev, branch: &[u8]) -> Result<()> {
    let refs = snapshot.refs();
    let heads = refs.branches()?.get(branch);
    let heads: Vec<Rev> = heads
        .map(|heads| heads.open().collect())
        .unwrap_or_default();
    let graph = refs.changelog().graph()?;
    let new = graph.only(&heads, &[parent])?.len();
    if new == 0 {
        if !hg.is_quiet() {
            say(hg, "update: (current)", MESSAGE);
        }
    } else if !heads.contains(&parent) {
        hg.out
            .line(format!("update: {new} new changesets (update)"));
    } else {
        let count = heads.len();
        let line = format!("update: {new} new changesets, {count} branch heads (merge)");
        hg.out.line(line);
    }
    Ok(())
}
