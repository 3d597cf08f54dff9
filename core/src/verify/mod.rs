// SPDX-License-Identifier: GPL-2.0-or-later

//! Whether a repository is whole: what `hg verify` looks at.
//!
//! Changesets are read, and tell which manifests and files there should be (`changesets.rs`);
//! manifests are, and tell which revisions of files (`manifests.rs`); then each file is looked
//! through (`files.rs`). Entries of revlogs say which changeset they came with, which has to be one
//! that names them (`entries.rs`). At the end come the list of the store's files (`fncache.rs`) and
//! the dirstate (`tracked.rs`). All of it goes on after whatever is wrong; what is reported follows
//! `mercurial/verify.py` and `revlog.verifyintegrity`.

mod changesets;
mod entries;
mod files;
mod fncache;
mod manifests;
mod tracked;

use std::sync::atomic::Ordering::Relaxed;

use crate::error::FileKind;
use crate::manifest::Manifests;
use crate::snapshot::Snapshot;
use crate::working_copy::status::request::Watch;
use crate::{Error, RepoPath, RepoPathBuf, Result, Rev};

use fncache::Listed;

/// What a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The changelog.
    Changelog,
    /// The manifests.
    Manifest,
    /// The revisions of a file.
    File,
    /// The store, or the list of its files.
    Store,
    /// The dirstate.
    Dirstate,
}

impl Area {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Area::Changelog => "changelog",
            Area::Manifest => "manifest",
            Area::File => "file",
            Area::Store => "store",
            Area::Dirstate => "dirstate",
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the repository is damaged, and not only unusual.
    pub is_error: bool,
    /// What it is about.
    pub area: Area,
    /// The file, if it is about one; a name in the store for what is about that.
    pub file: Option<RepoPathBuf>,
    /// The changeset that the damaged revision belongs to, where that can be told.
    pub rev: Option<Rev>,
    /// What is wrong.
    pub message: String,
}

/// The result of looking through a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many changesets there are.
    pub changesets: usize,
    /// How many manifests.
    pub manifests: usize,
    /// How many files ever were in a changeset.
    pub files: usize,
    /// How many revisions these have, those in revlogs that cannot be opened not counted.
    pub revisions: usize,
    /// What is wrong, in the order in which it was looked at.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Returns whether there are errors among the problems.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.is_error)
    }
}

/// Problems of one thing.
struct Problems {
    area: Area,
    file: Option<RepoPathBuf>,
    found: Vec<Problem>,
}

impl Problems {
    fn new(area: Area, file: Option<&RepoPath>) -> Problems {
        Problems {
            area,
            file: file.map(RepoPath::to_owned),
            found: Vec::new(),
        }
    }

    fn error(&mut self, rev: Option<Rev>, message: impl ToString) {
        self.add(true, rev, message);
    }

    fn warning(&mut self, rev: Option<Rev>, message: impl ToString) {
        self.add(false, rev, message);
    }

    fn add(&mut self, is_error: bool, rev: Option<Rev>, message: impl ToString) {
        self.found.push(Problem {
            is_error,
            area: self.area,
            file: self.file.clone(),
            rev,
            message: message.to_string(),
        });
    }
}

/// What all parts of the work need.
#[derive(Clone, Copy)]
struct Context<'c> {
    snapshot: &'c Snapshot,
    watch: &'c Watch,
    /// How many changesets there are.
    len: usize,
}

impl Context<'_> {
    /// Counts a revision, and fails if somebody has ended the work.
    fn count(&self) -> Result<()> {
        self.watch.progress.fetch_add(1, Relaxed);
        self.watch.go_on()
    }
}

/// Looks through a repository, of which `snapshot` has all changesets, hidden ones too.
///
/// With `full`, the whole text of each manifest is compared with its node; without, that of those
/// that are stored whole, and of the others which files they change. Takes time linear in all
/// texts, those of manifests left out, and memory linear in the numbers of changes to files; on
/// several threads. Somebody who commits meanwhile looks like damage.
///
/// # Errors
/// [`Error::Interrupted`]; [`Error::Unsupported`] where manifests are trees, of whose directories
/// nobody here looks through all revisions. Whatever else there is, the report says.
pub fn verify(snapshot: &Snapshot, full: bool, watch: &Watch) -> Result<Report> {
    if snapshot.manifests().is_ok_and(Manifests::are_trees) {
        let dir = snapshot.store().dir().display();
        let reason = "manifests that are trees are not verified";
        return Err(Error::unsupported(FileKind::Repository, dir, reason));
    }
    let context = Context {
        snapshot,
        watch,
        len: snapshot.refs().changelog().len(),
    };
    let mut report = Report {
        changesets: context.len,
        ..Report::default()
    };
    let problems = &mut report.problems;
    if snapshot.store().dir().join("journal").exists() {
        let mut store = Problems::new(Area::Store, Some(RepoPath::new("journal")));
        store.warning(None, "a transaction was given up");
        problems.append(&mut store.found);
    }
    let named = changesets::check(context, problems)?;
    let present = manifests::check(context, full, named.manifests, problems)?;
    report.manifests = present.count;
    let mut listed = Listed::read(context, problems);
    let files = files::Files::new(named.files, present);
    files.cross_check(context, problems);
    files.check(context, listed.as_mut(), &mut report)?;
    if let Some(listed) = listed {
        listed.report(&mut report.problems);
    }
    if !report.has_errors() {
        tracked::check(context, &mut report.problems);
    }
    Ok(report)
}
