// SPDX-License-Identifier: MIT OR Apache-2.0

//! The side that asks: safe functions around the table.

use hpy_bindings::{Borrowed, Capsule, Ctx, Exception, FromPy, PyErr, PyResult};

use crate::{GraphError, Rev, Table};

/// The functions behind `vermilion.graph_capi`.
#[derive(Clone)]
pub struct GraphApi(pub(crate) Capsule<Table>);

impl GraphApi {
    /// Imports `vermilion` and takes its capsule.
    ///
    /// ImportError where there is no vermilion, or one whose functions have another
    /// version; TypeError and ValueError for what is no such capsule.
    pub fn import(ctx: Ctx<'_>) -> PyResult<Self> {
        Capsule::import(ctx, c"vermilion", c"graph_capi").map(GraphApi)
    }

    /// Returns the graph behind a Python object; TypeError for one that is no `vermilion.Graph`.
    pub fn graph(&self, graph: Borrowed<'_>) -> PyResult<GraphRef> {
        let ctx = graph.ctx();
        let id = graph.attr(c"capi_id").and_then(|id| id.extract::<u64>());
        match id {
            Ok(id) => Ok(self.graph_of_id(id)),
            Err(error) if error.is(ctx, Exception::Attribute) => {
                error.forget(ctx);
                let found = graph.type_of().attr(c"__name__")?.extract::<String>()?;
                let message = format!("expected a vermilion.Graph, got {found}");
                Err(PyErr::new(Exception::Type, message))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the graph of a `capi_id`. It may be gone: each question tells.
    pub fn graph_of_id(&self, id: u64) -> GraphRef {
        GraphRef {
            table: self.0.clone(),
            id,
        }
    }
}

/// A graph of Python's, for questions from any thread.
///
/// It is a name and keeps nothing alive: after the end of the `Graph` object all answers
/// are [`GraphError::Gone`]. Each question is about the graph as it is when that is asked;
/// nobody who changes the graph meanwhile disturbs it.
#[derive(Clone)]
pub struct GraphRef {
    table: Capsule<Table>,
    id: u64,
}

impl FromPy for GraphRef {
    /// Takes a `vermilion.Graph`, as a parameter of a native function: [`GraphApi::import`] and [`GraphApi::graph`].
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        GraphApi::import(value.ctx())?.graph(value)
    }
}

impl GraphRef {
    /// Returns the number of revisions, null not counted. O(1).
    pub fn len(&self) -> Result<usize, GraphError> {
        let mut length = 0;
        // SAFETY: the table's functions take pointers like these.
        let code = unsafe { (self.table.length)(self.id, &raw mut length) };
        GraphError::check(code, 0)?;
        Ok(length)
    }

    /// Returns `true` if there are none. O(1).
    pub fn is_empty(&self) -> Result<bool, GraphError> {
        Ok(self.len()? == 0)
    }

    /// Returns both parents, -1 for none; those of -1 are -1. O(1).
    pub fn parents(&self, rev: Rev) -> Result<[Rev; 2], GraphError> {
        let mut parents = [0; 2];
        // SAFETY: as above.
        let code = unsafe { (self.table.parents)(self.id, rev, parents.as_mut_ptr()) };
        GraphError::check(code, 0)?;
        Ok(parents)
    }

    /// Returns `true` if `a` is an ancestor of `b`, or `b` itself; -1 is everyone's. Mostly O(1).
    pub fn is_ancestor(&self, a: Rev, b: Rev) -> Result<bool, GraphError> {
        let mut answer = false;
        // SAFETY: as above.
        let code = unsafe { (self.table.is_ancestor)(self.id, a, b, &raw mut answer) };
        GraphError::check(code, 0)?;
        Ok(answer)
    }

    /// Returns the ancestors of `revs` that are not below `stoprev`, descending; with `inclusive`,
    /// `revs` themselves too. O(n).
    pub fn ancestors(
        &self,
        revs: &[Rev],
        stoprev: Rev,
        inclusive: bool,
    ) -> Result<Vec<Rev>, GraphError> {
        // Each has a number of its own from `stoprev` to the highest of `revs`.
        let highest = revs.iter().copied().max().unwrap_or(-1);
        let numbers = i64::from(highest.min(self.end()?)) + 1 - i64::from(stoprev.max(-1));
        let room = usize::try_from(numbers).unwrap_or(0);
        grown(room, |buffer| {
            self.ancestors_into(revs, stoprev, inclusive, buffer)
        })
    }

    /// Writes [`GraphRef::ancestors`] into a buffer, and returns their number. Where they have no
    /// room, the buffer has the first ones.
    pub fn ancestors_into(
        &self,
        revs: &[Rev],
        stoprev: Rev,
        inclusive: bool,
        buffer: &mut [Rev],
    ) -> Result<usize, GraphError> {
        let mut count = 0;
        // SAFETY: as above; both slices are as long as is said.
        let code = unsafe {
            (self.table.ancestors)(
                self.id,
                revs.as_ptr(),
                revs.len(),
                stoprev,
                inclusive,
                buffer.as_mut_ptr(),
                buffer.len(),
                &raw mut count,
            )
        };
        GraphError::check(code, count)?;
        Ok(count)
    }

    /// Returns the revisions without children, ascending; -1 for an empty graph. O(n).
    pub fn heads(&self) -> Result<Vec<Rev>, GraphError> {
        grown(64, |buffer| {
            let mut count = 0;
            let (start, room) = (buffer.as_mut_ptr(), buffer.len());
            // SAFETY: as above; the buffer is as long as is said.
            let code = unsafe { (self.table.heads)(self.id, start, room, &raw mut count) };
            GraphError::check(code, count)?;
            Ok(count)
        })
    }

    fn end(&self) -> Result<Rev, GraphError> {
        Ok(Rev::try_from(self.len()?).unwrap_or(Rev::MAX))
    }
}

/// Asks with a buffer of some room, and again with a larger one.
fn grown(
    room: usize,
    ask: impl Fn(&mut [Rev]) -> Result<usize, GraphError>,
) -> Result<Vec<Rev>, GraphError> {
    let mut found = vec![0; room];
    loop {
        match ask(&mut found) {
            Ok(count) => {
                found.truncate(count);
                return Ok(found);
            }
            // More than once where the graph changes in between.
            Err(GraphError::BufferTooSmall(needed)) => found.resize(needed, 0),
            Err(error) => return Err(error),
        }
    }
}
