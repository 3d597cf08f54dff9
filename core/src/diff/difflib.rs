// SPDX-License-Identifier: GPL-2.0-or-later

//! What of two sequences is the same, as Python's
//! [`difflib.SequenceMatcher`](https://docs.python.org/3/library/difflib.html) finds it.
//!
//! That looks for the longest run that both have, the first one of these, and then to both sides
//! of it. In a second sequence of 200 items or more, those that come more often than once in a
//! hundred do not begin a run (`autojunk`). Mercurial asks it in `hg grep --diff`, and without its C
//! code, as on PyPy, for the lines that two texts share.

use std::collections::HashMap;

use super::matching::shift_to_the_end;
use super::{Block, Lines};
use crate::Result;

/// Called now and then; an error ends the work.
type GoOn<'g> = &'g mut dyn FnMut() -> Result<()>;

/// The length from which there are items that are too common.
const LONG: usize = 200;

/// Returns the blocks of lines that two texts share, in ascending order, the last of them empty
/// and at both ends.
///
/// Takes memory for some numbers a line. At worst the time is bounded by the lines of the first
/// text times a hundredth of those of the second times the number of blocks; mostly it is linear.
pub fn difflib_blocks(a: &Lines<'_>, b: &Lines<'_>) -> Vec<Block> {
    let runs = Sequences::new(a.iter(), b.iter()).runs(&mut || Ok(()));
    let mut blocks: Vec<Block> = Vec::new();
    for run in runs.unwrap_or_default() {
        let (a2, b2) = (run.first + run.len, run.second + run.len);
        match blocks.last_mut() {
            Some(last) if (last.a2, last.b2) == (run.first, run.second) => {
                (last.a2, last.b2) = (a2, b2);
            }
            _ => blocks.push(Block {
                a1: run.first,
                a2,
                b1: run.second,
                b2,
            }),
        }
    }
    blocks.push(Block::end(a, b));
    shift_to_the_end(&mut blocks, |i, j| a.line(i) == b.line(j));
    blocks
}

/// An item that only one sequence has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The item of this number in the first one.
    Removed(usize),
    /// The item of this number in the second one.
    Added(usize),
}

/// Two sequences, whose equal items have equal numbers.
pub(crate) struct Sequences {
    first: Vec<u32>,
    second: Vec<u32>,
    /// Where each item comes in the second one, by its number; nowhere if it is too common.
    places: Vec<Vec<u32>>,
}

/// Items from `first` up to `first_end` in one, and from `second` up to `second_end` in the other.
#[derive(Clone, Copy)]
struct Part {
    first: usize,
    first_end: usize,
    second: usize,
    second_end: usize,
}

/// Equal items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    first: usize,
    second: usize,
    len: usize,
}

impl Sequences {
    pub(crate) fn new<'t>(
        first: impl Iterator<Item = &'t [u8]>,
        second: impl Iterator<Item = &'t [u8]>,
    ) -> Sequences {
        let mut numbers: HashMap<&[u8], u32> = HashMap::new();
        let mut number = |item: &'t [u8]| -> u32 {
            let next = numbers.len() as u32;
            *numbers.entry(item).or_insert(next)
        };
        let first: Vec<u32> = first.map(&mut number).collect();
        let second: Vec<u32> = second.map(&mut number).collect();
        let mut places = vec![Vec::new(); numbers.len()];
        for (at, &item) in second.iter().enumerate() {
            places[item as usize].push(at as u32);
        }
        if second.len() >= LONG {
            let many = second.len() / 100 + 1;
            for common in places.iter_mut().filter(|places| places.len() > many) {
                common.clear();
            }
        }
        Sequences {
            first,
            second,
            places,
        }
    }

    /// Returns what only one of them has, in order, what is removed before what is added there.
    ///
    /// Takes time quadratic in the lengths for each run, at worst.
    ///
    /// # Errors
    /// That of `go_on`, which is called again and again.
    pub(crate) fn steps(&self, go_on: GoOn<'_>) -> Result<Vec<Step>> {
        let (mut steps, mut first, mut second) = (Vec::new(), 0, 0);
        let mut runs = self.runs(go_on)?;
        runs.push(Run {
            first: self.first.len(),
            second: self.second.len(),
            len: 0,
        });
        for run in runs {
            steps.extend((first..run.first).map(Step::Removed));
            steps.extend((second..run.second).map(Step::Added));
            (first, second) = (run.first + run.len, run.second + run.len);
        }
        Ok(steps)
    }

    /// Returns the runs that both have, in order.
    fn runs(&self, go_on: GoOn<'_>) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        let mut lens = [vec![0; self.second.len()], vec![0; self.second.len()]];
        let mut parts = vec![Part {
            first: 0,
            first_end: self.first.len(),
            second: 0,
            second_end: self.second.len(),
        }];
        while let Some(part) = parts.pop() {
            let run = self.longest(part, &mut lens, go_on)?;
            if run.len == 0 {
                continue;
            }
            runs.push(run);
            if part.first < run.first && part.second < run.second {
                parts.push(Part {
                    first_end: run.first,
                    second_end: run.second,
                    ..part
                });
            }
            let (first, second) = (run.first + run.len, run.second + run.len);
            if first < part.first_end && second < part.second_end {
                parts.push(Part {
                    first,
                    second,
                    ..part
                });
            }
        }
        runs.sort_unstable();
        Ok(runs)
    }

    /// Returns the longest run in a part, the first one of several.
    ///
    /// `lens` is room for the lengths of runs that end at each item of the second sequence: those
    /// for the item of the first one before, and for this one. All are zero before and after.
    fn longest(&self, part: Part, lens: &mut [Vec<u32>; 2], go_on: GoOn<'_>) -> Result<Run> {
        let mut best = Run {
            first: part.first,
            second: part.second,
            len: 0,
        };
        let [before, now] = lens;
        for first in part.first..part.first_end {
            go_on()?;
            for &second in self.within(first, part) {
                let second = second as usize;
                let len = match second {
                    0 => 1,
                    _ => before[second - 1] + 1,
                };
                now[second] = len;
                if len as usize > best.len {
                    best = Run {
                        first: first + 1 - len as usize,
                        second: second + 1 - len as usize,
                        len: len as usize,
                    };
                }
            }
            if first > part.first {
                for &second in self.within(first - 1, part) {
                    before[second as usize] = 0;
                }
            }
            std::mem::swap(before, now);
        }
        if part.first < part.first_end {
            for &second in self.within(part.first_end - 1, part) {
                before[second as usize] = 0;
            }
        }
        Ok(self.extended(best, part))
    }

    /// Returns where an item of the first sequence comes in a part of the second one.
    fn within(&self, first: usize, part: Part) -> &[u32] {
        let places = &self.places[self.first[first] as usize];
        let start = places.partition_point(|&at| (at as usize) < part.second);
        let end = places.partition_point(|&at| (at as usize) < part.second_end);
        &places[start..end]
    }

    /// Returns a run with those equal items around it that are too common to begin one.
    fn extended(&self, mut run: Run, part: Part) -> Run {
        while run.first > part.first
            && run.second > part.second
            && self.first[run.first - 1] == self.second[run.second - 1]
        {
            run = Run {
                first: run.first - 1,
                second: run.second - 1,
                len: run.len + 1,
            };
        }
        while run.first + run.len < part.first_end
            && run.second + run.len < part.second_end
            && self.first[run.first + run.len] == self.second[run.second + run.len]
        {
            run.len += 1;
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(first: &str, second: &str) -> String {
        let items = |text: &'static str| text.as_bytes().chunks(1);
        let (first, second) = (first.to_owned().leak(), second.to_owned().leak());
        let steps = Sequences::new(items(first), items(second)).steps(&mut || Ok(()));
        let steps = steps.unwrap().into_iter().map(|step| match step {
            Step::Removed(at) => format!("-{}", &first[at..=at]),
            Step::Added(at) => format!("+{}", &second[at..=at]),
        });
        steps.collect()
    }

    #[test]
    fn what_differs() {
        assert_eq!(steps("", ""), "");
        assert_eq!(steps("abc", "abc"), "");
        assert_eq!(steps("abc", "axc"), "-b+x");
        assert_eq!(steps("", "ab"), "+a+b");
        assert_eq!(steps("qabxcd", "abycdf"), "-q-x+y+f");
    }

    #[test]
    fn common_items_do_not_begin_a_run() {
        let many = "a".repeat(200);
        let first = format!("{}b", &many[1..]);
        // Nothing but `b` may begin a run, which then takes what is before it.
        assert_eq!(steps(&first, &format!("{many}b")), "+a");
        assert_eq!(steps(&many, &many[..199]), "-a");
        assert_eq!(steps(&many[..199], &many), "+a");
        let (removed, added) = ("-a".repeat(199), "+a".repeat(200));
        let other = format!("x{}", &many[1..]);
        assert_eq!(steps(&other, &many), format!("-x{removed}{added}"));
    }
}
