// SPDX-License-Identifier: GPL-2.0-or-later

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks.rs"]
#[allow(dead_code)]
mod checks;

fuzz_target!(|data: &[u8]| checks::revlog::nodemap_file(data));
