// SPDX-License-Identifier: GPL-2.0-or-later

//! Matching lines that changesets add or remove.

use super::lines::{Searched, matching};
use super::{Answer, Found, Request, Sign, found};
use crate::diff::difflib::{Sequences, Step};
use crate::diff::is_binary;
use crate::filelog::Filelog;
use crate::manifest::{Manifest, ManifestEntry};
use crate::platform::pool;
use crate::snapshot::Snapshot;
use crate::working_copy::status::request::Watch;
use crate::{RepoPath, RepoPathBuf, Result, Rev};

/// Changesets that one thread searches at a time, and those blocks that are searched before anybody
/// looks how much was found.
const BLOCK: usize = 64;
const BLOCKS: usize = 8;

/// Searches what changesets change, in the order of `revs`.
pub(super) fn grep(
    snapshot: &Snapshot,
    revs: &[Rev],
    request: &Request<'_>,
    most: usize,
    watch: &Watch,
) -> Result<Answer> {
    snapshot.manifests()?;
    let mut answer = Answer::default();
    let mut bytes = 0;
    for some in revs.chunks(BLOCK * BLOCKS) {
        let blocks: Vec<&[Rev]> = some.chunks(BLOCK).collect();
        let searched = pool::map(&blocks, |revs| search(snapshot, revs, request, watch));
        for block in searched {
            for found in block? {
                bytes += found.bytes();
                answer.found.push(found);
            }
        }
        answer.done += some.len();
        if bytes >= most {
            break;
        }
    }
    Ok(answer)
}

fn search(
    snapshot: &Snapshot,
    revs: &[Rev],
    request: &Request<'_>,
    watch: &Watch,
) -> Result<Vec<Found>> {
    let changelog = snapshot.refs().changelog();
    let mut texts = changelog.revlog().texts(true);
    let mut manifests = snapshot.manifests()?.reader();
    let mut found: Vec<Vec<Found>> = revs.iter().map(|_| Vec::new()).collect();
    // Deltas lead from one manifest to later ones.
    let mut order: Vec<usize> = (0..revs.len()).collect();
    order.sort_by_key(|&at| revs[at]);
    for at in order {
        watch.go_on()?;
        let rev = revs[at];
        let changeset = changelog.parse(rev, texts.read(rev)?)?;
        let files = changeset.files().filter(|path| (request.is_wanted)(path));
        let mut files: Vec<RepoPathBuf> = files.map(RepoPath::to_owned).collect();
        if files.is_empty() {
            continue;
        }
        files.sort_unstable();
        let manifest = changeset.manifest();
        let parent = snapshot.parents(rev)?[0];
        let of_parent = snapshot.manifest_node(parent)?;
        let old = manifests.read(&of_parent, parent)?;
        let new = manifests.read(&manifest, rev)?;
        for path in &files {
            found[at].extend(compare(snapshot, path, rev, [&old, &new], request, watch)?);
        }
    }
    Ok(found.into_iter().flatten().collect())
}

/// Compares the matching lines of a file with those that it had.
fn compare(
    snapshot: &Snapshot,
    path: &RepoPath,
    rev: Rev,
    [old, new]: [&Manifest; 2],
    request: &Request<'_>,
    watch: &Watch,
) -> Result<Option<Found>> {
    // A file that is gone is not searched, as with Mercurial.
    let Some(entry) = new.find(path)? else {
        return Ok(None);
    };
    let before = old.find(path)?;
    if before.is_some_and(|before| before.node == entry.node) {
        return Ok(None);
    }
    let filelog = Filelog::new(path, snapshot.store().filelog(path)?);
    let mut contents = filelog.contents(true);
    let mut lines = |entry: Option<ManifestEntry<'_>>| -> Result<Searched> {
        let Some(entry) = entry else {
            return Ok(Searched::default());
        };
        let rev = filelog.revlog().rev(&entry.node)?;
        matching(contents.read(rev)?, request.pattern, usize::MAX, watch)
    };
    // The second one mostly is a delta to the first.
    let (before, now) = (lines(before)?, lines(Some(entry))?);
    // Of a line that is gone too, Mercurial asks whether the file is binary now.
    let is_binary = if now.lines.is_empty() && !before.lines.is_empty() {
        let rev = filelog.revlog().rev(&entry.node)?;
        is_binary(contents.read(rev)?)
    } else {
        now.is_binary
    };
    let texts = [&before, &now].map(|found| found.lines.iter().map(|line| &line.text[..]));
    let [old, new] = texts;
    let mut changes = Vec::new();
    for step in Sequences::new(old, new).steps(&mut || watch.go_on())? {
        changes.push(match step {
            Step::Removed(at) => (Sign::Removed, &before.lines[at]),
            Step::Added(at) => (Sign::Added, &now.lines[at]),
        });
    }
    let found = found(path, changes.into_iter(), is_binary, request);
    Ok(found.map(|file| Found { rev, ..file }))
}
