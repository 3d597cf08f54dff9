// SPDX-License-Identifier: GPL-2.0-or-later

//! Blocks of two texts, those that differ as well.

use super::{Block, Lines, Whitespace, matching_blocks};

/// How a block's lines in two texts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not at all, or in whitespace that is ignored.
    Equal,
    /// In blank lines only, which are ignored.
    Blank,
    /// Otherwise.
    Changed,
}

/// Returns all blocks of two texts in ascending order, those that are equal and those between
/// them.
///
/// Takes the time of [`matching_blocks`]. Blocks are in lines of the texts as they are given,
/// whatever whitespace is ignored.
pub fn typed_blocks(a: &Lines<'_>, b: &Lines<'_>, whitespace: &Whitespace) -> Vec<(Block, Kind)> {
    let mut blocks = Vec::new();
    let (mut a1, mut b1) = (0, 0);
    for equal in matching(a, b, whitespace) {
        let between = Block {
            a1,
            a2: equal.a1,
            b1,
            b2: equal.b1,
        };
        if between.a1 != between.a2 || between.b1 != between.b2 {
            let lines = (
                a.range(between.a1..between.a2),
                b.range(between.b1..between.b2),
            );
            let blank = whitespace.blank_lines
                && whitespace.clean_with_blank_lines(lines.0)
                    == whitespace.clean_with_blank_lines(lines.1);
            blocks.push((between, if blank { Kind::Blank } else { Kind::Changed }));
        }
        (a1, b1) = (equal.a2, equal.b2);
        blocks.push((equal, Kind::Equal));
    }
    blocks
}

fn matching(a: &Lines<'_>, b: &Lines<'_>, whitespace: &Whitespace) -> Vec<Block> {
    if !whitespace.all && !whitespace.amount && !whitespace.at_end {
        return matching_blocks(a, b);
    }
    let (a, b) = (whitespace.clean(a.text()), whitespace.clean(b.text()));
    matching_blocks(&Lines::new(&a), &Lines::new(&b))
}
