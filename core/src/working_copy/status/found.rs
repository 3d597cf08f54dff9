// SPDX-License-Identifier: GPL-2.0-or-later

//! The findings of a visit to one directory.

use super::Counts;
use super::records::Records;
use crate::RepoPathBuf;
use crate::dirstate::Timestamp;

/// The findings of a visit to one directory.
#[derive(Default)]
pub(super) struct Found {
    /// About the names in it.
    pub(super) records: Records,
    /// Where in these the records of each directory in it belong.
    pub(super) cuts: Vec<usize>,
    /// The work that it took.
    pub(super) counts: Counts,
    /// The number of the first of these directories' visits; the others follow.
    pub(super) first: usize,
    /// What there is to say about the directory itself, mostly nothing.
    pub(super) about: Option<Box<About>>,
}

/// Remarks about a directory itself.
#[derive(Default)]
pub(super) struct About {
    pub(super) bad: Vec<(RepoPathBuf, i32)>,
    pub(super) cacheable: Option<(RepoPathBuf, Timestamp)>,
    pub(super) outdated: Option<RepoPathBuf>,
}

impl Found {
    pub(super) fn about(&mut self) -> &mut About {
        self.about.get_or_insert_default()
    }

    /// Returns whether it has been said already that the directory is bad.
    pub(super) fn is_bad(&self) -> bool {
        self.about
            .as_ref()
            .is_some_and(|about| !about.bad.is_empty())
    }
}
