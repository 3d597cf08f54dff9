// SPDX-License-Identifier: GPL-2.0-or-later

//! Differences of texts.

use vermilion_core::diff::{
    Algorithm, Block, Kind, Lines, Options, Part, Unified, Whitespace, difflib_blocks,
    matching_blocks, typed_blocks, xdiff_blocks,
};

/// Compares the texts before and after the first NUL behind a byte of options, and checks that
/// blocks are equal lines in order, and that hunks make the second text of the first one.
pub fn two_texts(data: &[u8]) {
    let Some((&bits, texts)) = data.split_first() else {
        return;
    };
    let cut = texts
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(texts.len());
    let (a, b) = (
        Lines::new(&texts[..cut]),
        Lines::new(texts.get(cut + 1..).unwrap_or_default()),
    );
    plain_blocks(&a, &b, &matching_blocks(&a, &b));
    plain_blocks(&a, &b, &difflib_blocks(&a, &b));
    plain_blocks(&a, &b, &xdiff_blocks(&a, &b));
    for algorithm in [Algorithm::Bdiff, Algorithm::Difflib, Algorithm::Xdiff] {
        unified(&a, &b, bits, algorithm);
    }
}

fn unified(a: &Lines<'_>, b: &Lines<'_>, bits: u8, algorithm: Algorithm) {
    let bit = |number: u8| bits >> number & 1 == 1;
    let options = Options {
        context: usize::from(bits >> 5),
        show_function: bit(4),
        whitespace: Whitespace {
            all: bit(0),
            amount: bit(1),
            blank_lines: bit(2),
            at_end: bit(3),
        },
        algorithm,
        ..Options::default()
    };
    let ignored = options.whitespace != Whitespace::default();
    let blocks = typed_blocks(a, b, &options.whitespace, algorithm);
    assert!(ignored || blocks.iter().all(|(_, kind)| *kind != Kind::Blank));
    let diff = Unified::of(a, b, &options);
    let text = diff.text();
    assert_eq!(text.is_empty(), diff.is_empty());
    if !ignored {
        assert_eq!(diff.is_empty(), a.text() == b.text());
        assert_eq!(applied(&diff, a, b), b.text());
    }
}

fn plain_blocks(a: &Lines<'_>, b: &Lines<'_>, blocks: &[Block]) {
    let (mut a1, mut b1) = (0, 0);
    for block in blocks {
        assert!(a1 <= block.a1 && b1 <= block.b1 && block.a1 <= block.a2 && block.b1 <= block.b2);
        assert_eq!(a.range(block.a1..block.a2), b.range(block.b1..block.b2));
        assert_eq!(block.a2 - block.a1, block.b2 - block.b1);
        (a1, b1) = (block.a2, block.b2);
    }
    assert_eq!((a1, b1), (a.len(), b.len()));
}

/// Returns what the hunks make of the first text.
fn applied(diff: &Unified<'_>, a: &Lines<'_>, b: &Lines<'_>) -> Vec<u8> {
    let (mut made, mut at) = (Vec::new(), 0);
    for hunk in diff.hunks() {
        // Without context, nothing else tells where lines are that are only added.
        assert!(at <= hunk.old.start, "hunks are in order");
        made.extend(a.range(at..hunk.old.start));
        at = hunk.old.start;
        for part in &hunk.parts {
            match part {
                Part::Context(lines) | Part::Removed(lines) => {
                    assert_eq!(at, lines.start, "parts are in order");
                    if matches!(part, Part::Context(_)) {
                        made.extend(a.range(lines.clone()));
                    }
                    at = lines.end;
                }
                Part::Added(lines) => made.extend(b.range(lines.clone())),
            }
        }
    }
    made.extend(a.range(at..a.len()));
    made
}
