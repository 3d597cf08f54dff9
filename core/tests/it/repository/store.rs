// SPDX-License-Identifier: GPL-2.0-or-later

//! From a changeset to the content of its files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::repository::support::{DOTENCODE, FLAGS, file, repository};
use crate::revlog::support::{FILELOG_META, Form, GENERALDELTA, Writer, hash};
use sha2::{Digest as _, Sha256};
use vermilion_core::filelog::Filelog;
use vermilion_core::filelog::content::FileContent;
use vermilion_core::manifest::{Flag, Manifest};
use vermilion_core::repository::Repository;
use vermilion_core::repository::store::Store;
use vermilion_core::{Error, Node, RepoPath, Result, Rev};

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
        "revlogv1\nstore\nfileindex-v1\n",
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

/// A revision whose content lfs has, and where that is in the store.
fn elsewhere(content: &[u8], keys: &str, metadata: &str) -> (Writer, PathBuf) {
    let digits = Sha256::digest(content);
    let digits = digits.iter().map(|byte| format!("{byte:02x}"));
    let oid = digits.collect::<Vec<String>>().concat();
    let size = content.len();
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n{keys}"
    );
    let mut writer = Writer::new(FLAGS);
    // What is stored as a delta to a pointer has the pointer's text to begin with.
    writer.add(pointer.as_bytes(), 0, [-1, -1], Form::Zlib);
    writer.add((pointer + "more").as_bytes(), 0, [0, -1], Form::Plain);
    let text = if metadata.is_empty() && !content.starts_with(b"\x01\n") {
        content.to_vec()
    } else {
        [b"\x01\n", metadata.as_bytes(), b"\x01\n", content].concat()
    };
    let revision = &mut writer.revisions[0];
    revision.node = hash(&Node::NULL, &Node::NULL, &text);
    revision.flags = 1 << 13;
    let node = revision.node;
    let second = &mut writer.revisions[1];
    second.node = hash(&node, &Node::NULL, &writer.texts[1]);
    let path = Path::new(".hg/store/lfs/objects").join(&oid[..2]);
    (writer, path.join(&oid[2..]))
}

#[test]
fn contents_that_lfs_has() {
    let source = format!("copy: from\ncopyrev: {}\n", "12".repeat(20));
    let keys = format!(
        "x-hg-copy from\nx-hg-copyrev {}\nx-is-binary 0\n",
        "12".repeat(20)
    );
    let contents = [
        (&b"plain"[..], "x-is-binary 0\n", ""),
        (b"bin\0ary", "", ""),
        (b"copied", &keys, &source),
        (b"\x01\nescaped", "x-is-binary 0\n", ""),
        (b"", "x-is-binary 0\n", ""),
    ];
    let requires = DOTENCODE.to_owned() + "lfs\n";
    for (content, keys, metadata) in contents {
        let (writer, place) = elsewhere(content, keys, metadata);
        let node = writer.node(0);
        let later = writer.texts[1].clone();
        let (dir, _) = repository(&requires, &[("f", "", writer)]);
        let (store, path) = (store_of(dir.path()), RepoPath::new("f"));
        let place = dir.path().join(place);
        let missing = store.content(path, &node).unwrap_err();
        assert!(
            matches!(&missing, Error::Unsupported { name, reason, .. }
                if name.contains("data/f.i") && reason.contains("is not in the store of lfs")),
            "{missing}"
        );
        // What was copied is only compared with the content itself.
        let compared = store.has_content(path, &node, &mut &*content);
        assert_eq!(compared.is_err(), !metadata.is_empty());
        // All else is known without it.
        let filelog = Filelog::open(&store, path).unwrap();
        assert_eq!(filelog.size(Rev::FIRST).unwrap(), content.len());
        let copied = filelog.copied_from(Rev::FIRST).unwrap();
        assert_eq!(copied.is_some(), !metadata.is_empty());
        // It is read, in whatever order.
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, content).unwrap();
        assert_eq!(store.content(path, &node).unwrap(), content);
        let has = |content: &[u8]| store.has_content(path, &node, &mut &*content).unwrap();
        let other = vec![b'x'; content.len()];
        assert!(has(content) && !has(b"longer than it") && (content.is_empty() || !has(&other)));
        let mut contents = filelog.contents(false);
        for rev in [0, 1, 0, 0, 1] {
            let expected = [content, &later][rev as usize];
            assert_eq!(contents.read(Rev::new(rev)).unwrap(), expected);
        }
        // What is not that content is found out.
        for damaged in [&other[..], b"longer than it"] {
            fs::write(&place, damaged).unwrap();
            let read = store.content(path, &node);
            assert!(content == damaged || matches!(read, Err(Error::Corrupt { .. })));
        }
        fs::write(&place, content).unwrap();
        // Nothing is looked for where nothing requires it.
        fs::write(dir.path().join(".hg/requires"), DOTENCODE).unwrap();
        let read = store_of(dir.path()).content(path, &node);
        assert!(matches!(read, Err(Error::Unsupported { .. })));
    }
}

#[test]
fn pointers_that_lie() {
    let requires = DOTENCODE.to_owned() + "lfs\n";
    for (content, keys, metadata) in [
        (&b"text"[..], "", ""),
        (b"bin\0ary", "x-is-binary 0\n", ""),
        (b"text", "x-is-binary 0\nx-hg-a b\n", ""),
        (b"text", "x-is-binary 0\nsize 18446744073709551615\n", ""),
        (b"text", "x-is-binary 0\nnoline\n", ""),
    ] {
        let (writer, place) = elsewhere(content, keys, metadata);
        let node = writer.node(0);
        let (dir, _) = repository(&requires, &[("f", "", writer)]);
        let place = dir.path().join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, content).unwrap();
        let read = store_of(dir.path()).content(RepoPath::new("f"), &node);
        assert!(
            matches!(read, Err(Error::Unsupported { .. } | Error::Corrupt { .. })),
            "{keys}"
        );
    }
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
