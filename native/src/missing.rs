// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.MissingAncestors`.

use std::sync::Arc;

use hpy_bindings::{Class, ClassDef, Ctx, IntoPy as _, New, PyResult, Shared, This};
use vermilion_core::graph::MissingAncestors as CoreMissing;
use vermilion_core::{self as core, Rev};

use crate::copy_on_change::{self, CopyOnChange};
use crate::error::Result;
use crate::graph::{is_long, run};
use crate::python;
use crate::revs::{RevList, Revs, set_of};
use crate::revset::RevSet;

pub struct MissingAncestors {
    missing: CopyOnChange<CoreMissing>,
    graph: Arc<core::Graph>,
}

impl MissingAncestors {
    pub fn new(graph: &Arc<core::Graph>, bases: &[Rev]) -> Result<Self> {
        Ok(MissingAncestors {
            missing: CopyOnChange::new(CoreMissing::new(Arc::clone(graph), bases)?),
            graph: Arc::clone(graph),
        })
    }

    fn change<R: Send>(
        ctx: Ctx<'_>,
        this: &Shared<MissingAncestors>,
        work: impl FnOnce(&mut CoreMissing) -> R + Send,
    ) -> PyResult<R> {
        let long = is_long(&this.borrow(ctx)?.graph);
        copy_on_change::change(ctx, this, |this| &mut this.missing, long, work)
    }

    fn add_bases(ctx: Ctx<'_>, this: This<MissingAncestors>, bases: Revs) -> Result<()> {
        let added = Self::change(ctx, &this, |missing| missing.add_bases(&bases.0))?;
        Ok(added?)
    }

    fn bases_heads(ctx: Ctx<'_>, this: This<MissingAncestors>) -> Result<New<RevSet>> {
        let this = this.borrow(ctx)?;
        let (graph, missing) = (Arc::clone(&this.graph), Arc::clone(this.missing.get()));
        drop(this);
        let heads = run(ctx, &graph, || missing.bases_heads());
        Ok(New(RevSet(core::RevSet::from_revs(heads)?)))
    }

    fn missing_ancestors(
        ctx: Ctx<'_>,
        this: This<MissingAncestors>,
        revs: Revs,
    ) -> Result<RevList> {
        let found = Self::change(ctx, &this, |missing| missing.missing_ancestors(&revs.0))?;
        Ok(RevList(found?))
    }

    /// Returns those of `revs` that are ancestors of a base.
    fn among(
        ctx: Ctx<'_>,
        this: &Shared<MissingAncestors>,
        revs: &core::RevSet,
    ) -> PyResult<core::RevSet> {
        Self::change(ctx, this, |missing| {
            let mut kept = revs.clone();
            missing.remove_ancestors_from(&mut kept);
            revs.difference(&kept)
        })
    }
}

impl Class for MissingAncestors {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.MissingAncestors";
    const DOC: &'static std::ffi::CStr =
        c"Questions about what is not an ancestor of a growing set of bases.\n\n\
        Keeps what it has found out about the bases' ancestors from one question to the\n\
        next. It is a snapshot of its Graph.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .method(
                c"add_bases",
                c"add_bases($self, revs, /)\n--\n\nMakes more revisions bases.",
                MissingAncestors::add_bases,
            )
            .method(
                c"has_bases",
                c"has_bases($self)\n--\n\nWhether there is a base other than null.",
                |_: Ctx<'_>, this: &MissingAncestors| this.missing.get().has_bases(),
            )
            .getter(
                c"bases",
                c"The bases, as a new RevSet.",
                |_: Ctx<'_>, this: &MissingAncestors| New(RevSet(this.missing.get().bases())),
            )
            .method(
                c"bases_heads",
                c"bases_heads($self)\n--\n\nThe heads of the bases, as a RevSet.",
                MissingAncestors::bases_heads,
            )
            .method(
                c"missing_ancestors",
                c"missing_ancestors($self, revs, /)\n--\n\n\
                  The ancestors of revs, themselves included, that are no ancestors of a\n\
                  base: a list, ascending. O(the revisions between the lowest of them and\n\
                  the highest).",
                MissingAncestors::missing_ancestors,
            )
            .method_raw(
                c"remove_ancestors_from",
                c"remove_ancestors_from($self, revs, /)\n--\n\n\
                  Takes the bases' ancestors out of revs, a RevSet or a set, in place.",
                |this, args| {
                    let ctx = this.ctx();
                    let [revs] = args else {
                        return Err(python::one_argument("remove_ancestors_from"));
                    };
                    let missing = this.extract::<Shared<MissingAncestors>>()?;
                    if !python::is_plain_set(*revs)? {
                        let revs = revs.extract::<Shared<RevSet>>()?;
                        let all = revs.borrow(ctx)?.0.clone();
                        let gone = MissingAncestors::among(ctx, &missing, &all)?;
                        if !gone.is_empty() {
                            revs.borrow_mut(ctx)?.0.difference_with(&gone);
                        }
                        return Ok(ctx.none());
                    }
                    let all = set_of(revs.extract::<Revs>()?.0)?;
                    let gone = MissingAncestors::among(ctx, &missing, &all)?;
                    let gone = RevList(gone.iter().collect()).into_py(ctx)?;
                    revs.attr(c"difference_update")?.call(&[gone.as_borrowed()])
                },
            );
    }
}
