// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Discovery`.

use std::sync::Arc;

use hpy_bindings::{Ctx, PyResult, Shared, pyclass, pymethods};
use vermilion_core::graph::Discovery as CoreDiscovery;
use vermilion_core::{self as core, Rev};

use crate::copy_on_change::{self, CopyOnChange};
use crate::error::Result;
use crate::graph::{is_long, run};
use crate::revs::{Count, RevList, Revs};
use crate::revset::RevSet;

/// The data behind vermilion.PartialDiscovery.
#[pyclass(module = "vermilion._native")]
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
}

#[pymethods(positional_only)]
impl Discovery {
    fn add_commons(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> Result<()> {
        Ok(Self::change(ctx, &this, |d| d.add_commons(&revs.0))??)
    }

    fn add_missings(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> Result<()> {
        Ok(Self::change(ctx, &this, |d| d.add_missings(&revs.0))??)
    }

    fn has_info(&self) -> bool {
        self.discovery.get().has_info()
    }

    fn is_complete(&self) -> bool {
        self.discovery.get().is_complete()
    }

    fn undecided_count(this: Shared<Self>, ctx: Ctx<'_>) -> PyResult<usize> {
        Self::change(ctx, &this, CoreDiscovery::undecided_count)
    }

    fn undecided(this: Shared<Self>, ctx: Ctx<'_>) -> PyResult<RevSet> {
        Self::change(ctx, &this, CoreDiscovery::undecided).map(RevSet)
    }

    fn missing(&self) -> RevSet {
        RevSet(self.discovery.get().missing())
    }

    fn common_heads(this: Shared<Self>, ctx: Ctx<'_>) -> PyResult<RevList> {
        let this = this.borrow(ctx)?;
        let (graph, discovery) = (Arc::clone(&this.graph), Arc::clone(this.discovery.get()));
        drop(this);
        Ok(RevList(run(ctx, &graph, || discovery.common_heads())))
    }

    fn take_quick_sample(
        this: Shared<Self>,
        ctx: Ctx<'_>,
        head_revs: Revs,
        size: Count,
    ) -> Result<RevList> {
        let work = |d: &mut CoreDiscovery| d.take_quick_sample(&head_revs.0, size.0);
        Ok(RevList(Self::change(ctx, &this, work)??))
    }

    fn take_full_sample(
        this: Shared<Self>,
        ctx: Ctx<'_>,
        head_revs: Revs,
        size: Count,
    ) -> Result<RevList> {
        // Not needed for this sample, but a wrong one is an error all the same.
        let len = this.borrow(ctx)?.graph.len();
        let mut revs = head_revs.0.iter();
        revs.try_for_each(|&rev| core::error::check_rev(rev, len))?;
        let work = |d: &mut CoreDiscovery| d.take_full_sample(&head_revs.0, size.0);
        Ok(RevList(Self::change(ctx, &this, work)??))
    }
}
