// SPDX-License-Identifier: GPL-2.0-or-later

//! What is read from an index, and what is said about a bad one.

use super::index_support::{GENERALDELTA, INLINE, Revision, line, node, write};
use vermilion_core::{Error, Index, Node, Rev};

fn open(bytes: &[u8]) -> Result<(Index, Vec<[Rev; 2]>), Error> {
    Index::from_bytes(bytes.to_vec(), "x.i")
}

fn corrupt(bytes: &[u8]) -> String {
    match open(bytes) {
        Err(Error::Corrupt { name, reason, .. }) => {
            assert_eq!(name, "x.i");
            reason
        }
        other => panic!("{other:?}"),
    }
}

fn unsupported(bytes: &[u8]) -> String {
    match open(bytes) {
        Err(Error::Unsupported { name, reason, .. }) => {
            assert_eq!(name, "x.i");
            reason
        }
        other => panic!("{other:?}"),
    }
}

fn put(bytes: &mut [u8], at: usize, value: i32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

/// A bushy history of more revisions than one stride.
fn bushy() -> Vec<Revision> {
    let mut revisions = line(200);
    for (rev, revision) in revisions.iter_mut().enumerate().skip(2) {
        let rev = rev as i32;
        revision.parents = [rev / 2, if rev % 5 == 0 { rev - 2 } else { -1 }];
    }
    revisions
}

#[test]
fn gives_parents_nodes_and_revisions() {
    let revisions = bushy();
    for flags in [0, INLINE, GENERALDELTA, INLINE | GENERALDELTA, 0xf << 16] {
        let (index, parents) = open(&write(&revisions, flags)).unwrap();
        assert_eq!(index.len(), revisions.len());
        assert!(!index.is_empty());
        assert_eq!(index.is_inline(), flags & INLINE != 0);
        assert_eq!(parents.capacity(), parents.len());
        for (rev, revision) in revisions.iter().enumerate() {
            assert_eq!(parents[rev], revision.parents.map(Rev::new));
            assert_eq!(index.node(Rev::from_index(rev)).unwrap(), revision.node);
            assert_eq!(
                index.rev(&revision.node).unwrap(),
                Some(Rev::from_index(rev))
            );
        }
    }
}

#[test]
fn unknown_nodes_and_the_null_node() {
    for flags in [0, INLINE] {
        let (index, _) = open(&write(&line(100), flags)).unwrap();
        for _ in 0..10 {
            assert_eq!(index.rev(&node(100)).unwrap(), None);
            assert_eq!(index.rev(&node(3)).unwrap(), Some(Rev::new(3)));
            assert_eq!(index.rev(&Node::NULL).unwrap(), Some(Rev::NULL));
        }
        assert_eq!(index.node(Rev::NULL).unwrap(), Node::NULL);
    }
}

#[test]
fn the_latest_revision_with_a_node_is_meant() {
    let mut revisions = line(70);
    revisions[60].node = node(5);
    for flags in [0, INLINE] {
        let (index, _) = open(&write(&revisions, flags)).unwrap();
        for _ in 0..10 {
            assert_eq!(index.rev(&node(5)).unwrap(), Some(Rev::new(60)));
            assert_eq!(index.rev(&node(99)).unwrap(), None);
        }
    }
}

#[test]
fn nodes_out_of_range() {
    let (index, _) = open(&write(&line(3), 0)).unwrap();
    for rev in [3, 4, i32::MAX, -2, i32::MIN] {
        match index.node(Rev::new(rev)) {
            Err(Error::OutOfRange { rev: named, len }) => {
                assert_eq!((named, len), (rev.into(), 3));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_empty_file_is_an_empty_index() {
    let (index, parents) = open(b"").unwrap();
    assert!(index.is_empty() && parents.is_empty());
    assert_eq!(index.rev(&node(1)).unwrap(), None);
    assert_eq!(index.rev(&Node::NULL).unwrap(), Some(Rev::NULL));
    assert_eq!(index.node(Rev::NULL).unwrap(), Node::NULL);
    assert!(matches!(
        index.node(Rev::new(0)),
        Err(Error::OutOfRange { .. })
    ));
}

#[test]
fn memory_is_a_few_bytes_a_revision() {
    let revisions = line(10_000);
    let (index, _) = open(&write(&revisions, 0)).unwrap();
    let before = index.memory();
    for _ in 0..4 {
        index.rev(&node(1 << 40)).unwrap();
    }
    let nodes = index.memory() - before;
    assert!(nodes > 0 && nodes <= 8 * revisions.len(), "{nodes}");
}

#[test]
fn other_formats_are_named() {
    let with_header = |header: u32| {
        let mut bytes = write(&line(2), 0);
        bytes[..4].copy_from_slice(&header.to_be_bytes());
        unsupported(&bytes)
    };
    assert_eq!(with_header(0), "revlog version 0 is not supported");
    assert_eq!(with_header(0xdead), "revlog version 2 is not supported");
    assert_eq!(
        with_header(0xd34d),
        "a changelog of version 2 has more files than this one"
    );
    assert_eq!(with_header(7), "unknown revlog version 7");
    let flags = "revlog version 1 with unknown flags (0x0010)";
    assert_eq!(with_header(1 << 20 | INLINE | 1), flags);
    let placeholder = b"\0\0\xff\xff dummy changelog to prevent using the old repo layout";
    assert!(unsupported(placeholder).contains("placeholder"));
}

#[test]
fn headers_cut_short() {
    for len in 1..4 {
        let reason = format!("{len} bytes are too few for a revlog's header");
        assert_eq!(corrupt(&write(&line(1), 0)[..len]), reason);
    }
}

#[test]
fn entries_cut_short() {
    let bytes = write(&line(3), 0);
    for (len, rev, rest) in [(4, 0, 4), (63, 0, 63), (65, 1, 1), (191, 2, 63)] {
        let reason = format!("the entry of revision {rev} is cut short: {rest} of 64 bytes");
        assert_eq!(corrupt(&bytes[..len]), reason);
    }
    let bytes = write(&line(3), INLINE);
    let second = 64 + line(1)[0].length as usize;
    let reason = "the entry of revision 1 is cut short: 20 of 64 bytes";
    assert_eq!(corrupt(&bytes[..second + 20]), reason);
}

#[test]
fn inline_data_past_the_end() {
    let bytes = write(&line(2), INLINE);
    let reason = format!(
        "the data of revision 1 ends at {}, 1 bytes after the end of the file",
        bytes.len()
    );
    assert_eq!(corrupt(&bytes[..bytes.len() - 1]), reason);
    let mut bytes = bytes;
    put(&mut bytes, 8, i32::MAX);
    assert!(corrupt(&bytes).starts_with("the data of revision 0 ends at 2147483711,"));
}

#[test]
fn parents_that_cannot_be() {
    for flags in [0, INLINE] {
        let revisions = line(3);
        let second = match flags {
            0 => 64,
            _ => 64 + revisions[0].length as usize,
        };
        for field in [24, 28] {
            for parent in [1, 2, 3, i32::MAX, -2, i32::MIN] {
                let mut bytes = write(&revisions, flags);
                put(&mut bytes, second + field, parent);
                let reason = format!("revision 1 cannot have the parent {parent}");
                assert_eq!(corrupt(&bytes), reason);
            }
        }
        let mut bytes = write(&revisions, flags);
        put(&mut bytes, 24, 0);
        assert_eq!(corrupt(&bytes), "revision 0 cannot have the parent 0");
    }
}

#[test]
fn negative_lengths() {
    for flags in [0, INLINE] {
        let mut bytes = write(&line(1), flags);
        put(&mut bytes, 8, -5);
        let reason = "the data of revision 0 cannot have the length -5";
        assert_eq!(corrupt(&bytes), reason);
        // The full length is negative where it is not known.
        let mut bytes = write(&line(1), flags);
        put(&mut bytes, 12, -1);
        assert_eq!(open(&bytes).unwrap().0.len(), 1);
    }
}

#[test]
fn zeros_where_an_entry_should_be() {
    // What a crashed system may leave behind the last entry that it wrote.
    let mut bytes = write(&line(3), 0);
    bytes.extend([0; 64]);
    assert_eq!(corrupt(&bytes), "revision 3 has the null node");
}
