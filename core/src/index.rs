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
//! other revisions. Every look-up of a node therefore checks that the last
//! entry is still what it was at opening: whatever was cut off, or replaced,
//! the last entry was part of it.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{fence, AtomicUsize, Ordering};
use std::sync::OnceLock;

use crate::error::check_rev;
use crate::map::{open_regular, Mapped, Stamp};
use crate::nodemap::NodeMap;
use crate::{Error, Node, Result, Rev, NULL_REV};

/// The length of an entry in bytes.
pub const ENTRY_SIZE: usize = 64;

/// One in so many entries of an inline index has its place recorded.
const STRIDE: usize = 64;

/// How often to look again at a file that is being written to.
pub(crate) const ATTEMPTS: usize = 4;

/// The data of revisions is between the entries.
pub(crate) const FLAG_INLINE: u32 = 1 << 16;
/// Deltas apply to any revision, not to the previous one.
pub(crate) const FLAG_GENERALDELTA: u32 = 1 << 17;
/// File revisions tell by a flag whether they begin with metadata.
pub(crate) const FLAG_FILELOG_META: u32 = 1 << 18;
/// Deltas tell by a flag whether they are snapshots.
const FLAG_DELTA_INFO: u32 = 1 << 19;
const KNOWN_FLAGS: u32 = FLAG_INLINE | FLAG_GENERALDELTA | FLAG_FILELOG_META | FLAG_DELTA_INFO;

pub(crate) const NULL_NODE: Node = [0; 20];

pub(crate) type Entry = [u8; ENTRY_SIZE];

/// A revlog index of version 1, opened for reading.
///
/// The parents of all revisions are collected when it is opened and handed out
/// with it; from then on it answers about nodes. It keeps the file's map and,
/// once [`Index::rev`] needs it, 5 to 6 bytes a revision. It can be used by
/// several threads at once.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    data: Data,
    places: Places,
    len: usize,
    /// The last entry as it was at opening, and where it begins.
    last: Option<(usize, Box<Entry>)>,
    /// How many more entries `rev` may look at before a node map is due.
    scans: AtomicUsize,
    nodes: OnceLock<NodeMap>,
}

/// Where the bytes are.
#[derive(Debug)]
enum Data {
    Mapped(Mapped),
    Owned(Vec<u8>),
}

impl Data {
    fn bytes(&self) -> &[u8] {
        match self {
            Data::Mapped(map) => map.bytes(),
            Data::Owned(bytes) => bytes,
        }
    }
}

/// Where the entries are in the bytes.
#[derive(Debug)]
enum Places {
    /// One after the other.
    Dense,
    /// With data between them; where revision 0, [`STRIDE`], … begin.
    Inline(Vec<u64>),
}

/// What one pass over the bytes gives.
struct Parsed {
    places: Places,
    parents: Vec<[Rev; 2]>,
    last: Option<(usize, Box<Entry>)>,
}

impl Index {
    /// Opens an index file, and returns the parents of all its revisions too.
    ///
    /// Maps the file and reads it once from its beginning to its end. An empty
    /// file is an index without revisions, as it is for Mercurial.
    ///
    /// # Errors
    /// - [`Error::Io`] and [`Error::Invalid`] as for [`Mapped::open`];
    /// - [`Error::NotForMe`] for another version than 1 or unknown flags;
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
            let parsed = parse(map.bytes(), &path.display());
            map.expect_sequential(false);
            if map.torn() || Stamp::of(&file, path)? != before {
                continue;
            }
            return Ok(Index::new(path.to_owned(), Data::Mapped(map), parsed?));
        }
        let reason = "kept changing, or could not be read, while it was mapped";
        Err(Error::corrupt(path.display(), reason))
    }

    /// An index that nobody has written yet: without a file, without revisions.
    pub fn empty(path: impl Into<PathBuf>) -> Index {
        let parsed = Parsed {
            places: Places::Dense,
            parents: Vec::new(),
            last: None,
        };
        Index::new(path.into(), Data::Owned(Vec::new()), parsed).0
    }

    /// Reads an index that is in memory; `name` is for messages.
    ///
    /// # Errors
    /// As for [`Index::open`], without those of the file system.
    pub fn from_bytes(data: Vec<u8>, name: &str) -> Result<(Index, Vec<[Rev; 2]>)> {
        let parsed = parse(&data, &name)?;
        Ok(Index::new(name.into(), Data::Owned(data), parsed))
    }

    fn new(path: PathBuf, data: Data, parsed: Parsed) -> (Index, Vec<[Rev; 2]>) {
        let len = parsed.parents.len();
        let index = Index {
            path,
            data,
            places: parsed.places,
            len,
            last: parsed.last,
            // Twice over everything takes about as long as building the map.
            scans: AtomicUsize::new(2 * len),
            nodes: OnceLock::new(),
        };
        (index, parsed.parents)
    }

    /// How many revisions there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no revisions.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the data of revisions is between the entries.
    pub fn is_inline(&self) -> bool {
        matches!(self.places, Places::Inline(_))
    }

    /// The file, or the name that was given for bytes in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The memory this takes besides the mapped file, in bytes.
    pub fn memory(&self) -> usize {
        let data = match &self.data {
            Data::Mapped(_) => 0,
            Data::Owned(bytes) => bytes.capacity(),
        };
        let places = match &self.places {
            Places::Dense => 0,
            Places::Inline(marks) => size_of_val(&marks[..]),
        };
        size_of::<Index>() + data + places + self.nodes.get().map_or(0, NodeMap::size)
    }

    /// The node of a revision; that of the null revision is 20 zeros.
    ///
    /// Takes constant time.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::Corrupt`] if the file was cut short or
    /// rewritten after it was opened.
    pub fn node(&self, rev: Rev) -> Result<Node> {
        check_rev(rev, self.len)?;
        if rev == NULL_REV {
            return Ok(NULL_NODE);
        }
        let node = self.read_node(rev)?;
        self.check_unchanged()?;
        Ok(node)
    }

    /// The revision with a node, `None` if there is none; the null node's is −1.
    ///
    /// If several revisions have the node, which Mercurial never writes, the
    /// latest is meant, as it is there. The first look-ups go through the
    /// entries from the last one backwards; when they have done that twice over
    /// the whole index in all, the next one builds a table in one more pass or
    /// two, and from then on a look-up takes constant time.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if the file was cut short or rewritten after it was
    /// opened.
    pub fn rev(&self, node: &Node) -> Result<Option<Rev>> {
        if *node == NULL_NODE {
            return Ok(Some(NULL_REV));
        }
        let found = match self.nodes.get() {
            Some(nodes) => nodes.get(node, |rev| self.read_node(rev))?,
            None => match self.scan(node) {
                Some(found) => found,
                None => self.build_nodes()?.get(node, |rev| self.read_node(rev))?,
            },
        };
        self.check_unchanged()?;
        Ok(found)
    }

    /// Looks for a node from the end, as far as earlier scans have left work to
    /// do; `None` if that was not far enough.
    fn scan(&self, node: &Node) -> Option<Option<Rev>> {
        // Backwards is the wrong way through an inline index, which is small.
        let Places::Dense = self.places else {
            return None;
        };
        let (entries, _) = self.data.bytes().as_chunks::<ENTRY_SIZE>();
        let most = self.scans.load(Ordering::Relaxed);
        let found = entries
            .iter()
            .rev()
            .take(most)
            .position(|entry| node_of(entry) == node);
        let looked = found.map_or(self.len.min(most), |back| back + 1);
        let left = most.saturating_sub(looked);
        self.scans.store(left, Ordering::Relaxed);
        match found {
            Some(back) => Some(Some((self.len - 1 - back) as Rev)),
            None if looked == self.len => Some(None),
            None => None,
        }
    }

    fn build_nodes(&self) -> Result<&NodeMap> {
        let built = NodeMap::build(
            self.len,
            |visit| self.each_node(visit),
            |rev| self.read_node(rev),
        )?;
        self.check_unchanged()?;
        let nodes = built.ok_or_else(|| self.changed())?;
        // Two threads may both have built it. That is rare and harmless, while
        // waiting for each other is not: a process forked in the meantime would
        // wait for a thread that it does not have.
        Ok(self.nodes.get_or_init(|| nodes))
    }

    fn each_node(&self, visit: &mut dyn FnMut(Rev, &Node)) -> Result<()> {
        match &self.places {
            Places::Dense => {
                let (entries, _) = self.data.bytes().as_chunks::<ENTRY_SIZE>();
                for (rev, entry) in entries.iter().enumerate() {
                    visit(rev as Rev, node_of(entry));
                }
            }
            Places::Inline(_) => {
                let mut at = 0;
                for rev in 0..self.len {
                    let entry = self.entry_at(at)?;
                    visit(rev as Rev, node_of(entry));
                    at = after(at, entry);
                }
            }
        }
        Ok(())
    }

    /// The node of a revision that is known to be in range.
    fn read_node(&self, rev: Rev) -> Result<Node> {
        let rev = rev as usize;
        let entry = match &self.places {
            Places::Dense => self.entry_at((rev * ENTRY_SIZE) as u64)?,
            Places::Inline(marks) => {
                let mut at = marks[rev / STRIDE];
                for _ in 0..rev % STRIDE {
                    at = after(at, self.entry_at(at)?);
                }
                self.entry_at(at)?
            }
        };
        Ok(*node_of(entry))
    }

    /// An entry at a place that was good when the index was opened.
    fn entry_at(&self, at: u64) -> Result<&Entry> {
        entry_at(self.data.bytes(), at).ok_or_else(|| self.changed())
    }

    /// Whether all entries are as they were, asked after reading one.
    fn check_unchanged(&self) -> Result<()> {
        let (Data::Mapped(map), Some((at, last))) = (&self.data, &self.last) else {
            return Ok(());
        };
        // This read has to come after those that it vouches for.
        fence(Ordering::Acquire);
        if self.entry_at(*at as u64)? != &**last || map.torn() {
            return Err(self.changed());
        }
        Ok(())
    }

    fn changed(&self) -> Error {
        let reason = "was truncated or rewritten while it was mapped";
        Error::corrupt(self.path.display(), reason)
    }
}

/// Reads all of an index.
///
/// Its work and the memory for the result are linear in the length of `bytes`,
/// whatever these say.
fn parse(bytes: &[u8], name: &dyn Display) -> Result<Parsed> {
    if bytes.is_empty() {
        return Ok(Parsed {
            places: Places::Dense,
            parents: Vec::new(),
            last: None,
        });
    }
    let Some(header) = bytes.first_chunk() else {
        let reason = format!("{} bytes are too few for a revlog's header", bytes.len());
        return Err(Error::corrupt(name, reason));
    };
    if check_header(u32::from_be_bytes(*header), name)? & FLAG_INLINE != 0 {
        parse_inline(bytes, name)
    } else {
        parse_dense(bytes, name)
    }
}

/// The flags in a header, [`Error::NotForMe`] if this is none of our formats.
pub(crate) fn check_header(header: u32, name: &dyn Display) -> Result<u32> {
    let flags = header & !0xffff;
    let reason = match header & 0xffff {
        1 if flags & !KNOWN_FLAGS == 0 => return Ok(flags),
        1 => format!(
            "revlog version 1 with unknown flags ({:#06x})",
            (flags & !KNOWN_FLAGS) >> 16
        ),
        0 => "revlog version 0 is not supported".to_owned(),
        0xdead => "revlog version 2 is not supported".to_owned(),
        0xd34d => "changelog version 2 is not supported".to_owned(),
        // Mercurial puts this where versions before 0.9 looked for a changelog.
        0xffff => "this is only a placeholder for very old readers".to_owned(),
        version => format!("unknown revlog version {version}"),
    };
    Err(Error::not_for_me(name, reason))
}

fn parse_dense(bytes: &[u8], name: &dyn Display) -> Result<Parsed> {
    let (entries, rest) = bytes.as_chunks::<ENTRY_SIZE>();
    check_count(entries.len(), name)?;
    let mut parents = Vec::new();
    parents
        .try_reserve_exact(entries.len())
        .map_err(|_| out_of_memory(name))?;
    for (rev, entry) in entries.iter().enumerate() {
        match parents_of(entry, rev) {
            Some(pair) => parents.push(pair),
            None => return Err(bad_entry(entry, rev, name)),
        }
    }
    if !rest.is_empty() {
        return Err(cut_short(rest.len(), entries.len(), name));
    }
    Ok(Parsed {
        places: Places::Dense,
        last: entries
            .last()
            .map(|entry| (bytes.len() - ENTRY_SIZE, Box::new(*entry))),
        parents,
    })
}

fn parse_inline(bytes: &[u8], name: &dyn Display) -> Result<Parsed> {
    let (mut parents, mut marks, mut last) = (Vec::new(), Vec::new(), None);
    let mut at = 0;
    while at < bytes.len() as u64 {
        let rev = parents.len();
        let Some(entry) = entry_at(bytes, at) else {
            return Err(cut_short(bytes.len() - at as usize, rev, name));
        };
        match parents_of(entry, rev) {
            Some(pair) => parents.push(pair),
            None => return Err(bad_entry(entry, rev, name)),
        }
        if rev % STRIDE == 0 {
            check_count(rev + STRIDE, name)?;
            marks.push(at);
        }
        last = Some((at as usize, entry));
        at = after(at, entry);
        if at > bytes.len() as u64 {
            let reason = format!(
                "the data of revision {rev} ends at {at}, {} bytes after the end of the file",
                at - bytes.len() as u64
            );
            return Err(Error::corrupt(name, reason));
        }
    }
    parents.shrink_to_fit();
    marks.shrink_to_fit();
    Ok(Parsed {
        places: Places::Inline(marks),
        last: last.map(|(at, entry)| (at, Box::new(*entry))),
        parents,
    })
}

/// The entry that begins at an offset, if it is all there.
pub(crate) fn entry_at(bytes: &[u8], at: u64) -> Option<&Entry> {
    bytes.get(usize::try_from(at).ok()?..)?.first_chunk()
}

/// Where the next entry of an inline index begins.
///
/// Cannot overflow while offsets are checked against a length at each step.
pub(crate) fn after(at: u64, entry: &Entry) -> u64 {
    at + ENTRY_SIZE as u64 + u64::from(number(entry, 8))
}

/// The four bytes of a number in an entry.
#[inline]
pub(crate) fn number(entry: &Entry, at: usize) -> u32 {
    u32::from_be_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
}

#[inline]
pub(crate) fn node_of(entry: &Entry) -> &Node {
    entry[32..]
        .first_chunk()
        .expect("a node ends within its entry")
}

/// The parents of a revision if all is well with its entry.
#[inline]
pub(crate) fn parents_of(entry: &Entry, rev: usize) -> Option<[Rev; 2]> {
    let (p1, p2) = (number(entry, 24) as Rev, number(entry, 28) as Rev);
    // Shifted by one, −1 becomes the least and other negatives the greatest.
    let fits = |parent: Rev| parent.wrapping_add(1) as u32 <= rev as u32;
    let good = fits(p1) && fits(p2) && number(entry, 8) as i32 >= 0 && *node_of(entry) != NULL_NODE;
    good.then_some([p1, p2])
}

/// Says what is wrong with an entry that has no acceptable parents.
#[cold]
pub(crate) fn bad_entry(entry: &Entry, rev: usize, name: &dyn Display) -> Error {
    for at in [24, 28] {
        let parent = number(entry, at) as Rev;
        if parent < NULL_REV || parent >= rev as Rev {
            let reason = format!("revision {rev} cannot have the parent {parent}");
            return Error::corrupt(name, reason);
        }
    }
    let length = number(entry, 8) as i32;
    if length < 0 {
        let reason = format!("the data of revision {rev} cannot have the length {length}");
        return Error::corrupt(name, reason);
    }
    Error::corrupt(name, format!("revision {rev} has the null node"))
}

#[cold]
pub(crate) fn cut_short(rest: usize, rev: usize, name: &dyn Display) -> Error {
    let reason = format!("the entry of revision {rev} is cut short: {rest} of {ENTRY_SIZE} bytes");
    Error::corrupt(name, reason)
}

#[cold]
fn out_of_memory(name: &dyn Display) -> Error {
    let error = io::Error::from(io::ErrorKind::OutOfMemory);
    Error::io(Path::new(&name.to_string()), error)
}

/// Revision numbers have to fit their type.
pub(crate) fn check_count(count: usize, name: &dyn Display) -> Result<()> {
    if count > Rev::MAX as usize {
        let reason = format!("more than {} revisions are not supported", Rev::MAX);
        return Err(Error::not_for_me(name, reason));
    }
    Ok(())
}
