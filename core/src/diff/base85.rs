// SPDX-License-Identifier: GPL-2.0-or-later

//! Binary contents in git's patches.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

const DIGITS: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// The bytes that a line holds at most.
const LINE: usize = 52;

/// Appends a content as git's patches have it: compressed by zlib, 52 bytes a line, each of which
/// begins with a letter for its length.
pub(super) fn write_literal(content: &[u8], out: &mut Vec<u8>) {
    // Writing to a `Vec` cannot fail.
    let _ = write!(out, "GIT binary patch\nliteral {}\n", content.len());
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(content);
    for line in encoder.finish().unwrap_or_default().chunks(LINE) {
        let len = line.len() as u8;
        out.push(if len <= 26 {
            b'A' + len - 1
        } else {
            b'a' + len - 27
        });
        for group in line.chunks(4) {
            let mut bytes = [0; 4];
            bytes[..group.len()].copy_from_slice(group);
            let mut word = u32::from_be_bytes(bytes);
            let mut digits = [0; 5];
            for digit in digits.iter_mut().rev() {
                *digit = DIGITS[(word % 85) as usize];
                word /= 85;
            }
            out.extend(digits);
        }
        out.push(b'\n');
    }
    out.push(b'\n');
}
