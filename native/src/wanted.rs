// SPDX-License-Identifier: GPL-2.0-or-later

//! The bits of a request for a status, which Python reads from the module.

use std::ffi::CStr;

use vermilion_core::working_copy::status::{Unseen, Wanted};

pub const TRACKED: u32 = 1 << 0;
pub const CLEAN: u32 = 1 << 1;
pub const UNKNOWN: u32 = 1 << 2;
pub const IGNORED: u32 = 1 << 3;
pub const COPIES: u32 = 1 << 4;
const DIRECTORIES: u32 = 1 << 5;
const NO_EXEC: u32 = 1 << 6;
const NO_LINK: u32 = 1 << 7;
const STRICT: u32 = 1 << 8;

/// The names of the bits in Python.
pub const BITS: [(&CStr, u32); 9] = [
    (c"WANT_TRACKED", TRACKED),
    (c"WANT_CLEAN", CLEAN),
    (c"WANT_UNKNOWN", UNKNOWN),
    (c"WANT_IGNORED", IGNORED),
    (c"WANT_COPIES", COPIES),
    (c"WANT_DIRECTORIES", DIRECTORIES),
    (c"NO_EXEC", NO_EXEC),
    (c"NO_LINK", NO_LINK),
    (c"STRICT", STRICT),
];

/// Returns what the bits of a request say.
pub fn wanted(bits: u32) -> Wanted {
    let has = |bit| bits & bit != 0;
    Wanted {
        clean: has(CLEAN),
        unknown: has(UNKNOWN),
        ignored: has(IGNORED),
        directories: has(DIRECTORIES),
        check_exec: !has(NO_EXEC),
        check_link: !has(NO_LINK),
        unseen: if has(STRICT) {
            Unseen::Fatal
        } else {
            Unseen::Missing
        },
    }
}
