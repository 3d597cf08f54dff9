// SPDX-License-Identifier: GPL-2.0-or-later

//! The program `vermilion`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vermilion_hg::program::main().into()
}
