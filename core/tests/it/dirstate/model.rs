// SPDX-License-Identifier: GPL-2.0-or-later

//! The dirstate with changes against a plain list of files.

use super::support::{P1, P2, clean, map, node_of, paths, v2, with};
use proptest::prelude::*;
use vermilion_core::dirstate::entry::*;
use vermilion_core::dirstate::{DirstateMap, Entry, Timestamp, Tree};
use vermilion_core::dirstate::{append_v2, pack_v1, pack_v2};
use vermilion_core::{Error, RepoPath};

/// An ordered dict, as Python has it.
#[derive(Clone, Debug, Default)]
struct Dict<V>(Vec<(Vec<u8>, V)>);

impl<V: Clone> Dict<V> {
    fn get(&self, key: &[u8]) -> Option<V> {
        self.0
            .iter()
            .find(|pair| pair.0 == key)
            .map(|pair| pair.1.clone())
    }

    fn set(&mut self, key: &[u8], value: V) {
        match self.0.iter_mut().find(|pair| pair.0 == key) {
            Some(pair) => pair.1 = value,
            None => self.0.push((key.to_vec(), value)),
        }
    }

    fn remove(&mut self, key: &[u8]) {
        self.0.retain(|pair| pair.0 != key);
    }
}

#[derive(Clone, Debug)]
enum Change {
    Set(Vec<u8>, Entry),
    Remove(Vec<u8>),
    Copy(Vec<u8>, Option<Vec<u8>>),
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    let component = prop::sample::select(vec!["a", "b", "ab", "a.c", "a-b", "é"]);
    prop::collection::vec(component, 1..5).prop_map(|parts| parts.join("/").into_bytes())
}

fn entry() -> impl Strategy<Value = Entry> {
    let flags = prop_oneof![
        4 => Just(WDIR_TRACKED | P1_TRACKED),
        1 => 1..=ANY_TRACKED,
    ];
    (flags, any::<[bool; 3]>(), 0..9i32).prop_map(|(flags, [data, time, exec], number)| {
        let mut entry = with(flags);
        if data {
            entry.flags |= HAS_MODE_AND_SIZE;
            (entry.mode, entry.size) = (if exec { 0o100755 } else { 0o100644 }, number);
        }
        if time {
            entry.flags |= HAS_MTIME;
            (entry.mtime_s, entry.mtime_ns) = (number, 0);
        }
        entry
    })
}

fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        4 => (path(), entry()).prop_map(|(path, entry)| Change::Set(path, entry)),
        3 => path().prop_map(Change::Remove),
        1 => (path(), path()).prop_map(|(path, source)| Change::Copy(path, Some(source))),
        1 => path().prop_map(|path| Change::Copy(path, None)),
    ];
    prop::collection::vec(change, 0..most)
}

type Model = (Dict<Entry>, Dict<Vec<u8>>);

fn apply(map: &mut DirstateMap, model: &mut Model, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Set(path, entry) => {
                map.set(RepoPath::new(path), *entry).unwrap();
                model.0.set(path, *entry);
            }
            Change::Remove(path) => {
                assert_eq!(map.remove(RepoPath::new(path)).unwrap(), model.0.get(path));
                model.0.remove(path);
            }
            Change::Copy(path, source) => {
                let from = source.as_ref().map(RepoPath::new);
                map.set_copy(RepoPath::new(path), from).unwrap();
                match source {
                    Some(source) => model.1.set(path, source.clone()),
                    None => model.1.remove(path),
                }
            }
        }
    }
}

fn bytes(path: &RepoPath) -> Vec<u8> {
    path.as_bytes().to_vec()
}

fn compare(map: &DirstateMap, (entries, copies): &Model) {
    assert_eq!(map.len(), entries.0.len());
    let files: Vec<_> = map
        .iter()
        .map(|file| {
            let file = file.unwrap();
            let path = file.path.as_bytes();
            assert_eq!(file.copy_source.map(bytes), copies.get(path));
            (path.to_vec(), file.entry)
        })
        .collect();
    assert_eq!(files, entries.0);
    let found: Vec<_> = map
        .copies()
        .map(|copy| {
            let (path, source) = copy.unwrap();
            (bytes(path), bytes(source))
        })
        .collect();
    assert_eq!(found, copies.0);
    for (path, _) in entries.0.iter().chain(files.iter()) {
        assert_eq!(map.get(RepoPath::new(path)).unwrap(), entries.get(path));
        for end in (0..path.len()).filter(|&end| path[end] == b'/') {
            compare_directory(map, entries, &path[..end]);
        }
    }
    for directory in [&b""[..], b"a", b"b/a", b"a.c", b"x", b"a/"] {
        compare_directory(map, entries, directory);
    }
    let tree = map.tree().unwrap();
    assert_eq!(tree.len(), entries.0.len());
    for (path, entry) in &entries.0 {
        let node = tree.find(RepoPath::new(path)).unwrap().unwrap();
        assert_eq!(node.entry, Some(*entry));
        assert_eq!(node.copy_source.map(bytes), copies.get(path));
    }
}

fn compare_directory(map: &DirstateMap, entries: &Dict<Entry>, directory: &[u8]) {
    let below = |path: &[u8]| {
        directory.is_empty()
            || path.starts_with(directory) && path.get(directory.len()) == Some(&b'/')
    };
    let mut there = entries.0.iter().filter(|file| below(&file.0));
    assert_eq!(
        map.has_dir(RepoPath::new(directory)).unwrap(),
        there.clone().next().is_some()
    );
    let tracked = there.any(|file| file.1.tracked());
    assert_eq!(
        map.has_tracked_dir(RepoPath::new(directory)).unwrap(),
        tracked
    );
}

/// What a file of the model's entries has when it is read: no sources without.
fn written(model: &Model, order: &[Vec<u8>]) -> Model {
    let mut read = Model::default();
    for path in order {
        read.0.set(path, model.0.get(path).unwrap());
        if let Some(source) = model.1.get(path) {
            read.1.set(path, source);
        }
    }
    read
}

proptest! {
    #[test]
    fn changes_of_changes(rounds in prop::collection::vec((changes(30), 0..3u8), 1..4)) {
        let mut map = DirstateMap::new(Tree::empty());
        let mut model = Model::default();
        for (changes, how) in rounds {
            apply(&mut map, &mut model, &changes);
            compare(&map, &model);
            let tree = match how {
                0 => {
                    let bytes = pack_v1(&map, &P1, &P2).unwrap();
                    // Times have to be whole seconds, and only where v1 has them.
                    let (tree, parents) = Tree::from_v1(bytes, "x").unwrap();
                    prop_assert_eq!(parents, [P1, P2]);
                    for (_, entry) in &mut model.0 .0 {
                        *entry = Entry::from_v1(entry.to_v1()).unwrap();
                    }
                    tree
                }
                1 => {
                    let (data, metadata) = pack_v2(&map).unwrap();
                    Tree::from_v2(data, &metadata, "x").unwrap()
                }
                _ => continue,
            };
            map = DirstateMap::new(tree);
            model = written(&model, &paths(&map));
            compare(&map, &model);
            prop_assert!(!map.is_changed());
        }
    }

    #[test]
    fn appended(first in changes(40), rounds in prop::collection::vec(changes(4), 1..6)) {
        let mut map = DirstateMap::new(Tree::empty());
        let mut model = Model::default();
        apply(&mut map, &mut model, &first);
        let (mut data, mut metadata) = pack_v2(&map).unwrap();
        for changes in rounds {
            let tree = Tree::from_v2(data.clone(), &metadata, "x").unwrap();
            map = DirstateMap::new(tree);
            model = written(&model, &paths(&map));
            apply(&mut map, &mut model, &changes);
            let whole = pack_v2(&map).unwrap();
            match append_v2(&map).unwrap() {
                Some((appended, new)) => {
                    prop_assert!(!changes.is_empty() || appended.is_empty() && new == metadata);
                    data.extend(appended);
                    metadata = new;
                    let tree = Tree::from_v2(data.clone(), &metadata, "x").unwrap();
                    prop_assert_eq!(pack_v2(&DirstateMap::new(tree)).unwrap(), whole);
                }
                None => (data, metadata) = whole,
            }
        }
    }
}

fn cached(map: &DirstateMap, path: &[u8]) -> Option<i32> {
    let tree = map.tree().unwrap();
    let node = tree.find(RepoPath::new(path)).unwrap()?;
    node.cached.map(|cached| cached.mtime.seconds)
}

#[test]
fn cached_directories_live_until_they_lose_a_child() {
    let mut first = map(&[
        (b"a/b/c", clean(1)),
        (b"a/b/d", clean(1)),
        (b"a/e", clean(1)),
        (b"f/g", clean(1)),
    ]);
    for (directory, seconds) in [
        (&b"a"[..], 1),
        (b"a/b", 2),
        (b"f", 3),
        (b"f/g", 4),
        (b"", 5),
        (b"x", 6),
    ] {
        first
            .set_cached_directory(RepoPath::new(directory), Timestamp::of(seconds, 7))
            .unwrap();
    }
    first.set_ignore_hash([7; 20]);
    let (data, metadata) = pack_v2(&first).unwrap();
    let tree = Tree::from_v2(data.clone(), &metadata, "x").unwrap();
    let mut map = DirstateMap::new(tree);
    assert_eq!(map.ignore_hash(), [7; 20]);
    let all = |map: &DirstateMap| [&b"a"[..], b"a/b", b"f", b"f/g"].map(|path| cached(map, path));
    assert_eq!(all(&map), [Some(1), Some(2), Some(3), None]);
    // What is set, or new, changes the directory on disk, and not what is known.
    map.set(RepoPath::new(b"a/b/c"), with(WDIR_TRACKED))
        .unwrap();
    map.set(RepoPath::new(b"a/b/n"), clean(1)).unwrap();
    assert_eq!(all(&map), [Some(1), Some(2), Some(3), None]);
    map.remove(RepoPath::new(b"a/b/c")).unwrap();
    assert_eq!(all(&map), [Some(1), None, Some(3), None]);
    map.remove(RepoPath::new(b"a/b/d")).unwrap();
    map.remove(RepoPath::new(b"a/b/n")).unwrap();
    assert_eq!(all(&map), [None, None, Some(3), None]);
    map.clear_cached_directory(RepoPath::new(b"f")).unwrap();
    map.set_cached_directory(RepoPath::new(b"a"), Timestamp::of(8, 0))
        .unwrap();
    assert_eq!(all(&map), [Some(8), None, None, None]);
    let (packed, packed_metadata) = pack_v2(&map).unwrap();
    let packed = DirstateMap::new(Tree::from_v2(packed, &packed_metadata, "x").unwrap());
    assert_eq!(all(&packed), all(&map));
    assert_eq!(packed.ignore_hash(), [7; 20]);
}

#[test]
fn appending_reuses_what_is_there() {
    let names: Vec<Vec<u8>> = (0..50)
        .map(|number| format!("d{}/file{number}", number / 10).into_bytes())
        .collect();
    let files: Vec<(&[u8], Entry)> = names.iter().map(|name| (&name[..], clean(1))).collect();
    let (data, metadata) = v2(&files);
    let mut map = DirstateMap::new(Tree::from_v2(data.clone(), &metadata, "x").unwrap());
    map.set(RepoPath::new(b"d1/file11"), clean(2)).unwrap();
    let (appended, new) = append_v2(&map).unwrap().unwrap();
    // Ten files and five directories, no paths.
    assert_eq!(appended.len(), 15 * 44);
    assert_eq!(new[16..20], (15 * 44u32).to_be_bytes());
    let whole = [&data[..], &appended].concat();
    let again = Tree::from_v2(whole.clone(), &new, "x").unwrap();
    assert_eq!(
        again
            .find(RepoPath::new(b"d1/file11"))
            .unwrap()
            .unwrap()
            .entry
            .unwrap()
            .size(),
        2
    );
    assert!(node_of(&whole, b"d0/file1") < data.len());
    // When half of the file is not used, a new one is due.
    for name in &names {
        map.set(RepoPath::new(name), clean(3)).unwrap();
    }
    assert!(append_v2(&map).unwrap().is_none());
    assert!(
        append_v2(&DirstateMap::new(Tree::empty()))
            .unwrap()
            .is_none()
    );
    map.clear();
    assert!(map.is_empty() && map.is_changed() && append_v2(&map).unwrap().is_none());
}

#[test]
fn odd_arguments() {
    let mut map = map(&[(b"a/b", clean(1))]);
    let refused = |result: Result<(), Error>| matches!(result, Err(Error::Unsupported { .. }));
    for path in [&b""[..], b"/a", b"a//b", b"a/", b"..", b"a\0b"] {
        assert!(refused(map.set(RepoPath::new(path), clean(1))));
        assert!(refused(
            map.set_copy(RepoPath::new(path), Some(RepoPath::new(b"x")))
        ));
        assert!(refused(
            map.set_copy(RepoPath::new(b"x"), Some(RepoPath::new(path)))
        ));
        assert_eq!(map.remove(RepoPath::new(path)).unwrap(), None);
    }
    assert!(matches!(
        map.set(RepoPath::new(b"x"), with(0)),
        Err(Error::Invalid(_))
    ));
    assert_eq!(paths(&map), [b"a/b"]);
}
