// SPDX-License-Identifier: MIT OR Apache-2.0

//! Vermilion's graph by its capsule, for `tests/python/test_graph_capi.py` and `capsule_c`.

use std::thread;

use hpy_bindings::{
    Capsule, Ctx, Handle, IntoPy as _, ModuleDef, PyErr, PyResult, StaticPayload, module, payload,
};
use vermilion_graph_capi::{GraphApi, GraphError, GraphRef, Rev};

/// Capsules of the right name with something else in them.
mod others {
    use super::*;

    pub extern "C" fn nothing() {}

    payload! {
        pub struct Later = c"vermilion.graph_capi", version 2 { pub f: [extern "C" fn(); 6] }
    }
    payload! {
        pub struct Larger = c"vermilion.graph_capi", version 1 { pub f: [extern "C" fn(); 7] }
    }
    payload! {
        pub struct Fields = c"vermilion.graph_capi", version 1 { pub f: [extern "C" fn(); 6] }
    }
    payload! {
        pub struct Name = c"vermilion.other_capi", version 1 { pub f: [extern "C" fn(); 6] }
    }

    pub static LATER: StaticPayload<Later> = StaticPayload::new(Later { f: [nothing; 6] });
    pub static LARGER: StaticPayload<Larger> = StaticPayload::new(Larger { f: [nothing; 7] });
    pub static FIELDS: StaticPayload<Fields> = StaticPayload::new(Fields { f: [nothing; 6] });
    pub static NAME: StaticPayload<Name> = StaticPayload::new(Name { f: [nothing; 6] });
}

fn capsule<'c>(ctx: Ctx<'c>, kind: &str) -> PyResult<Handle<'c>> {
    match kind {
        "later" => Capsule::from(&others::LATER).into_py(ctx),
        "larger" => Capsule::from(&others::LARGER).into_py(ctx),
        "fields" => Capsule::from(&others::FIELDS).into_py(ctx),
        _ => Capsule::from(&others::NAME).into_py(ctx),
    }
}

/// The errors while a graph is found and asked.
enum Error {
    Python(PyErr),
    Graph(GraphError),
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        match error {
            Error::Python(error) => error,
            Error::Graph(error) => error.into(),
        }
    }
}

/// Asks the graph of an id.
fn ask<R>(
    ctx: Ctx<'_>,
    id: u64,
    question: impl Fn(&GraphRef) -> Result<R, GraphError>,
) -> Result<R, Error> {
    let graph = GraphApi::import(ctx)
        .map_err(Error::Python)?
        .graph_of_id(id);
    question(&graph).map_err(Error::Graph)
}

/// Asks on many threads at once, without the interpreter; says how often the answers were
/// as they must be, and how often there was none because the graph was gone or too short.
fn hammer(ctx: Ctx<'_>, graph: GraphRef, threads: usize, rounds: usize) -> (usize, usize) {
    let work = || -> Result<(), GraphError> {
        let length = graph.len()? as Rev;
        let rev = length - 1;
        let [parent, _] = graph.parents(rev)?;
        assert!(parent < rev && graph.is_ancestor(parent, rev)?);
        let found = graph.ancestors(&[rev], 0, true)?;
        assert!(found.first() == Some(&rev) && found.is_sorted_by(|a, b| a > b));
        Ok(())
    };
    let asked = threads * rounds;
    let rounds = || (0..rounds).filter(|_| work().is_ok()).count();
    let answered = ctx.leave_python(|| {
        thread::scope(|scope| {
            let all: Vec<_> = (0..threads).map(|_| scope.spawn(rounds)).collect();
            let ended = all.into_iter().map(|one| one.join().expect("no panic"));
            ended.sum::<usize>()
        })
    });
    (answered, asked - answered)
}

fn define(m: &mut ModuleDef) {
    m.function_raw(c"capsule", c"One that is not the graph's.", |this, args| {
        capsule(this.ctx(), args[0].as_str()?)
    })
    .function(c"len", c"By its object.", |_: Ctx<'_>, graph: GraphRef| {
        graph.len()
    })
    .function(c"length", c"", |ctx: Ctx<'_>, id: u64| {
        ask(ctx, id, GraphRef::len)
    })
    .function(c"parents", c"", |ctx: Ctx<'_>, id: u64, rev: Rev| {
        ask(ctx, id, |graph| graph.parents(rev)).map(|[p1, p2]| (p1, p2))
    })
    .function(
        c"is_ancestor",
        c"",
        |ctx: Ctx<'_>, id: u64, a: Rev, b: Rev| ask(ctx, id, |graph| graph.is_ancestor(a, b)),
    )
    .function(
        c"ancestors",
        c"",
        |ctx: Ctx<'_>, id: u64, revs: Vec<Rev>, stoprev: Rev, inclusive: bool| {
            ask(ctx, id, |graph| graph.ancestors(&revs, stoprev, inclusive))
        },
    )
    .function(
        c"ancestors_into",
        c"How many, and a buffer of some room with 99 where there was nothing.",
        |ctx: Ctx<'_>, id: u64, revs: Vec<Rev>, room: usize| {
            let mut buffer = vec![99; room];
            let api = GraphApi::import(ctx).map_err(Error::Python)?;
            let graph = api.graph_of_id(id);
            let answer = graph.ancestors_into(&revs, 0, true, &mut buffer);
            answer.map(|count| (count, buffer)).map_err(Error::Graph)
        },
    )
    .function(c"heads", c"", |ctx: Ctx<'_>, id: u64| {
        ask(ctx, id, GraphRef::heads)
    })
    .function(c"hammer", c"(answered, not answered).", hammer);
}

module!("graph_probe", define);
