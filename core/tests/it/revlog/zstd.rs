// SPDX-License-Identifier: GPL-2.0-or-later

//! zstd in streams, of sense and of nonsense.

use proptest::prelude::*;
use vermilion_core::revlog::compression;
use vermilion_core::revlog::zstd::{Compressor, Decompression, Decompressor, Error, MAX_LEVEL};

const ALL: usize = 1 << 30;

fn text(len: usize) -> Vec<u8> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(i) >> 9) as u8 % 20)
        .collect()
}

/// Feeds a frame in pieces; returns what came out, and the stream.
fn read(frame: &[u8], piece: usize) -> (Result<Vec<u8>, Error>, Decompression) {
    let mut stream = Decompressor::default().stream();
    let mut data = Vec::new();
    for piece in frame.chunks(piece.max(1)) {
        match stream.decompress(piece, ALL) {
            Ok(more) => data.extend(more),
            Err(error) => return (Err(error), stream),
        }
    }
    (Ok(data), stream)
}

fn streamed(level: i32, data: &[u8], piece: usize, flush: bool) -> Vec<u8> {
    let mut stream = Compressor::new(level).unwrap().stream();
    let mut frame = Vec::new();
    for piece in data.chunks(piece) {
        frame.extend(stream.compress(piece).unwrap());
        if flush {
            frame.extend(stream.flush().unwrap());
        }
    }
    frame.extend(stream.finish().unwrap());
    frame
}

#[test]
fn there_and_back() {
    for len in [0, 1, 50, 131_071, 131_072, 131_073, 700_000] {
        let data = text(len);
        for level in [-5, 0, 1, 3, 9, MAX_LEVEL] {
            if level == MAX_LEVEL && len != 131_073 {
                continue; // it takes hundreds of megabytes
            }
            let compressor = Compressor::new(level).unwrap();
            let mut frames = vec![compressor.compress(&data).unwrap()];
            frames.push(streamed(level, &data, 50_000, false));
            frames.push(streamed(level, &data, 300_000, true));
            for frame in frames {
                for piece in [frame.len(), 1000, 131_075] {
                    let (read, stream) = read(&frame, piece);
                    assert!(read.unwrap() == data, "{len} {level} {piece}");
                    assert!(stream.has_ended());
                }
                let read = compression::decompress(&frame, 0, len, &"t").unwrap();
                assert!(*read == data);
            }
        }
    }
}

#[test]
fn what_is_flushed_can_be_read() {
    let data = text(10_000);
    let mut writer = Compressor::new(3).unwrap().stream();
    let mut reader = Decompressor::default().stream();
    for piece in data.chunks(3000) {
        let mut frame = writer.compress(piece).unwrap();
        frame.extend(writer.flush().unwrap());
        assert_eq!(reader.decompress(&frame, ALL).unwrap(), piece);
        assert!(!reader.has_ended());
    }
    let end = writer.finish().unwrap();
    assert!(reader.decompress(&end, ALL).unwrap().is_empty());
    assert!(reader.has_ended());
}

#[test]
fn nothing_is_taken_after_the_end() {
    let mut writer = Compressor::new(3).unwrap().stream();
    let mut frame = writer.compress(b"text").unwrap();
    frame.extend(writer.finish().unwrap());
    assert_eq!(writer.compress(b"text"), Err(Error::Ended));
    assert_eq!(writer.flush(), Err(Error::Ended));
    assert_eq!(writer.finish(), Err(Error::Ended));
    let mut reader = Decompressor::default().stream();
    assert_eq!(reader.decompress(b"", ALL).unwrap(), b"");
    frame.extend(b"behind it");
    assert_eq!(reader.decompress(&frame, ALL).unwrap(), b"text");
    for data in [&b""[..], b"more"] {
        assert_eq!(reader.decompress(data, ALL), Err(Error::Ended));
    }
}

#[test]
fn a_frame_that_is_cut_short_does_not_end() {
    let data = text(5000);
    for frame in [
        Compressor::new(3).unwrap().compress(&data).unwrap(),
        streamed(3, &data, 1000, true),
    ] {
        for len in 0..frame.len() {
            let (read, stream) = read(&frame[..len], 100);
            assert!(data.starts_with(&read.unwrap()) && !stream.has_ended());
        }
    }
}

#[test]
fn an_error_comes_up_again_and_harms_nobody_else() {
    let frame = Compressor::new(3).unwrap().compress(&text(5000)).unwrap();
    for _ in 0..10 {
        let mut stream = Decompressor::default().stream();
        let error = stream.decompress(b"no frame at all", ALL).unwrap_err();
        assert_eq!(error.to_string(), "Unknown frame descriptor");
        assert_eq!(stream.decompress(&frame, ALL), Err(error));
        assert_eq!(read(&frame, 1000).0.unwrap(), text(5000));
    }
}

#[test]
fn streams_at_the_same_time() {
    let data = text(40_000);
    let frames: Vec<_> = [1, 3, 9]
        .map(|level| streamed(level, &data, 999, true))
        .into();
    let mut streams: Vec<_> = frames
        .iter()
        .map(|frame| {
            (
                Decompressor::default().stream(),
                frame.chunks(77),
                Vec::new(),
            )
        })
        .collect();
    while streams.iter().any(|(stream, ..)| !stream.has_ended()) {
        for (stream, pieces, read) in &mut streams {
            if let Some(piece) = pieces.next() {
                read.extend(stream.decompress(piece, ALL).unwrap());
            }
        }
    }
    assert!(streams.iter().all(|(_, _, read)| *read == data));
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let zeros = vec![0; 5_000_000];
    for bomb in [
        Compressor::new(3).unwrap().compress(&zeros).unwrap(),
        streamed(3, &zeros, zeros.len(), false),
    ] {
        for limit in [0, 1000, zeros.len() - 1] {
            let mut stream = Decompressor::default().stream();
            assert_eq!(stream.decompress(&bomb, limit), Err(Error::TooLong));
        }
        let mut stream = Decompressor::default().stream();
        assert!(stream.decompress(&bomb, zeros.len()).unwrap() == zeros);
    }
}

#[test]
fn large_windows_are_refused() {
    let data = text(1 << 20);
    let small = Decompressor::with_max_window(1 << 16).unwrap();
    let frame = Compressor::new(3).unwrap().compress(&data).unwrap();
    let refused = small.stream().decompress(&frame, ALL).unwrap_err();
    assert!(matches!(refused, Error::Library(_)), "{refused}");
    // One that was left with another bound.
    let usual = Decompressor::default().stream().decompress(&frame, ALL);
    assert!(usual.unwrap() == data);
    // A window of 2 GiB, and a block of one byte.
    let huge = [
        &0xfd2f_b528_u32.to_le_bytes()[..],
        &[0, 21 << 3],
        &[1 | 1 << 3, 0, 0],
        b"a",
    ]
    .concat();
    assert!(matches!(read(&huge, 100).0, Err(Error::Library(_))));
    for bytes in [0, 1, 1023, (1 << 31) + 1, u64::MAX] {
        let made = Decompressor::with_max_window(bytes);
        assert!(matches!(made, Err(Error::Parameter(_))), "{bytes}");
    }
    assert!(Decompressor::with_max_window(1 << 31).is_ok());
}

#[test]
fn levels() {
    assert!(Compressor::new(i32::MIN).is_ok());
    let error = Compressor::new(MAX_LEVEL + 1).unwrap_err();
    assert_eq!(error, Error::Parameter("level must be less than 23"));
    assert_eq!(MAX_LEVEL, zstd_safe::max_c_level());
}

proptest! {
    #[test]
    fn any_data_in_any_pieces(
        data: Vec<u8>, level in -7..10, pieces in 1usize..50, read_pieces in 1usize..50,
        damage: Option<(prop::sample::Index, u8)>,
    ) {
        let mut frame = streamed(level, &data, pieces, pieces % 2 == 0);
        prop_assert_eq!(read(&frame, read_pieces).0.unwrap(), &data[..]);
        if let Some((at, by)) = damage {
            let at = at.index(frame.len());
            frame[at] ^= by;
            let _ = read(&frame, read_pieces);
        }
    }
}
