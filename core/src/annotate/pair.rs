// SPDX-License-Identifier: GPL-2.0-or-later

//! Giving lines of a revision to its parents.

use super::Annotating;
use crate::diff::{Block, Kind, Lines, typed_blocks};

/// Where a line comes from, as far as the walk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The visit of the walk that it comes from.
    pub(super) visit: u32,
    /// The number of the line there, from 1 on.
    pub(super) number: u32,
    /// Whether it only stands in.
    pub(super) skipped: bool,
}

/// A revision's content, and where its lines come from.
#[derive(Debug)]
pub(super) struct Sourced {
    pub(super) text: Vec<u8>,
    pub(super) lines: Vec<Source>,
}

impl Sourced {
    /// Returns a content all of whose lines are its own.
    pub(super) fn own(text: Vec<u8>, visit: u32) -> Sourced {
        let own = |index: usize| Source {
            visit,
            number: index as u32 + 1,
            skipped: false,
        };
        let lines = (0..Lines::new(&text).len()).map(own).collect();
        Sourced { text, lines }
    }

    /// Gives the lines that match ones of the parents to these, with `skip` the others, too.
    ///
    /// All lines are this revision's own before.
    pub(super) fn give(&mut self, parents: &[&Sourced], how: &Annotating<'_>, skip: bool) {
        let Sourced { text, lines } = self;
        let child = Lines::new(text);
        let blocks = parents.iter().map(|parent| {
            let parent = Lines::new(&parent.text);
            typed_blocks(&parent, &child, &how.whitespace, how.algorithm)
        });
        let blocks: Vec<Vec<(Block, Kind)>> = blocks.collect();
        let mut own = vec![true; if skip { lines.len() } else { 0 }];
        for (parent, blocks) in parents.iter().zip(&blocks) {
            for (block, kind) in blocks {
                if *kind == Kind::Equal {
                    lines[block.b1..block.b2].copy_from_slice(&parent.lines[block.a1..block.a2]);
                    if skip {
                        own[block.b1..block.b2].fill(false);
                    }
                }
            }
        }
        if skip {
            stand_in(lines, &mut own, parents, &blocks);
        }
    }
}

/// Gives lines that are a revision's own to lines of the parents at the same places in blocks
/// that differ; the last parent's count.
///
/// First where a parent has as many or more, then where its last line, or the one before the
/// block, has to do for several.
fn stand_in(
    lines: &mut [Source],
    own: &mut [bool],
    parents: &[&Sourced],
    blocks: &[Vec<(Block, Kind)>],
) {
    for repeated in [false, true] {
        for (parent, blocks) in parents.iter().zip(blocks).rev() {
            for (block, _) in blocks {
                let fewer = block.a2 - block.a1 < block.b2 - block.b1;
                if fewer != repeated {
                    continue;
                }
                for line in block.b1..block.b2 {
                    if !own[line] {
                        continue;
                    }
                    // Before the first line there is none, for which Mercurial takes the last.
                    let nearest = match block.a2.checked_sub(1) {
                        Some(last) => parent.lines.get(last.min(block.a1 + line - block.b1)),
                        None => parent.lines.last(),
                    };
                    if let Some(source) = nearest {
                        lines[line] = Source {
                            skipped: true,
                            ..*source
                        };
                        own[line] = false;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str, visit: u32) -> Sourced {
        Sourced::own(text.as_bytes().to_vec(), visit)
    }

    /// The visits, numbers and marks of lines.
    fn shown(sourced: &Sourced) -> String {
        let line = |line: &Source| {
            let mark = if line.skipped { "*" } else { "" };
            format!("{}:{}{mark}", line.visit, line.number)
        };
        let lines: Vec<String> = sourced.lines.iter().map(line).collect();
        lines.join(" ")
    }

    fn given(child: &str, parents: &[&Sourced], skip: bool) -> String {
        let mut child = own(child, 9);
        child.give(parents, &Annotating::default(), skip);
        shown(&child)
    }

    #[test]
    fn lines_of_parents() {
        let (old, none) = (own("a\nb\nc\n", 1), own("", 2));
        assert_eq!(given("a\nx\nc", &[&old], false), "1:1 9:2 9:3");
        assert_eq!(given("b\nc\n", &[&none, &old], false), "1:2 1:3");
        assert_eq!(given("", &[&old], true), "");
        assert_eq!(given("a\n", &[], true), "9:1");
        let other = own("b\ny\n", 2);
        assert_eq!(given("a\nb\nz\n", &[&old, &other], false), "1:1 2:1 9:3");
    }

    #[test]
    fn lines_that_stand_in() {
        let old = own("a\nb\nc\n", 1);
        assert_eq!(given("a\nx\nc\n", &[&old], true), "1:1 1:2* 1:3");
        assert_eq!(given("a\nx\ny\nc\n", &[&old], true), "1:1 1:2* 1:2* 1:3");
        assert_eq!(given("a\nb\nx\nc\n", &[&old], true), "1:1 1:2 1:2* 1:3");
        // As Mercurial has it.
        assert_eq!(given("x\na\nb\nc\n", &[&old], true), "1:3* 1:1 1:2 1:3");
        assert_eq!(given("x\n", &[&own("", 1)], true), "9:1");
        let other = own("q\nr\n", 2);
        assert_eq!(given("x\ny\n", &[&old, &other], true), "2:1* 2:2*");
        assert_eq!(given("x\ny\nz\n", &[&old, &other], true), "1:1* 1:2* 1:3*");
    }
}
