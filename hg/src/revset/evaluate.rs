// SPDX-License-Identifier: GPL-2.0-or-later

//! Operators.

use vermilion_core::refs::Found;
use vermilion_core::{Rev, RevSet};

use super::arguments::{number, number_range, parse_number, wrong};
use super::environment::Environment;
use super::predicates;
use super::sets::{self, Revisions, Set};
use super::similar::advice;
use super::tree::{Op, Tree};
use crate::text::lossy;
use crate::{Error, Result};

/// Who says in which order members come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// What is evaluated.
    Define,
    /// The set that it is a part of.
    Follow,
    /// Nobody needs one.
    Any,
}

/// The relations `x#name`, and their longer names for advice.
const RELATIONS: [&[u8]; 2] = [b"g", b"generations"];

/// Numbers of generations are below this.
const MAX_DEPTH: i64 = 0x8000_0000;

/// Evaluates trees in a repository.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'e, 's> {
    pub(super) env: &'e Environment<'s>,
}

impl<'e> Evaluator<'e, '_> {
    /// Returns what stands for all revisions.
    pub(super) fn everything(self) -> Set<'e> {
        Revisions::everything(self.env.len(), self.env.hidden)
    }

    /// Evaluates a tree by itself.
    pub(super) fn all(self, tree: &Tree) -> Result<Set<'e>> {
        self.set(&self.everything(), tree, Order::Define)
    }

    /// Evaluates a tree by itself, whose order is of no importance.
    pub(super) fn unordered(self, tree: &Tree) -> Result<Set<'e>> {
        self.set(&self.everything(), tree, Order::Any)
    }

    /// Returns those members of `subset` that a tree stands for.
    pub(super) fn set(self, subset: &Set<'e>, tree: &Tree, order: Order) -> Result<Set<'e>> {
        let (op, of) = match tree {
            Tree::Nothing => return wrong("missing argument"),
            Tree::Symbol(name) | Tree::String(name) | Tree::Argument(name) => {
                return self.symbol(subset, name);
            }
            Tree::Node(op, of) => (*op, &of[..]),
        };
        match (op, of) {
            (Op::Func, [name, arguments]) => self.function(subset, name, arguments, order),
            (Op::And, [x, y]) => {
                let first = self.set(subset, x, order)?;
                self.set(&first, y, second(order))
            }
            (Op::AndSmally, [x, y]) => {
                let first = self.set(subset, y, second(order))?;
                self.set(&first, x, order)
            }
            (Op::Difference, [x, y]) => {
                let from = self.set(subset, x, order)?;
                let without = self.set(subset, y, Order::Any)?;
                Ok(sets::subtract(&from, &without))
            }
            (Op::Or, [list]) => self.or(subset, list, order),
            (Op::Not, [x]) => {
                let without = self.set(subset, x, Order::Any)?;
                Ok(sets::subtract(subset, &without))
            }
            (Op::Range, [x, y]) => self.range(subset, x, y, order),
            (Op::RangeAll, _) => self.span(subset, Rev::FIRST, self.env.tip(), order),
            (Op::RangePre, [y]) => match self.all(y)?.last()? {
                Some(end) => self.span(subset, Rev::FIRST, end, order),
                None => Ok(Revisions::empty()),
            },
            (Op::RangePost, [x]) => match self.all(x)?.first()? {
                Some(start) => self.span(subset, start, self.env.tip(), order),
                None => Ok(Revisions::empty()),
            },
            (Op::DagRange, [x, y]) => self.dag_range(subset, x, y),
            (Op::ParentPost, [x]) => predicates::graph::p1(self, subset, x),
            (Op::Parent, [x, n]) => self.parent(subset, x, n),
            (Op::Ancestor, [x, n]) => self.ancestor(subset, x, n),
            (Op::Relation, [x, name]) => {
                relation(name)?;
                self.generations(subset, x, &Tree::Node(Op::RangeAll, vec![Tree::Nothing]))
            }
            (Op::RelSubscript, [x, name, range]) => {
                relation(name)?;
                self.generations(subset, x, range)
            }
            (Op::Subscript, _) => wrong("can't use a subscript in this context"),
            (Op::List, _) => Err(Error::Parse {
                message: "can't use a list in this context".into(),
                position: None,
                hint: Some("see 'hg help \"revsets.x or y\"'".into()),
            }),
            (Op::KeyValue, _) => wrong("can't use a key-value pair in this context"),
            (op, _) => Err(Error::unsupported(op.name())),
        }
    }

    /// Returns the revision that a symbol stands for.
    pub(super) fn symbol(self, subset: &Set<'e>, name: &[u8]) -> Result<Set<'e>> {
        if name.is_empty() {
            return wrong("empty string is not a valid revision");
        }
        match self.env.refs().lookup(name)? {
            Found::WorkingCopy if subset.is_everything() => Err(wdir()),
            Found::WorkingCopy => Ok(Revisions::empty()),
            Found::Rev(rev) => {
                let there = subset.contains(rev)? || (rev.is_null() && subset.is_everything());
                Ok(Revisions::list(if there { vec![rev] } else { Vec::new() }))
            }
        }
    }

    fn function(
        self,
        subset: &Set<'e>,
        name: &Tree,
        arguments: &Tree,
        order: Order,
    ) -> Result<Set<'e>> {
        let Tree::Symbol(name) = name else {
            return wrong("not a symbol");
        };
        predicates::call(self, subset, name, arguments, order)
    }

    fn or(self, subset: &Set<'e>, list: &Tree, order: Order) -> Result<Set<'e>> {
        let list = list.list();
        match order {
            _ if list.is_empty() => Ok(Revisions::empty()),
            Order::Follow => {
                let all = self.sum(&self.everything(), list, Order::Any)?;
                Ok(sets::and(subset, &all))
            }
            _ => self.sum(subset, list, order),
        }
    }

    /// Returns the sets that trees stand for, one after the other.
    pub(super) fn sum(self, subset: &Set<'e>, list: &[Tree], order: Order) -> Result<Set<'e>> {
        if let [one] = list {
            return self.set(subset, one, order);
        }
        // In halves, so that nothing gets deep.
        let (first, second) = list.split_at(list.len() / 2);
        let first = self.sum(subset, first, order)?;
        let second = self.sum(subset, second, order)?;
        Ok(sets::add(&first, &second))
    }

    fn range(self, subset: &Set<'e>, x: &Tree, y: &Tree, order: Order) -> Result<Set<'e>> {
        let (from, to) = (self.all(x)?, self.all(y)?);
        if from.is_empty()? || to.is_empty()? {
            return Ok(Revisions::empty());
        }
        match (from.first()?, to.last()?) {
            (Some(start), Some(end)) => self.span(subset, start, end, order),
            _ => Ok(Revisions::empty()),
        }
    }

    /// Returns the revisions from one to another, which may be before it.
    fn span(self, subset: &Set<'e>, start: Rev, end: Rev, order: Order) -> Result<Set<'e>> {
        let hidden = self.env.hidden;
        let revs = if start == end {
            Revisions::list(vec![start])
        } else if start < end {
            Revisions::span(start, end.next(), hidden)
        } else {
            Revisions::span(start, Rev::new(end.get() - 1), hidden)
        };
        Ok(if order == Order::Define {
            sets::and(&revs, subset)
        } else {
            sets::and(subset, &revs)
        })
    }

    fn dag_range(self, subset: &Set<'e>, x: &Tree, y: &Tree) -> Result<Set<'e>> {
        let (roots, heads) = (self.all(x)?, self.all(y)?);
        let found = match roots.min()? {
            None => RevSet::new(),
            Some(lowest) => {
                let (roots, heads) = (roots.to_vec()?, heads.to_vec()?);
                self.env.graph.range(&roots, &heads, lowest, true)?
            }
        };
        Ok(sets::and(subset, &Revisions::members(found)))
    }

    fn parent(self, subset: &Set<'e>, x: &Tree, n: &Tree) -> Result<Set<'e>> {
        let number = match n.text() {
            Some(text) => parse_number(text)?.filter(|n| (0..=2).contains(n)),
            None => None,
        };
        let Some(number) = number else {
            return wrong("^ expects a number 0, 1, or 2");
        };
        let mut found = RevSet::new();
        for rev in self.all(x)?.iter()? {
            let rev = rev?;
            let [p1, p2] = self.env.graph.parents(rev)?;
            match number {
                0 => found.add(rev)?,
                1 => found.add(p1)?,
                _ if p2.is_null() => false,
                _ => found.add(p2)?,
            };
        }
        Ok(sets::and_these(subset, found))
    }

    fn ancestor(self, subset: &Set<'e>, x: &Tree, n: &Tree) -> Result<Set<'e>> {
        let n = number(n, "~ expects a number")?;
        let mut found = RevSet::new();
        for rev in self.all(x)?.iter()? {
            let mut rev = Some(rev?);
            for _ in 0..n.unsigned_abs() {
                let Some(now) = rev else { break };
                if n > 0 && now.is_null() {
                    break;
                }
                rev = if n > 0 {
                    Some(self.env.graph.parents(now)?[0])
                } else {
                    self.only_child(now)?
                };
            }
            if let Some(rev) = rev {
                found.add(rev)?;
            }
        }
        Ok(sets::and_these(subset, found))
    }

    fn only_child(self, rev: Rev) -> Result<Option<Rev>> {
        let children = self.env.graph.children(rev)?.into_iter();
        let mut children = children.filter(|&child| !self.env.hidden.contains(child));
        let first = children.next();
        if children.next().is_some() {
            return Err(Error::lookup("revision in set has more than one child"));
        }
        Ok(first)
    }

    /// Returns ancestors and descendants that are so many generations away.
    fn generations(self, subset: &Set<'e>, x: &Tree, range: &Tree) -> Result<Set<'e>> {
        let (a, b) = number_range(
            range,
            "relation subscript must be an integer or a range",
            "relation subscript bounds must be integers",
            [Some(1 - MAX_DEPTH), Some(MAX_DEPTH - 1)],
        )?;
        let ancestors = if a < 0 {
            Some((-b.min(0), a.saturating_neg().saturating_add(1)))
        } else {
            (a == 0 && b == 0).then_some((0, 1))
        };
        let descendants = (b > 0).then(|| (a.max(0), b.saturating_add(1)));
        if ancestors.is_none() && descendants.is_none() {
            return Ok(Revisions::empty());
        }
        let revs = self.all(x)?;
        if revs.is_empty()? {
            return Ok(Revisions::empty());
        }
        let depths = |(start, stop): (i64, i64)| (Some(start), Some(stop));
        let ancestors = ancestors
            .map(depths)
            .map(|(start, stop)| predicates::graph::ancestors_of(self, &revs, false, start, stop));
        let descendants = descendants.map(depths).map(|(start, stop)| {
            predicates::graph::descendants_of(self, &revs, false, start, stop)
        });
        let found = match (ancestors, descendants) {
            (Some(ancestors), Some(descendants)) => sets::add(&ancestors, &descendants),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Revisions::empty(),
        };
        Ok(sets::and(subset, &found))
    }
}

/// Returns the order for the second operand of an intersection.
fn second(order: Order) -> Order {
    match order {
        Order::Any => Order::Any,
        _ => Order::Follow,
    }
}

/// Fails if a relation is not known.
fn relation(name: &Tree) -> Result<()> {
    let Tree::Symbol(name) = name else {
        return wrong("not a symbol");
    };
    if RELATIONS.contains(&&name[..]) {
        return Ok(());
    }
    Err(Error::Parse {
        message: format!("unknown identifier: {}", lossy(name)),
        position: None,
        hint: advice(name, &["generations"]),
    })
}

/// Returns the error for the working copy, which is no changeset.
pub(super) fn wdir() -> Error {
    Error::unsupported("wdir()")
}
