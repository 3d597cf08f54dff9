// SPDX-License-Identifier: GPL-2.0-or-later

//! The files that a command line chooses, by its words and by `-I` and `-X`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use vermilion_core::dirstate::DirstateMap;
use vermilion_core::manifest::Manifest;
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use super::invocation::Invocation;
use crate::fileset;
use crate::patterns::{self, Filesets, Kind, Matcher, Place, no_filesets};
use crate::{Error, Result};

/// The files that are chosen.
pub(crate) struct Chosen {
    matcher: Matcher,
    /// Whether it took too long to tell of one.
    is_unsure: AtomicBool,
}

impl Invocation {
    /// Returns the files that the command's words choose, which are paths where they do not say of
    /// what other kind they are.
    ///
    /// # Errors
    /// Those of [`Matcher::new`]; [`Error::Abort`] where there is no repository.
    pub(crate) fn chosen(&self) -> Result<Chosen> {
        self.chosen_by(&self.words(), Kind::RelPath, &no_filesets)
    }

    /// Returns the same where the command is about a changeset or, without one, the working copy: then
    /// filesets are about that, too.
    ///
    /// # Errors
    /// Those of [`Invocation::chosen`], and of [`fileset::of`].
    pub(crate) fn chosen_at(&self, at: Option<Rev>) -> Result<Chosen> {
        let filesets = |expression: &[u8]| fileset::of(self, at, expression);
        self.chosen_by(&self.words(), Kind::RelPath, &filesets)
    }

    /// Returns the command's words.
    pub(crate) fn words(&self) -> Vec<&[u8]> {
        let words = self.options.words.iter();
        words.map(|word| word.as_bytes()).collect()
    }

    /// Returns the files that some words choose, which are of the kind `default` where they do not say
    /// theirs.
    ///
    /// # Errors
    /// Those of [`Invocation::chosen`], and of `filesets`.
    pub(crate) fn chosen_by(
        &self,
        words: &[&[u8]],
        default: Kind,
        filesets: Filesets<'_>,
    ) -> Result<Chosen> {
        let place = Place {
            root: self.repository()?.root(),
            cwd: self.cwd(),
        };
        let values = |name| self.options.values(name).into_iter().map(OsStr::as_bytes);
        let (include, exclude): (Vec<_>, Vec<_>) =
            (values("include").collect(), values("exclude").collect());
        for pattern in words.iter().chain(&include).chain(&exclude) {
            let (kind, text) = patterns::split(pattern);
            // Mercurial tells of files with patterns that cannot be read.
            if matches!(kind, Some(Kind::Include | Kind::SubInclude)) || text.contains(&b'\n') {
                let word = OsStr::from_bytes(pattern);
                return Err(Error::unsupported(format!(
                    "the pattern {}",
                    word.display()
                )));
            }
        }
        let matcher = Matcher::with_filesets(place, words, &include, &exclude, default, filesets)?;
        let is_own = |file: &Vec<u8>| {
            let mut parts = file.split(|&byte| byte == b'/');
            parts.any(|part| part.eq_ignore_ascii_case(b".hg"))
        };
        if matcher.files().iter().any(is_own) {
            return Err(Error::unsupported("a path in .hg"));
        }
        Ok(Chosen {
            matcher,
            is_unsure: AtomicBool::new(false),
        })
    }
}

impl Chosen {
    /// Tells whether a file is chosen; afterwards, [`Chosen::check`] says whether that was known.
    pub(crate) fn has(&self, path: &RepoPath) -> bool {
        self.matcher.matches(path).unwrap_or_else(|_| {
            self.is_unsure.store(true, Relaxed);
            false
        })
    }

    /// Tells whether all files are.
    pub(crate) fn is_all(&self) -> bool {
        self.matcher.is_always()
    }

    /// Tells whether nothing but names of files and directories chooses.
    pub(crate) fn is_named(&self) -> bool {
        self.matcher.is_prefix()
    }

    /// Returns the files and directories that are named, or in which files may be; `None` where that
    /// is anywhere.
    pub(crate) fn places(&self) -> Option<Vec<RepoPathBuf>> {
        let files = self.matcher.files();
        let is_anywhere = files.is_empty() || files.iter().any(Vec::is_empty);
        let places = files.iter().map(|file| RepoPath::new(file).to_owned());
        (!is_anywhere).then(|| places.collect())
    }

    /// Returns the tracked files that are chosen, in the order of their paths.
    ///
    /// # Errors
    /// Those of [`DirstateMap::iter`].
    pub(crate) fn tracked(&self, files: &DirstateMap) -> Result<Vec<RepoPathBuf>> {
        let mut found = Vec::new();
        for item in files.iter() {
            let item = item?;
            if item.entry.tracked() && self.has(item.path) {
                found.push(item.path.to_owned());
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Fails where it took too long to tell of a file.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_unsure.load(Relaxed) {
            return Err(Error::unsupported("a regular expression that takes long"));
        }
        Ok(())
    }

    /// Fails where none of these files is one that is named, or in a directory that is: Mercurial has
    /// something to say of it. `is_there` tells whether there is such a file or directory.
    ///
    /// # Errors
    /// [`Error::Unsupported`]; those of [`Chosen::check`].
    pub(crate) fn check_named(&self, is_there: impl Fn(&RepoPath) -> Result<bool>) -> Result<()> {
        let named = self.matcher.files().iter().filter(|file| !file.is_empty());
        for file in named {
            if !is_there(RepoPath::new(file))? {
                return Err(Error::unsupported("a path that is not there"));
            }
        }
        self.check()
    }

    /// Fails where not all of the working copy's files have to be looked at closely, and one is named
    /// that is not there.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub(crate) fn check_among_all(&self, root: &Path) -> Result<()> {
        if self.places().is_some() {
            return Ok(());
        }
        self.check_named(|path| Ok(path.below(root).symlink_metadata().is_ok()))
    }
}

/// Returns whether a manifest has a file, or files in a directory.
///
/// # Errors
/// Those of [`Manifest::find`].
pub(crate) fn is_in(manifest: &Manifest, path: &RepoPath) -> Result<bool> {
    Ok(manifest.find(path)?.is_some() || manifest.within(path)?.next().transpose()?.is_some())
}
