// SPDX-License-Identifier: GPL-2.0-or-later

//! Matching what is not regular: look-around, references, conditions.
//!
//! One way is tried after another, in Python's order, as `Modules/_sre/sre_lib.h` does it,
//! but with a bound on the steps and on what is remembered. There are crates for this;
//! they follow other languages than Python, in which many a detail differs, and do not tell
//! how much work a match was. What can be given to automata is given to them.

use super::program::{Program, Step};
use super::tree::{Position, Reference};

/// So many ways back are remembered for one path.
const MAX_BACK: usize = 1 << 16;

/// Too much work: nothing can be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooHard;

/// Memory for matches, one after the other.
pub(super) struct Matcher<'t> {
    text: &'t [u8],
    /// Where groups begin and end.
    saved: Vec<Option<usize>>,
    back: Vec<Back>,
    /// How many steps are left.
    pub(super) steps: usize,
}

/// A step back from where a way leads nowhere.
enum Back {
    /// Go on at a step, at a place in the text.
    Try(usize, usize),
    /// A group's place was another one.
    Restore(usize, Option<usize>),
}

impl<'t> Matcher<'t> {
    pub(super) fn new(text: &'t [u8], steps: usize) -> Matcher<'t> {
        Matcher {
            text,
            saved: Vec::new(),
            back: Vec::new(),
            steps,
        }
    }

    /// Returns whether a program matches from the first byte on.
    pub(super) fn is_match(&mut self, program: &Program) -> Result<bool, TooHard> {
        self.saved.clear();
        self.saved.resize(program.saves, None);
        self.back.clear();
        self.run(program, 0, 0)
    }

    /// Runs up to [`Step::Found`]. Groups are as they were if that is not reached. By
    /// recursion: looks in looks are as deep as groups may be at most.
    fn run(&mut self, program: &Program, step: usize, at: usize) -> Result<bool, TooHard> {
        let floor = self.back.len();
        let (mut step, mut at) = (step, at);
        loop {
            self.steps = self.steps.checked_sub(1).ok_or(TooHard)?;
            let next = match &program.steps[step] {
                Step::Found => return Ok(true),
                Step::Byte(byte) => (self.text.get(at) == Some(byte)).then_some((step + 1, at + 1)),
                Step::Set(set) => {
                    let fits = self.text.get(at).is_some_and(|&byte| set.contains(byte));
                    fits.then_some((step + 1, at + 1))
                }
                Step::At(position) => self.is_at(*position, at).then_some((step + 1, at)),
                Step::Jump(to) => Some((*to, at)),
                Step::Either(first, other) => {
                    self.remember(Back::Try(*other, at))?;
                    Some((*first, at))
                }
                Step::Save(slot) => {
                    self.remember(Back::Restore(*slot, self.saved[*slot]))?;
                    self.saved[*slot] = Some(at);
                    Some((step + 1, at))
                }
                Step::Reference(reference) => {
                    let end = self.reference(*reference, at)?;
                    end.map(|end| (step + 1, end))
                }
                Step::UnlessGroup(group, to) => match self.group(*group) {
                    Some(_) => Some((step + 1, at)),
                    None => Some((*to, at)),
                },
                Step::Look {
                    back,
                    negative,
                    end,
                } => {
                    let found = self.look(program, step + 1, at.checked_sub(*back), *negative)?;
                    (found != *negative).then_some((*end, at))
                }
            };
            match next.or_else(|| self.way_back(floor)) {
                Some(next) => (step, at) = next,
                None => return Ok(false),
            }
        }
    }

    fn remember(&mut self, back: Back) -> Result<(), TooHard> {
        if self.back.len() >= MAX_BACK {
            return Err(TooHard);
        }
        self.back.push(back);
        Ok(())
    }

    /// Returns the next way to try, of those behind `floor`.
    fn way_back(&mut self, floor: usize) -> Option<(usize, usize)> {
        while self.back.len() > floor {
            match self.back.pop()? {
                Back::Try(step, at) => return Some((step, at)),
                Back::Restore(slot, place) => self.saved[slot] = place,
            }
        }
        None
    }

    /// Looks whether something matches; its first way counts, and is not gone back into.
    fn look(
        &mut self,
        program: &Program,
        step: usize,
        at: Option<usize>,
        negative: bool,
    ) -> Result<bool, TooHard> {
        let Some(at) = at else {
            return Ok(false);
        };
        let floor = self.back.len();
        let found = self.run(program, step, at)?;
        if found && negative {
            while self.way_back(floor).is_some() {}
        } else if found {
            let mut kept = floor;
            for way in floor..self.back.len() {
                if let Back::Restore(..) = self.back[way] {
                    self.back.swap(kept, way);
                    kept += 1;
                }
            }
            self.back.truncate(kept);
        }
        Ok(found)
    }

    /// Returns what a group matched, if it did.
    fn group(&self, group: u32) -> Option<&'t [u8]> {
        let slot = group as usize * 2;
        let (start, end) = (*self.saved.get(slot)?, *self.saved.get(slot + 1)?);
        self.text.get(start?..end?)
    }

    /// Returns where what a group matched ends when it is here once more.
    fn reference(&mut self, reference: Reference, at: usize) -> Result<Option<usize>, TooHard> {
        let Some(before) = self.group(reference.group) else {
            return Ok(None);
        };
        self.steps = self.steps.checked_sub(before.len()).ok_or(TooHard)?;
        let end = at + before.len();
        let same = match (self.text.get(at..end), reference.ignore_case) {
            (Some(here), true) => here.eq_ignore_ascii_case(before),
            (Some(here), false) => here == before,
            (None, _) => false,
        };
        Ok(same.then_some(end))
    }

    fn is_at(&self, position: Position, at: usize) -> bool {
        let (before, after) = self.text.split_at(at);
        let is_word = |byte: Option<&u8>| {
            byte.is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        match position {
            Position::Start => before.is_empty(),
            Position::LineStart => matches!(before.last(), None | Some(b'\n')),
            Position::End => after.is_empty(),
            Position::EndOrLineFeed => matches!(after, [] | [b'\n']),
            Position::LineEnd => matches!(after.first(), None | Some(b'\n')),
            Position::WordBoundary => is_word(before.last()) != is_word(after.first()),
        }
    }
}
