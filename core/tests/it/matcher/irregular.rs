// SPDX-License-Identifier: GPL-2.0-or-later

//! Rules that are not regular: look-around, and references to groups.

use super::support::{check, only};
use vermilion_core::{Error, RepoPath};

/// Patterns of vim, octave, MonetDB and go.
#[test]
fn what_real_projects_look_around_for() {
    let vim = only("^src/auto/(?!configure$)\nsyntax: glob\n*.o\n").ignore();
    check(
        &vim,
        &["src/auto/x", "src/auto/configure.in", "a/src/auto.o"],
        &["src/auto/configure", "src/auto", "a/src/auto/x"],
    );
    let octave = only("(^|/)gnulib$\n^m4/(?!ax_).+\\.m4$\n.~$").ignore();
    check(
        &octave,
        &["m4/a.m4", "m4/ax/b.m4", "a/gnulib", "a~"],
        &["m4/ax_a.m4", "m4/.m4", "~"],
    );
    let monet = only("/\\#\n^(?!buildtools).*/Makefile\\.am$\nTAGS$\n").ignore();
    check(
        &monet,
        &["a/Makefile.am", "a/b/Makefile.am", "/#a", "xTAGS"],
        &[
            "buildtools/Makefile.am",
            "buildtools2/a/Makefile.am",
            "Makefile.am",
        ],
    );
    let go = only("syntax:glob\n*.[568ao]\nsyntax:regexp\n^pkg/\n^src/cmd/(.*)/6?\\1$\n").ignore();
    check(
        &go,
        &[
            "src/cmd/gc/6gc",
            "src/cmd/gc/gc",
            "src/cmd/a/b/6a/b",
            "src/cmd//",
        ],
        &["src/cmd/gc/8gc", "src/cmd/gc/6gcc", "src/cmd/gc"],
    );
    let documented = only("syntax: re\nfoo.*$(?<!bar)").ignore();
    check(&documented, &["foo", "a/foobarx"], &["foobar", "fo"]);
}

/// Mercurial makes one expression of all patterns, in which groups have other numbers.
#[test]
fn groups_of_other_patterns() {
    let other = only("^(a)x\n^(b)\\1$").ignore();
    check(&other, &["ax"], &["bb", "ba", "b"]);
    let own = only("^(a)x\n^(b)\\2$").ignore();
    check(&own, &["ax", "bb"], &["ba", "b"]);
    let named = only("^(?P<n>a)x\n^(b)(?P=n)?c").ignore();
    check(&named, &["ax", "bc"], &["bac", "bbc"]);
    let asked = only("^(a)x\n^(b)(?(1)c|d)(?(2)e|f)").ignore();
    check(&asked, &["ax", "bde"], &["bce", "bdf"]);
    let twice = only("(?P<n>a)\n(?P<n>b)").refusal();
    assert!(twice.contains("same name"), "{twice}");
    // As many patterns as have room in 20,000 bytes: then the numbers begin anew.
    // The suffix of a glob and the bars count too.
    let after = |length: usize| {
        let filler = format!("rootglob:{}", "x".repeat(length));
        only(&format!("^(a)x\n{filler}\n^(b)\\1$")).ignore()
    };
    check(&after(19_980), &["ax", "bb"], &["ba", "b"]);
    check(&after(19_979), &["ax"], &["bb"]);
}

#[test]
fn what_takes_too_long_to_match() {
    let ignore = only("^(?=(?:a|a)+(?:a|a)+(?:a|a)+$)x\n^b").ignore();
    check(&ignore, &["b"], &["aac"]);
    ignore.fault().unwrap();
    let path = [b"a".repeat(40), b"c".to_vec()].concat();
    // Nobody must take this for an answer.
    assert!(ignore.matches(RepoPath::new(&path)));
    let refused = |result| matches!(result, Err(Error::Unsupported { .. }));
    assert!(refused(ignore.fault()));
    assert!(refused(ignore.judge(RepoPath::new(&path)).map(|_| ())));
    // A single question says so by itself, and others still have answers.
    assert!(
        ignore.judge(RepoPath::new(b"b")).unwrap() && !ignore.judge(RepoPath::new(b"c")).unwrap()
    );
}

/// The steps that all paths may take together are used up too.
#[test]
fn what_takes_too_long_for_many_paths() {
    let ignore = only("^(?=.*.*.*.*b)x").ignore();
    let path = vec![b'a'; 40];
    let asked = (0..100_000).find(|_| ignore.judge(RepoPath::new(&path)).is_err());
    let asked = asked.expect("an end");
    assert!(asked > 20, "{asked}");
}
