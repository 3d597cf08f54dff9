// SPDX-License-Identifier: GPL-2.0-or-later

//! Sections and their items, in the order in which they were set last.

use std::collections::{BTreeMap, HashMap};
use std::mem;

/// One item: what it is set to, and where.
#[derive(Clone, Debug)]
pub struct Item {
    /// The value, lines separated by `\n`.
    pub value: Vec<u8>,
    /// Where it was set: `FILE:LINE`, `$VARIABLE` or an option.
    pub source: Vec<u8>,
    /// The more, the later.
    order: u64,
}

/// The items of all sections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    sections: BTreeMap<Vec<u8>, HashMap<Vec<u8>, Item>>,
    unset: Vec<(Vec<u8>, Vec<u8>)>,
    next: u64,
}

impl Table {
    pub(crate) fn get(&self, section: &[u8], name: &[u8]) -> Option<&Item> {
        self.sections.get(section)?.get(name)
    }

    pub(crate) fn set(&mut self, section: &[u8], name: &[u8], value: Vec<u8>, source: Vec<u8>) {
        let order = self.next;
        self.next += 1;
        let item = Item {
            value,
            source,
            order,
        };
        let items = self.sections.entry(section.to_vec()).or_default();
        items.insert(name.to_vec(), item);
    }

    /// Adds a line to the value of an item, which is empty where there is none yet.
    pub(crate) fn add_line(&mut self, section: &[u8], name: &[u8], line: &[u8], source: Vec<u8>) {
        let before = self.sections.get_mut(section);
        let before = before.and_then(|items| items.get_mut(name));
        // Taken, not copied: there may be a million lines.
        let mut value = before.map_or_else(Vec::new, |item| mem::take(&mut item.value));
        value.push(b'\n');
        value.extend_from_slice(line);
        self.set(section, name, value, source);
    }

    /// Sees to it that there is a section, if only an empty one.
    pub(super) fn add_section(&mut self, section: &[u8]) {
        self.sections.entry(section.to_vec()).or_default();
    }

    /// Takes an item away, also from the tables that this one is laid over.
    pub(crate) fn unset(&mut self, section: &[u8], name: &[u8]) {
        self.remove(section, name);
        self.unset.push((section.to_vec(), name.to_vec()));
    }

    fn remove(&mut self, section: &[u8], name: &[u8]) {
        if let Some(items) = self.sections.get_mut(section) {
            items.remove(name);
        }
    }

    /// Takes away the items of a section that are not to be kept.
    pub(super) fn retain(&mut self, section: &[u8], keep: impl Fn(&[u8]) -> bool) {
        if let Some(items) = self.sections.get_mut(section) {
            items.retain(|name, _| keep(name));
        }
    }

    /// Returns the items of a section, those set last at the end.
    pub(crate) fn items(&self, section: &[u8]) -> Vec<(&[u8], &Item)> {
        let items = self.sections.get(section).into_iter().flatten();
        let mut items: Vec<_> = items.map(|(name, item)| (name.as_slice(), item)).collect();
        items.sort_unstable_by_key(|(_, item)| item.order);
        items
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = &[u8]> {
        self.sections.keys().map(Vec::as_slice)
    }

    /// Lays another table over this one.
    pub(super) fn update(&mut self, over: &Table) {
        for (section, name) in &over.unset {
            self.remove(section, name);
        }
        for section in over.sections() {
            self.add_section(section);
            for (name, item) in over.items(section) {
                self.set(section, name, item.value.clone(), item.source.clone());
            }
        }
    }
}
