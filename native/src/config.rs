// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Config`: what hg is configured to in a repository.

use std::ffi::OsString;
use std::path::PathBuf;

use hpy_bindings::{Borrowed, Bytes, Ctx, PyErr, pyclass, pyfunction, pymethods};
use vermilion_core::platform::ext::OsStringExt as _;
use vermilion_core::repository::Repository;
use vermilion_hg as hg;
use vermilion_hg::config::{Config as Read, Environment, Item};

use crate::error::{ConfigError, Error, Result};

/// What hg is configured to in a repository.
#[pyclass(module = "vermilion._native")]
pub struct Config {
    config: Read,
}

/// Reads the configuration of a user with these variables, and of the repository around a path.
#[pyfunction(signature = (path, variables, hg, /))]
pub fn read_config(
    ctx: Ctx<'_>,
    path: PathBuf,
    variables: Vec<(Bytes, Bytes)>,
    hg: Borrowed<'_>,
) -> Result<Config> {
    let text = |bytes: Bytes| OsString::from_vec(bytes.0);
    let variables = variables
        .into_iter()
        .map(|(name, value)| (text(name), text(value)));
    let hg: Option<PathBuf> = hg.extract()?;
    let environment = Environment::new(variables, path.clone()).with_hg(hg);
    let config = ctx.leave_python(|| {
        let mut config = Read::of_user(environment)?;
        config.read_repository(&Repository::discover(&path)?)?;
        Ok(config)
    });
    Ok(Config {
        config: config.map_err(wrong)?,
    })
}

fn wrong(error: hg::Error) -> Error {
    match error {
        hg::Error::Core(error) => error.into(),
        error => PyErr::new(ConfigError::class(), error.to_string()).into(),
    }
}

fn pair(item: &Item) -> (Bytes, Bytes) {
    (Bytes(item.value.clone()), Bytes(item.source.clone()))
}

#[pymethods(positional_only)]
impl Config {
    /// An item's value and source; None if it is not set.
    fn item(&self, section: &str, name: &str) -> Option<(Bytes, Bytes)> {
        self.config.item(section, name).map(pair)
    }

    /// A value, also of files that are not trusted.
    fn untrusted(&self, section: &str, name: &str) -> Option<Bytes> {
        let value = self.config.untrusted(section, name)?;
        Some(Bytes(value.to_vec()))
    }

    /// The items of a section: name, value, source.
    fn items(&self, section: &str) -> Vec<(Bytes, Bytes, Bytes)> {
        let items = self.config.items(section).into_iter();
        let items = items.map(|(name, item)| {
            let (value, source) = pair(item);
            (Bytes(name.to_vec()), value, source)
        });
        items.collect()
    }

    /// The names of all sections.
    fn sections(&self) -> Vec<Bytes> {
        self.config
            .sections()
            .map(|name| Bytes(name.to_vec()))
            .collect()
    }

    /// What hg would say of files that it does not trust.
    fn warnings(&self) -> Vec<Bytes> {
        self.config.warnings().iter().cloned().map(Bytes).collect()
    }

    /// What an item says to a question.
    fn get_bool(&self, section: &str, name: &str, default: bool) -> Result<bool> {
        self.config.bool(section, name, default).map_err(wrong)
    }

    /// The number that an item says.
    fn get_int(&self, section: &str, name: &str, default: i64) -> Result<i64> {
        self.config.int(section, name, default).map_err(wrong)
    }

    /// The members of a list; None if it is not set.
    fn get_list(&self, section: &str, name: &str) -> Option<Vec<Bytes>> {
        self.config.get(section, name)?;
        Some(
            self.config
                .list(section, name)
                .into_iter()
                .map(Bytes)
                .collect(),
        )
    }
}
