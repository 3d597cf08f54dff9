// SPDX-License-Identifier: GPL-2.0-or-later

//! What has to hold for the dirstate, whatever its bytes.

use vermilion_core::dirstate::{DirstateMap, Docket, Entry, Siblings, StatV1, StatV2, Tree};
use vermilion_core::dirstate::{append_v2, pack_v1, pack_v2};
use vermilion_core::{Error, RepoPath, RepoPathBuf, Result};

/// Reads the input as a dirstate-v1 file, changes it, writes and reads it again.
pub fn dirstate_v1(data: &[u8]) {
    let Some((tree, [p1, p2])) = sound(Tree::from_v1(data.to_vec(), "input")) else {
        return;
    };
    check_tree(&tree);
    let mut map = DirstateMap::new(tree);
    let packed = pack_v1(&map, &p1, &p2).unwrap();
    assert!(data.is_empty() || packed.len() <= data.len());
    let (again, parents) = Tree::from_v1(packed.clone(), "again").unwrap();
    assert_eq!(parents, [p1, p2]);
    let again = DirstateMap::new(again);
    assert_same(&map, &again);
    assert_eq!(pack_v1(&again, &p1, &p2).unwrap(), packed);
    check_changes(&mut map);
}

/// Reads the input as the metadata of a dirstate-v2 file and its data, changes
/// it, writes it in both ways and reads it again. Also as a docket.
pub fn dirstate_v2(data: &[u8]) {
    if let Some(docket) = sound(Docket::parse(data, "input")) {
        let bytes = docket.serialize().unwrap();
        assert_eq!(Docket::parse(&bytes, "again").unwrap(), docket);
    }
    let Some((metadata, data)) = data.split_first_chunk::<44>() else {
        return;
    };
    let Some(tree) = sound(Tree::from_v2(data.to_vec(), metadata, "input")) else {
        return;
    };
    assert!(tree.len() <= data.len() / 44);
    check_tree(&tree);
    let mut map = DirstateMap::new(tree);
    if let Some((appended, _)) = append_v2(&map).unwrap() {
        assert!(appended.is_empty());
    }
    check_changes(&mut map);
    if let Some((appended, metadata)) = append_v2(&map).unwrap() {
        let whole = [data, &appended].concat();
        let again = Tree::from_v2(whole, &metadata, "appended").unwrap();
        assert_same(&map, &DirstateMap::new(again));
    }
}

/// The value, unless the input is one that is refused with a reason.
fn sound<T>(read: Result<T>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(Error::Corrupt { name, reason, .. } | Error::Unsupported { name, reason, .. }) => {
            assert!(name == "input" && !reason.is_empty());
            None
        }
        Err(error) => panic!("no input should give this: {error}"),
    }
}

/// Goes through a tree and checks all that a walker relies on.
fn check_tree(tree: &Tree) {
    let (entries, tracked) = check_below(tree, tree.roots(), RepoPath::root());
    assert_eq!(
        (entries as usize, tracked as usize),
        (tree.len(), tree.tracked())
    );
    assert_eq!(tree.files().count(), tree.len());
    for file in tree.files() {
        let file = file.unwrap();
        let node = tree.find(file.path).unwrap().unwrap();
        assert_eq!(
            (node.path, node.entry, node.copy_source),
            (file.path, Some(file.entry), file.copy_source)
        );
    }
    assert!(tree.node(tree.roots(), tree.roots().len()).is_err());
    assert!(tree.find(RepoPath::root()).unwrap().is_none());
}

fn check_below(tree: &Tree, of: Siblings, above: &RepoPath) -> (u32, u32) {
    let (mut entries, mut tracked) = (0, 0);
    let mut before: &[u8] = b"";
    for index in 0..of.len() {
        let node = tree.node(of, index).unwrap();
        assert!(before < node.base && !node.base.contains(&b'/') && !node.base.contains(&0));
        before = node.base;
        assert_eq!(*node.path, *above.join(node.base));
        assert_eq!(tree.child(of, node.base).unwrap(), Some(index));
        let below = check_below(tree, node.children, node.path);
        assert_eq!(below, (node.descendants, node.tracked_descendants));
        entries += below.0 + u32::from(node.entry.is_some());
        tracked += below.1 + u32::from(node.entry.is_some_and(|entry| entry.tracked()));
        assert!(node.entry.is_none_or(|entry| entry.any_tracked()));
        assert!(node.cached.is_none() || node.entry.is_none());
    }
    (entries, tracked)
}

/// Changes a map here and there, and checks what comes of it.
fn check_changes(map: &mut DirstateMap) {
    let paths = map.iter().map(|file| file.unwrap().path.to_owned());
    let paths: Vec<RepoPathBuf> = paths.collect();
    let entry = Entry::from_v1(StatV1 {
        state: b'n',
        mode: 0o100644,
        size: 7,
        mtime: 8,
    })
    .unwrap();
    for (number, path) in paths.iter().take(12).enumerate() {
        match number % 4 {
            0 => assert!(map.remove(path).unwrap().is_some()),
            1 => map.set_copy(path, None).unwrap(),
            2 => map.set(path, entry).unwrap(),
            _ => {
                let beside = [path.as_bytes(), b".new"].concat();
                // Too long, perhaps.
                let _ = map.set(RepoPath::new(&beside), entry);
            }
        }
    }
    check_tree(&map.tree().unwrap());
    assert_eq!(map.iter().count(), map.len());
    let Some((data, metadata)) = odd_times(pack_v2(map)) else {
        return;
    };
    // Times and sizes of dirstate-v1 may be what dirstate-v2 has no room for.
    if let Some(again) = odd_times(Tree::from_v2(data, &metadata, "packed")) {
        assert_eq!(again.len(), map.len());
        assert_eq!(again.tracked(), map.tree().unwrap().tracked());
    }
}

fn odd_times<T>(read: Result<T>) -> Option<T> {
    match read {
        Err(Error::Unsupported { reason, .. }) if reason.contains("range") => None,
        Err(Error::Unsupported { reason, .. }) if reason.contains("size") => None,
        read => Some(read.unwrap()),
    }
}

/// Asserts that two maps have the same entries and sources, in any order.
fn assert_same(left: &DirstateMap, right: &DirstateMap) {
    let sorted = |map: &DirstateMap| {
        let mut files: Vec<_> = map
            .iter()
            .map(|file| {
                let file = file.unwrap();
                let StatV2 {
                    flags,
                    size,
                    mtime_s,
                    mtime_ns,
                } = file.entry.to_v2();
                let source = file.copy_source.map(RepoPath::to_owned);
                let numbers = (flags, size, mtime_s, mtime_ns);
                (file.path.to_owned(), numbers, source)
            })
            .collect();
        files.sort();
        files
    };
    assert_eq!(sorted(left), sorted(right));
}
