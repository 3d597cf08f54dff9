// SPDX-License-Identifier: GPL-2.0-or-later

//! Zip as Python's `zipfile` writes it for Mercurial, but with zip64 where it is needed only.
//!
//! Each file is a local header, its name, an extra field with its time, and its data; at the end
//! comes the directory, which has all headers again (PKWARE's APPNOTE.TXT).

use std::io::Write as _;

use chrono::{DateTime, Datelike as _, Timelike as _};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::Member;
use super::output::Output;
use crate::Result;
use crate::manifest::Flag;

/// The first and the last second that a file's time can be.
const FIRST: i64 = 315_532_800;
const LAST: i64 = 4_354_819_198;
/// The name is UTF-8.
const UTF8: u16 = 0x800;
const DEFLATED: u16 = 8;
/// The version that reads a file, and one that reads zip64.
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;
/// The system whose modes are recorded.
const UNIX: u16 = 3;
const REGULAR: u32 = 0o100_000;
const SYMLINK: u32 = 0o120_000;

/// A file, compressed or not.
pub(super) struct ZipMember {
    name: Vec<u8>,
    mode: u32,
    crc: u32,
    len: usize,
    data: Vec<u8>,
    method: u16,
}

impl ZipMember {
    /// Compresses a file.
    pub(super) fn new(member: Member, deflate: bool) -> ZipMember {
        let mut crc = Crc::new();
        crc.update(&member.content);
        let kind = match member.flag {
            Flag::Symlink => SYMLINK,
            _ => REGULAR,
        };
        let (mode, len) = (kind | member.mode(), member.content.len());
        let (data, method) = if deflate {
            (deflated(&member.content), DEFLATED)
        } else {
            (member.content, 0)
        };
        ZipMember {
            name: member.name,
            mode,
            crc: crc.sum(),
            len,
            data,
            method,
        }
    }
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let room = Vec::with_capacity(content.len() / 2 + 16);
    let mut encoder = DeflateEncoder::new(room, Compression::default());
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.expect("a vector takes everything")
}

/// Writes files, and the directory at the end.
pub(super) struct Zip {
    output: Output,
    at: u64,
    directory: Vec<u8>,
    count: u64,
    /// The time and the date, as they are in headers.
    time: [u16; 2],
    /// The extra field with the time in seconds since 1970.
    extra: Vec<u8>,
}

impl Zip {
    pub(super) fn new(output: Output, mtime: i64) -> Zip {
        let mtime = mtime.clamp(FIRST, LAST);
        let date = DateTime::from_timestamp(mtime, 0).unwrap_or_default();
        let time = date.hour() << 11 | date.minute() << 5 | (date.second() / 2);
        let day = (date.year() as u32 - 1980) << 9 | date.month() << 5 | date.day();
        let mut extra = Vec::new();
        // The field's seconds have a sign, and no more than 32 bits.
        if let Ok(seconds) = i32::try_from(mtime) {
            extra.extend_from_slice(b"UT\x05\0\x01");
            extra.extend_from_slice(&seconds.to_le_bytes());
        }
        Zip {
            output,
            at: 0,
            directory: Vec::new(),
            count: 0,
            time: [time as u16, day as u16],
            extra,
        }
    }

    pub(super) fn write(&mut self, member: ZipMember) -> Result<()> {
        let at = self.at;
        let is_text = !member.name.is_ascii() && str::from_utf8(&member.name).is_ok();
        // What local headers and those of the directory have in common; texts have less than 2 GiB.
        let mut common = Vec::with_capacity(26);
        for number in [
            if is_text { UTF8 } else { 0 },
            member.method,
            self.time[0],
            self.time[1],
        ] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        for number in [member.crc, member.data.len() as u32, member.len as u32] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        common.extend_from_slice(&(member.name.len() as u16).to_le_bytes());
        let extra_len = (self.extra.len() as u16).to_le_bytes();
        let local = [
            b"PK\x03\x04",
            &VERSION.to_le_bytes()[..],
            &common,
            &extra_len,
            &member.name,
            &self.extra,
        ];
        for part in [&local.concat(), &member.data] {
            self.put(part)?;
        }
        self.list(&member, &common, at);
        Ok(())
    }

    /// Adds a file to the directory.
    fn list(&mut self, member: &ZipMember, common: &[u8], at: u64) {
        let (version, start, far) = match u32::try_from(at) {
            Ok(start) if start != u32::MAX => (VERSION, start, Vec::new()),
            _ => {
                let far = [b"\x01\0\x08\0", &at.to_le_bytes()[..]].concat();
                (VERSION_64, u32::MAX, far)
            }
        };
        let extra = [far, self.extra.clone()].concat();
        let directory = &mut self.directory;
        directory.extend_from_slice(b"PK\x01\x02");
        for number in [UNIX << 8 | version, version] {
            directory.extend_from_slice(&number.to_le_bytes());
        }
        directory.extend_from_slice(common);
        directory.extend_from_slice(&(extra.len() as u16).to_le_bytes());
        // No comment, on the first disk, no attributes of ours.
        directory.extend_from_slice(&[0; 6]);
        for number in [member.mode << 16, start] {
            directory.extend_from_slice(&number.to_le_bytes());
        }
        directory.extend_from_slice(&member.name);
        directory.extend_from_slice(&extra);
        self.count += 1;
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let (start, directory) = (self.at, std::mem::take(&mut self.directory));
        self.put(&directory)?;
        let (len, end) = (directory.len() as u64, self.at);
        let mut last = Vec::new();
        let is_large = self.count > 0xfffe || start.max(len) >= u64::from(u32::MAX);
        if is_large {
            last.extend_from_slice(b"PK\x06\x06");
            last.extend_from_slice(&44_u64.to_le_bytes());
            for number in [VERSION_64, VERSION_64, 0, 0, 0, 0] {
                last.extend_from_slice(&number.to_le_bytes());
            }
            for number in [self.count, self.count, len, start] {
                last.extend_from_slice(&number.to_le_bytes());
            }
            last.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            last.extend_from_slice(&end.to_le_bytes());
            last.extend_from_slice(&1_u32.to_le_bytes());
        }
        let count = u16::try_from(self.count).unwrap_or(u16::MAX).to_le_bytes();
        last.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        last.extend_from_slice(&[count, count].concat());
        for number in [len, start] {
            let short = u32::try_from(number).unwrap_or(u32::MAX);
            last.extend_from_slice(&short.to_le_bytes());
        }
        last.extend_from_slice(&[0; 2]);
        self.put(&last)?;
        self.output.finish()
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.at += bytes.len() as u64;
        self.output.write(bytes)
    }
}
