// SPDX-License-Identifier: GPL-2.0-or-later

//! What is in the way to files: symlinks and other repositories, which Mercurial does not pass.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use crate::error::FileKind;
use crate::platform::pool;
use crate::{Error, RepoPath, Result};

/// The directories above some files, and those of them that Mercurial does not pass.
pub(crate) struct PathAuditor<'p>(HashMap<&'p RepoPath, Option<&'static str>>);

impl<'p> PathAuditor<'p> {
    /// Looks at the directories above some files, on all processors.
    pub(crate) fn of(root: &Path, paths: &[&'p RepoPath]) -> Self {
        let mut directories = HashMap::new();
        for path in paths {
            for above in directories_above(path) {
                if directories.insert(above, None).is_some() {
                    break;
                }
            }
        }
        let mut directories: Vec<_> = directories.into_iter().collect();
        let look = || {
            let each = directories.par_iter_mut();
            each.for_each(|(directory, obstacle)| *obstacle = self::obstacle(root, directory));
        };
        pool::run(look);
        PathAuditor(directories.into_iter().collect())
    }

    /// Fails if something is in the way to a file, as Mercurial's `pathauditor` does.
    pub(crate) fn check(&self, path: &RepoPath) -> Result<()> {
        let mut above: Vec<&RepoPath> = directories_above(path).collect();
        above.reverse();
        let found = above
            .into_iter()
            .find_map(|directory| Some((directory, self.0[directory]?)));
        let Some((directory, obstacle)) = found else {
            return Ok(());
        };
        let reason = format!("{directory} is {obstacle}");
        Err(Error::unsupported(FileKind::WorkingCopy, path, reason))
    }
}

/// Returns the directories above a path but the root, innermost first.
fn directories_above(path: &RepoPath) -> impl Iterator<Item = &RepoPath> {
    path.parents().filter(|directory| !directory.is_empty())
}

fn obstacle(root: &Path, directory: &RepoPath) -> Option<&'static str> {
    let directory = directory.below(root);
    if fs::symlink_metadata(&directory).ok()?.is_symlink() {
        return Some("a symbolic link");
    }
    directory
        .join(".hg")
        .is_dir()
        .then_some("a nested repository")
}
