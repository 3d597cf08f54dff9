// SPDX-License-Identifier: GPL-2.0-or-later

//! Chains of deltas against applying one after the other.

use super::support::hunk;
use proptest::prelude::*;
use vermilion_core::Error;
use vermilion_core::revlog::patch::apply;

/// Where hunks begin and end, as distances, and what they insert.
type Hunks = Vec<(usize, usize, Vec<u8>)>;

fn hunks() -> impl Strategy<Value = Hunks> {
    let insert = prop::collection::vec(any::<u8>(), 0..6);
    prop::collection::vec((0..12usize, 0..8usize, insert), 0..12)
}

/// A delta, and what it makes of a text.
fn plain(text: &[u8], hunks: &Hunks) -> (Vec<u8>, Vec<u8>) {
    let (mut delta, mut result, mut at) = (Vec::new(), Vec::new(), 0);
    for (skip, cut, insert) in hunks {
        let start = (at + skip).min(text.len());
        let end = (start + cut).min(text.len());
        delta.extend(hunk(start, end, insert));
        result.extend(&text[at..start]);
        result.extend(insert);
        at = end;
    }
    result.extend(&text[at..]);
    (delta, result)
}

proptest! {
    #[test]
    fn chains(
        text in prop::collection::vec(any::<u8>(), 0..80),
        changes in prop::collection::vec(hunks(), 0..12),
    ) {
        let (mut expected, mut deltas) = (text.clone(), Vec::new());
        for hunks in &changes {
            let (delta, result) = plain(&expected, hunks);
            deltas.push(delta);
            expected = result;
        }
        prop_assert_eq!(apply(&text, &deltas, &"t").unwrap(), expected);
    }

    #[test]
    fn anything(text: Vec<u8>, deltas: Vec<Vec<u8>>) {
        let all: usize = deltas.iter().map(Vec::len).sum();
        match apply(&text, &deltas, &"t") {
            Ok(result) => prop_assert!(result.len() <= text.len() + all),
            Err(error) => prop_assert!(matches!(error, Error::Corrupt { .. }), "{}", error),
        }
    }
}

#[test]
fn long_chains_are_not_quadratic() {
    // Applied one by one, these would copy 40 GB.
    let text = vec![b'.'; 10_000_000];
    let deltas: Vec<_> = (0..4000)
        .map(|i| hunk(i * 2000, i * 2000 + 1, b"xx"))
        .collect();
    let result = apply(&text, &deltas, &"t").unwrap();
    assert_eq!(result.len(), text.len() + 4000);
    assert_eq!(result.iter().filter(|&&byte| byte == b'x').count(), 8000);
}
