// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading both formats of the dirstate: what is there, and what is wrong.

use super::support::{P1, P2, clean, map, node_of, record, v1, v2, with};
use vermilion_core::dirstate::entry::*;
use vermilion_core::dirstate::{DirstateMap, Entry, FileItem, Tree, pack_v1, pack_v2};
use vermilion_core::{Error, RepoPath, Result};

fn is_corrupt<T>(read: Result<T>) -> bool {
    matches!(read, Err(Error::Corrupt { .. }))
}

fn is_unsupported<T>(read: Result<T>) -> bool {
    matches!(read, Err(Error::Unsupported { .. }))
}

fn read_v1(bytes: &[u8]) -> Result<Tree> {
    Tree::from_v1(bytes.to_vec(), "x").map(|read| read.0)
}

#[test]
fn v1_in_any_order() {
    let n = |path: &[u8]| record(b'n', [0o100644, 1, 2], path);
    let bytes = v1(&[
        n(b"b/z"),
        n(b"a/b/c"),
        record(b'a', [0, -1, -1], b"b.c\0a/b/c"),
        n(b"a/b/a"),
        record(b'r', [0, 0, 0], b"a/b"),
        n(b"a"),
        n(b"b/a"),
    ]);
    let (tree, parents) = Tree::from_v1(bytes.clone(), "x").unwrap();
    assert_eq!(parents, [P1, P2]);
    assert_eq!((tree.len(), tree.tracked()), (7, 6));
    let order: Vec<_> = tree
        .files()
        .map(|file| file.unwrap().path.as_bytes().to_vec())
        .collect();
    let expected: [&[u8]; 7] = [b"b/z", b"a/b/c", b"b.c", b"a/b/a", b"a/b", b"a", b"b/a"];
    assert_eq!(order, expected);
    let base = |index| tree.node(tree.roots(), index).unwrap().base.to_vec();
    assert_eq!([base(0), base(1), base(2)], [&b"a"[..], b"b", b"b.c"]);
    let both = tree.find(RepoPath::new(b"a/b")).unwrap().unwrap();
    assert!(both.entry.unwrap().removed());
    assert_eq!((both.descendants, both.tracked_descendants), (2, 2));
    assert_eq!(
        tree.find(RepoPath::new(b"a")).unwrap().unwrap().descendants,
        3
    );
    let copy = tree.find(RepoPath::new(b"b.c")).unwrap().unwrap();
    assert_eq!(copy.copy_source, Some(RepoPath::new("a/b/c")));
    for absent in [&b"c"[..], b"a/", b"/a", b"", b"a/b/c/d", b"b/zz"] {
        assert!(tree.find(RepoPath::new(absent)).unwrap().is_none());
    }
    assert_eq!(pack_v1(&DirstateMap::new(tree), &P1, &P2).unwrap(), bytes);
}

#[test]
fn v1_last_of_several_wins() {
    let bytes = v1(&[
        record(b'n', [0, 1, 1], b"x\0source"),
        record(b'n', [0, 2, 2], b"d/y"),
        record(b'r', [0, 0, 0], b"x"),
        record(b'n', [0, 3, 3], b"d/y\0other"),
        record(b'n', [0, 4, 4], b"d/y"),
    ]);
    let tree = read_v1(&bytes).unwrap();
    assert_eq!((tree.len(), tree.tracked()), (2, 1));
    let files: Vec<_> = tree.files().map(Result::unwrap).collect();
    let names = |file: FileItem<'_>| {
        (
            file.path.to_string(),
            file.copy_source.map(|source| source.to_string()),
        )
    };
    assert_eq!(names(files[0]), ("x".into(), Some("source".into())));
    assert!(files[0].entry.removed());
    assert_eq!(names(files[1]), ("d/y".into(), Some("other".into())));
    assert_eq!(files[1].entry.size(), 4);
    assert_eq!(
        tree.find(RepoPath::new(b"d")).unwrap().unwrap().descendants,
        1
    );
}

#[test]
fn v1_damaged() {
    assert_eq!(read_v1(b"").unwrap().len(), 0);
    let whole = v1(&[
        record(b'n', [0, 1, 1], b"a/b"),
        record(b'a', [0, 1, 1], b"c\0d"),
    ]);
    for end in 1..whole.len() {
        // Whole records are all that can be left.
        assert_eq!(is_corrupt(read_v1(&whole[..end])), end != 40 && end != 60);
    }
    assert!(is_corrupt(read_v1(&v1(&[record(b'x', [0, 1, 1], b"a")]))));
    let mut negative = v1(&[record(b'n', [0, 1, 1], b"a")]);
    negative[53] = 0xff;
    assert!(is_corrupt(read_v1(&negative)));
    let long = vec![b'a'; 4097];
    let deep = b"a/".repeat(600);
    let odd: [&[u8]; 13] = [
        b"",
        b"/",
        b"/a",
        b"a/",
        b"a//b",
        b".",
        b"..",
        b"a/./b",
        b"../a",
        b"a\0b\0c",
        b"a\0",
        &long,
        &deep[..1199],
    ];
    for path in odd {
        let bytes = v1(&[record(b'n', [0, 1, 1], path)]);
        assert!(is_unsupported(read_v1(&bytes)), "{path:?}");
    }
}

#[test]
fn v2_whole() {
    let files: [(&[u8], Entry); 5] = [
        (b"z", clean(1)),
        (b"a/b/c", clean(2)),
        (b"a.c", with(WDIR_TRACKED)),
        (b"a", with(P1_TRACKED)),
        (b"a/b/d", with(P1_TRACKED | P2_INFO)),
    ];
    let (data, metadata) = v2(&files);
    let tree = Tree::from_v2(data.clone(), &metadata, "x").unwrap();
    assert_eq!((tree.len(), tree.tracked()), (5, 3));
    // Children before parents, siblings by base name.
    let order: Vec<_> = tree
        .files()
        .map(|file| file.unwrap().path.as_bytes().to_vec())
        .collect();
    let expected: [&[u8]; 5] = [b"a/b/c", b"a/b/d", b"a", b"a.c", b"z"];
    assert_eq!(order, expected);
    for (path, entry) in files {
        assert_eq!(
            tree.find(RepoPath::new(path)).unwrap().unwrap().entry,
            Some(entry)
        );
    }
    let again = pack_v2(&DirstateMap::new(tree)).unwrap();
    assert_eq!(again, (data, metadata));
    let (data, metadata) = v2(&[]);
    assert_eq!((data.len(), metadata), (0, [0; 44]));
    // Without data, the metadata does not matter.
    assert!(Tree::from_v2(data, &[9; 44], "x").unwrap().is_empty());
}

#[test]
fn v2_outside_the_data() {
    let (data, metadata) = v2(&[(b"a/b", clean(1)), (b"a/c", clean(2))]);
    for end in 1..data.len() {
        assert!(is_corrupt(Tree::from_v2(
            data[..end].to_vec(),
            &metadata,
            "x"
        )));
    }
    let mut many = metadata;
    many[4..8].fill(0xff);
    assert!(is_corrupt(Tree::from_v2(data.clone(), &many, "x")));
    let node = node_of(&data, b"a/b");
    for (at, what) in [(0, "a path"), (8, "a source"), (14, "children")] {
        let mut wrong = data.clone();
        wrong[node + at] = 0x7f;
        if what == "children" {
            wrong[node + 21] = 1;
        }
        assert!(is_corrupt(Tree::from_v2(wrong, &metadata, "x")), "{what}");
    }
}

#[test]
fn v2_odd() {
    let files: [(&[u8], Entry); 4] = [
        (b"a/b", clean(1)),
        (b"a/c", clean(2)),
        (b"d/e", clean(3)),
        (b"f", clean(4)),
    ];
    let (data, metadata) = v2(&files);
    let odd = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = data.clone();
        change(&mut changed);
        assert_ne!(changed, data);
        assert!(is_unsupported(Tree::from_v2(changed, &metadata, "x")));
    };
    let [a, d, b, c] = [&b"a"[..], b"d", b"a/b", b"a/c"].map(|path| node_of(&data, path));
    // Children of two directories, a directory below itself, wrong counters.
    odd(&|data| data.copy_within(a + 14..a + 30, d + 14));
    odd(&|data| data[a + 14..a + 22].copy_from_slice(&metadata[..8]));
    for at in [25, 29] {
        odd(&|data| data[a + at] += 1);
        odd(&|data| data[b + at] += 1);
    }
    // Siblings out of order, and twice.
    odd(&|data| {
        let first = data[b..b + 44].to_vec();
        data.copy_within(c..c + 44, b);
        data[c..c + 44].copy_from_slice(&first);
    });
    odd(&|data| data.copy_within(b..b + 44, c));
    // Base names, sizes and times.
    odd(&|data| data[b + 7] = 0);
    odd(&|data| data[b + 7] = 3);
    odd(&|data| data[b + 32] = 0x80);
    odd(&|data| data[b + 36] = 0x80);
    odd(&|data| data[b + 40] = 0x7f);
    odd(&|data| data[b + 30] |= 0x20);
    // A source of a copy for a directory, and an empty one.
    odd(&|data| data[a + 8..a + 14].copy_from_slice(&[0, 0, 0, 1, 0, 1]));
    odd(&|data| data[b + 8..b + 14].copy_from_slice(&[0, 0, 0, 1, 0, 0]));
    for (byte, at) in [(0, 2), (b'/', 2), (b'x', 0), (b'x', 1)] {
        odd(&|data| {
            let path = u32::from_be_bytes(data[b..b + 4].try_into().unwrap()) as usize;
            data[path + at] = byte;
        });
    }
    let mut entries = metadata;
    entries[11] += 1;
    assert!(is_unsupported(Tree::from_v2(data.clone(), &entries, "x")));
    // Mercurial itself loses count of the copies.
    let mut copies = metadata;
    copies[15] += 1;
    assert!(Tree::from_v2(data.clone(), &copies, "x").is_ok());
}

#[test]
fn v2_cached_directories() {
    let (mut data, metadata) = v2(&[(b"a/b", clean(1)), (b"c", clean(2))]);
    let node = node_of(&data, b"a");
    let flags = DIRECTORY | HAS_MTIME | ALL_UNKNOWN_RECORDED | MTIME_SECOND_AMBIGUOUS;
    data[node + 30..node + 32].copy_from_slice(&flags.to_be_bytes());
    (data[node + 39], data[node + 43]) = (9, 8);
    let tree = Tree::from_v2(data.clone(), &metadata, "x").unwrap();
    let cached = tree
        .find(RepoPath::new(b"a"))
        .unwrap()
        .unwrap()
        .cached
        .unwrap();
    assert!(cached.all_unknown && !cached.all_ignored && cached.mtime.second_ambiguous);
    assert_eq!((cached.mtime.seconds, cached.mtime.nanoseconds), (9, 8));
    assert!(
        tree.find(RepoPath::new(b"c"))
            .unwrap()
            .unwrap()
            .cached
            .is_none()
    );
    assert_eq!(
        pack_v2(&DirstateMap::new(tree)).unwrap(),
        (data.clone(), metadata)
    );
    data[node + 40] = 0x7f;
    assert!(is_unsupported(Tree::from_v2(data, &metadata, "x")));
}

#[test]
fn what_mercurial_writes_twice_is_one_node() {
    // Pure Mercurial makes two nodes `a` of these.
    let (data, metadata) = v2(&[(b"a", with(P1_TRACKED)), (b"a/b/c", clean(1))]);
    let tree = Tree::from_v2(data, &metadata, "x").unwrap();
    assert_eq!(tree.roots().len(), 1);
    assert_eq!(
        tree.find(RepoPath::new(b"a")).unwrap().unwrap().descendants,
        1
    );
}

#[test]
fn nodes_out_of_range() {
    for tree in [read_v1(&v1(&[record(b'n', [0, 1, 1], b"a")])).unwrap(), {
        let (data, metadata) = v2(&[(b"a", clean(1))]);
        Tree::from_v2(data, &metadata, "x").unwrap()
    }] {
        assert!(tree.node(tree.roots(), 0).is_ok());
        assert!(matches!(tree.node(tree.roots(), 1), Err(Error::Invalid(_))));
        // Somebody else's children.
        let big = map(&[(b"x/y", clean(1)), (b"z", clean(1))]).tree().unwrap();
        for index in 0..3 {
            let _ = tree.node(big.roots(), index);
        }
    }
}

#[test]
fn threads_may_share_it() {
    fn shared<T: Send + Sync>() {}
    shared::<Tree>();
    shared::<DirstateMap>();
}
