// SPDX-License-Identifier: GPL-2.0-or-later

//! How differences are shown: by options, else as configured in `[diff]`.

use std::os::unix::ffi::OsStrExt as _;

use vermilion_core::diff::{Algorithm, Options, Whitespace};
use vermilion_core::{RepoPath, RepoPathBuf};

use super::invocation::Invocation;
use super::mercurial;
use super::options::Options as CommandLine;
use crate::patterns::{self, Place};
use crate::{Error, Result};

impl Invocation {
    /// Returns how differences are shown.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what is no number; [`Error::Config`].
    pub fn diff_options(&self) -> Result<Options> {
        self.diff_options_by(&self.options)
    }

    /// Returns how differences are shown that are not what the command is about, whatever its options.
    ///
    /// # Errors
    /// As for [`Invocation::diff_options`].
    pub fn configured_diff_options(&self) -> Result<Options> {
        self.diff_options_by(&CommandLine::default())
    }

    fn diff_options_by(&self, given: &CommandLine) -> Result<Options> {
        let is_plain = self.config.environment().is_plain("");
        let flag = |option: &str, item: &str, is_format: bool| match given.tri(option) {
            Some(flag) => Ok(flag),
            None if is_format && is_plain => Ok(false),
            None => self.config.bool("diff", item, false),
        };
        let context = match given.value("unified") {
            Some(value) => value.as_encoded_bytes(),
            None => self.config.get("diff", "unified").unwrap_or_default(),
        };
        let context = if context.is_empty() {
            3
        } else {
            let text = std::str::from_utf8(context)
                .ok()
                .and_then(|text| text.parse().ok());
            text.ok_or_else(|| Error::unsupported("another number of lines than a number"))?
        };
        let no_binary = match given.tri("binary") {
            Some(binary) => !binary,
            None => flag("no-such-option", "nobinary", true)?,
        };
        let show_function = flag("show-function", "showfunc", false)?;
        let version = || mercurial::version(self.config.environment().hg()?);
        let is_old = || mercurial::series(&version()?).map(|series| series < (7, 1));
        if show_function && is_old() == Some(true) {
            return Err(Error::unsupported(
                "names of functions by the rule of an older Mercurial",
            ));
        }
        Ok(Options {
            context,
            text: given.flag("text"),
            show_function,
            git: flag("git", "git", false)?,
            no_dates: flag("nodates", "nodates", false)?,
            no_binary,
            no_prefix: flag("noprefix", "noprefix", true)?,
            index: 0,
            whitespace: Whitespace {
                all: flag("ignore-all-space", "ignorews", false)?,
                amount: flag("ignore-space-change", "ignorewsamount", false)?,
                blank_lines: flag("ignore-blank-lines", "ignoreblanklines", false)?,
                at_end: flag("ignore-space-at-eol", "ignorewseol", false)?,
            },
            algorithm: self.diff_algorithm()?,
            root: self.diff_root()?,
        })
    }

    /// Returns the way to find lines that match.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub(crate) fn diff_algorithm(&self) -> Result<Algorithm> {
        let is_xdiff = self.config.bool("experimental", "xdiff", false)?;
        Ok(if is_xdiff {
            Algorithm::Xdiff
        } else {
            Algorithm::Bdiff
        })
    }

    /// Returns the directory that `--root` names, the repository's root without.
    fn diff_root(&self) -> Result<RepoPathBuf> {
        let Some(root) = self.options.value("root") else {
            return Ok(RepoPath::root().to_owned());
        };
        let place = Place {
            root: self.repository()?.root(),
            cwd: self.cwd(),
        };
        let root = patterns::canonical(place, root.as_bytes())?;
        Ok(RepoPath::new(&root).to_owned())
    }
}
