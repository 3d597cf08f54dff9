// SPDX-License-Identifier: GPL-2.0-or-later

//! Files through history in random repositories, beside what the real Mercurial says of them:
//! `files.py` is an extension that makes the repositories and writes down facts, a line each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use vermilion_core::annotate::Annotating;
use vermilion_core::copies::Copies;
use vermilion_core::diff::Whitespace;
use vermilion_core::history::{Files, Following};
use vermilion_core::refs::{Refs, View};
use vermilion_core::repository::Repository;
use vermilion_core::{Error, RepoPath, RepoPathBuf, Rev, RevSet};

use crate::hg::{TESTS, hg, output};
use crate::refs::{digits, joined, undigits};

/// The repositories of each kind.
const COUNT: u32 = 12;

const CONFIG: &str = "[ui]
username = test
[experimental]
evolution = all
";

/// The words of a question.
struct Words<'q>(std::str::Split<'q, char>);

impl Words<'_> {
    fn number(&mut self) -> i32 {
        self.0.next().unwrap().parse().unwrap()
    }

    fn rev(&mut self) -> Rev {
        Rev::new(self.number())
    }

    fn path(&mut self) -> RepoPathBuf {
        undigits(self.0.next().unwrap()).into()
    }
}

fn pairs(copies: &Copies) -> String {
    let pair = |(path, source): (&RepoPathBuf, &RepoPathBuf)| {
        format!("{}<{}", digits(path.as_bytes()), digits(source.as_bytes()))
    };
    joined(copies.iter().map(pair))
}

fn revision(files: &mut Files<'_>, words: &mut Words<'_>) -> String {
    let (path, rev) = (words.path(), words.rev());
    let id = files.id(&path);
    let filelog = files.filelog(id).unwrap();
    let node = filelog.node(rev).unwrap();
    assert_eq!(filelog.rev(&node).unwrap(), rev);
    let content = filelog.content(rev).unwrap();
    // The same where many are read.
    let mut contents = filelog.contents(true);
    contents.read(rev.before().max(Rev::FIRST)).unwrap();
    assert_eq!(contents.read(rev).unwrap(), content);
    let source = filelog.copied_from(rev).unwrap();
    let source = source.map(|source| digits(source.path.as_bytes()) + &source.node.to_string());
    let [p1, p2] = filelog.parents(rev).unwrap();
    format!(
        "{node} {} {p1} {p2} {} {} {}",
        filelog.link_rev(rev).unwrap(),
        filelog.size(rev).unwrap(),
        digits(&content),
        source.unwrap_or("-".to_owned()),
    )
}

fn changes(files: &mut Files<'_>, path: &RepoPath, hidden: &RevSet) -> String {
    let versions = files.changes_of(path, hidden, None).unwrap();
    let tip = files.changelog().tip();
    let of_tip = files.changes_of(path, hidden, Some(tip)).unwrap();
    let ancestor = |rev: Rev| files.graph().is_ancestor(rev, tip).unwrap();
    assert!(
        of_tip.iter().eq(versions
            .iter()
            .filter(|version| ancestor(version.changeset)))
    );
    joined(versions.iter().rev().map(|version| version.changeset))
}

fn follow(files: &mut Files<'_>, words: &mut Words<'_>) -> String {
    let (path, rev) = (words.path(), words.rev());
    let how = Following {
        first_parent: words.number() == 1,
        ..Following::default()
    };
    let versions = files.follow(&[(&path, rev)], &how).unwrap();
    assert!(versions.is_sorted_by(|a, b| a.changeset >= b.changeset));
    let limited = Following {
        limit: Some(2),
        ..how
    };
    let some = files.follow(&[(&path, rev)], &limited).unwrap();
    assert_eq!(some, versions[..versions.len().min(2)]);
    let word = |version: &vermilion_core::history::FileVersion| {
        let path = files.path(version.path).to_owned();
        (version.changeset, path, version.node)
    };
    let mut words: Vec<_> = versions.iter().map(word).collect();
    words.sort();
    joined(
        words
            .iter()
            .map(|(rev, path, node)| format!("{rev}{}{node}", digits(path.as_bytes()))),
    )
}

fn annotate(files: &mut Files<'_>, words: &mut Words<'_>) -> String {
    let (path, rev) = (words.path(), words.rev());
    let (follow, whitespace) = (words.number() == 1, words.number());
    let skip: Vec<Rev> = words
        .0
        .by_ref()
        .map(|word| Rev::new(word.parse().unwrap()))
        .collect();
    let skip = RevSet::from_revs(skip).unwrap();
    let how = Annotating {
        follow,
        skip: (!skip.is_empty()).then_some(&skip),
        whitespace: Whitespace {
            all: whitespace == 1,
            amount: whitespace == 2,
            blank_lines: whitespace == 3,
            at_end: whitespace == 4,
        },
        check: true,
        ..Annotating::default()
    };
    let annotated = files.annotate(&path, rev, &how).unwrap();
    let line = |line: &vermilion_core::annotate::AnnotatedLine| {
        let path = digits(files.path(line.path).as_bytes());
        let mark = if line.skipped { "*" } else { "" };
        format!("{}{path}:{}{mark}", line.changeset, line.number)
    };
    joined(annotated.lines.iter().map(line))
}

/// Returns the answer to a question, as `files.py` says it.
fn answer(files: &mut Files<'_>, hidden: &RevSet, question: &str) -> String {
    let mut words = Words(question.split(' '));
    match words.0.next().unwrap() {
        "revision" => revision(files, &mut words),
        "changeset-copies" => {
            let copies = files.copies_of_changeset(words.rev()).unwrap();
            format!("{} {}", pairs(&copies.p1), pairs(&copies.p2))
        }
        "copies" => {
            let (from, to) = (words.rev(), words.rev());
            pairs(&files.copies(from, to).unwrap())
        }
        "changes" | "all-changes" => changes(files, &words.path(), &RevSet::new()),
        "visible-changes" => changes(files, &words.path(), hidden),
        "follow" => follow(files, &mut words),
        "introduced" => {
            let (path, rev) = (words.path(), words.rev());
            files.introduced_by(&path, rev).unwrap().to_string()
        }
        "last-changed" => {
            let (directory, rev) = (words.path(), words.rev());
            let entries = files.last_changed(&directory, rev).unwrap();
            let word = |entry: &vermilion_core::history::LastChange| {
                format!("{}{}", digits(entry.path.as_bytes()), entry.changeset)
            };
            joined(entries.iter().map(word))
        }
        "annotate" => annotate(files, &mut words),
        kind => panic!("{kind}"),
    }
}

/// Compares a repository with facts about it, and returns of each kind how many there are, and
/// how long the answers took.
fn compare(root: &Path, facts: &str) -> BTreeMap<String, (usize, usize, Duration)> {
    let repository = Repository::open(root).unwrap();
    let refs = Refs::open(&repository, View::Visible).unwrap();
    let (hidden, interrupt) = (refs.hidden().unwrap(), AtomicBool::new(false));
    let mut files = Files::open(&repository, refs.changelog(), &interrupt).unwrap();
    let mut kinds: BTreeMap<String, (usize, usize, Duration)> = BTreeMap::new();
    for fact in facts.lines() {
        let (question, theirs) = fact.split_once(" : ").unwrap();
        let begin = Instant::now();
        let ours = answer(&mut files, hidden, question);
        let took = begin.elapsed();
        assert_eq!(ours, theirs, "{}: {question}", root.display());
        let kind = question.split(' ').next().unwrap();
        let (count, telling, time) = kinds.entry(kind.to_owned()).or_default();
        *count += 1;
        *telling += usize::from(!matches!(theirs, "-" | "- -"));
        *time += took;
    }
    kinds
}

/// Reads the manifests of a repository in several orders, which makes no difference.
fn read_manifests(root: &Path) {
    let repository = Repository::open(root).unwrap();
    let (changelog, interrupt) = (repository.changelog().unwrap(), AtomicBool::new(false));
    let manifests = repository.manifests().unwrap();
    let mut reader = manifests.reader();
    let files = Files::open(&repository, &changelog, &interrupt).unwrap();
    let revs: Vec<Rev> = (0..changelog.len()).map(Rev::from_index).collect();
    for &rev in revs.iter().chain(revs.iter().rev()) {
        let text = changelog.text(rev).unwrap();
        let node = changelog.parse(rev, &text).unwrap().manifest();
        let manifest = manifests.get(&node, rev).unwrap();
        assert_eq!(*reader.read(&node, rev).unwrap(), manifest);
        assert_eq!(*files.manifest(rev).unwrap(), manifest);
        for entry in manifest.iter() {
            let entry = entry.unwrap();
            let found = manifests.find(&node, rev, entry.path).unwrap();
            assert_eq!(found, Some((entry.node, entry.flag)));
        }
    }
}

fn random_repositories(first: u32, config: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().canonicalize().unwrap();
    let rc = place.join("hgrc");
    fs::write(&rc, CONFIG).unwrap();
    let mut make = Command::new(hg());
    make.env("HGRCPATH", rc)
        .env("HGPLAIN", "1")
        .current_dir(&place);
    let extension = Path::new(TESTS).join("files.py");
    make.arg(format!("--config=extensions.files={}", extension.display()));
    make.args(config.iter().map(|option| format!("--config={option}")));
    let (count, end) = (COUNT, first + COUNT);
    let count = std::env::var("VERMILION_FILES_COUNT").map_or(count, |n| n.parse().unwrap());
    let end = if count == COUNT { end } else { first + count };
    output(make.args([
        "--quiet",
        "files-make",
        ".",
        &first.to_string(),
        &end.to_string(),
    ]));
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for number in first..end {
        let root = place.join(number.to_string());
        read_manifests(&root);
        let facts = fs::read_to_string(root.with_extension("facts")).unwrap();
        for (kind, (_, telling, _)) in compare(&root, &facts) {
            *kinds.entry(kind).or_default() += telling;
        }
    }
    assert!(
        kinds.len() == 9 && kinds.values().all(|&count| count > 0),
        "{kinds:?}"
    );
}

#[test]
fn default_repositories() {
    random_repositories(0, &[]);
}

#[test]
fn repositories_of_old_formats() {
    random_repositories(
        1000,
        &[
            "format.usegeneraldelta=no",
            "format.revlog-compression=zlib",
        ],
    );
}

#[test]
fn repositories_with_copies_in_the_changelog() {
    let enable = "enable-unstable-format-and-corrupt-my-data";
    let config = [
        format!("format.exp-use-changelog-v2={enable}"),
        "format.exp-use-copies-side-data-changeset=yes".to_owned(),
    ];
    random_repositories(2000, &config.each_ref().map(String::as_str));
}

#[test]
fn repositories_with_contents_that_lfs_has() {
    let config = [
        "extensions.lfs=",
        "experimental.lfs.disableusercache=yes",
        "lfs.track=size('>6')",
    ];
    random_repositories(3000, &config);
}

#[test]
fn repositories_with_an_index_of_files() {
    let config = ["format.use-fileindex-v1=yes", "storage.all-slow-path=allow"];
    random_repositories(5000, &config);
}

#[test]
fn repositories_with_trees_of_manifests() {
    random_repositories(4000, &["experimental.treemanifest=yes"]);
}

#[test]
fn what_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    output(
        Command::new(hg())
            .env("HGRCPATH", "")
            .arg("init")
            .arg(dir.path()),
    );
    let repository = Repository::open(dir.path()).unwrap();
    let (changelog, interrupt) = (repository.changelog().unwrap(), AtomicBool::new(false));
    let mut files = Files::open(&repository, &changelog, &interrupt).unwrap();
    let (path, null) = (RepoPath::new("a"), Rev::NULL);
    assert_eq!(files.copies(null, null).unwrap(), Copies::new());
    assert_eq!(files.changes_of(path, &RevSet::new(), None).unwrap(), []);
    assert_eq!(files.last_changed(RepoPath::root(), null).unwrap(), []);
    assert!(matches!(
        files.introduced_by(path, null),
        Err(Error::Invalid(_))
    ));
    assert!(matches!(
        files.annotate(path, null, &Annotating::default()),
        Err(Error::Invalid(_))
    ));
    assert!(matches!(
        files.copies(Rev::FIRST, null),
        Err(Error::OutOfRange { .. })
    ));
    assert!(matches!(
        files.manifest(Rev::FIRST),
        Err(Error::OutOfRange { .. })
    ));
}

/// Facts about a real history, in the file that `VERMILION_FACTS` names, which `hg files-ask` has
/// written about the repository that `VERMILION_HISTORY` names.
#[test]
fn a_real_history() {
    let named = ["VERMILION_HISTORY", "VERMILION_FACTS"].map(std::env::var_os);
    let [Some(root), Some(facts)] = named else {
        return;
    };
    let kinds = compare(Path::new(&root), &fs::read_to_string(facts).unwrap());
    for (kind, (count, _, time)) in kinds {
        println!("{kind}: {count} in {time:.3?}");
    }
}
