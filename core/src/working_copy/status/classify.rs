//! What the dirstate's entry and the system's say of a tracked file.

use rustix::fs::Stat;

use super::{Options, State};
use crate::dirstate::entry::{HAS_FALLBACK_EXEC, HAS_FALLBACK_SYMLINK};
use crate::dirstate::{Entry, Timestamp};
use crate::platform::directory::{kind, mtime, Kind};

/// Sizes are kept modulo 2^31.
const SIZE_MASK: i64 = 0x7fff_ffff;
const OWNER_EXECUTES: i32 = 0o100;

/// Returns the state of a tracked path; `stat` is `None` where there is no such file.
pub(super) fn classify(
    entry: &Entry,
    is_copy: bool,
    stat: Option<&Stat>,
    options: &Options<'_>,
) -> State {
    let Some(stat) = stat else {
        return if entry.tracked() {
            State::Deleted
        } else {
            State::Removed
        };
    };
    if entry.p2_info() {
        State::Modified
    } else if entry.added() {
        State::Added
    } else if entry.removed() {
        State::Removed
    } else {
        compare(entry, is_copy, stat, options)
    }
}

/// Returns whether a file that the first parent has is as it was when it was last known clean.
fn compare(entry: &Entry, is_copy: bool, stat: &Stat, options: &Options<'_>) -> State {
    let has = |flag: u16| entry.flags & flag != 0;
    if !options.check_link && has(HAS_FALLBACK_SYMLINK)
        || !options.check_exec && has(HAS_FALLBACK_EXEC)
    {
        return State::Unsure;
    }
    let size = i64::from(entry.size());
    let changed = size >= 0 && {
        let resized = size != stat.st_size && size != stat.st_size & SIZE_MASK;
        let executable = (entry.mode() ^ stat.st_mode as i32) & OWNER_EXECUTES != 0;
        resized || (executable && options.check_exec)
    };
    if changed || is_copy {
        // Encrypting file systems tell other sizes of symlinks than their text has.
        return if kind(stat) == Kind::Symlink && size != stat.st_size {
            State::Unsure
        } else {
            State::Modified
        };
    }
    let found = mtime(stat);
    let trusted = match options.now {
        Some(now) => found.reliable(now),
        None => Some(found),
    };
    if trusted.is_some_and(|mtime: Timestamp| entry.mtime_likely_equal_to(mtime)) {
        State::Clean
    } else {
        State::Unsure
    }
}
