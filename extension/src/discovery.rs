//! `_native.Discovery`.

use std::sync::Arc;

use hpy_bindings::{Class, ClassDef, Ctx, Global, New};
use vermilion_core::graph::Discovery as CoreDiscovery;
use vermilion_core::{self as core, Rev};

use crate::error::Result;
use crate::graph::run;
use crate::revs::{Count, RevList, Revs};
use crate::revset::RevSet;

pub struct Discovery {
    discovery: CoreDiscovery,
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
        Ok(Discovery {
            discovery: CoreDiscovery::new(
                Arc::clone(&graph),
                target_heads,
                respect_size,
                randomize,
            )?,
            graph,
        })
    }

    fn add_commons(ctx: Ctx<'_>, this: &mut Discovery, revs: Revs) -> Result<()> {
        Ok(run(ctx, &this.graph, || {
            this.discovery.add_commons(&revs.0)
        })?)
    }

    fn add_missings(ctx: Ctx<'_>, this: &mut Discovery, revs: Revs) -> Result<()> {
        Ok(run(ctx, &this.graph, || {
            this.discovery.add_missings(&revs.0)
        })?)
    }

    fn undecided_count(ctx: Ctx<'_>, this: &mut Discovery) -> usize {
        run(ctx, &this.graph, || this.discovery.undecided_count())
    }

    fn undecided(ctx: Ctx<'_>, this: &mut Discovery) -> New<RevSet> {
        New(RevSet(run(ctx, &this.graph, || this.discovery.undecided())))
    }

    fn common_heads(ctx: Ctx<'_>, this: &mut Discovery) -> RevList {
        RevList(run(ctx, &this.graph, || this.discovery.common_heads()))
    }

    fn quick_sample(
        ctx: Ctx<'_>,
        this: &mut Discovery,
        heads: Revs,
        size: Count,
    ) -> Result<RevList> {
        let discovery = &mut this.discovery;
        let work = || discovery.take_quick_sample(&heads.0, size.0);
        Ok(RevList(run(ctx, &this.graph, work)?))
    }

    fn full_sample(
        ctx: Ctx<'_>,
        this: &mut Discovery,
        heads: Revs,
        size: Count,
    ) -> Result<RevList> {
        // Not needed for this sample, but a wrong one is an error all the same.
        let mut revs = heads.0.iter();
        revs.try_for_each(|&rev| core::error::check_rev(rev, this.graph.len()))?;
        let discovery = &mut this.discovery;
        let work = || discovery.take_full_sample(&heads.0, size.0);
        Ok(RevList(run(ctx, &this.graph, work)?))
    }
}

impl Class for Discovery {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.Discovery";
    const DOC: &'static std::ffi::CStr = c"The data behind vermilion.PartialDiscovery.";

    fn type_global() -> &'static Global {
        static TYPE: Global = Global::new();
        &TYPE
    }

    fn define(class: &mut ClassDef<Self>) {
        class
            .method(c"add_commons", c"", Discovery::add_commons)
            .method(c"add_missings", c"", Discovery::add_missings)
            .method(c"has_info", c"", |_: Ctx<'_>, this: &Discovery| {
                this.discovery.has_info()
            })
            .method(c"is_complete", c"", |_: Ctx<'_>, this: &Discovery| {
                this.discovery.is_complete()
            })
            .method(c"undecided_count", c"", Discovery::undecided_count)
            .method(c"undecided", c"", Discovery::undecided)
            .method(c"missing", c"", |_: Ctx<'_>, this: &Discovery| {
                New(RevSet(this.discovery.missing()))
            })
            .method(c"common_heads", c"", Discovery::common_heads)
            .method(c"take_quick_sample", c"", Discovery::quick_sample)
            .method(c"take_full_sample", c"", Discovery::full_sample);
    }
}
