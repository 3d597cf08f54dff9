// SPDX-License-Identifier: GPL-2.0-or-later

//! Every input that fuzzing starts from, or has ever found a fault with, without a fuzzer.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/checks/languages.rs"]
mod languages;

/// Runs a check on all files in `fuzz/<kind>/<target>`, and counts them.
fn replay(kind: &str, target: &str, check: fn(&[u8])) -> usize {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let Ok(entries) = fs::read_dir(fuzz.join(kind).join(target)) else {
        return 0;
    };
    let mut count = 0;
    for entry in entries {
        let file = entry.unwrap().path();
        // Shown only if the check fails.
        println!("{}", file.display());
        check(&fs::read(&file).unwrap());
        count += 1;
    }
    count
}

fn replay_all(target: &str, check: fn(&[u8])) {
    assert!(replay("corpus", target, check) > 0, "no corpus");
    replay("artifacts", target, check);
}

#[test]
fn revset() {
    replay_all("revset", languages::revset);
}

#[test]
fn template() {
    replay_all("template", languages::template);
}

#[test]
fn config() {
    replay_all("config", languages::config);
}

#[test]
fn fileset() {
    replay_all("fileset", languages::fileset);
}

#[test]
fn date() {
    replay_all("date", languages::date);
}

#[test]
fn file_pattern() {
    replay_all("file_pattern", languages::file_pattern);
}
