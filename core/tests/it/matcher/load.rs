// SPDX-License-Identifier: GPL-2.0-or-later

//! Ignore files on disk: what they include, what Mercurial says about them,
//! and what is left to Mercurial.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::support::{Root, check, only};
use vermilion_core::matcher::{Ignore, Warning, WarningKind};
use vermilion_core::{Error, Node, RepoPath};

#[test]
fn ordinary_rules() {
    let root = only(
        "syntax: glob\n*.o\n**/node_modules/**\ndist/**\nname\nrootglob:top/*.c\n\
         syntax: regexp\n^obj-[^/]*/\n(^|/)\\.cache($|/)\n(?i)^docs/_build/\nzz|b$\n",
    );
    check(
        &root.ignore(),
        &[
            "x.o",
            "d/x.o",
            "x.o/below",
            "node_modules/i",
            "d/node_modules/i/j",
            "d/dist/x",
            "name",
            "d/name/x",
            "top/x.c",
            "obj-1/x",
            ".cache",
            "d/.cache/x",
            "DOCS/_build/x",
            "xzzx",
            "b",
        ],
        &[
            "x.oo",
            "n",
            "node_modules",
            "names",
            "d/top/x.c",
            "d/obj-1/x",
            "x.cche",
            "xb",
            "",
        ],
    );
}

#[test]
fn what_is_in_a_directory() {
    let ignore = only("^d$\n^x/y$").ignore();
    check(&ignore, &["d", "x/y"], &["d/e", "x/y/z", "x"]);
    for path in ["d/e/f", "x/y/z", "x/y"] {
        assert!(ignore.matches_or_parent(RepoPath::new(path)), "{path}");
    }
    assert!(!ignore.matches_or_parent(RepoPath::new(b"e/d")));
    // A rule for the root is for everything.
    let ignore = only("^$").ignore();
    check(&ignore, &[""], &["a"]);
    assert!(ignore.matches_or_parent(RepoPath::new(b"a/b")));
}

#[test]
fn the_end_of_a_path_may_be_before_a_line_feed() {
    let ignore = only("^a$\nrootglob:b\n^c($|/).*").ignore();
    check(
        &ignore,
        &["a", "a\n", "b\n", "c", "c\n", "c/d"],
        &["a\n\n", "\na", "b\nx", "cd"],
    );
}

#[test]
fn no_rules() {
    for root in [Root::with(&[(".hgignore", "# nothing\n")]), only("")] {
        check(&root.ignore(), &[], &["", "a"]);
    }
    let none = Ignore::none();
    assert!(!none.matches(RepoPath::root()) && !none.matches_or_parent(RepoPath::new(b"a/b")));
    let (empty, _) = Ignore::load(Path::new("/"), &[], &AtomicBool::new(false)).unwrap();
    assert_eq!(empty.hash(), none.hash());
}

#[test]
fn included_files() {
    let root = Root::with(&[
        (
            ".hgignore",
            "include:more\nsubinclude:sub/rules\nsubinclude:sub/other\n",
        ),
        ("more", "syntax: glob\n*.o\ninclude:sub/again\n"),
        ("sub/again", "^again$\n"),
        ("sub/rules", "^x$\nsyntax: glob\ny\nsubinclude:deep/rules\n"),
        ("sub/deep/rules", "^z$\n"),
        // The matcher of the directory is there already.
        ("sub/other", "^never$\n"),
    ]);
    check(
        &root.ignore(),
        &["x.o", "again", "sub/x", "sub/y", "sub/d/y", "sub/deep/z"],
        &[
            "x",
            "sub/again",
            "sub/deep/x",
            "sub/z",
            "sub/never",
            "never",
            "subx",
        ],
    );
}

#[test]
fn words_that_begin_like_an_inclusion() {
    let ignore = only("includes/[ab]\ninclude/../up\nsubincluded\n").ignore();
    check(
        &ignore,
        &["includes/a", "includes/b/x", "up", "subincluded"],
        &["d/includes/a", "includes/c", "include"],
    );
}

#[test]
fn warnings_in_order() {
    let root = Root::with(&[
        (
            ".hgignore",
            "include:none\nsyntax: bad\ninclude:more\nsubinclude:d/none\n",
        ),
        ("more", "syntax:\ninclude:.hg\n^a"),
        (".hg/x", ""),
    ]);
    let (ignore, warnings) = root.load().unwrap();
    let in_root = |name: &str| root.path().join(name).as_os_str().as_bytes().to_owned();
    let warning = |file: Vec<u8>, kind| Warning { file, kind };
    let expected = [
        warning(
            in_root(".hgignore"),
            WarningKind::InvalidSyntax(b"bad".to_vec()),
        ),
        warning(b"none".to_vec(), WarningKind::Unreadable(libc::ENOENT)),
        warning(in_root("more"), WarningKind::InvalidSyntax(Vec::new())),
        warning(b".hg".to_vec(), WarningKind::Unreadable(libc::EISDIR)),
    ];
    assert_eq!(warnings, expected);
    assert!(ignore.matches(RepoPath::new(b"ab")));
}

#[test]
fn left_to_mercurial() {
    let patterns = [
        r"a(?>b)",
        r"\1(a)",
        r"(a\1)",
        r"(a)\2",
        r"((a)\2)*",
        r"(?!(a))\1",
        r"(?<=(a)\1)b",
        "(a",
        "a)",
        "[z-a]",
        "*.o",
        "a++",
        r"a\Z\z",
        r"\B",
        "(?<=a+)b",
        "(?L)a",
        "a(?i)b",
        "(?(1)a)",
        "(a*)*",
        "glob:[[]",
        "glob:{a",
        "glob:[!]",
        r"a\",
        r"\8",
        r"\777",
        "[a--b]",
        "[a&&b]",
        "(?P<n>a)(?P<n>b)",
        "(?P=n)",
        "(?P<1>a)",
        r"(?\#a)",
        "rootglob://a",
        r"\u0041",
        "a{99999}",
    ];
    for pattern in patterns {
        let refusal = only(pattern).refusal();
        let text = pattern
            .split_once("glob:")
            .map_or(pattern, |(_, text)| text);
        let text = text.replace(r"\#", "#");
        assert!(refusal.contains(&format!("{text:?}")), "{refusal}");
        assert!(refusal.contains(".hgignore: "), "{refusal}");
    }
    let files = [
        "include:.hgignore",
        "subinclude:.hgignore",
        "subinclude:../x",
        "include/.hg/x",
        "include:a\0b",
        "glob:a\0b",
    ];
    for line in files {
        only(line).refusal();
    }
    let long = format!("glob:{}", "?".repeat(20_000));
    assert!(only(&long).refusal().contains("too long"));
}

#[test]
fn a_relative_root() {
    assert!(Ignore::load(Path::new("relative"), &[], &AtomicBool::new(false)).is_err());
}

#[test]
fn includes_that_double() {
    let mut files = vec![(".hgignore".to_owned(), "include:f0\n".to_owned())];
    for i in 0..30 {
        files.push((
            format!("f{i}"),
            format!("include:f{0}\ninclude:f{0}\n", i + 1),
        ));
    }
    let root = Root::with(&[]);
    for (name, contents) in &files {
        root.write(name, contents);
    }
    assert!(root.refusal().contains("too many"));
}

#[test]
fn files_that_are_none() {
    let root = only("include:/dev/zero\n");
    assert!(root.refusal().contains("regular"));
    for line in ["include:pipe\n", "subinclude:pipe\n"] {
        let root = only(line);
        let pipe = root.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let refusal = root.refusal();
        assert!(refusal.contains("regular"), "{refusal}");
    }
}

#[test]
fn somebody_ends_the_reading() {
    let root = only("a\n");
    let loaded = Ignore::load(
        &root.path(),
        &[root.path().join(".hgignore")],
        &AtomicBool::new(true),
    );
    assert!(matches!(loaded, Err(Error::Interrupted)));
}

#[test]
fn a_link_in_a_rule() {
    let root = only("include/x\n");
    std::os::unix::fs::symlink("elsewhere", root.path().join("include")).unwrap();
    assert!(root.refusal().contains("symbolic link"));
}

#[test]
fn many_rules_and_long_paths() {
    let rules: Vec<String> = (0..5000)
        .map(|i| format!("glob:*.e{i}\nname{i}_[a-z]+$"))
        .collect();
    let ignore = only(&rules.join("\n")).ignore();
    let path = [vec![b'x'; 100_000], b".e4999".to_vec()].concat();
    assert!(ignore.matches(RepoPath::new(&path)));
    check(&ignore, &["name17_q", "a/b.e17"], &["name17_", "b.e5000"]);
}

#[test]
fn many_threads_ask() {
    let ignore = only("glob:*.o\n^a/.*[xy]{3}$").ignore();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for i in 0..2000 {
                    let path = format!("a/{i}/xyx");
                    check(&ignore, &[&path, "b/c.o"], &["b/xyx", "b/c.oo"]);
                }
            });
        }
    });
}

/// Made with Mercurial 7.2.4's own Rust, `hg status` in a repository with
/// `dirstate-v2`.
#[test]
fn hash_of_files_and_what_they_include() {
    let root = Root::with(&[
        (".hgignore", "include:more\nsubinclude:sub/rules\n^a\n"),
        ("more", "syntax: glob\n*.o\n"),
        ("sub/rules", "^x$\n"),
    ]);
    let hash = root.ignore().hash();
    let known = "48e3c0d61df66cd326d8898f9ca33cc90e194f58";
    assert_eq!(Node::new(hash).to_string(), known);
}
