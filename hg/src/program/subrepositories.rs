// SPDX-License-Identifier: GPL-2.0-or-later

//! Subrepositories, of which all is left to Mercurial.

use vermilion_core::manifest::Manifest;
use vermilion_core::{RepoPath, Rev};

use super::invocation::Invocation;
use crate::{Error, Result};

/// The files that tell of them.
const FILES: [&str; 2] = [".hgsub", ".hgsubstate"];

/// Fails where there may be some, as `is_there` tells of the files that tell of them.
///
/// # Errors
/// [`Error::Unsupported`], and those of `is_there`.
pub(crate) fn refuse(is_there: impl Fn(&RepoPath) -> Result<bool>) -> Result<()> {
    for name in FILES {
        if is_there(RepoPath::new(name))? {
            return Err(Error::unsupported("subrepositories"));
        }
    }
    Ok(())
}

/// Fails where a changeset may have some, of which the manifest tells: that is read only where the store
/// has a history of one of the files, which hardly any repository's has.
///
/// # Errors
/// As for [`refuse`].
pub(crate) fn refuse_at(hg: &Invocation, rev: Rev) -> Result<()> {
    let store = hg.repository()?.store()?;
    let has_history = |name: &&str| match store.filelog_paths(RepoPath::new(name)) {
        Ok([index, _]) => !matches!(index.try_exists(), Ok(false)),
        Err(_) => true,
    };
    if FILES.iter().any(has_history) {
        refuse_in(&*hg.snapshot()?.manifest(rev)?)?;
    }
    Ok(())
}

/// Fails where a changeset may have some.
///
/// # Errors
/// As for [`refuse`].
pub(crate) fn refuse_in(manifest: &Manifest) -> Result<()> {
    refuse(|path| Ok(manifest.find(path)?.is_some()))
}
