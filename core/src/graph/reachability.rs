// SPDX-License-Identifier: GPL-2.0-or-later

//! When labels are made, and for which revisions they are right.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use once_cell::race::OnceBox;

use super::Graph;
use super::labels::Labels;
use crate::Rev;

/// Labels are made once searches without them have visited this many times as many
/// revisions as there are: about what making them costs.
const PATIENCE: usize = 8;

/// The labels of a graph, when there are any.
///
/// They are for the revisions that there were when they were made; later ones are
/// searched down to those, until they are too many. They are made without a lock, because
/// a child that was forked meanwhile would wait for it for ever: where two threads made
/// them, one has worked in vain.
#[derive(Debug)]
pub(super) struct Reachability {
    labels: OnceBox<Arc<Labels>>,
    /// The process that has a thread at work on them, 0 for none.
    maker: AtomicU32,
    /// The shortest that the graph has been since the labels were made.
    intact: usize,
    /// How many revisions have been visited for want of labels.
    visited: AtomicUsize,
}

impl Default for Reachability {
    fn default() -> Self {
        Self {
            labels: OnceBox::new(),
            maker: AtomicU32::new(0),
            intact: usize::MAX,
            visited: AtomicUsize::new(0),
        }
    }
}

impl Clone for Reachability {
    fn clone(&self) -> Self {
        let labels = self.labels.get().map(|labels| Box::new(Arc::clone(labels)));
        Self {
            labels: labels.map_or_else(OnceBox::new, OnceBox::with_value),
            maker: AtomicU32::new(0),
            intact: self.intact,
            visited: AtomicUsize::new(self.visited.load(Ordering::Relaxed)),
        }
    }
}

impl Reachability {
    /// Takes note that the graph has `len` revisions now.
    pub(super) fn resized(&mut self, len: usize) {
        if let Some(labels) = self.labels.get() {
            self.intact = self.intact.min(len);
            // what is right before a truncation is right after, but not for numbers
            // that are used again
            let intact = self.intact.min(labels.len());
            if len - intact > 256 + intact / 64 {
                *self = Self::default();
            }
        }
    }

    /// Returns the labels, and for how many revisions they are right; if there are any, or
    /// if it is time to make them.
    #[inline]
    pub(super) fn get(&self, parents: &[[Rev; 2]]) -> Option<(&Labels, Rev)> {
        match self.ready() {
            None if self.are_due(parents.len()) => {
                self.make(parents);
                self.ready()
            }
            found => found,
        }
    }

    /// Returns the same, if there are any already.
    #[inline]
    pub(super) fn ready(&self) -> Option<(&Labels, Rev)> {
        let labels = self.labels.get()?;
        Some((labels, Rev::from_index(labels.len().min(self.intact))))
    }

    /// Returns whether it is time to make labels: there are none, and no thread is at it. (The
    /// others search meanwhile.)
    fn are_due(&self, len: usize) -> bool {
        self.labels.get().is_none()
            && self.visited.load(Ordering::Relaxed) >= PATIENCE * len
            && self.maker.load(Ordering::Relaxed) != process::id()
    }

    #[cold]
    fn make(&self, parents: &[[Rev; 2]]) {
        /// Says that nobody is at it, also after a panic.
        struct Made<'a>(&'a AtomicU32);
        impl Drop for Made<'_> {
            fn drop(&mut self) {
                self.0.store(0, Ordering::Relaxed);
            }
        }
        if self.labels.get().is_some() {
            return;
        }
        self.maker.store(process::id(), Ordering::Relaxed);
        let _made = Made(&self.maker);
        let labels = Labels::new(parents);
        self.labels.get_or_init(|| Box::new(Arc::new(labels)));
    }
}

impl Graph {
    /// Makes the labels for reachability now, if there are none: otherwise that
    /// happens when enough questions have been asked. O(n): 10 to 200 ns a
    /// revision, more where there are more merges and for very large graphs.
    pub fn prepare(&self) {
        self.reachability.make(&self.parents);
    }

    /// Returns how many bytes the labels for reachability take, 0 before there are any.
    pub fn label_bytes(&self) -> usize {
        let labels = self.reachability.labels.get();
        labels.map_or(0, |labels| labels.bytes())
    }

    /// Takes note of revisions that were visited for want of labels.
    pub(super) fn walked(&self, visited: usize) {
        self.reachability
            .visited
            .fetch_add(visited, Ordering::Relaxed);
    }
}
