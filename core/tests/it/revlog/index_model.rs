// SPDX-License-Identifier: GPL-2.0-or-later

//! The index against a plain reader, on random histories and random damage.

use crate::revs::pairs;

use super::index_support::{INLINE, history, node, read, write};
use proptest::prelude::*;
use vermilion_core::{Error, Index, Rev};

/// Opens bytes and compares everything with the plain reader.
fn compare(bytes: &[u8]) -> Result<(), TestCaseError> {
    let expected = read(bytes);
    let (index, parents) = match (Index::from_bytes(bytes.to_vec(), "x.i"), &expected) {
        (Ok(opened), Some(_)) => opened,
        (Err(Error::Corrupt { .. } | Error::Unsupported { .. }), None) => return Ok(()),
        (opened, _) => return Err(TestCaseError::fail(format!("{opened:?}, not {expected:?}"))),
    };
    let expected = expected.expect("both read it");
    prop_assert_eq!(index.len(), expected.len());
    prop_assert_eq!(&parents, &pairs(expected.iter().map(|e| e.0)));
    // Up to the end twice, so that both ways of looking up have their turn.
    for (rev, (_, node)) in expected
        .iter()
        .enumerate()
        .chain(expected.iter().enumerate())
    {
        prop_assert_eq!(&index.node(Rev::from_index(rev)).unwrap(), node);
        let latest = expected.iter().rposition(|e| e.1 == *node).unwrap();
        prop_assert_eq!(index.rev(node).unwrap(), Some(Rev::from_index(latest)));
    }
    prop_assert_eq!(index.rev(&node(u64::MAX)).unwrap(), None);
    Ok(())
}

fn flags() -> impl Strategy<Value = u32> {
    (0..16u32).prop_map(|bits| bits << 16)
}

proptest! {
    #[test]
    fn sound_indexes(revisions in history(300), flags in flags()) {
        let bytes = write(&revisions, flags);
        prop_assert_eq!(read(&bytes).map(|found| found.len()), Some(revisions.len()));
        compare(&bytes)?;
    }

    #[test]
    fn cut_off_anywhere(
        revisions in history(40),
        flags in flags(),
        at in any::<prop::sample::Index>(),
    ) {
        let bytes = write(&revisions, flags);
        compare(&bytes[..at.index(bytes.len() + 1)])?;
    }

    #[test]
    fn damaged_anywhere(
        revisions in history(40),
        inline in any::<bool>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = write(&revisions, if inline { INLINE } else { 0 });
        for (at, value) in damage {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        compare(&bytes)?;
    }

    #[test]
    fn damaged_where_it_matters(
        revisions in history(40),
        rev in any::<prop::sample::Index>(),
        field in prop::sample::select(vec![0, 8, 24, 28, 32]),
        value in prop_oneof![-3..45i32, any::<i32>()],
    ) {
        let mut bytes = write(&revisions, 0);
        if !bytes.is_empty() {
            let at = rev.index(revisions.len()) * 64 + field;
            bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        }
        compare(&bytes)?;
    }

    #[test]
    fn anything_after_a_good_header(
        rest in prop::collection::vec(any::<u8>(), 0..400),
        flags in flags(),
    ) {
        let mut bytes = (flags | 1).to_be_bytes().to_vec();
        bytes.extend(rest);
        compare(&bytes)?;
    }
}
