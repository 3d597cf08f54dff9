// SPDX-License-Identifier: GPL-2.0-or-later

//! `vermilion doctor`: who answers what.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::real::Real;
use super::{say, server};

/// Prints which program hg is asked, whether by a server, and what its Python says of Vermilion.
pub(super) fn report() -> io::Result<u8> {
    say(&format!("vermilion {}\n", env!("CARGO_PKG_VERSION")))?;
    let real = match Real::find(&[]) {
        Ok(real) => real,
        Err(error) => {
            say(&format!("hg: {error}\n"))?;
            return Ok(1);
        }
    };
    let hg = real.path();
    say(&format!("hg: {}\n", hg.display()))?;
    match server::address_of(hg) {
        Ok(address) => say(&format!("server: {}\n", address.display()))?,
        Err(error) => say(&format!("server: none: {error}\n"))?,
    }
    let Some(python) = interpreter(hg) else {
        return say("Python: not known, as hg is no Python script\n").map(|()| 0);
    };
    say(&format!("Python: {}\n", python.display()))?;
    let status = Command::new(&python)
        .args(["-m", "vermilion.doctor"])
        .status()?;
    Ok(u8::from(!status.success()))
}

/// Returns the interpreter that a script's first line names.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut line = Vec::new();
    let file = BufReader::new(File::open(script).ok()?.take(4096));
    { file }.read_until(b'\n', &mut line).ok()?;
    let line = String::from_utf8(line).ok()?;
    let path = line.strip_prefix("#!")?.split_whitespace().next()?;
    let is_python = Path::new(path).file_name()?.to_str()?.starts_with("py");
    is_python.then(|| PathBuf::from(path))
}
