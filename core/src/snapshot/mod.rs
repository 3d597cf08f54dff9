// SPDX-License-Identifier: GPL-2.0-or-later

//! A repository as it was at one moment: its changesets, and what their files are and were.

mod changes;
mod contents;
mod patch;
mod working;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use once_cell::race::OnceBox;

use crate::history::Files;
use crate::manifest::{Manifest, ManifestCache, Manifests};
use crate::refs::{Refs, View};
use crate::repository::Repository;
use crate::repository::store::Store;
use crate::{Error, Node, Result, Rev};

pub use changes::{Against, ChangeColumns, ChangeKind};
pub use patch::{Patch, PatchedFile};
pub use working::Working;

/// The changesets of a repository that there were when it was opened, with their files.
///
/// Whatever is written meanwhile is not seen: Mercurial only appends, and what was there stays
/// where it was. Where a history is rewritten in place, as `hg strip` does, what is not there any
/// more is an error. It can be used by several threads at once.
///
/// ```no_run
/// use vermilion_core::RepoPath;
/// use vermilion_core::refs::View;
/// use vermilion_core::repository::Repository;
/// use vermilion_core::snapshot::Snapshot;
///
/// let snapshot = Snapshot::open(&Repository::discover(".")?, View::Visible)?;
/// let manifest = snapshot.manifest(snapshot.refs().tip()?)?;
/// if let Some(file) = manifest.find(RepoPath::new("README"))? {
///     let content = snapshot.store().content(file.path, &file.node)?;
///     println!("{}", String::from_utf8_lossy(&content));
/// }
/// # Ok::<(), vermilion_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Snapshot {
    repository: Repository,
    refs: Refs,
    store: Store,
    manifests: OnceBox<ManifestCache>,
}

impl Snapshot {
    /// Opens a repository as it is now.
    ///
    /// # Errors
    /// Those of [`Refs::open`] and [`Repository::store`].
    pub fn open(repository: &Repository, view: View) -> Result<Snapshot> {
        Ok(Snapshot {
            repository: repository.clone(),
            refs: Refs::open(repository, view)?,
            store: repository.store()?,
            manifests: OnceBox::new(),
        })
    }

    /// Returns the repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Returns names and states of the changesets.
    pub fn refs(&self) -> &Refs {
        &self.refs
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the manifests.
    ///
    /// # Errors
    /// Those of [`Manifests::open`].
    pub fn manifests(&self) -> Result<&Manifests> {
        self.manifest_cache().map(ManifestCache::manifests)
    }

    fn manifest_cache(&self) -> Result<&ManifestCache> {
        // What a changeset needs is written before it: to be opened later than the changelog is
        // soon enough.
        self.manifests.get_or_try_init(|| {
            let manifests = self.store.manifests()?;
            Ok(Box::new(ManifestCache::new(manifests)))
        })
    }

    /// Returns the node of a changeset's manifest.
    ///
    /// # Errors
    /// Those of [`Changelog::text`](crate::changelog::Changelog::text) and
    /// [`Changelog::parse`](crate::changelog::Changelog::parse).
    pub fn manifest_node(&self, rev: Rev) -> Result<Node> {
        let changelog = self.refs.changelog();
        let text = changelog.text(rev)?;
        Ok(changelog.parse(rev, &text)?.manifest())
    }

    /// Returns the manifest of a changeset, without files for the null revision.
    ///
    /// Some that were read last are kept, and others made of them where a delta does that.
    ///
    /// # Errors
    /// Those of [`Snapshot::manifest_node`] and [`Manifests::get`].
    pub fn manifest(&self, rev: Rev) -> Result<Arc<Manifest>> {
        self.manifest_cache()?.get(&self.manifest_node(rev)?, rev)
    }

    /// Returns the files, for questions about their histories; long work ends with
    /// [`Error::Interrupted`] once somebody sets `interrupt`.
    ///
    /// # Errors
    /// Those of [`Files::open`].
    pub fn files<'s>(&'s self, interrupt: &'s AtomicBool) -> Result<Files<'s>> {
        Files::open(&self.repository, self.refs.changelog(), interrupt)
    }

    /// Returns the parents of a revision.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; those of
    /// [`Revlog::parents`](crate::revlog::Revlog::parents).
    pub fn parents(&self, rev: Rev) -> Result<[Rev; 2]> {
        self.refs.changelog().revlog().parents(rev)
    }
}

/// Fails if somebody has ended the work.
fn go_on(interrupt: &AtomicBool) -> Result<()> {
    if interrupt.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    Ok(())
}
