// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Store`: files and manifests by their nodes, for those who know these from elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hpy_bindings::{Bytes, Ctx, pyclass, pyfunction, pymethods};
use vermilion_core as core;
use vermilion_core::changelog::{Changelog, Fields, Mention};
use vermilion_core::diff::{Heading, Options, Origin};
use vermilion_core::manifest::{Manifest, ManifestCache};
use vermilion_core::repository::Repository;
use vermilion_core::repository::file_diff::FilePair;
use vermilion_core::repository::store;
use vermilion_core::snapshot::ChangeKind;
use vermilion_core::working_copy::file_writer::{Attributes, FileWriter};
use vermilion_core::{Node, RepoPath, Rev};

use crate::diff::DiffOptions;
use crate::dirstate::node_bytes;
use crate::error::Result;

/// The store of a repository, as it is whenever it is asked.
// What is kept is reached without a lock: a child that was forked would wait for ever for one
// that another thread held.
#[pyclass(module = "vermilion._native")]
pub struct Store {
    inner: store::Store,
    manifests: ArcSwapOption<ManifestCache>,
}

/// The store of the repository with this root.
#[pyfunction(signature = (root, /))]
pub fn open_store(ctx: Ctx<'_>, root: PathBuf) -> Result<Store> {
    let inner = ctx.leave_python(|| Repository::open(root)?.store())?;
    Ok(Store {
        inner,
        manifests: ArcSwapOption::empty(),
    })
}

/// The blocks of modified, added and removed paths.
type Changes = (Bytes, Bytes, Bytes);
/// The mode, the length and the time of modification of a file, in seconds and nanoseconds.
type Stat = (u32, u64, i32, i32);
/// A node and the text of that.
type Text = (Bytes, Bytes);

impl Store {
    /// Returns a manifest; what was written since the manifests were opened is looked for as well.
    fn manifest(&self, node: &Node, near: Rev) -> core::Result<Arc<Manifest>> {
        if let Some(known) = self.manifests.load_full() {
            match known.get(node, near) {
                Err(core::Error::NotFound { .. }) => {}
                found => return found,
            }
        }
        let manifests = Arc::new(ManifestCache::new(self.inner.manifests()?));
        self.manifests.store(Some(Arc::clone(&manifests)));
        manifests.get(node, near)
    }

    fn changelog(&self) -> core::Result<Changelog> {
        self.inner.changelog().map(Changelog::new)
    }

    fn two_manifests(
        &self,
        nodes: [&Node; 2],
        near: (i32, i32),
    ) -> core::Result<[Arc<Manifest>; 2]> {
        // An earlier one first: the later one is a delta to it.
        if near.0 < near.1 {
            let old = self.manifest(nodes[0], Rev::new(near.0))?;
            Ok([old, self.manifest(nodes[1], Rev::new(near.1))?])
        } else {
            let new = self.manifest(nodes[1], Rev::new(near.1))?;
            Ok([self.manifest(nodes[0], Rev::new(near.0))?, new])
        }
    }
}

#[pymethods(positional_only)]
impl Store {
    /// The content of a revision of a file, without metadata.
    fn content(&self, path: &[u8], node: &[u8]) -> Result<Bytes> {
        let node = Node::try_from(node)?;
        Ok(Bytes(self.inner.content(RepoPath::new(path), &node)?))
    }

    /// A file's node and flag in a manifest, None if it is not there; the manifest's number is
    /// about `near`.
    fn find(&self, manifest: &[u8], near: i32, path: &[u8]) -> Result<Option<(Bytes, Bytes)>> {
        let manifest = self.manifest(&Node::try_from(manifest)?, Rev::new(near))?;
        let found = manifest.find(RepoPath::new(path))?;
        Ok(found.map(|file| (node_bytes(file.node), Bytes(file.flag.as_bytes().to_vec()))))
    }

    /// The files in which a manifest differs from another one; their numbers are about `near`.
    fn changes(&self, ctx: Ctx<'_>, old: &[u8], new: &[u8], near: (i32, i32)) -> Result<Changes> {
        let (old, new) = (Node::try_from(old)?, Node::try_from(new)?);
        ctx.leave_python(|| {
            let [old, new] = self.two_manifests([&old, &new], near)?;
            let (mut modified, mut added, mut removed) = (vec![], vec![], vec![]);
            for change in old.changes_to(&new)? {
                let block = match change.kind() {
                    ChangeKind::Modified => &mut modified,
                    ChangeKind::Added => &mut added,
                    ChangeKind::Removed => &mut removed,
                };
                block.extend_from_slice(change.path.as_bytes());
                block.push(0);
            }
            Ok((Bytes(modified), Bytes(added), Bytes(removed)))
        })
    }

    /// The nodes of `count` changesets from `first` on and their texts, None where Mercurial has to
    /// find out.
    fn changesets(&self, ctx: Ctx<'_>, first: usize, count: usize) -> Result<Vec<Option<Text>>> {
        ctx.leave_python(|| {
            let texts = self.changelog()?.texts(first..first.saturating_add(count));
            let texts = texts.into_iter();
            Ok(texts
                .map(|known| known.map(|(node, text)| (node_bytes(node), Bytes(text))))
                .collect())
        })
    }

    /// The nodes of `count` changesets from `first` on, and whether each mentions a word in lower
    /// case in its user, description or files: a byte of 0 or 1, 2 where Mercurial has to find out.
    fn mentions(
        &self,
        ctx: Ctx<'_>,
        word: &[u8],
        fields: (bool, bool, bool),
        first: usize,
        count: usize,
    ) -> Result<(Bytes, Bytes)> {
        let (user, description, files) = fields;
        let fields = Fields {
            user,
            description,
            files,
        };
        let word = word.to_vec();
        ctx.leave_python(|| {
            let revs = first..first.saturating_add(count);
            let (mut nodes, mut answers) = (Vec::new(), Vec::new());
            for known in self.changelog()?.mentions(&word, fields, revs) {
                let (node, mention) = known.unwrap_or((Node::NULL, Mention::Unclear));
                nodes.extend(node.as_bytes());
                answers.push(match mention {
                    Mention::No => 0,
                    Mention::Yes => 1,
                    Mention::Unclear => 2,
                });
            }
            Ok((Bytes(nodes), Bytes(answers)))
        })
    }

    /// Writes files of a manifest below `root`, of each the path and whether it can be executed, in
    /// the place of what is there; returns the mode, the length and the time of modification of
    /// each, up to the first that is left to Mercurial, which may have to make the way clear.
    fn write_files(
        &self,
        ctx: Ctx<'_>,
        root: PathBuf,
        manifest: &[u8],
        near: i32,
        files: Vec<(Bytes, bool)>,
        umask: u32,
    ) -> Result<Vec<Stat>> {
        let manifest = Node::try_from(manifest)?;
        ctx.leave_python(|| {
            let manifest = self.manifest(&manifest, Rev::new(near))?;
            let mut writer = FileWriter::new(&root)?;
            let mut write = |&(ref path, is_executable): &(Bytes, bool)| {
                let file = manifest.find(RepoPath::new(&path.0)).ok()??;
                let content = self.inner.content(file.path, &file.node).ok()?;
                let attributes = Attributes::Tracked {
                    is_executable,
                    umask,
                };
                let written = writer.write(file.path, &content, attributes)?;
                let (seconds, nanoseconds) = (written.mtime.seconds, written.mtime.nanoseconds);
                Some((written.mode, written.len, seconds, nanoseconds))
            };
            Ok(files.iter().map_while(&mut write).collect())
        })
    }

    /// What a patch says of files: for each, the lines that head it and its hunks, or None where
    /// Mercurial has to find out; `heading` has the names and the dates of both revisions.
    #[allow(
        clippy::too_many_arguments,
        reason = "as many as Mercurial's own function has"
    )]
    fn file_diffs(
        &self,
        ctx: Ctx<'_>,
        manifests: (Bytes, Bytes),
        near: (i32, i32),
        files: Vec<File>,
        heading: (Vec<String>, Bytes, Bytes),
        options: DiffOptions,
        difflib: bool,
    ) -> Result<Vec<Option<(Bytes, Bytes)>>> {
        let nodes = [
            Node::try_from(&*manifests.0.0)?,
            Node::try_from(&*manifests.1.0)?,
        ];
        let (revs, old_date, new_date) = heading;
        let options = Options {
            algorithm: options.algorithm(difflib),
            ..options.into()
        };
        ctx.leave_python(|| {
            let [old, new] = self.two_manifests([&nodes[0], &nodes[1]], near)?;
            let revs: Vec<&str> = revs.iter().map(String::as_str).collect();
            let heading = Heading {
                revs: &revs,
                dates: [&old_date.0, &new_date.0],
            };
            let pairs: Vec<FilePair<'_>> = files.iter().map(pair).collect();
            let found = self
                .inner
                .file_diffs([&old, &new], &pairs, &heading, &options);
            let found = found.into_iter();
            Ok(found
                .map(|parts| parts.map(|[header, hunks]| (Bytes(header), Bytes(hunks))))
                .collect())
        })
    }
}

/// A file that differs: its path in both revisions, in one of which it may be missing, and as they
/// are shown; true if it was renamed, false if it is a copy.
type File = (Option<Bytes>, Option<Bytes>, Bytes, Bytes, Option<bool>);

fn pair(file: &File) -> FilePair<'_> {
    let (old, new, old_shown, new_shown, renamed) = file;
    FilePair {
        paths: [old, new].map(|path| path.as_ref().map(|path| RepoPath::new(&path.0))),
        shown: [&old_shown.0, &new_shown.0],
        origin: renamed.map(|renamed| {
            if renamed {
                Origin::Renamed
            } else {
                Origin::Copied
            }
        }),
    }
}
