// SPDX-License-Identifier: GPL-2.0-or-later

//! Revisions that are known: in a list, whose order counts until another is asked for, or in a
//! set.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use vermilion_core::{Rev, RevSet};

pub(super) struct Given {
    /// The list, or nothing for what was given as a set.
    list: RefCell<Option<Rc<Vec<Rev>>>>,
    sorted: OnceCell<Rc<Vec<Rev>>>,
    /// The members, from the moment on when somebody asked for one.
    set: OnceCell<RevSet>,
    /// `None` for the order of the list.
    ascending: Cell<Option<bool>>,
}

impl Given {
    pub(super) fn list(revs: Vec<Rev>) -> Given {
        Given {
            list: RefCell::new(Some(Rc::new(revs))),
            sorted: OnceCell::new(),
            set: OnceCell::new(),
            ascending: Cell::new(None),
        }
    }

    pub(super) fn set(revs: RevSet) -> Given {
        Given {
            list: RefCell::new(None),
            sorted: OnceCell::new(),
            set: OnceCell::from(revs),
            ascending: Cell::new(Some(true)),
        }
    }

    fn as_set(&self) -> &RevSet {
        self.set.get_or_init(|| {
            let list = self.list.borrow();
            let revs = list.iter().flat_map(|list| list.iter().copied());
            // numbers below that of the null revision are none that anybody asks for
            RevSet::from_revs(revs.filter(|&rev| rev >= Rev::NULL)).unwrap_or_default()
        })
    }

    /// Has members looked up from now on.
    pub(super) fn prepare(&self) {
        self.as_set();
    }

    /// Returns all, ascending.
    pub(super) fn sorted(&self) -> Rc<Vec<Rev>> {
        Rc::clone(self.sorted.get_or_init(|| match &*self.list.borrow() {
            Some(list) => {
                let mut sorted = list.to_vec();
                sorted.sort_unstable();
                Rc::new(sorted)
            }
            None => Rc::new(self.as_set().iter().collect()),
        }))
    }

    /// Returns all in an order, and whether that is to be read backwards.
    pub(super) fn in_order(&self) -> (Rc<Vec<Rev>>, bool) {
        match (self.ascending.get(), &*self.list.borrow()) {
            (None, Some(list)) => (Rc::clone(list), false),
            (ascending, _) => (self.sorted(), ascending == Some(false)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match &*self.list.borrow() {
            Some(list) => list.len(),
            None => self.as_set().len(),
        }
    }

    pub(super) fn contains(&self, rev: Rev) -> bool {
        self.as_set().contains(rev)
    }

    pub(super) fn is_ascending(&self) -> bool {
        self.len() <= 1 || self.ascending.get() == Some(true)
    }

    pub(super) fn is_descending(&self) -> bool {
        self.len() <= 1 || self.ascending.get() == Some(false)
    }

    pub(super) fn sort(&self, descending: bool) {
        self.ascending.set(Some(!descending));
    }

    pub(super) fn reverse(&self) {
        match self.ascending.get() {
            Some(ascending) => self.ascending.set(Some(!ascending)),
            None => {
                if let Some(list) = &mut *self.list.borrow_mut() {
                    Rc::make_mut(list).reverse();
                }
            }
        }
    }

    /// Returns what a function makes of both sets, in the order of this one: only if both are
    /// there as sets, and that order does not come from a list.
    pub(super) fn with(
        &self,
        other: &Given,
        make: impl Fn(&RevSet, &RevSet) -> RevSet,
    ) -> Option<Given> {
        let ascending = self.ascending.get()?;
        let made = Given::set(make(self.set.get()?, other.set.get()?));
        made.ascending.set(Some(ascending));
        Some(made)
    }

    /// Returns a part in its order.
    pub(super) fn slice(&self, start: usize, end: usize) -> Given {
        let (all, backwards) = self.in_order();
        let part = |start: usize, end: usize| {
            let end = end.min(all.len());
            all.get(start.min(end)..end).unwrap_or_default().to_vec()
        };
        let (len, end) = (all.len(), end.max(start));
        let revs = if backwards {
            part(len.saturating_sub(end), len.saturating_sub(start))
        } else {
            part(start, end)
        };
        let made = Given::list(revs);
        made.ascending.set(self.ascending.get());
        made
    }
}
