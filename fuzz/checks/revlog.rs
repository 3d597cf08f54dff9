// SPDX-License-Identifier: GPL-2.0-or-later

//! Contents of revisions.

use vermilion_core::filelog::filelog_text;
use vermilion_core::manifest::{Manifest, line_starts, manifest_of};
use vermilion_core::revlog::{Revlog, compression, patch};
use vermilion_core::{Error, Rev};

/// How long decompressed data may get here.
const LIMIT: usize = 1 << 16;

/// Cuts pieces off the input, each with its length in two bytes before it; the
/// last one is what is left.
fn pieces(mut data: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((len, rest)) = data.split_first_chunk::<2>() {
        let len = usize::from(u16::from_be_bytes(*len)).min(rest.len());
        let (piece, rest) = rest.split_at(len);
        pieces.push(piece);
        data = rest;
    }
    pieces
}

/// Only these may be said about data.
fn expect_data_error(error: Error) {
    match error {
        Error::Corrupt { reason, .. } | Error::Unsupported { reason, .. } => {
            assert!(!reason.is_empty());
        }
        error => panic!("no input should give this: {error}"),
    }
}

/// Reads the input as stored chunks: a text and the deltas that apply to it.
pub fn revlog_chunk(data: &[u8]) {
    let mut parts = Vec::new();
    for piece in pieces(data) {
        match compression::decompress(piece, piece.len(), LIMIT, &"input") {
            Ok(part) => {
                assert!(part.len() <= LIMIT);
                let again = compression::decompress(piece, 0, LIMIT, &"input");
                assert_eq!(again.expect("what was right stays right"), part);
                let some = part.len() / 2;
                let first = compression::beginning(piece, some, &"input");
                assert_eq!(first.expect("what was right stays right")[..], part[..some]);
                parts.push(part);
            }
            Err(error) => expect_data_error(error),
        }
    }
    let Some((text, deltas)) = parts.split_first() else {
        return;
    };
    match patch::apply(text, deltas, &"input") {
        Ok(text) => {
            let _ = filelog_text(&text, &"input").map_err(expect_data_error);
            let _ = manifest_of(&text).map_err(expect_data_error);
            manifest(text);
        }
        Err(error) => expect_data_error(error),
    }
}

/// Reads a text as a manifest.
fn manifest(text: Vec<u8>) {
    if let Some(starts) = line_starts(&text) {
        let mut end = 0;
        for (line, start) in text.split_inclusive(|&byte| byte == b'\n').zip(&starts) {
            assert_eq!(*start as usize, end);
            end += line.len();
        }
        assert_eq!(end, text.len());
    }
    let manifest = match Manifest::new(text) {
        Ok(manifest) => manifest,
        Err(error) => return expect_data_error(error),
    };
    let mut entries = Vec::new();
    for entry in manifest.iter() {
        match entry {
            Ok(entry) => entries.push(entry),
            // Then the rest may be in any order.
            Err(error) => return expect_data_error(error),
        }
    }
    for entry in entries {
        let found = manifest.find(entry.path).expect("all lines are right");
        assert_eq!(found, Some(entry));
    }
}

/// Reads the input as a text and deltas, and applies these one by one as well.
pub fn mpatch(data: &[u8]) {
    let pieces = pieces(data);
    let Some((text, deltas)) = pieces.split_first() else {
        return;
    };
    let mut expected = Ok(text.to_vec());
    for delta in deltas {
        expected = expected.and_then(|text| naive(&text, delta));
    }
    match (patch::apply(text, deltas, &"input"), expected) {
        (Ok(text), Ok(expected)) => assert_eq!(text, expected),
        (Err(error), Err(())) => expect_data_error(error),
        (found, expected) => panic!("{found:?} instead of {expected:?}"),
    }
}

/// What one delta makes of a text.
fn naive(text: &[u8], mut delta: &[u8]) -> Result<Vec<u8>, ()> {
    let (mut result, mut done) = (Vec::new(), 0);
    while !delta.is_empty() {
        let header = delta.get(..12).ok_or(())?;
        let number = |at: usize| {
            let bytes = header[at..at + 4].try_into().expect("four bytes");
            usize::try_from(i32::from_be_bytes(bytes)).map_err(drop)
        };
        let (start, end) = (number(0)?, number(4)?);
        let (new, rest) = delta[12..].split_at_checked(number(8)?).ok_or(())?;
        if start > end {
            return Err(());
        }
        result.extend(text.get(done..start).ok_or(())?);
        result.extend(new);
        (done, delta) = (end, rest);
    }
    result.extend(text.get(done..).ok_or(())?);
    Ok(result)
}

/// Reads the input as an index and its data, and asks for everything in it.
pub fn revlog_open(data: &[u8]) {
    let Some((&[high, low], rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let at = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
    let (index, stored) = rest.split_at(at);
    let revlog = match Revlog::from_bytes(index.to_vec(), stored.to_vec(), "input") {
        Ok(revlog) => revlog,
        Err(error) => return expect_data_error(error),
    };
    let end = Rev::from_index(revlog.len());
    for rev in Rev::range(Rev::FIRST..end) {
        let node = revlog.node(rev).expect("a revision in range has a node");
        assert!(revlog.rev_of(&node).unwrap() >= Some(rev) || node.is_null());
        match revlog.raw_text(rev) {
            Ok(text) => assert!(revlog.is_text(rev, &text).unwrap()),
            Err(error) => expect_data_error(error),
        }
    }
    assert!(revlog.raw_text(end).is_err());
}
