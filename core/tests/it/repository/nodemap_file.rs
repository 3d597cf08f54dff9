// SPDX-License-Identifier: GPL-2.0-or-later

//! Maps of nodes that Mercurial keeps.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use vermilion_core::changelog::Changelog;
use vermilion_core::repository::Repository;
use vermilion_core::{Node, Rev};

use crate::hg::{hg, output};

const OPTIONS: [&str; 2] = [
    "--config=format.use-persistent-nodemap=yes",
    "--config=storage.revlog.persistent-nodemap.slow-path=allow",
];

fn run(root: &Path, words: &[&str]) {
    output(
        Command::new(hg())
            .current_dir(root)
            .args(words)
            .args(OPTIONS),
    );
}

/// A repository with 200 changesets and maps of their nodes.
fn made() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init"]);
    run(dir.path(), &["debugbuilddag", "+200", "--mergeable-file"]);
    dir
}

fn changelog(dir: &TempDir) -> Changelog {
    Repository::open(dir.path()).unwrap().changelog().unwrap()
}

/// The file with the changelog's map.
fn data(dir: &TempDir) -> PathBuf {
    let files = fs::read_dir(dir.path().join(".hg/store")).unwrap();
    let mut paths = files.map(|entry| entry.unwrap().path());
    let is_data = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("00changelog-") && name.ends_with(".nd")
    };
    paths.find(is_data).unwrap()
}

/// Checks that all nodes are found, and others are not.
fn check(changelog: &Changelog) {
    for rev in (0..changelog.len()).map(Rev::from_index) {
        let node = changelog.node(rev).unwrap();
        assert_eq!(changelog.rev_of(&node).unwrap(), Some(rev));
        let mut other = *node.as_bytes();
        other[19] ^= 1;
        assert_eq!(changelog.rev_of(&Node::new(other)).unwrap(), None);
    }
}

#[test]
fn all_nodes_are_found() {
    let dir = made();
    check(&changelog(&dir));
    // By whom does not know of the map: the last changesets are not in it.
    let docket = fs::read(dir.path().join(".hg/store/00changelog.n")).unwrap();
    let before = fs::read(data(&dir)).unwrap();
    let name = data(&dir);
    run(dir.path(), &["debugbuilddag", "+50", "--from-existing"]);
    assert_eq!(changelog(&dir).len(), 250);
    fs::remove_file(data(&dir)).ok();
    fs::write(&name, before).unwrap();
    fs::write(dir.path().join(".hg/store/00changelog.n"), docket).unwrap();
    check(&changelog(&dir));
}

#[test]
fn the_map_is_used_where_it_is_valid() {
    let dir = made();
    let (data, len) = (data(&dir), fs::metadata(data(&dir)).unwrap().len());
    // A map without a single node.
    fs::write(&data, vec![0xff; len as usize]).unwrap();
    let missing = changelog(&dir);
    let node = missing.node(Rev::from_index(7)).unwrap();
    assert_eq!(missing.rev_of(&node).unwrap(), None);
    // One that makes no sense, is too short, or is of another history.
    fs::write(&data, vec![0x7f; len as usize]).unwrap();
    check(&changelog(&dir));
    fs::write(&data, vec![0xff; len as usize - 1]).unwrap();
    check(&changelog(&dir));
    fs::remove_file(&data).unwrap();
    check(&changelog(&dir));
    fs::write(&data, vec![0xff; len as usize]).unwrap();
    let docket = dir.path().join(".hg/store/00changelog.n");
    let mut other = fs::read(&docket).unwrap();
    *other.last_mut().unwrap() ^= 1;
    fs::write(&docket, other).unwrap();
    check(&changelog(&dir));
}
