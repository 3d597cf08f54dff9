// SPDX-License-Identifier: GPL-2.0-or-later

//! The hg of Mercurial itself, which answers what is not answered here.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Mercurial's own program.
pub(super) struct Real {
    path: PathBuf,
}

impl Real {
    /// Finds it: `$VERMILION_HG` if that is set, else the first `hg` in `$PATH` that is not this
    /// program, by whatever name or link.
    pub(super) fn find() -> io::Result<Real> {
        let own = Identity::of(&env::current_exe()?)?;
        if let Some(path) = env::var_os("VERMILION_HG").filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            if Identity::of(&path)? == own {
                return Err(io::Error::other("VERMILION_HG is this program itself"));
            }
            return Ok(Real { path });
        }
        let paths = env::var_os("PATH").unwrap_or_default();
        let mut found = env::split_paths(&paths).map(|folder| folder.join("hg"));
        let is_other =
            |path: &PathBuf| is_program(path) && Identity::of(path).is_ok_and(|other| other != own);
        found
            .find(is_other)
            .map(|path| Real { path })
            .ok_or_else(|| {
                io::Error::new(
                    ErrorKind::NotFound,
                    "there is no hg in PATH but this program",
                )
            })
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Becomes it. Returns only if that cannot be.
    pub(super) fn execute(&self, words: &[OsString]) -> ExitCode {
        let mut command = Command::new(&self.path);
        command.args(words);
        let error = command.exec();
        eprintln!("vermilion: {}: {error}", self.path.display());
        ExitCode::from(255)
    }
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// What two links to the same program have in common.
#[derive(PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    fn of(path: &Path) -> io::Result<Identity> {
        let found = fs::metadata(path)?;
        Ok(Identity(found.dev(), found.ino()))
    }
}
