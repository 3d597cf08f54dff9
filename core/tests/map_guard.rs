// SPDX-License-Identifier: GPL-2.0-or-later

//! The SIGBUS handler: it saves whom it should, and nobody else.

use std::ffi::c_int;
use std::fs::{self, OpenOptions};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::Mmap;
use vermilion_core::platform::mmap::Mapped;

const PAGES: usize = 16;
const PAGE: usize = 4096;

fn file(dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, vec![b'x'; PAGES * PAGE]).unwrap();
    path
}

fn cut(path: &Path, len: usize) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(len as u64).unwrap();
}

fn sum(bytes: &[u8]) -> usize {
    bytes.iter().map(|&b| usize::from(b)).sum()
}

/// Reads where the file has ended since, without our guard.
fn fault_elsewhere(dir: &Path) -> usize {
    let path = file(dir, "foreign");
    let file = fs::File::open(&path).unwrap();
    // SAFETY: the point of the exercise is that this does not end well.
    let map = unsafe { Mmap::map(&file) }.unwrap();
    cut(&path, 0);
    sum(&map)
}

#[test]
fn reads_zeros_where_the_file_was_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path(), "a");
    let map = Mapped::open(&path).unwrap();
    assert_eq!(sum(map.bytes()), PAGES * PAGE * usize::from(b'x'));
    assert!(!map.torn());
    cut(&path, 3 * PAGE);
    assert_eq!(sum(&map.bytes()[..3 * PAGE]), 3 * PAGE * usize::from(b'x'));
    assert!(!map.torn(), "nothing that is missing was read");
    assert_eq!(map.bytes()[7 * PAGE + 5], 0);
    assert!(map.torn());
    assert_eq!(sum(map.bytes()), 3 * PAGE * usize::from(b'x'));
    // The file comes back; what was read from the gap is no better for it.
    cut(&path, PAGES * PAGE);
    assert!(map.torn());
}

#[test]
fn maps_do_not_affect_each_other() {
    let dir = tempfile::tempdir().unwrap();
    // More than one block of the table.
    let maps: Vec<(PathBuf, Mapped)> = (0..150)
        .map(|n| {
            let path = file(dir.path(), &n.to_string());
            let map = Mapped::open(&path).unwrap();
            (path, map)
        })
        .collect();
    for (path, _) in maps.iter().step_by(3) {
        cut(path, PAGE);
    }
    for (n, (_, map)) in maps.iter().enumerate() {
        let pages = if n % 3 == 0 { 1 } else { PAGES };
        assert_eq!(sum(map.bytes()), pages * PAGE * usize::from(b'x'));
        assert_eq!(map.torn(), n % 3 == 0);
    }
    drop(maps);
    // Places in the table that are used again begin anew.
    let path = file(dir.path(), "again");
    assert!(!Mapped::open(&path).unwrap().torn());
}

#[test]
fn threads_fault_at_once() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..50 {
        let path = file(dir.path(), "a");
        let map = Mapped::open(&path).unwrap();
        cut(&path, PAGE);
        std::thread::scope(|scope| {
            for t in 0..4 {
                let map = &map;
                scope.spawn(move || {
                    assert_eq!(sum(&map.bytes()[(PAGES - 1 - t) * PAGE..]), 0);
                    assert!(map.torn());
                });
            }
        });
    }
}

#[test]
fn empty_files_are_fine() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("empty");
    fs::write(&path, "").unwrap();
    let map = Mapped::open(&path).unwrap();
    assert!(map.bytes().is_empty());
    assert!(!map.torn());
}

// The following end or disturb the process, so each runs in one of its own:
// the same test, told by the environment that it is the child.

const CHILD: &str = "VERMILION_TEST_CHILD";

/// Whether this is the child, which then forgets the handler that Rust's
/// runtime gives to programs written in Rust, but an interpreter has not.
fn is_child() -> bool {
    let child = std::env::var_os(CHILD).is_some();
    if child {
        set_handler(libc::SIG_DFL);
    }
    child
}

fn run_as_child(test: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap()
}

fn assert_killed_by_sigbus(output: &Output) {
    assert_eq!(output.status.signal(), Some(libc::SIGBUS), "{output:?}");
}

fn assert_passed(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

/// Maps a file, cuts it off and reads it.
fn tear_one_of_ours(dir: &Path) {
    let path = file(dir, "ours");
    let map = Mapped::open(&path).unwrap();
    cut(&path, PAGE);
    assert_eq!(map.bytes()[5 * PAGE], 0);
    assert!(map.torn());
}

#[test]
fn faults_elsewhere_still_end_the_process() {
    if is_child() {
        let dir = tempfile::tempdir().unwrap();
        tear_one_of_ours(dir.path());
        println!("{}", fault_elsewhere(dir.path()));
        return;
    }
    let output = run_as_child("faults_elsewhere_still_end_the_process");
    assert_killed_by_sigbus(&output);
}

#[test]
fn a_sent_signal_still_ends_the_process() {
    if is_child() {
        let dir = tempfile::tempdir().unwrap();
        tear_one_of_ours(dir.path());
        // SAFETY: has no preconditions.
        unsafe { libc::raise(libc::SIGBUS) };
        return;
    }
    assert_killed_by_sigbus(&run_as_child("a_sent_signal_still_ends_the_process"));
}

fn set_handler(action: usize) {
    // SAFETY: all zeros are a valid sigaction, and `action` is a function of
    // one argument or one of the constants.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = action;
        libc::sigaction(libc::SIGBUS, &raw const new, std::ptr::null_mut());
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    if is_child() {
        set_handler(libc::SIG_IGN);
        let dir = tempfile::tempdir().unwrap();
        tear_one_of_ours(dir.path());
        // SAFETY: has no preconditions.
        unsafe { libc::raise(libc::SIGBUS) };
        return;
    }
    assert_passed(&run_as_child("an_ignored_signal_stays_ignored"));
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

/// Behaves as Python's faulthandler: takes itself out and raises again.
extern "C" fn reporter(signal: c_int) {
    CALLS.fetch_add(1, Ordering::Relaxed);
    let message = b"reported\n";
    // SAFETY: both are async-signal-safe, and the buffer is as long as said.
    unsafe {
        libc::write(1, message.as_ptr().cast(), message.len());
        libc::raise(signal);
    }
}

fn count(output: &Output, word: &str) -> usize {
    String::from_utf8_lossy(&output.stdout)
        .matches(word)
        .count()
}

#[test]
fn a_handler_from_before_is_called_once_for_faults_elsewhere() {
    if is_child() {
        set_handler(reporter as extern "C" fn(c_int) as usize);
        let dir = tempfile::tempdir().unwrap();
        tear_one_of_ours(dir.path());
        assert_eq!(CALLS.load(Ordering::Relaxed), 0);
        println!("{}", fault_elsewhere(dir.path()));
        return;
    }
    let output = run_as_child("a_handler_from_before_is_called_once_for_faults_elsewhere");
    assert_killed_by_sigbus(&output);
    assert_eq!(count(&output, "reported"), 1, "{output:?}");
}

#[test]
fn a_handler_put_on_top_is_called_once_for_faults_elsewhere() {
    if is_child() {
        let dir = tempfile::tempdir().unwrap();
        tear_one_of_ours(dir.path());
        for _ in 0..20 {
            set_handler(reporter as extern "C" fn(c_int) as usize);
            // The next map puts our handler back in front.
            tear_one_of_ours(dir.path());
        }
        assert_eq!(CALLS.load(Ordering::Relaxed), 0);
        println!("{}", fault_elsewhere(dir.path()));
        return;
    }
    let output = run_as_child("a_handler_put_on_top_is_called_once_for_faults_elsewhere");
    assert_killed_by_sigbus(&output);
    assert_eq!(count(&output, "reported"), 1, "{output:?}");
}

#[test]
fn the_guard_comes_back_after_somebody_removed_it() {
    if is_child() {
        let dir = tempfile::tempdir().unwrap();
        tear_one_of_ours(dir.path());
        set_handler(libc::SIG_DFL);
        tear_one_of_ours(dir.path());
        return;
    }
    assert_passed(&run_as_child(
        "the_guard_comes_back_after_somebody_removed_it",
    ));
}

#[test]
fn a_forked_child_is_guarded_too() {
    if is_child() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path(), "inherited");
        let map = Mapped::open(&path).unwrap();
        // SAFETY: the child only reads memory, uses files and leaves.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            cut(&path, PAGE);
            let good = map.bytes()[9 * PAGE] == 0 && map.torn();
            tear_one_of_ours(dir.path());
            // SAFETY: ends the child without the parent's exit handlers.
            unsafe { libc::_exit(if good { 0 } else { 1 }) };
        }
        let mut status = 0;
        // SAFETY: `status` is where waitpid(2) may write.
        unsafe { libc::waitpid(pid, &raw mut status, 0) };
        assert_eq!(status, 0);
        assert!(!map.torn(), "the child's read is not ours");
        assert_eq!(map.bytes()[9 * PAGE], 0);
        assert!(map.torn());
        return;
    }
    assert_passed(&run_as_child("a_forked_child_is_guarded_too"));
}
