// SPDX-License-Identifier: GPL-2.0-or-later

//! Conditions by which members are chosen.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use vermilion_core::{Rev, RevSet};

use super::{Kind, Set};
use crate::Result;

/// Tells of one revision.
type Test<'e> = Box<dyn Fn(Rev) -> Result<bool> + 'e>;

/// Tells of many revisions at once.
type Tests<'e> = Box<dyn Fn(&[Rev]) -> Result<Vec<bool>> + 'e>;

/// A condition that is true of some revisions.
pub(in crate::revset) enum Condition<'e> {
    /// To be a member of a set.
    Within(Set<'e>),
    /// To be no member of a set.
    Outside(Set<'e>),
    /// To be one of these.
    OneOf(Rc<RevSet>),
    /// Not to be hidden, as these are.
    Shown(&'e RevSet),
    /// To be none of these.
    NotOneOf(Rc<RevSet>),
    /// What a test says, which is quick.
    Quick(Test<'e>),
    /// What a test says that is quicker for many at once, and what it said.
    Slow(Tests<'e>, RefCell<HashMap<Rev, bool>>),
}

impl<'e> Condition<'e> {
    pub(super) fn within(set: &Set<'e>) -> Condition<'e> {
        prepare(set);
        Condition::Within(Rc::clone(set))
    }

    pub(super) fn outside(set: &Set<'e>) -> Condition<'e> {
        prepare(set);
        Condition::Outside(Rc::clone(set))
    }

    /// Returns the condition that a test of one revision makes.
    pub(in crate::revset) fn quick(test: impl Fn(Rev) -> Result<bool> + 'e) -> Condition<'e> {
        Condition::Quick(Box::new(test))
    }

    /// Returns the condition that a test of many revisions makes.
    pub(in crate::revset) fn slow(
        tests: impl Fn(&[Rev]) -> Result<Vec<bool>> + 'e,
    ) -> Condition<'e> {
        Condition::Slow(Box::new(tests), RefCell::default())
    }

    pub(super) fn is_slow(&self) -> bool {
        match self {
            Condition::Slow(..) => true,
            Condition::Within(set) | Condition::Outside(set) => set.is_slow(),
            _ => false,
        }
    }

    /// Returns whether it is true of a revision.
    pub(in crate::revset) fn is_true(&self, rev: Rev) -> Result<bool> {
        Ok(match self {
            Condition::Within(set) => set.contains(rev)?,
            Condition::Outside(set) => !set.contains(rev)?,
            Condition::OneOf(set) => set.contains(rev),
            Condition::Shown(hidden) => !hidden.contains(rev),
            Condition::NotOneOf(set) => !set.contains(rev),
            Condition::Quick(test) => test(rev)?,
            Condition::Slow(..) => self.are_true(&[rev])?[0],
        })
    }

    /// Returns of which revisions it is true.
    pub(super) fn are_true(&self, revs: &[Rev]) -> Result<Vec<bool>> {
        let (tests, known) = match self {
            Condition::Slow(tests, known) => (tests, known),
            Condition::Within(set) => return set.contain(revs),
            Condition::Outside(set) => {
                let within = set.contain(revs)?;
                return Ok(within.into_iter().map(|within| !within).collect());
            }
            _ => return revs.iter().map(|&rev| self.is_true(rev)).collect(),
        };
        let unknown = {
            let known = known.borrow();
            let unknown = revs.iter().copied();
            unknown
                .filter(|rev| !known.contains_key(rev))
                .collect::<Vec<Rev>>()
        };
        if !unknown.is_empty() {
            let found = tests(&unknown)?;
            known.borrow_mut().extend(unknown.into_iter().zip(found));
        }
        let known = known.borrow();
        Ok(revs
            .iter()
            .map(|rev| known.get(rev) == Some(&true))
            .collect())
    }
}

/// Has the members of a list looked up from now on, as whoever asks for one will do.
fn prepare(set: &Set<'_>) {
    if let Kind::Given(given) = &set.0 {
        given.prepare();
    }
}
