// SPDX-License-Identifier: GPL-2.0-or-later

//! What has to hold for every ignore file, and for every pattern in Python's
//! language.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use vermilion_core::matcher::Ignore;
use vermilion_core::matcher::python_re::PythonRegex;
use vermilion_core::{Error, RepoPath};

/// Paths with what patterns like to trip over.
const PATHS: [&[u8]; 10] = [
    b"",
    b"a",
    b"a/b",
    b"A/b.o",
    b"src/main.c",
    b"include/x",
    b".cache/\xff/b",
    b"a\nb",
    b"a\n",
    b"[x]/{y}",
];

/// Reads the input as an `.hgignore`, and asks about a few paths.
pub fn ignore_parse(data: &[u8]) {
    let name = format!("vermilion-ignore-{}", std::process::id());
    let root: PathBuf = std::env::temp_dir().join(name);
    fs::create_dir_all(&root).expect("a directory for the input");
    let file = root.join(".hgignore");
    fs::write(&file, data).expect("the input in a file");
    match Ignore::load(&root, &[file], &AtomicBool::new(false)) {
        Ok((ignore, warnings)) => {
            assert!(warnings.len() <= data.len());
            for path in PATHS {
                let itself = ignore.matches(RepoPath::new(path));
                assert!(!itself || ignore.matches_or_parent(RepoPath::new(path)));
                // What could not be told before cannot be told any more.
                assert!(ignore.fault().is_err() || itself == ignore.matches(RepoPath::new(path)));
            }
        }
        Err(Error::Unsupported { reason, .. }) => assert!(!reason.is_empty()),
        Err(error) => panic!("no input should give this: {error}"),
    }
    fs::remove_dir_all(&root).expect("the directory is ours");
}

/// Reads the input as one of Python's regular expressions.
pub fn python_regex(data: &[u8]) {
    // What is taken has been compiled by the engine.
    let Ok(regex) = PythonRegex::new(data) else {
        return;
    };
    let by_trying = PythonRegex::tried(data);
    for path in PATHS {
        let Ok(matches) = regex.is_match(path) else {
            break;
        };
        // Both engines say the same of what both take.
        if let Some(Ok(tried)) = by_trying.as_ref().ok().map(|regex| regex.is_match(path)) {
            assert_eq!(tried, matches);
        }
        // What matches at the beginning goes on to match when the pattern may
        // begin anywhere.
        let anywhere = [b"(?s:.)*(?:", data, b")"].concat();
        let Ok(anywhere) = PythonRegex::new(&anywhere) else {
            break;
        };
        assert!(!matches || anywhere.is_match(path) != Ok(false));
    }
}
