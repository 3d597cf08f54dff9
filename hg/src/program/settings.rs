// SPDX-License-Identifier: GPL-2.0-or-later

//! The repository and the configuration of a command line, which are known before its command is.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use vermilion_core::repository::Repository;

use super::options;
use crate::config::{Config, Environment};
use crate::{Error, Result};

/// The configuration, the repository if there is one, and the current directory.
pub(super) type Configured = (Config, Option<Repository>, PathBuf);

fn canonical(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .map_err(|_| Error::unsupported(path.display()))
}

/// Returns the configuration for a command line, of whatever command.
///
/// # Errors
/// Those of [`Config::of_user`].
pub(super) fn config(words: &[OsString], environment: Environment) -> Result<Config> {
    // Where there is no such repository, Mercurial will say so.
    match configured(words, environment.clone()) {
        Ok((config, ..)) => Ok(config),
        Err(_) => Config::of_user(environment),
    }
}

/// Returns the configuration, the repository if there is one, and the current directory, as the
/// options say that Mercurial reads before all others.
///
/// # Errors
/// [`Error::Unsupported`] for what Mercurial has something to say about; those of reading them.
pub(super) fn configured(words: &[OsString], environment: Environment) -> Result<Configured> {
    let options = options::parse(&options::early(words), &[options::GLOBAL], true)?;
    let cwd = match options.value("cwd") {
        Some(cwd) => {
            let cwd = canonical(&environment.cwd().join(cwd))?;
            if !cwd.is_dir() {
                return Err(Error::unsupported(cwd.display()));
            }
            cwd
        }
        None => environment.cwd().to_path_buf(),
    };
    let mut config = Config::of_user(environment)?;
    for setting in options.values("config") {
        set(&mut config, setting)?;
    }
    let repository = find(options.value("repository"), &cwd, &config)?;
    if let Some(repository) = &repository {
        config.read_repository(repository)?;
    }
    Ok((config, repository, cwd))
}

/// Sets what `--config SECTION.NAME=VALUE` says.
fn set(config: &mut Config, setting: &OsStr) -> Result<()> {
    let wrong = || Error::unsupported(format!("--config {}", setting.display()));
    let bytes = setting.as_bytes();
    let equals = memchr::memchr(b'=', bytes).ok_or_else(wrong)?;
    let (name, value) = (
        bytes[..equals].trim_ascii(),
        bytes[equals + 1..].trim_ascii(),
    );
    let dot = memchr::memchr(b'.', name).ok_or_else(wrong)?;
    let (section, name) = (&name[..dot], &name[dot + 1..]);
    if section.is_empty() || name.is_empty() {
        return Err(wrong());
    }
    config.set_option(section, name, value)
}

/// Returns the repository that is named, or else the one around here, if there is one.
fn find(named: Option<&OsStr>, cwd: &Path, config: &Config) -> Result<Option<Repository>> {
    let Some(named) = named else {
        let root = cwd.ancestors().find(|path| path.join(".hg").is_dir());
        return Ok(root.map(Repository::open).transpose()?);
    };
    let name = named.to_string_lossy();
    if config.get("paths", &name).is_some() {
        return Err(Error::unsupported(format!("-R {name}: a path with a name")));
    }
    let path = OsString::from_vec(config.environment().expand(named.as_bytes()));
    let path = canonical(&cwd.join(path))?;
    if !path.join(".hg").is_dir() {
        // A bundle, or the address of something elsewhere.
        return Err(Error::unsupported(format!("-R {name}")));
    }
    Ok(Some(Repository::open(path)?))
}
