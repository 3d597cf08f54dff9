// SPDX-License-Identifier: GPL-2.0-or-later

//! Every input that fuzzing starts from, or has ever found a fault with,
//! without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../fuzz/checks.rs"]
mod checks;

/// Runs a check on all files in `fuzz/<kind>/<target>`, and counts them.
fn replay(kind: &str, target: &str, check: fn(&[u8])) -> usize {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let Ok(entries) = fs::read_dir(fuzz.join(kind).join(target)) else {
        return 0;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files {
        // Shown only if the check fails.
        println!("{}", file.display());
        check(&fs::read(file).unwrap());
    }
    files.len()
}

fn replay_all(target: &str, check: fn(&[u8])) {
    assert!(replay("corpus", target, check) > 0, "no corpus");
    replay("artifacts", target, check);
}

#[test]
fn index_parse() {
    replay_all("index_parse", checks::index_parse);
}

#[test]
fn two_texts() {
    replay_all("two_texts", checks::diff::two_texts);
}

#[test]
fn requires_parse() {
    replay_all("requires_parse", checks::requires_parse);
}

#[test]
fn elf_headers() {
    replay_all("elf_is_whole", checks::elf_is_whole);
}

#[test]
fn dirstate_v1() {
    replay_all("dirstate_v1", checks::dirstate::dirstate_v1);
}

#[test]
fn dirstate_v2() {
    replay_all("dirstate_v2", checks::dirstate::dirstate_v2);
}

#[test]
fn ignore_parse() {
    replay_all("ignore_parse", checks::ignore::ignore_parse);
}

#[test]
fn python_regex() {
    replay_all("python_regex", checks::ignore::python_regex);
}

#[test]
fn revlog_chunk() {
    replay_all("revlog_chunk", checks::revlog::revlog_chunk);
}

#[test]
fn zstd_stream() {
    replay_all("zstd_stream", checks::revlog::zstd_stream);
}

#[test]
fn mpatch() {
    replay_all("mpatch", checks::revlog::mpatch);
}

#[test]
fn revlog_open() {
    replay_all("revlog_open", checks::revlog::revlog_open);
}

#[test]
fn file_metadata() {
    replay_all("file_metadata", checks::revlog::file_metadata);
}

#[test]
fn lfs_pointer() {
    replay_all("lfs_pointer", checks::revlog::lfs_pointer);
}

#[test]
fn nodemap_file() {
    replay_all("nodemap_file", checks::revlog::nodemap_file);
}

#[test]
fn file_index() {
    replay_all("file_index", checks::file_index);
}

#[test]
fn changeset_text() {
    replay_all("changeset_text", checks::refs::changeset_text);
}

#[test]
fn changeset_extra() {
    replay_all("changeset_extra", checks::refs::changeset_extra);
}

#[test]
fn bookmarks() {
    replay_all("bookmarks", checks::refs::bookmarks_file);
}

#[test]
fn phaseroots() {
    replay_all("phaseroots", checks::refs::phaseroots);
}

#[test]
fn hgtags() {
    replay_all("hgtags", checks::refs::hgtags);
}

#[test]
fn branch_cache() {
    replay_all("branch_cache", checks::refs::branch_cache_file);
}

#[test]
fn obsmarkers() {
    replay_all("obsmarkers", checks::refs::obsmarkers);
}

#[test]
fn merge_state() {
    replay_all("merge_state", checks::refs::merge_state_files);
}

#[test]
fn changelog_v2() {
    replay_all("changelog_v2", checks::refs::changelog_v2);
}
