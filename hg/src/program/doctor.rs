// SPDX-License-Identifier: GPL-2.0-or-later

//! `vermilion doctor`: who answers what.

use std::io;
use std::process::Command;

use super::real::Real;
use super::{mercurial, say, server};

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
    let Some(python) = mercurial::interpreter(hg) else {
        return say("Python: not known, as hg is no Python script\n").map(|()| 0);
    };
    say(&format!("Python: {}\n", python.display()))?;
    let status = Command::new(&python)
        .args(["-m", "vermilion.doctor"])
        .status()?;
    Ok(u8::from(!status.success()))
}
