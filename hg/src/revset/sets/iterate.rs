// SPDX-License-Identifier: GPL-2.0-or-later

//! Going through the members of a set, as far as somebody wants to.

use std::collections::VecDeque;
use std::rc::Rc;

use vermilion_core::Rev;
use vermilion_core::graph::bitset::BitSet;

use super::{Condition, Kind, Revisions, Set, Span, Sum};
use crate::Result;

/// Revisions one after the other.
pub(in crate::revset) type Revs<'a> = Box<dyn Iterator<Item = Result<Rev>> + 'a>;

/// Revisions of which a slow condition is asked at first, and at most, at a time.
const FIRST_BLOCK: usize = 4;
const BLOCK: usize = 1 << 13;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The set's own.
    Own,
    Ascending,
    Descending,
}

impl Revisions<'_> {
    /// Iterates in its order.
    pub(in crate::revset) fn iter(&self) -> Result<Revs<'_>> {
        self.ordered(Order::Own)
    }

    /// Iterates from the lowest member to the highest.
    pub(in crate::revset) fn ascending(&self) -> Result<Revs<'_>> {
        self.ordered(Order::Ascending)
    }

    /// Iterates from the highest member to the lowest.
    pub(in crate::revset) fn descending(&self) -> Result<Revs<'_>> {
        self.ordered(Order::Descending)
    }

    fn ordered(&self, order: Order) -> Result<Revs<'_>> {
        let backwards = |ascending: bool| match order {
            Order::Own => !ascending,
            Order::Ascending => false,
            Order::Descending => true,
        };
        Ok(match &self.0 {
            Kind::Given(given) => {
                let (all, backwards) = match order {
                    Order::Own => given.in_order(),
                    _ => (given.sorted(), backwards(true)),
                };
                list(all, backwards)
            }
            Kind::Filtered { of, condition } => filtered(of, condition, order)?,
            Kind::Sum(sum) => match order {
                Order::Own => of_sum(sum)?,
                _ => merged(sum, backwards(true))?,
            },
            Kind::Span(span) => of_span(span, backwards(span.ascending.get())),
            Kind::Made(made) => bits(made.members()?, backwards(made.ascending.get())),
        })
    }
}

fn list<'a>(all: Rc<Vec<Rev>>, backwards: bool) -> Revs<'a> {
    let len = all.len();
    let place = move |at: usize| if backwards { len - 1 - at } else { at };
    Box::new((0..len).map(move |at| Ok(all[place(at)])))
}

fn of_span<'a>(span: &'a Span<'_>, backwards: bool) -> Revs<'a> {
    let revs = Rev::range(span.start..span.end.max(span.start));
    let shown = |rev: &Rev| !span.hidden.contains(*rev);
    match (backwards, span.hidden.is_empty()) {
        (false, true) => Box::new(revs.map(Ok)),
        (true, true) => Box::new(revs.rev().map(Ok)),
        (false, false) => Box::new(revs.filter(shown).map(Ok)),
        (true, false) => Box::new(revs.rev().filter(shown).map(Ok)),
    }
}

fn bits<'a>(members: Rc<BitSet>, backwards: bool) -> Revs<'a> {
    let mut at = if backwards { Rev::MAX } else { Rev::NULL };
    Box::new(std::iter::from_fn(move || {
        let next = if backwards {
            members.last_below(at)?
        } else {
            members.first_from(at)?
        };
        at = if backwards { next } else { next.next() };
        Some(Ok(next))
    }))
}

fn filtered<'a>(of: &'a Set<'_>, condition: &'a Condition<'_>, order: Order) -> Result<Revs<'a>> {
    let all = of.ordered(order)?;
    if condition.is_slow() {
        return Ok(Box::new(Blocks {
            all,
            condition,
            ready: VecDeque::new(),
            size: FIRST_BLOCK,
        }));
    }
    Ok(Box::new(all.filter_map(|rev| {
        let rev = match rev {
            Ok(rev) => rev,
            failed => return Some(failed),
        };
        match condition.is_true(rev) {
            Ok(true) => Some(Ok(rev)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    })))
}

/// Asks a slow condition of more and more revisions at a time: whoever wants only the first
/// members need not wait for all.
struct Blocks<'a, 'e> {
    all: Revs<'a>,
    condition: &'a Condition<'e>,
    ready: VecDeque<Result<Rev>>,
    size: usize,
}

impl Iterator for Blocks<'_, '_> {
    type Item = Result<Rev>;

    fn next(&mut self) -> Option<Result<Rev>> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            let (mut block, mut failed) = (Vec::new(), None);
            for rev in self.all.by_ref().take(self.size) {
                match rev {
                    Ok(rev) => block.push(rev),
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            if block.is_empty() && failed.is_none() {
                return None;
            }
            self.size = (self.size * 4).min(BLOCK);
            match self.condition.are_true(&block) {
                Ok(chosen) => {
                    let revs = block.into_iter().zip(chosen);
                    self.ready
                        .extend(revs.filter_map(|(rev, chosen)| chosen.then_some(Ok(rev))));
                }
                Err(error) => self.ready.push_back(Err(error)),
            }
            self.ready.extend(failed.map(Err));
        }
    }
}

/// Iterates over a sum in its order.
pub(super) fn of_sum<'a>(sum: &'a Sum<'_>) -> Result<Revs<'a>> {
    if let Some(ascending) = sum.ascending.get() {
        return merged(sum, !ascending);
    }
    if let Some(listed) = &*sum.listed.borrow() {
        let (all, backwards) = listed.in_order();
        if !all.is_empty() {
            return Ok(list(all, backwards));
        }
    }
    let second = sum.second.iter()?.filter_map(|rev| match rev {
        Ok(rev) => match sum.first.contains(rev) {
            Ok(true) => None,
            Ok(false) => Some(Ok(rev)),
            Err(error) => Some(Err(error)),
        },
        failed => Some(failed),
    });
    Ok(Box::new(sum.first.iter()?.chain(second)))
}

/// Iterates over both parts of a sum at once, in the order of numbers.
fn merged<'a>(sum: &'a Sum<'_>, backwards: bool) -> Result<Revs<'a>> {
    if let Some(listed) = &*sum.listed.borrow() {
        return Ok(list(listed.sorted(), backwards));
    }
    let order = if backwards {
        Order::Descending
    } else {
        Order::Ascending
    };
    let mut first = sum.first.ordered(order)?.peekable();
    let mut second = sum.second.ordered(order)?.peekable();
    Ok(Box::new(std::iter::from_fn(move || {
        let heads = (first.peek(), second.peek());
        let (Some(Ok(a)), Some(Ok(b))) = heads else {
            return match heads {
                (Some(Err(_)), _) | (Some(_), None) => first.next(),
                _ => second.next(),
            };
        };
        if a == b {
            second.next();
            return first.next();
        }
        if (a < b) == backwards {
            second.next()
        } else {
            first.next()
        }
    })))
}
