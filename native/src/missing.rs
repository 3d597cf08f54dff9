// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.MissingAncestors`.

use std::sync::Arc;

use hpy_bindings::{Borrowed, Ctx, IntoPy as _, PyResult, Shared, pyclass, pymethods};
use vermilion_core::graph::MissingAncestors as CoreMissing;
use vermilion_core::{self as core, Rev};

use crate::copy_on_change::{self, CopyOnChange};
use crate::error::Result;
use crate::graph::{is_long, run};
use crate::python;
use crate::revs::{RevList, Revs, set_of};
use crate::revset::RevSet;

/// Questions about what is not an ancestor of a growing set of bases.
///
/// Keeps what it has found out about the bases' ancestors from one question to the
/// next. It is a snapshot of its Graph.
#[pyclass(module = "vermilion._native")]
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

#[pymethods(positional_only)]
impl MissingAncestors {
    /// Makes more revisions bases.
    fn add_bases(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> Result<()> {
        Ok(Self::change(ctx, &this, |missing| {
            missing.add_bases(&revs.0)
        })??)
    }

    /// Returns whether there is a base other than null.
    fn has_bases(&self) -> bool {
        self.missing.get().has_bases()
    }

    /// The bases, as a new RevSet.
    #[getter]
    fn bases(&self) -> RevSet {
        RevSet(self.missing.get().bases())
    }

    /// The heads of the bases, as a RevSet.
    fn bases_heads(this: Shared<Self>, ctx: Ctx<'_>) -> Result<RevSet> {
        let this = this.borrow(ctx)?;
        let (graph, missing) = (Arc::clone(&this.graph), Arc::clone(this.missing.get()));
        drop(this);
        let heads = run(ctx, &graph, || missing.bases_heads());
        Ok(RevSet(core::RevSet::from_revs(heads)?))
    }

    /// The ancestors of revs, themselves included, that are no ancestors of a
    /// base: a list, ascending. O(the revisions between the lowest of them and
    /// the highest).
    fn missing_ancestors(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> Result<RevList> {
        let found = Self::change(ctx, &this, |missing| missing.missing_ancestors(&revs.0))?;
        Ok(RevList(found?))
    }

    /// Takes the bases' ancestors out of revs, a RevSet or a set, in place.
    fn remove_ancestors_from(this: Shared<Self>, ctx: Ctx<'_>, revs: Borrowed<'_>) -> PyResult<()> {
        if !python::is_plain_set(revs)? {
            let revs = revs.extract::<Shared<RevSet>>()?;
            let all = revs.borrow(ctx)?.0.clone();
            let gone = Self::among(ctx, &this, &all)?;
            if !gone.is_empty() {
                revs.borrow_mut(ctx)?.0.difference_with(&gone);
            }
            return Ok(());
        }
        let all = set_of(revs.extract::<Revs>()?.0)?;
        let gone = Self::among(ctx, &this, &all)?;
        let gone = RevList(gone.iter().collect()).into_py(ctx)?;
        let update = revs.attr(c"difference_update")?;
        update.call(&[gone.as_borrowed()]).map(drop)
    }
}
