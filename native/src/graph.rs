// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Graph`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hpy_bindings::{
    Borrowed, Bytes, Class, ClassDef, Ctx, Exception, Handle, IntoPy as _, New, PyErr, PyResult,
    Shared, This,
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

pub fn open(ctx: Ctx<'_>, path: PathBuf) -> Result<New<Graph>> {
    let (index, parents) = ctx.leave_python(|| core::repository::open_index(&path))?;
    let indexed = parents.len();
    let graph = Arc::new(core::Graph::from_valid(parents));
    Ok(New(Graph {
        published: Published::new(&graph),
        graph,
        index: Some(Arc::new(index)),
        indexed,
    }))
}

fn unpack_pairs(packed: &Bytes) -> Result<Vec<[core::Rev; 2]>> {
    let revs = unpack(&packed.0)?;
    let (pairs, rest) = revs.as_chunks::<2>();
    if !rest.is_empty() {
        let message = format!("{} parents are not a whole number of pairs", revs.len());
        return Err(PyErr::new(Exception::Value, message).into());
    }
    Ok(pairs.to_vec())
}

pub fn from_packed(ctx: Ctx<'_>, packed: Bytes) -> Result<New<Graph>> {
    let graph = ctx.leave_python(|| Ok::<_, Error>(core::Graph::new(unpack_pairs(&packed)?)?))?;
    let graph = Arc::new(graph);
    Ok(New(Graph {
        published: Published::new(&graph),
        graph,
        index: None,
        indexed: 0,
    }))
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
        this: &This<Graph>,
    ) -> Result<(Arc<core::Graph>, Arc<Index>, usize)> {
        let this = this.borrow(ctx)?;
        Ok((
            Arc::clone(&this.graph),
            Arc::clone(this.index()?),
            this.indexed,
        ))
    }

    fn parents(_: Ctx<'_>, this: &Graph, rev: OneRev) -> Result<(OneRev, OneRev)> {
        let [p1, p2] = this.graph.parents(rev.0)?.map(OneRev);
        Ok((p1, p2))
    }

    fn node(_: Ctx<'_>, this: &Graph, rev: OneRev) -> Result<Bytes> {
        core::error::check_rev(rev.0, this.graph.len())?;
        let index = this.index()?;
        if rev.0 >= core::Rev::from_index(this.indexed) {
            let message = format!("revision {} was added without a node", rev.0);
            return Err(PyErr::new(Exception::Lookup, message).into());
        }
        Ok(node_bytes(index.node(rev.0)?))
    }

    fn rev(ctx: Ctx<'_>, this: This<Graph>, node: Bytes) -> Result<OneRev> {
        let node = core::Node::try_from(&*node.0)?;
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

    fn matches(ctx: Ctx<'_>, this: This<Graph>, entries: Bytes, start: Count) -> Result<bool> {
        let (graph, index, indexed) = Graph::with_index(ctx, &this)?;
        let same = run(ctx, &graph, || index.has(start.0, &entries.0))?;
        let count = entries.0.len() / core::revlog::index::ENTRY_SIZE;
        Ok(same && start.0 + count <= indexed)
    }

    fn extend(_: Ctx<'_>, this: &mut Graph, packed: Bytes) -> Result<()> {
        let pairs = unpack_pairs(&packed)?;
        let Graph {
            graph, published, ..
        } = this;
        Ok(capi::change(graph, published, |graph| {
            graph.extend(&pairs)
        })?)
    }

    fn truncate(_: Ctx<'_>, this: &mut Graph, len: Count) {
        if len.0 < this.graph.len() {
            capi::change(&mut this.graph, &this.published, |graph| {
                graph.truncate(len.0);
            });
            this.indexed = this.indexed.min(len.0);
        }
    }

    fn ancestors(
        ctx: Ctx<'_>,
        this: This<Graph>,
        revs: Revs,
        stoprev: OneRev,
        inclusive: bool,
    ) -> Result<New<Ancestors>> {
        Ancestors::new(ctx, &now(ctx, &this)?, &revs.0, stoprev.0, inclusive).map(New)
    }

    fn missing_ancestors(_: Ctx<'_>, this: &Graph, bases: Revs) -> Result<New<MissingAncestors>> {
        MissingAncestors::new(&this.graph, &bases.0).map(New)
    }

    fn discovery(
        _: Ctx<'_>,
        this: &Graph,
        target_heads: Revs,
        respect_size: bool,
        randomize: bool,
    ) -> Result<New<Discovery>> {
        Discovery::new(&this.graph, &target_heads.0, respect_size, randomize).map(New)
    }

    fn only(ctx: Ctx<'_>, this: This<Graph>, include: Revs, exclude: Revs) -> Result<New<RevSet>> {
        let set = ask(ctx, &this, |graph| graph.only(&include.0, &exclude.0))??;
        Ok(New(RevSet(set)))
    }

    fn is_ancestor(ctx: Ctx<'_>, this: This<Graph>, a: OneRev, b: OneRev) -> Result<bool> {
        let at_once = this.borrow(ctx)?.graph.is_ancestor_at_once(a.0, b.0)?;
        match at_once {
            Some(answer) => Ok(answer),
            None => Ok(ask(ctx, &this, |graph| graph.is_ancestor(a.0, b.0))??),
        }
    }

    fn heads(
        ctx: Ctx<'_>,
        this: This<Graph>,
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

    fn heads_of(ctx: Ctx<'_>, this: This<Graph>, revs: Revs) -> Result<RevList> {
        let heads = ask(ctx, &this, |graph| graph.heads_of(&revs.0))??;
        Ok(RevList(heads))
    }

    fn roots_of(ctx: Ctx<'_>, this: This<Graph>, revs: Revs) -> Result<RevList> {
        let roots = ask(ctx, &this, |graph| graph.roots_of(&revs.0))??;
        Ok(RevList(roots))
    }

    fn range(
        ctx: Ctx<'_>,
        this: This<Graph>,
        roots: Revs,
        heads: Revs,
        min_root: Option<OneRev>,
        include_path: bool,
    ) -> Result<New<RevSet>> {
        let range = ask(ctx, &this, |graph| {
            let lowest = || roots.0.iter().min().copied().unwrap_or(core::Rev::FIRST);
            let min_root = min_root.map_or_else(lowest, |rev| rev.0);
            graph.range(&roots.0, &heads.0, min_root, include_path)
        })??;
        Ok(New(RevSet(range)))
    }

    fn descendants(ctx: Ctx<'_>, this: This<Graph>, revs: Revs) -> Result<New<RevSet>> {
        let found = ask(ctx, &this, |graph| graph.descendants(&revs.0))??;
        Ok(New(RevSet(found)))
    }

    fn children(ctx: Ctx<'_>, this: This<Graph>, rev: OneRev) -> Result<RevList> {
        let children = ask(ctx, &this, |graph| graph.children(rev.0))??;
        Ok(RevList(children))
    }

    fn toposort(
        ctx: Ctx<'_>,
        this: This<Graph>,
        revs: Revs,
        first_branch: Revs,
    ) -> Result<RevList> {
        let sorted = ask(ctx, &this, |graph| graph.toposort(&revs.0, &first_branch.0))??;
        Ok(RevList(sorted))
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

impl Class for Graph {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.Graph";
    const DOC: &'static std::ffi::CStr = c"The data behind vermilion.Graph.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .length(|_: Ctx<'_>, this: &Graph| this.graph.len())
            .getter(
                c"path",
                c"The index file, or None.",
                |_: Ctx<'_>, this: &Graph| {
                    this.index.as_ref().map(|index| index.path().to_path_buf())
                },
            )
            .getter(
                c"memory",
                c"(parents, labels, node table) in bytes, apart from the mapped file.",
                |_: Ctx<'_>, this: &Graph| {
                    let nodes = this.index.as_ref().map_or(0, |index| index.memory());
                    let labels = this.graph.label_bytes();
                    (this.graph.memory(), labels, nodes)
                },
            )
            .getter(
                c"capi_id",
                c"The graph's number for vermilion.graph_capi.",
                |_: Ctx<'_>, this: &Graph| this.published.id(),
            )
            .method(c"parents", c"", Graph::parents)
            .method(c"node", c"", Graph::node)
            .method(c"rev", c"", Graph::rev)
            .method(c"matches", c"", Graph::matches)
            .method(c"extend", c"", Graph::extend)
            .method(c"truncate", c"", Graph::truncate)
            .method(c"ancestors", c"", Graph::ancestors)
            .method(c"missing_ancestors", c"", Graph::missing_ancestors)
            .method(c"discovery", c"", Graph::discovery)
            .method(c"only", c"", Graph::only)
            .method(c"is_ancestor", c"", Graph::is_ancestor)
            .method(c"heads", c"", Graph::heads)
            .method(c"heads_of", c"", Graph::heads_of)
            .method(c"roots_of", c"", Graph::roots_of)
            .method(c"range", c"", Graph::range)
            .method(c"descendants", c"", Graph::descendants)
            .method(c"children", c"", Graph::children)
            .method(c"toposort", c"", Graph::toposort)
            .method_raw(c"common_ancestor_heads", c"", common_ancestor_heads)
            .method_raw(c"greatest_common_ancestors", c"", greatest_common_ancestors);
    }
}
