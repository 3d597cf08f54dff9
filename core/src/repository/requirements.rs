// SPDX-License-Identifier: GPL-2.0-or-later

//! What a repository requires of those who open it.
//!
//! Requirements are names, one a line, in `.hg/requires`, with `share-safe` also in
//! `.hg/store/requires`; a share has its own, and its store those of the repository that it
//! shares.

use std::collections::BTreeSet;
use std::path::Path;

use super::missing;
use crate::error::FileKind;
use crate::platform::files;
use crate::{Error, Result};

/// Requirements that say nothing about the changelog's format, or that the
/// format is one of those that its header tells apart.
const KNOWN: &[&str] = &[
    "bookmarksinstore",
    "delta-info-revlog",
    "dirstate-tracked-key-v1",
    "dirstate-v2",
    "dotencode",
    "exp-archived-phase",
    "exp-changelog-v2",
    "exp-copies-sidedata-changeset",
    "exp-remotefilelog-repo-req-1",
    "exp-sparse",
    "exp-very-fragile-and-unsafe-plain-store-encoding",
    "fileindex-v1",
    "fncache",
    "generaldelta",
    "internal-phase",
    "internal-phase-2",
    "largefiles",
    "lfs",
    "narrowhg-experimental",
    "persistent-nodemap",
    "relshared",
    "revlog-compression-zstd",
    "revlogv1",
    "share-safe",
    "shared",
    "sparserevlog",
    "store",
    "treemanifest",
];

/// The beginning of requirements that name a compression, which does not matter for the index.
const COMPRESSION: &str = "exp-compression-";

/// Bytes that no list of requirements has.
const LIMIT: u64 = 1 << 20;

/// The content of the `requires` files of a repository.
#[derive(Clone, Debug)]
pub struct Requirements {
    own: BTreeSet<String>,
    /// Those of the repository that is shared.
    source: Option<BTreeSet<String>>,
    /// Those of the store, which only has some of its own with `share-safe`.
    store: BTreeSet<String>,
}

impl Requirements {
    /// Reads them; `base` is the `.hg` directory that has the store, if that is another one.
    pub(super) fn read(own: BTreeSet<String>, dot_hg: &Path, base: Option<&Path>) -> Result<Self> {
        // What the store requires is known where it is. A share made before its
        // source became share-safe, or after it ceased to be, does not know.
        let source = base.map(|base| Ok(read(base)?.unwrap_or_default()));
        let mut found = Requirements {
            own,
            source: source.transpose()?,
            store: BTreeSet::new(),
        };
        if found.all().contains("share-safe") {
            let store = base.unwrap_or(dot_hg).join("store");
            found.store = read(&store)?.ok_or_else(|| missing(&store.join("requires")))?;
        }
        Ok(found)
    }

    /// Returns what is required of those who read the store.
    pub fn of_store(&self) -> BTreeSet<String> {
        self.source.as_ref().unwrap_or(&self.own) | &self.store
    }

    /// Returns what is required of those who read the working copy.
    pub fn of_working_copy(&self) -> BTreeSet<String> {
        &self.own | &self.store
    }

    /// Returns all requirements.
    pub fn all(&self) -> BTreeSet<String> {
        &self.of_store() | &self.own
    }

    /// Fails with the names of requirements that no supported kind of repository has.
    pub(super) fn check(&self, dot_hg: &Path) -> Result<()> {
        let all = self.all();
        let unknown: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|name| !is_known(name))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let reason = format!(
            "the repository requires what is not supported: {}",
            unknown.join(", ")
        );
        Err(Error::unsupported(
            FileKind::Repository,
            dot_hg.display(),
            reason,
        ))
    }
}

/// Returns the requirements in a directory's `requires` file; `None` without the file,
/// which did not exist before Mercurial 0.9.2.
pub(super) fn read(dir: &Path) -> Result<Option<BTreeSet<String>>> {
    let file = dir.join("requires");
    match files::read_if_there(FileKind::Repository, &file, LIMIT)? {
        Some(content) => parse_requires(&content, &file.to_string_lossy()).map(Some),
        None => Ok(None),
    }
}

/// Reads the content of a `requires` file: one requirement a line.
///
/// `name` is for messages. Bytes that are not UTF-8 are replaced, which makes
/// an unknown requirement of them.
///
/// # Errors
/// [`Error::Corrupt`] for an empty line or a requirement that does not begin
/// with a letter or digit.
pub fn parse_requires(content: &[u8], name: &str) -> Result<BTreeSet<String>> {
    let mut requirements = BTreeSet::new();
    let text = String::from_utf8_lossy(content);
    for line in text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .split_terminator('\n')
    {
        if !line.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let reason = format!("{line:?} cannot be a requirement");
            return Err(Error::corrupt(FileKind::Repository, name, reason));
        }
        requirements.insert(line.to_owned());
    }
    Ok(requirements)
}

/// Returns whether a requirement is one of a kind of repository that is known.
pub(super) fn is_known(requirement: &str) -> bool {
    KNOWN.contains(&requirement) || requirement.starts_with(COMPRESSION)
}
