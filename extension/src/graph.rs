//! `_native.Graph`.

use std::path::PathBuf;
use std::sync::Arc;

use hpy_bindings::{
    Arg, Bytes, Class, ClassDef, Ctx, Exception, Global, Handle, IntoPy, New, PyErr, PyResult,
    Shared,
};
use vermilion_core::{self as core, index::Index};

use crate::ancestors::Ancestors;
use crate::capi::{self, Published};
use crate::discovery::Discovery;
use crate::error::{Error, Result};
use crate::missing::MissingAncestors;
use crate::revs::{from_args, set_of, unpack, Count, OneRev, RevList, Revs};
use crate::revset::RevSet;

/// Below this many revisions nothing takes long enough to let other threads in.
const LONG: usize = 4096;

pub struct Graph {
    /// Shared with the lazy objects made from it; copied when it changes meanwhile.
    graph: Arc<core::Graph>,
    index: Option<Index>,
    /// How many revisions are still those of the index: what was forgotten and added
    /// again has no node there.
    indexed: usize,
    /// What other native modules see.
    published: Published,
}

/// Runs work on a graph, without the interpreter where it may take long.
pub fn run<R: Send>(ctx: Ctx<'_>, graph: &core::Graph, work: impl FnOnce() -> R + Send) -> R {
    match graph.len() < LONG {
        true => work(),
        false => ctx.leave_python(work),
    }
}

pub fn open(ctx: Ctx<'_>, path: PathBuf) -> Result<New<Graph>> {
    let (index, parents) = ctx.leave_python(|| core::repo::open(&path))?;
    let indexed = parents.len();
    let graph = Arc::new(core::Graph::from_valid(parents));
    Ok(New(Graph {
        published: Published::new(&graph),
        graph,
        index: Some(index),
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
    fn index(&self) -> Result<&Index> {
        self.index.as_ref().ok_or_else(|| {
            let message = "a graph made from parents has no nodes";
            PyErr::new(Exception::Lookup, message).into()
        })
    }

    fn parents(_: Ctx<'_>, this: &Graph, rev: OneRev) -> Result<(core::Rev, core::Rev)> {
        let [p1, p2] = this.graph.parents(rev.0)?;
        Ok((p1, p2))
    }

    fn node(_: Ctx<'_>, this: &Graph, rev: OneRev) -> Result<Bytes> {
        core::error::check_rev(rev.0, this.graph.len())?;
        let index = this.index()?;
        if rev.0 >= this.indexed as core::Rev {
            let message = format!("revision {} was added without a node", rev.0);
            return Err(PyErr::new(Exception::Lookup, message).into());
        }
        Ok(Bytes(index.node(rev.0)?.to_vec()))
    }

    fn rev(ctx: Ctx<'_>, this: &Graph, node: Bytes) -> Result<core::Rev> {
        let node: core::Node = node.0.as_slice().try_into().map_err(|_| {
            let message = format!("a node has 20 bytes, not {}", node.0.len());
            PyErr::new(Exception::Value, message)
        })?;
        let index = this.index()?;
        match run(ctx, &this.graph, || index.rev(&node))? {
            Some(rev) if rev < this.indexed as core::Rev => Ok(rev),
            _ => Err(core::Error::NotFound {
                name: index.path().display().to_string(),
                node: node.iter().map(|byte| format!("{byte:02x}")).collect(),
            }
            .into()),
        }
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
                graph.truncate(len.0)
            });
            this.indexed = this.indexed.min(len.0);
        }
    }

    fn ancestors(
        ctx: Ctx<'_>,
        this: &Graph,
        revs: Revs,
        stoprev: OneRev,
        inclusive: bool,
    ) -> Result<New<Ancestors>> {
        Ancestors::new(ctx, &this.graph, &revs.0, stoprev.0, inclusive).map(New)
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

    fn only(ctx: Ctx<'_>, this: &Graph, include: Revs, exclude: Revs) -> Result<New<RevSet>> {
        let set = run(ctx, &this.graph, || this.graph.only(&include.0, &exclude.0))?;
        Ok(New(RevSet(set)))
    }

    fn is_ancestor(ctx: Ctx<'_>, this: &Graph, a: OneRev, b: OneRev) -> Result<bool> {
        if this.graph.wants_labels() {
            ctx.leave_python(|| this.graph.prepare());
        }
        Ok(this.graph.is_ancestor(a.0, b.0)?)
    }

    fn heads(
        ctx: Ctx<'_>,
        this: &Graph,
        exclude: Option<Revs>,
        stop: Option<Count>,
    ) -> Result<RevList> {
        let exclude = exclude.map(|revs| set_of(revs.0)).transpose()?;
        let heads = run(ctx, &this.graph, || {
            this.graph
                .visible_heads(exclude.as_ref(), stop.map(|stop| stop.0))
        });
        Ok(RevList(heads))
    }

    fn heads_of(ctx: Ctx<'_>, this: &Graph, revs: Revs) -> Result<RevList> {
        Ok(RevList(run(ctx, &this.graph, || {
            this.graph.heads_of(&revs.0)
        })?))
    }

    fn roots_of(ctx: Ctx<'_>, this: &Graph, revs: Revs) -> Result<RevList> {
        Ok(RevList(run(ctx, &this.graph, || {
            this.graph.roots_of(&revs.0)
        })?))
    }

    fn range(
        ctx: Ctx<'_>,
        this: &Graph,
        roots: Revs,
        heads: Revs,
        min_root: OneRev,
        include_path: bool,
    ) -> Result<New<RevSet>> {
        let work = || {
            this.graph
                .range(&roots.0, &heads.0, min_root.0, include_path)
        };
        Ok(New(RevSet(run(ctx, &this.graph, work)?)))
    }

    fn descendants(ctx: Ctx<'_>, this: &Graph, revs: Revs) -> Result<New<RevSet>> {
        Ok(New(RevSet(run(ctx, &this.graph, || {
            this.graph.descendants(&revs.0)
        })?)))
    }

    fn children(ctx: Ctx<'_>, this: &Graph, rev: OneRev) -> Result<RevList> {
        Ok(RevList(run(ctx, &this.graph, || {
            this.graph.children(rev.0)
        })?))
    }

    fn toposort(ctx: Ctx<'_>, this: &Graph, revs: Revs, first_branch: Revs) -> Result<RevList> {
        let work = || this.graph.toposort(&revs.0, &first_branch.0);
        Ok(RevList(run(ctx, &this.graph, work)?))
    }
}

/// A question about any number of revisions, given as `f(*revs)`.
fn common<'c>(
    this: Arg<'c>,
    revs: &[Arg<'c>],
    question: fn(&core::Graph, &[core::Rev]) -> core::Result<Vec<core::Rev>>,
) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let revs = from_args(revs)?;
    let this = this.extract::<Shared<Graph>>()?.borrow(ctx)?;
    let graph: &core::Graph = &this.graph;
    if graph.wants_labels() {
        ctx.leave_python(|| graph.prepare());
    }
    question(graph, &revs)
        .map(RevList)
        .map_err(Error::from)
        .into_py(ctx)
}

impl Class for Graph {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.Graph";
    const DOC: &'static std::ffi::CStr = c"The data behind vermilion.Graph.";

    fn type_global() -> &'static Global {
        static TYPE: Global = Global::new();
        &TYPE
    }

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
                    let nodes = this.index.as_ref().map_or(0, Index::memory);
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
            .method_raw(c"common_ancestor_heads", c"", |this, revs| {
                common(this, revs, core::Graph::common_ancestor_heads)
            })
            .method_raw(c"greatest_common_ancestors", c"", |this, revs| {
                common(this, revs, core::Graph::greatest_common_ancestors)
            });
    }
}
