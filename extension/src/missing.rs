//! `_native.MissingAncestors`.

use std::sync::Arc;

use hpy_bindings::{Class, ClassDef, Ctx, Global, IntoPy, New, Shared};
use vermilion_core::graph::MissingAncestors as CoreMissing;
use vermilion_core::{self as core, Rev};

use crate::error::Result;
use crate::graph::run;
use crate::python;
use crate::revs::{set_of, RevList, Revs};
use crate::revset::RevSet;

pub struct MissingAncestors {
    missing: CoreMissing,
    graph: Arc<core::Graph>,
}

impl MissingAncestors {
    pub fn new(graph: &Arc<core::Graph>, bases: &[Rev]) -> Result<Self> {
        Ok(MissingAncestors {
            missing: CoreMissing::new(Arc::clone(graph), bases)?,
            graph: Arc::clone(graph),
        })
    }

    fn add_bases(_: Ctx<'_>, this: &mut MissingAncestors, bases: Revs) -> Result<()> {
        Ok(this.missing.add_bases(&bases.0)?)
    }

    fn bases_heads(ctx: Ctx<'_>, this: &mut MissingAncestors) -> Result<New<RevSet>> {
        let heads = run(ctx, &this.graph, || this.missing.bases_heads());
        Ok(New(RevSet(core::RevSet::from_revs(heads)?)))
    }

    fn missing_ancestors(ctx: Ctx<'_>, this: &mut MissingAncestors, revs: Revs) -> Result<RevList> {
        let missing = &mut this.missing;
        Ok(RevList(run(ctx, &this.graph, || {
            missing.missing_ancestors(&revs.0)
        })?))
    }
}

impl Class for MissingAncestors {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.MissingAncestors";
    const DOC: &'static std::ffi::CStr =
        c"Questions about what is not an ancestor of a growing set of bases.\n\n\
        Keeps what it has found out about the bases' ancestors from one question to the\n\
        next. It is a snapshot of its Graph.";

    fn type_global() -> &'static Global {
        static TYPE: Global = Global::new();
        &TYPE
    }

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
                |_: Ctx<'_>, this: &MissingAncestors| this.missing.has_bases(),
            )
            .getter(
                c"bases",
                c"The bases, as a new RevSet.",
                |_: Ctx<'_>, this: &MissingAncestors| New(RevSet(this.missing.bases())),
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
                        let mut missing = missing.borrow_mut(ctx)?;
                        missing
                            .missing
                            .remove_ancestors_from(&mut revs.borrow_mut(ctx)?.0);
                        return Ok(ctx.none());
                    }
                    let all = set_of(revs.extract::<Revs>()?.0)?;
                    let mut kept = all.clone();
                    missing
                        .borrow_mut(ctx)?
                        .missing
                        .remove_ancestors_from(&mut kept);
                    let gone = RevList(all.difference(&kept).iter().collect());
                    let gone = gone.into_py(ctx)?;
                    revs.attr(c"difference_update")?.call(&[gone.as_arg()])
                },
            );
    }
}
