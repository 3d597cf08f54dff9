// SPDX-License-Identifier: GPL-2.0-or-later

//! From a pattern's tree to steps for the matcher that tries one way after another.

use super::set::Set;
use super::tree::{Expr, Look, Position, Reference, Repeat};

type Result<T> = std::result::Result<T, String>;

/// One step. Places of other steps count from the beginning of the program.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Byte(u8),
    Set(Set),
    At(Position),
    Jump(usize),
    /// Goes on at the first one, and at the other one if that leads nowhere.
    Either(usize, usize),
    /// Notes where a group begins or ends.
    Save(usize),
    Reference(Reference),
    /// Goes on at the place unless the group has matched.
    UnlessGroup(u32, usize),
    /// Tries what follows so many bytes before, then goes on at `end`.
    Look {
        back: usize,
        negative: bool,
        end: usize,
    },
    /// The end of the pattern, or of what a look is for.
    Found,
}

/// The steps of one pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// How many beginnings and ends of groups there are.
    pub(super) saves: usize,
}

impl Program {
    /// Makes at most `most` steps.
    pub(super) fn new(node: &Expr, most: usize) -> Result<Program> {
        let mut program = Program {
            steps: Vec::new(),
            saves: 0,
        };
        program.add(node, most)?;
        program.steps.push(Step::Found);
        Ok(program)
    }

    fn push(&mut self, step: Step, most: usize) -> Result<usize> {
        if self.steps.len() >= most {
            return Err("too many repetitions".to_owned());
        }
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    fn add(&mut self, node: &Expr, most: usize) -> Result<()> {
        match node {
            Expr::Byte(byte) => _ = self.push(Step::Byte(*byte), most)?,
            Expr::Set(set) => _ = self.push(Step::Set(**set), most)?,
            Expr::At(position) => _ = self.push(Step::At(*position), most)?,
            Expr::Sequence(parts) => parts.iter().try_for_each(|part| self.add(part, most))?,
            Expr::Either(branches) => self.either(branches, most)?,
            Expr::Repeat(repeat) => self.repeat(repeat, most)?,
            Expr::Group(group, inside) => {
                let slot = *group as usize * 2;
                self.saves = self.saves.max(slot + 2);
                self.push(Step::Save(slot), most)?;
                self.add(inside, most)?;
                self.push(Step::Save(slot + 1), most)?;
            }
            Expr::Reference(reference) => _ = self.push(Step::Reference(*reference), most)?,
            Expr::IfGroup(choice) => {
                let unless = self.push(Step::UnlessGroup(choice.group, 0), most)?;
                self.add(&choice.yes, most)?;
                let jump = self.push(Step::Jump(0), most)?;
                self.steps[unless] = Step::UnlessGroup(choice.group, self.steps.len());
                self.add(&choice.no, most)?;
                self.steps[jump] = Step::Jump(self.steps.len());
            }
            Expr::Look(look) => self.look(look, most)?,
        }
        Ok(())
    }

    fn either(&mut self, branches: &[Expr], most: usize) -> Result<()> {
        let mut jumps = Vec::new();
        for (at, branch) in branches.iter().enumerate() {
            if at + 1 == branches.len() {
                self.add(branch, most)?;
                continue;
            }
            let choice = self.push(Step::Either(0, 0), most)?;
            self.add(branch, most)?;
            jumps.push(self.push(Step::Jump(0), most)?);
            self.steps[choice] = Step::Either(choice + 1, self.steps.len());
        }
        let end = self.steps.len();
        for jump in jumps {
            self.steps[jump] = Step::Jump(end);
        }
        Ok(())
    }

    fn repeat(&mut self, repeat: &Repeat, most: usize) -> Result<()> {
        for _ in 0..repeat.min {
            self.add(&repeat.node, most)?;
        }
        // Once more, or on; in the preferred order.
        let choice = |more: usize, on: usize| {
            if repeat.lazy {
                Step::Either(on, more)
            } else {
                Step::Either(more, on)
            }
        };
        let Some(max) = repeat.max else {
            let again = self.push(Step::Jump(0), most)?;
            self.add(&repeat.node, most)?;
            self.push(Step::Jump(again), most)?;
            self.steps[again] = choice(again + 1, self.steps.len());
            return Ok(());
        };
        let mut choices = Vec::new();
        for _ in repeat.min..max {
            choices.push(self.push(Step::Jump(0), most)?);
            self.add(&repeat.node, most)?;
        }
        let end = self.steps.len();
        for at in choices {
            self.steps[at] = choice(at + 1, end);
        }
        Ok(())
    }

    fn look(&mut self, look: &Look, most: usize) -> Result<()> {
        let begin = self.push(Step::Jump(0), most)?;
        self.add(&look.node, most)?;
        self.push(Step::Found, most)?;
        self.steps[begin] = Step::Look {
            back: look.back as usize,
            negative: look.negative,
            end: self.steps.len(),
        };
        Ok(())
    }
}
