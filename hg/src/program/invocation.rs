// SPDX-License-Identifier: GPL-2.0-or-later

//! One command line of hg's: which command it is, with which options, where, and how configured.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::termios::tcgetwinsize;
use vermilion_core::Rev;
use vermilion_core::changelog::Date;
use vermilion_core::refs::{Found, View};
use vermilion_core::repository::Repository;
use vermilion_core::snapshot::Snapshot;

use super::allowed;
use super::colors::{Colors, is_formatted};
use super::line::{self, Line};
use super::options::Options;
use super::output::Output;
use super::pager::Pager;
use super::settings::Configured;
use super::shown_paths::ShownPaths;
use crate::commands::Command;
use crate::config::Config;
use crate::encoding::Encoding;
use crate::revset::{self, Aliases, Revset};
use crate::{Error, Result, dates};

/// Options that change what an answer looks like, or what is done around it.
const NOT_HERE: &[&str] = &[
    "config-file",
    "debug",
    "debugger",
    "encodingmode",
    "help",
    "profile",
    "time",
    "version",
];

/// A command line, read, with all that its command needs.
pub struct Invocation {
    /// The command.
    pub command: &'static Command,
    /// Its options, and its words, which are patterns or names.
    pub options: Options,
    /// The configuration, of the repository too if there is one.
    pub config: Config,
    /// What it prints.
    pub out: Output,
    /// How labelled text is shown.
    pub colors: Colors,
    repository: Option<Repository>,
    snapshot: OnceCell<Arc<Snapshot>>,
    cwd: PathBuf,
    is_verbose: bool,
    is_quiet: bool,
}

impl Invocation {
    /// Reads a command line, behind the name of the program.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the reason why Mercurial has to be asked; any other error is
    /// one that Mercurial has too, and the words for it.
    pub(super) fn read(words: &[OsString], configured: Configured) -> Result<Invocation> {
        let (mut config, repository, cwd) = configured;
        let Line {
            command,
            name,
            is_whole,
            options,
        } = line::read(words, &config)?;
        // As a command, it is an option of its own.
        let is_other = |name: &&str| NOT_HERE.contains(name) && *name != command.names[0];
        if let Some(option) = options.names().find(is_other) {
            return Err(Error::unsupported(format!("--{option}")));
        }
        if let Some(name) = options.value("encoding").filter(|name| !name.is_empty()) {
            config.set_encoding(name);
            if Encoding::of(&config) == Encoding::Other {
                return Err(Error::unsupported(format!("--encoding {}", name.display())));
            }
        }
        // One that is given stands for both, whatever is configured.
        let given = ["verbose", "quiet"].map(|flag| (flag, options.flag(flag)));
        if given.iter().any(|&(_, is_set)| is_set) {
            for (flag, is_set) in given {
                let value: &[u8] = if is_set { b"True" } else { b"False" };
                config.set(b"ui", flag.as_bytes(), value, &format!("--{flag}"));
            }
        }
        let (mut is_verbose, mut is_quiet) = (
            config.bool("ui", "verbose", false)?,
            config.bool("ui", "quiet", false)?,
        );
        if is_verbose && is_quiet {
            (is_verbose, is_quiet) = (false, false);
        }
        let pager = Pager::of(&config, &options, command.names[0], command.is_paged)?;
        let colors = Colors::of(&config, &options, pager.is_some())?;
        let mut out = Output::new();
        out.page(pager);
        if allowed::has_lfs(&config, repository.as_ref()) {
            // A content that is not there is only missed when it is read.
            out.hold();
        }
        let invocation = Invocation {
            command,
            options,
            config,
            out,
            colors,
            repository,
            snapshot: OnceCell::new(),
            cwd,
            is_verbose,
            is_quiet,
        };
        invocation.check(&name, is_whole)?;
        Ok(invocation)
    }

    /// Fails where something configured may change the answer in a way that is not known here.
    fn check(&self, name: &[u8], is_whole: bool) -> Result<()> {
        let config = &self.config;
        let adds_commands = allowed::configuration(config, self.repository.as_ref())?;
        if !is_whole && (adds_commands || config.bool("ui", "strict", false)?) {
            return Err(Error::unsupported(
                "an abbreviation, with commands of extensions",
            ));
        }
        let names = self.command.names.iter().map(|own| own.as_bytes());
        allowed::hooks(config, &names.chain([name]).collect::<Vec<_>>())?;
        if !self.command.is_wordless && config.environment().is_translated() {
            return Err(Error::unsupported("another language than English"));
        }
        Ok(())
    }

    /// Returns the repository.
    ///
    /// # Errors
    /// [`Error::Abort`] where there is none.
    pub fn repository(&self) -> Result<&Repository> {
        self.repository.as_ref().ok_or_else(|| {
            Error::abort(format!(
                "no repository found in '{}' (.hg not found)",
                self.cwd.display()
            ))
        })
    }

    /// Returns the repository as it is now, without hidden changesets unless they are asked for.
    ///
    /// # Errors
    /// [`Error::Abort`] where there is none; those of [`Snapshot::open`] and
    /// [`allowed::refs`].
    pub fn snapshot(&self) -> Result<Arc<Snapshot>> {
        if let Some(snapshot) = self.snapshot.get() {
            return Ok(Arc::clone(snapshot));
        }
        let view = if self.options.flag("hidden") {
            View::All
        } else {
            View::Visible
        };
        let opened = Arc::new(Snapshot::open(self.repository()?, view)?);
        allowed::refs(&self.config, opened.refs())?;
        Ok(Arc::clone(self.snapshot.get_or_init(|| opened)))
    }

    /// Returns the changeset that a word stands for; `None` for the working copy.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where Mercurial has something to say about it.
    pub fn rev(&self, word: &OsStr) -> Result<Option<Rev>> {
        let aliases = self.config.items("revsetalias");
        let is_alias = aliases.iter().any(|(name, _)| *name == word.as_bytes());
        match self.snapshot()?.refs().lookup(word.as_bytes()) {
            Ok(Found::Rev(rev)) if !is_alias => Ok(Some(rev)),
            Ok(Found::WorkingCopy) => Ok(None),
            _ => {
                let revs = self.evaluate(word.as_bytes())?;
                let none = || Error::unsupported(format!("-r {}: nothing", word.display()));
                revs.last().copied().map(Some).ok_or_else(none)
            }
        }
    }

    /// Returns the changeset of a word that stands for one only, `None` for the working copy: of those
    /// of several words, Mercurial compares the first with the last.
    ///
    /// # Errors
    /// Those of [`Invocation::rev`]; [`Error::Unsupported`] for more than one.
    pub fn single(&self, word: &OsStr) -> Result<Option<Rev>> {
        let Some(last) = self.rev(word)? else {
            return Ok(None);
        };
        // Whether it is a range, Mercurial reads without looking at names, which may have spaces.
        revset::parse(word.as_bytes()).map_err(Error::unsupported)?;
        if self.evaluate(word.as_bytes())? != [last] {
            return Err(Error::unsupported("more than two changesets to compare"));
        }
        Ok(Some(last))
    }

    /// Returns the changesets that words and `--rev` name, else the working copy's first parent.
    ///
    /// # Errors
    /// Those of [`Invocation::evaluate`].
    pub fn named(&self) -> Result<Vec<Rev>> {
        let mut specs = self.options.words.clone();
        let more = self.options.values("rev").into_iter();
        specs.extend(more.map(ToOwned::to_owned));
        if specs.is_empty() {
            return self.evaluate_own(b".");
        }
        self.revs(&specs)
    }

    /// Returns the changesets of revision sets, one set after the other.
    ///
    /// # Errors
    /// Those of [`Invocation::evaluate`].
    pub fn revs(&self, specs: &[OsString]) -> Result<Vec<Rev>> {
        let mut revs = Vec::new();
        let mut seen = HashSet::new();
        for spec in specs {
            let some = self.evaluate(spec.as_bytes())?;
            revs.extend(some.into_iter().filter(|&rev| seen.insert(rev)));
        }
        Ok(revs)
    }

    /// Returns the changesets of a revision set that a user wrote, in its order.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for whatever is wrong with it, too: Mercurial has the words.
    pub fn evaluate(&self, spec: &[u8]) -> Result<Vec<Rev>> {
        let pairs = self.config.items("revsetalias");
        let aliases = Aliases::new(pairs.iter().map(|(name, item)| (*name, &item.value)));
        self.evaluate_with(spec, &aliases)
    }

    /// Returns the changesets of a revision set that no user wrote, whose aliases are not meant.
    ///
    /// # Errors
    /// Those of [`Invocation::evaluate`].
    pub fn evaluate_own(&self, spec: &[u8]) -> Result<Vec<Rev>> {
        let none: [(&[u8], &[u8]); 0] = [];
        self.evaluate_with(spec, &Aliases::new(none))
    }

    fn evaluate_with(&self, spec: &[u8], aliases: &Aliases) -> Result<Vec<Rev>> {
        let snapshot = self.snapshot()?;
        let spec = Encoding::of(&self.config).read(spec)?;
        let interrupt = AtomicBool::new(false);
        let compiled = Revset::compile(spec, aliases, Some(&snapshot));
        let revs = compiled.and_then(|set| set.evaluate(&snapshot, Some(&self.cwd), &interrupt));
        match revs {
            Ok(revs) => Ok(revs.as_slice().to_vec()),
            Err(error) => Err(Error::unsupported(error)),
        }
    }

    /// Returns how many columns a line may have.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where `$COLUMNS` is no number.
    pub fn width(&self) -> Result<usize> {
        if let Some(columns) = self.config.environment().var("COLUMNS") {
            let columns = std::str::from_utf8(columns)
                .ok()
                .and_then(|text| text.parse().ok());
            return columns.ok_or_else(|| Error::unsupported("COLUMNS"));
        }
        let sizes = [
            tcgetwinsize(std::io::stderr()),
            tcgetwinsize(std::io::stdout()),
            tcgetwinsize(std::io::stdin()),
        ];
        let mut sizes = sizes.into_iter().flatten();
        let known = sizes.find(|size| size.ws_col > 0 && size.ws_row > 0);
        Ok(known.map_or(80, |size| size.ws_col.into()))
    }

    /// Tells whether somebody looks at what is printed, at a terminal.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn is_formatted(&self) -> Result<bool> {
        is_formatted(&self.config)
    }

    /// Returns the current directory, that of `--cwd` where it is given.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Tells whether `--verbose` is given or configured.
    pub fn is_verbose(&self) -> bool {
        self.is_verbose
    }

    /// Tells whether the extension lfs has a say in what is answered.
    pub fn has_lfs(&self) -> bool {
        allowed::has_lfs(&self.config, self.repository.as_ref())
    }

    /// Tells whether `--quiet` is given or configured.
    pub fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Fails where one of these options is given: it is not answered here.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub fn refuse(&self, names: &[&str]) -> Result<()> {
        match self.options.names().find(|name| names.contains(name)) {
            Some(name) => Err(Error::unsupported(format!(
                "{} --{name}",
                self.command.names[0]
            ))),
            None => Ok(()),
        }
    }

    /// Fails where there are words beside the options.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub fn refuse_words(&self) -> Result<()> {
        match self.options.words.first() {
            Some(word) => Err(Error::unsupported(format!(
                "{} {}",
                self.command.names[0],
                word.display()
            ))),
            None => Ok(()),
        }
    }

    /// Returns the date of what is not committed yet.
    ///
    /// # Errors
    /// Those of [`dates::parse`].
    pub fn now(&self) -> Result<Date> {
        match self.config.get("devel", "default-date") {
            Some(date) => dates::parse(date),
            None => Ok(dates::now()),
        }
    }

    /// Returns what ends a path: a NUL with `--print0`.
    pub fn line_end(&self) -> u8 {
        if self.options.flag("print0") {
            b'\0'
        } else {
            b'\n'
        }
    }

    /// Returns text that people read in their encoding.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for one that is not known.
    pub fn text<'t>(&self, text: &'t [u8]) -> Result<Cow<'t, [u8]>> {
        Encoding::of(&self.config).show(text)
    }

    /// Returns how a file's path is shown: as seen from here, or from the root.
    ///
    /// # Errors
    /// [`Error::Config`] for `ui.relative-paths` that says neither.
    pub fn shown_paths(&self, is_relative: bool) -> Result<ShownPaths> {
        let is_relative = match self.config.get("ui", "relative-paths") {
            None | Some(b"legacy") => is_relative,
            Some(_) => self.config.bool("ui", "relative-paths", false)?,
        };
        let root = self.repository()?.root();
        Ok(if is_relative {
            ShownPaths::from(root, &self.cwd)
        } else {
            ShownPaths::default()
        })
    }
}
