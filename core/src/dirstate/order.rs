// SPDX-License-Identifier: GPL-2.0-or-later

//! The order of Mercurial's dicts, with changes.
//!
//! A key keeps its place when its value is replaced, goes when it is removed,
//! and goes to the end when it is set after that. Only keys whose place differs
//! from that in the base are kept here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::RepoPath;

/// The position of a key that has been changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Where the base has it, with another value.
    Here,
    /// Nowhere, though the base has it.
    Gone,
    /// Behind the base; the number orders these.
    Tail(u64),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    positions: HashMap<Arc<[u8]>, Position>,
    tail: BTreeMap<u64, Arc<[u8]>>,
    next: u64,
}

impl Order {
    /// Returns where a changed key is, `None` for one that is as in the base.
    pub(super) fn position(&self, key: &RepoPath) -> Option<Position> {
        // Mostly there are no changes at all.
        if self.positions.is_empty() {
            return None;
        }
        self.positions.get(key.as_bytes()).copied()
    }

    /// Notes that a key has a new value.
    pub(super) fn set(&mut self, key: &RepoPath, in_base: bool) {
        let key = key.as_bytes();
        match self.positions.get_mut(key) {
            Some(Position::Here | Position::Tail(_)) => {}
            None if in_base => {
                self.positions.insert(key.into(), Position::Here);
            }
            _ => {
                let key: Arc<[u8]> = key.into();
                self.tail.insert(self.next, key.clone());
                self.positions.insert(key, Position::Tail(self.next));
                self.next += 1;
            }
        }
    }

    /// Notes that a key is gone.
    pub(super) fn remove(&mut self, key: &RepoPath, in_base: bool) {
        let key = key.as_bytes();
        if let Some(Position::Tail(number)) = self.positions.remove(key) {
            self.tail.remove(&number);
        }
        if in_base {
            self.positions.insert(key.into(), Position::Gone);
        }
    }

    /// Returns the keys behind the base.
    pub(super) fn tail(&self) -> impl Iterator<Item = &RepoPath> {
        self.tail.values().map(RepoPath::new)
    }
}
