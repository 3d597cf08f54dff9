// SPDX-License-Identifier: GPL-2.0-or-later

//! Matching lines of the working copy's files.

use std::io;
use std::path::Path;

use super::lines::matching;
use super::{Found, Request, found_all};
use crate::platform::pool;
use crate::working_copy::auditor::PathAuditor;
use crate::working_copy::file::{content, flag_of};
use crate::working_copy::status::request::Watch;
use crate::{Error, RepoPath, RepoPathBuf, Result};

/// Searches files of the working copy at `root`, whatever the request wants of changesets; files
/// that are not there are passed over. The answer is in the order of `files`.
///
/// Files are read whole, on several threads.
///
/// # Errors
/// [`Error::Io`]; [`Error::Unsupported`] for files behind symlinks or in other repositories;
/// [`Error::Interrupted`].
pub fn grep_working_copy(
    root: &Path,
    files: &[RepoPathBuf],
    request: &Request<'_>,
    watch: &Watch,
) -> Result<Vec<Found>> {
    let paths: Vec<&RepoPath> = files.iter().map(|file| &**file).collect();
    let auditor = PathAuditor::of(root, &paths);
    let search = |path: &&RepoPath| -> Result<Option<Found>> {
        watch.go_on()?;
        let file = path.below(root);
        auditor.check(path)?;
        let text = flag_of(&file).and_then(|flag| content(&file, flag));
        let text = match text {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            text => text?,
        };
        let most = if request.files_only { 1 } else { usize::MAX };
        let searched = matching(&text, request.pattern, most, watch)?;
        Ok(found_all(path, &searched, request))
    };
    let found: Vec<Result<Option<Found>>> = pool::map(&paths, search);
    found.into_iter().filter_map(Result::transpose).collect()
}
