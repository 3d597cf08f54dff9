// SPDX-License-Identifier: GPL-2.0-or-later

//! A working copy as a whole: finds it, reads what Mercurial knows of it, and says what
//! state its files are in.
//!
//! Nothing is ever written, but by [`file_writer`] and [`Unrecorded::record`], and but for the latter
//! no lock is taken: what is answered is what the files said when they were read. The user's
//! configuration is not read; what it can name beside `.hgignore`, the caller passes.

pub(crate) mod auditor;
pub mod compare;
mod explicit;
pub(crate) mod file;
pub mod file_writer;
pub mod head_start;
mod recording;
pub mod status;
mod subrepos;
mod supported;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::dirstate::{self, DirstateMap, Identity, Timestamp, Tree};
use crate::matcher::{Ignore, Warning};
use crate::platform::clock::file_system_now;
use crate::platform::pool;
use crate::repository::find_root;
use crate::working_copy::recording::Findings;
use crate::working_copy::status::{Names, Options, Scope, State, Unseen, Wanted};
use crate::{Error, Node, RepoPath, RepoPathBuf, Result};

pub use explicit::{Complaint, Reason};
pub use recording::Unrecorded;

/// The working copy of a repository.
#[derive(Clone, Debug)]
pub struct WorkingCopy {
    root: PathBuf,
}

/// The status that is to be found out.
#[derive(Clone, Copy, Debug)]
pub struct StatusRequest<'a> {
    /// Look at tracked files. Without these, unknown and ignored ones are found faster.
    pub tracked: bool,
    /// List clean files.
    pub clean: bool,
    /// List files that are neither tracked nor ignored.
    pub unknown: bool,
    /// List ignored files.
    pub ignored: bool,
    /// Tell what tracked files are copies of.
    pub copies: bool,
    /// Look at these files and directories only. Relative to the root, `/` between their
    /// parts.
    pub paths: Option<&'a [RepoPathBuf]>,
    /// Files of ignore rules beside the root's `.hgignore`, relative to the root or
    /// absolute; `ui.ignore` in Mercurial's configuration.
    pub ignore_files: &'a [PathBuf],
    /// Set by somebody else to end the work, which then gives [`Error::Interrupted`].
    pub interrupt: &'a AtomicBool,
    /// Counts the directories that have been looked at.
    pub progress: &'a AtomicUsize,
}

/// The state of a working copy.
#[derive(Debug)]
pub struct Status {
    /// The changesets that the working copy is based on; zeros for none.
    pub parents: [Node; 2],
    lists: Vec<Names>,
    /// Files and what they are copies of, where that was asked for.
    pub copies: Vec<(RepoPathBuf, RepoPathBuf)>,
    /// What there is to say about files that were asked for and directories, in Mercurial's
    /// order.
    pub complaints: Vec<Complaint>,
    /// What there is to say about ignore files.
    pub warnings: Vec<Warning>,
    /// Why a file that is unsure could not be compared, for the first one.
    pub unsure_reason: Option<Error>,
    /// The ignore rules that were used, unless nobody asked for them.
    pub ignore: Option<Ignore>,
    findings: Option<Findings>,
}

impl Status {
    /// Returns the paths in a state, in the order of their bytes.
    pub fn list(&self, state: State) -> &Names {
        &self.lists[state as usize]
    }

    /// Returns the same, given away.
    pub fn take(&mut self, state: State) -> Names {
        std::mem::take(&mut self.lists[state as usize])
    }

    /// Returns a status of files in these states, each of which comes once.
    pub fn of(files: impl IntoIterator<Item = (State, RepoPathBuf)>) -> Status {
        let mut lists: Vec<Names> = State::ALL.iter().map(|_| Names::default()).collect();
        for (state, path) in files {
            lists[state as usize].push(&path);
        }
        lists.iter_mut().for_each(Names::sort);
        Status {
            parents: [Node::NULL; 2],
            lists,
            copies: Vec::new(),
            complaints: Vec::new(),
            warnings: Vec::new(),
            unsure_reason: None,
            ignore: None,
            findings: None,
        }
    }

    /// Keeps only the paths in all states that `keep` tells.
    pub fn retain(&mut self, keep: impl Fn(&RepoPath) -> bool) {
        for list in &mut self.lists {
            let before = std::mem::take(list);
            let kept = before.iter().filter(|path| keep(path));
            kept.for_each(|path| list.push(path));
        }
    }

    /// Returns what the status found out and the dirstate does not know: that files are clean whose
    /// contents were compared, and which directories had nothing new. `None` if there is nothing, or
    /// no more: it is given away.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a damaged dirstate.
    pub fn unrecorded(&mut self) -> Result<Option<Unrecorded>> {
        match self.findings.take() {
            Some(findings) => findings.unrecorded(),
            None => Ok(None),
        }
    }

    /// Adds paths, which are sorted, to a list.
    fn add<'p>(&mut self, state: State, paths: impl Iterator<Item = &'p RepoPath>) {
        let list = &mut self.lists[state as usize];
        let before = list.len();
        paths.for_each(|path| list.push(path));
        if list.len() > before {
            list.sort();
        }
    }
}

impl WorkingCopy {
    /// Returns the working copy that has this path in it: its root, its `.hg`, or anything below.
    ///
    /// # Errors
    /// - [`Error::Io`] if there is no repository here nor above;
    /// - [`Error::Unsupported`] for a repository with requirements that Mercurial 7.2 does not
    ///   have, a sparse or narrow one, one with large files, and for a file system that
    ///   does not tell `.hg` from `.HG`, or knows no permission to execute;
    /// - [`Error::Corrupt`] if a `requires` file makes no sense.
    pub fn open(path: impl AsRef<Path>) -> Result<WorkingCopy> {
        let root = find_root(path.as_ref())?;
        supported::open(&root)?;
        Ok(WorkingCopy { root })
    }

    /// Returns the root directory: absolute, without symlinks.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the changesets that the working copy is based on; zeros for none. O(1).
    ///
    /// # Errors
    /// Those of [`WorkingCopy::open`] and [`dirstate::read_parents`].
    pub fn parents(&self) -> Result<[Node; 2]> {
        let repository = supported::open(&self.root)?;
        dirstate::read_parents(repository.dot_hg(), repository.has_dirstate_v2())
    }

    /// Returns the ignore rules: those of `.hgignore`, then those of more files.
    ///
    /// # Errors
    /// Those of [`Ignore::load`].
    pub fn ignore(
        &self,
        more: &[PathBuf],
        interrupt: &AtomicBool,
    ) -> Result<(Ignore, Vec<Warning>)> {
        let own = self.root.join(".hgignore");
        let own = own.exists().then_some(own);
        let more = more.iter().map(|file| self.root.join(file));
        let files: Vec<PathBuf> = own.into_iter().chain(more).collect();
        Ignore::load(&self.root, &files, interrupt)
    }

    /// Compares the files with what the dirstate says of them, not with their contents:
    /// see [`WorkingCopy::compare_contents`] for those that are [`State::Unsure`] then.
    ///
    /// Linear in the number of files and of directories' entries, on all processors.
    ///
    /// # Errors
    /// Those of [`WorkingCopy::open`], [`dirstate::read`], [`Ignore::load`] and
    /// [`status::status`]; [`Error::Invalid`] for paths that are not in the working copy.
    pub fn status(&self, request: &StatusRequest<'_>) -> Result<Status> {
        let repository = supported::open(&self.root)?;
        let needs_rules = request.unknown || request.ignored;
        let identity = Identity::of(repository.dot_hg());
        // Where nothing can be written, nothing can be recorded either.
        let now = file_system_now(repository.dot_hg()).ok();
        let (dirstate, rules) = pool::join(
            || repository.dirstate(),
            || needs_rules.then(|| self.ignore(request.ignore_files, request.interrupt)),
        );
        let dirstate = dirstate?;
        check_interrupt(request)?;
        subrepos::check(&self.root, &dirstate.map)?;
        let (rules, warnings) = match rules.transpose()? {
            Some((rules, warnings)) => (Some(rules), warnings),
            None => (None, Vec::new()),
        };
        let none = Ignore::none();
        let ignore = rules.as_ref().unwrap_or(&none);
        let tree = dirstate.map.tree()?;
        check_interrupt(request)?;
        let (scope, mut complaints) = self.scope(&tree, request)?;
        let mut outcome = status::status(
            &tree,
            &self.root,
            ignore,
            &scope,
            &options(request, &dirstate.map, ignore, now),
        )?;
        complaints.extend(Complaint::unreadable(std::mem::take(&mut outcome.bad)));
        // The rules have changed for directories as well that were not looked at.
        let is_whole = request.paths.is_none() && request.tracked && dirstate.docket.is_some();
        let hash = rules.as_ref().filter(|_| is_whole).map(Ignore::hash);
        let directories = std::mem::take(&mut outcome.directories);
        Ok(Status {
            parents: [dirstate.p1, dirstate.p2],
            lists: State::ALL.map(|state| outcome.take(state)).into(),
            copies: if request.copies {
                copies(&dirstate.map, request)?
            } else {
                Vec::new()
            },
            complaints,
            warnings,
            unsure_reason: None,
            ignore: rules,
            findings: Some(Findings {
                dot_hg: repository.dot_hg().to_owned(),
                dirstate,
                identity,
                now,
                directories: hash.map(|hash| (directories, hash)),
                clean: Vec::new(),
            }),
        })
    }

    fn scope(&self, tree: &Tree, request: &StatusRequest<'_>) -> Result<(Scope, Vec<Complaint>)> {
        match request.paths {
            Some(paths) => explicit::scope(&self.root, tree, paths, request.interrupt),
            None => Ok((Scope::everything(), Vec::new())),
        }
    }

    /// Moves files that are [`State::Unsure`] to the modified, clean or deleted ones, as far
    /// as [`compare::compare_contents`] can tell.
    ///
    /// # Errors
    /// Those of [`compare::compare_contents`].
    pub fn compare_contents(&self, status: &mut Status, request: &StatusRequest<'_>) -> Result<()> {
        let files = status.take(State::Unsure);
        if files.is_empty() {
            return Ok(());
        }
        let compared = compare::compare_contents(
            &self.root,
            &status.parents[0],
            None,
            &files,
            status.findings.as_ref().and_then(|findings| findings.now),
            request.interrupt,
        )?;
        if let Some(findings) = &mut status.findings {
            let each = files.iter().zip(&compared.files);
            let clean = each.filter_map(|(path, found)| Some((path.to_owned(), found.recorded?)));
            findings.clean.extend(clean);
        }
        let paths = |state| {
            let each = files.iter().zip(&compared.files);
            each.filter(move |(_, found)| found.state == state)
                .map(|(path, _)| path)
        };
        for state in [State::Modified, State::Deleted, State::Unsure] {
            status.add(state, paths(state));
        }
        if request.clean {
            status.add(State::Clean, paths(State::Clean));
        }
        status.unsure_reason = compared.unsure_reason;
        Ok(())
    }
}

fn check_interrupt(request: &StatusRequest<'_>) -> Result<()> {
    if request.interrupt.load(Relaxed) {
        Err(Error::Interrupted)
    } else {
        Ok(())
    }
}

fn options<'a>(
    request: &StatusRequest<'a>,
    map: &DirstateMap,
    ignore: &Ignore,
    now: Option<Timestamp>,
) -> Options<'a> {
    Options {
        tracked: request.tracked,
        wanted: Wanted {
            clean: request.clean,
            unknown: request.unknown,
            ignored: request.ignored,
            directories: false,
            check_exec: true,
            check_link: true,
            unseen: Unseen::Told,
        },
        now,
        cache_is_valid: ignore.hash() == map.ignore_hash(),
        interrupt: request.interrupt,
        progress: request.progress,
    }
}

/// Returns tracked files that are copies, and of what.
fn copies(
    map: &DirstateMap,
    request: &StatusRequest<'_>,
) -> Result<Vec<(RepoPathBuf, RepoPathBuf)>> {
    let mut found = Vec::new();
    for copy in map.copies() {
        check_interrupt(request)?;
        let (path, source) = copy?;
        if map.get(path)?.is_some_and(|entry| entry.tracked()) {
            found.push((path.to_owned(), source.to_owned()));
        }
    }
    Ok(found)
}
