// SPDX-License-Identifier: GPL-2.0-or-later

//! Files that are made to be large in the wrong way: what is allocated stays in proportion
//! to them, and is little where they are refused.

#[allow(dead_code)] // a part is used here
#[path = "it/dirstate/support.rs"]
mod dirstate_support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use dirstate_support::{clean, record, v1, v2};
use vermilion_core::dirstate::{DirstateMap, Tree, append_v2, pack_v1, pack_v2};
use vermilion_core::matcher::Ignore;
use vermilion_core::{Error, RepoPath};

thread_local! {
    /// Bytes that this thread has now, and at most since it began to count.
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // Neither has a destructor, so both are there as long as the thread is.
    let now = NOW.get() + change;
    NOW.set(now);
    PEAK.set(PEAK.get().max(now));
}

struct Counting;

// SAFETY: everything is left to the system's allocator; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The result, and how many bytes there were at most meanwhile.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.get();
    PEAK.set(before);
    let result = work();
    (result, (PEAK.get() - before) as usize)
}

fn file(path: &[u8]) -> Vec<u8> {
    record(b'n', [0o100644, 1, 1], path)
}

/// A dirstate-v1 file of about this size.
fn dirstate(size: usize, path: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut records = Vec::new();
    let mut length = 0;
    while length < size {
        records.push(file(&path(records.len())));
        length += records[records.len() - 1].len();
    }
    v1(&records)
}

type Paths = (&'static str, fn(usize) -> Vec<u8>);

#[test]
fn more_directories_than_files() {
    let kinds: [Paths; 3] = [
        ("deep", |i| {
            format!("{i}/{}f", "a/".repeat(500)).into_bytes()
        }),
        ("middling", |i| format!("{i}/a/b/c/d/e/f/g/h/i/j").into()),
        ("split", |i| {
            let digits: Vec<String> = format!("{i:09}").chars().map(String::from).collect();
            format!("{}/{}f", digits.join("/"), "b/".repeat(300)).into()
        }),
    ];
    for (kind, path) in kinds {
        for size in [1 << 20, 2 << 20, 4 << 20] {
            let data = dirstate(size, path);
            let (read, peak) = peak(|| Tree::from_v1(data.clone(), "x"));
            assert!(peak < 8 * data.len() + (16 << 20), "{kind} {size}: {peak}");
            match read {
                Err(Error::Unsupported { reason, .. }) => assert!(reason.contains("directories")),
                _ => panic!("{kind} {size}"),
            }
        }
    }
}

#[test]
fn what_people_have_is_read() {
    let kinds: [Paths; 4] = [
        ("files of Java", |i| {
            let (a, b) = (i / 3, i / 30);
            format!("module{b}/src/main/java/org/example/part{a}/Some{i}.java").into()
        }),
        ("a directory each", |i| {
            format!("tests/integration/fixtures/case-{i}/expected-output.json").into()
        }),
        ("one deep directory", |i| {
            format!("{}{i}", "a/".repeat(500)).into()
        }),
        ("one path", |_| b"a/b/c/d/e/f".to_vec()),
    ];
    for (kind, path) in kinds {
        let data = dirstate(4 << 20, path);
        let (read, peak) = peak(|| Tree::from_v1(data.clone(), "x"));
        assert!(peak < 8 * data.len() + (16 << 20), "{kind}: {peak}");
        assert!(!read.unwrap().0.is_empty(), "{kind}");
    }
}

/// One directory whose files' names are beginnings of one text, which is in the file once.
#[test]
fn nodes_that_share_paths() {
    let text = format!("d/{}", "x".repeat(3000)).into_bytes();
    let names: Vec<&[u8]> = (3..text.len()).map(|end| &text[..end]).collect();
    let files: Vec<_> = names.iter().map(|name| (*name, clean(1))).collect();
    let (data, metadata) = v2(&files);
    assert!(Tree::from_v2(data.clone(), &metadata, "whole").is_ok());
    // The nodes, from where the data end on, then all paths as parts of the longest one.
    let at = |number: &[u8]| u32::from_be_bytes(number.try_into().unwrap()) as usize;
    let root = at(&metadata[..4]);
    let mut nodes = data[at(&data[root + 14..root + 18])..][..names.len() * 44].to_vec();
    for node in nodes.chunks_exact_mut(44) {
        node[..4].copy_from_slice(&0_u32.to_be_bytes());
    }
    let mut shared = text.clone();
    let start = shared.len() as u32;
    shared.extend(nodes);
    let mut directory = data[root..root + 44].to_vec();
    directory[..4].copy_from_slice(&0_u32.to_be_bytes());
    directory[14..18].copy_from_slice(&start.to_be_bytes());
    let mut metadata = metadata;
    metadata[..4].copy_from_slice(&(shared.len() as u32).to_be_bytes());
    shared.extend(directory);
    match Tree::from_v2(shared, &metadata, "shared") {
        Err(Error::Unsupported { reason, .. }) => {
            assert!(reason.contains("share paths"), "{reason}");
        }
        _ => panic!("it was taken"),
    }
}

/// What goes through trees needs little stack for the deepest ones, too.
#[test]
fn deep_trees_and_little_stack() {
    let deepest = |number: usize| format!("{}{number}", "a/".repeat(511)).into_bytes();
    let work = move || {
        let data = dirstate(1 << 12, deepest);
        let (tree, [p1, p2]) = Tree::from_v1(data, "x").unwrap();
        let mut map = DirstateMap::new(tree);
        map.set(RepoPath::new(&deepest(1000)), clean(1)).unwrap();
        map.set_copy(RepoPath::new(&deepest(1000)), Some(RepoPath::new(b"b")))
            .unwrap();
        map.remove(RepoPath::new(&deepest(1))).unwrap();
        pack_v1(&map, &p1, &p2).unwrap();
        let (data, metadata) = pack_v2(&map).unwrap();
        let mut map = DirstateMap::new(Tree::from_v2(data, &metadata, "x").unwrap());
        map.set(RepoPath::new(&deepest(2000)), clean(1)).unwrap();
        append_v2(&map).unwrap();
        assert_eq!(map.tree().unwrap().len(), map.len());
    };
    let thread = std::thread::Builder::new().stack_size(128 << 10);
    thread.spawn(work).unwrap().join().unwrap();
    let nested = [b"(".repeat(60), b"a".to_vec(), b")".repeat(60)].concat();
    let work = move || check(&nested.repeat(100), true);
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    thread.spawn(work).unwrap().join().unwrap();
}

/// Reads an ignore file; returns the most memory, and whether it was taken.
fn load(contents: &[u8]) -> (usize, bool) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join(".hgignore");
    std::fs::write(&path, contents).unwrap();
    let ignore = AtomicBool::new(false);
    let (loaded, peak) = peak(|| Ignore::load(root.path(), &[path], &ignore));
    match loaded {
        Ok((ignore, _)) => {
            ignore.matches(RepoPath::new(b"some/path/of/a/file.c"));
            (peak, true)
        }
        Err(Error::Unsupported { .. }) => (peak, false),
        Err(error) => panic!("{error}"),
    }
}

fn check(contents: &[u8], taken: bool) {
    let shown = String::from_utf8_lossy(&contents[..contents.len().min(40)]).into_owned();
    let (peak, was_taken) = load(contents);
    assert_eq!(was_taken, taken, "{shown}");
    assert!(peak < 128 << 20, "{shown}: {peak}");
    if !taken {
        assert!(peak < (64 << 20) + 4 * contents.len(), "{shown}: {peak}");
    }
}

fn lines(size: usize, line: impl Fn(usize) -> String) -> Vec<u8> {
    let mut contents = Vec::new();
    for number in 0.. {
        contents.extend(line(number).into_bytes());
        contents.push(b'\n');
        if contents.len() >= size {
            break;
        }
    }
    contents
}

#[test]
fn large_ignore_files() {
    const LARGE: usize = 16 << 20;
    check(&vec![b'a'; LARGE], false);
    check(&[b"glob:".to_vec(), vec![b'['; LARGE]].concat(), false);
    check(&lines(2_000_000, |_| "a".to_owned()), false);
    check(&lines(LARGE, |i| format!("^some/path/{i}$")), false);
    check(&lines(LARGE, |_| "syntax:".to_owned()), false);
    check(&lines(LARGE, |_| String::new()), false);
    // What people might have.
    check(&lines(100_000, |i| format!("glob:*.ext{i}")), true);
    check(&lines(200_000, |i| format!("^some/path/{i}$")), true);
}

#[test]
fn small_ignore_files_that_grow() {
    check(&lines(450_000, |_| ".*".repeat(9000)), false);
    check(&lines(700_000, |_| "[ab]?".repeat(3000)), false);
    check(&lines(200, |_| "(a{1000}){1000}".to_owned()), false);
    check(
        &lines(20_000, |i| format!(".{{{}}}x", i % 900 + 100)),
        false,
    );
    check(&lines(200, |_| "(?!b)(a{1000}){1000}".to_owned()), false);
    check(&lines(20_000, |i| format!("(?!b).{{900}}{i}")), false);
    check(&lines(900_000, |_| "(".repeat(19_000)), false);
    check(
        &lines(900_000, |_| format!("glob:{}", "[".repeat(19_000))),
        false,
    );
}

/// As many brackets that nothing closes take as long in few lines as in many.
#[test]
fn brackets_that_nothing_closes() {
    let contents =
        [400, 8000].map(|length| lines(200_000, |_| format!("glob:{}", "[".repeat(length))));
    let mut least = [std::time::Duration::MAX; 2];
    // Until other programs have left both alone once.
    for _ in 0..20 {
        for (least, contents) in least.iter_mut().zip(&contents) {
            let start = std::time::Instant::now();
            check(contents, true);
            *least = start.elapsed().min(*least);
        }
        if least[1] < 6 * least[0] {
            return;
        }
    }
    panic!("{:?}, and {:?} in short lines", least[1], least[0]);
}

/// Each of many small files would be taken alone.
#[test]
fn many_files_that_grow() {
    let root = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for number in 0..200 {
        let directory = root.path().join(format!("d{number}"));
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(
            directory.join("rules"),
            lines(900, |i| format!(".{{{}}}x", i + 900)),
        )
        .unwrap();
        all += "subinclude:d";
        all += &number.to_string();
        all += "/rules\n";
    }
    let path = root.path().join(".hgignore");
    std::fs::write(&path, all).unwrap();
    let interrupt = AtomicBool::new(false);
    let root: &Path = root.path();
    let (loaded, peak) = peak(|| Ignore::load(root, &[path], &interrupt));
    assert!(matches!(loaded, Err(Error::Unsupported { .. })));
    assert!(peak < 64 << 20, "{peak}");
}

/// The same directory over and over, under names that get longer.
#[test]
fn names_that_get_longer() {
    let root = tempfile::tempdir().unwrap();
    let longer = "./".repeat(2000);
    std::fs::write(
        root.path().join(".hgignore"),
        format!("include:{longer}more\n"),
    )
    .unwrap();
    std::fs::write(root.path().join("more"), "^a\n".repeat(40_000)).unwrap();
    let files = [root.path().join(".hgignore")];
    let interrupt = AtomicBool::new(false);
    let (loaded, peak) = peak(|| Ignore::load(root.path(), &files, &interrupt));
    loaded.unwrap();
    assert!(peak < 64 << 20, "{peak}");
}
