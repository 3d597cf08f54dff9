//! The native module `capsule_rust._native`: asks vermilion's graph, on many threads and
//! without Python in between.

#![forbid(unsafe_code)]

/// The native half of capsule_rust.
#[hpy_bindings::pymodule(name = "_native", module = "capsule_rust")]
mod native {
    use std::thread;

    use hpy_bindings::{Ctx, pyfunction};
    use vermilion_graph_capi::{GraphError, GraphRef, Rev};

    /// Counts the revisions that are ancestors of all of revs, or one of them, null not counted.
    // Their ancestors are collected on one thread for each.
    #[pyfunction(signature = (graph, revs, /))]
    fn count_common(ctx: Ctx<'_>, graph: GraphRef, revs: Vec<Rev>) -> Result<usize, GraphError> {
        let collect = |rev: Rev| {
            let graph = graph.clone();
            move || graph.ancestors(&[rev], 0, true)
        };
        let work = || {
            let all: Result<Vec<_>, _> = thread::scope(|scope| {
                let threads: Vec<_> = revs.iter().map(|&rev| scope.spawn(collect(rev))).collect();
                let ended = threads.into_iter().map(|thread| thread.join());
                ended.map(|answer| answer.expect("no panic")).collect()
            });
            let mut all = all?.into_iter();
            let first = all.next().unwrap_or_default();
            Ok(all.fold(first, |common, other| both(&common, &other)).len())
        };
        ctx.leave_python(work)
    }

    /// Returns the common elements of two descending lists.
    fn both(a: &[Rev], b: &[Rev]) -> Vec<Rev> {
        let mut rest = b.iter().peekable();
        let mut found = Vec::new();
        for &rev in a {
            while rest.next_if(|&&other| other > rev).is_some() {}
            if rest.next_if(|&&other| other == rev).is_some() {
                found.push(rev);
            }
        }
        found
    }

    /// Counts the steps over first parents from rev to a revision without parents.
    #[pyfunction(signature = (graph, rev, /))]
    fn depth(ctx: Ctx<'_>, graph: GraphRef, rev: Rev) -> Result<usize, GraphError> {
        ctx.leave_python(|| {
            let (mut rev, mut steps) = (rev, 0);
            while rev >= 0 {
                [rev, _] = graph.parents(rev)?;
                steps += (rev >= 0) as usize;
            }
            Ok(steps)
        })
    }
}
