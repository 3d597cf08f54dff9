// SPDX-License-Identifier: GPL-2.0-or-later

//! A writer of revlogs, which writes what the tests ask for, sensible or not.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use sha1::{Digest as _, Sha1};
use vermilion_core::Node;

pub const INLINE: u32 = 1 << 16;
pub const GENERALDELTA: u32 = 1 << 17;
pub const FILELOG_META: u32 = 1 << 18;
pub const DELTA_INFO: u32 = 1 << 19;

/// How data is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Plain,
    Zlib,
    /// A frame that says how long it is.
    Zstd,
    /// A frame that does not.
    ZstdStream,
}

pub const FORMS: [Form; 4] = [Form::Plain, Form::Zlib, Form::Zstd, Form::ZstdStream];

/// Data as it is stored.
pub fn chunk(data: &[u8], form: Form) -> Vec<u8> {
    match form {
        _ if data.is_empty() => Vec::new(),
        Form::Plain if data[0] == 0 => data.to_vec(),
        Form::Plain => [b"u", data].concat(),
        Form::Zlib => {
            let mut zlib = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            zlib.write_all(data).unwrap();
            zlib.finish().unwrap()
        }
        Form::Zstd | Form::ZstdStream => {
            let mut compressor = zstd_safe::CCtx::create();
            let stated = zstd_safe::CParameter::ContentSizeFlag(form == Form::Zstd);
            compressor.set_parameter(stated).unwrap();
            let mut frame = Vec::with_capacity(zstd_safe::compress_bound(data.len()));
            compressor.compress2(&mut frame, data).unwrap();
            frame
        }
    }
}

/// One hunk that replaces what two texts do not have in common at both ends.
pub fn delta(from: &[u8], to: &[u8]) -> Vec<u8> {
    let same = |(a, b): &(&u8, &u8)| a == b;
    let start = from.iter().zip(to).take_while(same).count();
    let (from_rest, to_rest) = (&from[start..], &to[start..]);
    let pairs = from_rest.iter().rev().zip(to_rest.iter().rev());
    let end = pairs.take_while(same).count();
    hunk(start, from.len() - end, &to_rest[..to_rest.len() - end])
}

pub fn hunk(start: usize, end: usize, data: &[u8]) -> Vec<u8> {
    let mut hunk = Vec::new();
    for number in [start, end, data.len()] {
        hunk.extend((number as u32).to_be_bytes());
    }
    hunk.extend(data);
    hunk
}

pub fn hash(p1: &Node, p2: &Node, text: &[u8]) -> Node {
    let both = if p1 < p2 { [p1, p2] } else { [p2, p1] };
    let digest = Sha1::digest([both[0].as_ref(), both[1].as_ref(), text].concat());
    <[u8; 20]>::from(digest).into()
}

/// A revision to be written, with nothing checked.
#[derive(Clone, Debug)]
pub struct Revision {
    pub chunk: Vec<u8>,
    pub text_len: i32,
    pub base: i32,
    pub parents: [i32; 2],
    pub flags: u16,
    pub node: Node,
}

/// A revlog in the making.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    pub flags: u32,
    pub revisions: Vec<Revision>,
    pub texts: Vec<Vec<u8>>,
}

impl Writer {
    pub fn new(flags: u32) -> Writer {
        Writer {
            flags,
            ..Writer::default()
        }
    }

    pub fn node(&self, rev: i32) -> Node {
        usize::try_from(rev).map_or(Node::NULL, |rev| self.revisions[rev].node)
    }

    /// Adds a text as a delta to `base`, as a whole if that is the new revision
    /// itself; without general delta `base` is where the chain begins.
    pub fn add(&mut self, text: &[u8], base: i32, parents: [i32; 2], form: Form) -> Node {
        let rev = self.texts.len() as i32;
        let source = match base {
            _ if base == rev || base < 0 => &[][..],
            _ if self.flags & GENERALDELTA != 0 => &self.texts[base as usize],
            _ => &self.texts[rev as usize - 1],
        };
        let data = if base == rev {
            text.to_vec()
        } else if source == text {
            Vec::new()
        } else {
            delta(source, text)
        };
        let node = hash(&self.node(parents[0]), &self.node(parents[1]), text);
        self.revisions.push(Revision {
            chunk: chunk(&data, form),
            text_len: text.len() as i32,
            base,
            parents,
            flags: 0,
            node,
        });
        self.texts.push(text.to_vec());
        node
    }

    /// The index and the data.
    pub fn write(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut index, mut data) = (Vec::new(), Vec::new());
        let mut start = 0;
        for (rev, revision) in self.revisions.iter().enumerate() {
            let mut entry = ((start as u64) << 16 | u64::from(revision.flags)).to_be_bytes();
            if rev == 0 {
                entry[..4].copy_from_slice(&(1 | self.flags).to_be_bytes());
            }
            index.extend(entry);
            index.extend((revision.chunk.len() as u32).to_be_bytes());
            let [p1, p2] = revision.parents;
            for number in [revision.text_len, revision.base, rev as i32, p1, p2] {
                index.extend(number.to_be_bytes());
            }
            index.extend(revision.node.as_bytes());
            index.extend([0; 12]);
            start += revision.chunk.len();
            match self.flags & INLINE {
                0 => data.extend(&revision.chunk),
                _ => index.extend(&revision.chunk),
            }
        }
        (index, data)
    }
}
