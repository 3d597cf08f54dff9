// SPDX-License-Identifier: GPL-2.0-or-later

//! Changesets, their names and their states in random repositories, beside what the real
//! Mercurial says of them: `refs.py` is an extension that makes the repositories and writes down
//! the facts, a line each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write as _};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use vermilion_core::changelog::copies::Action;
use vermilion_core::changelog::{Changelog, Columns, Reading};
use vermilion_core::refs::phases::Phase;
use vermilion_core::refs::tags::TagKind;
use vermilion_core::refs::{Branches, Found, Refs, View};
use vermilion_core::repository::Repository;
use vermilion_core::{Error, Rev, RevSet};

use crate::hg::{TESTS, hg, output};

/// The repositories of each kind.
const COUNT: u32 = 40;

const CONFIG: &str = "[ui]
username = test
[experimental]
evolution = all
[extensions]
purge =
";

/// Bytes as `refs.py` writes them.
pub(crate) fn digits(bytes: &[u8]) -> String {
    let mut digits = "=".to_owned();
    for byte in bytes {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}

pub(crate) fn joined(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() {
        "-".to_owned()
    } else {
        items.join(",")
    }
}

pub(crate) fn undigits(digits: &str) -> Vec<u8> {
    let digits = digits.strip_prefix('=').unwrap();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

fn all(changelog: &Changelog) -> Vec<Rev> {
    Rev::range(Rev::FIRST..Rev::from_index(changelog.len())).collect()
}

fn changesets(changelog: &Changelog, facts: &mut Vec<String>) {
    let reading = Reading {
        check: true,
        interrupt: &AtomicBool::new(false),
    };
    let revs = all(changelog);
    let columns = changelog.columns(&revs, Columns::ALL, &reading).unwrap();
    let mut row = 0;
    let line = |rev: Rev, changeset: &vermilion_core::changelog::Changeset<'_>| {
        let mut extra: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        extra.insert(b"branch".to_vec(), b"default".to_vec());
        for (key, value) in changeset.extra() {
            extra.insert(key.into_owned(), value.into_owned());
        }
        assert_eq!(changeset.branch(), extra[&b"branch"[..]]);
        let extra = extra.iter().map(|(k, v)| digits(k) + &digits(v));
        let date = changeset.date();
        Ok((
            format!(
                "changeset {rev} {} {} {} {} {} {} {} {} {} {}",
                changelog.node(rev)?,
                changeset.manifest(),
                digits(changeset.user()),
                date.seconds,
                date.offset,
                digits(changeset.branch()),
                u8::from(changeset.closes_branch()),
                joined(extra),
                joined(changeset.files().map(|path| digits(path.as_bytes()))),
                digits(changeset.description()),
            ),
            changeset.text().to_vec(),
        ))
    };
    let each = |(line, text): (String, Vec<u8>)| {
        // Columns say the same.
        let changeset = changelog.parse(revs[row], &text).unwrap();
        assert_eq!(columns.revs[row], revs[row].get());
        assert_eq!(columns.seconds[row], changeset.date().seconds);
        assert_eq!(columns.offsets[row], changeset.date().offset);
        assert_eq!(columns.users.get(row), Some(changeset.user()));
        assert_eq!(columns.branches.get(row), Some(changeset.branch()));
        assert_eq!(columns.closes[row] == 1, changeset.closes_branch());
        assert_eq!(columns.descriptions.get(row), Some(changeset.description()));
        assert!(columns.files_of(row).eq(changeset.files()));
        let manifest = changeset.manifest();
        assert_eq!(columns.manifests[20 * row..][..20], manifest.as_bytes()[..]);
        let node = changelog.node(revs[row]).unwrap();
        assert_eq!(columns.nodes[20 * row..][..20], node.as_bytes()[..]);
        row += 1;
        facts.push(line);
        Ok(())
    };
    changelog.for_each(&revs, &reading, line, each).unwrap();
    assert_eq!(row, revs.len());
}

fn file_changes(changelog: &Changelog, facts: &mut Vec<String>) {
    for rev in all(changelog) {
        let changes = changelog.file_changes(rev, |changes| {
            for change in changes {
                let path = digits(change.path.as_bytes());
                let action = format!("{:?}", change.action).to_lowercase();
                if change.action != Action::None {
                    facts.push(format!("change {rev} {action} {path}"));
                }
                if let Some((parent, source)) = change.copied_from {
                    let source = digits(source.as_bytes());
                    facts.push(format!("copy {rev} {parent} {path} {source}"));
                }
            }
        });
        changes.unwrap();
    }
}

fn states(refs: &Refs, facts: &mut Vec<String>) {
    let phases = refs.phases().unwrap();
    for rev in all(refs.changelog()) {
        if phases.get(rev) != Phase::Public {
            facts.push(format!("phase {rev} {}", phases.get(rev).name()));
        }
    }
    let mut set = |name: &str, revs: &RevSet| {
        facts.push(format!("set {name} {}", joined(revs.iter())));
    };
    let obsolete = refs.obsolete().unwrap();
    set("obsolete", &obsolete.obsolete);
    set("orphan", &obsolete.orphan);
    set("suspended", &obsolete.suspended);
    set("extinct", &obsolete.extinct);
    set("phasedivergent", &refs.phase_divergent().unwrap());
    set("contentdivergent", &refs.content_divergent().unwrap());
    set("hidden", refs.hidden().unwrap());
    for marker in refs.history().unwrap().markers().iter() {
        facts.push(format!(
            "marker {} {} {} {} {} {} {}",
            digits(marker.predecessor),
            joined(marker.successors.iter().map(|node| digits(node))),
            marker.flags,
            joined(marker.metadata.iter().map(|(k, v)| digits(k) + &digits(v))),
            marker.seconds as i64,
            marker.offset,
            joined(marker.parents.iter().flatten().map(|node| digits(node))),
        ));
    }
}

fn branch_facts(branches: &Branches) -> Vec<String> {
    let line = |(name, heads): (&[u8], &vermilion_core::refs::BranchHeads)| {
        let word =
            |&(rev, closes): &(Rev, bool)| format!("{rev}{}", if closes { 'c' } else { 'o' });
        let mut words: Vec<String> = heads.all().iter().map(word).collect();
        words.sort();
        format!("branch {} {} {}", digits(name), heads.tip(), joined(words))
    };
    branches.iter().map(line).collect()
}

/// What is found, as `refs.py` says it.
fn found(refs: &Refs, symbol: &[u8]) -> String {
    match refs.lookup(symbol) {
        Ok(Found::Rev(rev)) => rev.to_string(),
        Ok(Found::WorkingCopy) => "working-copy".to_owned(),
        Err(Error::HiddenRevision { .. }) => "hidden".to_owned(),
        Err(Error::AmbiguousRevision { .. }) => "ambiguous".to_owned(),
        Err(Error::UnknownRevision { .. }) => "unknown".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

fn names(refs: &Refs, theirs: &BTreeSet<String>, prefix: &str, facts: &mut Vec<String>) {
    let bookmarks = refs.bookmarks().unwrap();
    let mut say = |fact: String| facts.push(format!("{prefix} {fact}"));
    for (name, rev) in bookmarks.iter() {
        say(format!("bookmark {} {rev}", digits(name)));
    }
    say(format!(
        "active {}",
        digits(bookmarks.active().unwrap_or_default())
    ));
    for (name, rev, kind) in refs.tags().unwrap().iter() {
        let kind = match kind {
            TagKind::Global => "global",
            TagKind::Local => "local",
        };
        say(format!("tag {} {rev} {kind}", digits(name)));
    }
    branch_facts(refs.branches().unwrap())
        .into_iter()
        .for_each(&mut say);
    // Which symbols are asked for is theirs to say.
    let asked = format!("{prefix} lookup ");
    for line in theirs.iter().filter_map(|line| line.strip_prefix(&asked)) {
        let symbol = line.split(' ').next().unwrap();
        say(format!(
            "lookup {symbol} {}",
            found(refs, &undigits(symbol))
        ));
    }
}

/// Returns the facts about a repository.
fn ours(root: &Path, theirs: &BTreeSet<String>) -> BTreeSet<String> {
    let repository = Repository::open(root).unwrap();
    let refs = Refs::open(&repository, View::Visible).unwrap();
    let mut facts = Vec::new();
    changesets(refs.changelog(), &mut facts);
    file_changes(refs.changelog(), &mut facts);
    states(&refs, &mut facts);
    names(&refs, theirs, "visible", &mut facts);
    for line in theirs
        .iter()
        .filter_map(|line| line.strip_prefix("shortest "))
    {
        let words: Vec<&str> = line.split(' ').collect();
        let (rev, len) = (
            Rev::new(words[0].parse().unwrap()),
            words[1].parse().unwrap(),
        );
        let shortest = refs.shortest(rev, len).unwrap();
        facts.push(format!("shortest {rev} {len} {shortest}"));
    }
    let refs = Refs::open(&repository, View::All).unwrap();
    names(&refs, theirs, "all", &mut facts);
    facts.into_iter().collect()
}

/// Compares a repository with the facts about it.
fn compare(root: &Path, said: &[u8]) -> BTreeSet<String> {
    let said = String::from_utf8(said.to_vec()).unwrap();
    let theirs: BTreeSet<String> = said.lines().map(str::to_owned).collect();
    let ours = ours(root, &theirs);
    let (more, less) = (&ours - &theirs, &theirs - &ours);
    assert!(
        more.is_empty() && less.is_empty(),
        "{}: {more:#?}, not {less:#?}",
        root.display()
    );
    theirs
}

fn mercurial(place: &Path) -> Command {
    let rc = place.join("hgrc");
    fs::write(&rc, CONFIG).unwrap();
    let mut command = Command::new(hg());
    command.env("HGRCPATH", rc).env("HGPLAIN", "1");
    command.env("HGENCODING", "utf-8").current_dir(place);
    let extension = Path::new(TESTS).join("refs.py");
    command.arg(format!("--config=extensions.refs={}", extension.display()));
    command
}

fn random_repositories(first: u32, config: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().canonicalize().unwrap();
    let end = first + COUNT;
    let mut make = mercurial(&place);
    make.args(config.iter().map(|option| format!("--config={option}")));
    output(make.args([
        "--quiet",
        "refs-make",
        ".",
        &first.to_string(),
        &end.to_string(),
    ]));
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for number in first..end {
        let root = place.join(number.to_string());
        let facts = compare(&root, &fs::read(root.with_extension("facts")).unwrap());
        for fact in facts {
            let words: Vec<&str> = fact.split(' ').collect();
            let kind = match words[0] {
                "set" if words[2] == "-" => continue,
                "set" | "visible" | "all" => words[..2].join(" "),
                _ => words[0].to_owned(),
            };
            *kinds.entry(kind).or_default() += 1;
        }
    }
    // There is something of everything in them.
    for kind in [
        "changeset",
        "marker",
        "phase",
        "shortest",
        "set hidden",
        "set orphan",
        "set extinct",
        "set suspended",
        "set phasedivergent",
        "set contentdivergent",
        "visible tag",
        "visible bookmark",
        "visible branch",
        "all lookup",
    ] {
        assert!(
            kinds.get(kind).is_some_and(|&count| count > 0),
            "{kind}: {kinds:?}"
        );
    }
}

#[test]
fn default_repositories() {
    random_repositories(0, &[]);
}

#[test]
fn repositories_with_all_phases_and_share_safe_bookmarks() {
    let config = [
        "format.use-internal-phase=yes",
        "format.exp-archived-phase=yes",
        "format.bookmarks-in-store=yes",
        "format.use-share-safe=yes",
        "format.revlog-compression=zlib",
    ];
    random_repositories(1000, &config);
}

#[test]
fn repositories_with_changelogs_of_version_2() {
    let enable = "enable-unstable-format-and-corrupt-my-data";
    let config = [
        format!("format.exp-use-changelog-v2={enable}"),
        "format.exp-use-copies-side-data-changeset=yes".to_owned(),
    ];
    random_repositories(2000, &config.each_ref().map(String::as_str));
}

#[test]
fn bookmarks_of_shares() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().canonicalize().unwrap();
    let run = |arguments: &[&str]| output(mercurial(&place).args(arguments));
    run(&["init", "source"]);
    fs::write(place.join("source/a"), "a").unwrap();
    run(&["--cwd=source", "commit", "-qAm", "first"]);
    run(&["--cwd=source", "bookmark", "theirs"]);
    let share = "--config=extensions.share=";
    run(&[share, "share", "-qB", "source", "with"]);
    run(&[share, "share", "-q", "source", "without"]);
    run(&[share, "--cwd=with", "bookmark", "shared"]);
    run(&[share, "--cwd=without", "bookmark", "own"]);
    for name in ["source", "with", "without"] {
        let said = run(&[share, &format!("--cwd={name}"), "refs-dump"]);
        compare(&place.join(name), &said);
    }
}

/// A real history, where `VERMILION_HISTORY` names a repository.
#[test]
fn a_real_history() {
    let Some(root) = std::env::var_os("VERMILION_HISTORY") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut dump = mercurial(dir.path());
    let root = Path::new(&root);
    compare(root, &output(dump.arg("-R").arg(root).arg("refs-dump")));
}
