// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Store`: files and manifests by their nodes, for those who know these from elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hpy_bindings::{Bytes, Ctx, pyclass, pyfunction, pymethods};
use vermilion_core as core;
use vermilion_core::manifest::{Manifest, ManifestCache};
use vermilion_core::repository::Repository;
use vermilion_core::repository::store;
use vermilion_core::snapshot::ChangeKind;
use vermilion_core::{Node, RepoPath, Rev};

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
            // An earlier one first: the later one is a delta to it.
            let [old, new] = if near.0 < near.1 {
                let old = self.manifest(&old, Rev::new(near.0))?;
                [old, self.manifest(&new, Rev::new(near.1))?]
            } else {
                let new = self.manifest(&new, Rev::new(near.1))?;
                [self.manifest(&old, Rev::new(near.0))?, new]
            };
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
}
