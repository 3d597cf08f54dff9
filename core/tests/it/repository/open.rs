// SPDX-License-Identifier: GPL-2.0-or-later

//! Finding and opening the changelog of repositories of all ages.

use std::fs;
use std::path::{Path, PathBuf};

use crate::revlog::index_support::{line, node, write};
use crate::revs::pairs;
use tempfile::TempDir;
use vermilion_core::repository::{changelog_path, open_index, parse_requires};
use vermilion_core::{Error, Rev};

const PLAIN: &str = "dotencode\nfncache\ngeneraldelta\nrevlogv1\nsparserevlog\nstore\n";

/// A directory for repositories, and what goes into them.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        // macOS has its temporary directories behind a link.
        self.0.path().canonicalize().unwrap().join(name)
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> &Place {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// A repository of three changesets with some requirements.
    fn repo(&self, name: &str, requires: &str) -> &Place {
        self.put(&format!("{name}/.hg/requires"), requires)
            .put(
                &format!("{name}/.hg/00changelog.i"),
                b"\0\0\xff\xff dummy changelog to prevent using the old repo layout",
            )
            .put(
                &format!("{name}/.hg/store/00changelog.i"),
                write(&line(3), 0),
            )
    }
}

fn assert_missing<T: std::fmt::Debug>(result: Result<T, Error>, missing: &Path) {
    match result {
        Err(Error::Io { path, source }) => {
            assert_eq!(path, missing);
            assert_eq!(source.raw_os_error(), Some(libc::ENOENT));
        }
        other => panic!("{other:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Unsupported { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_root_a_dot_hg_or_an_index() {
    let place = Place::new();
    place.repo("r", PLAIN);
    let index = place.path("r/.hg/store/00changelog.i");
    for name in ["r", "r/.hg", "r/", "r/.hg/store/00changelog.i"] {
        assert_eq!(changelog_path(place.path(name)).unwrap(), index);
        let (index, parents) = open_index(place.path(name)).unwrap();
        assert_eq!(parents, pairs([[-1, -1], [0, -1], [1, -1]]));
        assert_eq!(index.rev(&node(2)).unwrap(), Some(Rev::new(2)));
    }
}

#[test]
fn no_repository() {
    let place = Place::new();
    place.put("r/file", "").put("other/requires", "store\n");
    assert_missing(changelog_path(place.path("r")), &place.path("r/.hg"));
    assert_missing(
        changelog_path(place.path("other")),
        &place.path("other/.hg"),
    );
    assert_missing(changelog_path(place.path("none")), &place.path("none"));
    // A directory of a repository other than its root is not searched from.
    place.repo("r", PLAIN);
    let inside = place.path("r/.hg/store");
    assert_missing(changelog_path(&inside), &inside.join(".hg"));
}

#[test]
fn a_repository_without_changesets() {
    let place = Place::new();
    place.repo("r", PLAIN);
    let index = place.path("r/.hg/store/00changelog.i");
    fs::remove_file(&index).unwrap();
    let (opened, parents) = open_index(place.path("r")).unwrap();
    assert!(opened.is_empty() && parents.is_empty());
    assert_eq!(opened.path(), index);
    assert_eq!(opened.rev(&node(0)).unwrap(), None);
    // But an index that was asked for by name has to be there.
    assert_missing(open_index(&index), &index);
}

#[test]
fn a_repository_without_a_store() {
    let place = Place::new();
    place.put("r/.hg/requires", PLAIN);
    assert_missing(open_index(place.path("r")), &place.path("r/.hg/store"));
}

#[test]
fn repositories_from_before_the_store() {
    let place = Place::new();
    place.put("r/.hg/00changelog.i", write(&line(2), 0));
    let index = place.path("r/.hg/00changelog.i");
    assert_eq!(changelog_path(place.path("r")).unwrap(), index);
    place.put("r/.hg/requires", "revlogv1\n");
    assert_eq!(changelog_path(place.path("r")).unwrap(), index);
    assert_eq!(open_index(place.path("r/.hg")).unwrap().1.len(), 2);
    // Older still: revlogs of version 0, which begin with an offset of 0.
    place.put("r/.hg/requires", "");
    place.put("r/.hg/00changelog.i", [0; 76]);
    let reason = refusal(open_index(place.path("r")));
    assert_eq!(reason, "revlog version 0 is not supported");
}

#[test]
fn share_safe_repositories() {
    let place = Place::new();
    place.repo("r", "share-safe\ndirstate-v2\n");
    let requires = place.path("r/.hg/store/requires");
    assert_missing(open_index(place.path("r")), &requires);
    place.put("r/.hg/store/requires", PLAIN);
    assert_eq!(open_index(place.path("r")).unwrap().1.len(), 3);
    place.put("r/.hg/store/requires", "store\nexp-revlogv2.2\n");
    assert!(refusal(open_index(place.path("r"))).contains("exp-revlogv2.2"));
}

#[test]
fn shares_by_absolute_and_relative_path() {
    let place = Place::new();
    place.repo("src", PLAIN);
    let index = place.path("src/.hg/store/00changelog.i");
    let source = place.path("src/.hg");
    place.put("a/.hg/requires", format!("{PLAIN}shared\n"));
    place.put("a/.hg/sharedpath", format!("{}\n", source.display()));
    assert_eq!(changelog_path(place.path("a")).unwrap(), index);
    place.put("b/c/.hg/requires", format!("{PLAIN}relshared\n"));
    place.put("b/c/.hg/sharedpath", "../../../src/.hg");
    assert_eq!(changelog_path(place.path("b/c")).unwrap(), index);
    assert_eq!(open_index(place.path("b/c")).unwrap().1.len(), 3);
}

#[cfg(unix)]
#[test]
fn relative_shares_behind_links() {
    let place = Place::new();
    place.repo("src", PLAIN);
    place.put("deep/er/r/.hg/requires", format!("{PLAIN}relshared\n"));
    place.put("deep/er/r/.hg/sharedpath", "../../../../src/.hg");
    std::os::unix::fs::symlink(place.path("deep/er/r"), place.path("link")).unwrap();
    let index = place.path("src/.hg/store/00changelog.i");
    assert_eq!(changelog_path(place.path("link")).unwrap(), index);
}

#[test]
fn share_safe_shares() {
    let place = Place::new();
    place
        .repo("src", "share-safe\n")
        .put("src/.hg/store/requires", PLAIN)
        .put("a/.hg/requires", "share-safe\nshared\n")
        .put("a/.hg/sharedpath", place.path("src/.hg").to_str().unwrap());
    let index = place.path("src/.hg/store/00changelog.i");
    assert_eq!(changelog_path(place.path("a")).unwrap(), index);
    // The source became share-safe later, or ceased to be.
    place.put("a/.hg/requires", format!("{PLAIN}shared\n"));
    assert_eq!(changelog_path(place.path("a")).unwrap(), index);
    place.put("a/.hg/requires", "share-safe\nshared\n");
    place.put("src/.hg/requires", PLAIN);
    assert_eq!(changelog_path(place.path("a")).unwrap(), index);
}

#[test]
fn shares_without_their_source() {
    let place = Place::new();
    place.put("a/.hg/requires", format!("{PLAIN}shared\n"));
    let pointer = place.path("a/.hg/sharedpath");
    assert_missing(open_index(place.path("a")), &pointer);
    let gone = place.path("gone/.hg");
    place.put("a/.hg/sharedpath", gone.to_str().unwrap());
    assert_missing(open_index(place.path("a")), &gone);
    place.put("a/.hg/sharedpath", "\n");
    let empty = open_index(place.path("a"));
    assert!(matches!(empty, Err(Error::Corrupt { .. })));
}

#[test]
fn requirements_that_are_refused_by_name() {
    let place = Place::new();
    for name in ["exp-revlogv2.2", "git", "who-knows"] {
        place.repo("r", &format!("{PLAIN}{name}\n"));
        let reason = refusal(open_index(place.path("r")));
        let expected = format!("the repository requires what is not supported: {name}");
        assert_eq!(reason, expected);
    }
    place.repo("r", &format!("{PLAIN}zz\nexp-compression-none\naa\n"));
    assert!(refusal(open_index(place.path("r"))).ends_with(": aa, zz"));
}

#[test]
fn requires_files() {
    let names = |content: &[u8]| {
        parse_requires(content, "requires").map(|set| set.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(names(b"").unwrap(), [""; 0]);
    assert_eq!(names(b"store\nrevlogv1\n").unwrap(), ["revlogv1", "store"]);
    assert_eq!(names(b"a\r\nb\rc").unwrap(), ["a", "b", "c"]);
    assert_eq!(names(b"caf\xe9\n").unwrap(), ["caf\u{fffd}"]);
    for bad in [&b"\n"[..], b"a\n\nb\n", b" a\n", b"\0", b"\xff\xfe\n"] {
        assert!(matches!(names(bad), Err(Error::Corrupt { .. })), "{bad:?}");
    }
}

#[test]
fn unreadable_requires_files() {
    let place = Place::new();
    fs::create_dir_all(place.path("r/.hg/requires")).unwrap();
    match open_index(place.path("r")) {
        Err(Error::Io { path, source }) => {
            assert_eq!(path, place.path("r/.hg/requires"));
            assert_eq!(source.raw_os_error(), Some(libc::EISDIR));
        }
        other => panic!("{other:?}"),
    }
    place.put("s/.hg/requires", vec![b'a'; 2 << 20]);
    let long = open_index(place.path("s"));
    assert!(matches!(long, Err(Error::Corrupt { .. })), "{long:?}");
}
