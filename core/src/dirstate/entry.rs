// SPDX-License-Identifier: GPL-2.0-or-later

//! What the dirstate knows about one file.
//!
//! An [`Entry`] keeps what Mercurial's `DirstateItem` keeps (`pure/parsers.py`),
//! so that an entry of either file format comes out again as Mercurial would
//! write it. The flags have the values of the format dirstate-v2
//! (`helptext/internals/dirstate-v2.txt`).

use crate::error::FileKind;
use crate::{Error, Result};

/// The file is tracked in the working directory.
pub const WDIR_TRACKED: u16 = 1 << 0;
/// The first parent has the file.
pub const P1_TRACKED: u16 = 1 << 1;
/// A merge or a rename involved the file.
pub const P2_INFO: u16 = 1 << 2;
/// In files: the owner may execute it.
pub const MODE_EXEC_PERM: u16 = 1 << 3;
/// In files: it is a symbolic link.
pub const MODE_IS_SYMLINK: u16 = 1 << 4;
/// [`FALLBACK_EXEC`] means something.
pub const HAS_FALLBACK_EXEC: u16 = 1 << 5;
/// Executable, for file systems that cannot tell.
pub const FALLBACK_EXEC: u16 = 1 << 6;
/// [`FALLBACK_SYMLINK`] means something.
pub const HAS_FALLBACK_SYMLINK: u16 = 1 << 7;
/// A symbolic link, for file systems that have none.
pub const FALLBACK_SYMLINK: u16 = 1 << 8;
/// In files: size and time are those of a modified file.
pub const EXPECTED_STATE_IS_MODIFIED: u16 = 1 << 9;
/// Mode and size are known.
pub const HAS_MODE_AND_SIZE: u16 = 1 << 10;
/// The time of modification is known.
pub const HAS_MTIME: u16 = 1 << 11;
/// The time means nothing without its nanoseconds.
pub const MTIME_SECOND_AMBIGUOUS: u16 = 1 << 12;
/// In files: the node may be a directory on disk.
pub const DIRECTORY: u16 = 1 << 13;
/// In files: all unknown files in the directory are among its children.
pub const ALL_UNKNOWN_RECORDED: u16 = 1 << 14;
/// In files: all ignored files in the directory are among its children.
pub const ALL_IGNORED_RECORDED: u16 = 1 << 15;

/// A node with one of these has an entry.
pub const ANY_TRACKED: u16 = WDIR_TRACKED | P1_TRACKED | P2_INFO;

/// The size that dirstate-v1 gives to files that need a closer look.
pub const SIZE_NON_NORMAL: i32 = -1;
/// The size that dirstate-v1 gives to files of the other parent.
pub const SIZE_FROM_P2: i32 = -2;
/// The time that dirstate-v1 writes when none is known.
pub const MTIME_UNSET: i32 = -1;

const FORMAT_MASK: i32 = 0o170000;
const SYMLINK: i32 = 0o120000;
const REGULAR: i32 = 0o100000;
const OWNER_EXEC: i32 = 0o100;
const DAY: i64 = 24 * 60 * 60;

/// A time of modification, modulo 2³¹ seconds.
///
/// There is deliberately no `==`: see [`Entry::mtime_likely_equal_to`].
#[derive(Clone, Copy, Debug)]
pub struct Timestamp {
    /// Seconds since 1970, their lower 31 bits.
    pub seconds: i32,
    /// Nanoseconds within the second; 0 if the precision is unknown.
    pub nanoseconds: i32,
    /// Whether the seconds alone are not to be trusted.
    pub second_ambiguous: bool,
}

impl Timestamp {
    /// Returns the time that `stat` gave, in seconds and nanoseconds.
    pub fn of(seconds: i64, nanoseconds: i64) -> Timestamp {
        Timestamp {
            seconds: (seconds & 0x7fff_ffff) as i32,
            nanoseconds: nanoseconds as i32,
            second_ambiguous: false,
        }
    }

    /// Returns the time as it may be recorded by somebody who looked at `boundary`,
    /// or `None` if the file may yet be written to without its time changing.
    ///
    /// A time more than a day ahead comes from another clock and is taken.
    pub fn reliable(self, boundary: Timestamp) -> Option<Timestamp> {
        let ahead = i64::from(self.seconds) - i64::from(boundary.seconds);
        if ahead == 0 {
            let told_apart = self.nanoseconds != 0
                && boundary.nanoseconds != 0
                && self.nanoseconds < boundary.nanoseconds;
            return told_apart.then_some(Timestamp {
                second_ambiguous: true,
                ..self
            });
        }
        (!(1..DAY).contains(&ahead)).then_some(self)
    }

    /// Returns whether both mean the same time, as far as their precision goes.
    ///
    /// `self` is the recorded one: only its ambiguity counts.
    pub fn likely_equal_to(self, other: Timestamp) -> bool {
        if self.seconds != other.seconds {
            false
        } else if self.nanoseconds == 0 || other.nanoseconds == 0 {
            !self.second_ambiguous
        } else {
            self.nanoseconds == other.nanoseconds
        }
    }
}

/// The data of a file as a record of dirstate-v1 has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatV1 {
    /// `n`, `m`, `a` or `r`.
    pub state: u8,
    /// `st_mode`.
    pub mode: i32,
    /// The size in bytes, modulo 2³¹, or a marker.
    pub size: i32,
    /// The time of modification in seconds, or [`MTIME_UNSET`].
    pub mtime: i32,
}

/// The data of a file or directory as a node of dirstate-v2 has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatV2 {
    /// Bits of this module.
    pub flags: u16,
    /// The size in bytes, modulo 2³¹.
    pub size: i32,
    /// Seconds of the time of modification.
    pub mtime_s: i32,
    /// Nanoseconds of the time, 0 if unknown.
    pub mtime_ns: i32,
}

/// One file's entry: 20 bytes.
///
/// A field that is not known is 0, so that equal entries compare equal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    /// Bits of this module, except those for files only and directories.
    pub flags: u16,
    /// `st_mode`: dirstate-v1 keeps all of it, dirstate-v2 two bits.
    /// Meaningful with [`HAS_MODE_AND_SIZE`].
    pub mode: i32,
    /// The size in bytes, modulo 2³¹. Meaningful with [`HAS_MODE_AND_SIZE`].
    pub size: i32,
    /// Seconds of the time. Meaningful with [`HAS_MTIME`].
    pub mtime_s: i32,
    /// Nanoseconds of the time, 0 if unknown. Meaningful with [`HAS_MTIME`].
    pub mtime_ns: i32,
}

impl Entry {
    /// Returns the entry of a record of dirstate-v1.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a state other than `n`, `m`, `a` and `r`.
    pub fn from_v1(stat: StatV1) -> Result<Entry> {
        let StatV1 {
            state,
            mode,
            size,
            mtime,
        } = stat;
        let bare = |flags| Entry {
            flags,
            ..Entry::default()
        };
        Ok(match (state, size) {
            (b'm', _) => bare(ANY_TRACKED),
            (b'a', _) => bare(WDIR_TRACKED),
            (b'r', SIZE_NON_NORMAL) => bare(P1_TRACKED | P2_INFO),
            (b'r', SIZE_FROM_P2) => bare(P2_INFO),
            (b'r', _) => bare(P1_TRACKED),
            (b'n', SIZE_FROM_P2) => bare(WDIR_TRACKED | P2_INFO),
            (b'n', SIZE_NON_NORMAL) => bare(WDIR_TRACKED | P1_TRACKED),
            (b'n', _) => {
                let mut entry = bare(WDIR_TRACKED | P1_TRACKED | HAS_MODE_AND_SIZE);
                (entry.mode, entry.size) = (mode, size);
                if mtime != MTIME_UNSET {
                    entry.flags |= HAS_MTIME;
                    entry.mtime_s = mtime;
                }
                entry
            }
            _ => {
                let reason = format!("unknown state {:?}", char::from(state));
                return Err(Error::corrupt(FileKind::Dirstate, "dirstate", reason));
            }
        })
    }

    /// Returns the entry of a node of dirstate-v2.
    ///
    /// Bits about directories are left out, and so is the node's data if it is
    /// that of a modified file: such a file has to be looked at.
    pub fn from_v2(stat: StatV2) -> Entry {
        let flags = stat.flags;
        let mut entry = Entry {
            flags: flags & ANY_TRACKED,
            ..Entry::default()
        };
        for (has, value) in [
            (HAS_FALLBACK_EXEC, FALLBACK_EXEC),
            (HAS_FALLBACK_SYMLINK, FALLBACK_SYMLINK),
        ] {
            if flags & has != 0 {
                entry.flags |= flags & (has | value);
            }
        }
        if flags & EXPECTED_STATE_IS_MODIFIED != 0 {
            return entry;
        }
        if flags & HAS_MODE_AND_SIZE != 0 {
            entry.flags |= HAS_MODE_AND_SIZE;
            entry.size = stat.size;
            let exec = flags & MODE_EXEC_PERM != 0;
            let symlink = flags & MODE_IS_SYMLINK != 0;
            entry.mode = if exec { 0o755 } else { 0o644 };
            entry.mode |= if symlink { SYMLINK } else { REGULAR };
        }
        if flags & HAS_MTIME != 0 {
            entry.flags |= flags & (HAS_MTIME | MTIME_SECOND_AMBIGUOUS);
            (entry.mtime_s, entry.mtime_ns) = (stat.mtime_s, stat.mtime_ns);
        }
        entry
    }

    /// Returns the data for dirstate-v1.
    ///
    /// The state of an entry that nobody tracks, which is not to be written,
    /// is `?`.
    pub fn to_v1(&self) -> StatV1 {
        StatV1 {
            state: self.state(),
            mode: self.mode(),
            size: self.size(),
            mtime: self.mtime(),
        }
    }

    /// Returns the data for dirstate-v2.
    pub fn to_v2(&self) -> StatV2 {
        let mut flags = self.flags;
        if self.has(HAS_MODE_AND_SIZE) {
            if self.mode & OWNER_EXEC != 0 {
                flags |= MODE_EXEC_PERM;
            }
            if self.mode & FORMAT_MASK == SYMLINK {
                flags |= MODE_IS_SYMLINK;
            }
        }
        StatV2 {
            flags,
            size: self.size,
            mtime_s: self.mtime_s,
            mtime_ns: self.mtime_ns,
        }
    }

    fn has(&self, flags: u16) -> bool {
        self.flags & flags == flags
    }

    fn has_any(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    /// Returns whether the working directory tracks the file.
    pub fn tracked(&self) -> bool {
        self.has(WDIR_TRACKED)
    }

    /// Returns whether the working directory or a parent tracks the file.
    pub fn any_tracked(&self) -> bool {
        self.has_any(ANY_TRACKED)
    }

    /// Returns whether the first parent has the file.
    pub fn p1_tracked(&self) -> bool {
        self.has(P1_TRACKED)
    }

    /// Returns whether the file is tracked, and no parent has it.
    pub fn added(&self) -> bool {
        self.tracked() && !self.has_any(P1_TRACKED | P2_INFO)
    }

    /// Returns whether a parent has the file, and it is not tracked.
    pub fn removed(&self) -> bool {
        !self.tracked() && self.has_any(P1_TRACKED | P2_INFO)
    }

    /// Returns whether the file is tracked, in the first parent, and was merged.
    pub fn modified(&self) -> bool {
        self.has(ANY_TRACKED)
    }

    /// Returns whether the file is tracked and something of the second parent is in it.
    pub fn p2_info(&self) -> bool {
        self.has(WDIR_TRACKED | P2_INFO)
    }

    /// Returns the state of dirstate-v1: `n`, `m`, `a`, `r`, or `?` for none.
    pub fn state(&self) -> u8 {
        if !self.any_tracked() {
            b'?'
        } else if self.removed() {
            b'r'
        } else if self.modified() {
            b'm'
        } else if self.added() {
            b'a'
        } else {
            b'n'
        }
    }

    /// Returns the mode that status compares with, 0 if unknown.
    pub fn mode(&self) -> i32 {
        self.mode
    }

    /// Returns the size that status compares with, or one of dirstate-v1's markers.
    pub fn size(&self) -> i32 {
        if self.removed() && self.has(P1_TRACKED | P2_INFO) {
            SIZE_NON_NORMAL
        } else if self.has(P2_INFO) {
            SIZE_FROM_P2
        } else if self.removed() {
            0
        } else if self.added() || !self.has(HAS_MODE_AND_SIZE) {
            SIZE_NON_NORMAL
        } else {
            self.size
        }
    }

    /// Returns the time in seconds as dirstate-v1 has it, [`MTIME_UNSET`] for none.
    pub fn mtime(&self) -> i32 {
        if self.removed() {
            0
        } else if self.has(HAS_MTIME | P1_TRACKED)
            && !self.has_any(P2_INFO | MTIME_SECOND_AMBIGUOUS)
        {
            self.mtime_s
        } else {
            MTIME_UNSET
        }
    }

    /// Returns whether the recorded time is, as far as can be told, the one given.
    pub fn mtime_likely_equal_to(&self, other: Timestamp) -> bool {
        self.has(HAS_MTIME)
            && Timestamp {
                seconds: self.mtime_s,
                nanoseconds: self.mtime_ns,
                second_ambiguous: self.has(MTIME_SECOND_AMBIGUOUS),
            }
            .likely_equal_to(other)
    }

    /// Forgets the time: the next status has to look at the contents.
    ///
    /// As in Mercurial, the mark of ambiguity stays.
    pub fn set_possibly_dirty(&mut self) {
        self.flags &= !HAS_MTIME;
        (self.mtime_s, self.mtime_ns) = (0, 0);
    }
}
