// SPDX-License-Identifier: GPL-2.0-or-later

//! Blocks of two texts, those that differ as well.

use super::{Block, Lines, Whitespace, difflib_blocks, matching_blocks, xdiff_blocks};

/// The way to find lines that match, where there are several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// That of Mercurial's C code: [`matching_blocks`].
    #[default]
    Bdiff,
    /// That of Mercurial without C code: [`difflib_blocks`].
    Difflib,
    /// That of git, and of Mercurial where `experimental.xdiff` is set: [`xdiff_blocks`].
    Xdiff,
}

impl Algorithm {
    /// Returns the blocks of lines that two texts share; see the function of each.
    pub fn blocks(self, a: &Lines<'_>, b: &Lines<'_>) -> Vec<Block> {
        match self {
            Algorithm::Bdiff => matching_blocks(a, b),
            Algorithm::Difflib => difflib_blocks(a, b),
            Algorithm::Xdiff => xdiff_blocks(a, b),
        }
    }
}

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
/// Takes the time of the algorithm. Blocks are in lines of the texts as they are given,
/// whatever whitespace is ignored.
pub fn typed_blocks(
    a: &Lines<'_>,
    b: &Lines<'_>,
    whitespace: &Whitespace,
    algorithm: Algorithm,
) -> Vec<(Block, Kind)> {
    let mut blocks = Vec::new();
    let (mut a1, mut b1) = (0, 0);
    for equal in matching(a, b, whitespace, algorithm) {
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

fn matching(
    a: &Lines<'_>,
    b: &Lines<'_>,
    whitespace: &Whitespace,
    algorithm: Algorithm,
) -> Vec<Block> {
    if !whitespace.all && !whitespace.amount && !whitespace.at_end {
        return algorithm.blocks(a, b);
    }
    let (a, b) = (whitespace.clean(a.text()), whitespace.clean(b.text()));
    algorithm.blocks(&Lines::new(&a), &Lines::new(&b))
}
