// SPDX-License-Identifier: GPL-2.0-or-later

//! Decompression, of sense and of nonsense.

use super::support::{FORMS, Form, chunk};
use proptest::prelude::*;
use vermilion_core::revlog::compression::decompress;
use vermilion_core::{Error, Result};

fn data(chunk: &[u8], limit: usize) -> Result<Vec<u8>> {
    decompress(chunk, 0, limit, &"t").map(|data| data.into_owned())
}

#[test]
fn all_forms_and_lengths() {
    for form in FORMS {
        for len in [0, 1, 50, 65_535, 65_536, 65_537, 300_000] {
            let text: Vec<u8> = (0..len)
                .map(|i: u32| (i.wrapping_mul(i) >> 9) as u8)
                .collect();
            let stored = chunk(&text, form);
            for expected in [0, 1, text.len(), text.len() + 1, usize::MAX] {
                let read = decompress(&stored, expected, text.len(), &"t").unwrap();
                assert!(*read == text, "{form:?} {len} {expected}");
            }
            if len > 0 {
                let error = data(&stored, text.len() - 1).unwrap_err();
                assert!(
                    matches!(error, Error::Unsupported { .. }),
                    "{form:?} {len}: {error}"
                );
            }
        }
    }
}

#[test]
fn plain_data_is_borrowed() {
    for stored in [&b""[..], b"\0abc", b"uabc", b"u"] {
        let read = decompress(stored, 0, 10, &"t").unwrap();
        assert!(matches!(read, std::borrow::Cow::Borrowed(_)));
    }
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let zeros = vec![0; 5_000_000];
    for form in [Form::Zlib, Form::Zstd, Form::ZstdStream] {
        let bomb = chunk(&zeros, form);
        assert!(bomb.len() < 6_000);
        assert!(matches!(data(&bomb, 1000), Err(Error::Unsupported { .. })));
    }
}

#[test]
fn streams_that_are_cut_short_or_go_on() {
    let text = b"some text, and some text again, and some text once more".repeat(20);
    for form in [Form::Zlib, Form::Zstd, Form::ZstdStream] {
        let stored = chunk(&text, form);
        for len in 1..stored.len() {
            let read = data(&stored[..len], 1 << 20);
            assert!(
                matches!(read, Err(Error::Corrupt { .. })),
                "{form:?} {len} {read:?}"
            );
        }
        let longer = [&stored[..], b"rest"].concat();
        assert_eq!(data(&longer, 1 << 20).unwrap(), text);
        assert_eq!(
            data(&stored, 1 << 20).unwrap(),
            text,
            "after others that failed"
        );
    }
}

proptest! {
    #[test]
    fn anything(kind in prop::sample::select(&b"\0ux(B"[..]), rest: Vec<u8>, damage: bool) {
        let mut stored = vec![kind];
        if damage && kind == b'(' {
            stored.extend(b"\xb5\x2f\xfd");
        } else if damage {
            stored.push(0x9c);
        }
        stored.extend(rest);
        match data(&stored, 5000) {
            Ok(read) => prop_assert!(read.len() <= 5000),
            Err(error) => {
                let expected = matches!(error, Error::Corrupt { .. } | Error::Unsupported { .. });
                prop_assert!(expected, "{}", error);
            }
        }
    }
}
