// SPDX-License-Identifier: GPL-2.0-or-later

//! Files through history: which changesets changed a file, under which names.
//!
//! A file's revision is named by path and node, and says with which changeset it came first
//! ([`Filelog::link_rev`]). Other changesets may have come to the same content from the same
//! parents later, on another branch, or that one may be hidden. So whoever follows a file from a
//! changeset has to look whether that changeset is an ancestor, and for another one if it is not
//! (`introduced.rs`). All of it is what Mercurial's `context.py`, `dagop.py` and `revset.py` do.

mod followed;
mod introduced;
mod last_changed;
mod touched;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::changelog::Changelog;
use crate::filelog::Filelog;
use crate::manifest::{Manifest, ManifestCache, manifest_of};
use crate::repository::Repository;
use crate::repository::store::Store;
use crate::{Error, Graph, Node, RepoPath, RepoPathBuf, Result, Rev};

use introduced::Touched;

pub use followed::Following;
pub use last_changed::LastChange;

/// The first line of a changeset, which is its manifest's node.
const MANIFEST_LINE: usize = Node::HEX_LEN + 1;
/// The requirement of repositories whose changelog says what is copied.
const COPIES_IN_CHANGELOG: &str = "exp-copies-sidedata-changeset";
/// Files that are kept open.
const OPEN: usize = 256;

/// The number of a path, given by [`Files`], which tells the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(u32);

impl PathId {
    /// Returns the number; paths have them from 0 on, in the order in which they came up.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A revision of a file, and a changeset that introduced it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileVersion {
    /// The changeset.
    pub changeset: Rev,
    /// The path that the file has there.
    pub path: PathId,
    /// The file's revision.
    pub node: Node,
}

/// A revision of a file, by its number among those of that path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileRev {
    pub(crate) path: PathId,
    pub(crate) rev: Rev,
}

/// The files of a repository, for questions about their histories.
///
/// Keeps some of them open, and what it found out for the next question.
///
/// ```no_run
/// use std::sync::atomic::AtomicBool;
/// use vermilion_core::RepoPath;
/// use vermilion_core::history::{Files, Following};
/// use vermilion_core::repository::Repository;
///
/// let repository = Repository::discover(".")?;
/// let (changelog, interrupt) = (repository.changelog()?, AtomicBool::new(false));
/// let mut files = Files::open(&repository, &changelog, &interrupt)?;
/// let readme = RepoPath::new("README");
/// for version in files.follow(&[(readme, changelog.tip())], &Following::default())? {
///     println!("{} {}", version.changeset, files.path(version.path));
/// }
/// # Ok::<(), vermilion_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Files<'c> {
    changelog: &'c Changelog,
    graph: &'c Graph,
    store: Store,
    /// Whether the changelog says what is copied, and files do not.
    pub(crate) copies_in_changelog: bool,
    manifests: ManifestCache,
    interrupt: &'c AtomicBool,
    paths: Vec<RepoPathBuf>,
    ids: HashMap<RepoPathBuf, PathId>,
    filelogs: HashMap<PathId, Arc<Filelog>>,
    touched: HashMap<PathId, Touched>,
}

impl<'c> Files<'c> {
    /// Opens the manifests of a repository; `changelog` is its changelog, opened before.
    ///
    /// Long work ends with [`Error::Interrupted`] once somebody sets `interrupt`.
    ///
    /// # Errors
    /// Those of [`Repository::store`], [`Store::manifests`] and [`Changelog::graph`].
    pub fn open(
        repository: &Repository,
        changelog: &'c Changelog,
        interrupt: &'c AtomicBool,
    ) -> Result<Files<'c>> {
        let store = repository.store()?;
        Ok(Files {
            changelog,
            graph: changelog.graph()?,
            manifests: ManifestCache::new(store.manifests()?),
            store,
            copies_in_changelog: repository
                .requirements()
                .all()
                .contains(COPIES_IN_CHANGELOG),
            interrupt,
            paths: Vec::new(),
            ids: HashMap::new(),
            filelogs: HashMap::new(),
            touched: HashMap::new(),
        })
    }

    /// Returns the changelog.
    pub fn changelog(&self) -> &'c Changelog {
        self.changelog
    }

    /// Returns the history's shape.
    pub fn graph(&self) -> &'c Graph {
        self.graph
    }

    /// Returns the path of a number that was given here.
    ///
    /// # Panics
    /// If the number was given by others.
    pub fn path(&self, id: PathId) -> &RepoPath {
        &self.paths[id.index()]
    }

    /// Returns the paths that came up, in the order of their numbers.
    pub fn paths(&self) -> &[RepoPathBuf] {
        &self.paths
    }

    /// Returns the number of a path.
    pub fn id(&mut self, path: &RepoPath) -> PathId {
        if let Some(&id) = self.ids.get(path) {
            return id;
        }
        let id = PathId(u32::try_from(self.paths.len()).expect("fewer paths than 2³²"));
        self.paths.push(path.to_owned());
        self.ids.insert(path.to_owned(), id);
        id
    }

    /// Returns the revisions of a file; there are none of one that never was.
    ///
    /// # Errors
    /// Those of [`Filelog::open`].
    pub fn filelog(&mut self, id: PathId) -> Result<Arc<Filelog>> {
        if self.filelogs.len() >= OPEN && !self.filelogs.contains_key(&id) {
            self.filelogs.clear();
        }
        match self.filelogs.entry(id) {
            Entry::Occupied(open) => Ok(Arc::clone(open.get())),
            Entry::Vacant(place) => {
                let filelog = Filelog::open(&self.store, &self.paths[id.index()])?;
                Ok(Arc::clone(place.insert(Arc::new(filelog))))
            }
        }
    }

    /// Returns the manifest of a changeset; without files for the null revision.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; those of [`manifest_of`] and [`ManifestCache::get`].
    pub fn manifest(&self, changeset: Rev) -> Result<Arc<Manifest>> {
        let line = self
            .changelog
            .revlog()
            .beginning(changeset, MANIFEST_LINE)?;
        self.manifests.get(&manifest_of(&line)?, changeset)
    }

    /// Returns a file of a changeset.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such file; otherwise those of [`Files::manifest`],
    /// [`Filelog::open`] and [`Filelog::rev`].
    pub(crate) fn at(&mut self, path: &RepoPath, changeset: Rev) -> Result<FileRev> {
        let found = self
            .manifest(changeset)?
            .find(path)?
            .map(|entry| entry.node);
        let node = found.ok_or_else(|| {
            Error::Invalid(format!("{path}: no such file in revision {changeset}"))
        })?;
        self.by_node(path, &node)
    }

    /// Returns a file's revision by its node.
    pub(crate) fn by_node(&mut self, path: &RepoPath, node: &Node) -> Result<FileRev> {
        let path = self.id(path);
        let rev = self.filelog(path)?.rev(node)?;
        Ok(FileRev { path, rev })
    }

    /// Returns what a file's revision was made of: what it was copied from, then its parents in
    /// the same file.
    ///
    /// # Errors
    /// Those of [`Filelog::copied_from`], and for what it was copied from [`Files::by_node`]'s.
    pub(crate) fn parents(&mut self, of: FileRev) -> Result<Vec<FileRev>> {
        let filelog = self.filelog(of.path)?;
        let mut parents = Vec::with_capacity(2);
        if let Some(source) = filelog.copied_from(of.rev)? {
            parents.push(self.by_node(&source.path, &source.node)?);
        }
        let same_file = filelog.parents(of.rev)?.into_iter();
        let same_file = same_file.filter(|rev| !rev.is_null());
        parents.extend(same_file.map(|rev| FileRev { rev, ..of }));
        Ok(parents)
    }

    /// Returns a file's revision with the changeset that introduced it.
    pub(crate) fn version(&mut self, of: FileRev, changeset: Rev) -> Result<FileVersion> {
        Ok(FileVersion {
            changeset,
            path: of.path,
            node: self.filelog(of.path)?.node(of.rev)?,
        })
    }

    /// Fails once somebody wants the work to end.
    pub(crate) fn check_interrupt(&self) -> Result<()> {
        if self.interrupt.load(Relaxed) {
            return Err(Error::Interrupted);
        }
        Ok(())
    }
}
