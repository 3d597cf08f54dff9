// SPDX-License-Identifier: GPL-2.0-or-later

//! What a patch says of a file, for those who know which files differ from elsewhere.

use super::store::Store;
use crate::diff::{FileDiff, Heading, Options, Origin};
use crate::manifest::{Manifest, ManifestEntry};
use crate::platform::pool;
use crate::{RepoPath, Result};

/// Fewer files than this are done before other threads have begun.
const FEW: usize = 8;

/// A file that differs in two manifests, in one of which it may be missing.
#[derive(Clone, Copy, Debug)]
pub struct FilePair<'a> {
    /// The path in each manifest.
    pub paths: [Option<&'a RepoPath>; 2],
    /// The paths as they are shown.
    pub shown: [&'a [u8]; 2],
    /// How the second file has come from the first one, where that has another path.
    pub origin: Option<Origin>,
}

impl Store {
    /// Returns what a patch says of each file, `None` also for one that cannot be read; see
    /// [`Store::file_diff`]. Of many, on several threads; takes memory for all of them.
    pub fn file_diffs(
        &self,
        manifests: [&Manifest; 2],
        pairs: &[FilePair<'_>],
        heading: &Heading<'_>,
        options: &Options,
    ) -> Vec<Option<[Vec<u8>; 2]>> {
        let of_pair =
            |pair: &FilePair<'_>| self.file_diff(manifests, pair, heading, options).ok()?;
        if pairs.len() < FEW {
            return pairs.iter().map(of_pair).collect();
        }
        pool::map(pairs, of_pair)
    }

    /// Returns the lines that head a file's part of a patch, and its hunks, both empty if there is
    /// nothing to tell; `None` for a file that a manifest does not have, and for a binary content
    /// that git's format has to show, which is compressed by a zlib other than Python's.
    ///
    /// Takes the time of reading both contents and that of the algorithm in `options`.
    ///
    /// # Errors
    /// Those of [`Manifest::find`] and [`Store::content`].
    pub fn file_diff(
        &self,
        manifests: [&Manifest; 2],
        pair: &FilePair<'_>,
        heading: &Heading<'_>,
        options: &Options,
    ) -> Result<Option<[Vec<u8>; 2]>> {
        let mut files = [None; 2];
        for (at, path) in pair.paths.into_iter().enumerate() {
            if let Some(path) = path {
                files[at] = manifests[at].find(path)?;
                if files[at].is_none() {
                    return Ok(None);
                }
            }
        }
        let contents = match files {
            [Some(old), Some(new)] => {
                self.two_contents([(old.path, &old.node), (new.path, &new.node)])?
            }
            _ => [self.content_of(files[0])?, self.content_of(files[1])?],
        };
        let shown = [0, 1].map(|at| files[at].map(|file| (pair.shown[at], file.flag)));
        let diff = FileDiff::new(shown, &contents, pair.origin, heading);
        if options.shows_binary() && diff.is_binary(options) {
            return Ok(None);
        }
        let (header, hunks, _) = diff.parts(options);
        Ok(Some([header, hunks]))
    }

    fn content_of(&self, file: Option<ManifestEntry<'_>>) -> Result<Vec<u8>> {
        file.map_or(Ok(Vec::new()), |file| self.content(file.path, &file.node))
    }
}
