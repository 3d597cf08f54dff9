// SPDX-License-Identifier: GPL-2.0-or-later

//! The files that changesets change.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Snapshot, go_on};
use crate::changelog::{Reading, Rows};
use crate::manifest::{Change, Manifest};
use crate::platform::pool;
use crate::{Node, RepoPath, Result, Rev};

/// Changesets that one thread compares at a time: enough for reading manifests in order to pay.
const BLOCK: usize = 128;

/// What a changeset is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Its first parent.
    FirstParent,
    /// The changeset that was asked for before it; the first one with this revision.
    Previous(Rev),
}

/// How a file is in one changeset, seen from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Only the later one has it.
    Added,
    /// Its content or its flag is another one.
    Modified,
    /// Only the earlier one has it.
    Removed,
}

impl ChangeKind {
    /// Returns the letter that `hg status` has for it.
    pub fn letter(self) -> u8 {
        match self {
            ChangeKind::Added => b'A',
            ChangeKind::Modified => b'M',
            ChangeKind::Removed => b'R',
        }
    }
}

impl Change<'_> {
    /// Returns what has become of the file.
    pub fn kind(&self) -> ChangeKind {
        match (self.old, self.new) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Modified,
        }
    }
}

/// Changed files as columns, with a row for each, those of a changeset after each other and
/// sorted by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeColumns {
    /// The files of changeset `i` are rows `starts[i]` up to `starts[i + 1]`; one more than there
    /// are changesets.
    pub starts: Vec<i64>,
    /// The paths.
    pub paths: Rows,
    /// `A`, `M` or `R`: see [`ChangeKind`].
    pub kinds: Vec<u8>,
    /// The nodes that the files have now, 20 bytes each; zeros for removed ones.
    pub nodes: Vec<u8>,
    /// Their flags: `x`, `l`, or a space for none, and for removed ones.
    pub flags: Vec<u8>,
}

impl Default for ChangeColumns {
    fn default() -> Self {
        ChangeColumns {
            starts: vec![0],
            paths: Rows::default(),
            kinds: Vec::new(),
            nodes: Vec::new(),
            flags: Vec::new(),
        }
    }
}

impl ChangeColumns {
    /// Returns the changed files of one changeset.
    pub fn of(changes: &[Change<'_>]) -> ChangeColumns {
        let mut columns = ChangeColumns::default();
        for change in changes {
            columns.push(change);
        }
        columns.end_changeset();
        columns
    }

    fn push(&mut self, change: &Change<'_>) {
        self.paths.push(change.path.as_bytes());
        self.kinds.push(change.kind().letter());
        let node = change.new.map_or(Node::NULL, |new| new.node);
        self.nodes.extend_from_slice(node.as_bytes());
        let flag = change.new.map_or(b' ', |new| new.flag.letter());
        self.flags.push(flag);
    }

    fn end_changeset(&mut self) {
        self.starts.push(self.kinds.len() as i64);
    }

    fn append(&mut self, other: &ChangeColumns) {
        let before = self.kinds.len() as i64;
        let starts = other.starts[1..].iter();
        self.starts.extend(starts.map(|start| before + start));
        self.paths.append(&other.paths);
        self.kinds.extend(&other.kinds);
        self.nodes.extend(&other.nodes);
        self.flags.extend(&other.flags);
    }
}

impl Snapshot {
    /// Returns the files that changesets change, by comparing manifests.
    ///
    /// Takes time linear in the manifests, on several threads; where their parents come before
    /// them in `revs`, each is made of the one before it by a delta.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange); those of [`Snapshot::manifest`] and [`Manifest::changes_to`];
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn changes(
        &self,
        revs: &[Rev],
        against: Against,
        interrupt: &AtomicBool,
    ) -> Result<ChangeColumns> {
        self.manifests()?;
        let pairs = self.pairs(revs, against)?;
        let blocks: Vec<&[[Rev; 2]]> = pairs.chunks(BLOCK).collect();
        let compared = pool::map(&blocks, |pairs| self.compare(pairs, interrupt));
        let mut all = ChangeColumns::default();
        for block in compared {
            all.append(&block?);
        }
        Ok(all)
    }

    /// Returns those of some changesets that touch a file of which `is_wanted` is true, by what they
    /// tell themselves.
    ///
    /// Takes time linear in their texts, on several threads.
    ///
    /// # Errors
    /// Those of [`Changelog::for_each`](crate::changelog::Changelog::for_each).
    pub fn touching(
        &self,
        revs: &[Rev],
        is_wanted: impl Fn(&RepoPath) -> bool + Sync,
        interrupt: &AtomicBool,
    ) -> Result<Vec<Rev>> {
        let reading = Reading {
            check: true,
            interrupt,
        };
        let mut found = Vec::new();
        self.refs.changelog().for_each(
            revs,
            &reading,
            |rev, changeset| Ok(changeset.files().any(&is_wanted).then_some(rev)),
            |rev| {
                found.extend(rev);
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// Returns what is compared with what.
    fn pairs(&self, revs: &[Rev], against: Against) -> Result<Vec<[Rev; 2]>> {
        match against {
            Against::FirstParent => {
                let pair = |&rev| Ok([self.parents(rev)?[0], rev]);
                revs.iter().map(pair).collect()
            }
            Against::Previous(first) => {
                let before = std::iter::once(first).chain(revs.iter().copied());
                Ok(before.zip(revs).map(|(a, &b)| [a, b]).collect())
            }
        }
    }

    fn compare(&self, pairs: &[[Rev; 2]], interrupt: &AtomicBool) -> Result<ChangeColumns> {
        let changelog = self.refs.changelog();
        let mut texts = changelog.revlog().texts(true);
        let mut manifests = self.manifests()?.reader();
        let mut done = ChangeColumns::default();
        for pair in pairs {
            go_on(interrupt)?;
            let mut read = |rev: Rev| -> Result<Arc<Manifest>> {
                let node = changelog.parse(rev, texts.read(rev)?)?.manifest();
                manifests.read(&node, rev)
            };
            let (old, new) = (read(pair[0])?, read(pair[1])?);
            for change in old.changes_to(&new)? {
                done.push(&change);
            }
            done.end_changeset();
        }
        Ok(done)
    }
}
