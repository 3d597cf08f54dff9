// SPDX-License-Identifier: GPL-2.0-or-later

//! Revlog indexes, version 1: who the parents of each revision are, and which
//! node it has.
//!
//! # Layout
//!
//! An index is a sequence of entries of 64 bytes, all numbers big-endian:
//!
//! | bytes | content |
//! | --- | --- |
//! | 0–5 | where the revision's data begins; bytes 0–3 of revision 0 hold the header instead |
//! | 6–7 | the revision's flags |
//! | 8–11 | stored length of its data |
//! | 12–15 | its full length, negative if not recorded |
//! | 16–19 | the revision that its delta applies to |
//! | 20–23 | the changelog revision that it belongs to |
//! | 24–31 | its two parents, −1 for none |
//! | 32–51 | its node |
//! | 52–63 | unused |
//!
//! The header's low 16 bits are the version, the upper ones flags. With the
//! *inline* flag, each entry is followed by its revision's data; otherwise the
//! data is in another file. The other flags concern that data only.
//!
//! # Files that change
//!
//! Writers append while others read, and no reader takes a lock. Like
//! Mercurial, [`Index::open`] takes a file as long as it is at that moment and
//! refuses one that ends within an entry; unlike it, it looks again when the
//! file was written to meanwhile, and so does not take a half-written append
//! for corruption. Revisions appended later are not seen.
//!
//! Rollbacks and strips shorten a file, and what comes next grows it again with
//! other revisions, or with the same ones in another order: neither the length
//! nor the last entry tells. So there is a checksum of the parents and nodes of
//! each block of entries, made at opening, and whatever is read of an entry
//! later is read together with its block and compared with that. The last
//! entry is looked at as well: it tells at once that a file was cut off.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::time::{Duration, SystemTime};

use once_cell::race::OnceBox;

use super::ATTEMPTS;
use super::docket::{self, Docket};
pub use super::layout::ENTRY_SIZE;
use super::layout::{BLOCK, Entry, Layout, node_of};
use super::nodemap::NodeMap;
use super::pass::{Pass, Sum, pass};
use crate::error::{FileKind, check_rev};
use crate::platform::bytes::Bytes;
use crate::platform::mmap::{Mapped, Stamp, open_regular};
use crate::{Error, Node, Result, Rev};

/// A file that was written to so recently may have been written to twice since, without
/// its time stamp telling: some file systems count in steps of two seconds.
const RECENTLY: Duration = Duration::from_secs(2);

/// A revlog index of version 1, opened for reading.
///
/// The parents of all revisions are collected when it is opened and handed out
/// with it; from then on it answers about nodes. It keeps the file's map, a
/// checksum for each 64 revisions and, once [`Index::rev`] needs it, 5 to 6 bytes a
/// revision. It can be used by several threads at once.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    data: Bytes,
    layout: Layout,
    /// The last entry as it was at opening.
    last: Option<Box<Entry>>,
    /// The checksum of each block of entries as it was at opening.
    sums: Vec<u32>,
    /// How many more entries `rev` may look at before a node map is due.
    scans: AtomicUsize,
    /// Made by whoever is first, without a lock: a process forked in the meantime
    /// would wait for a thread that it does not have.
    nodes: OnceBox<NodeMap>,
}

impl Index {
    /// Opens an index file, and returns the parents of all its revisions too.
    ///
    /// Maps the file and reads it once from its beginning to its end. An empty
    /// file is an index without revisions, as it is for Mercurial.
    ///
    /// # Errors
    /// - [`Error::Io`] and [`Error::Invalid`] as for [`Mapped::open`];
    /// - [`Error::Unsupported`] for another version than 1 or unknown flags;
    /// - [`Error::Corrupt`], with the revision, for an entry that is cut short,
    ///   has a parent that is neither −1 nor an earlier revision, a negative
    ///   data length or the null node, or whose data is cut short; also when
    ///   the file kept changing during several attempts to read it.
    pub fn open(path: impl AsRef<Path>) -> Result<(Index, Vec<[Rev; 2]>)> {
        let path = path.as_ref();
        for _ in 0..ATTEMPTS {
            let file = open_regular(path)?;
            let before = Stamp::of(&file, path)?;
            let map = Mapped::of(&file, before.len, path)?;
            map.expect_sequential(true);
            let passed = pass(map.bytes(), &path.display());
            map.expect_sequential(false);
            if map.torn() || Stamp::of(&file, path)? != before {
                continue;
            }
            if Docket::is_one(map.bytes()) {
                match docket::open(path)? {
                    Some(parts) => {
                        let passed = pass(&parts.entries, &path.display())?;
                        let entries = Bytes::Owned(parts.entries);
                        return Ok(Index::new(path.to_owned(), entries, passed));
                    }
                    None => continue,
                }
            }
            let recent = written_recently(&file);
            let (index, parents) = Index::new(path.to_owned(), Bytes::Mapped(map), passed?);
            if recent && index.check_all().is_err() {
                continue;
            }
            return Ok((index, parents));
        }
        let reason = "kept changing, or could not be read, while it was mapped";
        Err(Error::corrupt(FileKind::Revlog, path.display(), reason))
    }

    /// Returns an index that nobody has written yet: without a file, without revisions.
    pub fn empty(path: impl Into<PathBuf>) -> Index {
        Index::new(path.into(), Bytes::Owned(Vec::new()), Pass::default()).0
    }

    /// Reads an index that is in memory; `name` is for messages.
    ///
    /// # Errors
    /// As for [`Index::open`], without those of the file system.
    pub fn from_bytes(data: Vec<u8>, name: &str) -> Result<(Index, Vec<[Rev; 2]>)> {
        let passed = pass(&data, &name)?;
        Ok(Index::new(name.into(), Bytes::Owned(data), passed))
    }

    fn new(path: PathBuf, data: Bytes, passed: Pass) -> (Index, Vec<[Rev; 2]>) {
        let len = passed.parents.len();
        let index = Index {
            path,
            data,
            layout: passed.layout,
            last: passed.last,
            sums: passed.sums,
            // Twice over everything takes about as long as building the map.
            scans: AtomicUsize::new(2 * len),
            nodes: OnceBox::new(),
        };
        (index, passed.parents)
    }

    /// Returns how many revisions there are.
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Returns whether there are no revisions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the data of revisions is between the entries.
    pub fn is_inline(&self) -> bool {
        self.layout.is_inline()
    }

    /// Returns the file, or the name that was given for bytes in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the memory this takes besides the mapped file, in bytes.
    pub fn memory(&self) -> usize {
        let data = match &self.data {
            Bytes::Mapped(_) => 0,
            Bytes::Owned(bytes) => bytes.capacity(),
        };
        let layout = self.layout.memory();
        let sums = size_of_val(&self.sums[..]);
        size_of::<Index>() + data + layout + sums + self.nodes.get().map_or(0, NodeMap::size)
    }

    /// Returns the node of a revision; that of the null revision is 20 zeros.
    ///
    /// Takes constant time.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::Corrupt`] if the file was cut short after it
    /// was opened, or rewritten where this revision is.
    pub fn node(&self, rev: Rev) -> Result<Node> {
        check_rev(rev, self.len())?;
        if rev.is_null() {
            return Ok(Node::NULL);
        }
        let node = self.read_node(rev)?;
        self.check_unchanged()?;
        Ok(node)
    }

    /// Returns the revision with a node, `None` if there is none; the null node's is −1.
    ///
    /// If several revisions have the node, which Mercurial never writes, the
    /// latest is meant, as it is there. The first look-ups go through the
    /// entries from the last one backwards; when they have done that twice over
    /// the whole index in all, the next one builds a table in one more pass or
    /// two, and from then on a look-up takes constant time.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the file was cut short after it was opened, or rewritten
    /// in such a way that the answer might be another one.
    pub fn rev(&self, node: &Node) -> Result<Option<Rev>> {
        if *node == Node::NULL {
            return Ok(Some(Rev::NULL));
        }
        let found = match self.nodes.get() {
            Some(nodes) => nodes.get(node, |rev| self.read_node(rev))?,
            None => match self.scan(node)? {
                Some(found) => found,
                None => self.build_nodes()?.get(node, |rev| self.read_node(rev))?,
            },
        };
        self.check_unchanged()?;
        Ok(found)
    }

    /// Returns whether the revisions from `start` on are these entries, as far as their parents and
    /// nodes go, and there are so many.
    ///
    /// # Errors
    /// [`Error::Invalid`] for bytes that are no whole entries; [`Error::Corrupt`] if the file
    /// was cut short or rewritten after it was opened.
    pub fn has(&self, start: usize, entries: &[u8]) -> Result<bool> {
        let (entries, rest) = entries.as_chunks::<ENTRY_SIZE>();
        if !rest.is_empty() {
            let reason = format!("{} bytes too many for entries of an index", rest.len());
            return Err(Error::Invalid(reason));
        }
        let end = start.saturating_add(entries.len());
        if end > self.len() {
            return Ok(false);
        }
        let mut same = true;
        for block in start / BLOCK..end.div_ceil(BLOCK) {
            self.visit_entries(block, |rev, entry| {
                let theirs = rev.index().checked_sub(start).map(|at| entries.get(at));
                same &= theirs.flatten().is_none_or(|e| e[24..52] == entry[24..52]);
            })?;
        }
        self.check_unchanged()?;
        Ok(same)
    }

    /// Looks for a node from the end, as far as earlier scans have left work to
    /// do; `None` if that was not far enough.
    fn scan(&self, node: &Node) -> Result<Option<Option<Rev>>> {
        // Backwards is the wrong way through an inline index, which is small.
        if self.is_inline() {
            return Ok(None);
        }
        let most = self.scans.load(Ordering::Relaxed);
        let (mut found, mut looked) = (None, 0);
        for block in (0..self.sums.len()).rev() {
            if looked >= most || found.is_some() {
                break;
            }
            // ascending within the block: the last one counts
            self.visit(block, |rev, here| {
                looked += 1;
                if here == node {
                    found = Some(rev);
                }
            })?;
        }
        self.scans
            .store(most.saturating_sub(looked), Ordering::Relaxed);
        match found {
            Some(rev) => Ok(Some(Some(rev))),
            None if looked == self.len() => Ok(Some(None)),
            None => Ok(None),
        }
    }

    fn build_nodes(&self) -> Result<&NodeMap> {
        let built = NodeMap::build(
            self.len(),
            |visit| (0..self.sums.len()).try_for_each(|block| self.visit(block, &mut *visit)),
            |rev| self.read_node(rev),
        )?;
        self.check_unchanged()?;
        let nodes = built.ok_or_else(|| self.changed())?;
        // Two threads may both have built it, which is rare and harmless.
        Ok(self.nodes.get_or_init(|| Box::new(nodes)))
    }

    /// Checks that all entries are as they were when the index was read.
    fn check_all(&self) -> Result<()> {
        (0..self.sums.len()).try_for_each(|block| self.visit(block, |_, _| ()))
    }

    /// Visits the nodes of a block, ascending.
    ///
    /// # Errors
    /// As for [`Index::visit_entries`].
    fn visit(&self, block: usize, mut visit: impl FnMut(Rev, &Node)) -> Result<()> {
        self.visit_entries(block, |rev, entry| visit(rev, &node_of(entry)))
    }

    /// Visits the entries of a block, ascending.
    ///
    /// # Errors
    /// [`Error::Corrupt`], after the visits, if the block is not what it was at opening.
    fn visit_entries(&self, block: usize, mut visit: impl FnMut(Rev, &Entry)) -> Result<()> {
        let (first, mut sum) = (block * BLOCK, Sum::default());
        let revs = first..(first + BLOCK).min(self.len());
        let each = |rev: usize, entry: &Entry| {
            // what is handed out are the bytes that are summed up
            let entry = *entry;
            sum.add(&entry);
            visit(Rev::from_index(rev), &entry);
        };
        if !self.layout.visit(self.data.get(), revs, each) {
            return Err(self.changed());
        }
        if self.sums.get(block) == Some(&sum.get()) {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    /// Returns the node of a revision that is known to be in range.
    fn read_node(&self, rev: Rev) -> Result<Node> {
        let mut found = Node::NULL;
        self.visit(rev.index() / BLOCK, |here, node| {
            if here == rev {
                found = *node;
            }
        })?;
        Ok(found)
    }

    /// Checks that the file is still there up to its end, asked after reading.
    fn check_unchanged(&self) -> Result<()> {
        let (Bytes::Mapped(map), Some(last)) = (&self.data, &self.last) else {
            return Ok(());
        };
        // This read has to come after those that it vouches for.
        fence(Ordering::Acquire);
        let there = self.layout.entry(map.bytes(), self.len() - 1);
        if there != Some(&**last) || map.torn() {
            return Err(self.changed());
        }
        Ok(())
    }

    fn changed(&self) -> Error {
        let reason = "was truncated or rewritten while it was mapped";
        Error::corrupt(FileKind::Revlog, self.path.display(), reason)
    }
}

/// Returns whether a file was written to just now, or at a time that is still to come.
fn written_recently(file: &File) -> bool {
    let written = file.metadata().and_then(|metadata| metadata.modified());
    written.is_ok_and(|written| written + RECENTLY > SystemTime::now())
}
