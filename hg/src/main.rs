// SPDX-License-Identifier: GPL-2.0-or-later

//! The program `vermilion`.

#[cfg(not(unix))]
compile_error!("the program vermilion is for Unix");

use std::process::ExitCode;

/// Runs before the standard library puts something in the place of streams that are closed.
// SAFETY: it asks the system about three descriptors, and needs nothing that is set up later.
#[ctor::ctor(unsafe)]
fn before_main() {
    vermilion_hg::program::streams::note();
}

fn main() -> ExitCode {
    vermilion_hg::program::main().into()
}
