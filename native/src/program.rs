// SPDX-License-Identifier: GPL-2.0-or-later

//! `python -m vermilion`: the program `vermilion`, where only Python is at hand.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use hpy_bindings::{Bytes, Ctx, pyfunction};
use vermilion_hg::program;

/// Runs what the words behind the name `vermilion` say, in this process; returns the exit status.
///
/// `own` is where the program itself is, for what is to call it later; `closed` says of standard
/// input, output and errors whether they were closed when Python started.
#[pyfunction(signature = (words, own, closed, /))]
pub fn run_program(
    ctx: Ctx<'_>,
    words: Vec<Bytes>,
    own: PathBuf,
    closed: (bool, bool, bool),
) -> u8 {
    let words = words.into_iter().map(|word| OsString::from_vec(word.0));
    let words: Vec<OsString> = words.collect();
    ctx.leave_python(|| {
        let own = match fs::metadata(&own) {
            Ok(_) => Ok(own),
            Err(error) => Err(io::Error::other(format!("{}: {error}", own.display()))),
        };
        program::streams::note_closed(closed.into());
        let status = program::run(&words, own);
        // Python's end does not know of this buffer.
        let _ = io::stdout().flush();
        status
    })
}
