// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Ancestors`: the lazy set, and the iterator that hands it over in blocks.

use std::sync::Arc;

use hpy_bindings::{Bytes, Ctx, Handle, IntoPy as _, PyResult, Shared, pyclass, pymethods};
use vermilion_core::graph::{Ancestors as CoreAncestors, AncestorsIter};
use vermilion_core::{Graph, Rev};

use crate::error::Result;
use crate::graph::run;
use crate::python;
use crate::revs::Query;

/// The first block: small, so that little is walked for the first answer.
const FIRST: usize = 8;
/// The factor by which the next block is longer. More than twice, because where the host is
/// Python itself each block costs ten microseconds until the JIT has compiled it.
const GROWTH: usize = 4;
/// The longest block: longer ones bring nothing, and are memory that the system gives and
/// takes back each time.
const LONGEST: usize = 1 << 12;

/// The ancestors of some revisions, found as they are asked for.
///
/// Iterates in descending order, any number of times; answers `in` and `bool()`.
/// Walks no further than a question needs, and keeps what it has found. It is a
/// snapshot: revisions that its Graph gets or loses later do not change it.
#[pyclass(module = "vermilion._native")]
pub struct Ancestors {
    ancestors: Arc<CoreAncestors>,
}

impl Ancestors {
    pub fn new(
        ctx: Ctx<'_>,
        graph: &Arc<Graph>,
        revs: &[Rev],
        stoprev: Rev,
        inclusive: bool,
    ) -> Result<Self> {
        let make = || CoreAncestors::new(Arc::clone(graph), revs, stoprev, inclusive);
        Ok(Ancestors {
            ancestors: Arc::new(run(ctx, graph, make)?),
        })
    }
}

#[pymethods]
impl Ancestors {
    fn __contains__(&self, item: Query) -> bool {
        item.0.is_some_and(|rev| self.ancestors.contains(rev))
    }

    fn __bool__(&self) -> bool {
        !self.ancestors.is_empty()
    }

    fn __iter__(this: Shared<Self>, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let chunks = AncestorsChunks {
            iter: this.borrow(ctx)?.ancestors.iter(),
            size: FIRST,
        };
        python::iterate(ctx, chunks.into_py(ctx)?.attr(c"__next__")?.as_borrowed())
    }
}

/// Yields the revisions of an Ancestors in packed blocks.
// Each is some times as long as the one before.
#[pyclass(module = "vermilion._native")]
pub struct AncestorsChunks {
    iter: AncestorsIter,
    size: usize,
}

#[pymethods]
impl AncestorsChunks {
    // Stays in the interpreter: the iterators of Python that call this lose the rest or
    // free this object when two threads are in it at once. A block takes microseconds.
    fn __next__(&mut self) -> Option<Bytes> {
        let chunk = self.iter.next_chunk(self.size);
        self.size = (self.size * GROWTH).min(LONGEST);
        (!chunk.is_empty()).then(|| Bytes(Rev::packed(&chunk).to_vec()))
    }
}
