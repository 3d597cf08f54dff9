//! What the bytes of an index say.

use std::fmt::Display;
use std::io;
use std::path::Path;

use super::{Places, BLOCK, ENTRY_SIZE};
use crate::{Error, Node, Result, Rev, NULL_REV};

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

/// What one pass over the bytes gives.
pub(super) struct Parsed {
    pub(super) places: Places,
    pub(super) parents: Vec<[Rev; 2]>,
    pub(super) sums: Vec<u32>,
    pub(super) last: Option<(usize, Box<Entry>)>,
}

/// The checksum of some entries, put in one after the other.
///
/// Not one that withstands forgery, for which there are nodes, but fast: it multiplies as
/// wyhash does, and makes the entries' products independent of each other, so that the
/// processor computes several at a time.
#[derive(Default)]
pub(super) struct Sum(u64);

impl Sum {
    #[inline(always)]
    pub(super) fn add(&mut self, entry: &Entry) {
        let word = |at: usize| {
            let bytes = entry[at..].first_chunk().expect("within the entry");
            u64::from_le_bytes(*bytes)
        };
        let mix = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            product as u64 ^ (product >> 64) as u64
        };
        // the parents and the first 8 bytes of the node, then its other 12
        let first = mix(
            word(24) ^ 0x9e37_79b9_7f4a_7c15,
            word(32) ^ 0xe703_7ed1_a0b4_28db,
        );
        let second = mix(
            word(40) ^ 0x8ebc_6af0_9c88_c6e3,
            word(44) ^ 0x5899_65cc_7537_4cc3,
        );
        let entry = first ^ second.rotate_left(32);
        self.0 = self
            .0
            .wrapping_mul(0xd133_3a14_5dd1_4d2b)
            .wrapping_add(entry);
    }

    pub(super) fn get(&self) -> u32 {
        (self.0 ^ self.0 >> 32) as u32
    }
}

/// Reads all of an index.
///
/// Its work and the memory for the result are linear in the length of `bytes`,
/// whatever these say.
pub(super) fn parse(bytes: &[u8], name: &dyn Display) -> Result<Parsed> {
    if bytes.is_empty() {
        return Ok(Parsed {
            places: Places::Dense,
            parents: Vec::new(),
            sums: Vec::new(),
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

/// The flags in a header, [`Error::Unsupported`] if this is none of our formats.
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
    Err(Error::unsupported(name, reason))
}

fn parse_dense(bytes: &[u8], name: &dyn Display) -> Result<Parsed> {
    let (entries, rest) = bytes.as_chunks::<ENTRY_SIZE>();
    check_count(entries.len(), name)?;
    let (mut parents, mut sums) = (Vec::new(), Vec::new());
    parents
        .try_reserve_exact(entries.len())
        .map_err(|_| out_of_memory(name))?;
    for block in entries.chunks(BLOCK) {
        let mut sum = Sum::default();
        for entry in block {
            // the parents are those that are summed up
            let entry = *entry;
            sum.add(&entry);
            match parents_of(&entry, parents.len()) {
                Some(pair) => parents.push(pair),
                None => return Err(bad_entry(&entry, parents.len(), name)),
            }
        }
        sums.push(sum.get());
    }
    sums.shrink_to_fit();
    if !rest.is_empty() {
        return Err(cut_short(rest.len(), entries.len(), name));
    }
    Ok(Parsed {
        places: Places::Dense,
        last: entries
            .last()
            .map(|entry| (bytes.len() - ENTRY_SIZE, Box::new(*entry))),
        parents,
        sums,
    })
}

fn parse_inline(bytes: &[u8], name: &dyn Display) -> Result<Parsed> {
    let (mut parents, mut marks, mut last) = (Vec::new(), Vec::new(), None);
    let (mut sums, mut sum) = (Vec::new(), Sum::default());
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
        if rev % BLOCK == 0 {
            check_count(rev + BLOCK, name)?;
            marks.push(at);
            sums.push(0);
            sum = Sum::default();
        }
        sum.add(entry);
        if let Some(of_block) = sums.last_mut() {
            *of_block = sum.get();
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
    sums.shrink_to_fit();
    Ok(Parsed {
        places: Places::Inline(marks),
        last: last.map(|(at, entry)| (at, Box::new(*entry))),
        parents,
        sums,
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
        return Err(Error::unsupported(name, reason));
    }
    Ok(())
}
