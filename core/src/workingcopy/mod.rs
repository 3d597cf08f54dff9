//! A working copy as a whole: finds it, reads what Mercurial knows of it, and says what
//! state its files are in.
//!
//! Nothing is ever written, and no lock is taken: what is answered is what the files said
//! when they were read. The user's configuration is not read; what it can name beside
//! `.hgignore`, the caller passes.

mod explicit;
mod layout;
pub mod settle;
mod subrepos;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::dirstate::{self, DirstateMap, Tree};
use crate::ignore::{Ignore, Warning};
use crate::status::{self, Names, Options, Scope, State, Unseen};
use crate::{pool, Error, Node, Result};

pub use explicit::{Complaint, Reason};

use layout::Layout;

/// The working copy of a repository.
#[derive(Clone, Debug)]
pub struct WorkingCopy {
    root: PathBuf,
}

/// What is to be found out.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
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
    pub paths: Option<&'a [Vec<u8>]>,
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
    pub copies: Vec<(Vec<u8>, Vec<u8>)>,
    /// What there is to say about files that were asked for and directories, in Mercurial's
    /// order.
    pub complaints: Vec<Complaint>,
    /// What there is to say about ignore files.
    pub warnings: Vec<Warning>,
    /// Why a file that is unsure could not be compared, for the first one.
    pub doubt: Option<Error>,
    /// The ignore rules that were used, unless nobody asked for them.
    pub ignore: Option<Ignore>,
}

impl Status {
    /// The paths in a state, in the order of their bytes.
    pub fn list(&self, state: State) -> &Names {
        &self.lists[state as usize]
    }

    /// The same, given away.
    pub fn take(&mut self, state: State) -> Names {
        std::mem::take(&mut self.lists[state as usize])
    }

    /// Adds paths, which are sorted, to a list.
    fn add<'p>(&mut self, state: State, paths: impl Iterator<Item = &'p [u8]>) {
        let list = &mut self.lists[state as usize];
        let before = list.len();
        paths.for_each(|path| list.push(path));
        if list.len() > before {
            list.sort();
        }
    }
}

impl WorkingCopy {
    /// The working copy that has this path in it: its root, its `.hg`, or anything below.
    ///
    /// # Errors
    /// - [`Error::Io`] if there is no repository here nor above;
    /// - [`Error::Unsupported`] for a repository with requirements that Mercurial 7.2 does not
    ///   have, a sparse or narrow one, one with large files, and for a file system that
    ///   does not tell `.hg` from `.HG`, or knows no permission to execute;
    /// - [`Error::Corrupt`] if a `requires` file makes no sense.
    pub fn open(path: impl AsRef<Path>) -> Result<WorkingCopy> {
        let path = path.as_ref();
        let start = path
            .canonicalize()
            .map_err(|error| Error::io(path, error))?;
        let root = start.ancestors().find(|dir| dir.join(".hg").is_dir());
        let Some(root) = root else {
            let missing = rustix::io::Errno::NOENT.into();
            return Err(Error::io(&path.join(".hg"), missing));
        };
        Layout::read(root)?;
        Ok(WorkingCopy {
            root: root.to_owned(),
        })
    }

    /// The root directory: absolute, without symlinks.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The changesets that the working copy is based on; zeros for none. O(1).
    ///
    /// # Errors
    /// Those of [`WorkingCopy::open`] and [`dirstate::Docket::parse`].
    pub fn parents(&self) -> Result<[Node; 2]> {
        Layout::read(&self.root)?.parents()
    }

    /// The ignore rules: those of `.hgignore`, then those of more files.
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
    /// see [`WorkingCopy::settle`] for those that are [`State::Unsure`] then.
    ///
    /// Linear in the number of files and of directories' entries, on all processors.
    ///
    /// # Errors
    /// Those of [`WorkingCopy::open`], [`dirstate::read`], [`Ignore::load`] and
    /// [`status::status`]; [`Error::Invalid`] for paths that are not in the working copy.
    pub fn status(&self, question: &Question<'_>) -> Result<Status> {
        let layout = Layout::read(&self.root)?;
        let needs_rules = question.unknown || question.ignored;
        let (dirstate, rules) = pool::join(
            || dirstate::read(&layout.dot_hg, layout.is_v2()),
            || needs_rules.then(|| self.ignore(question.ignore_files, question.interrupt)),
        );
        let dirstate = dirstate?;
        check_interrupt(question)?;
        subrepos::check(&self.root, &dirstate.map)?;
        let (rules, warnings) = match rules.transpose()? {
            Some((rules, warnings)) => (Some(rules), warnings),
            None => (None, Vec::new()),
        };
        let none = Ignore::none();
        let ignore = rules.as_ref().unwrap_or(&none);
        let tree = dirstate.map.tree()?;
        check_interrupt(question)?;
        let places = self.places(&tree, question)?;
        let mut outcome = status::status(
            &tree,
            &self.root,
            ignore,
            &places.scope(),
            &options(question, &dirstate.map, ignore),
        )?;
        let mut complaints = places.complaints;
        complaints.extend(Complaint::unreadable(std::mem::take(&mut outcome.bad)));
        Ok(Status {
            parents: [dirstate.p1, dirstate.p2],
            lists: State::ALL.map(|state| outcome.take(state)).into(),
            copies: if question.copies {
                copies(&dirstate.map, question)?
            } else {
                Vec::new()
            },
            complaints,
            warnings,
            doubt: None,
            ignore: rules,
        })
    }

    fn places(&self, tree: &Tree, question: &Question<'_>) -> Result<explicit::Places> {
        match question.paths {
            Some(paths) => explicit::places(&self.root, tree, paths, question.interrupt),
            None => Ok(explicit::Places::everything()),
        }
    }

    /// Moves files that are [`State::Unsure`] to the modified, clean or deleted ones, as far
    /// as [`settle::settle`] can tell.
    ///
    /// # Errors
    /// Those of [`settle::settle`].
    pub fn settle(&self, status: &mut Status, question: &Question<'_>) -> Result<()> {
        let files = status.take(State::Unsure);
        if files.is_empty() {
            return Ok(());
        }
        let settled = settle::settle(
            &self.root,
            &status.parents[0],
            None,
            &files,
            None,
            question.interrupt,
        )?;
        let paths = |state| {
            let each = files.iter().zip(&settled.files);
            each.filter(move |(_, found)| found.state == state)
                .map(|(path, _)| path)
        };
        for state in [State::Modified, State::Deleted, State::Unsure] {
            status.add(state, paths(state));
        }
        if question.clean {
            status.add(State::Clean, paths(State::Clean));
        }
        status.doubt = settled.doubt;
        Ok(())
    }
}

fn check_interrupt(question: &Question<'_>) -> Result<()> {
    if question.interrupt.load(Relaxed) {
        Err(Error::Interrupted)
    } else {
        Ok(())
    }
}

fn options<'a>(question: &Question<'a>, map: &DirstateMap, ignore: &Ignore) -> Options<'a> {
    Options {
        tracked: question.tracked,
        clean: question.clean,
        unknown: question.unknown,
        ignored: question.ignored,
        directories: false,
        check_exec: true,
        check_link: true,
        unseen: Unseen::Told,
        // Asking the file system for its time needs a file to be written.
        now: None,
        cache_is_valid: ignore.hash() == map.ignore_hash(),
        interrupt: question.interrupt,
        progress: question.progress,
    }
}

/// Tracked files that are copies, and of what.
fn copies(map: &DirstateMap, question: &Question<'_>) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut found = Vec::new();
    for copy in map.copies() {
        check_interrupt(question)?;
        let (path, source) = copy?;
        if map.get(path)?.is_some_and(|entry| entry.tracked()) {
            found.push((path.to_vec(), source.to_vec()));
        }
    }
    Ok(found)
}

impl explicit::Places {
    fn scope(&self) -> Scope<'_> {
        fn slices(paths: &[Vec<u8>]) -> Vec<&[u8]> {
            paths.iter().map(Vec::as_slice).collect()
        }
        Scope {
            search: slices(&self.search),
            all_tracked: false,
            tracked_in: slices(&self.tracked_in),
            files: slices(&self.files),
        }
    }
}
