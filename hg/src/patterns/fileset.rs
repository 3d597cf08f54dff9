// SPDX-License-Identifier: GPL-2.0-or-later

//! The files of a set, for whoever makes one of an expression.

use std::fmt;
use std::sync::Arc;

use vermilion_core::RepoPath;

use crate::Result;

/// Tells which files are in a set.
#[derive(Clone)]
pub struct Fileset(Arc<Test>);

type Test = dyn Fn(&RepoPath) -> Result<bool> + Send + Sync;

impl Fileset {
    /// Returns the set of the files for which a function says so.
    pub(crate) fn new(test: impl Fn(&RepoPath) -> Result<bool> + Send + Sync + 'static) -> Fileset {
        Fileset(Arc::new(test))
    }

    /// Returns whether a file is in it.
    ///
    /// # Errors
    /// Those of reading the file, if the set is one of contents.
    pub(crate) fn has(&self, path: &RepoPath) -> Result<bool> {
        (self.0)(path)
    }
}

impl fmt::Debug for Fileset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fileset")
    }
}
