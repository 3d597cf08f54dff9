// SPDX-License-Identifier: GPL-2.0-or-later

//! Files whose time stamps do not tell whether they are clean: their contents do.
//!
//! Follows Mercurial's `workingctx._checklookup`.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::dirstate::Timestamp;
use crate::filelog::content::FileContent;
use crate::manifest::Manifest;
use crate::platform::ext::MetadataExt as _;
use crate::platform::mmap::open_regular;
use crate::platform::pool;
use crate::repository::Repository;
use crate::repository::store::Store;
use crate::working_copy::auditor::PathAuditor;
use crate::working_copy::file::{flag, link_target};
use crate::working_copy::status::{Names, State};
use crate::{Error, Node, RepoPath, Result};

/// The result of comparing contents.
#[derive(Debug)]
pub struct Comparison {
    /// For each file whether it is modified, clean, deleted or still unsure, and what may be
    /// recorded of it.
    pub files: Vec<Compared>,
    /// Why the first of the unsure ones is.
    pub unsure_reason: Option<Error>,
    /// How many bytes of files were read.
    pub bytes_read: u64,
    /// The manifest that was needed, and its node.
    pub manifest: Option<(Node, Manifest)>,
}

/// The result of comparing the content of one file.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// Modified, clean, deleted or unsure.
    pub state: State,
    /// What a dirstate may say of a clean file from now on, if its time stamps will tell of
    /// every change to what was read.
    pub recorded: Option<Recorded>,
}

impl From<State> for Compared {
    fn from(state: State) -> Compared {
        Compared {
            state,
            recorded: None,
        }
    }
}

/// The data that a dirstate has of a clean file.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// The kind of file and its permissions.
    pub mode: u32,
    /// Bytes of the file.
    pub size: u64,
    /// When it was modified.
    pub mtime: Timestamp,
}

/// Compares the files in the working copy at `root` with those of the revision `p1`: flags
/// and contents.
///
/// A file is unsure whose contents in `p1` cannot be read, because the store is of another
/// kind, or does not have them; which cannot be read itself; or which Mercurial refuses to
/// read, as the way to it leads through a symlink or into another repository. Reads a
/// manifest, unless it is known, and, on all processors, each of the files whose length may
/// be right, a piece at a time.
///
/// With `now`, the file system's time before the files were first looked at, clean files
/// come with what may be recorded of them.
///
/// # Errors
/// [`Error::Corrupt`] for a damaged store; [`Error::Interrupted`].
pub fn compare_contents(
    root: &Path,
    p1: &Node,
    known: Option<(Node, Manifest)>,
    files: &Names,
    now: Option<Timestamp>,
    interrupt: &AtomicBool,
) -> Result<Comparison> {
    let opened = Repository::open(root).and_then(|repository| {
        let store = repository.store()?;
        let manifest = match known {
            Some(manifest) => manifest,
            None => store.manifest(p1)?,
        };
        Ok((manifest, store))
    });
    let ((node, manifest), store) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            return Ok(Comparison {
                files: vec![State::Unsure.into(); files.len()],
                unsure_reason: Some(leaves_unsure(error)?),
                bytes_read: 0,
                manifest: None,
            });
        }
    };
    let paths: Vec<&RepoPath> = files.iter().collect();
    let comparer = Comparer {
        root,
        store: &store,
        manifest: &manifest,
        auditor: &PathAuditor::of(root, &paths),
        now,
        interrupt,
        bytes_read: AtomicU64::new(0),
    };
    let compare = |path: &&RepoPath| comparer.file(path);
    let found = pool::map(&paths, compare);
    let mut files = Vec::with_capacity(found.len());
    let mut first = None;
    for compared in found {
        files.push(match compared {
            Ok(compared) => compared,
            Err(error) => {
                let reason = leaves_unsure(error)?;
                first.get_or_insert(reason);
                State::Unsure.into()
            }
        });
    }
    Ok(Comparison {
        files,
        unsure_reason: first,
        bytes_read: comparer.bytes_read.into_inner(),
        manifest: Some((node, manifest)),
    })
}

/// Returns an error after which a file just stays unsure; fails with one that ends everything.
fn leaves_unsure(error: Error) -> Result<Error> {
    match error {
        Error::Corrupt { .. } | Error::Interrupted => Err(error),
        other => Ok(other),
    }
}

/// A comparison under way: all that is the same for each file.
struct Comparer<'c> {
    root: &'c Path,
    store: &'c Store,
    manifest: &'c Manifest,
    auditor: &'c PathAuditor<'c>,
    now: Option<Timestamp>,
    interrupt: &'c AtomicBool,
    bytes_read: AtomicU64,
}

impl Comparer<'_> {
    fn file(&self, path: &RepoPath) -> Result<Compared> {
        if self.interrupt.load(Relaxed) {
            return Err(Error::Interrupted);
        }
        let file = path.below(self.root);
        let Some(before) = look(&file)? else {
            return Ok(State::Deleted.into());
        };
        let node = match self.manifest.find(path)? {
            Some(entry) if entry.flag == flag(&before) => entry.node,
            _ => return Ok(State::Modified.into()),
        };
        // Where a symlink points to, Mercurial reads whatever is in the way.
        let obstacle = self
            .auditor
            .check(path)
            .err()
            .filter(|_| !before.is_symlink());
        if let Some(obstacle) = obstacle {
            // Mercurial looks at the size before it reads.
            return if self.store.content(path, &node)?.len() as u64 != before.len() {
                Ok(State::Modified.into())
            } else {
                Err(obstacle)
            };
        }
        let same = if before.is_symlink() {
            self.link_is(path, &node, &file)
        } else {
            self.content_is(path, &node, &file)
        };
        match same {
            Ok(true) => {}
            Ok(false) => return Ok(State::Modified.into()),
            // A file that nobody may read is deleted for Mercurial; any other error may have
            // to do with this process, or this moment.
            Err(Error::Io { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied
                    || is_missing(&source) && look(&file)?.is_none() =>
            {
                return Ok(State::Deleted.into());
            }
            Err(error) => return Err(error),
        }
        // What may be recorded is what was true all the time that the content was read.
        let recorded = match (self.now, look(&file)?) {
            (Some(now), Some(after)) if stamp(&before) == stamp(&after) => record(&after, now),
            _ => None,
        };
        Ok(Compared {
            state: State::Clean,
            recorded,
        })
    }

    fn link_is(&self, path: &RepoPath, node: &Node, file: &Path) -> Result<bool> {
        let target = link_target(file)?;
        self.store.has_content(path, node, &mut &target[..])
    }

    fn content_is(&self, path: &RepoPath, node: &Node, file: &Path) -> Result<bool> {
        let opened = open_regular(file)?;
        let metadata = opened.metadata().map_err(|error| Error::io(file, error))?;
        let mut content = FileContent::new(opened, metadata.len(), file, self.interrupt);
        let same = self.store.has_content(path, node, &mut content);
        self.bytes_read.fetch_add(content.bytes_read(), Relaxed);
        same
    }
}

/// Returns what the system says of a file, `None` if it is not there.
fn look(file: &Path) -> Result<Option<Metadata>> {
    match fs::symlink_metadata(file) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(Error::io(file, error)),
    }
}

pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Returns what cannot all stay the same while a file is written to or replaced: whoever sets a
/// time back changes that of the last change of status.
fn stamp(metadata: &Metadata) -> impl PartialEq {
    (
        (metadata.dev(), metadata.ino(), metadata.mode()),
        (metadata.size(), metadata.mtime(), metadata.mtime_nsec()),
        (metadata.ctime(), metadata.ctime_nsec()),
    )
}

/// Returns what a dirstate may say of a clean file, if anything.
///
/// A change that comes with the next tick of the clock has to be seen, so that neither time
/// may be as late as `now`. The modification alone does not tell, as anybody may set it.
fn record(metadata: &Metadata, now: Timestamp) -> Option<Recorded> {
    Timestamp::of(metadata.ctime(), metadata.ctime_nsec()).reliable(now)?;
    let mtime = Timestamp::of(metadata.mtime(), metadata.mtime_nsec()).reliable(now)?;
    Some(Recorded {
        mode: metadata.mode(),
        size: metadata.size(),
        mtime,
    })
}
