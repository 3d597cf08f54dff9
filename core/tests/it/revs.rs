// SPDX-License-Identifier: GPL-2.0-or-later

//! Revisions, written as numbers.

use vermilion_core::Rev;

/// One revision.
pub fn rev(number: i32) -> Rev {
    Rev::new(number)
}

/// Several.
pub fn revs(numbers: impl IntoIterator<Item = i32>) -> Vec<Rev> {
    numbers.into_iter().map(rev).collect()
}

/// The parents of several.
pub fn pairs(numbers: impl IntoIterator<Item = [i32; 2]>) -> Vec<[Rev; 2]> {
    let pairs = numbers.into_iter();
    pairs.map(|pair| pair.map(rev)).collect()
}

/// The first `len` revisions.
pub fn first(len: usize) -> Vec<Rev> {
    (0..len).map(Rev::from_index).collect()
}
