// SPDX-License-Identifier: GPL-2.0-or-later

//! The lines that two texts have in common.
//!
//! The algorithm is that of Mercurial's `bdiff.c`, whose results patches and bundles show: the
//! longest run of equal lines is a block, and what is before and behind it is divided again. Of
//! runs of one length the one nearest to the middle is taken. Lines that occur too often in the
//! second text begin no run.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::Lines;

/// The most lines of the first text in which a run is looked for.
const WINDOW: i32 = 30_000;
/// No line, no class.
const NONE: i32 = -1;

/// Lines that are equal in two texts: those of `a` from `a1` to `a2`, those of `b` from `b1` to
/// `b2`, which are as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first line in the first text.
    pub a1: usize,
    /// The line behind the last one in the first text.
    pub a2: usize,
    /// The first line in the second text.
    pub b1: usize,
    /// The line behind the last one in the second text.
    pub b2: usize,
}

/// Returns the blocks of lines that two texts share, in ascending order, the last of them empty
/// and at both ends.
///
/// Takes time linear in the lines where few of them occur twice, and memory for four numbers a
/// line. At worst the time is bounded by the number of lines times that of pairs of equal ones, of
/// which a line of the first text has 1,000,000 / (lines of the second) at most, or a thousandth
/// of them.
pub fn matching_blocks(a: &Lines<'_>, b: &Lines<'_>) -> Vec<Block> {
    let classes = Classes::of(a, b);
    let mut blocks = Search::new(&classes).blocks();
    blocks.push(Block::end(a, b));
    shift_to_the_end(&mut blocks, |i, j| classes.a[i] == classes.b[j]);
    blocks
}

impl Block {
    /// Returns the empty block behind all lines.
    pub(super) fn end(a: &Lines<'_>, b: &Lines<'_>) -> Block {
        Block {
            a1: a.len(),
            a2: a.len(),
            b1: b.len(),
            b2: b.len(),
        }
    }
}

/// Which lines are equal.
struct Classes {
    /// The class of each line of `a`, [`NONE`] for those that are not in `b`.
    a: Vec<i32>,
    /// The class of each line of `b`.
    b: Vec<i32>,
    /// The last line of `b` that equals a line of `a` and may begin a run.
    first: Vec<i32>,
    /// The line of `b` before this one that equals it.
    next: Vec<i32>,
}

/// The lines of the second text that are equal to each other.
struct Class {
    hash: u64,
    last: i32,
    count: usize,
}

impl Classes {
    fn of(a: &Lines<'_>, b: &Lines<'_>) -> Classes {
        let hasher = DefaultHashBuilder::default();
        let mut table = HashTable::with_capacity(b.len());
        let mut classes: Vec<Class> = Vec::new();
        let (mut of_b, mut next) = (Vec::with_capacity(b.len()), Vec::with_capacity(b.len()));
        for (line, number) in b.iter().zip(0..) {
            let hash = hasher.hash_one(line);
            let equal = |&class: &i32| {
                let class: &Class = &classes[class as usize];
                class.hash == hash && b.line(class.last as usize) == line
            };
            let class = match table.find(hash, equal) {
                Some(&class) => class,
                None => {
                    let class = classes.len() as i32;
                    table.insert_unique(hash, class, |&class| classes[class as usize].hash);
                    let (last, count) = (NONE, 0);
                    classes.push(Class { hash, last, count });
                    class
                }
            };
            let found = &mut classes[class as usize];
            next.push(found.last);
            of_b.push(class);
            (found.last, found.count) = (number, found.count + 1);
        }
        let most = match b.len() {
            many @ 31_000.. => many / 1000,
            few => 1_000_000 / (few + 1),
        };
        let (mut of_a, mut first) = (Vec::with_capacity(a.len()), Vec::with_capacity(a.len()));
        for line in a.iter() {
            let hash = hasher.hash_one(line);
            let equal = |&class: &i32| {
                let class = &classes[class as usize];
                class.hash == hash && b.line(class.last as usize) == line
            };
            let class = table.find(hash, equal).copied();
            of_a.push(class.unwrap_or(NONE));
            first.push(match class.map(|class| &classes[class as usize]) {
                Some(class) if class.count <= most => class.last,
                _ => NONE,
            });
        }
        Classes {
            a: of_a,
            b: of_b,
            first,
            next,
        }
    }

    fn equal(&self, i: i32, j: i32) -> bool {
        self.a[i as usize] == self.b[j as usize]
    }
}

/// A part of both texts in which runs are looked for.
#[derive(Clone, Copy)]
struct Region {
    a1: i32,
    a2: i32,
    b1: i32,
    b2: i32,
}

/// A run of equal lines.
#[derive(Clone, Copy)]
struct Run {
    i: i32,
    j: i32,
    len: i32,
}

struct Search<'c> {
    classes: &'c Classes,
    /// For each line of `b`, the line of `a` that it was last compared with, and the length of the
    /// run that ends there.
    ends: Vec<(i32, i32)>,
}

impl<'c> Search<'c> {
    fn new(classes: &'c Classes) -> Self {
        let ends = vec![(0, 0); classes.b.len()];
        Search { classes, ends }
    }

    fn blocks(&mut self) -> Vec<Block> {
        let mut found = Vec::new();
        // Regions that are yet to be divided, and runs between them, the next one last.
        enum Todo {
            Region(Region),
            Run(Run),
        }
        let mut todo = vec![Todo::Region(Region {
            a1: 0,
            a2: self.classes.a.len() as i32,
            b1: 0,
            b2: self.classes.b.len() as i32,
        })];
        while let Some(next) = todo.pop() {
            match next {
                Todo::Run(Run { i, j, len }) => found.push(Block {
                    a1: i as usize,
                    a2: (i + len) as usize,
                    b1: j as usize,
                    b2: (j + len) as usize,
                }),
                Todo::Region(region) => {
                    let run = self.longest(region);
                    if run.len == 0 {
                        continue;
                    }
                    todo.push(Todo::Region(Region {
                        a1: run.i + run.len,
                        b1: run.j + run.len,
                        ..region
                    }));
                    todo.push(Todo::Run(run));
                    todo.push(Todo::Region(Region {
                        a2: run.i,
                        b2: run.j,
                        ..region
                    }));
                }
            }
        }
        found
    }

    /// Returns the longest run of a region, the one nearest to the middle of several.
    fn longest(&mut self, region: Region) -> Run {
        let Region { a1, a2, b1, b2 } = region;
        let a1 = a1.max(a2 - WINDOW);
        let (half, b_half) = ((a1 + a2 - 1) / 2, (b1 + b2 - 1) / 2);
        // Its last lines, and its length.
        let mut best = Run {
            i: region.a1,
            j: b1,
            len: 0,
        };
        for i in a1..a2 {
            let mut j = self.classes.first[i as usize];
            while j >= b2 {
                j = self.classes.next[j as usize];
            }
            while j >= b1 {
                let len = self.run_to(i, j, a1, b1);
                self.ends[j as usize] = (i, len);
                if len > best.len {
                    best = Run { i, j, len };
                } else if len == best.len {
                    if i > best.i && i <= half && j > b1 {
                        (best.i, best.j) = (i, j);
                    } else if i == best.i && (best.j > b_half || i == a1) {
                        best.j = j;
                    }
                }
                j = self.classes.next[j as usize];
            }
        }
        if best.len > 0 {
            best.i -= best.len - 1;
            best.j -= best.len - 1;
        }
        // The lines behind it may occur too often to be looked for.
        while best.i + best.len < a2
            && best.j + best.len < b2
            && self.classes.equal(best.i + best.len, best.j + best.len)
        {
            best.len += 1;
        }
        best
    }

    /// Returns the length of the run that ends with the equal lines `i` and `j`.
    fn run_to(&self, i: i32, j: i32, a1: i32, b1: i32) -> i32 {
        let mut len = 1;
        while j - len >= b1 && i - len >= a1 {
            let (end, before) = self.ends[(j - len) as usize];
            if end == i - len {
                // A run that was found already.
                return len + before;
            }
            if !self.classes.equal(i - len, j - len) {
                break;
            }
            len += 1;
        }
        len
    }
}

/// Moves what differs between two blocks as far to the end as equal lines let it.
pub(super) fn shift_to_the_end(blocks: &mut [Block], equal: impl Fn(usize, usize) -> bool) {
    for index in 1..blocks.len() {
        let [this, next] = &mut blocks[index - 1..=index] else {
            unreachable!("two blocks");
        };
        if this.a2 != next.a1 && this.b2 != next.b1 {
            continue;
        }
        // A line of the next block is never behind the last one.
        while next.a1 < next.a2 && next.b1 < next.b2 && equal(this.a2, this.b2) {
            this.a2 += 1;
            this.b2 += 1;
            next.a1 += 1;
            next.b1 += 1;
        }
    }
}
