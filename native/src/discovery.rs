// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Discovery`.

use std::sync::Arc;

use hpy_bindings::{Class, ClassDef, Ctx, New, PyResult, Shared, This};
use vermilion_core::graph::Discovery as CoreDiscovery;
use vermilion_core::{self as core, Rev};

use crate::copy_on_change::{self, CopyOnChange};
use crate::error::Result;
use crate::graph::{is_long, run};
use crate::revs::{Count, RevList, Revs};
use crate::revset::RevSet;

pub struct Discovery {
    discovery: CopyOnChange<CoreDiscovery>,
    graph: Arc<core::Graph>,
}

impl Discovery {
    pub fn new(
        graph: &Arc<core::Graph>,
        target_heads: &[Rev],
        respect_size: bool,
        randomize: bool,
    ) -> Result<Self> {
        let graph = Arc::clone(graph);
        let made = CoreDiscovery::new(Arc::clone(&graph), target_heads, respect_size, randomize)?;
        Ok(Discovery {
            discovery: CopyOnChange::new(made),
            graph,
        })
    }

    fn change<R: Send>(
        ctx: Ctx<'_>,
        this: &Shared<Discovery>,
        work: impl FnOnce(&mut CoreDiscovery) -> R + Send,
    ) -> PyResult<R> {
        let long = is_long(&this.borrow(ctx)?.graph);
        copy_on_change::change(ctx, this, |this| &mut this.discovery, long, work)
    }

    fn add_commons(ctx: Ctx<'_>, this: This<Discovery>, revs: Revs) -> Result<()> {
        Ok(Self::change(ctx, &this, |d| d.add_commons(&revs.0))??)
    }

    fn add_missings(ctx: Ctx<'_>, this: This<Discovery>, revs: Revs) -> Result<()> {
        Ok(Self::change(ctx, &this, |d| d.add_missings(&revs.0))??)
    }

    fn undecided_count(ctx: Ctx<'_>, this: This<Discovery>) -> PyResult<usize> {
        Self::change(ctx, &this, CoreDiscovery::undecided_count)
    }

    fn undecided(ctx: Ctx<'_>, this: This<Discovery>) -> PyResult<New<RevSet>> {
        let undecided = Self::change(ctx, &this, CoreDiscovery::undecided)?;
        Ok(New(RevSet(undecided)))
    }

    fn common_heads(ctx: Ctx<'_>, this: This<Discovery>) -> PyResult<RevList> {
        let this = this.borrow(ctx)?;
        let (graph, discovery) = (Arc::clone(&this.graph), Arc::clone(this.discovery.get()));
        drop(this);
        Ok(RevList(run(ctx, &graph, || discovery.common_heads())))
    }

    fn quick_sample(
        ctx: Ctx<'_>,
        this: This<Discovery>,
        heads: Revs,
        size: Count,
    ) -> Result<RevList> {
        let work = |d: &mut CoreDiscovery| d.take_quick_sample(&heads.0, size.0);
        Ok(RevList(Self::change(ctx, &this, work)??))
    }

    fn full_sample(
        ctx: Ctx<'_>,
        this: This<Discovery>,
        heads: Revs,
        size: Count,
    ) -> Result<RevList> {
        // Not needed for this sample, but a wrong one is an error all the same.
        let len = this.borrow(ctx)?.graph.len();
        let mut revs = heads.0.iter();
        revs.try_for_each(|&rev| core::error::check_rev(rev, len))?;
        let work = |d: &mut CoreDiscovery| d.take_full_sample(&heads.0, size.0);
        Ok(RevList(Self::change(ctx, &this, work)??))
    }
}

impl Class for Discovery {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.Discovery";
    const DOC: &'static std::ffi::CStr = c"The data behind vermilion.PartialDiscovery.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .method(c"add_commons", c"", Discovery::add_commons)
            .method(c"add_missings", c"", Discovery::add_missings)
            .method(c"has_info", c"", |_: Ctx<'_>, this: &Discovery| {
                this.discovery.get().has_info()
            })
            .method(c"is_complete", c"", |_: Ctx<'_>, this: &Discovery| {
                this.discovery.get().is_complete()
            })
            .method(c"undecided_count", c"", Discovery::undecided_count)
            .method(c"undecided", c"", Discovery::undecided)
            .method(c"missing", c"", |_: Ctx<'_>, this: &Discovery| {
                New(RevSet(this.discovery.get().missing()))
            })
            .method(c"common_heads", c"", Discovery::common_heads)
            .method(c"take_quick_sample", c"", Discovery::quick_sample)
            .method(c"take_full_sample", c"", Discovery::full_sample);
    }
}
