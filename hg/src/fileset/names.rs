// SPDX-License-Identifier: GPL-2.0-or-later

//! Names of files that every system can have.

use std::ops::RangeInclusive;

/// Devices of Windows, whatever their case and suffix; some with a number.
const DEVICES: [&[u8]; 4] = [b"con", b"prn", b"aux", b"nul"];
const NUMBERED: [&[u8]; 2] = [b"com", b"lpt"];
const NUMBERS: RangeInclusive<u8> = b'1'..=b'9';

/// Returns whether Windows can have files with a path.
pub(super) fn is_portable(path: &[u8]) -> bool {
    if path.ends_with(b"\\") || path.windows(2).any(|two| two == b"\\/") {
        return false;
    }
    let parts = path.split(|byte| b"/\\".contains(byte));
    parts.filter(|part| !part.is_empty()).all(is_portable_name)
}

fn is_portable_name(name: &[u8]) -> bool {
    let base = name.split(|&byte| byte == b'.').next().unwrap_or_default();
    let base = base.to_ascii_lowercase();
    let is_numbered = |device: &&[u8]| {
        let rest = base.strip_prefix(*device);
        matches!(rest, Some([number]) if NUMBERS.contains(number))
    };
    let is_device = DEVICES.contains(&&base[..]) || NUMBERED.iter().any(is_numbered);
    let is_odd = |byte: &u8| *byte <= 31 || b":*?\"<>|".contains(byte);
    let ends_oddly = name.ends_with(b".") || name.ends_with(b" ");
    !is_device && !name.iter().any(is_odd) && (!ends_oddly || matches!(name, b"." | b".."))
}

#[cfg(test)]
mod tests {
    use super::is_portable;

    #[test]
    fn names() {
        for path in [
            "just/a/path",
            "foo/xml.con",
            "../bar",
            "com0",
            "con1",
            "a/.b",
        ] {
            assert!(is_portable(path.as_bytes()), "{path}");
        }
        for path in [
            "foo/con.xml",
            "foo/AUX/b",
            "bla:.txt",
            "b\x07la",
            "bla ",
            "foo\\",
            "foo\\/bar",
            "a./b",
            "Lpt9.x",
            "nul",
            "a\\con",
        ] {
            assert!(!is_portable(path.as_bytes()), "{path}");
        }
    }
}
