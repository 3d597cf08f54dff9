// SPDX-License-Identifier: GPL-2.0-or-later

//! Names of files in a store.
//!
//! Below `data/`, a name is made of a path in the repository so that paths stay
//! apart even where upper and lower case, or some characters, do not count, and
//! that Windows can make such a file. These steps are taken, as many as the
//! repository's requirements ask for:
//!
//! 1. A directory's name that ends like a revlog's file, in `.i` or `.d`, or in
//!    `.hg`, gets a `.hg` more.
//! 2. Capitals become `_` and the small letter, `_` becomes `__`, and characters
//!    that not every file system takes become `~` and two hexadecimal digits.
//! 3. In names that mean something else to Windows, or that end in a space or
//!    a dot, or begin with one, one character becomes such a `~xx` too.
//! 4. A name that is longer than 120 bytes by then is replaced: below `dh/`, up
//!    to 8 bytes of each directory, the beginning of the name, and the SHA-1 of
//!    the path after step 1.

use sha1::{Digest as _, Sha1};

use crate::{RepoPath, RepoPathBuf};

/// A name's length from which it is replaced by one with a hash.
const LONGEST: usize = 120;
/// The bytes that are kept of each directory then.
const DIRECTORY: usize = 8;
/// The bytes that these may have together.
const DIRECTORIES: usize = 8 * (DIRECTORY + 1) - 4;

/// The way in which names are made, by a repository's requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Without `store`: step 1.
    Directories,
    /// `store`: steps 1 and 2.
    Names,
    /// `store` and `fncache`: steps 1 to 4, but beginnings of names stay.
    Hybrid,
    /// `store`, `fncache` and `dotencode`: steps 1 to 4.
    DotHybrid,
}

impl Encoding {
    /// Returns the name of a file in the store, for `data/`, the path in the repository,
    /// and `.i` or `.d`.
    ///
    /// Takes time linear in the name's length.
    pub fn encode(self, name: &RepoPath) -> RepoPathBuf {
        let plain = mark_directories(name.as_bytes());
        let encoded = match self {
            Encoding::Directories => plain,
            Encoding::Names => escape(&plain, Case::Mark),
            Encoding::Hybrid => hybrid(&plain, false),
            Encoding::DotHybrid => hybrid(&plain, true),
        };
        encoded.into()
    }
}

/// Step 1.
fn mark_directories(name: &[u8]) -> Vec<u8> {
    let mut marked = Vec::with_capacity(name.len() + 8);
    for part in name.split_inclusive(|&byte| byte == b'/') {
        marked.extend_from_slice(part);
        if [&b".i/"[..], b".d/", b".hg/"]
            .iter()
            .any(|end| part.ends_with(end))
        {
            marked.pop();
            marked.extend_from_slice(b".hg/");
        }
    }
    marked
}

/// The treatment of capitals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    /// They can be told from small letters, as `_` and the small letter.
    Mark,
    /// They cannot.
    Fold,
}

/// Step 2.
fn escape(name: &[u8], case: Case) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(name.len() + 16);
    for &byte in name {
        match byte {
            0..=31 | 126..=255 | b'\\' | b':' | b'*' | b'?' | b'"' | b'<' | b'>' | b'|' => {
                escaped.extend_from_slice(&hexadecimal(byte));
            }
            b'A'..=b'Z' | b'_' if case == Case::Mark => {
                escaped.extend_from_slice(&[b'_', byte.to_ascii_lowercase()]);
            }
            _ => escaped.push(byte.to_ascii_lowercase()),
        }
    }
    escaped
}

fn hexadecimal(byte: u8) -> [u8; 3] {
    let digit = |value: u8| b"0123456789abcdef"[usize::from(value)];
    [b'~', digit(byte >> 4), digit(byte & 15)]
}

/// Steps 2 to 4.
fn hybrid(plain: &[u8], dots: bool) -> Vec<u8> {
    // What is too long already only becomes longer.
    if plain.len() <= LONGEST {
        let escaped = escape(plain, Case::Mark);
        let parts: Vec<_> = parts(&escaped, dots).collect();
        let name = parts.join(&b'/');
        if name.len() <= LONGEST {
            return name;
        }
    }
    hashed(plain, dots)
}

/// Returns the parts of a name, each after step 3.
fn parts(name: &[u8], dots: bool) -> impl Iterator<Item = Vec<u8>> + '_ {
    name.split(|&byte| byte == b'/')
        .map(move |part| avoid(part, dots))
}

/// Step 3.
fn avoid(part: &[u8], dots: bool) -> Vec<u8> {
    let mut part = part.to_vec();
    let bad_end = |byte: &u8| matches!(byte, b'.' | b' ');
    if dots && part.first().is_some_and(bad_end) {
        escape_at(&mut part, 0);
    } else if is_device(&part) {
        escape_at(&mut part, 2);
    }
    if part.last().is_some_and(bad_end) {
        let last = part.len() - 1;
        escape_at(&mut part, last);
    }
    part
}

fn escape_at(part: &mut Vec<u8>, at: usize) {
    let escaped = hexadecimal(part[at]);
    part.splice(at..=at, escaped);
}

/// Returns whether Windows takes this for a device, which it does with any suffix.
fn is_device(part: &[u8]) -> bool {
    let stem = part.split(|&byte| byte == b'.').next().unwrap_or(part);
    matches!(
        stem,
        b"aux"
            | b"con"
            | b"prn"
            | b"nul"
            | [b'c', b'o', b'm', b'1'..=b'9']
            | [b'l', b'p', b't', b'1'..=b'9']
    )
}

/// Step 4.
fn hashed(plain: &[u8], dots: bool) -> Vec<u8> {
    let digest = Sha1::digest(plain);
    let hash: Vec<u8> = digest
        .iter()
        .flat_map(|&byte| {
            let [_, high, low] = hexadecimal(byte);
            [high, low]
        })
        .collect();
    // `data/`, instead of which there will be `dh/`.
    let below = escape(plain.get(5..).unwrap_or_default(), Case::Fold);
    let mut parts: Vec<_> = parts(&below, dots).collect();
    let last = parts.pop().unwrap_or_default();
    let mut name = b"dh/".to_vec();
    name.extend(shortened(&parts));
    let suffix = suffix(&last);
    let left = LONGEST.saturating_sub(name.len() + hash.len() + suffix.len());
    name.extend_from_slice(&last[..left.min(last.len())]);
    name.extend_from_slice(&hash);
    name.extend_from_slice(suffix);
    name
}

/// Returns the beginnings of the first directories, with a slash after each.
fn shortened(directories: &[Vec<u8>]) -> Vec<u8> {
    let mut short: Vec<u8> = Vec::new();
    for directory in directories {
        let mut beginning = directory[..directory.len().min(DIRECTORY)].to_vec();
        if let Some(last @ (b'.' | b' ')) = beginning.last_mut() {
            *last = b'_';
        }
        // The first one fits in any case.
        if short.len() + beginning.len() > DIRECTORIES {
            break;
        }
        short.extend(beginning);
        short.push(b'/');
    }
    short
}

/// Returns a name's suffix with the dot; dots at the beginning begin none.
fn suffix(name: &[u8]) -> &[u8] {
    let dots = name.iter().take_while(|&&byte| byte == b'.').count();
    match name[dots..].iter().rposition(|&byte| byte == b'.') {
        Some(at) => &name[dots + at..],
        None => b"",
    }
}
