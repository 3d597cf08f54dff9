// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.HeadStart`: a status that is begun while Mercurial still starts.

use std::path::PathBuf;

use hpy_bindings::{Bytes, Class, ClassDef, Ctx, New};
use vermilion_core::Node;
use vermilion_core::manifest::Manifest;
use vermilion_core::platform::clock::file_system_now;
use vermilion_core::working_copy::head_start as core;
use vermilion_core::working_copy::status::Scope;
use vermilion_core::working_copy::status::request::Request;

use crate::dirstate::{Dirstate, node_bytes};
use crate::wanted::wanted;

pub struct HeadStart(core::HeadStart);

pub fn begin(
    _: Ctx<'_>,
    root: PathBuf,
    v2: bool,
    ignore_files: Vec<PathBuf>,
    bits: u32,
    diff: bool,
) -> New<HeadStart> {
    let request = file_system_now(&root.join(".hg")).ok().map(|now| Request {
        root: root.clone(),
        ignore_files,
        scope: Scope::everything(),
        wanted: wanted(bits),
        now: Some(now),
    });
    New(HeadStart(core::HeadStart::begin(&root, v2, request, diff)))
}

impl HeadStart {
    fn dirstate(
        ctx: Ctx<'_>,
        this: &HeadStart,
        docket: Option<(u32, Bytes)>,
    ) -> Option<(New<Dirstate>, Bytes, Bytes)> {
        let known = docket
            .as_ref()
            .map(|(size, metadata)| (*size, &*metadata.0));
        let (dirstate, ahead) = ctx.leave_python(|| this.0.dirstate(known))?;
        let (p1, p2) = (node_bytes(dirstate.p1), node_bytes(dirstate.p2));
        let made = Dirstate {
            map: dirstate.map,
            v2: docket.is_some(),
            ahead: Some(ahead),
        };
        Some((New(made), p1, p2))
    }

    /// Returns the manifest of this changeset, and its node, once; waits for it.
    pub fn manifest_of(&self, ctx: Ctx<'_>, changeset: &Node) -> Option<(Node, Manifest)> {
        ctx.leave_python(|| self.0.manifest())?
            .of_changeset(changeset)
    }

    fn manifest_text(ctx: Ctx<'_>, this: &HeadStart, node: Bytes) -> Option<Bytes> {
        let read = ctx.leave_python(|| this.0.manifest())?;
        read.text_of(&node.0).map(Bytes)
    }
}

impl Class for HeadStart {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.HeadStart";
    const DOC: &'static std::ffi::CStr = c"A status that is begun before anybody asks for it.";

    fn define(class: &mut ClassDef<Self>) {
        class.method(
            c"dirstate",
            c"dirstate($self, docket, /)\n--\n\n\
              Returns the Dirstate and its parents, once; None if they cannot be had. Its first\n\
              status takes what was begun, if it is the same request.\n\n\
              docket is (size of the data, metadata of the tree), or None for dirstate-v1.",
            HeadStart::dirstate,
        );
        class.method(
            c"manifest_text",
            c"manifest_text($self, node, /)\n--\n\n\
              Returns the text of the first parent's manifest, once, if it has that node and was\n\
              read because a diff needs it; else None. Waits for it.",
            HeadStart::manifest_text,
        );
    }
}
