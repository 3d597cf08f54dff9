// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.HeadStart`: a status that is begun while Mercurial still starts.

use std::path::PathBuf;

use hpy_bindings::{Bytes, Ctx, pyclass, pyfunction, pymethods};
use vermilion_core::Node;
use vermilion_core::manifest::Manifest;
use vermilion_core::platform::clock::file_system_now;
use vermilion_core::working_copy::head_start as core;
use vermilion_core::working_copy::status::request::Request;

use crate::dirstate::{Dirstate, Part, node_bytes, scope};

/// A status that is begun before anybody asks for it.
#[pyclass(module = "vermilion._native")]
pub struct HeadStart(core::HeadStart);

/// Begins the status of a part of a working copy in the background, and what a diff
/// needs next.
#[pyfunction(signature = (root, v2, ignore_files, part, wanted, diff, /))]
pub fn head_start(
    root: PathBuf,
    v2: bool,
    ignore_files: Vec<PathBuf>,
    part: Part,
    wanted: u32,
    diff: bool,
) -> HeadStart {
    let request = file_system_now(&root.join(".hg")).ok().map(|now| Request {
        root: root.clone(),
        ignore_files,
        scope: scope(part),
        wanted: crate::wanted::wanted(wanted),
        now: Some(now),
    });
    HeadStart(core::HeadStart::begin(&root, v2, request, diff))
}

impl HeadStart {
    /// Returns the manifest of this changeset, and its node, once; waits for it.
    pub fn manifest_of(&self, ctx: Ctx<'_>, changeset: &Node) -> Option<(Node, Manifest)> {
        ctx.leave_python(|| self.0.manifest())?
            .of_changeset(changeset)
    }
}

#[pymethods]
impl HeadStart {
    /// Returns the Dirstate and its parents, once; None if they cannot be had. Its first
    /// status takes what was begun, if it is the same request.
    ///
    /// docket is (size of the data, metadata of the tree), or None for dirstate-v1.
    #[py(signature = (docket, /))]
    fn dirstate(
        &self,
        ctx: Ctx<'_>,
        docket: Option<(u32, Bytes)>,
    ) -> Option<(Dirstate, Bytes, Bytes)> {
        let known = docket
            .as_ref()
            .map(|(size, metadata)| (*size, &*metadata.0));
        let (dirstate, ahead) = ctx.leave_python(|| self.0.dirstate(known))?;
        let (p1, p2) = (node_bytes(dirstate.p1), node_bytes(dirstate.p2));
        let made = Dirstate {
            map: dirstate.map,
            v2: docket.is_some(),
            ahead: Some(ahead),
        };
        Some((made, p1, p2))
    }

    /// Returns the text of the first parent's manifest, once, if it has that node and was
    /// read because a diff needs it; else None. Waits for it.
    #[py(signature = (node, /))]
    fn manifest_text(&self, ctx: Ctx<'_>, node: &[u8]) -> Option<Bytes> {
        let read = ctx.leave_python(|| self.0.manifest())?;
        read.text_of(node).map(Bytes)
    }
}
