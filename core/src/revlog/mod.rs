// SPDX-License-Identifier: GPL-2.0-or-later

//! Contents of revisions: revlogs of version 1, whatever they store, and changelogs of version 2
//! ([`docket`]).
//!
//! A revlog is an index ([`Index`](crate::Index) describes its layout) and the
//! data that it tells about, in a file of its own or, *inline*, between the
//! entries. A revision's data is its text, or a *delta* that makes it of
//! another revision's text; following these back to a text gives the *delta
//! chain*. [`compression`] says how data is compressed, [`patch`] how deltas are
//! applied.
//!
//! A revision's node is the SHA-1 of its parents' nodes, the lesser one first,
//! and its text. This is always checked, except where many texts are read by somebody who
//! does not ask for it ([`Texts`]). So a text that is returned is that of
//! its node, even while another process changes the files.

pub mod compression;
pub mod docket;
mod entries;
pub mod index;
mod layout;
pub mod lfs;
mod links;
mod nodemap;
pub mod nodemap_file;
mod nodes;
mod pass;
pub mod patch;
pub mod sidedata;
mod texts;
pub mod zstd;

use std::borrow::Cow;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha1::{Digest as _, Sha1};

use crate::error::{FileKind, check_rev};
use crate::platform::bytes::Bytes;
use crate::{Error, Node, Result, Rev};
use docket::Docket;
use entries::{Base, Stored};
use layout::Layout;
use lfs::{Contents, Pointer};
use patch::MAX_TEXT;

pub use links::{CENSORED, ELLIPSIS, EXTERNALLY_STORED};
pub(crate) use nodemap::NodeMap;
pub(crate) use nodes::Nodes;
pub use texts::Texts;

/// The number of looks at a file that is being written to.
const ATTEMPTS: usize = 4;

/// A revlog, opened for reading.
///
/// Answers for the revisions that there were when it was opened. It can be used
/// by several threads at once.
#[derive(Debug)]
pub struct Revlog {
    path: PathBuf,
    index: Bytes,
    layout: Layout,
    data_path: PathBuf,
    /// The data file, opened when first needed.
    data: OnceLock<Bytes>,
    /// The file with sidedata, which only changelogs of version 2 have.
    sidedata_path: Option<PathBuf>,
    sidedata: OnceLock<Bytes>,
    /// The contents that are stored elsewhere, if they may be.
    contents: Option<Contents>,
}

impl Revlog {
    /// Opens a revlog whose data, unless inline, is in the file of the same name
    /// that ends in `.d` instead of `.i`.
    ///
    /// # Errors
    /// As for [`Revlog::open_with`].
    pub fn open(index_path: impl AsRef<Path>) -> Result<Revlog> {
        let path = index_path.as_ref();
        Revlog::open_with(path, &path.with_extension("d"))
    }

    /// Opens a revlog as [`Revlog::open`] does; without a file it has no revisions yet.
    ///
    /// # Errors
    /// As for [`Revlog::open_with`].
    pub fn open_or_empty(index_path: &Path) -> Result<Revlog> {
        match Revlog::open(index_path) {
            Err(Error::Io { path, source })
                if source.kind() == ErrorKind::NotFound && path == index_path =>
            {
                Revlog::from_bytes(Vec::new(), Vec::new(), &index_path.to_string_lossy())
            }
            opened => opened,
        }
    }

    /// Opens a revlog by the names of its index and its data file, which need not
    /// exist if the index is inline.
    ///
    /// Short files are read and long ones mapped. Takes time linear in the length
    /// of an inline index, and constant time for others.
    ///
    /// # Errors
    /// As for [`Index::open`](crate::Index::open), but entries of an index that
    /// is not inline are checked only when they are used.
    pub fn open_with(index_path: &Path, data_path: &Path) -> Result<Revlog> {
        let name = index_path.display();
        for _ in 0..ATTEMPTS {
            let (bytes, layout) = stable(index_path, |bytes| {
                let is_docket = Docket::is_one(bytes);
                (!is_docket).then(|| Layout::of(bytes, &name)).transpose()
            })?;
            let (index, layout, data_path, sidedata_path) = match layout {
                Some(layout) => (bytes, layout, data_path.to_owned(), None),
                None => match docket::open(index_path)? {
                    Some(parts) => {
                        let layout = Layout::of_version_2(&parts.entries, &name)?;
                        let index = Bytes::Owned(parts.entries);
                        (index, layout, parts.data, Some(parts.sidedata))
                    }
                    None => continue,
                },
            };
            return Ok(Revlog {
                path: index_path.to_owned(),
                index,
                layout,
                data_path,
                data: OnceLock::new(),
                sidedata_path,
                sidedata: OnceLock::new(),
                contents: None,
            });
        }
        Err(kept_changing(index_path))
    }

    /// Returns a revlog that is in memory; `name` is for messages, and `data` is not
    /// looked at if the index is inline.
    ///
    /// # Errors
    /// As for [`Revlog::open_with`], without those of the file system.
    pub fn from_bytes(index: Vec<u8>, data: Vec<u8>, name: &str) -> Result<Revlog> {
        let layout = Layout::of(&index, &name)?;
        Ok(Revlog {
            path: name.into(),
            index: Bytes::Owned(index),
            layout,
            data_path: name.into(),
            data: OnceLock::from(Bytes::Owned(data)),
            sidedata_path: None,
            sidedata: OnceLock::new(),
            contents: None,
        })
    }

    /// Returns the revlog of a file, which may have contents that lfs stores in this directory.
    pub fn with_lfs(self, dir: PathBuf) -> Revlog {
        Revlog {
            contents: Some(Contents::new(dir)),
            ..self
        }
    }

    /// Returns how many revisions there are.
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Returns whether there are no revisions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the data is between the entries of the index.
    pub fn is_inline(&self) -> bool {
        self.layout.is_inline()
    }

    /// Returns the index file, or the name that was given for bytes in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the node of a revision; that of the null revision is 20 zeros.
    ///
    /// Takes constant time.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::Corrupt`] if the file was cut short after
    /// it was opened.
    pub fn node(&self, rev: Rev) -> Result<Node> {
        check_rev(rev, self.len())?;
        let node = self.node_at(rev)?;
        self.check_whole()?;
        Ok(node)
    }

    /// Returns the revision with a node, the latest if there are several, `None` if there
    /// is none; the null node's is −1.
    ///
    /// Takes time linear in the number of revisions that are later.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the file was cut short after it was opened.
    pub fn rev_of(&self, node: &Node) -> Result<Option<Rev>> {
        if *node == Node::NULL {
            return Ok(Some(Rev::NULL));
        }
        self.rev_of_from(0, node)
    }

    /// Returns the latest revision with a node, from a first one on.
    fn rev_of_from(&self, first: usize, node: &Node) -> Result<Option<Rev>> {
        let found = self.layout.rev_of(self.index.get(), first, node);
        self.check_whole()?;
        Ok(found)
    }

    /// Returns the revision with a node that should be there.
    ///
    /// # Errors
    /// [`Error::NotFound`]; otherwise as for [`Revlog::rev_of`].
    pub fn rev(&self, node: &Node) -> Result<Rev> {
        self.rev_of(node)?.ok_or_else(|| Error::NotFound {
            name: self.path.display().to_string(),
            node: *node,
        })
    }

    /// Returns how long a revision's text is, if that is recorded; 0 for the null revision.
    ///
    /// This is not checked against the text. Of a content that is stored elsewhere it is not
    /// recorded. Takes constant time.
    ///
    /// # Errors
    /// As for [`Revlog::raw_text`], as far as the entry is concerned.
    pub fn text_len(&self, rev: Rev) -> Result<Option<usize>> {
        if rev.is_null() {
            return Ok(Some(0));
        }
        let stored = self.readable(rev)?;
        Ok(stored.text_len.filter(|_| stored.flags == 0))
    }

    /// Returns whether a revision's text is `text`, which its node tells.
    ///
    /// The data is not looked at. Takes time linear in the length of `text`.
    ///
    /// # Errors
    /// Those of [`Revlog::text_hash`].
    pub fn is_text(&self, rev: Rev, text: &[u8]) -> Result<bool> {
        if rev.is_null() {
            return Ok(text.is_empty());
        }
        let mut hash = self.text_hash(rev)?;
        hash.update(text);
        Ok(hash.node() == self.node(rev)?)
    }

    /// Begins to compute the node that a text has as this revision.
    ///
    /// # Errors
    /// As for [`Revlog::raw_text`], as far as the entry is concerned.
    pub fn text_hash(&self, rev: Rev) -> Result<TextHash> {
        let stored = self.readable(rev)?;
        let hash = self.hash(&stored)?;
        self.check_whole()?;
        Ok(hash)
    }

    /// Returns whether the text of a file's revision may begin with metadata, by what the
    /// index tells about it, which is what Mercurial goes by when it compares files.
    ///
    /// # Errors
    /// As for [`Revlog::raw_text`], as far as the entry is concerned.
    pub fn may_have_metadata(&self, rev: Rev) -> Result<bool> {
        if let Some(pointer) = self.pointer(rev)? {
            return Ok(!pointer.metadata().is_empty());
        }
        Ok(!rev.is_null() && self.readable(rev)?.metadata)
    }

    /// Returns the text of a revision, empty for the null revision.
    ///
    /// For files it may begin with metadata ([`filelog_text`](crate::filelog::filelog_text)). Takes
    /// time and memory linear in the text, and in the data of the delta chain.
    ///
    /// # Errors
    /// - [`Error::OutOfRange`];
    /// - [`Error::Io`] if the data file cannot be opened or mapped;
    /// - [`Error::Unsupported`] for revisions with a flag (censored, shallow, with sidedata),
    ///   for a content that is stored elsewhere and not [there](lfs), for a way of compression that Mercurial itself does
    ///   not have, and for data that is longer than the index lets one expect;
    /// - [`Error::Corrupt`] if the node is not that of the text, if entries, data
    ///   or deltas make no sense, or files were cut short.
    pub fn raw_text(&self, rev: Rev) -> Result<Vec<u8>> {
        if rev.is_null() {
            return Ok(Vec::new());
        }
        let stored = self.readable(rev)?;
        let text = self.text_of_chain(rev, &stored).and_then(|text| {
            let text = match self.pointer_of(rev, &stored, &text)? {
                Some((pointer, contents)) => contents.text(&pointer, &self.at(rev))?,
                None => text,
            };
            self.check_text(rev, &stored, &text)?;
            Ok(text)
        });
        text.map_err(|error| self.blame_torn(error))
    }

    /// Returns the first `len` bytes of a revision's text, or all if there are fewer.
    ///
    /// What is stored whole is not read further than that, so that the node is not
    /// compared with the text.
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`], as far as what is read shows them.
    pub fn beginning(&self, rev: Rev, len: usize) -> Result<Vec<u8>> {
        if !rev.is_null() {
            let stored = self.readable(rev)?;
            if stored.flags == 0 && matches!(stored.base, Base::Text) {
                let chunk = self.bytes_of(&Link::of(rev, &stored))?;
                if stored.is_plain {
                    return Ok(chunk[..len.min(chunk.len())].to_vec());
                }
                return Ok(compression::beginning(chunk, len, &self.at(rev))?.into_owned());
            }
        }
        let mut text = self.raw_text(rev)?;
        text.truncate(len);
        Ok(text)
    }

    /// Returns what the text of a revision says of its content, `None` if that is not stored
    /// elsewhere.
    ///
    /// # Errors
    /// As for [`Revlog::raw_text`], as far as the pointer is concerned, which is not compared with
    /// the node.
    pub fn pointer(&self, rev: Rev) -> Result<Option<Pointer>> {
        if self.contents.is_none() || rev.is_null() {
            return Ok(None);
        }
        let stored = self.readable(rev)?;
        if stored.flags == 0 {
            return Ok(None);
        }
        let text = self.text_of_chain(rev, &stored);
        let pointer = text.and_then(|text| self.pointer_of(rev, &stored, &text));
        let pointer = pointer.map_err(|error| self.blame_torn(error))?;
        Ok(pointer.map(|(pointer, _)| pointer))
    }

    /// Returns what a text is that is one of a revision that is stored elsewhere, and where.
    fn pointer_of(
        &self,
        rev: Rev,
        stored: &Stored,
        text: &[u8],
    ) -> Result<Option<(Pointer, &Contents)>> {
        match &self.contents {
            Some(contents) if stored.flags == EXTERNALLY_STORED => {
                Ok(Some((Pointer::parse(text, &self.at(rev))?, contents)))
            }
            _ => Ok(None),
        }
    }

    /// Returns the entry of a revision without flags.
    fn plain(&self, rev: Rev) -> Result<Stored> {
        self.entry(rev, false)
    }

    /// Returns the entry of a revision without flags, or whose content is stored elsewhere and may
    /// be.
    fn readable(&self, rev: Rev) -> Result<Stored> {
        self.entry(rev, self.contents.is_some())
    }

    fn entry(&self, rev: Rev, may_be_elsewhere: bool) -> Result<Stored> {
        check_rev(rev, self.len())?;
        let stored = self.stored(rev)?;
        self.check_whole()?;
        let is_elsewhere = may_be_elsewhere && stored.flags == EXTERNALLY_STORED;
        if stored.flags != 0 && !is_elsewhere {
            let reason = links::reason(stored.flags);
            return Err(Error::unsupported(FileKind::Revlog, self.at(rev), reason));
        }
        Ok(stored)
    }

    fn stored(&self, rev: Rev) -> Result<Stored> {
        self.layout
            .stored(self.index.get(), rev, &self.path.display())
    }

    fn node_at(&self, rev: Rev) -> Result<Node> {
        match rev {
            Rev::NULL => Ok(Node::NULL),
            _ => self
                .layout
                .node(self.index.get(), rev, &self.path.display()),
        }
    }

    /// Returns the text of a revision, not compared with its node.
    fn text_of_chain(&self, rev: Rev, stored: &Stored) -> Result<Vec<u8>> {
        let mut chain = self.chain(rev, stored)?;
        chain.reverse();
        let mut parts = Vec::with_capacity(chain.len());
        // A text may be empty, which takes no data.
        let mut before = Some(0);
        for link in &chain {
            parts.push(self.chunk(link, before)?);
            before = link.text_len;
        }
        match (
            chain.first().map(|first| first.base),
            parts.split_first_mut(),
        ) {
            (Some(Base::Text), Some((text, []))) => Ok(std::mem::take(text).into_owned()),
            (Some(Base::Text), Some((text, deltas))) => patch::apply(text, deltas, &self.at(rev)),
            _ => patch::apply(&[], &parts, &self.at(rev)),
        }
    }

    /// Compares a text with its node.
    fn check_text(&self, rev: Rev, stored: &Stored, text: &[u8]) -> Result<()> {
        let mut hash = self.hash(stored)?;
        hash.update(text);
        if hash.node() == stored.node {
            return Ok(());
        }
        let reason = "the node is not that of the text";
        Err(Error::corrupt(FileKind::Revlog, self.at(rev), reason))
    }

    /// Returns the revisions whose data is needed for one, beginning with itself.
    fn chain(&self, rev: Rev, stored: &Stored) -> Result<Vec<Link>> {
        let mut chain = vec![Link::of(rev, stored)];
        let mut base = stored.base;
        // Ends, because a base is an earlier revision.
        while let Base::Rev(rev) = base {
            let stored = self.stored(rev)?;
            base = stored.base;
            chain.push(Link::of(rev, &stored));
        }
        Ok(chain)
    }

    /// Returns the revisions whose texts lead to that of a revision, the nearest first.
    pub(crate) fn delta_chain(&self, rev: Rev) -> Result<Vec<Rev>> {
        let chain = self.chain(rev, &self.stored(rev)?)?;
        Ok(chain.iter().skip(1).map(|link| link.rev).collect())
    }

    /// Returns the revision whose text another one's data applies to, the null revision if that is
    /// a whole text.
    pub(crate) fn delta_parent(&self, rev: Rev) -> Result<Rev> {
        check_rev(rev, self.len())?;
        match self.stored(rev)?.base {
            Base::Rev(base) => Ok(base),
            Base::Text | Base::Nothing => Ok(Rev::NULL),
        }
    }

    /// Returns the data of a revision that applies to a text of `before` bytes.
    fn chunk(&self, link: &Link, before: Option<usize>) -> Result<Cow<'_, [u8]>> {
        let chunk = self.bytes_of(link)?;
        let (expected, limit) = match (link.base, before, link.text_len) {
            (Base::Text, _, Some(len)) => (len, len),
            (_, Some(before), Some(len)) => (0, most_of_delta(before, len)),
            _ => (0, MAX_TEXT),
        };
        if link.is_plain && chunk.len() <= limit {
            return Ok(Cow::Borrowed(chunk));
        }
        compression::decompress(chunk, expected, limit, &self.at(link.rev))
    }

    /// Returns the data of a revision as it is stored.
    fn bytes_of(&self, link: &Link) -> Result<&[u8]> {
        if link.len == 0 {
            return Ok(&[]);
        }
        let bytes = if self.is_inline() {
            self.index.get()
        } else {
            self.data()?
        };
        self.part(bytes, link.at, link.len, link.rev)
    }

    /// Returns a part of a file that belongs to a revision.
    fn part<'b>(&self, file: &'b [u8], at: u64, len: usize, rev: Rev) -> Result<&'b [u8]> {
        let part = usize::try_from(at)
            .ok()
            .and_then(|at| file.get(at..)?.get(..len));
        part.ok_or_else(|| {
            let has = file.len();
            let reason = format!("its {len} bytes at {at} are not in the data file's {has}");
            Error::corrupt(FileKind::Revlog, self.at(rev), reason)
        })
    }

    /// Returns the bytes of the data file.
    fn data(&self) -> Result<&[u8]> {
        open_once(&self.data, &self.data_path)
    }

    fn hash(&self, stored: &Stored) -> Result<TextHash> {
        let [p1, p2] = stored.parents;
        let (p1, p2) = (self.node_at(p1)?, self.node_at(p2)?);
        let hash = Sha1::new()
            .chain_update(p1.min(p2))
            .chain_update(p1.max(p2));
        Ok(TextHash(hash))
    }

    /// Checks that all entries that were read are real ones.
    fn check_whole(&self) -> Result<()> {
        if self.index.torn() {
            Err(self.truncated())
        } else {
            Ok(())
        }
    }

    pub(crate) fn truncated(&self) -> Error {
        Error::corrupt(
            FileKind::Revlog,
            self.path.display(),
            "was truncated while it was mapped",
        )
    }

    /// Returns the name of a revision, for messages.
    pub(crate) fn at(&self, rev: Rev) -> At<'_> {
        At(&self.path, rev)
    }
}

/// The node of a text that comes in pieces.
#[derive(Clone, Debug)]
pub struct TextHash(Sha1);

impl TextHash {
    /// Adds a piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Returns the node of all pieces.
    pub fn node(self) -> Node {
        <[u8; Node::LEN]>::from(self.0.finalize()).into()
    }
}

/// A revision of a delta chain, and where its data is.
struct Link {
    rev: Rev,
    at: u64,
    len: usize,
    text_len: Option<usize>,
    base: Base,
    is_plain: bool,
}

impl Link {
    fn of(rev: Rev, stored: &Stored) -> Link {
        Link {
            rev,
            at: stored.at,
            len: stored.len,
            text_len: stored.text_len,
            base: stored.base,
            is_plain: stored.is_plain,
        }
    }
}

/// Returns the length of a delta that inserts everything byte by byte, and replaces
/// nothing by nothing: no sensible one is longer.
fn most_of_delta(before: usize, after: usize) -> usize {
    let hunks = before.saturating_add(after).saturating_add(1);
    hunks.saturating_mul(12).saturating_add(after).min(MAX_TEXT)
}

/// Opens a file that should not be written to while it is looked at.
fn stable<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T>) -> Result<(Bytes, T)> {
    for _ in 0..ATTEMPTS {
        if let Some(opened) = Bytes::open(FileKind::Revlog, path, &parse)? {
            return Ok(opened);
        }
    }
    Err(kept_changing(path))
}

fn kept_changing(path: &Path) -> Error {
    let reason = "kept changing, or could not be read, while it was opened";
    Error::corrupt(FileKind::Revlog, path.display(), reason)
}

/// Returns the bytes of a file that is opened when they are first needed.
fn open_once<'b>(file: &'b OnceLock<Bytes>, path: &Path) -> Result<&'b [u8]> {
    let bytes = match file.get() {
        Some(bytes) => bytes,
        None => {
            let (opened, ()) = stable(path, |_| Ok(()))?;
            // Two threads may both have opened it, which does no harm.
            file.get_or_init(|| opened)
        }
    };
    Ok(bytes.get())
}

/// A revision of a file, for messages.
pub(crate) struct At<'a>(&'a Path, Rev);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, revision {}", self.0.display(), self.1)
    }
}
