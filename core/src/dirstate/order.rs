//! The order of Mercurial's dicts, with changes.
//!
//! A key keeps its place when its value is replaced, goes when it is removed,
//! and goes to the end when it is set after that. Only keys whose place differs
//! from that in the base are kept here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Where a key is that has been changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where the base has it, with another value.
    Here,
    /// Nowhere, though the base has it.
    Gone,
    /// Behind the base; the number orders these.
    Tail(u64),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    places: HashMap<Arc<[u8]>, Place>,
    tail: BTreeMap<u64, Arc<[u8]>>,
    next: u64,
}

impl Order {
    /// Where a changed key is, `None` for one that is as in the base.
    pub(super) fn place(&self, key: &[u8]) -> Option<Place> {
        // Mostly there are no changes at all.
        if self.places.is_empty() {
            return None;
        }
        self.places.get(key).copied()
    }

    /// Notes that a key has a new value.
    pub(super) fn set(&mut self, key: &[u8], in_base: bool) {
        match self.places.get_mut(key) {
            Some(Place::Here | Place::Tail(_)) => {}
            None if in_base => {
                self.places.insert(key.into(), Place::Here);
            }
            _ => {
                let key: Arc<[u8]> = key.into();
                self.tail.insert(self.next, key.clone());
                self.places.insert(key, Place::Tail(self.next));
                self.next += 1;
            }
        }
    }

    /// Notes that a key is gone.
    pub(super) fn remove(&mut self, key: &[u8], in_base: bool) {
        if let Some(Place::Tail(number)) = self.places.remove(key) {
            self.tail.remove(&number);
        }
        if in_base {
            self.places.insert(key.into(), Place::Gone);
        }
    }

    /// The keys behind the base.
    pub(super) fn tail(&self) -> impl Iterator<Item = &[u8]> {
        self.tail.values().map(|key| &**key)
    }
}
