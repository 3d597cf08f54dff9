// SPDX-License-Identifier: GPL-2.0-or-later

//! Files and directories that a command line names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use vermilion_core::{RepoPath, RepoPathBuf};

use super::invocation::Invocation;
use crate::config::normal_path;
use crate::{Error, Result, patterns};

impl Invocation {
    /// Returns the paths that the command's words name, from the root; `None` for everything.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for patterns, and for paths that are not plainly in this repository.
    pub fn places(&self) -> Result<Option<Vec<RepoPathBuf>>> {
        self.refuse(&["include", "exclude"])?;
        let words = &self.options.words;
        let places: Result<Vec<_>> = words.iter().map(|word| self.place(word)).collect();
        let places = places?;
        let is_all = places.is_empty() || places.iter().any(|place| place.is_empty());
        Ok((!is_all).then_some(places))
    }

    fn place(&self, word: &OsStr) -> Result<RepoPathBuf> {
        let unclear = || Error::unsupported(format!("the path {}", word.display()));
        let text = word.as_bytes();
        if patterns::split(text).0.is_some() || text.is_empty() {
            return Err(unclear());
        }
        let root = self.repository()?.root();
        let path = normal_path(&self.cwd().join(word));
        let from_root = path.strip_prefix(root).map_err(|_| unclear())?;
        // Mercurial refuses what is behind a link or in another repository.
        let mut above = from_root
            .ancestors()
            .skip(1)
            .filter(|part| !part.as_os_str().is_empty());
        if above.any(|part| is_elsewhere(&root.join(part))) {
            return Err(unclear());
        }
        let bytes = from_root.as_os_str().as_bytes();
        let is_own = from_root
            .components()
            .any(|part| part.as_os_str().eq_ignore_ascii_case(".hg"));
        if is_own || bytes.contains(&b'\n') {
            return Err(unclear());
        }
        Ok(RepoPath::new(bytes).to_owned())
    }
}

/// Returns whether a file is one that was asked for: itself, or a directory that it is in.
pub(crate) fn is_within(places: Option<&[RepoPathBuf]>, path: &RepoPath) -> bool {
    places.is_none_or(|places| places.iter().any(|place| place.contains(path)))
}

fn is_elsewhere(directory: &Path) -> bool {
    let is_link = fs::symlink_metadata(directory).is_ok_and(|found| found.is_symlink());
    is_link || directory.join(".hg").exists()
}
