// SPDX-License-Identifier: GPL-2.0-or-later

//! The hg of Mercurial itself, which answers what is not answered here.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{GIVEN_UP, settings, streams};
use crate::config::Environment;

/// Mercurial's own program.
pub(super) struct Real {
    path: PathBuf,
}

/// What stands in this program, and in no other.
#[used]
static MARK: [u8; 32] = *b"\x7fvermilion, which stands for hg\x7f";
/// No program has more bytes that are searched for the mark.
const LARGEST: u64 = 256 << 20;

impl Real {
    /// Finds it: `$VERMILION_HG` if that is set, else `vermilion.hg` in the configuration that a
    /// command line reads, else the first `hg` in `$PATH` that is not this program, nor another of its
    /// kind, by whatever name or link.
    pub(super) fn find(words: &[OsString]) -> io::Result<Real> {
        let named = env::var_os("VERMILION_HG").filter(|path| !path.is_empty());
        if let Some(path) = named.map(PathBuf::from) {
            return Real::named(path, "VERMILION_HG");
        }
        if let Some(path) = configured(words) {
            return Real::named(path, "vermilion.hg");
        }
        let paths = env::var_os("PATH").unwrap_or_default();
        let mut found = env::split_paths(&paths).map(|folder| folder.join("hg"));
        found
            .find(|path| is_program(path) && !is_ours(path))
            .map(|path| Real { path })
            .ok_or_else(|| {
                io::Error::new(
                    ErrorKind::NotFound,
                    "there is no hg in PATH but this program",
                )
            })
    }

    fn named(path: PathBuf, by: &str) -> io::Result<Real> {
        let shown = path.display();
        if !is_program(&path) {
            return Err(io::Error::other(format!("{by}: {shown} is no program")));
        }
        if is_ours(&path) {
            return Err(io::Error::other(format!(
                "{by}: {shown} is this program itself"
            )));
        }
        Ok(Real { path })
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Becomes it. Returns only if that cannot be.
    pub(super) fn execute(&self, words: &[OsString]) -> u8 {
        let mut command = Command::new(&self.path);
        command.args(words);
        streams::close_with_execution();
        let error = command.exec();
        eprintln!("vermilion: {}: {error}", self.path.display());
        GIVEN_UP
    }
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Returns the program that the configuration names, of which a repository's only counts if it is
/// trusted.
fn configured(words: &[OsString]) -> Option<PathBuf> {
    let environment = Environment::of_process().ok()?;
    let config = settings::config(words, environment).ok()?;
    let path = config
        .get("vermilion", "hg")
        .filter(|path| !path.is_empty())?;
    let path = config.environment().expand(path);
    Some(PathBuf::from(OsString::from_vec(path)))
}

/// Tells whether a program is this one or another version of it, which would ask this one in turn.
fn is_ours(path: &Path) -> bool {
    let has_name = |path: PathBuf| path.file_name().is_some_and(|name| name == "vermilion");
    if path.canonicalize().is_ok_and(has_name) {
        return true;
    }
    let read = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let mut start = [0; 4];
        file.read_exact(&mut start)?;
        // Mercurial's own is a script.
        if start != *b"\x7fELF" || file.metadata()?.len() > LARGEST {
            return Ok(false);
        }
        let mut rest = Vec::new();
        file.read_to_end(&mut rest)?;
        Ok(memchr::memmem::find(&rest, &MARK).is_some())
    };
    read().unwrap_or(false)
}
