// SPDX-License-Identifier: GPL-2.0-or-later

//! Tar as Python's `tarfile` writes it for Mercurial, byte for byte.
//!
//! It is POSIX 2001's interchange format: before a member is one of the type `x`, with records
//! `length key=value` of what its header has no room for. There always is one here, as Mercurial's
//! times have a fraction.

use super::Member;
use super::output::Output;
use crate::Result;
use crate::manifest::Flag;

const BLOCK: usize = 512;
/// Archives are padded to a multiple of this.
const RECORD: u64 = 20 * BLOCK as u64;
/// Bytes of a name or of a link's target in a header.
const NAME: usize = 100;
/// The first number that 11 octal digits do not say.
const TOO_MUCH: u64 = 1 << 33;

/// Writes members.
pub(super) struct Tar {
    output: Output,
    mtime: i64,
    written: u64,
}

/// The parts of a header that differ.
struct Header<'h> {
    name: &'h [u8],
    mode: u32,
    size: u64,
    mtime: u64,
    kind: u8,
    target: &'h [u8],
}

impl Tar {
    pub(super) fn new(output: Output, mtime: i64) -> Tar {
        Tar {
            output,
            mtime,
            written: 0,
        }
    }

    pub(super) fn write(&mut self, member: &Member) -> Result<()> {
        let (kind, target, content) = match member.flag {
            Flag::Symlink => (b'2', &member.content[..], &b""[..]),
            _ => (b'0', &b""[..], &member.content[..]),
        };
        let (mut size, mtime) = (content.len() as u64, u64::try_from(self.mtime));
        let mut records: Vec<(&str, &[u8])> = Vec::new();
        for (key, value) in [("path", &member.name[..]), ("linkpath", target)] {
            if !value.is_ascii() || value.len() > NAME {
                records.push((key, value));
            }
        }
        let (long, seconds) = (size.to_string(), format!("{}.0", self.mtime));
        if size >= TOO_MUCH {
            records.push(("size", long.as_bytes()));
            size = 0;
        }
        records.push(("mtime", seconds.as_bytes()));
        let records = packed(&records);
        self.block(&Header {
            name: b"././@PaxHeader",
            mode: 0,
            size: records.len() as u64,
            mtime: 0,
            kind: b'x',
            target: b"",
        })?;
        self.payload(&records)?;
        self.block(&Header {
            name: &member.name,
            mode: member.mode(),
            size,
            mtime: mtime.ok().filter(|&mtime| mtime < TOO_MUCH).unwrap_or(0),
            kind,
            target,
        })?;
        self.payload(content)
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let zeros = [0; BLOCK];
        for _ in 0..2 {
            self.put(&zeros)?;
        }
        while !self.written.is_multiple_of(RECORD) {
            self.put(&zeros)?;
        }
        self.output.finish()
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        self.output.write(bytes)
    }

    /// Writes bytes, and fills the last block.
    fn payload(&mut self, bytes: &[u8]) -> Result<()> {
        self.put(bytes)?;
        let rest = bytes.len().next_multiple_of(BLOCK) - bytes.len();
        self.put(&[0; BLOCK][..rest])
    }

    fn block(&mut self, header: &Header<'_>) -> Result<()> {
        let mut block = [0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &shown(header.name));
        put(100, format!("{:07o}", header.mode).as_bytes());
        for owner in [108, 116] {
            put(owner, b"0000000");
        }
        put(124, format!("{:011o}", header.size).as_bytes());
        put(136, format!("{:011o}", header.mtime).as_bytes());
        put(148, b"        ");
        put(156, &[header.kind]);
        put(157, &shown(header.target));
        put(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.put(&block)
    }
}

/// Returns a name as a header has it: short, with `?` for what is not ASCII.
fn shown(name: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(NAME);
    for chunk in name.utf8_chunks() {
        let chars = chunk.valid().chars();
        shown.extend(chars.map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')));
        shown.resize(shown.len() + chunk.invalid().len(), b'?');
    }
    shown.truncate(NAME);
    shown
}

/// Returns records, each with its length before it, which counts its own digits.
fn packed(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packed = Vec::new();
    if records
        .iter()
        .any(|(_, value)| str::from_utf8(value).is_err())
    {
        packed.extend_from_slice(b"21 hdrcharset=BINARY\n");
    }
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut len = rest + 1;
        while len != rest + len.to_string().len() {
            len = rest + len.to_string().len();
        }
        packed.extend_from_slice(format!("{len} {key}=").as_bytes());
        packed.extend_from_slice(value);
        packed.push(b'\n');
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_count_their_length() {
        assert_eq!(packed(&[("mtime", b"0.0")]), b"13 mtime=0.0\n");
        let long = [b'x'; 91];
        assert!(packed(&[("path", &long)]).starts_with(b"101 path=xx"));
        assert_eq!(
            packed(&[("path", b"\xff")]),
            b"21 hdrcharset=BINARY\n9 path=\xff\n"
        );
    }

    #[test]
    fn names_in_headers() {
        assert_eq!(shown("\u{e9}\u{20ac}a".as_bytes()), b"??a");
        assert_eq!(shown(b"\xff\xe2\x82b"), b"???b");
        assert_eq!(shown(&[b'a'; 101]).len(), NAME);
    }
}
