// SPDX-License-Identifier: GPL-2.0-or-later

//! The store of a repository: its revlogs, and how to get from a changeset to
//! the content of a file.
//!
//! The store has `00changelog.i`, `00manifest.i` and, below `data/`, a revlog for
//! each file that ever was in the repository. How its name is made of the file's
//! path depends on the repository's requirements ([`path_encoding`](super::path_encoding)).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::path_encoding::Encoding;
use super::requirements::is_known;
use crate::error::FileKind;
use crate::filelog::content::{Content, has_content};
use crate::filelog::filelog_text;
use crate::manifest::{Manifest, Manifests, manifest_of};
use crate::repo_path::name_fault;
use crate::revlog::Revlog;
use crate::{Error, Node, RepoPath, Result, Rev};

/// The length of a changeset's first line, its manifest's node in hexadecimal digits.
const MANIFEST_LINE: usize = 41;

/// Requirements of known repositories whose files are not in revlogs of names that are known
/// here.
const OTHERWISE: &[&str] = &[
    "exp-remotefilelog-repo-req-1",
    "exp-very-fragile-and-unsafe-plain-store-encoding",
];

/// The requirement of repositories with an index of their files in the place of `fncache`.
pub(crate) const FILE_INDEX: &str = "fileindex-v1";

/// The requirement of repositories with maps of nodes beside the changelog and the manifests.
pub(super) const NODEMAP: &str = "persistent-nodemap";

/// The requirement of repositories whose manifests are trees.
const TREES: &str = "treemanifest";

/// The store of a repository.
///
/// Opens revlogs anew each time it is asked, and holds none.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
    encoding: Encoding,
    /// Whether lfs may store contents of files.
    has_lfs: bool,
    /// Whether manifests are trees.
    has_trees: bool,
    /// Whether Mercurial keeps maps of nodes.
    has_nodemap: bool,
}

impl Store {
    /// Returns the store in a `.hg` directory of a repository with these requirements.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the requirements are not all known, or are such that
    /// files are not in revlogs of names that are known, or manifests are trees of which there
    /// are only some directories.
    pub fn new(dot_hg: &Path, requirements: &BTreeSet<String>) -> Result<Store> {
        let is_narrow = requirements.contains("narrowhg-experimental");
        let is_unknown = |name: &&str| {
            OTHERWISE.contains(name) || !is_known(name) || (is_narrow && *name == TREES)
        };
        let names = requirements.iter().map(String::as_str);
        let unknown: Vec<&str> = names.filter(is_unknown).collect();
        if !unknown.is_empty() {
            let reason = format!("stores that require {} are not read", unknown.join(", "));
            return Err(Error::unsupported(
                FileKind::Repository,
                dot_hg.display(),
                reason,
            ));
        }
        let has = |name| requirements.contains(name);
        // With an index of files, names are as with fncache and dotencode.
        let has_index = has(FILE_INDEX);
        let kinds = (
            has("store"),
            has("fncache") || has_index,
            has("dotencode") || has_index,
        );
        let encoding = match kinds {
            (false, _, _) => Encoding::Directories,
            (true, false, _) => Encoding::Names,
            (true, true, false) => Encoding::Hybrid,
            (true, true, true) => Encoding::DotHybrid,
        };
        Ok(Store {
            dir: match encoding {
                Encoding::Directories => dot_hg.to_owned(),
                _ => dot_hg.join("store"),
            },
            encoding,
            has_lfs: has("lfs"),
            has_trees: has(TREES),
            has_nodemap: has(NODEMAP),
        })
    }

    /// Returns the directory with the changelog.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns how names of files are made.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns the changelog.
    ///
    /// # Errors
    /// Those of [`Revlog::open`].
    pub fn changelog(&self) -> Result<Revlog> {
        Revlog::open(self.dir.join("00changelog.i"))
    }

    /// Opens the manifests; without a file there are none.
    ///
    /// # Errors
    /// Those of [`Manifests::open`].
    pub fn manifests(&self) -> Result<Manifests> {
        let mut manifests = Manifests::open(&self.dir.join("00manifest.i"))?;
        if self.has_nodemap {
            manifests = manifests.with_nodemap_file();
        }
        Ok(if self.has_trees {
            manifests.with_trees(self.clone())
        } else {
            manifests
        })
    }

    /// Returns the revlog of a directory, by its path from the root, where manifests are trees.
    ///
    /// # Errors
    /// Those of [`Store::filelog`].
    pub(crate) fn directory(&self, path: &RepoPath) -> Result<Revlog> {
        let [index, data] = self.paths([b"meta/", path.as_bytes(), b"/00manifest"], path)?;
        Revlog::open_with(&index, &data)
    }

    /// Returns the revlog of a file, by its path from the repository's root.
    ///
    /// # Errors
    /// Those of [`Revlog::open_with`], and [`Error::Unsupported`] for a path that no
    /// file in a repository has.
    pub fn filelog(&self, path: &RepoPath) -> Result<Revlog> {
        let [index, data] = self.filelog_paths(path)?;
        let filelog = Revlog::open_with(&index, &data)?;
        Ok(self.with_contents(filelog))
    }

    /// Returns the revlog of a file with contents that are stored elsewhere, if the store has any.
    pub(crate) fn with_contents(&self, filelog: Revlog) -> Revlog {
        if self.has_lfs {
            filelog.with_lfs(self.dir.join("lfs/objects"))
        } else {
            filelog
        }
    }

    /// Returns the index and the data file of a file's revlog, which need not exist.
    ///
    /// The names of long paths differ in more than the suffix.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a path that no file in a repository has.
    pub fn filelog_paths(&self, path: &RepoPath) -> Result<[PathBuf; 2]> {
        self.paths([b"data/", path.as_bytes(), b""], path)
    }

    /// Returns the index and the data file of a revlog of this name for a path.
    fn paths(&self, name: [&[u8]; 3], path: &RepoPath) -> Result<[PathBuf; 2]> {
        let strange = |part: &[u8]| name_fault(part).is_some();
        if path.components().any(strange) || path.as_bytes().contains(&0) {
            return Err(self.odd(path));
        }
        let file = |suffix: &[u8]| {
            let name = [&name.concat(), suffix].concat();
            self.encoding.encode(RepoPath::new(&name)).below(&self.dir)
        };
        Ok([file(b".i"), file(b".d")])
    }

    /// Returns the content of a revision of a file, without metadata.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the file's revlog does not have it, as while it is only in
    /// a transaction that is not complete; otherwise those of [`Store::filelog`],
    /// [`Revlog::raw_text`] and [`filelog_text`].
    pub fn content(&self, path: &RepoPath, node: &Node) -> Result<Vec<u8>> {
        let filelog = self.filelog(path)?;
        let mut text = text_of(&filelog, node)?;
        let content = filelog_text(&text, &filelog.path().display())?.1.len();
        text.drain(..text.len() - content);
        Ok(text)
    }

    /// Returns the contents of two revisions of files. Of one file, the second is often made of the
    /// first: what both are made of is read once.
    ///
    /// # Errors
    /// Those of [`Store::content`].
    pub fn two_contents(&self, files: [(&RepoPath, &Node); 2]) -> Result<[Vec<u8>; 2]> {
        let [(path, before), (other, after)] = files;
        if path != other {
            return Ok([self.content(path, before)?, self.content(other, after)?]);
        }
        let filelog = self.filelog(path)?;
        let mut texts = filelog.texts(true);
        let mut read = |node: &Node| -> Result<Vec<u8>> {
            let text = texts.read(filelog.rev(node)?)?;
            let (_, content) = filelog_text(text, &filelog.path().display())?;
            Ok(content.to_vec())
        };
        Ok([read(before)?, read(after)?])
    }

    /// Returns whether a revision of a file has this content; see [`has_content`].
    ///
    /// # Errors
    /// Those of [`Store::filelog`] and [`has_content`].
    pub fn has_content(
        &self,
        path: &RepoPath,
        node: &Node,
        content: &mut dyn Content,
    ) -> Result<bool> {
        has_content(&self.filelog(path)?, node, content)
    }

    fn odd(&self, path: &RepoPath) -> Error {
        let reason = format!("{path:?} is not a file's path");
        Error::unsupported(FileKind::Repository, self.dir.display(), reason)
    }

    /// Returns the manifest of a changeset, and its node; without files for the null node.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the changeset, or its manifest, is not in the store,
    /// as while it is only in a transaction that is not complete; otherwise those
    /// of [`Revlog::raw_text`], [`manifest_of`] and [`Manifest::new`].
    pub fn manifest(&self, changeset: &Node) -> Result<(Node, Manifest)> {
        if *changeset == Node::NULL {
            return Ok((Node::NULL, Manifest::default()));
        }
        let changelog = self.changelog()?;
        // The rest of a changeset may be long: it lists the files that it changes.
        let line = changelog.beginning(changelog.rev(changeset)?, MANIFEST_LINE)?;
        let node = manifest_of(&line)?;
        if node == Node::NULL {
            return Ok((node, Manifest::default()));
        }
        let near = Rev::from_index(changelog.len());
        Ok((node, self.manifests()?.get(&node, near)?))
    }
}

fn text_of(revlog: &Revlog, node: &Node) -> Result<Vec<u8>> {
    revlog.raw_text(revlog.rev(node)?)
}
