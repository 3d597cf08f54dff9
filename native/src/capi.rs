// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.graph_capi`: the graph's questions as C functions, for other native modules.
//!
//! They are asked from any thread while Python goes on, so what they read is apart from
//! the objects of Python: a snapshot of each graph, by its id. Reading takes no lock. A
//! change of a graph takes its snapshot away for as long as it lasts, so that nothing is
//! copied unless somebody asks right then.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::{process, thread};

use arc_swap::ArcSwapOption;
use hpy_bindings::StaticPayload;
use vermilion_core::{self as core, Rev, graph::Ancestors};
use vermilion_graph_capi::{GraphError, Graphs, Table};

/// The number of revisions that most answers fit into.
const BLOCK: usize = 1 << 12;

/// What the capsule points at.
pub static TABLE: StaticPayload<Table> = StaticPayload::new(Table::of::<Published>());

/// A graph as others see it.
struct Snapshot {
    /// Empty while a thread that holds the interpreter changes it.
    graph: ArcSwapOption<core::Graph>,
    /// The process whose thread was the last to do so.
    changer: AtomicU32,
}

/// All graphs by their ids, a part of them in each map, which is copied to be changed.
static PUBLISHED: [ArcSwapOption<HashMap<u64, Arc<Snapshot>>>; PARTS] =
    [const { ArcSwapOption::const_empty() }; PARTS];
const PARTS: usize = 64;

fn part(id: u64) -> &'static ArcSwapOption<HashMap<u64, Arc<Snapshot>>> {
    &PUBLISHED[id as usize % PARTS]
}

/// A graph that other modules can ask, until this is dropped.
pub struct Published {
    /// Never 0, and never used again.
    id: u64,
    snapshot: Arc<Snapshot>,
}

impl Published {
    pub fn new(graph: &Arc<core::Graph>) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let snapshot = Arc::new(Snapshot {
            graph: ArcSwapOption::from(Some(graph.clone())),
            changer: AtomicU32::new(0),
        });
        change_part(id, |all| {
            all.insert(id, snapshot.clone());
        });
        Published { id, snapshot }
    }

    pub fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        change_part(self.id, |all| {
            all.remove(&self.id);
        });
    }
}

fn change_part(id: u64, change: impl Fn(&mut HashMap<u64, Arc<Snapshot>>)) {
    part(id).rcu(|all| {
        let mut all = all.as_deref().cloned().unwrap_or_default();
        change(&mut all);
        Some(Arc::new(all))
    });
}

/// Changes a graph, and what others see of it.
pub fn change<R>(
    graph: &mut Arc<core::Graph>,
    published: &Published,
    change: impl FnOnce(&mut core::Graph) -> R,
) -> R {
    /// Shows the graph again, also after a panic.
    struct Hidden<'a>(&'a mut Arc<core::Graph>, &'a Published);
    impl Drop for Hidden<'_> {
        fn drop(&mut self) {
            self.1.snapshot.graph.store(Some(self.0.clone()));
        }
    }
    let Snapshot {
        graph: shown,
        changer,
    } = &*published.snapshot;
    changer.store(process::id(), Ordering::Release);
    shown.store(None);
    let hidden = Hidden(graph, published);
    change(Arc::make_mut(hidden.0))
}

/// Returns the graph of an id, as it is now.
fn find(id: u64) -> Result<Arc<core::Graph>, GraphError> {
    let all = part(id).load();
    let snapshot = all.as_deref().and_then(|all| all.get(&id));
    let snapshot = snapshot.ok_or(GraphError::Gone)?;
    loop {
        if let Some(graph) = snapshot.graph.load_full() {
            return Ok(graph);
        }
        if snapshot.changer.load(Ordering::Acquire) != process::id() {
            // It was being changed when this process was forked, and nobody goes on with that.
            return Err(GraphError::Gone);
        }
        // Who changes it waits for nobody, and is soon done.
        thread::yield_now();
    }
}

fn error(error: core::Error) -> GraphError {
    match error {
        core::Error::OutOfRange { .. } => GraphError::OutOfRange,
        _ => GraphError::Internal,
    }
}

impl Graphs for Published {
    fn length(id: u64) -> Result<usize, GraphError> {
        Ok(find(id)?.len())
    }

    fn parents(id: u64, rev: i32) -> Result<[i32; 2], GraphError> {
        let parents = find(id)?.parents(Rev::new(rev)).map_err(error)?;
        Ok(parents.map(Rev::get))
    }

    fn is_ancestor(id: u64, a: i32, b: i32) -> Result<bool, GraphError> {
        let (a, b) = (Rev::new(a), Rev::new(b));
        find(id)?.is_ancestor(a, b).map_err(error)
    }

    fn ancestors(
        id: u64,
        revs: &[i32],
        stoprev: i32,
        inclusive: bool,
        take: &mut dyn FnMut(&[i32]),
    ) -> Result<(), GraphError> {
        let revs = Rev::from_numbers(revs);
        let set = Ancestors::new(find(id)?, revs, Rev::new(stoprev), inclusive).map_err(error)?;
        let (mut iter, mut block) = (Arc::new(set).iter(), [Rev::NULL; BLOCK]);
        loop {
            let filled = iter.fill(&mut block);
            take(Rev::as_numbers(&block[..filled]));
            if filled < block.len() {
                return Ok(());
            }
        }
    }

    fn heads(id: u64, take: &mut dyn FnMut(&[i32])) -> Result<(), GraphError> {
        take(Rev::as_numbers(&find(id)?.heads()));
        Ok(())
    }
}
