// SPDX-License-Identifier: GPL-2.0-or-later

//! Configuration, from all places that Mercurial 7.2 reads (`hg help config`).
//!
//! What comes with Mercurial itself, the section `merge-tools`, is not among them: it is in the
//! Python package.

mod environment;
mod files;
mod parse;
mod table;
mod users;
pub(crate) mod values;

use std::ffi::OsStr;
use std::path::Path;

pub use environment::{Environment, normal_path};
pub(crate) use parse::{Line, lines};
pub use table::Item;
pub(crate) use table::Table;
pub use values::{parse_bool, parse_list, parse_size};

use crate::{Error, Result};
use vermilion_core::repository::Repository;

/// What is left of a section where `HGPLAIN` is set: none of these.
const NOT_PLAIN: [&str; 10] = [
    "debug",
    "fallbackencoding",
    "quiet",
    "slash",
    "logtemplate",
    "message-output",
    "statuscopies",
    "style",
    "traceback",
    "verbose",
];

/// What `ui.tweakdefaults` sets, where nothing else does.
const TWEAKED: [(&str, &str, &str); 11] = [
    ("ui", "rollback", "False"),
    ("ui", "statuscopies", "yes"),
    ("ui", "interface", "curses"),
    ("ui", "relative-paths", "yes"),
    ("commands", "grep.all-files", "True"),
    ("commands", "update.check", "noconflict"),
    ("commands", "status.verbose", "True"),
    ("commands", "resolve.explicit-re-merge", "True"),
    ("diff", "git", "1"),
    ("diff", "showfunc", "1"),
    ("diff", "word-diff", "1"),
];

/// The configuration of one command.
///
/// What files of other users say is kept apart: it is only good for what is harmless
/// ([`Config::untrusted`]).
#[derive(Clone, Debug)]
pub struct Config {
    trusted: Table,
    untrusted: Table,
    /// What the command line says, which is over all files, however late they are read.
    overrides: Table,
    warnings: Vec<Vec<u8>>,
    environment: Environment,
    is_tweaked: bool,
}

impl Config {
    /// Reads the configuration of the system and the user.
    ///
    /// # Errors
    /// [`Error::Config`] for a file that is no configuration; [`Error::Unsupported`] for one that
    /// is no file, such as a pipe, and on Windows, which has it in other places.
    pub fn of_user(environment: Environment) -> Result<Config> {
        if !cfg!(unix) {
            return Err(Error::unsupported(
                "configuration of other systems than Unix",
            ));
        }
        let mut config = Config::empty(environment);
        let environment = config.environment.clone();
        if let Some(paths) = environment.var("HGRCPATH") {
            config.read_variables();
            for path in paths
                .split(|&byte| byte == b':')
                .filter(|path| !path.is_empty())
            {
                for file in files::of_path(&environment.expand(path)) {
                    config.read(&file, true)?;
                }
            }
            config.tweak()?;
            return Ok(config);
        }
        for file in files::of_system(&environment) {
            config.read(&file, true)?;
        }
        config.read_variables();
        for file in files::of_user(&environment) {
            config.read(&file, true)?;
        }
        config.tweak()?;
        Ok(config)
    }

    /// Returns a configuration of which nothing is known but the environment.
    pub fn empty(environment: Environment) -> Config {
        let (trusted, untrusted, overrides) = Default::default();
        Config {
            trusted,
            untrusted,
            overrides,
            warnings: Vec::new(),
            environment,
            is_tweaked: false,
        }
    }

    fn read_variables(&mut self) {
        let variables = [
            ("EDITOR", "ui", "editor"),
            ("VISUAL", "ui", "editor"),
            ("PAGER", "pager", "pager"),
        ];
        for (variable, section, name) in variables {
            let Some(value) = self.environment.var(variable).map(<[u8]>::to_vec) else {
                continue;
            };
            let source = format!("${variable}").into_bytes();
            for table in [&mut self.trusted, &mut self.untrusted] {
                table.set(
                    section.as_bytes(),
                    name.as_bytes(),
                    value.clone(),
                    source.clone(),
                );
            }
        }
    }

    /// Reads the files of a repository: where it is shared safely, its source's first.
    ///
    /// # Errors
    /// Those of [`Config::of_user`].
    pub fn read_repository(&mut self, repository: &Repository) -> Result<()> {
        if self.environment.var("HGRCSKIPREPO").is_some() {
            return Ok(());
        }
        for file in files::of_repository(repository) {
            self.read(&file, false)?;
        }
        self.tweak()
    }

    /// Sets what `ui.tweakdefaults` asks for, once: what is read later does not set it otherwise.
    fn tweak(&mut self) -> Result<()> {
        let is_asked_for = self.bool("ui", "tweakdefaults", false)?;
        if self.is_tweaked || !is_asked_for || self.environment.is_plain("tweakdefaults") {
            return Ok(());
        }
        self.is_tweaked = true;
        for (section, name, value) in TWEAKED {
            if self.get(section, name).is_none() {
                self.set(
                    section.as_bytes(),
                    name.as_bytes(),
                    value.as_bytes(),
                    "<tweakdefaults>",
                );
            }
        }
        Ok(())
    }

    /// Sets an item as `--config` does.
    ///
    /// # Errors
    /// [`Error::Config`] for what has to be a boolean.
    pub fn set_option(&mut self, section: &[u8], name: &[u8], value: &[u8]) -> Result<()> {
        self.set(section, name, value, "--config");
        self.tweak()
    }

    /// Sets an item for all of the command, as an option does.
    pub fn set(&mut self, section: &[u8], name: &[u8], value: &[u8], source: &str) {
        for table in [&mut self.overrides, &mut self.trusted, &mut self.untrusted] {
            table.set(section, name, value.to_vec(), source.into());
        }
    }

    fn read(&mut self, file: &Path, is_trusted: bool) -> Result<()> {
        let Some(opened) = files::File::open(file)? else {
            return Ok(());
        };
        let is_trusted = is_trusted || {
            let users = self.list("trusted", "users");
            let groups = self.list("trusted", "groups");
            opened.is_trusted(&users, &groups)
        };
        if !is_trusted && self.bool("ui", "report_untrusted", true)? {
            self.warnings.push(opened.distrust());
        }
        let mut table = Table::default();
        if let Err(error) = files::parse(
            &mut table,
            &opened,
            &self.environment,
            &mut files::Included::default(),
        ) {
            match error {
                Error::Config {
                    message,
                    location: Some(location),
                } if !is_trusted => {
                    self.warnings
                        .push(format!("ignored {location}: {message}\n").into_bytes());
                }
                error => return Err(error),
            }
        }
        self.lay(table, is_trusted);
        Ok(())
    }

    fn lay(&mut self, mut table: Table, is_trusted: bool) {
        if self.environment.is_plain("") {
            table.retain(b"ui", |name| {
                !NOT_PLAIN.iter().any(|not| not.as_bytes() == name)
            });
            for section in ["defaults", "commands", "command-templates"] {
                table.retain(section.as_bytes(), |_| false);
            }
        }
        for section in ["alias", "revsetalias", "templatealias"] {
            if self.environment.is_plain(section) {
                table.retain(section.as_bytes(), |_| false);
            }
        }
        if is_trusted {
            self.trusted.update(&table);
            self.trusted.update(&self.overrides);
        }
        self.untrusted.update(&table);
        self.untrusted.update(&self.overrides);
    }

    /// Sets the encoding of what users read, whatever the environment says.
    pub fn set_encoding(&mut self, name: &OsStr) {
        self.environment.set("HGENCODING", name);
    }

    /// Returns where all of this comes from.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Returns what hg says on standard error about files that it does not trust.
    pub fn warnings(&self) -> &[Vec<u8>] {
        &self.warnings
    }

    /// Returns an item of those that are trusted, with its source.
    pub fn item(&self, section: &str, name: &str) -> Option<&Item> {
        self.trusted.get(section.as_bytes(), name.as_bytes())
    }

    /// Returns an item's value.
    pub fn get(&self, section: &str, name: &str) -> Option<&[u8]> {
        Some(&self.item(section, name)?.value)
    }

    /// Returns an item's value, also from files of users who are not trusted.
    pub fn untrusted(&self, section: &str, name: &str) -> Option<&[u8]> {
        let item = self.untrusted.get(section.as_bytes(), name.as_bytes())?;
        Some(&item.value)
    }

    /// Returns the names of all sections, sorted; some may be empty.
    pub fn sections(&self) -> impl Iterator<Item = &[u8]> {
        self.trusted.sections()
    }

    /// Returns the items of a section, those set last at the end.
    pub fn items(&self, section: &str) -> Vec<(&[u8], &Item)> {
        self.trusted.items(section.as_bytes())
    }

    /// Returns what an item says to a question that is answered with yes or no.
    ///
    /// # Errors
    /// [`Error::Config`] for an item that says neither.
    pub fn bool(&self, section: &str, name: &str, default: bool) -> Result<bool> {
        let Some(value) = self.get(section, name) else {
            return Ok(default);
        };
        parse_bool(value).ok_or_else(|| wrong("boolean", section, name, value))
    }

    /// Returns the number that an item says.
    ///
    /// # Errors
    /// [`Error::Config`] for an item that is none.
    pub fn int(&self, section: &str, name: &str, default: i64) -> Result<i64> {
        let Some(value) = self.get(section, name) else {
            return Ok(default);
        };
        let text = std::str::from_utf8(value).ok().map(str::trim);
        let number = text.and_then(|text| text.parse().ok());
        number.ok_or_else(|| wrong("valid integer", section, name, value))
    }

    /// Returns the members of a list; none where there is no such item.
    pub fn list(&self, section: &str, name: &str) -> Vec<Vec<u8>> {
        self.get(section, name).map(parse_list).unwrap_or_default()
    }
}

fn wrong(what: &str, section: &str, name: &str, value: &[u8]) -> Error {
    let value = String::from_utf8_lossy(value);
    Error::Config {
        message: format!("{section}.{name} is not a {what} ('{value}')"),
        location: None,
    }
}
