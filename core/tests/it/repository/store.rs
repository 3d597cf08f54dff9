// SPDX-License-Identifier: GPL-2.0-or-later

//! From a changeset to the content of its files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::repository::support::{DOTENCODE, FLAGS, file, repository};
use crate::revlog::support::{FILELOG_META, GENERALDELTA};
use vermilion_core::filelog::content::FileContent;
use vermilion_core::manifest::{Flag, Manifest};
use vermilion_core::repository::Repository;
use vermilion_core::repository::store::Store;
use vermilion_core::{Error, Node, RepoPath, Result};

fn store_of(path: &Path) -> Store {
    Repository::open(path).unwrap().store().unwrap()
}

/// The content of a file that a manifest has, `None` if it has none of that path.
fn content(store: &Store, manifest: &Manifest, path: &[u8]) -> Result<Option<Vec<u8>>> {
    let found = manifest.find(RepoPath::new(path))?;
    found
        .map(|entry| store.content(entry.path, &entry.node))
        .transpose()
}

#[test]
fn contents_in_every_kind_of_store() {
    let long = "Long.name/".repeat(20) + "File";
    for requires in [
        DOTENCODE,
        "revlogv1\nstore\nfncache\n",
        "revlogv1\nstore\n",
        "revlogv1\n",
    ] {
        let files = [
            ("a", "", file(FLAGS, &[b"first", b"second"])),
            ("B/aux.i/c", "x", file(FLAGS, &[b""])),
            (&*long, "", file(GENERALDELTA, &[b"long"])),
            (".link", "l", file(FLAGS, &[b"a"])),
        ];
        let flags = [
            Flag::Regular,
            Flag::Executable,
            Flag::Regular,
            Flag::Symlink,
        ];
        let (dir, changeset) = repository(requires, &files);
        let store = store_of(dir.path());
        let (_, manifest) = store.manifest(&changeset).unwrap();
        assert_eq!(manifest.iter().count(), 4);
        for ((path, _, filelog), flag) in files.iter().zip(flags) {
            let found = content(&store, &manifest, path.as_bytes())
                .unwrap()
                .unwrap();
            assert_eq!(&found, filelog.texts.last().unwrap());
            let path = RepoPath::new(path);
            let entry = manifest.find(path).unwrap().unwrap();
            assert_eq!(entry.flag, flag);
            for (content, same) in [(&found[..], true), (b"other", false)] {
                let compared = store.has_content(path, &entry.node, &mut &*content);
                assert_eq!(compared.unwrap(), same);
            }
        }
        assert_eq!(content(&store, &manifest, b"none").unwrap(), None);
        assert!(matches!(
            store.has_content(RepoPath::new(b"none"), &Node::new([1; 20]), &mut &b""[..]),
            Err(Error::Io { .. })
        ));
    }
}

#[test]
fn metadata_is_no_content() {
    let copied: &[u8] = b"\x01\ncopy: a\ncopyrev: 0\n\x01\ncontent";
    let escaped: &[u8] = b"\x01\n\x01\n\x01\ncontent";
    let files = [
        ("copied", "", file(FLAGS, &[copied])),
        ("escaped", "", file(FLAGS, &[escaped])),
        ("escaped2", "", file(FLAGS, &[b"x", escaped])),
        // Mercurial does not look for metadata here, as there is a first parent.
        ("odd", "", file(FLAGS, &[b"x", copied])),
        ("unflagged", "", file(FLAGS | FILELOG_META, &[copied])),
    ];
    let (dir, changeset) = repository(DOTENCODE, &files);
    let store = store_of(dir.path());
    let (_, manifest) = store.manifest(&changeset).unwrap();
    let text = |path| content(&store, &manifest, path).unwrap().unwrap();
    let same = |path: &[u8], content: &[u8]| {
        let path = RepoPath::new(path);
        let node = manifest.find(path).unwrap().unwrap().node;
        let in_memory = store.has_content(path, &node, &mut &*content).unwrap();
        let (file, never) = (dir.path().join("content"), AtomicBool::new(false));
        fs::write(&file, content).unwrap();
        let len = content.len() as u64;
        let mut opened = FileContent::new(File::open(&file).unwrap(), len, &file, &never);
        assert_eq!(
            store.has_content(path, &node, &mut opened).unwrap(),
            in_memory
        );
        in_memory
    };
    assert_eq!(text(b"copied"), b"content");
    assert!(same(b"copied", b"content"));
    // Content that is what the text is, and content of its length.
    let other = vec![b'x'; copied.len()];
    assert!(!same(b"copied", copied) && !same(b"copied", &other));
    assert!(!same(b"copied", b"conten!"));
    for path in [&b"escaped"[..], b"escaped2"] {
        assert_eq!(text(path), b"\x01\ncontent");
        assert!(same(path, b"\x01\ncontent"));
        assert!(!same(path, escaped) && !same(path, b"content") && !same(path, b"\x01\nCONTENT"));
    }
    assert!(text(b"odd") == b"content" && !same(b"odd", b"content"));
    assert!(!same(b"unflagged", b"content"));
}

#[test]
fn what_is_missing() {
    let (dir, changeset) = repository(DOTENCODE, &[("a", "", file(FLAGS, &[b"text"]))]);
    let store = store_of(dir.path());
    assert_eq!(
        store.manifest(&Node::NULL).unwrap(),
        (Node::NULL, Manifest::default())
    );
    assert!(matches!(
        store.manifest(&Node::new([1; 20])),
        Err(Error::NotFound { .. })
    ));
    let (_, manifest) = store.manifest(&changeset).unwrap();
    let other = Manifest::new(format!("a\0{}\n", "1".repeat(40)).into()).unwrap();
    assert!(matches!(
        content(&store, &other, b"a"),
        Err(Error::NotFound { .. })
    ));
    fs::remove_file(dir.path().join(".hg/store/data/a.i")).unwrap();
    assert!(matches!(
        content(&store, &manifest, b"a"),
        Err(Error::Io { .. })
    ));
}

#[test]
fn requirements() {
    let new = |requires: &[&str]| {
        let requires: BTreeSet<String> = requires.iter().map(|&name| name.to_owned()).collect();
        Store::new(Path::new("/repo/.hg"), &requires)
    };
    let store = new(&[
        "revlogv1",
        "store",
        "fncache",
        "dotencode",
        "exp-compression-none",
    ]);
    assert_eq!(store.unwrap().dir(), Path::new("/repo/.hg/store"));
    assert_eq!(new(&["revlogv1"]).unwrap().dir(), Path::new("/repo/.hg"));
    for bad in [
        "fileindex-v1",
        "treemanifest",
        "exp-very-fragile-and-unsafe-plain-store-encoding",
        "exp-remotefilelog-repo-req-1",
        "exp-revlogv2.2",
        "something-new",
    ] {
        let error = new(&["revlogv1", "store", bad]).unwrap_err();
        assert!(matches!(&error, Error::Unsupported { reason, .. } if reason.contains(bad)));
    }
}

#[test]
fn shares_and_requirements_of_the_store() {
    let (dir, changeset) = repository(DOTENCODE, &[(".a", "", file(FLAGS, &[b"text"]))]);
    let source = dir.path().join(".hg");
    fs::write(source.join("requires"), "share-safe\n").unwrap();
    fs::write(source.join("store/requires"), DOTENCODE).unwrap();
    let share = tempfile::tempdir().unwrap();
    let dot_hg = share.path().join(".hg");
    fs::create_dir(&dot_hg).unwrap();
    fs::write(dot_hg.join("requires"), "share-safe\nshared\n").unwrap();
    fs::write(dot_hg.join("sharedpath"), source.to_str().unwrap()).unwrap();
    for path in [dir.path(), share.path(), &dot_hg] {
        let store = store_of(path);
        let (_, manifest) = store.manifest(&changeset).unwrap();
        let file = content(&store, &manifest, b".a").unwrap().unwrap();
        assert_eq!(file, b"text");
    }
    let file = source.join("store/00changelog.i");
    assert!(matches!(Repository::open(file), Err(Error::Invalid(_))));
}

#[test]
fn paths_that_no_file_has() {
    let store = Store::new(Path::new(".hg"), &BTreeSet::new()).unwrap();
    for path in [
        &b""[..],
        b"/a",
        b"a/",
        b"a//b",
        b"../a",
        b"a/./b",
        b"a/..",
        b"a\0b",
    ] {
        assert!(matches!(
            store.filelog_paths(RepoPath::new(path)),
            Err(Error::Unsupported { .. })
        ));
    }
    assert!(store.filelog_paths(RepoPath::new(b"...")).is_ok());
}
