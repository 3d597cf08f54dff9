//! `vermilion._native`: what Python sees of `vermilion-core`. Glue only: every
//! algorithm is in the core, every convenience in the Python package.

#![forbid(unsafe_code)]

mod ancestors;
mod discovery;
mod error;
mod graph;
mod missing;
mod python;
mod revs;
mod revset;

use hpy_bindings::{module, Ctx, ModuleDef};

fn define(m: &mut ModuleDef) {
    m.doc(c"Mercurial's history graph in Rust; see the package vermilion.");
    error::define(m);
    python::define(m);
    m.class::<graph::Graph>()
        .class::<ancestors::Ancestors>()
        .class::<ancestors::AncestorsChunks>()
        .class::<missing::MissingAncestors>()
        .class::<revset::RevSet>()
        .class::<revset::RevSetIterator>()
        .class::<discovery::Discovery>()
        .function(
            c"open_graph",
            c"open_graph(path, /)\n--\n\nThe Graph of a repository or an index file.",
            graph::open,
        )
        .function(
            c"graph_from_packed",
            c"graph_from_packed(pairs, /)\n--\n\nThe Graph of packed native int32 pairs.",
            graph::from_packed,
        )
        .function(
            c"revset_from_bytes",
            c"revset_from_bytes(data, /)\n--\n\nUndoes RevSet.__reduce__.",
            revset::from_pickle,
        )
        .function(
            c"threads",
            c"threads()\n--\n\nHow many threads long computations use.",
            |_: Ctx<'_>| vermilion_core::pool::threads(),
        );
}

module!("_native", define);
