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

use super::colors::Colors;
use super::line::{self, Line};
use super::options::Options;
use super::output::Output;
use super::pager::Pager;
use super::settings::configured;
use super::shown_paths::ShownPaths;
use crate::commands::Command;
use crate::config::{Config, Environment};
use crate::encoding::Encoding;
use crate::revset::{Aliases, Revset};
use crate::{Error, Result, dates};

/// Extensions that come with Mercurial and change nothing of what is answered here, but perhaps
/// add commands; and ours.
const HARMLESS: &[&str] = &[
    "absorb",
    "acl",
    "amend",
    "automv",
    "bugzilla",
    "children",
    "churn",
    "clonebundles",
    "closehead",
    "convert",
    "extdiff",
    "fetch",
    "gpg",
    "graphlog",
    "hgk",
    "histedit",
    "notify",
    "patchbomb",
    "progress",
    "purge",
    "rebase",
    "record",
    "releasenotes",
    "relink",
    "shelve",
    "split",
    "strip",
    "transplant",
    "uncommit",
    "vermilion",
];
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
/// Items that do the same, where they are set.
const NOT_CONFIGURED: &[(&str, &str)] = &[
    ("diff", "merge"),
    ("profiling", "enabled"),
    ("ui", "debug"),
    ("ui", "formatdebug"),
    ("ui", "formatjson"),
    ("ui", "message-output"),
    ("ui", "timestamp-output"),
];

/// Items of `[devel]` that are honoured, or change nothing here.
const KNOWN_OF_DEVELOPERS: &[&str] = &["all-warnings", "default-date"];

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
    pub fn read(words: &[OsString], environment: Environment) -> Result<Invocation> {
        if environment.is_plain("strictflags") {
            return Err(Error::unsupported("HGPLAIN=+strictflags"));
        }
        if environment.var("HGENCODINGAMBIGUOUS").is_some() {
            return Err(Error::unsupported("characters that may be wide"));
        }
        if environment.var("HG_PENDING").is_some() {
            return Err(Error::unsupported("a hook in a transaction"));
        }
        let (mut config, repository, cwd) = configured(words, environment)?;
        let Line {
            command,
            name,
            is_whole,
            options,
        } = line::read(words, &config)?;
        if let Some(option) = options.names().find(|name| NOT_HERE.contains(name)) {
            return Err(Error::unsupported(format!("--{option}")));
        }
        if let Some(name) = options.value("encoding").filter(|name| !name.is_empty()) {
            config.set_encoding(name);
            if Encoding::of(&config) == Encoding::Other {
                return Err(Error::unsupported(format!("--encoding {}", name.display())));
            }
        }
        for flag in ["verbose", "quiet"] {
            if let Some(value) = options.tri(flag) {
                let value: &[u8] = if value { b"True" } else { b"False" };
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
        if !config.warnings().is_empty() {
            return Err(Error::unsupported("a file that is not trusted"));
        }
        if let Some((section, item)) = NOT_CONFIGURED
            .iter()
            .find(|(s, i)| config.get(s, i).is_some())
        {
            return Err(Error::unsupported(format!("{section}.{item} is set")));
        }
        // Experiments change whatever they like, but for what may be obsolete.
        for section in ["devel", "experimental"] {
            let items = config.items(section).into_iter();
            let mut names = items.map(|(name, _)| String::from_utf8_lossy(name));
            let is_known = |name: &str| match section {
                "devel" => KNOWN_OF_DEVELOPERS.contains(&name),
                _ => name.starts_with("evolution"),
            };
            if let Some(name) = names.find(|name| !is_known(name)) {
                return Err(Error::unsupported(format!("{section}.{name} is set")));
            }
        }
        // Filters of what is in files.
        if ["encode", "decode"]
            .iter()
            .any(|section| !config.items(section).is_empty())
        {
            return Err(Error::unsupported("[encode] or [decode]"));
        }
        let is_partial = |repository: &Repository| {
            let all = repository.requirements().all();
            ["narrowhg-experimental", "exp-sparse"]
                .iter()
                .any(|name| all.contains(*name))
        };
        if self.repository.as_ref().is_some_and(is_partial) {
            return Err(Error::unsupported("a narrow or sparse repository"));
        }
        let mut adds_commands = false;
        for (extension, item) in config.items("extensions") {
            if extension.contains(&b':') || item.value.starts_with(b"!") {
                continue;
            }
            let extension = String::from_utf8_lossy(extension);
            let short = extension.strip_prefix("hgext.").unwrap_or(&extension);
            if !item.value.is_empty() || !HARMLESS.contains(&short) {
                return Err(Error::unsupported(format!("the extension {extension}")));
            }
            adds_commands = true;
        }
        let own = self.command.names;
        if !is_whole && (adds_commands || config.bool("ui", "strict", false)?) {
            return Err(Error::unsupported(
                "an abbreviation, with commands of extensions",
            ));
        }
        for (hook, _) in config.items("hooks") {
            let hook = String::from_utf8_lossy(hook);
            let (when, what) = hook.split_once('-').unwrap_or_default();
            let what = what.split('.').next().unwrap_or_default();
            let is_of_this = own.contains(&what) || what.as_bytes() == name;
            if matches!(when, "pre" | "post" | "fail") && is_of_this {
                return Err(Error::unsupported(format!("the hook {hook}")));
            }
        }
        if !self.command.is_wordless && self.config.environment().is_translated() {
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
    /// [`Error::Abort`] where there is none; those of [`Snapshot::open`].
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

    /// Returns the current directory, that of `--cwd` where it is given.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Tells whether `--verbose` is given or configured.
    pub fn is_verbose(&self) -> bool {
        self.is_verbose
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
