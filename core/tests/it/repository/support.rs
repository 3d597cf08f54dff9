// SPDX-License-Identifier: GPL-2.0-or-later

//! Repositories of one changeset.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use vermilion_core::repository::Repository;
use vermilion_core::{Node, RepoPath};

use crate::revlog::support::{Form, GENERALDELTA, INLINE, Writer};

pub const FLAGS: u32 = INLINE | GENERALDELTA;
pub const DOTENCODE: &str = "dotencode\nfncache\ngeneraldelta\nrevlogv1\nsparserevlog\nstore\n";

/// Writes a revlog to where its index is.
pub fn put(path: &Path, writer: &Writer) {
    let (index, data) = writer.write();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, index).unwrap();
    if writer.flags & INLINE == 0 {
        fs::write(path.with_extension("d"), data).unwrap();
    }
}

/// A repository with one changeset, and its node.
pub fn repository(requires: &str, files: &[(&str, &str, Writer)]) -> (TempDir, Node) {
    let dir = tempfile::tempdir().unwrap();
    let dot_hg = dir.path().join(".hg");
    fs::create_dir_all(dot_hg.join("store")).unwrap();
    fs::write(dot_hg.join("requires"), requires).unwrap();
    let store = Repository::open(dir.path()).unwrap().store().unwrap();
    let mut lines = Vec::new();
    for (path, flag, filelog) in files {
        let [index, data] = store.filelog_paths(RepoPath::new(path)).unwrap();
        put(&index, filelog);
        // Names with a hash are not the same but for the suffix.
        if filelog.flags & INLINE == 0 && data != index.with_extension("d") {
            fs::rename(index.with_extension("d"), data).unwrap();
        }
        let node = filelog.node(filelog.texts.len() as i32 - 1);
        lines.push(format!("{path}\0{node}{flag}\n"));
    }
    lines.sort();
    let mut manifests = Writer::new(GENERALDELTA);
    let manifest = manifests.add(lines.concat().as_bytes(), 0, [-1, -1], Form::Zstd);
    put(&store.dir().join("00manifest.i"), &manifests);
    let mut changelog = Writer::new(0);
    let text = format!("{manifest}\nuser\n0 0\n\nfirst");
    let node = changelog.add(text.as_bytes(), 0, [-1, -1], Form::Zlib);
    put(&store.dir().join("00changelog.i"), &changelog);
    (dir, node)
}

pub fn file(flags: u32, texts: &[&[u8]]) -> Writer {
    let mut writer = Writer::new(flags);
    for (rev, text) in (0..).zip(texts) {
        writer.add(text, rev, [rev - 1, -1], Form::Plain);
    }
    writer
}
