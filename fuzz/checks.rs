// SPDX-License-Identifier: GPL-2.0-or-later

//! What has to hold for every input. Used by the fuzz targets, and by the test
//! of the core that replays the corpus and everything that was ever found.

#[path = "checks/diff.rs"]
pub mod diff;
#[path = "checks/dirstate.rs"]
pub mod dirstate;
#[path = "../hpy-host/src/elf.rs"]
mod elf;
#[path = "checks/ignore.rs"]
pub mod ignore;
#[path = "checks/refs.rs"]
pub mod refs;
#[path = "checks/revlog.rs"]
pub mod revlog;

use vermilion_core::repository;
use vermilion_core::repository::file_index::{self, Docket};
use vermilion_core::{Error, Index, Node, Rev};

/// Reads the input as an index and asks for everything that it says.
pub fn index_parse(data: &[u8]) {
    let (index, parents) = match Index::from_bytes(data.to_vec(), "input") {
        Ok(opened) => opened,
        Err(Error::Corrupt { name, reason, .. } | Error::Unsupported { name, reason, .. }) => {
            assert!(name == "input" && !reason.is_empty());
            return;
        }
        Err(error) => panic!("no input should give this: {error}"),
    };
    assert_eq!(index.len(), parents.len());
    assert_eq!(index.is_empty(), data.is_empty());
    assert!(parents.capacity() <= data.len() / 64 + 4);
    let end = Rev::from_index(index.len());
    let nodes: Vec<_> = Rev::range(Rev::FIRST..end)
        .map(|rev| index.node(rev).expect("a revision in range has a node"))
        .collect();
    // Twice, so that both ways of looking up have their turn.
    for _ in 0..2 {
        for (rev, node) in (0..).map(Rev::new).zip(&nodes) {
            let found = index.rev(node).expect("memory does not change");
            let found = found.expect("a node of the index is known");
            assert!(found >= rev && nodes[found.index()] == *node);
        }
        let absent = Node::new([0xfe; 20]);
        let known = nodes.contains(&absent);
        assert_eq!(index.rev(&absent).unwrap().is_some(), known);
    }
    for (rev, pair) in (0..).map(Rev::new).zip(&parents) {
        assert!(pair.iter().all(|parent| (Rev::NULL..rev).contains(parent)));
    }
    assert!(index.node(end).is_err());
}

/// Reads the input as the docket of a list of files; then as such a list, behind what is recorded of
/// it, whose length comes first.
pub fn file_index(data: &[u8]) {
    let expect = |error| match error {
        Error::Corrupt { name, reason, .. } => assert!(name == "input" && !reason.is_empty()),
        error => panic!("no input should give this: {error}"),
    };
    if let Err(error) = Docket::parse(data, &"input") {
        expect(error);
    }
    let Some((len, rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let len = usize::from(u16::from_be_bytes(*len)).min(rest.len());
    let (meta, list) = rest.split_at(len);
    match file_index::paths(list, meta, &"input") {
        Ok(paths) => {
            let len: usize = paths.iter().map(|path| path.len()).sum();
            assert!(len <= list.len() && paths.len() <= meta.len() / 8);
        }
        Err(error) => expect(error),
    }
}

/// Reads the input as the content of a `requires` file.
pub fn requires_parse(data: &[u8]) {
    match repository::parse_requires(data, "input") {
        Ok(requirements) => {
            for name in requirements {
                assert!(name.starts_with(|c: char| c.is_ascii_alphanumeric()));
                assert!(!name.contains(['\n', '\r']));
            }
        }
        Err(Error::Corrupt { name, .. }) => assert_eq!(name, "input"),
        Err(error) => panic!("no input should give this: {error}"),
    }
}

/// Reads the input as the length of a file, in eight bytes, and the file's beginning.
pub fn elf_is_whole(data: &[u8]) {
    let Some((length, start)) = data.split_first_chunk::<8>() else {
        return;
    };
    let length = u64::from_le_bytes(*length);
    let whole = elf::is_whole(start, length);
    // What is whole stays so when the file is longer.
    assert!(!whole || elf::is_whole(start, length.saturating_add(1)));
    assert!(!whole || elf::is_whole(start, u64::MAX));
}
