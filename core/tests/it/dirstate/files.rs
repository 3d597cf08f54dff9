// SPDX-License-Identifier: GPL-2.0-or-later

//! The dirstate's files on disk.

use std::fs;
use std::path::Path;

use super::support::{P1, P2, clean, paths, record, v1, v2, with};
use vermilion_core::dirstate::entry::WDIR_TRACKED;
use vermilion_core::dirstate::{Docket, Tree, append_v2, read};
use vermilion_core::{Error, Node, RepoPath, Result};

fn docket(data: &[u8], metadata: [u8; 44]) -> Docket {
    Docket {
        p1: P1,
        p2: P2,
        metadata,
        data_size: data.len() as u32,
        uuid: b"0123abcd".to_vec(),
    }
}

fn is_corrupt<T>(read: Result<T>) -> bool {
    matches!(read, Err(Error::Corrupt { .. }))
}

fn write(dir: &Path, docket: &Docket, data: &[u8]) {
    fs::write(dir.join("dirstate"), docket.serialize().unwrap()).unwrap();
    fs::write(dir.join(docket.data_file()), data).unwrap();
}

#[test]
fn dockets() {
    let (data, metadata) = v2(&[(b"a", clean(1))]);
    let docket = docket(&data, metadata);
    let bytes = docket.serialize().unwrap();
    assert_eq!(bytes.len(), 125 + 8);
    assert_eq!(Docket::parse(&bytes, "x").unwrap(), docket);
    assert_eq!(Docket::parse(b"", "x").unwrap(), Docket::empty());
    for end in 1..bytes.len() {
        assert!(is_corrupt(Docket::parse(&bytes[..end], "x")));
    }
    assert!(is_corrupt(Docket::parse(&[b'x'; 133], "x")));
    for uuid in [&b"../../xx"[..], b"a\0b", b"a b"] {
        let odd = Docket {
            uuid: uuid.to_vec(),
            ..docket.clone()
        };
        let parsed = Docket::parse(&odd.serialize().unwrap(), "x");
        assert!(matches!(parsed, Err(Error::Unsupported { .. })));
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(matches!(
        Docket::parse(&longer, "x"),
        Err(Error::Unsupported { .. })
    ));
    let long = Docket {
        uuid: vec![b'a'; 256],
        ..docket
    };
    assert!(matches!(long.serialize(), Err(Error::Invalid(_))));
}

#[test]
fn no_file_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    for v2 in [false, true] {
        let state = read(dir.path(), v2).unwrap();
        assert_eq!(
            (state.p1, state.p2, state.map.len()),
            (Node::NULL, Node::NULL, 0)
        );
        assert_eq!(state.docket.is_some(), v2);
        fs::write(dir.path().join("dirstate"), b"").unwrap();
    }
    fs::remove_file(dir.path().join("dirstate")).unwrap();
    fs::create_dir(dir.path().join("dirstate")).unwrap();
    assert!(matches!(read(dir.path(), false), Err(Error::Io { .. })));
}

#[test]
fn v1_even_where_v2_is_expected() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = v1(&[record(b'n', [0, 1, 1], b"a/b")]);
    fs::write(dir.path().join("dirstate"), &bytes).unwrap();
    for v2 in [false, true] {
        let state = read(dir.path(), v2).unwrap();
        assert_eq!((state.p1, state.p2), (P1, P2));
        assert_eq!(paths(&state.map), [b"a/b"]);
        assert!(state.docket.is_none());
        assert!(append_v2(&state.map).unwrap().is_none());
    }
    fs::write(dir.path().join("dirstate"), &bytes[..39]).unwrap();
    assert!(is_corrupt(read(dir.path(), false)) && is_corrupt(read(dir.path(), true)));
}

#[test]
fn v2_and_its_data_file() {
    let dir = tempfile::tempdir().unwrap();
    let (data, metadata) = v2(&[(b"a/b", clean(1)), (b"c", with(WDIR_TRACKED))]);
    let docket = docket(&data, metadata);
    // Bytes of somebody who did not get to write the docket do not matter.
    write(dir.path(), &docket, &[&data[..], b"rest"].concat());
    let state = read(dir.path(), true).unwrap();
    assert_eq!(state.docket.as_ref(), Some(&docket));
    assert_eq!(paths(&state.map), [&b"a/b"[..], b"c"]);
    assert_eq!((state.p1, state.p2), (P1, P2));
    write(dir.path(), &docket, &data[..data.len() - 1]);
    assert!(is_corrupt(read(dir.path(), true)));
    fs::remove_file(dir.path().join(docket.data_file())).unwrap();
    assert!(matches!(
        read(dir.path(), true),
        Err(Error::Unsupported { .. })
    ));
    let none = Docket {
        p1: P2,
        ..Docket::empty()
    };
    fs::write(dir.path().join("dirstate"), none.serialize().unwrap()).unwrap();
    let state = read(dir.path(), true).unwrap();
    assert_eq!((state.p1, state.map.len()), (P2, 0));
}

#[test]
fn a_data_file_that_is_cut_off() {
    let names: Vec<Vec<u8>> = (0..4000)
        .map(|number| format!("directory{}/file{number}", number % 40).into_bytes())
        .collect();
    let files: Vec<_> = names.iter().map(|name| (&name[..], clean(1))).collect();
    let (data, metadata) = v2(&files);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data");
    // Somewhere, within the last page, and only the last byte.
    for keep in [data.len() / 3, data.len() - 100, data.len() - 1, 0] {
        fs::write(&path, &data).unwrap();
        let tree = Tree::open_v2(&path, data.len() as u32, &metadata).unwrap();
        assert!(tree.find(RepoPath::new(&names[0])).unwrap().is_some());
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(keep as u64).unwrap();
        let whole = tree.files().all(|file| file.is_ok());
        let found = names
            .iter()
            .all(|name| matches!(tree.find(RepoPath::new(name)), Ok(Some(_))));
        // Zeros at the end may be cut off without anybody noticing.
        let same = data[keep..].iter().all(|&byte| byte == 0);
        assert_eq!((whole, found), (same, same), "{keep}");
    }
}

/// Nobody reads it to find that out.
#[test]
fn a_very_long_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("dirstate")).unwrap();
    file.set_len(1 << 40).unwrap();
    for v2 in [false, true] {
        match read(folder.path(), v2) {
            Err(Error::Corrupt { reason, .. }) => assert!(reason.contains("long"), "{reason}"),
            other => panic!("{:?}", other.map(|read| read.p1)),
        }
    }
}
