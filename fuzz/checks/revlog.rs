// SPDX-License-Identifier: GPL-2.0-or-later

//! Contents of revisions.

use vermilion_core::filelog::{Filelog, MARKER, copy_source, filelog_text};
use vermilion_core::manifest::{Manifest, line_starts, manifest_of};
use vermilion_core::revlog::lfs::Pointer;
use vermilion_core::revlog::nodemap_file::NodemapFile;
use vermilion_core::revlog::zstd::{self, Compressor, Decompressor};
use vermilion_core::revlog::{Revlog, compression, patch};
use vermilion_core::{Error, RepoPath, Rev};

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

/// Decompresses pieces of a zstd frame one by one, and all at once; then takes them for data, and
/// compresses that.
pub fn zstd_stream(data: &[u8]) {
    let pieces = pieces(data);
    let mut stream = Decompressor::default().stream();
    let mut read = Vec::new();
    let mut ended = false;
    for piece in &pieces {
        match stream.decompress(piece, LIMIT) {
            Ok(part) => {
                assert!(!ended && part.len() <= LIMIT);
                read.extend_from_slice(&part);
            }
            Err(zstd::Error::Ended) => assert!(ended),
            Err(zstd::Error::Library(reason)) => {
                assert!(!reason.is_empty());
                ended = true;
                assert_eq!(
                    stream.decompress(piece, LIMIT),
                    Err(zstd::Error::Library(reason))
                );
                break;
            }
            Err(error) => {
                assert_eq!(error, zstd::Error::TooLong);
                ended = true;
                break;
            }
        }
        ended |= stream.has_ended();
    }
    let whole = pieces.concat();
    let complete = stream.decompress(b"", 0) == Err(zstd::Error::Ended);
    if complete || !ended {
        let mut at_once = Decompressor::default().stream();
        match at_once.decompress(&whole, LIMIT * pieces.len()) {
            Ok(again) => assert_eq!(again, read),
            // A frame that states too small a length is refused sooner or later, depending on the
            // buffers that a context has from before, but never comes to its end.
            Err(error) => assert!(!complete, "{error}: what was right stays right"),
        }
    }
    let level = whole.first().map_or(0, |byte| i32::from(byte % 8) - 2);
    let compressor = Compressor::new(level).expect("it is low");
    let mut stream = compressor.stream();
    let mut frame = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        frame.extend(stream.compress(piece).expect("there is memory"));
        if number % 3 == 0 {
            frame.extend(stream.flush().expect("there is memory"));
        }
    }
    frame.extend(stream.finish().expect("there is memory"));
    for frame in [frame, compressor.compress(&whole).expect("there is memory")] {
        let mut stream = Decompressor::default().stream();
        assert_eq!(stream.decompress(&frame, whole.len()).expect("ours"), whole);
        assert!(stream.has_ended());
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
    as_filelog(revlog);
}

/// Asks a revlog what it says if it is that of a file.
fn as_filelog(revlog: Revlog) {
    let filelog = Filelog::new(RepoPath::new("f"), revlog);
    let end = Rev::from_index(filelog.len());
    let mut contents = filelog.contents(false);
    for rev in Rev::range(Rev::FIRST..end) {
        match filelog.parents(rev) {
            Ok(parents) => assert!(parents.iter().all(|parent| *parent < rev)),
            Err(error) => expect_data_error(error),
        }
        match filelog.link_rev(rev) {
            Ok(link) => assert!(link >= Rev::FIRST),
            Err(error) => expect_data_error(error),
        }
        match filelog.copied_from(rev) {
            Ok(source) => assert!(source.is_none() || filelog.parents(rev).unwrap()[0].is_null()),
            Err(error) => expect_data_error(error),
        }
        match (filelog.content(rev), contents.read(rev)) {
            (Ok(content), Ok(read)) => assert_eq!(content, read),
            (Ok(_), Err(error)) => panic!("what is checked can be read: {error}"),
            (Err(error), _) => expect_data_error(error),
        }
        if let Err(error) = filelog.size(rev) {
            expect_data_error(error);
        }
    }
    assert!(filelog.parents(end).is_err() && filelog.link_rev(end).is_err());
}

/// Reads the input as metadata of a file's revision, which comes out of a text with it again.
pub fn file_metadata(data: &[u8]) {
    match copy_source(data, &"input") {
        Ok(source) => {
            let len = source.map_or(0, |source| source.path.len() + 40);
            assert!(len <= data.len());
        }
        Err(error) => expect_data_error(error),
    }
    let text = [MARKER, data, MARKER, b"text"].concat();
    let (metadata, content) = filelog_text(&text, &"input").expect("it ends");
    assert!(metadata.is_some_and(|metadata| data.starts_with(metadata)));
    assert!(content.ends_with(b"text"));
}

/// Reads the input as the text that stands for a content of lfs.
pub fn lfs_pointer(data: &[u8]) {
    match Pointer::parse(data, &"input") {
        Ok(pointer) => {
            assert!(pointer.oid().len() == 64 && pointer.oid().is_ascii());
            // A line has `x-hg-`, a space and an end more, in place of a colon, a space and an end.
            assert!(pointer.metadata().len() <= data.len());
            if let Err(error) = copy_source(pointer.metadata(), &"input") {
                expect_data_error(error);
            }
        }
        Err(error) => expect_data_error(error),
    }
}

/// Reads the input as the length of a docket, a docket of a map of nodes, and its data.
pub fn nodemap_file(data: &[u8]) {
    let Some((&len, rest)) = data.split_first() else {
        return;
    };
    let (docket, blocks) = rest.split_at(rest.len().min(len.into()));
    let Some(map) = NodemapFile::from_bytes(docket, blocks.to_vec()) else {
        return;
    };
    for first in 0..=255 {
        let mut node = [first; 20];
        node[1..].copy_from_slice(&blocks[..19]);
        if let Ok(Some(rev)) = map.candidate(&node.into()) {
            assert!(rev.index() < map.covered());
        }
    }
}
