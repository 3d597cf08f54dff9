// SPDX-License-Identifier: GPL-2.0-or-later

//! The real Mercurial: the `hg` that `VERMILION_HG` names; where nothing does, `tools/mercurials.py`
//! fetches one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The directory with this crate's tests.
pub const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

/// Runs a program, which has to succeed, and returns its output.
pub fn output(command: &mut Command) -> Vec<u8> {
    let done = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {errors}");
    done.stdout
}

/// Returns the program.
pub fn hg() -> &'static Path {
    static HG: OnceLock<PathBuf> = OnceLock::new();
    HG.get_or_init(|| {
        if let Some(named) = std::env::var_os("VERMILION_HG") {
            return named.into();
        }
        let tool = Path::new(TESTS).join("../../tools/mercurials.py");
        let printed = output(Command::new("python3").arg(tool));
        String::from_utf8(printed).unwrap().trim_end().into()
    })
}
