// SPDX-License-Identifier: GPL-2.0-or-later

//! Hunks of a unified diff.

use std::io::Write as _;
use std::ops::Range;

use super::{Kind, Lines, Options, typed_blocks};
use crate::text::trim_end;

const NO_NEWLINE: &[u8] = b"\n\\ No newline at end of file\n";
/// The most bytes of a function's name, with the space before it.
const FUNCTION: usize = 41;

/// Lines of a hunk that follow each other and are shown alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Lines of the first text that are around changes.
    Context(Range<usize>),
    /// Lines of the first text that are gone.
    Removed(Range<usize>),
    /// Lines of the second text that are new.
    Added(Range<usize>),
}

/// Changed lines that are near each other, with the unchanged ones around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The lines in the first text, counted from 0.
    pub old: Range<usize>,
    /// The lines in the second text, counted from 0. Without the blank lines before it that are
    /// ignored.
    pub new: Range<usize>,
    /// What the header says of the function that the hunk is in, which may be nothing.
    pub function: Vec<u8>,
    /// The lines.
    pub parts: Vec<Part>,
}

impl Hunk {
    /// Returns the numbers of the first lines, counted from 1, as the header has them: a range
    /// without lines begins behind the line before it.
    pub fn begin(&self) -> (usize, usize) {
        let begin = |range: &Range<usize>| range.start + usize::from(!range.is_empty());
        (begin(&self.old), begin(&self.new))
    }
}

/// The difference of two texts, in hunks.
///
/// ```
/// use vermilion_core::diff::{Lines, Options, Unified};
///
/// let (old, new) = (Lines::new(b"a\nb\nc\n"), Lines::new(b"a\nB\nc\n"));
/// let diff = Unified::of(&old, &new, &Options::default());
/// assert_eq!(diff.text(), b"@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
/// ```
#[derive(Clone, Debug)]
pub struct Unified<'a> {
    old: &'a Lines<'a>,
    new: &'a Lines<'a>,
    hunks: Vec<Hunk>,
}

impl<'a> Unified<'a> {
    /// Compares two texts. Takes the time of
    /// [`matching_blocks`](super::matching_blocks).
    pub fn of(old: &'a Lines<'a>, new: &'a Lines<'a>, options: &Options) -> Unified<'a> {
        let mut hunks = Making::new(old, options);
        // Ignored blank lines that the second text has more than the first.
        let mut more = 0isize;
        for (block, kind) in typed_blocks(old, new, &options.whitespace, options.algorithm) {
            match kind {
                Kind::Equal => {}
                Kind::Blank => {
                    more += (block.b2 - block.b1) as isize - (block.a2 - block.a1) as isize;
                }
                Kind::Changed => hunks.change(block.a1..block.a2, block.b1..block.b2, more),
            }
        }
        let hunks = hunks.finish();
        Unified { old, new, hunks }
    }

    /// Returns the difference to or from a text without lines: one hunk with all of the other's.
    pub(super) fn whole(old: &'a Lines<'a>, new: &'a Lines<'a>) -> Unified<'a> {
        let mut hunk = Hunk {
            old: 0..old.len(),
            new: 0..new.len(),
            function: Vec::new(),
            parts: Vec::new(),
        };
        add(&mut hunk.parts, Part::Removed(0..old.len()));
        add(&mut hunk.parts, Part::Added(0..new.len()));
        let hunks = vec![hunk];
        Unified { old, new, hunks }
    }

    /// Returns the hunks.
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// Returns whether the texts are equal, but for what is ignored.
    pub fn is_empty(&self) -> bool {
        self.hunks.is_empty()
    }

    /// Returns the number of lines that are new, and of those that are gone.
    pub fn counts(&self) -> (usize, usize) {
        let (mut added, mut removed) = (0, 0);
        for part in self.hunks.iter().flat_map(|hunk| &hunk.parts) {
            match part {
                Part::Context(_) => {}
                Part::Removed(lines) => removed += lines.len(),
                Part::Added(lines) => added += lines.len(),
            }
        }
        (added, removed)
    }

    /// Returns all hunks as a patch has them.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        self.write(&mut text);
        text
    }

    /// Appends all hunks as a patch has them.
    pub fn write(&self, text: &mut Vec<u8>) {
        for hunk in &self.hunks {
            self.write_hunk(hunk, text);
        }
    }

    /// Appends one of the hunks, its header first.
    pub fn write_hunk(&self, hunk: &Hunk, text: &mut Vec<u8>) {
        let (old_begin, new_begin) = hunk.begin();
        let (old_len, new_len) = (hunk.old.len(), hunk.new.len());
        // Writing to a `Vec` cannot fail.
        let _ = write!(text, "@@ -{old_begin},{old_len} +{new_begin},{new_len} @@");
        text.extend(&hunk.function);
        text.push(b'\n');
        let marks = self.marks(hunk);
        for (index, part) in hunk.parts.iter().enumerate() {
            let (sign, lines, range) = match part {
                Part::Context(range) => (b' ', self.old, range),
                Part::Removed(range) => (b'-', self.old, range),
                Part::Added(range) => (b'+', self.new, range),
            };
            for line in range.clone() {
                text.push(sign);
                text.extend(lines.line(line));
            }
            if marks.contains(&Some(index)) {
                text.extend(NO_NEWLINE);
            }
        }
    }

    /// Returns the parts whose last line is said to have no newline: one of the first text, and
    /// one of the second if that is not the same.
    fn marks(&self, hunk: &Hunk) -> [Option<usize>; 2] {
        let last = |of_old| {
            hunk.parts.iter().rposition(|part| {
                let is_old = !matches!(part, Part::Added(_));
                is_old == of_old
            })
        };
        let ends = |lines: &Lines<'_>, range: &Range<usize>| {
            lines.lacks_newline() && !range.is_empty() && range.end == lines.len()
        };
        let old = ends(self.old, &hunk.old).then(|| last(true)).flatten();
        let shared = old.is_some_and(|at| matches!(hunk.parts[at], Part::Context(_)));
        let new = (!shared && ends(self.new, &hunk.new))
            .then(|| last(false))
            .flatten();
        [old, new]
    }
}

/// Hunks in the making.
struct Making<'a> {
    old: &'a Lines<'a>,
    options: &'a Options,
    done: Vec<Hunk>,
    /// The hunk that what comes next may belong to; its ranges end with the last change.
    open: Option<Hunk>,
    /// The line up to which a function was looked for, and what was found.
    function: (usize, Vec<u8>),
}

impl<'a> Making<'a> {
    fn new(old: &'a Lines<'a>, options: &'a Options) -> Self {
        Making {
            old,
            options,
            done: Vec::new(),
            open: None,
            function: (0, Vec::new()),
        }
    }

    /// Adds a change; `more` is how many blank lines the second text has more before it.
    fn change(&mut self, old: Range<usize>, new: Range<usize>, more: isize) {
        let context = self.options.context;
        // Where blank lines are ignored, the second text's lines are counted without them.
        let counted = |line: usize| line.saturating_add_signed(-more);
        let (new_start, new_end) = (counted(new.start), counted(new.end));
        let mut start = old.start.saturating_sub(context);
        let near = |hunk: &Hunk| start < hunk.old.end.saturating_add(context).saturating_add(1);
        let hunk = match self.open.take() {
            Some(hunk) if near(&hunk) => {
                start = hunk.old.end;
                self.open.insert(hunk)
            }
            other => {
                if let Some(hunk) = other {
                    self.close(hunk);
                }
                self.open.insert(Hunk {
                    old: start..start,
                    new: new_start.saturating_sub(context)..new_end,
                    function: Vec::new(),
                    parts: Vec::new(),
                })
            }
        };
        (hunk.old.end, hunk.new.end) = (old.end, new_end);
        for part in [
            Part::Context(start..old.start),
            Part::Removed(old),
            Part::Added(new),
        ] {
            add(&mut hunk.parts, part);
        }
    }

    fn close(&mut self, mut hunk: Hunk) {
        let end = self
            .old
            .len()
            .min(hunk.old.end.saturating_add(self.options.context));
        hunk.new.end += end - hunk.old.end;
        add(&mut hunk.parts, Part::Context(hunk.old.end..end));
        hunk.old.end = end;
        if self.options.show_function {
            hunk.function = self.function_before(hunk.old.start);
        }
        self.done.push(hunk);
    }

    fn finish(mut self) -> Vec<Hunk> {
        if let Some(hunk) = self.open.take() {
            self.close(hunk);
        }
        self.done
    }

    /// Returns the last line before this one that begins like a function, shortened.
    fn function_before(&mut self, start: usize) -> Vec<u8> {
        let (looked, function) = &mut self.function;
        let begins = |&line: &usize| {
            let first = self.old.line(line)[0];
            first.is_ascii_alphabetic() || first == b'_' || first == b'$'
        };
        if let Some(line) = (*looked..start).rev().find(begins) {
            let line = trim_end(self.old.line(line));
            *function = [b" ", line].concat();
            if function.is_ascii() {
                function.truncate(FUNCTION);
            }
        }
        *looked = start;
        function.clone()
    }
}

fn add(parts: &mut Vec<Part>, part: Part) {
    let (Part::Context(lines) | Part::Removed(lines) | Part::Added(lines)) = &part;
    if !lines.is_empty() {
        parts.push(part);
    }
}
