// SPDX-License-Identifier: GPL-2.0-or-later

//! Subrepositories, of which all is left to Mercurial.

use vermilion_core::RepoPath;
use vermilion_core::manifest::Manifest;

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

/// Fails where a changeset may have some.
///
/// # Errors
/// As for [`refuse`].
pub(crate) fn refuse_in(manifest: &Manifest) -> Result<()> {
    refuse(|path| Ok(manifest.find(path)?.is_some()))
}
