// SPDX-License-Identifier: GPL-2.0-or-later

//! One file's entry, as either format has it.

use super::support::{clean, with};
use vermilion_core::Error;
use vermilion_core::dirstate::entry::*;
use vermilion_core::dirstate::{Entry, StatV1, StatV2, Timestamp};

fn v1_stat((state, mode, size, mtime): (u8, i32, i32, i32)) -> StatV1 {
    StatV1 {
        state,
        mode,
        size,
        mtime,
    }
}

fn v2_stat(flags: u16, [size, mtime_s, mtime_ns]: [i32; 3]) -> StatV2 {
    StatV2 {
        flags,
        size,
        mtime_s,
        mtime_ns,
    }
}

fn from_v2(flags: u16, numbers: [i32; 3]) -> Entry {
    Entry::from_v2(v2_stat(flags, numbers))
}

#[test]
fn entries_of_v1_come_back() {
    // What Mercurial's own item makes of each.
    for (state, numbers, again) in [
        (b'n', [0o100664, 7, 8], (b'n', 0o100664, 7, 8)),
        (b'n', [0o100664, 7, -1], (b'n', 0o100664, 7, -1)),
        (b'n', [0o100664, 7, 0], (b'n', 0o100664, 7, 0)),
        (b'n', [0o100664, -1, 8], (b'n', 0, -1, -1)),
        (b'n', [0o100664, -2, 8], (b'n', 0, -2, -1)),
        (b'n', [0o100664, -3, -4], (b'n', 0o100664, -3, -4)),
        (b'a', [0o100664, 7, 8], (b'a', 0, -1, -1)),
        (b'm', [0o100664, 7, 8], (b'm', 0, -2, -1)),
        (b'r', [0o100664, 7, 8], (b'r', 0, 0, 0)),
        (b'r', [0o100664, -1, 8], (b'r', 0, -1, 0)),
        (b'r', [0o100664, -2, 8], (b'r', 0, -2, 0)),
    ] {
        let [mode, size, mtime] = numbers;
        let entry = Entry::from_v1(v1_stat((state, mode, size, mtime))).unwrap();
        assert_eq!(entry.to_v1(), v1_stat(again));
        assert!(entry.any_tracked());
        assert_eq!(entry.tracked(), state != b'r');
        assert_eq!(entry.removed(), state == b'r');
        assert_eq!(entry.added(), state == b'a');
        assert_eq!(entry.modified(), state == b'm');
        assert_eq!(
            entry.p2_info(),
            state == b'm' || size == -2 && state == b'n'
        );
    }
    let unknown = Entry::from_v1(v1_stat((b'?', 0, 0, 0)));
    assert!(matches!(unknown, Err(Error::Corrupt { .. })));
}

#[test]
fn entries_of_v2_come_back() {
    let all = WDIR_TRACKED | P1_TRACKED | HAS_MODE_AND_SIZE | HAS_MTIME;
    for mode in [
        0,
        MODE_EXEC_PERM,
        MODE_IS_SYMLINK,
        MODE_EXEC_PERM | MODE_IS_SYMLINK,
    ] {
        let stat = v2_stat(all | mode | MTIME_SECOND_AMBIGUOUS, [3, 4, 5]);
        let entry = Entry::from_v2(stat);
        assert_eq!(entry.to_v2(), stat);
        assert_eq!(entry.mtime(), -1, "ambiguous");
    }
    assert_eq!(from_v2(all | MODE_EXEC_PERM, [3, 4, 5]).mode(), 0o100755);
    assert_eq!(from_v2(all | MODE_IS_SYMLINK, [3, 4, 5]).mode(), 0o120644);
    // Nothing is known of a modified file.
    let modified = from_v2(all | EXPECTED_STATE_IS_MODIFIED, [3, 4, 5]);
    assert_eq!(modified, with(WDIR_TRACKED | P1_TRACKED));
    // Numbers without their flag are not looked at, nor values without theirs.
    let bare = from_v2(P1_TRACKED | FALLBACK_EXEC | FALLBACK_SYMLINK, [3, 4, 5]);
    assert_eq!(bare, with(P1_TRACKED));
    let fallback = WDIR_TRACKED | HAS_FALLBACK_EXEC | FALLBACK_EXEC | HAS_FALLBACK_SYMLINK;
    assert_eq!(from_v2(fallback, [0, 0, 0]), with(fallback));
}

#[test]
fn an_entry_forgets_its_time() {
    let mut entry = clean(3);
    entry.set_possibly_dirty();
    assert_eq!(entry.to_v1(), v1_stat((b'n', 0o100644, 3, -1)));
    let seen = Timestamp::of(9, 1).reliable(Timestamp::of(9, 2)).unwrap();
    let mut entry = Entry {
        flags: clean(4).flags | MTIME_SECOND_AMBIGUOUS,
        mtime_s: seen.seconds,
        mtime_ns: seen.nanoseconds,
        ..clean(4)
    };
    assert!(seen.second_ambiguous);
    assert_eq!((entry.mtime_s, entry.mtime()), (9, -1));
    entry.set_possibly_dirty();
    assert_eq!((entry.mtime_s, entry.mtime()), (0, -1));
}

#[test]
fn times() {
    let at = Timestamp::of;
    assert_eq!(at(-1, 0).seconds, 0x7fff_ffff);
    assert_eq!(at(1 << 31, 7).seconds, 0);
    // Before, long after, and around the boundary.
    assert!(
        at(9, 5)
            .reliable(at(10, 5))
            .is_some_and(|time| !time.second_ambiguous)
    );
    assert!(
        at(10, 4)
            .reliable(at(10, 5))
            .is_some_and(|time| time.second_ambiguous)
    );
    for unreliable in [
        at(10, 5),
        at(10, 6),
        at(10, 0),
        at(11, 0),
        at(10 + 86399, 0),
    ] {
        assert!(unreliable.reliable(at(10, 5)).is_none());
    }
    assert!(at(10, 4).reliable(at(10, 0)).is_none());
    assert!(at(10 + 86400, 0).reliable(at(10, 5)).is_some());

    let mut entry = clean(1);
    assert!(entry.mtime_likely_equal_to(at(1000, 5)));
    assert!(entry.mtime_likely_equal_to(at(1000, 0)));
    assert!(!entry.mtime_likely_equal_to(at(1000, 6)));
    assert!(!entry.mtime_likely_equal_to(at(1001, 5)));
    entry.flags |= MTIME_SECOND_AMBIGUOUS;
    assert!(entry.mtime_likely_equal_to(at(1000, 5)));
    assert!(!entry.mtime_likely_equal_to(at(1000, 0)));
    entry.set_possibly_dirty();
    assert!(!entry.mtime_likely_equal_to(at(1000, 5)));
}
