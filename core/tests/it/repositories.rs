// SPDX-License-Identifier: GPL-2.0-or-later

//! Archives, checks and searches of a small repository that the real Mercurial has made. What is
//! asked of random ones is in `tests/python`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tempfile::TempDir;
use vermilion_core::archive::{self, Kind, archive};
use vermilion_core::diff::Options;
use vermilion_core::grep::{self, Sign, grep};
use vermilion_core::matcher::python_re::PythonSearch;
use vermilion_core::refs::View;
use vermilion_core::repository::Repository;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::verify::{Area, verify};
use vermilion_core::working_copy::status::request::Watch;
use vermilion_core::{Error, RepoPath, Rev};

use crate::hg::{hg, output};

struct Made {
    folder: TempDir,
}

impl Made {
    /// Makes two changesets: the second one changes `a`, adds a link, and copies `d/b` to `c`.
    fn new() -> Made {
        Made::with(&[])
    }

    /// Makes the same with options of hg init.
    fn with(options: &[&str]) -> Made {
        let made = Made {
            folder: tempfile::tempdir().unwrap(),
        };
        let root = made.root();
        fs::create_dir(&root).unwrap();
        made.hg(&[&["init"], options].concat());
        fs::create_dir(root.join("d")).unwrap();
        fs::write(root.join("a"), "one\ntwo\n").unwrap();
        fs::write(root.join("d/b"), "x\n".repeat(100)).unwrap();
        made.hg(&["commit", "-qAm", "first", "-d", "1000000000 0"]);
        fs::write(root.join("a"), "two\nthree\n").unwrap();
        std::os::unix::fs::symlink("a", root.join("link")).unwrap();
        made.hg(&["copy", "d/b", "c"]);
        made.hg(&["commit", "-qAm", "second", "-d", "1000000000 0"]);
        made
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn hg(&self, arguments: &[&str]) {
        let mut command = Command::new(hg());
        command.current_dir(self.root()).args(arguments);
        command.args(["--config", "ui.username=test"]);
        command.args(["--config", "storage.all-slow-path=allow"]);
        output(command.env("HGRCPATH", "/dev/null"));
    }

    fn snapshot(&self) -> Snapshot {
        let repository = Repository::open(self.root()).unwrap();
        Snapshot::open(&repository, View::All).unwrap()
    }
}

fn request(dest: &Path, kind: Kind) -> archive::Request<'_> {
    archive::Request {
        rev: Rev::new(1),
        dest,
        kind,
        prefix: Some(b"p"),
        metadata: true,
        is_wanted: &|_| true,
    }
}

#[test]
fn archives_are_those_of_hg() {
    let made = Made::new();
    let (snapshot, watch) = (made.snapshot(), Watch::default());
    for (kind, name) in [(Kind::Tar, "tar"), (Kind::ZipStored, "uzip")] {
        let [ours, theirs] = ["ours", "theirs"].map(|dest| made.folder.path().join(dest));
        assert_eq!(
            archive(&snapshot, &request(&ours, kind), &watch).unwrap(),
            4
        );
        made.hg(&["archive", "-t", name, "-p", "p", theirs.to_str().unwrap()]);
        assert_eq!(fs::read(ours).unwrap(), fs::read(theirs).unwrap(), "{name}");
    }
    assert_eq!(watch.progress.load(Relaxed), 8);
}

#[test]
fn an_index_of_files() {
    let made = Made::with(&["--config=format.use-fileindex-v1=yes"]);
    let look = || {
        let report = verify(&made.snapshot(), false, &Watch::default()).unwrap();
        let message = |problem: vermilion_core::verify::Problem| problem.message;
        report.problems.into_iter().map(message).collect::<Vec<_>>()
    };
    assert_eq!(look(), Vec::<String>::new());
    let docket = made.root().join(".hg/store/fileindex");
    let bytes = fs::read(&docket).unwrap();
    fs::write(&docket, &bytes[..9]).unwrap();
    assert!(look()[0].contains("is not the docket"));
    fs::remove_file(docket).unwrap();
    let problems = look();
    assert_eq!(problems.len(), 4);
    assert!(problems[0].starts_with("not in fileindex"));
}

#[test]
fn trees_of_manifests() {
    let made = Made::with(&["--config=experimental.treemanifest=yes"]);
    let (snapshot, watch) = (made.snapshot(), Watch::default());
    let [ours, theirs] = ["ours", "theirs"].map(|dest| made.folder.path().join(dest));
    archive(&snapshot, &request(&ours, Kind::Tar), &watch).unwrap();
    made.hg(&["archive", "-t", "tar", "-p", "p", theirs.to_str().unwrap()]);
    assert_eq!(fs::read(ours).unwrap(), fs::read(theirs).unwrap());
    // Nobody looks through their directories here.
    assert!(matches!(
        verify(&snapshot, false, &watch),
        Err(Error::Unsupported { .. })
    ));
}

#[test]
fn an_archive_that_is_interrupted_is_not_there() {
    let made = Made::new();
    let watch = Watch::default();
    watch.interrupt.store(true, Relaxed);
    for kind in [Kind::TarGz, Kind::TarBz2, Kind::TarXz, Kind::Zip] {
        let dest = made.folder.path().join("archive");
        let done = archive(&made.snapshot(), &request(&dest, kind), &watch);
        assert!(matches!(done, Err(Error::Interrupted)));
    }
    assert_eq!(fs::read_dir(made.folder.path()).unwrap().count(), 1);
}

#[test]
fn whole_and_damaged() {
    let made = Made::new();
    let look = |full| verify(&made.snapshot(), full, &Watch::default()).unwrap();
    let report = look(true);
    assert_eq!(report, look(false));
    let counts = [
        report.changesets,
        report.manifests,
        report.files,
        report.revisions,
    ];
    assert_eq!(counts, [2, 2, 4, 5]);
    assert_eq!(report.problems, []);

    let store = made.root().join(".hg/store");
    fs::remove_file(store.join("data/d/b.i")).unwrap();
    fs::write(
        store.join("fncache"),
        "data/a.i\ndata/gone.i\ndata/c.i\ndata/d/b.i\n",
    )
    .unwrap();
    let report = look(false);
    let found: Vec<(bool, Area, String, Option<i32>)> = report
        .problems
        .iter()
        .map(|problem| {
            let file = problem
                .file
                .as_ref()
                .map_or(String::new(), |file| file.to_string());
            (
                problem.is_error,
                problem.area,
                file,
                problem.rev.map(Rev::get),
            )
        })
        .collect();
    let file = |is_error, name: &str, rev| (is_error, Area::File, name.to_owned(), rev);
    assert_eq!(
        found,
        [
            file(true, "c", Some(1)),
            file(true, "d/b", Some(0)),
            file(true, "d/b", Some(0)),
            (false, Area::Store, "data/link.i".to_owned(), None),
            (false, Area::Store, "data/gone.i".to_owned(), None),
        ]
    );
}

#[test]
fn lines() {
    let made = Made::new();
    let pattern = PythonSearch::new(b"^t", false).unwrap();
    let search = |changes, most| {
        let request = grep::Request {
            pattern: &pattern,
            changes,
            files_only: false,
            is_wanted: &|path| path != RepoPath::new("c"),
        };
        let revs = [Rev::new(1), Rev::new(0)];
        grep(
            &made.snapshot(),
            &revs,
            None,
            &request,
            most,
            &Watch::default(),
        )
        .unwrap()
    };
    let answer = search(false, usize::MAX);
    assert_eq!((answer.done, &answer.after), (2, &None));
    let numbers = answer.found.iter().map(|found| {
        let lines = found
            .lines
            .iter()
            .map(|line| (line.number, line.spans.clone()));
        (found.rev.get(), lines.collect::<Vec<_>>())
    });
    let numbers: Vec<_> = numbers.collect();
    assert_eq!(
        numbers,
        [
            (1, vec![(1, vec![[0, 1]]), (2, vec![[0, 1]])]),
            (0, vec![(2, vec![[0, 1]])])
        ]
    );
    assert_eq!(search(false, 1).done, 1);

    let changed = search(true, usize::MAX).found;
    let signs = |at: usize| -> Vec<Sign> { changed[at].lines.iter().map(|l| l.sign).collect() };
    assert_eq!((signs(0), signs(1)), (vec![Sign::Added], vec![Sign::Added]));
    assert_eq!(changed[0].lines[0].text, b"three");
}

#[test]
fn patches_at_a_time_are_those_one_by_one() {
    let made = Made::new();
    let (snapshot, interrupt) = (made.snapshot(), AtomicBool::new(false));
    let revs = [Rev::NULL, Rev::new(0), Rev::new(1)];
    let pairs: Vec<[Rev; 2]> = revs.iter().flat_map(|&a| revs.map(|b| [a, b])).collect();
    for git in [false, true] {
        let options = Options {
            git,
            context: 3,
            ..Options::default()
        };
        let wanted =
            |at: usize, path: &RepoPath| at.is_multiple_of(2) || path != RepoPath::new("a");
        let all = snapshot.patches(&pairs, wanted, &options, &interrupt);
        assert_eq!(all.len(), pairs.len());
        for (at, (patch, &pair)) in all.into_iter().zip(&pairs).enumerate() {
            let one = snapshot.patch(pair, |path| wanted(at, path), &options, &interrupt);
            assert_eq!(patch.unwrap().text(), one.unwrap().text());
        }
    }
    interrupt.store(true, Relaxed);
    let options = Options::default();
    let all = snapshot.patches(
        &[[Rev::NULL, Rev::new(0)]],
        |_, _| true,
        &options,
        &interrupt,
    );
    assert!(matches!(all[..], [Err(Error::Interrupted)]));
}
