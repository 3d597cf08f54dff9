// SPDX-License-Identifier: GPL-2.0-or-later

//! The search for the lines that differ.
//!
//! Two texts are a rectangle, with the lines of one along either side; a way through it takes a step
//! along a side for a line that only one text has, and diagonal ones, a *snake*, for equal lines.
//! Ways from both corners meet somewhere: there the rectangle is divided, and both parts again.

use super::prepare::Side;
use super::rough_root;

/// Equal lines after each other that make a snake a good one.
const SNAKE: isize = 20;
/// The cost from which a good snake may do, and the least from which anything does.
const PATIENCE: isize = 256;
/// A way is good that has come so many times as far as it costs.
const GOOD: isize = 4;

/// Marks the lines as changed that are not on the way from one text to the other.
pub(super) fn mark_changed(old: &mut Side<'_>, new: &mut Side<'_>) {
    let (a, b) = (old.compared_classes(), new.compared_classes());
    let mut search = Search::new(&a, &b);
    let whole = Rectangle {
        a1: 0,
        a2: a.len() as isize,
        b1: 0,
        b2: b.len() as isize,
    };
    let mut todo = vec![(whole, false)];
    while let Some((rectangle, exact)) = todo.pop() {
        let part = search.without_ends(rectangle);
        if part.a1 == part.a2 {
            for at in part.b1..part.b2 {
                new.mark(new.compared[at as usize], true);
            }
        } else if part.b1 == part.b2 {
            for at in part.a1..part.a2 {
                old.mark(old.compared[at as usize], true);
            }
        } else {
            let Split { a, b, exact } = search.split(part, exact);
            let (before, behind) = (
                Rectangle {
                    a2: a,
                    b2: b,
                    ..part
                },
                Rectangle {
                    a1: a,
                    b1: b,
                    ..part
                },
            );
            todo.push((behind, exact.1));
            todo.push((before, exact.0));
        }
    }
}

/// Lines of both texts.
#[derive(Clone, Copy)]
struct Rectangle {
    a1: isize,
    a2: isize,
    b1: isize,
    b2: isize,
}

/// Where a rectangle is divided, and whether each part is to be searched whatever that costs.
struct Split {
    a: isize,
    b: isize,
    exact: (bool, bool),
}

/// For each diagonal, the line of the first text up to which a way has come.
struct Reached {
    lines: Vec<isize>,
    /// The place of diagonal 0.
    zero: isize,
}

impl Reached {
    fn on(&self, diagonal: isize) -> isize {
        self.lines[(self.zero + diagonal) as usize]
    }

    fn set(&mut self, diagonal: isize, line: isize) {
        self.lines[(self.zero + diagonal) as usize] = line;
    }
}

/// The diagonals that ways from one corner have come to.
#[derive(Clone, Copy)]
struct Span {
    corner: isize,
    min: isize,
    max: isize,
}

impl Span {
    fn at(corner: isize) -> Span {
        Span {
            corner,
            min: corner,
            max: corner,
        }
    }

    /// Widens it by one on each side, or where that leads out of the rectangle, narrows it: every
    /// other diagonal has a way of the same cost. What is beside it is `none`.
    fn widen(&mut self, (least, most): (isize, isize), reached: &mut Reached, none: isize) {
        if self.min > least {
            self.min -= 1;
            reached.set(self.min - 1, none);
        } else {
            self.min += 1;
        }
        if self.max < most {
            self.max += 1;
            reached.set(self.max + 1, none);
        } else {
            self.max -= 1;
        }
    }

    fn has(&self, diagonal: isize) -> bool {
        (self.min..=self.max).contains(&diagonal)
    }

    /// Returns every other diagonal, from the last one on.
    fn diagonals(&self) -> impl Iterator<Item = isize> {
        let Span { min, max, .. } = *self;
        (0..=(max - min) / 2)
            .filter(move |_| max >= min)
            .map(move |at| max - 2 * at)
    }
}

struct Search<'c> {
    a: &'c [u32],
    b: &'c [u32],
    forward: Reached,
    backward: Reached,
    /// The cost at which the search ends.
    most: isize,
}

impl<'c> Search<'c> {
    fn new(a: &'c [u32], b: &'c [u32]) -> Search<'c> {
        let diagonals = a.len() + b.len() + 3;
        let reached = || Reached {
            lines: vec![0; diagonals],
            zero: b.len() as isize + 1,
        };
        Search {
            a,
            b,
            forward: reached(),
            backward: reached(),
            most: (rough_root(diagonals) as isize).max(PATIENCE),
        }
    }

    fn equal(&self, i: isize, j: isize) -> bool {
        self.a[i as usize] == self.b[j as usize]
    }

    /// Returns a rectangle without the equal lines at both its ends.
    fn without_ends(&self, mut part: Rectangle) -> Rectangle {
        while part.a1 < part.a2 && part.b1 < part.b2 && self.equal(part.a1, part.b1) {
            (part.a1, part.b1) = (part.a1 + 1, part.b1 + 1);
        }
        while part.a1 < part.a2 && part.b1 < part.b2 && self.equal(part.a2 - 1, part.b2 - 1) {
            (part.a2, part.b2) = (part.a2 - 1, part.b2 - 1);
        }
        part
    }

    /// Returns where ways from both corners of a rectangle meet, or if not `exact`, a place that one
    /// of them has come to and that is good enough, when that takes long.
    fn split(&mut self, part: Rectangle, exact: bool) -> Split {
        let Rectangle { a1, a2, b1, b2 } = part;
        let limits = (a1 - b2, a2 - b1);
        let mut from_start = Span::at(a1 - b1);
        let mut from_end = Span::at(a2 - b2);
        let is_odd = (from_start.corner - from_end.corner) & 1 != 0;
        self.forward.set(from_start.corner, a1);
        self.backward.set(from_end.corner, a2);
        for cost in 1.. {
            let mut has_snake = false;
            from_start.widen(limits, &mut self.forward, -1);
            for diagonal in from_start.diagonals() {
                let (begin, i) = self.go_forward(diagonal, part);
                has_snake |= i - begin > SNAKE;
                if is_odd && from_end.has(diagonal) && self.backward.on(diagonal) <= i {
                    return Split::met(i, diagonal);
                }
            }
            from_end.widen(limits, &mut self.backward, isize::MAX);
            for diagonal in from_end.diagonals() {
                let (begin, i) = self.go_backward(diagonal, part);
                has_snake |= begin - i > SNAKE;
                if !is_odd && from_start.has(diagonal) && i <= self.forward.on(diagonal) {
                    return Split::met(i, diagonal);
                }
            }
            if exact {
                continue;
            }
            if has_snake && cost > PATIENCE {
                if let Some((a, b)) = self.good_from_start(&from_start, part, cost) {
                    return Split {
                        a,
                        b,
                        exact: (true, false),
                    };
                }
                if let Some((a, b)) = self.good_from_end(&from_end, part, cost) {
                    return Split {
                        a,
                        b,
                        exact: (false, true),
                    };
                }
            }
            if cost >= self.most {
                return self.farthest(&from_start, &from_end, part);
            }
        }
        unreachable!("ways from both corners meet")
    }

    /// Takes a way one step further to a diagonal, and along it; returns where that began and ends.
    fn go_forward(&mut self, diagonal: isize, part: Rectangle) -> (isize, isize) {
        let (below, above) = (self.forward.on(diagonal - 1), self.forward.on(diagonal + 1));
        let begin = if below >= above { below + 1 } else { above };
        let mut i = begin;
        while i < part.a2 && i - diagonal < part.b2 && self.equal(i, i - diagonal) {
            i += 1;
        }
        self.forward.set(diagonal, i);
        (begin, i)
    }

    /// Does the same from the end.
    fn go_backward(&mut self, diagonal: isize, part: Rectangle) -> (isize, isize) {
        let (below, above) = (
            self.backward.on(diagonal - 1),
            self.backward.on(diagonal + 1),
        );
        let begin = if below < above { below } else { above - 1 };
        let mut i = begin;
        while i > part.a1 && i - diagonal > part.b1 && self.equal(i - 1, i - diagonal - 1) {
            i -= 1;
        }
        self.backward.set(diagonal, i);
        (begin, i)
    }

    /// Returns the farthest place that ways from the start have come to by a good snake, if they have
    /// come far for what they cost.
    fn good_from_start(&self, span: &Span, part: Rectangle, cost: isize) -> Option<(isize, isize)> {
        let Rectangle { a1, a2, b1, b2 } = part;
        let mut best = (0, None);
        for diagonal in span.diagonals() {
            let i = self.forward.on(diagonal);
            let j = i - diagonal;
            let gone = (i - a1) + (j - b1) - (diagonal - span.corner).abs();
            let is_inside = a1 + SNAKE <= i && i < a2 && b1 + SNAKE <= j && j < b2;
            if gone > GOOD * cost
                && gone > best.0
                && is_inside
                && (1..=SNAKE).all(|back| self.equal(i - back, j - back))
            {
                best = (gone, Some((i, j)));
            }
        }
        best.1
    }

    /// Returns the same of ways from the end.
    fn good_from_end(&self, span: &Span, part: Rectangle, cost: isize) -> Option<(isize, isize)> {
        let Rectangle { a1, a2, b1, b2 } = part;
        let mut best = (0, None);
        for diagonal in span.diagonals() {
            let i = self.backward.on(diagonal);
            let j = i - diagonal;
            let gone = (a2 - i) + (b2 - j) - (diagonal - span.corner).abs();
            let is_inside = a1 < i && i <= a2 - SNAKE && b1 < j && j <= b2 - SNAKE;
            if gone > GOOD * cost
                && gone > best.0
                && is_inside
                && (0..SNAKE).all(|on| self.equal(i + on, j + on))
            {
                best = (gone, Some((i, j)));
            }
        }
        best.1
    }

    /// Returns the place farthest from its corner that any way has come to.
    fn farthest(&self, from_start: &Span, from_end: &Span, part: Rectangle) -> Split {
        let Rectangle { a1, a2, b1, b2 } = part;
        let mut forth = (-1, -1);
        for diagonal in from_start.diagonals() {
            let mut i = self.forward.on(diagonal).min(a2);
            if b2 < i - diagonal {
                i = b2 + diagonal;
            }
            let sum = 2 * i - diagonal;
            if forth.0 < sum {
                forth = (sum, i);
            }
        }
        let mut back = (isize::MAX, isize::MAX);
        for diagonal in from_end.diagonals() {
            let mut i = self.backward.on(diagonal).max(a1);
            if i - diagonal < b1 {
                i = b1 + diagonal;
            }
            let sum = 2 * i - diagonal;
            if sum < back.0 {
                back = (sum, i);
            }
        }
        let is_forth = (a2 + b2) - back.0 < forth.0 - (a1 + b1);
        let (sum, a) = if is_forth { forth } else { back };
        Split {
            a,
            b: sum - a,
            exact: (is_forth, !is_forth),
        }
    }
}

impl Split {
    fn met(a: isize, diagonal: isize) -> Split {
        Split {
            a,
            b: a - diagonal,
            exact: (true, true),
        }
    }
}
