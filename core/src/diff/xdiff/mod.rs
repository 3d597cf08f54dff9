// SPDX-License-Identifier: GPL-2.0-or-later

//! The lines that two texts have in common, as LibXDiff finds them: git's way, and that of Mercurial
//! with `experimental.xdiff`.
//!
//! The results are those of the copy in Mercurial (`mercurial/thirdparty/xdiff`). What is the same at
//! both ends is left away, but for some lines; lines that the other text does not have, or has too
//! often, are set aside ([`prepare`]); of the rest, the shortest way from one text to the other is
//! searched for from both ends (E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986),
//! until that takes too long ([`search`]). At last each group of changed lines is moved to where it
//! reads well ([`compact`]).

mod compact;
mod prepare;
mod search;

use super::{Block, Lines};
use prepare::Side;

/// Returns the blocks of lines that two texts share, in ascending order, the last of them at both
/// ends, and alone in being empty at times.
///
/// Takes memory for some numbers a line, and time linear in the lines times the number of changed
/// ones, of which no more than 256 or some square roots of the lines are looked for together.
pub fn xdiff_blocks(a: &Lines<'_>, b: &Lines<'_>) -> Vec<Block> {
    let ends = prepare::common_ends(a, b);
    let (mut old, mut new) = prepare::sides(a, b, ends);
    search::mark_changed(&mut old, &mut new);
    compact::compact(&mut old, &new);
    compact::compact(&mut new, &old);
    blocks(&old, &new, ends, Block::end(a, b))
}

/// Returns what is not marked as changed.
fn blocks(old: &Side<'_>, new: &Side<'_>, (before, _): (usize, usize), end: Block) -> Vec<Block> {
    let mut found = Vec::new();
    let (mut a1, mut b1) = (0, 0);
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if !old.is_changed(i) && !new.is_changed(j) {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (a2, b2) = (before + i, before + j);
        if a2 > a1 || b2 > b1 {
            found.push(Block { a1, a2, b1, b2 });
        }
        while old.is_changed(i) {
            i += 1;
        }
        while new.is_changed(j) {
            j += 1;
        }
        (a1, b1) = (before + i, before + j);
    }
    found.push(Block { a1, b1, ..end });
    found
}

/// Returns a power of two near the square root of a number.
fn rough_root(number: usize) -> usize {
    let bits = usize::BITS - number.leading_zeros();
    1 << bits.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(a: &str, b: &str) -> Vec<[usize; 4]> {
        let blocks = xdiff_blocks(&Lines::new(a.as_bytes()), &Lines::new(b.as_bytes()));
        blocks
            .iter()
            .map(|block| [block.a1, block.a2, block.b1, block.b2])
            .collect()
    }

    #[test]
    fn roots() {
        let roots = [0, 1, 3, 4, 15, 16, 63, 64, 1 << 20].map(rough_root);
        assert_eq!(roots, [1, 2, 2, 4, 4, 8, 8, 16, 1 << 11]);
    }

    #[test]
    fn texts() {
        assert_eq!(found("", ""), [[0, 0, 0, 0]]);
        assert_eq!(found("a\n", "a\n"), [[0, 1, 0, 1]]);
        assert_eq!(found("a\nb\n", "b\n"), [[1, 2, 0, 1]]);
        assert_eq!(
            found("a\nb\nc\n", "a\nx\nc\n"),
            [[0, 1, 0, 1], [2, 3, 2, 3]]
        );
        assert_eq!(found("a\n", "b\n"), [[1, 1, 1, 1]]);
    }

    #[test]
    fn a_group_begins_where_the_indentation_says() {
        let old = "def a():\n    x\n\ndef c():\n    x\n";
        let new = "def a():\n    x\n\ndef b():\n    x\n\ndef c():\n    x\n";
        assert_eq!(found(old, new), [[0, 3, 0, 3], [3, 5, 6, 8]]);
    }
}
