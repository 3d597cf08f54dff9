// SPDX-License-Identifier: GPL-2.0-or-later

//! Manifests that are trees, as nobody but a foe writes them.

use std::fs;

use tempfile::TempDir;
use vermilion_core::manifest::Manifest;
use vermilion_core::repository::Repository;
use vermilion_core::{Error, Node, RepoPath, Result, Rev};

use super::support::{FLAGS, file, put, repository};

const REQUIRES: &str = "revlogv1\nstore\ntreemanifest\n";

fn line(name: &str, node: &Node, flag: &str) -> String {
    format!("{name}\0{node}{flag}\n")
}

/// A repository with a manifest that has this text, and its node.
fn with_root(text: &str) -> (TempDir, Node) {
    let (dir, _) = repository(REQUIRES, &[]);
    let root = file(FLAGS, &[text.as_bytes()]);
    put(&dir.path().join(".hg/store/00manifest.i"), &root);
    (dir, root.node(0))
}

/// Puts the revlog of a directory into a store, and returns the node of its text.
fn put_directory(dir: &TempDir, path: &str, text: &str) -> Node {
    let writer = file(FLAGS, &[text.as_bytes()]);
    let index = format!(".hg/store/meta/{path}/00manifest.i");
    put(&dir.path().join(index), &writer);
    writer.node(0)
}

fn read(dir: &TempDir, node: &Node) -> Result<Manifest> {
    let repository = Repository::open(dir.path()).unwrap();
    let manifests = repository.manifests().unwrap();
    assert!(manifests.are_trees());
    let all = manifests.get(node, Rev::NULL);
    let read = manifests.reader().read(node, Rev::NULL);
    assert_eq!(all.is_ok(), read.is_ok());
    // What is found by itself is what is there.
    for path in ["a", "d", "d/f", "d/e/f", "d/none", "none/f", "p/q"] {
        let path = RepoPath::new(path);
        if let (Ok(all), Ok(found)) = (&all, manifests.find(node, Rev::NULL, path)) {
            let there = all.find(path).unwrap();
            assert_eq!(there.map(|entry| (entry.node, entry.flag)), found, "{path}");
        }
    }
    all
}

#[test]
fn directories_become_one_manifest() {
    let one = Node::new([1; 20]);
    let scratch = tempfile::tempdir().unwrap();
    let inner = put_directory(&scratch, "d/e", &line("f", &one, "x"));
    let outer = line("e", &inner, "t") + &line("f", &one, "l");
    let outer_node = put_directory(&scratch, "d", &outer);
    let text = line("a", &one, "") + &line("d", &outer_node, "t") + &line("d.x", &one, "");
    let text = text + &line("empty", &Node::NULL, "t");
    let (dir, node) = with_root(&text);
    put_directory(&dir, "d", &outer);
    put_directory(&dir, "d/e", &line("f", &one, "x"));
    let expected = [
        line("a", &one, ""),
        line("d.x", &one, ""),
        line("d/e/f", &one, "x"),
        line("d/f", &one, "l"),
    ];
    assert_eq!(
        read(&dir, &node).unwrap().text(),
        expected.concat().as_bytes()
    );
    assert_eq!(read(&dir, &Node::NULL).unwrap(), Manifest::default());
    // What was written before there were trees.
    let flat = line("a", &one, "") + &line("p/q", &one, "");
    let (dir, node) = with_root(&flat);
    assert_eq!(read(&dir, &node).unwrap().text(), flat.as_bytes());
}

#[test]
fn directories_that_are_not_there() {
    let one = Node::new([1; 20]);
    let (dir, node) = with_root(&line("d", &one, "t"));
    let missing = read(&dir, &node).unwrap_err();
    assert!(
        matches!(&missing, Error::Io { path, .. } if path.ends_with("meta/d/00manifest.i")),
        "{missing}"
    );
    put_directory(&dir, "d", "");
    let missing = read(&dir, &node).unwrap_err();
    assert!(
        matches!(&missing, Error::NotFound { name, node } if name.contains("meta/d") && *node == one),
        "{missing}"
    );
}

#[test]
fn texts_that_are_none() {
    let one = Node::new([1; 20]);
    let scratch = tempfile::tempdir().unwrap();
    for text in [
        line("a/b", &one, ""),
        line("..", &one, "t"),
        line("b", &one, "") + &line("a", &one, ""),
        line("", &one, ""),
        "nothing".to_owned(),
    ] {
        let inner = put_directory(&scratch, "d", &text);
        let (dir, node) = with_root(&line("d", &inner, "t"));
        put_directory(&dir, "d", &text);
        let bad = read(&dir, &node).unwrap_err();
        assert!(
            matches!(&bad, Error::Corrupt { name, .. } if name.contains("meta/d/00manifest.i")),
            "{bad}"
        );
    }
    let (dir, node) = with_root(&(line("a/b", &one, "") + &line("d", &one, "t")));
    assert!(matches!(read(&dir, &node), Err(Error::Corrupt { name, .. }) if name.contains("00m")));
}

#[test]
fn directories_that_are_too_deep() {
    let scratch = tempfile::tempdir().unwrap();
    let (mut text, mut texts) = (line("f", &Node::new([1; 20]), ""), Vec::new());
    for _ in 0..600 {
        let node = put_directory(&scratch, "d", &text);
        texts.push(text);
        text = line("d", &node, "t");
    }
    let (dir, node) = with_root(&text);
    let mut path = ".hg/store/meta".to_owned();
    for text in texts.iter().rev() {
        path += "/d";
        fs::create_dir_all(dir.path().join(&path)).unwrap();
        let index = dir.path().join(&path).join("00manifest.i");
        put(&index, &file(FLAGS, &[text.as_bytes()]));
    }
    assert!(matches!(read(&dir, &node), Err(Error::Unsupported { .. })));
}

#[test]
fn trees_of_which_there_is_only_a_part() {
    let narrow = format!("{REQUIRES}narrowhg-experimental\n");
    let dir = tempfile::tempdir().unwrap();
    let dot_hg = dir.path().join(".hg");
    fs::create_dir_all(dot_hg.join("store")).unwrap();
    fs::write(dot_hg.join("requires"), narrow).unwrap();
    let refused = Repository::open(dir.path()).unwrap().store();
    assert!(matches!(refused, Err(Error::Unsupported { .. })));
}
