// SPDX-License-Identifier: GPL-2.0-or-later

//! Files that changesets copied, as `hg log --copies` and templates tell of them.

use vermilion_core::changelog::Changeset;
use vermilion_core::filelog::Filelog;
use vermilion_core::manifest::Manifest;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use crate::{Error, Result};

/// Files that a changeset copied, each with what it was copied from.
pub(crate) type Copied = Vec<(RepoPathBuf, RepoPathBuf)>;

/// Returns those of a changeset whose content is at hand.
///
/// # Errors
/// Those of [`of_files`].
pub(crate) fn of_changeset(
    snapshot: &Snapshot,
    rev: Rev,
    changeset: &Changeset<'_>,
) -> Result<Copied> {
    let files: Vec<RepoPathBuf> = changeset.files().map(RepoPath::to_owned).collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    of_files(snapshot, rev, files, &*snapshot.manifest(rev)?)
}

/// Returns those among the files that a changeset touches, whether the source is still there or not.
///
/// # Errors
/// [`Error::Unsupported`] where the changelog itself has them; those of reading filelogs and
/// manifests.
pub(crate) fn of_files(
    snapshot: &Snapshot,
    rev: Rev,
    files: Vec<RepoPathBuf>,
    manifest: &Manifest,
) -> Result<Copied> {
    refuse_sidedata(snapshot)?;
    let mut copies = Vec::new();
    for path in files {
        let Some(node) = manifest.find(&path)?.map(|entry| entry.node) else {
            continue;
        };
        let filelog = Filelog::open(snapshot.store(), &path)?;
        let file = filelog.rev(&node)?;
        let Some(source) = filelog.copied_from(file)? else {
            continue;
        };
        if filelog.link_rev(file)? != rev {
            let mut is_old = false;
            for parent in snapshot.parents(rev)? {
                let manifest = snapshot.manifest(parent)?;
                let found = manifest.find(&path)?.map(|entry| entry.node);
                is_old |= found == Some(node);
            }
            if is_old {
                continue;
            }
        }
        copies.push((path, source.path));
    }
    Ok(copies)
}

/// Fails where the changelog says itself which files changesets touch, and how.
///
/// # Errors
/// [`Error::Unsupported`].
pub(crate) fn refuse_sidedata(snapshot: &Snapshot) -> Result<()> {
    let all = snapshot.repository().requirements().all();
    let is_other = |name: &&str| name.contains("changelog-v2") || name.contains("sidedata");
    if all.iter().any(|name| is_other(&name.as_ref())) {
        return Err(Error::unsupported(
            "files of a changelog of another version",
        ));
    }
    Ok(())
}
