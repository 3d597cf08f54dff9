// SPDX-License-Identifier: GPL-2.0-or-later

//! Where a group of changed lines begins that could also begin elsewhere.
//!
//! If the line behind a group equals its first one, the group may as well be one line further down.
//! It goes where it stands beside changed lines of the other text, if there is such a place, and
//! else where the indentation and the blank lines around it say that something begins: by weights
//! that were found by experiments (<https://github.com/mhagger/diff-slider-tools>).

use std::cmp::Ordering;

use super::prepare::Side;

/// No line is taken to be indented more.
const MOST_INDENT: i32 = 200;
/// No more blank lines are counted.
const MOST_BLANK: i32 = 20;
/// So many places without a better one are enough.
const BORING: usize = 100;
/// What a difference in indentation weighs.
const INDENT: i32 = 60;

/// Changed lines between two that are not, maybe none: from `start` to before `end`.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    fn first(side: &Side<'_>) -> Group {
        Group::beginning(side, 0)
    }

    fn beginning(side: &Side<'_>, start: usize) -> Group {
        let mut end = start;
        while side.is_changed(end) {
            end += 1;
        }
        Group { start, end }
    }

    fn is_empty(&self) -> bool {
        self.start == self.end
    }

    fn len(&self) -> usize {
        self.end - self.start
    }

    /// Goes to the next one; returns whether there is one.
    fn next(&mut self, side: &Side<'_>) -> bool {
        let is_there = self.end < side.len();
        if is_there {
            *self = Group::beginning(side, self.end + 1);
        }
        is_there
    }

    /// Goes to the one before, which there is.
    fn previous(&mut self, side: &Side<'_>) {
        debug_assert!(self.start > 0, "as many groups in both texts");
        self.end = self.start.saturating_sub(1);
        self.start = self.end;
        self.grow_up(side);
    }

    fn grow_up(&mut self, side: &Side<'_>) {
        while side.is_changed_before(self.start) {
            self.start -= 1;
        }
    }

    /// Moves down by a line, and takes in a group that it comes to; returns whether that could be.
    fn slide_down(&mut self, side: &mut Side<'_>) -> bool {
        let can = self.end < side.len() && side.are_equal(self.start, self.end);
        if can {
            side.mark(self.start, false);
            side.mark(self.end, true);
            self.start += 1;
            self.end = Group::beginning(side, self.end).end;
        }
        can
    }

    /// Moves up by a line, and takes in a group that it comes to; returns whether that could be.
    fn slide_up(&mut self, side: &mut Side<'_>) -> bool {
        let can = self.start > 0 && side.are_equal(self.start - 1, self.end - 1);
        if can {
            self.start -= 1;
            self.end -= 1;
            side.mark(self.start, true);
            side.mark(self.end, false);
            self.grow_up(side);
        }
        can
    }
}

/// Moves the groups of a text to where they read well beside those of the other one.
pub(super) fn compact(side: &mut Side<'_>, other: &Side<'_>) {
    let (mut group, mut beside) = (Group::first(side), Group::first(other));
    loop {
        if !group.is_empty() {
            place(side, other, &mut group, &mut beside);
        }
        if !group.next(side) {
            return;
        }
        beside.next(other);
    }
}

/// Moves a group, and with it the one of the other text.
fn place(side: &mut Side<'_>, other: &Side<'_>, group: &mut Group, beside: &mut Group) {
    let (mut highest, mut aligned);
    loop {
        let len = group.len();
        while group.slide_up(side) {
            beside.previous(other);
        }
        highest = group.end;
        aligned = !beside.is_empty();
        while group.slide_down(side) {
            beside.next(other);
            aligned |= !beside.is_empty();
        }
        if len == group.len() {
            break;
        }
    }
    let up = |side: &mut Side<'_>, group: &mut Group, beside: &mut Group| {
        let could = group.slide_up(side);
        debug_assert!(could, "it has been there");
        beside.previous(other);
        could
    };
    if group.end == highest {
        return;
    }
    if aligned {
        while beside.is_empty() && up(side, group, beside) {}
        return;
    }
    let end = best_end(side, group, highest);
    while group.end > end && up(side, group, beside) {}
}

/// Returns where a group that can end anywhere from `highest` to where it does now ends best.
fn best_end(side: &Side<'_>, group: &Group, highest: usize) -> usize {
    let mut best: Option<(usize, Score)> = None;
    let mut boring = 0;
    for end in (highest..=group.end).rev() {
        let mut score = Score::default();
        score.add(&Gap::at(side, end));
        score.add(&Gap::at(side, end - group.len()));
        match best {
            Some((_, before)) if !score.is_better_than(before) => {
                boring += 1;
                if boring >= BORING {
                    break;
                }
            }
            _ => {
                boring = 0;
                best = Some((end, score));
            }
        }
    }
    best.map_or(group.end, |(end, _)| end)
}

/// Returns how far a line is indented, `None` if it is blank.
fn indentation(line: &[u8]) -> Option<i32> {
    let mut columns = 0;
    for byte in line {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 8 - columns % 8,
            b'\n' | b'\r' | 0x0b | 0x0c => {}
            _ => return Some(columns),
        }
        if columns >= MOST_INDENT {
            return Some(MOST_INDENT);
        }
    }
    None
}

/// The place before a line, or behind all.
struct Gap {
    is_at_end: bool,
    /// The indentation of the line.
    indent: Option<i32>,
    /// How many lines before it are blank, and the indentation of the one before these.
    before: (i32, Option<i32>),
    /// The same of the lines behind it.
    behind: (i32, Option<i32>),
}

impl Gap {
    fn at(side: &Side<'_>, index: usize) -> Gap {
        let indent = |index: usize| indentation(side.line(index));
        let is_at_end = index >= side.len();
        Gap {
            is_at_end,
            indent: if is_at_end { None } else { indent(index) },
            before: blank_run((0..index).rev().map(indent)),
            behind: blank_run((index + 1..side.len()).map(indent)),
        }
    }
}

/// Returns how many blank lines come first, and the indentation of the next one, if there is one.
fn blank_run(indents: impl Iterator<Item = Option<i32>>) -> (i32, Option<i32>) {
    let mut blank = 0;
    for indent in indents {
        if indent.is_some() {
            return (blank, indent);
        }
        blank += 1;
        if blank == MOST_BLANK {
            return (blank, Some(0));
        }
    }
    (blank, None)
}

/// How bad the two ends of a group are.
#[derive(Clone, Copy, Default)]
struct Score {
    indent: i32,
    penalty: i32,
}

impl Score {
    fn add(&mut self, gap: &Gap) {
        let (blank_before, indent_before) = gap.before;
        let (blank_behind, indent_behind) = gap.behind;
        if indent_before.is_none() && blank_before == 0 {
            self.penalty += 1;
        }
        if gap.is_at_end {
            self.penalty += 21;
        }
        let behind = if gap.indent.is_none() {
            1 + blank_behind
        } else {
            0
        };
        let blank = blank_before + behind;
        self.penalty += -30 * blank + 6 * behind;
        let indent = gap.indent.or(indent_behind);
        self.indent += indent.unwrap_or(-1);
        let (Some(indent), Some(above)) = (indent, indent_before) else {
            return;
        };
        let begins = indent_behind.is_some_and(|next| next > indent);
        self.penalty += match (indent.cmp(&above), blank != 0) {
            (Ordering::Greater, true) => 10,
            (Ordering::Greater, false) => -4,
            (Ordering::Equal, _) => 0,
            (Ordering::Less, true) => 17,
            (Ordering::Less, false) if begins => 24,
            (Ordering::Less, false) => 23,
        };
    }

    fn is_better_than(self, other: Score) -> bool {
        let indent = self.indent.cmp(&other.indent) as i32;
        INDENT * indent + (self.penalty - other.penalty) < 0
    }
}
