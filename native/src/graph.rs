// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Graph`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hpy_bindings::{
    Borrowed, Bytes, ClassDef, Ctx, Exception, Handle, IntoPy as _, PyErr, PyResult, Shared,
    pyclass, pyfunction, pymethods,
};
use vermilion_core as core;
use vermilion_core::revlog::index::Index;

use crate::ancestors::Ancestors;
use crate::capi::{self, Published};
use crate::dirstate::node_bytes;
use crate::discovery::Discovery;
use crate::error::{Error, Result};
use crate::missing::MissingAncestors;
use crate::python;
use crate::revs::{Count, OneRev, RevList, Revs, from_args, set_of, unpack};
use crate::revset::RevSet;
use crate::status::{Watch, watched};

/// Below this many revisions nothing takes long enough to let other threads in.
const LONG: usize = 4096;
/// Questions about more revisions than this may take seconds, and Python looks after signals
/// meanwhile.
const MANY: usize = 64;

/// The data behind vermilion.Graph.
#[pyclass(module = "vermilion._native")]
pub struct Graph {
    /// Shared with the lazy objects made from it; copied when it changes meanwhile.
    graph: Arc<core::Graph>,
    index: Option<Arc<Index>>,
    /// How many revisions are still those of the index: what was forgotten and added
    /// again has no node there.
    indexed: usize,
    /// What other native modules see.
    published: Published,
}

/// Returns whether work on a graph may take long.
pub fn is_long(graph: &core::Graph) -> bool {
    graph.len() >= LONG
}

/// Runs work on a graph, without the interpreter where it may take long. Nothing may be
/// borrowed meanwhile: in a child that is forked in the middle of it, nobody would end that.
pub fn run<R: Send>(ctx: Ctx<'_>, graph: &core::Graph, work: impl FnOnce() -> R + Send) -> R {
    if is_long(graph) {
        ctx.leave_python(work)
    } else {
        work()
    }
}

/// Runs work on the graph as it is now.
fn ask<R: Send>(
    ctx: Ctx<'_>,
    this: &Shared<Graph>,
    work: impl FnOnce(&core::Graph) -> R + Send,
) -> PyResult<R> {
    let graph = now(ctx, this)?;
    Ok(run(ctx, &graph, || work(&graph)))
}

fn now(ctx: Ctx<'_>, this: &Shared<Graph>) -> PyResult<Arc<core::Graph>> {
    Ok(Arc::clone(&this.borrow(ctx)?.graph))
}

/// The Graph of a repository or an index file.
#[pyfunction(signature = (path, /))]
pub fn open_graph(ctx: Ctx<'_>, path: PathBuf) -> Result<Graph> {
    let (index, parents) = ctx.leave_python(|| core::repository::open_index(&path))?;
    let indexed = parents.len();
    let graph = Arc::new(core::Graph::from_valid(parents));
    Ok(Graph {
        published: Published::new(&graph),
        graph,
        index: Some(Arc::new(index)),
        indexed,
    })
}

fn unpack_pairs(packed: &[u8]) -> Result<Vec<[core::Rev; 2]>> {
    let revs = unpack(packed)?;
    let (pairs, rest) = revs.as_chunks::<2>();
    if !rest.is_empty() {
        let message = format!("{} parents are not a whole number of pairs", revs.len());
        return Err(PyErr::new(Exception::Value, message).into());
    }
    Ok(pairs.to_vec())
}

/// The Graph of packed native int32 pairs.
#[pyfunction(signature = (pairs, /))]
pub fn graph_from_packed(ctx: Ctx<'_>, pairs: &[u8]) -> Result<Graph> {
    let graph = ctx.leave_python(|| Ok::<_, Error>(core::Graph::new(unpack_pairs(pairs)?)?))?;
    let graph = Arc::new(graph);
    Ok(Graph {
        published: Published::new(&graph),
        graph,
        index: None,
        indexed: 0,
    })
}

impl Graph {
    fn index(&self) -> Result<&Arc<Index>> {
        self.index.as_ref().ok_or_else(|| {
            let message = "a graph made from parents has no nodes";
            PyErr::new(Exception::Lookup, message).into()
        })
    }

    /// Returns a graph, its index, and how many revisions are that one's, borrowing nothing.
    fn with_index(
        ctx: Ctx<'_>,
        this: &Shared<Graph>,
    ) -> Result<(Arc<core::Graph>, Arc<Index>, usize)> {
        let this = this.borrow(ctx)?;
        Ok((
            Arc::clone(&this.graph),
            Arc::clone(this.index()?),
            this.indexed,
        ))
    }
}

#[pymethods(positional_only)]
impl Graph {
    fn __len__(&self) -> usize {
        self.graph.len()
    }

    /// The index file, or None.
    #[getter]
    fn path(&self) -> Option<PathBuf> {
        self.index.as_ref().map(|index| index.path().to_path_buf())
    }

    /// (parents, labels, node table) in bytes, apart from the mapped file.
    #[getter]
    fn memory(&self) -> (usize, usize, usize) {
        let nodes = self.index.as_ref().map_or(0, |index| index.memory());
        (self.graph.memory(), self.graph.label_bytes(), nodes)
    }

    /// The parents of all revisions, as packed native int32 pairs.
    fn pairs(this: Shared<Self>, ctx: Ctx<'_>) -> Result<Bytes> {
        let pack = |graph: &core::Graph| {
            Bytes(core::Rev::packed(graph.as_slice().as_flattened()).to_vec())
        };
        Ok(ask(ctx, &this, pack)?)
    }

    /// The graph's number for vermilion.graph_capi.
    #[getter]
    fn capi_id(&self) -> u64 {
        self.published.id()
    }

    fn parents(&self, rev: OneRev) -> Result<(OneRev, OneRev)> {
        let [p1, p2] = self.graph.parents(rev.0)?.map(OneRev);
        Ok((p1, p2))
    }

    fn node(&self, rev: OneRev) -> Result<Bytes> {
        core::error::check_rev(rev.0, self.graph.len())?;
        let index = self.index()?;
        if rev.0 >= core::Rev::from_index(self.indexed) {
            let message = format!("revision {} was added without a node", rev.0);
            return Err(PyErr::new(Exception::Lookup, message).into());
        }
        Ok(node_bytes(index.node(rev.0)?))
    }

    fn rev(this: Shared<Self>, ctx: Ctx<'_>, node: &[u8]) -> Result<OneRev> {
        let node = core::Node::try_from(node)?;
        let (graph, index, indexed) = Graph::with_index(ctx, &this)?;
        match run(ctx, &graph, || index.rev(&node))? {
            Some(rev) if rev < core::Rev::from_index(indexed) => Ok(OneRev(rev)),
            _ => Err(core::Error::NotFound {
                name: index.path().display().to_string(),
                node,
            }
            .into()),
        }
    }

    fn matches(this: Shared<Self>, ctx: Ctx<'_>, entries: &[u8], start: Count) -> Result<bool> {
        let (graph, index, indexed) = Graph::with_index(ctx, &this)?;
        let same = run(ctx, &graph, || index.has(start.0, entries))?;
        let count = entries.len() / core::revlog::index::ENTRY_SIZE;
        Ok(same && start.0 + count <= indexed)
    }

    fn extend(&mut self, pairs: &[u8]) -> Result<()> {
        let pairs = unpack_pairs(pairs)?;
        let extend = |graph: &mut core::Graph| graph.extend(&pairs);
        Ok(capi::change(&mut self.graph, &self.published, extend)?)
    }

    fn truncate(&mut self, length: Count) {
        if length.0 < self.graph.len() {
            capi::change(&mut self.graph, &self.published, |graph| {
                graph.truncate(length.0);
            });
            self.indexed = self.indexed.min(length.0);
        }
    }

    fn ancestors(
        this: Shared<Self>,
        ctx: Ctx<'_>,
        revs: Revs,
        stoprev: OneRev,
        inclusive: bool,
    ) -> Result<Ancestors> {
        Ancestors::new(ctx, &now(ctx, &this)?, &revs.0, stoprev.0, inclusive)
    }

    fn missing_ancestors(&self, bases: Revs) -> Result<MissingAncestors> {
        MissingAncestors::new(&self.graph, &bases.0)
    }

    fn discovery(
        &self,
        target_heads: Revs,
        respect_size: bool,
        randomize: bool,
    ) -> Result<Discovery> {
        Discovery::new(&self.graph, &target_heads.0, respect_size, randomize)
    }

    fn only(this: Shared<Self>, ctx: Ctx<'_>, include: Revs, exclude: Revs) -> Result<RevSet> {
        let set = ask(ctx, &this, |graph| graph.only(&include.0, &exclude.0))??;
        Ok(RevSet(set))
    }

    fn is_ancestor(this: Shared<Self>, ctx: Ctx<'_>, a: OneRev, b: OneRev) -> Result<bool> {
        let at_once = this.borrow(ctx)?.graph.is_ancestor_at_once(a.0, b.0)?;
        match at_once {
            Some(answer) => Ok(answer),
            None => Ok(ask(ctx, &this, |graph| graph.is_ancestor(a.0, b.0))??),
        }
    }

    #[py(signature = (exclude, stop, /))]
    fn heads(
        this: Shared<Self>,
        ctx: Ctx<'_>,
        exclude: Option<Revs>,
        stop: Option<Count>,
    ) -> Result<RevList> {
        let exclude = exclude.map(|revs| set_of(revs.0)).transpose()?;
        let stop = stop.map(|stop| stop.0);
        let heads = ask(ctx, &this, |graph| {
            graph.visible_heads(exclude.as_ref(), stop)
        })?;
        Ok(RevList(heads))
    }

    fn heads_of(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> Result<RevList> {
        let heads = ask(ctx, &this, |graph| graph.heads_of(&revs.0))??;
        Ok(RevList(heads))
    }

    fn roots_of(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> Result<RevList> {
        let roots = ask(ctx, &this, |graph| graph.roots_of(&revs.0))??;
        Ok(RevList(roots))
    }

    #[py(signature = (roots, heads, min_root, include_path, /))]
    fn range(
        this: Shared<Self>,
        ctx: Ctx<'_>,
        roots: Revs,
        heads: Revs,
        min_root: Option<OneRev>,
        include_path: bool,
    ) -> Result<RevSet> {
        let range = ask(ctx, &this, |graph| {
            let lowest = || roots.0.iter().min().copied().unwrap_or(core::Rev::FIRST);
            let min_root = min_root.map_or_else(lowest, |rev| rev.0);
            graph.range(&roots.0, &heads.0, min_root, include_path)
        })??;
        Ok(RevSet(range))
    }

    fn descendants(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> Result<RevSet> {
        let found = ask(ctx, &this, |graph| graph.descendants(&revs.0))??;
        Ok(RevSet(found))
    }

    fn children(this: Shared<Self>, ctx: Ctx<'_>, rev: OneRev) -> Result<RevList> {
        let children = ask(ctx, &this, |graph| graph.children(rev.0))??;
        Ok(RevList(children))
    }

    fn toposort(
        this: Shared<Self>,
        ctx: Ctx<'_>,
        revs: Revs,
        first_branch: Revs,
    ) -> Result<RevList> {
        let sorted = ask(ctx, &this, |graph| graph.toposort(&revs.0, &first_branch.0))??;
        Ok(RevList(sorted))
    }

    /// Declares the methods of any number of revisions, for which nobody makes a tuple.
    #[define]
    fn define(class: &mut ClassDef<Self>) {
        class
            .method_raw(c"common_ancestor_heads", c"", common_ancestor_heads)
            .method_raw(c"greatest_common_ancestors", c"", greatest_common_ancestors);
    }
}

type Common = fn(&core::Graph, &[core::Rev], &AtomicBool) -> core::Result<Vec<core::Rev>>;

/// Returns a question about any number of revisions.
fn common(
    ctx: Ctx<'_>,
    graph: &core::Graph,
    revs: &[core::Rev],
    question: Common,
) -> Result<RevList> {
    let watch = Watch::default();
    let work = || question(graph, revs, &watch.interrupt);
    let found = if revs.len() > MANY && is_long(graph) {
        watched(ctx, python::tick(ctx)?.as_borrowed(), &watch, work)?
    } else {
        run(ctx, graph, work)
    };
    Ok(RevList(found?))
}

fn common_ancestor_heads<'c>(this: Borrowed<'c>, revs: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let revs = from_args(revs)?;
    let graph = now(ctx, &this.extract::<Shared<Graph>>()?)?;
    common(ctx, &graph, &revs, core::Graph::common_ancestor_heads_until).into_py(ctx)
}

fn greatest_common_ancestors<'c>(
    this: Borrowed<'c>,
    revs: &[Borrowed<'c>],
) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let revs = from_args(revs)?;
    let graph = now(ctx, &this.extract::<Shared<Graph>>()?)?;
    let question = core::Graph::common_ancestor_heads_until;
    let found = common(ctx, &graph, &revs, question).and_then(|heads| match heads.0.len() {
        ..2 => Ok(heads),
        _ => common(ctx, &graph, &heads.0, core::Graph::greatest_of_until),
    });
    found.into_py(ctx)
}
