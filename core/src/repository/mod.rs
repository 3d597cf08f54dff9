// SPDX-License-Identifier: GPL-2.0-or-later

//! A repository: where its parts are, and what it requires of those who read them.
//!
//! In a share the store is in another repository.

pub mod file_diff;
pub mod file_index;
pub mod path_encoding;
mod requirements;
pub mod store;

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::changelog::Changelog;
use crate::dirstate::{self, Dirstate};
use crate::error::FileKind;
use crate::manifest::Manifests;
use crate::platform::ext::OsStrExt as _;
use crate::platform::files;
use crate::revlog::Revlog;
use crate::working_copy::WorkingCopy;
use crate::{Error, Index, RepoPath, Result, Rev};

pub use requirements::{Requirements, parse_requires};

use store::Store;

/// Bytes that no path and no name has.
const LIMIT: u64 = 1 << 20;

const CHANGELOG: &str = "00changelog.i";

/// Opens the index of a repository's changelog, or of any revlog.
///
/// Takes a repository's root, its `.hg` directory or an index file, and returns
/// what [`Index::open`] does. A repository without a changelog file has no
/// changesets yet. Changes of a running transaction that only Mercurial's hooks
/// get to see (`00changelog.i.a`) are not seen.
///
/// # Errors
/// Those of [`changelog_path`] and [`Index::open`].
pub fn open_index(path: impl AsRef<Path>) -> Result<(Index, Vec<[Rev; 2]>)> {
    let path = path.as_ref();
    let changelog = changelog_path(path)?;
    match Index::open(&changelog) {
        Err(Error::Io { source, .. })
            if source.kind() == io::ErrorKind::NotFound && changelog != path =>
        {
            Ok((Index::empty(changelog), Vec::new()))
        }
        opened => opened,
    }
}

/// Returns where the changelog's index is, of a repository given by its root or its
/// `.hg` directory; anything but a directory is taken to be an index itself.
///
/// The file need not exist: a new repository has none.
///
/// # Errors
/// Those of [`Repository::open`] and [`Repository::changelog_path`].
pub fn changelog_path(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    let metadata = path.metadata().map_err(|e| Error::io(path, e))?;
    if metadata.is_dir() {
        Repository::open(path)?.changelog_path()
    } else {
        Ok(path.to_owned())
    }
}

/// A repository on disk, which is only read.
///
/// Its `requires` files are read when it is opened; its other parts are opened anew each
/// time they are asked for.
///
/// ```no_run
/// use vermilion_core::repository::Repository;
///
/// let repository = Repository::discover(".")?;
/// println!("{}", repository.root().display());
/// println!("{} changesets", repository.changelog()?.len());
/// # Ok::<(), vermilion_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Repository {
    root: PathBuf,
    dot_hg: PathBuf,
    /// The `.hg` directory that has the store; of a share it is another one's.
    base: PathBuf,
    requirements: Requirements,
}

impl Repository {
    /// Opens the repository that has this path in it: its root, its `.hg`, or anything below.
    ///
    /// The root is absolute then, and without symlinks.
    ///
    /// # Errors
    /// Those of [`Repository::open`]; [`Error::Io`] if there is no repository here nor above.
    pub fn discover(path: impl AsRef<Path>) -> Result<Repository> {
        Repository::open(find_root(path.as_ref())?)
    }

    /// Opens the repository with this root or `.hg` directory.
    ///
    /// # Errors
    /// - [`Error::Io`] if there is no repository or no source of a share, or something
    ///   cannot be read, with the path that is missing or unreadable;
    /// - [`Error::Unsupported`] if the repository has requirements that Mercurial 7.2
    ///   does not have or that stand for another format of the changelog, naming
    ///   them;
    /// - [`Error::Corrupt`] if a `requires` file makes no sense;
    /// - [`Error::Invalid`] for a path that is no directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Repository> {
        let path = path.as_ref();
        if !path.metadata().map_err(|e| Error::io(path, e))?.is_dir() {
            let reason = format!("{}: is not a repository", path.display());
            return Err(Error::Invalid(reason));
        }
        let dot_hg = dot_hg(path)?;
        let own = requirements::read(&dot_hg)?.unwrap_or_default();
        let base = if own.contains("shared") || own.contains("relshared") {
            Some(share_source(&dot_hg, own.contains("relshared"))?)
        } else {
            None
        };
        let requirements = Requirements::read(own, &dot_hg, base.as_deref())?;
        requirements.check(&dot_hg)?;
        Ok(Repository {
            root: match dot_hg.parent() {
                Some(parent) if parent.as_os_str().is_empty() => Path::new(".").to_owned(),
                parent => parent.unwrap_or(&dot_hg).to_owned(),
            },
            base: base.unwrap_or_else(|| dot_hg.clone()),
            dot_hg,
            requirements,
        })
    }

    /// Returns the `.hg` directory of the repository whose store this one shares, if it does.
    pub fn share_source(&self) -> Option<&Path> {
        (self.base != self.dot_hg).then_some(&self.base)
    }

    /// Returns the root of the working copy.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the repository's own `.hg` directory, which a share has too.
    pub fn dot_hg(&self) -> &Path {
        &self.dot_hg
    }

    /// Returns what the repository requires.
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// Returns where the changelog's index is, which a new repository does not have.
    ///
    /// # Errors
    /// [`Error::Io`] if there is no store.
    pub fn changelog_path(&self) -> Result<PathBuf> {
        Ok(self.store_dir()?.join(CHANGELOG))
    }

    /// Returns the directory with the changelog.
    pub(crate) fn store_dir(&self) -> Result<PathBuf> {
        if !self.requirements.all().contains("store") {
            return Ok(self.base.clone());
        }
        let store = self.base.join("store");
        if store.is_dir() {
            Ok(store)
        } else {
            Err(missing(&store))
        }
    }

    /// Returns the `.hg` directory that has the store, which is another one's in a share.
    pub(crate) fn base(&self) -> &Path {
        &self.base
    }

    /// Opens the store; that of a share is in the repository it shares.
    ///
    /// # Errors
    /// Those of [`Repository::changelog_path`] and [`Store::new`].
    pub fn store(&self) -> Result<Store> {
        self.changelog_path()?;
        Store::new(&self.base, &self.requirements.of_store())
    }

    /// Opens the changelog; a repository without a file for it has no changesets yet.
    ///
    /// # Errors
    /// Those of [`Repository::changelog_path`] and [`Changelog::open`].
    pub fn changelog(&self) -> Result<Changelog> {
        let changelog = Changelog::open(&self.changelog_path()?)?;
        Ok(if self.requirements.of_store().contains(store::NODEMAP) {
            changelog.with_nodemap_file()
        } else {
            changelog
        })
    }

    /// Opens the manifests.
    ///
    /// # Errors
    /// Those of [`Repository::store`] and [`Store::manifests`].
    pub fn manifests(&self) -> Result<Manifests> {
        self.store()?.manifests()
    }

    /// Opens the revlog of a file, by its path from the root.
    ///
    /// # Errors
    /// Those of [`Repository::store`] and [`Store::filelog`].
    pub fn filelog(&self, path: &RepoPath) -> Result<Revlog> {
        self.store()?.filelog(path)
    }

    /// Reads the dirstate.
    ///
    /// # Errors
    /// Those of [`dirstate::read`].
    pub fn dirstate(&self) -> Result<Dirstate> {
        dirstate::read(&self.dot_hg, self.has_dirstate_v2())
    }

    /// Returns the branch that the next commit would be on.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Corrupt`] for a file that is far too long.
    pub fn working_branch(&self) -> Result<Vec<u8>> {
        let file = self.dot_hg.join("branch");
        let read = files::read_if_there(FileKind::Refs, &file, LIMIT)?;
        let name = read.unwrap_or_default().trim_ascii().to_vec();
        Ok(if name.is_empty() {
            b"default".to_vec()
        } else {
            name
        })
    }

    /// Returns the working copy.
    ///
    /// # Errors
    /// Those of [`WorkingCopy::open`].
    pub fn working_copy(&self) -> Result<WorkingCopy> {
        WorkingCopy::open(&self.root)
    }

    /// Returns whether the dirstate is in the format dirstate-v2.
    pub fn has_dirstate_v2(&self) -> bool {
        self.requirements.of_working_copy().contains("dirstate-v2")
    }
}

/// Returns the root of the repository that has this path in it, absolute and without
/// symlinks.
///
/// # Errors
/// [`Error::Io`] if there is no repository here nor above.
pub(crate) fn find_root(path: &Path) -> Result<PathBuf> {
    let start = path
        .canonicalize()
        .map_err(|error| Error::io(path, error))?;
    let root = start.ancestors().find(|dir| dir.join(".hg").is_dir());
    let root = root.ok_or_else(|| missing(&path.join(".hg")))?;
    Ok(root.to_owned())
}

/// Returns the `.hg` directory of a repository given by that or by its root.
fn dot_hg(path: &Path) -> Result<PathBuf> {
    let inside = path.join(".hg");
    if inside.is_dir() {
        return Ok(inside);
    }
    let itself = path.file_name().is_some_and(|name| name == ".hg")
        || (path.join("requires").is_file() && path.join("store").is_dir());
    if itself {
        return Ok(path.to_owned());
    }
    Err(missing(&inside))
}

/// Returns the `.hg` directory that has the store of a share.
fn share_source(dot_hg: &Path, relative: bool) -> Result<PathBuf> {
    let file = dot_hg.join("sharedpath");
    let content =
        files::read_if_there(FileKind::Repository, &file, LIMIT)?.ok_or_else(|| missing(&file))?;
    let end = content
        .iter()
        .rposition(|&b| b != b'\n')
        .map_or(0, |i| i + 1);
    let target = Some(Path::new(OsStr::from_bytes(&content[..end])))
        .filter(|target| !target.as_os_str().is_empty())
        .ok_or_else(|| Error::corrupt(FileKind::Repository, file.display(), "is not a path"))?;
    let source = if relative {
        // Links in the part that is already there are followed, but `..` in
        // the stored path takes back its last name, as in Mercurial.
        let here = dot_hg.canonicalize().map_err(|e| Error::io(dot_hg, e))?;
        normal(&here.join(target))
    } else {
        target.to_owned()
    };
    if !source.exists() {
        return Err(missing(&source));
    }
    Ok(source)
}

/// Returns a path without `.` and `..`, worked out from its names alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// Returns the error that there is no such file.
fn missing(path: &Path) -> Error {
    // As the system would say it, with the number that goes with it, on Unix and on Windows.
    Error::io(path, io::Error::from_raw_os_error(2))
}
