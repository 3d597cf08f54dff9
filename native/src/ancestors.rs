// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Ancestors`: the lazy set, and the iterator that hands it over in blocks.

use std::sync::Arc;

use hpy_bindings::{Bytes, Class, ClassDef, Ctx, IntoPy as _, New, Shared};
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

    fn contains(_: Ctx<'_>, this: &Ancestors, item: Query) -> bool {
        item.0.is_some_and(|rev| this.ancestors.contains(rev))
    }
}

impl Class for Ancestors {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.Ancestors";
    const DOC: &'static std::ffi::CStr =
        c"The ancestors of some revisions, found as they are asked for.\n\n\
        Iterates in descending order, any number of times; answers `in` and `bool()`.\n\
        Walks no further than a question needs, and keeps what it has found. It is a\n\
        snapshot: revisions that its Graph gets or loses later do not change it.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .contains(Ancestors::contains)
            .truth(|_: Ctx<'_>, this: &Ancestors| !this.ancestors.is_empty())
            .method_raw(c"__iter__", c"", |this, args| {
                let ctx = this.ctx();
                python::no_arguments("__iter__", args)?;
                let ancestors = this.extract::<Shared<Ancestors>>()?.borrow(ctx)?;
                let chunks = New(AncestorsChunks {
                    iter: ancestors.ancestors.iter(),
                    size: FIRST,
                });
                python::iterate(ctx, chunks.into_py(ctx)?.attr(c"__next__")?.as_borrowed())
            });
    }
}

/// Yields packed blocks of revisions, each some times as long as the one before.
pub struct AncestorsChunks {
    iter: AncestorsIter,
    size: usize,
}

impl AncestorsChunks {
    /// Stays in the interpreter: the iterators of Python that call this lose the rest or
    /// free this object when two threads are in it at once. A block takes microseconds.
    fn next(_: Ctx<'_>, this: &mut AncestorsChunks) -> Option<Bytes> {
        let chunk = this.iter.next_chunk(this.size);
        this.size = (this.size * GROWTH).min(LONGEST);
        (!chunk.is_empty()).then(|| Bytes(Rev::packed(&chunk).to_vec()))
    }
}

impl Class for AncestorsChunks {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.AncestorsChunks";
    const DOC: &'static std::ffi::CStr = c"Yields the revisions of an Ancestors in packed blocks.";

    fn define(class: &mut ClassDef<Self>) {
        class.iterator(AncestorsChunks::next);
    }
}
