// SPDX-License-Identifier: GPL-2.0-or-later

//! Working copies with ignore files, for tests.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use vermilion_core::matcher::{Ignore, Warning};
use vermilion_core::{Error, RepoPath};

/// A working copy that goes away.
pub struct Root(tempfile::TempDir);

impl Root {
    /// A working copy with these files.
    pub fn with(files: &[(&str, &str)]) -> Root {
        let root = Root(tempfile::tempdir().unwrap());
        for (name, contents) in files {
            root.write(name, contents);
        }
        root
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    pub fn write(&self, name: &str, contents: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub fn load(&self) -> Result<(Ignore, Vec<Warning>), Error> {
        Ignore::load(
            &self.path(),
            &[self.path().join(".hgignore")],
            &AtomicBool::new(false),
        )
    }

    pub fn ignore(&self) -> Ignore {
        let (ignore, warnings) = self.load().unwrap();
        assert_eq!(warnings, []);
        ignore
    }

    /// The message with which the rules are left to Mercurial.
    pub fn refusal(&self) -> String {
        match self.load() {
            Err(Error::Unsupported { name, reason, .. }) => format!("{name}: {reason}"),
            other => panic!("{other:?}"),
        }
    }
}

/// One with this `.hgignore` only.
pub fn only(contents: &str) -> Root {
    Root::with(&[(".hgignore", contents)])
}

/// Asserts that these paths are ignored, and the others not.
pub fn check(ignore: &Ignore, ignored: &[&str], others: &[&str]) {
    for path in ignored {
        assert!(ignore.matches(RepoPath::new(path)), "{path}");
        assert!(ignore.matches_or_parent(RepoPath::new(path)), "{path}");
    }
    for path in others {
        assert!(!ignore.matches(RepoPath::new(path)), "{path}");
    }
}
