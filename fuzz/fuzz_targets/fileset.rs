// SPDX-License-Identifier: GPL-2.0-or-later

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/languages.rs"]
#[allow(dead_code)]
mod languages;

fuzz_target!(|data: &[u8]| languages::fileset(data));
