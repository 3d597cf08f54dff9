// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Tree`: the files of a changeset.

use std::sync::Arc;

use hpy_bindings::{Bytes, Ctx, Shared, pyclass, pymethods};
use vermilion_core::RepoPath;
use vermilion_core::manifest::Manifest;
use vermilion_core::snapshot::ChangeColumns;

use crate::dirstate::node_bytes;
use crate::error::Result;

/// Changed files: (packed int64 of where those of each changeset begin, paths that end with NUL,
/// letters, nodes, flags).
pub type Changes = (Bytes, Bytes, Bytes, Bytes, Bytes);

/// Files: (how many, paths that end with NUL, nodes, flags).
type Files = (usize, Bytes, Bytes, Bytes);

/// Returns changed files as Python gets them.
pub fn changes(columns: ChangeColumns) -> Changes {
    let starts = columns.starts.iter();
    let mut paths = Vec::with_capacity(columns.paths.bytes.len() + columns.paths.len());
    for at in 0..columns.paths.len() {
        paths.extend_from_slice(columns.paths.get(at).unwrap_or_default());
        paths.push(0);
    }
    (
        Bytes(starts.flat_map(|start| start.to_ne_bytes()).collect()),
        Bytes(paths),
        Bytes(columns.kinds),
        Bytes(columns.nodes),
        Bytes(columns.flags),
    )
}

/// The files of a changeset.
#[pyclass(module = "vermilion._native")]
pub struct Tree {
    manifest: Arc<Manifest>,
}

impl Tree {
    pub fn new(manifest: Arc<Manifest>) -> Tree {
        Tree { manifest }
    }
}

#[pymethods(positional_only)]
impl Tree {
    /// A file's node and flag, None if there is none of this name.
    fn find(&self, path: &[u8]) -> Result<Option<(Bytes, Bytes)>> {
        let found = self.manifest.find(RepoPath::new(path))?;
        Ok(found.map(|file| (node_bytes(file.node), Bytes(file.flag.as_bytes().to_vec()))))
    }

    /// The files that are in a directory, which may be the root.
    fn files(&self, ctx: Ctx<'_>, directory: &[u8]) -> Result<Files> {
        let directory = RepoPath::new(directory);
        ctx.leave_python(|| {
            let (mut count, mut paths, mut nodes, mut flags) = (0, vec![], vec![], vec![]);
            for file in self.manifest.within(directory)? {
                let file = file?;
                count += 1;
                paths.extend_from_slice(file.path.as_bytes());
                paths.push(0);
                nodes.extend_from_slice(file.node.as_bytes());
                flags.push(file.flag.letter());
            }
            Ok((count, Bytes(paths), Bytes(nodes), Bytes(flags)))
        })
    }

    /// The files in which another one differs.
    fn changes_to(&self, ctx: Ctx<'_>, other: Shared<Tree>) -> Result<Changes> {
        let other = Arc::clone(&other.borrow(ctx)?.manifest);
        ctx.leave_python(|| {
            let found = self.manifest.changes_to(&other)?;
            Ok(changes(ChangeColumns::of(&found)))
        })
    }
}
