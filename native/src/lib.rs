// SPDX-License-Identifier: GPL-2.0-or-later

//! `vermilion._native`: what Python sees of `vermilion-core`. Glue only: every
//! algorithm is in the core, every convenience in the Python package.

#![forbid(unsafe_code)]

mod ancestors;
mod capi;
mod copy_on_change;
mod dirstate;
mod discovery;
mod error;
mod graph;
mod head_start;
mod missing;
mod python;
mod revs;
mod revset;
mod status;
mod texts;
mod wanted;
mod working_copy;

use hpy_bindings::{Ctx, ModuleDef, module};

fn define(m: &mut ModuleDef) {
    m.doc(c"Mercurial's history graph and working copies in Rust; see the package vermilion.");
    error::define(m);
    python::define(m);
    wanted::define(m);
    capi::define(m);
    m.class::<graph::Graph>()
        .class::<ancestors::Ancestors>()
        .class::<ancestors::AncestorsChunks>()
        .class::<missing::MissingAncestors>()
        .class::<revset::RevSet>()
        .class::<revset::RevSetIterator>()
        .class::<discovery::Discovery>()
        .class::<dirstate::Dirstate>()
        .class::<head_start::HeadStart>()
        .class::<working_copy::WorkingCopy>()
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
            c"dirstate",
            c"dirstate(v2, /)\n--\n\nAn empty Dirstate, for the format dirstate-v2 or not.",
            dirstate::empty,
        )
        .function(
            c"head_start",
            c"head_start(root, v2, ignore_files, wanted, diff, /)\n--\n\n\
              Begins the status of a whole working copy in the background, and what a diff\n\
              needs next.",
            head_start::begin,
        )
        .function(
            c"dirstate_from_v1",
            c"dirstate_from_v1(data, name, /)\n--\n\n\
              A Dirstate, and its parents, of the bytes of a dirstate-v1 file of that name.",
            dirstate::from_v1,
        )
        .function(
            c"dirstate_from_v2",
            c"dirstate_from_v2(file, size, metadata, /)\n--\n\n\
              The Dirstate of a dirstate-v2 data file, and what its docket says of it.",
            dirstate::from_v2,
        )
        .function(
            c"open_working_copy",
            c"open_working_copy(path, ignore_files, /)\n--\n\nThe WorkingCopy that has this path in it.",
            working_copy::open,
        )
        .function(
            c"inflate",
            c"inflate(chunk, /)\n--\n\n\
              The data of a revlog's chunk that is compressed by zlib; None if it cannot be had.",
            texts::inflate,
        )
        .function(
            c"manifest_lines",
            c"manifest_lines(text, /)\n--\n\n\
              Where the lines of a manifest begin: packed native int32; None if lines are out of\n\
              order or are none.",
            texts::manifest_lines,
        )
        .function(
            c"name_offsets",
            c"name_offsets(block, step, /)\n--\n\n\
              Where every step-th name of a block begins: packed native uint64.",
            working_copy::name_offsets,
        )
        .function(
            c"threads",
            c"threads()\n--\n\nHow many threads long computations use.",
            |_: Ctx<'_>| vermilion_core::platform::pool::threads(),
        );
}

module!("_native", define);
