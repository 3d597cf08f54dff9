// SPDX-License-Identifier: GPL-2.0-or-later

//! Files in manifests, against a map.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vermilion_core::filelog::filelog_text;
use vermilion_core::manifest::{Flag, Manifest, ManifestEntry, line_starts, manifest_of};
use vermilion_core::{Error, Node, RepoPath};

fn line(path: &[u8], node: &Node, flag: &[u8]) -> Vec<u8> {
    let hex = node.to_string();
    [path, b"\0", hex.as_bytes(), flag, b"\n"].concat()
}

fn manifest(text: &[u8]) -> Manifest {
    Manifest::new(text.to_vec()).unwrap()
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    // Bytes on both sides of the separators in order.
    prop::collection::vec(prop::sample::select(&b"\x01\x09\x0b!/azA0\xff"[..]), 1..6)
}

proptest! {
    #[test]
    fn what_is_there_is_found(
        files in prop::collection::btree_map(path(), (any::<[u8; 20]>().prop_map(Node::from), 0..3usize), 0..60),
        others in prop::collection::vec(path(), 20),
    ) {
        let flags = [
            (Flag::Regular, &b""[..]),
            (Flag::Executable, b"x"),
            (Flag::Symlink, b"l"),
        ];
        let files: BTreeMap<_, _> = files
            .into_iter()
            .map(|(path, (node, flag))| (path, (node, flags[flag])))
            .collect();
        let text: Vec<u8> = files
            .iter()
            .flat_map(|(path, (node, (_, flag)))| line(path, node, flag))
            .collect();
        let manifest = manifest(&text);
        for path in files.keys().chain(&others) {
            let path = RepoPath::new(path);
            let expected = files.get(path.as_bytes()).map(|(node, (flag, _))| ManifestEntry {
                path,
                node: *node,
                flag: *flag,
            });
            prop_assert_eq!(manifest.find(path).unwrap(), expected);
        }
        let listed = manifest.iter().map(|entry| entry.unwrap());
        let listed: Vec<_> = listed.map(|e| (e.path.as_bytes().to_vec(), (e.node, e.flag))).collect();
        let expected: Vec<_> = files
            .into_iter()
            .map(|(path, (node, (flag, _)))| (path, (node, flag)))
            .collect();
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn anything(text: Vec<u8>, mut path: Vec<u8>) {
        let _ = filelog_text(&text, &"t");
        let _ = manifest_of(&text);
        let Ok(manifest) = Manifest::new(text) else { return Ok(()) };
        path.truncate(3);
        let _ = manifest.find(RepoPath::new(&path));
        for entry in manifest.iter().flatten() {
            prop_assert!(!entry.path.is_empty());
        }
    }
}

#[test]
fn an_empty_manifest() {
    let manifest = Manifest::default();
    assert_eq!(manifest.find(RepoPath::new(b"a")).unwrap(), None);
    assert_eq!(manifest.iter().count(), 0);
}

#[test]
fn lines_that_are_none() {
    let node = Node::new([0xab; 20]);
    let good = line(b"b", &node, b"");
    assert!(matches!(
        Manifest::new(good[..42].to_vec()),
        Err(Error::Corrupt { .. })
    ));
    for bad in [
        b"\n".to_vec(),
        b"b\n".to_vec(),
        line(b"", &node, b""),
        line(b"b", &node, b"xx"),
        line(b"b", &node, b"")[1..].to_vec(),
        good.iter()
            .map(|&byte| if byte == 0 { b' ' } else { byte })
            .collect(),
        good.iter()
            .map(|&byte| if byte == b'a' { b'g' } else { byte })
            .collect(),
        [b"b\0", &[b'0'; 39][..], b"\n"].concat(),
    ] {
        let error = manifest(&bad).find(RepoPath::new(b"b")).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        let last = manifest(&[&line(b"a", &node, b"")[..], &bad].concat());
        let entries: Vec<_> = last.iter().collect();
        assert!(entries.len() == 2 && entries[0].is_ok() && entries[1].is_err());
    }
    for flag in [b"t", b"?"] {
        let error = manifest(&line(b"b", &node, flag))
            .find(RepoPath::new(b"b"))
            .unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    }
}

#[test]
fn the_order_is_checked_when_listing() {
    let node = Node::new([1; 20]);
    for [first, second] in [[b"b", b"a"], [b"a", b"a"]] {
        let text = [line(first, &node, b""), line(second, &node, b"")].concat();
        assert!(manifest(&text).iter().last().unwrap().is_err());
    }
}

#[test]
fn where_lines_start() {
    let (a, b) = (
        line(b"a", &Node::new([1; 20]), b"x"),
        line(b"b", &Node::new([2; 20]), b""),
    );
    let text = [&a[..], &b, &b].concat();
    let len = |part: &[u8]| i32::try_from(part.len()).unwrap();
    let starts = vec![0, len(&a), len(&a) + len(&b)];
    assert_eq!(line_starts(&text), Some(starts));
    assert_eq!(line_starts(b""), Some(vec![]));
    for bad in [
        &text[..text.len() - 1],
        &[&b[..], &a].concat(),
        b"\n",
        b"a\n",
    ] {
        assert_eq!(line_starts(bad), None);
    }
}

#[test]
fn manifests_of_changesets() {
    let text = [&[b'1'; 40][..], b"\nuser\n0 0\n\ndescription"].concat();
    assert_eq!(manifest_of(&text).unwrap(), Node::new([0x11; 20]));
    assert_eq!(manifest_of(b"").unwrap(), Node::NULL);
    for bad in [&text[1..], &text[..40], b"\n", b"x"] {
        assert!(matches!(manifest_of(bad), Err(Error::Corrupt { .. })));
    }
}
