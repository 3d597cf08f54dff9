// SPDX-License-Identifier: GPL-2.0-or-later

//! What the dirstate's entry and the system's say of a tracked file.

use super::{Options, State};
use crate::dirstate::entry::{HAS_FALLBACK_EXEC, HAS_FALLBACK_SYMLINK};
use crate::dirstate::{Entry, Timestamp};
use crate::platform::directory::{Kind, Stat, kind, mtime};

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
    if !options.wanted.check_link && has(HAS_FALLBACK_SYMLINK)
        || !options.wanted.check_exec && has(HAS_FALLBACK_EXEC)
    {
        return State::Unsure;
    }
    let size = i64::from(entry.size());
    let changed = size >= 0 && {
        let resized = size != stat.st_size && size != stat.st_size & SIZE_MASK;
        let executable = (entry.mode() ^ stat.st_mode as i32) & OWNER_EXECUTES != 0;
        resized || (executable && options.wanted.check_exec)
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

#[cfg(test)]
mod tests {
    use std::fs::{self, File, FileTimes, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, AtomicUsize};
    use std::time::{Duration, SystemTime};

    use rustix::fs::lstat;

    use super::super::{Unseen, Wanted};
    use super::*;
    use crate::dirstate::entry::{
        ANY_TRACKED, HAS_MODE_AND_SIZE, HAS_MTIME, P1_TRACKED, P2_INFO, WDIR_TRACKED,
    };

    const SECONDS: i32 = 1_000_000_000;

    /// A file of so many bytes that was last written to at [`SECONDS`].
    fn file(path: &Path, len: u64, mode: u32) -> Stat {
        let file = File::create(path).unwrap();
        file.set_len(len).unwrap();
        file.set_permissions(Permissions::from_mode(mode)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS as u64);
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
        lstat(path).unwrap()
    }

    fn entry(flags: u16, mode: i32, size: i32, mtime_s: i32) -> Entry {
        Entry {
            flags,
            mode,
            size,
            mtime_s,
            mtime_ns: 0,
        }
    }

    /// The state for each entry and file, and by which of Mercurial's rules.
    #[test]
    fn a_state_for_each_entry_and_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let plain = file(&path("plain"), 5, 0o644);
        let executable = file(&path("executable"), 5, 0o755);
        let long = file(&path("long"), (1 << 31) + 5, 0o644);
        symlink("plain", path("link")).unwrap();
        let link = lstat(path("link")).unwrap();
        let clean = WDIR_TRACKED | P1_TRACKED | HAS_MODE_AND_SIZE | HAS_MTIME;
        let known = entry(clean, 0o100644, 5, SECONDS);
        let of_link = entry(clean, 0o120777, 9, SECONDS);
        let bare = |flags| entry(flags, 0, 0, 0);
        let table = [
            ("tracked, gone", known, None, State::Deleted),
            ("added, gone", bare(WDIR_TRACKED), None, State::Deleted),
            ("removed, gone", bare(P1_TRACKED), None, State::Removed),
            (
                "removed, there",
                bare(P1_TRACKED),
                Some(&plain),
                State::Removed,
            ),
            (
                "of the other parent, removed",
                bare(P2_INFO),
                Some(&plain),
                State::Removed,
            ),
            ("added", bare(WDIR_TRACKED), Some(&plain), State::Added),
            ("merged", bare(ANY_TRACKED), Some(&plain), State::Modified),
            (
                "from the other parent",
                bare(WDIR_TRACKED | P2_INFO),
                Some(&plain),
                State::Modified,
            ),
            ("as recorded", known, Some(&plain), State::Clean),
            (
                "another time",
                entry(clean, 0o100644, 5, SECONDS - 1),
                Some(&plain),
                State::Unsure,
            ),
            (
                "no time",
                entry(clean & !HAS_MTIME, 0o100644, 5, 0),
                Some(&plain),
                State::Unsure,
            ),
            (
                "no data",
                bare(WDIR_TRACKED | P1_TRACKED),
                Some(&plain),
                State::Unsure,
            ),
            (
                "another size",
                entry(clean, 0o100644, 6, SECONDS),
                Some(&plain),
                State::Modified,
            ),
            ("now executable", known, Some(&executable), State::Modified),
            (
                "the same size modulo 2^31",
                known,
                Some(&long),
                State::Clean,
            ),
            ("now a link, as long", known, Some(&link), State::Modified),
            (
                "a link of another length",
                of_link,
                Some(&link),
                State::Unsure,
            ),
            ("no link any more", of_link, Some(&plain), State::Modified),
        ];
        let (interrupt, progress) = (AtomicBool::new(false), AtomicUsize::new(0));
        let options = Options {
            tracked: true,
            wanted: Wanted {
                clean: true,
                unknown: false,
                ignored: false,
                directories: false,
                check_exec: true,
                check_link: true,
                unseen: Unseen::Fatal,
            },
            now: None,
            cache_is_valid: false,
            interrupt: &interrupt,
            progress: &progress,
        };
        for (what, entry, stat, state) in table {
            assert_eq!(classify(&entry, false, stat, &options), state, "{what}");
        }
        assert_eq!(
            classify(&known, true, Some(&plain), &options),
            State::Modified
        );
        let blind = Options {
            wanted: Wanted {
                check_exec: false,
                ..options.wanted
            },
            ..options
        };
        assert_eq!(
            classify(&known, false, Some(&executable), &blind),
            State::Clean
        );
        let fallback = Entry {
            flags: known.flags | HAS_FALLBACK_EXEC,
            ..known
        };
        assert_eq!(
            classify(&fallback, false, Some(&plain), &blind),
            State::Unsure
        );
        // Whoever looks in the second of the last change cannot tell whether there is another.
        let now = Options {
            now: Some(Timestamp::of(SECONDS.into(), 0)),
            ..options
        };
        assert_eq!(classify(&known, false, Some(&plain), &now), State::Unsure);
        fs::remove_file(path("plain")).unwrap();
    }
}
