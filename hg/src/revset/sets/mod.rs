// SPDX-License-Identifier: GPL-2.0-or-later

//! Sets of revisions in an order, worked out when somebody looks at them.
//!
//! Which order a set has follows from how it was put together, and some operations change the
//! order of what they are given for everybody who has it. Both are visible in results: these sets
//! are in the same order as Mercurial's because they keep the same things apart as its own do.

mod condition;
mod given;
mod iterate;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use vermilion_core::graph::bitset::BitSet;
use vermilion_core::{Rev, RevSet};

use crate::Result;

pub(super) use condition::Condition;
use given::Given;

/// A set, which several others may be made of.
pub(super) type Set<'e> = Rc<Revisions<'e>>;

/// A set of revisions, each once, in an order. Only lists given from outside may repeat some.
pub(super) struct Revisions<'e>(Kind<'e>);

enum Kind<'e> {
    /// Revisions that are known.
    Given(Given),
    /// Members of another set for which something is true, in its order.
    Filtered {
        of: Set<'e>,
        condition: Condition<'e>,
    },
    /// Members of two sets.
    Sum(Sum<'e>),
    /// Revisions side by side.
    Span(Span<'e>),
    /// Revisions that are worked out at once when the first is asked for.
    Made(Made<'e>),
}

/// The members of the first set, and then the others of the second, until an order is asked for.
struct Sum<'e> {
    first: Set<'e>,
    second: Set<'e>,
    ascending: Cell<Option<bool>>,
    /// All, once somebody needed them: what happens to the two sets later does not matter then.
    listed: RefCell<Option<Rc<Given>>>,
}

#[derive(Clone)]
struct Span<'e> {
    start: Rev,
    end: Rev,
    ascending: Cell<bool>,
    hidden: &'e RevSet,
    /// Whether it stands for the whole repository, in which any other set is.
    everything: bool,
}

/// What works a set out.
type Maker<'e> = Box<dyn FnOnce() -> Result<BitSet> + 'e>;

struct Made<'e> {
    maker: RefCell<Option<Maker<'e>>>,
    members: RefCell<Option<Rc<BitSet>>>,
    ascending: Cell<bool>,
}

impl Made<'_> {
    fn members(&self) -> Result<Rc<BitSet>> {
        if let Some(members) = &*self.members.borrow() {
            return Ok(Rc::clone(members));
        }
        let maker = self.maker.borrow_mut().take();
        let made = match maker {
            Some(make) => make()?,
            None => BitSet::new(0),
        };
        let made = Rc::new(made);
        *self.members.borrow_mut() = Some(Rc::clone(&made));
        Ok(made)
    }
}

impl Sum<'_> {
    /// Returns all members in a list of their own.
    fn list(&self) -> Result<Rc<Given>> {
        if let Some(listed) = &*self.listed.borrow() {
            return Ok(Rc::clone(listed));
        }
        let all = iterate::of_sum(self)?.collect::<Result<Vec<Rev>>>()?;
        let listed = Rc::new(Given::list(all));
        *self.listed.borrow_mut() = Some(Rc::clone(&listed));
        Ok(listed)
    }
}

impl<'e> Revisions<'e> {
    fn new(kind: Kind<'e>) -> Set<'e> {
        Rc::new(Revisions(kind))
    }

    /// Returns the set without members.
    pub(super) fn empty() -> Set<'e> {
        Self::list(Vec::new())
    }

    /// Returns revisions in the order in which they are.
    pub(super) fn list(revs: Vec<Rev>) -> Set<'e> {
        Self::new(Kind::Given(Given::list(revs)))
    }

    /// Returns the members of a set, ascending.
    pub(super) fn members(revs: RevSet) -> Set<'e> {
        Self::new(Kind::Given(Given::set(revs)))
    }

    /// Returns the revisions from `start` up to `end`, exclusive, or down to it if it is less.
    pub(super) fn span(start: Rev, end: Rev, hidden: &'e RevSet) -> Set<'e> {
        let ascending = start <= end;
        let (start, end) = if ascending {
            (start, end)
        } else {
            (end.next(), start.next())
        };
        Self::new(Kind::Span(Span {
            start,
            end,
            ascending: Cell::new(ascending),
            hidden,
            everything: false,
        }))
    }

    /// Returns what stands for all revisions.
    pub(super) fn everything(len: usize, hidden: &'e RevSet) -> Set<'e> {
        Self::new(Kind::Span(Span {
            start: Rev::FIRST,
            end: Rev::from_index(len),
            ascending: Cell::new(true),
            hidden,
            everything: true,
        }))
    }

    /// Returns what a function makes when it is needed, ascending.
    pub(super) fn made(maker: impl FnOnce() -> Result<BitSet> + 'e) -> Set<'e> {
        Self::new(Kind::Made(Made {
            maker: RefCell::new(Some(Box::new(maker))),
            members: RefCell::new(None),
            ascending: Cell::new(true),
        }))
    }

    /// Returns whether this stands for all revisions.
    pub(super) fn is_everything(&self) -> bool {
        matches!(&self.0, Kind::Span(span) if span.everything)
    }

    /// Returns whether the order is descending, as far as is known.
    fn is_descending(&self) -> bool {
        match &self.0 {
            Kind::Given(given) => given.is_descending(),
            Kind::Filtered { of, .. } => of.is_descending(),
            Kind::Sum(sum) => sum.ascending.get() == Some(false),
            Kind::Span(span) => !span.ascending.get(),
            Kind::Made(made) => !made.ascending.get(),
        }
    }

    /// Returns whether the order is ascending, as far as is known.
    fn is_ascending(&self) -> bool {
        match &self.0 {
            Kind::Given(given) => given.is_ascending(),
            Kind::Filtered { of, .. } => of.is_ascending(),
            Kind::Sum(sum) => sum.ascending.get() == Some(true),
            Kind::Span(span) => span.ascending.get(),
            Kind::Made(made) => made.ascending.get(),
        }
    }

    /// Puts it into ascending or descending order.
    pub(super) fn sort(&self, descending: bool) {
        match &self.0 {
            Kind::Given(given) => given.sort(descending),
            Kind::Filtered { of, .. } => of.sort(descending),
            Kind::Sum(sum) => sum.ascending.set(Some(!descending)),
            Kind::Span(span) => span.ascending.set(!descending),
            Kind::Made(made) => made.ascending.set(!descending),
        }
    }

    /// Turns its order round.
    pub(super) fn reverse(&self) -> Result<()> {
        match &self.0 {
            Kind::Given(given) => given.reverse(),
            Kind::Filtered { of, .. } => return of.reverse(),
            Kind::Sum(sum) => match sum.ascending.get() {
                None => sum.list()?.reverse(),
                Some(ascending) => sum.ascending.set(Some(!ascending)),
            },
            Kind::Span(span) => span.ascending.set(!span.ascending.get()),
            Kind::Made(made) => made.ascending.set(!made.ascending.get()),
        }
        Ok(())
    }

    /// Returns whether a revision is a member.
    pub(super) fn contains(&self, rev: Rev) -> Result<bool> {
        Ok(match &self.0 {
            Kind::Given(given) => given.contains(rev),
            Kind::Filtered { of, condition } => of.contains(rev)? && condition.is_true(rev)?,
            Kind::Sum(sum) => sum.first.contains(rev)? || sum.second.contains(rev)?,
            Kind::Span(span) => span.start <= rev && rev < span.end && !span.hidden.contains(rev),
            Kind::Made(made) => made.members()?.contains(rev),
        })
    }

    /// Returns whether to ask for members one by one takes long.
    fn is_slow(&self) -> bool {
        match &self.0 {
            Kind::Filtered { of, condition } => of.is_slow() || condition.is_slow(),
            Kind::Sum(sum) => sum.first.is_slow() || sum.second.is_slow(),
            _ => false,
        }
    }

    /// Returns which revisions are members.
    fn contain(&self, revs: &[Rev]) -> Result<Vec<bool>> {
        // Of the second part it is asked only what the first part leaves open.
        let narrow = |chosen: &mut [bool], open: bool, of: &dyn Fn(&[Rev]) -> Result<Vec<bool>>| {
            let left: Vec<usize> = (0..revs.len()).filter(|&at| chosen[at] == open).collect();
            let some: Vec<Rev> = left.iter().map(|&at| revs[at]).collect();
            for (at, is_chosen) in left.into_iter().zip(of(&some)?) {
                chosen[at] = is_chosen;
            }
            Ok::<_, crate::Error>(())
        };
        match &self.0 {
            Kind::Filtered { of, condition } if self.is_slow() => {
                let mut chosen = of.contain(revs)?;
                narrow(&mut chosen, true, &|revs| condition.are_true(revs))?;
                Ok(chosen)
            }
            Kind::Sum(sum) if self.is_slow() => {
                let mut chosen = sum.first.contain(revs)?;
                narrow(&mut chosen, false, &|revs| sum.second.contain(revs))?;
                Ok(chosen)
            }
            _ => revs.iter().map(|&rev| self.contains(rev)).collect(),
        }
    }

    /// Returns whether there are no members.
    pub(super) fn is_empty(&self) -> Result<bool> {
        match &self.0 {
            Kind::Given(given) => Ok(given.len() == 0),
            Kind::Sum(sum) => Ok(sum.first.is_empty()? && sum.second.is_empty()?),
            _ => Ok(self.ascending()?.next().transpose()?.is_none()),
        }
    }

    /// Returns how many members there are.
    pub(super) fn len(&self) -> Result<usize> {
        match &self.0 {
            Kind::Given(given) => Ok(given.len()),
            Kind::Sum(sum) => Ok(sum.list()?.len()),
            _ => {
                let mut len = 0;
                for rev in self.ascending()? {
                    rev?;
                    len += 1;
                }
                Ok(len)
            }
        }
    }

    /// Returns the first member in its order.
    pub(super) fn first(&self) -> Result<Option<Rev>> {
        self.iter()?.next().transpose()
    }

    /// Returns the last member in its order.
    pub(super) fn last(&self) -> Result<Option<Rev>> {
        if let Kind::Sum(_) = self.0 {
            self.reverse()?;
            let last = self.first();
            self.reverse()?;
            return last;
        }
        if self.is_ascending() {
            return self.max();
        }
        if self.is_descending() {
            return self.min();
        }
        let mut last = None;
        for rev in self.iter()? {
            last = Some(rev?);
        }
        Ok(last)
    }

    /// Returns the lowest member.
    pub(super) fn min(&self) -> Result<Option<Rev>> {
        self.ascending()?.next().transpose()
    }

    /// Returns the highest member.
    pub(super) fn max(&self) -> Result<Option<Rev>> {
        self.descending()?.next().transpose()
    }

    /// Returns all members in its order.
    pub(super) fn to_vec(&self) -> Result<Vec<Rev>> {
        self.iter()?.collect()
    }

    /// Returns the members without order.
    pub(super) fn to_set(&self) -> Result<RevSet> {
        let revs: Vec<Rev> = self.ascending()?.collect::<Result<_>>()?;
        Ok(RevSet::from_revs(revs)?)
    }

    /// Returns the members from place `start` up to `end`, exclusive, in its order.
    pub(super) fn slice(&self, start: usize, end: usize) -> Result<Set<'e>> {
        if let Kind::Given(given) = &self.0 {
            return Ok(Self::new(Kind::Given(given.slice(start, end))));
        }
        if let Kind::Span(span) = &self.0
            && span.hidden.is_empty()
        {
            let len = (span.end.get() - span.start.get()).max(0);
            let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX).min(len);
            let (start, end) = (place(start), place(end.max(start)));
            let part = if span.ascending.get() {
                (span.start.get() + start, span.start.get() + end)
            } else {
                (span.end.get() - end, span.end.get() - start)
            };
            return Ok(Self::new(Kind::Span(Span {
                start: Rev::new(part.0),
                end: Rev::new(part.1),
                everything: false,
                ..span.clone()
            })));
        }
        let mut revs = Vec::new();
        for rev in self.iter()?.skip(start).take(end.saturating_sub(start)) {
            revs.push(rev?);
        }
        Ok(Self::list(revs))
    }
}

/// Returns the members for which a condition is true, in the same order.
pub(super) fn filter<'e>(of: &Set<'e>, condition: Condition<'e>) -> Set<'e> {
    Revisions::new(Kind::Filtered {
        of: Rc::clone(of),
        condition,
    })
}

/// Returns the members of the first set that the second has, in the order of the first.
pub(super) fn and<'e>(a: &Set<'e>, b: &Set<'e>) -> Set<'e> {
    if let Kind::Span(span) = &a.0
        && span.everything
    {
        let both = if span.hidden.is_empty() {
            Rc::clone(b)
        } else {
            filter(b, Condition::Shown(span.hidden))
        };
        both.sort(!span.ascending.get());
        return both;
    }
    if b.is_everything() {
        return Rc::clone(a);
    }
    if let (Kind::Given(x), Kind::Given(y)) = (&a.0, &b.0)
        && let Some(both) = x.with(y, RevSet::intersection)
    {
        return Revisions::new(Kind::Given(both));
    }
    filter(a, Condition::within(b))
}

/// Returns the members of the first set that are these, in its order.
pub(super) fn and_these<'e>(a: &Set<'e>, revs: RevSet) -> Set<'e> {
    if a.is_everything() {
        return and(a, &Revisions::members(revs));
    }
    filter(a, Condition::OneOf(Rc::new(revs)))
}

/// Returns the members of the first set that the second has not, in the order of the first.
pub(super) fn subtract<'e>(a: &Set<'e>, b: &Set<'e>) -> Set<'e> {
    if let (Kind::Given(x), Kind::Given(y)) = (&a.0, &b.0)
        && let Some(left) = x.with(y, RevSet::difference)
    {
        return Revisions::new(Kind::Given(left));
    }
    filter(a, Condition::outside(b))
}

/// Returns the members of both.
pub(super) fn add<'e>(a: &Set<'e>, b: &Set<'e>) -> Set<'e> {
    Revisions::new(Kind::Sum(Sum {
        first: Rc::clone(a),
        second: Rc::clone(b),
        ascending: Cell::new(None),
        listed: RefCell::new(None),
    }))
}
