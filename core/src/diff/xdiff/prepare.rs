// SPDX-License-Identifier: GPL-2.0-or-later

//! What is left to compare of two texts.

use std::ops::Range;

use hashbrown::HashMap;

use super::rough_root;
use crate::diff::Lines;

/// So many lines that are the same at an end stay, for groups that are moved.
const KEPT_AT_ENDS: usize = 100;
/// A line that the other text has more often than the square root of its lines, or so often, is
/// common.
const COMMON: usize = 1024;
/// The lines before and behind a common one that are looked at.
const NEIGHBOURS: usize = 100;

/// A text, without most of what is the same at both ends.
pub(super) struct Side<'t> {
    lines: Vec<&'t [u8]>,
    /// The class of each line, which is that of equal ones in both texts.
    classes: Vec<u32>,
    /// Whether each line is changed; there is one more at each end, which is not.
    changed: Vec<bool>,
    /// The lines that are compared, by their numbers.
    pub(super) compared: Vec<usize>,
}

impl<'t> Side<'t> {
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn line(&self, index: usize) -> &'t [u8] {
        self.lines[index]
    }

    /// Returns whether a line is changed, which that behind the last one is not.
    pub(super) fn is_changed(&self, index: usize) -> bool {
        self.changed[index + 1]
    }

    /// Returns whether the line before one is changed, which there need not be.
    pub(super) fn is_changed_before(&self, index: usize) -> bool {
        self.changed[index]
    }

    pub(super) fn mark(&mut self, index: usize, changed: bool) {
        self.changed[index + 1] = changed;
    }

    pub(super) fn are_equal(&self, one: usize, other: usize) -> bool {
        self.classes[one] == self.classes[other]
    }

    /// Returns the classes of the lines that are compared.
    pub(super) fn compared_classes(&self) -> Vec<u32> {
        let compared = self.compared.iter();
        compared.map(|&index| self.classes[index]).collect()
    }
}

/// Returns how many lines at the beginning and at the end of two texts are the same, but for some that
/// are kept.
pub(super) fn common_ends(a: &Lines<'_>, b: &Lines<'_>) -> (usize, usize) {
    let (a, b) = (a.text(), b.text());
    let shorter = if a.len() < b.len() { a } else { b };
    let newlines = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    let before = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    // The first byte that differs is no part of the end, should there be one.
    let left = shorter.len().saturating_sub(before + 1);
    let equal = a.iter().rev().zip(b.iter().rev());
    let behind = equal.take(left).take_while(|(x, y)| x == y).count();
    let first = newlines(&shorter[..before]);
    let last = newlines(&shorter[shorter.len() - behind..]);
    let kept = |lines: usize| match lines {
        few if few <= KEPT_AT_ENDS + 1 => 0,
        many => many - KEPT_AT_ENDS,
    };
    // There the newline of the line before is one of them, too.
    let is_whole = shorter.last() == Some(&b'\n');
    (
        kept(first),
        kept(last).saturating_sub(usize::from(is_whole)),
    )
}

/// Returns both texts without so many lines at their ends, and without those set aside that need not be
/// compared.
pub(super) fn sides<'t>(
    a: &Lines<'t>,
    b: &Lines<'t>,
    (before, behind): (usize, usize),
) -> (Side<'t>, Side<'t>) {
    let mut classes = HashMap::new();
    let mut counts: Vec<[usize; 2]> = Vec::new();
    let mut side = |text: &Lines<'t>, which: usize| {
        let lines: Vec<&[u8]> = (before..text.len() - behind)
            .map(|index| text.line(index))
            .collect();
        let class = |line: &&'t [u8]| {
            let class = *classes.entry(*line).or_insert(counts.len() as u32);
            if class as usize == counts.len() {
                counts.push([0, 0]);
            }
            counts[class as usize][which] += 1;
            class
        };
        Side {
            classes: lines.iter().map(class).collect(),
            changed: vec![false; lines.len() + 2],
            compared: Vec::new(),
            lines,
        }
    };
    let (mut old, mut new) = (side(a, 0), side(b, 1));
    let (first, end) = middle(&old.classes, &new.classes);
    let ranges = [first..old.len() - end, first..new.len() - end];
    for (side, range, other) in [(&mut old, &ranges[0], 1), (&mut new, &ranges[1], 0)] {
        let common = rough_root(side.len()).min(COMMON);
        let matches: Vec<Matches> = side.classes[range.clone()]
            .iter()
            .map(|&class| match counts[class as usize][other] {
                0 => Matches::None,
                many if many >= common => Matches::Many,
                _ => Matches::Some,
            })
            .collect();
        set_aside(side, range, &matches);
    }
    (old, new)
}

/// Returns how many lines are the same at the beginning, and of the others at the end.
fn middle(old: &[u32], new: &[u32]) -> (usize, usize) {
    let first = old.iter().zip(new).take_while(|(x, y)| x == y).count();
    let end = old[first..].iter().rev().zip(new[first..].iter().rev());
    (first, end.take_while(|(x, y)| x == y).count())
}

/// How often the other text has a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matches {
    None,
    Some,
    Many,
}

/// Marks lines as changed that the other text does not have, and common ones among them; the others
/// are to be compared.
fn set_aside(side: &mut Side<'_>, range: &Range<usize>, matches: &[Matches]) {
    for (at, index) in range.clone().enumerate() {
        let is_compared = match matches[at] {
            Matches::None => false,
            Matches::Some => true,
            Matches::Many => !is_among_others(matches, at),
        };
        if is_compared {
            side.compared.push(index);
        } else {
            side.mark(index, true);
        }
    }
}

/// Returns whether a common line is in a run of lines most of which the other text does not have.
fn is_among_others(matches: &[Matches], at: usize) -> bool {
    let from = at.saturating_sub(NEIGHBOURS);
    let to = (at + NEIGHBOURS).min(matches.len() - 1);
    let before = run(matches[from..at].iter().rev());
    let behind = run(matches[at + 1..=to].iter());
    if before.0 == 0 || behind.0 == 0 {
        return false;
    }
    // The line itself is in both.
    let (none, many) = (before.0 + behind.0, before.1 + behind.1 + 2);
    many * 4 < many + none
}

/// Returns how many lines without a match, and how many common ones, there are up to any other.
fn run<'m>(matches: impl Iterator<Item = &'m Matches>) -> (usize, usize) {
    let mut found = (0, 0);
    for one in matches {
        match one {
            Matches::None => found.0 += 1,
            Matches::Many => found.1 += 1,
            Matches::Some => break,
        }
    }
    found
}
