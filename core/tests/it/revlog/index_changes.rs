// SPDX-License-Identifier: GPL-2.0-or-later

//! Index files that somebody else appends to, cuts off, rewrites or replaces
//! while they are open.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::index_support::{INLINE, line, node, write};
use tempfile::TempDir;
use vermilion_core::{Error, Index, Node, Rev};

/// So long that cutting off its second half takes whole pages away.
const LONG: usize = 2000;

fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("00changelog.i");
    fs::write(&path, content).unwrap();
    (dir, path)
}

fn cut(path: &Path, len: usize) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(len as u64).unwrap();
}

fn append(path: &Path, content: &[u8]) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(content).unwrap();
}

fn assert_changed<T: std::fmt::Debug>(result: Result<T, Error>, path: &Path) {
    match result {
        Err(Error::Corrupt { name, reason, .. }) => {
            assert_eq!(name, path.display().to_string());
            assert_eq!(reason, "was truncated or rewritten while it was mapped");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_open_like_bytes() {
    for (len, flags) in [(0, 0), (1, 0), (LONG, 0), (1, INLINE), (LONG, INLINE)] {
        let bytes = write(&line(len), flags);
        let (_dir, path) = file(&bytes);
        let (index, parents) = Index::open(&path).unwrap();
        assert_eq!(index.path(), path);
        assert_eq!(parents, Index::from_bytes(bytes, "x").unwrap().1);
        for rev in 0..len {
            assert_eq!(index.node(Rev::from_index(rev)).unwrap(), node(rev as u64));
            assert_eq!(
                index.rev(&node(rev as u64)).unwrap(),
                Some(Rev::from_index(rev))
            );
        }
    }
}

#[test]
fn a_truncated_index_says_so() {
    for flags in [0, INLINE] {
        let bytes = write(&line(LONG), flags);
        // Whole pages; within a page; within the last entry; nothing left.
        for left in [bytes.len() / 2, bytes.len() - 700, bytes.len() - 363, 0] {
            let (_dir, path) = file(&bytes);
            let (index, _) = Index::open(&path).unwrap();
            assert_eq!(index.node(Rev::new(1500)).unwrap(), node(1500));
            cut(&path, left);
            for _ in 0..3 {
                assert_changed(index.node(Rev::new(1)), &path);
                assert_changed(index.node(Rev::new(1500)), &path);
                assert_changed(index.rev(&node(1)), &path);
                assert_changed(index.rev(&node(1 << 40)), &path);
            }
            assert_eq!(index.node(Rev::NULL).unwrap(), Node::NULL);
        }
    }
}

#[test]
fn a_truncated_index_says_so_after_its_table_was_built() {
    for flags in [0, INLINE] {
        let bytes = write(&line(LONG), flags);
        let (_dir, path) = file(&bytes);
        let (index, _) = Index::open(&path).unwrap();
        for _ in 0..4 {
            assert_eq!(index.rev(&node(1 << 40)).unwrap(), None);
        }
        cut(&path, bytes.len() / 2);
        assert_changed(index.rev(&node(1)), &path);
        assert_changed(index.rev(&node(1500)), &path);
        assert_changed(index.rev(&node(1 << 40)), &path);
    }
}

#[test]
fn stripped_and_grown_again_is_noticed() {
    let mut revisions = line(LONG);
    let bytes = write(&revisions, 0);
    let (_dir, path) = file(&bytes);
    let (index, _) = Index::open(&path).unwrap();
    for (rev, revision) in revisions.iter_mut().enumerate().skip(1990) {
        revision.node = node(1_000_000 + rev as u64);
    }
    revisions.extend(line(LONG + 50).drain(LONG..));
    let rewritten = write(&revisions, 0);
    cut(&path, 1990 * 64);
    append(&path, &rewritten[1990 * 64..]);
    assert_changed(index.node(Rev::new(1995)), &path);
    assert_changed(index.rev(&node(1995)), &path);
    // Another look at it is fine.
    let (index, _) = Index::open(&path).unwrap();
    assert_eq!(index.len(), LONG + 50);
    assert_eq!(index.node(Rev::new(1995)).unwrap(), node(1_001_995));
}

/// A strip, and the same changesets coming back in another order: neither the length nor
/// the last entry is another one.
#[test]
fn the_same_revisions_in_another_order_are_noticed() {
    for (flags, tabled) in [(0, false), (0, true), (INLINE, false), (INLINE, true)] {
        for (from, to) in [(1, 2), (900, 1800), (LONG - 3, LONG - 2), (15, 16)] {
            let mut revisions = line(LONG);
            // for the lengths to stay the same as well, and so the places of all others
            revisions[to].length = revisions[from].length;
            let (_dir, path) = file(&write(&revisions, flags));
            let (index, _) = Index::open(&path).unwrap();
            for _ in 0..4 * usize::from(tabled) {
                assert_eq!(index.rev(&node(1 << 40)).unwrap(), None);
            }
            let entries = |rev: usize| write(&revisions[..rev + 1], flags)[..].len();
            let stripped = entries(from) - 64;
            revisions.swap(from, to);
            revisions[from].parents = [from as i32 - 1, -1];
            revisions[to].parents = [to as i32 - 1, -1];
            let rewritten = write(&revisions, flags);
            let before = if flags == 0 {
                64 * from
            } else {
                stripped.min(1000)
            };
            cut(&path, before);
            append(&path, &rewritten[before..]);
            for _ in 0..2 {
                for rev in [from, to] {
                    assert_changed(index.node(Rev::from_index(rev)), &path);
                    assert_changed(index.rev(&node(rev as u64)), &path);
                }
                // what is as it was is still known, or else an error
                for rev in (0..LONG).step_by(7).filter(|rev| ![from, to].contains(rev)) {
                    match index.node(Rev::from_index(rev)) {
                        Ok(found) => assert_eq!(found, node(rev as u64)),
                        changed => assert_changed(changed, &path),
                    }
                }
                assert_eq!(index.node(Rev::new(1000 + 7)).unwrap(), node(1007));
            }
            assert_changed(index.has(0, &write(&line(LONG), 0)), &path);
            let (again, _) = Index::open(&path).unwrap();
            assert_eq!(
                again.rev(&node(from as u64)).unwrap(),
                Some(Rev::from_index(to))
            );
        }
    }
}

#[test]
fn entries_are_compared_with_others() {
    for flags in [0, INLINE] {
        let (_dir, path) = file(&write(&line(100), flags));
        let (index, _) = Index::open(&path).unwrap();
        let same = write(&line(100), 0);
        for (start, end) in [
            (0, 100),
            (0, 0),
            (0, 1),
            (3, 40),
            (16, 32),
            (99, 100),
            (100, 100),
        ] {
            assert!(index.has(start, &same[64 * start..64 * end]).unwrap());
        }
        assert!(!index.has(1, &same).unwrap());
        assert!(!index.has(usize::MAX, &same).unwrap());
        assert!(!index.has(3, &same[64 * 4..64 * 50]).unwrap());
        assert!(matches!(index.has(0, &same[..63]), Err(Error::Invalid(_))));
        for at in [24, 31, 32, 51] {
            let mut other = same.clone();
            other[64 * 57 + at] ^= 1;
            assert!(!index.has(0, &other).unwrap());
            assert!(!index.has(57, &other[64 * 57..64 * 58]).unwrap());
            assert!(index.has(0, &other[..64 * 57]).unwrap());
        }
    }
}

#[test]
fn appended_revisions_are_for_the_next_to_open_it() {
    for flags in [0, INLINE] {
        let all = write(&line(LONG + 500), flags);
        let bytes = write(&line(LONG), flags);
        let (_dir, path) = file(&bytes);
        let (before, parents) = Index::open(&path).unwrap();
        append(&path, &all[bytes.len()..]);
        assert_eq!((before.len(), parents.len()), (LONG, LONG));
        assert_eq!(before.node(Rev::new(7)).unwrap(), node(7));
        let new = node(LONG as u64 + 5);
        assert_eq!(before.rev(&new).unwrap(), None);
        assert!(before.node(Rev::from_index(LONG)).is_err());
        let (after, _) = Index::open(&path).unwrap();
        assert_eq!(after.rev(&new).unwrap(), Some(Rev::from_index(LONG + 5)));
    }
}

#[test]
fn a_replaced_file_does_not_matter() {
    let (_dir, path) = file(&write(&line(LONG), 0));
    let (index, _) = Index::open(&path).unwrap();
    let other = path.with_extension("new");
    fs::write(&other, write(&line(3), 0)).unwrap();
    fs::rename(&other, &path).unwrap();
    assert_eq!(index.node(Rev::new(1500)).unwrap(), node(1500));
    fs::remove_file(&path).unwrap();
    assert_eq!(index.rev(&node(1500)).unwrap(), Some(Rev::new(1500)));
}

#[test]
fn a_file_that_ends_within_an_entry_is_refused() {
    let bytes = write(&line(LONG), 0);
    let (_dir, path) = file(&bytes[..bytes.len() - 10]);
    match Index::open(&path) {
        Err(Error::Corrupt { name, reason, .. }) => {
            assert_eq!(name, path.display().to_string());
            assert!(reason.contains("revision 1999 is cut short"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

/// A writer that appends in pieces that are no whole entries, and goes back,
/// as fast as it can: whatever a reader gets, it is the truth or an error.
#[test]
fn an_eager_writer_does_not_confuse_readers() {
    let bytes = write(&line(LONG), 0);
    let (_dir, path) = file(&bytes[..64 * 100]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    let mut opened = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = OpenOptions::new().write(true).open(&path).unwrap();
            while !stop.load(relaxed) {
                file.set_len(64 * 100).unwrap();
                file.seek(SeekFrom::End(0)).unwrap();
                for piece in bytes[64 * 100..].chunks(5000) {
                    file.write_all(piece).unwrap();
                }
            }
        });
        let until = std::time::Instant::now() + std::time::Duration::from_millis(500);
        while std::time::Instant::now() < until {
            let (index, parents) = match Index::open(&path) {
                Err(Error::Corrupt { .. }) => continue,
                other => other.unwrap(),
            };
            opened += 1;
            assert!(
                parents
                    .iter()
                    .zip(-1..)
                    .all(|(pair, rev)| *pair == [rev, -1].map(Rev::new))
            );
            for rev in (0..parents.len()).step_by(50) {
                match (
                    index.node(Rev::from_index(rev)),
                    index.rev(&node(rev as u64)),
                ) {
                    (Ok(found), Ok(back)) => {
                        assert_eq!(found, node(rev as u64));
                        assert_eq!(back, Some(Rev::from_index(rev)));
                    }
                    (Err(Error::Corrupt { .. }), _) | (_, Err(Error::Corrupt { .. })) => break,
                    other => panic!("{other:?}"),
                }
            }
        }
        stop.store(true, relaxed);
    });
    println!("opened {opened} times");
}

#[test]
fn threads_look_up_at_once() {
    let (_dir, path) = file(&write(&line(LONG), 0));
    let (index, _) = Index::open(&path).unwrap();
    std::thread::scope(|scope| {
        for t in 0..8u64 {
            let index = &index;
            scope.spawn(move || {
                for i in 0..LONG as u64 {
                    let rev = (i * 7 + t * 251) % LONG as u64;
                    assert_eq!(
                        index.rev(&node(rev)).unwrap(),
                        Some(Rev::from_index(rev as usize))
                    );
                    assert_eq!(index.rev(&node(1 << 40 | rev)).unwrap(), None);
                }
            });
        }
    });
}

#[test]
fn files_that_cannot_be_opened() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nothing.i");
    match Index::open(&missing) {
        Err(Error::Io { path, source }) => {
            assert_eq!(path, missing);
            assert_eq!(source.raw_os_error(), Some(libc::ENOENT));
        }
        other => panic!("{other:?}"),
    }
    match Index::open(dir.path()) {
        Err(Error::Io { source, .. }) => {
            assert_eq!(source.raw_os_error(), Some(libc::EISDIR));
        }
        other => panic!("{other:?}"),
    }
    match Index::open("/dev/null") {
        Err(Error::Invalid(message)) => {
            assert_eq!(message, "/dev/null: not a regular file");
        }
        other => panic!("{other:?}"),
    }
    // A pipe without a writer: opening it the usual way would wait for one.
    let pipe = dir.path().join("pipe.i");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(matches!(Index::open(&pipe), Err(Error::Invalid(_))));
}

/// A file full of holes looks enormous and takes no space: the zeros are
/// refused before anything of that size is filled in.
#[test]
fn an_enormous_sparse_file_is_refused_at_once() {
    let (_dir, path) = file(&write(&line(3), 0));
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(4 << 30)
        .unwrap();
    match Index::open(&path) {
        Err(Error::Corrupt { reason, .. }) => {
            assert_eq!(reason, "revision 3 has the null node");
        }
        other => panic!("{other:?}"),
    }
}
