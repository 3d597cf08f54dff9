// SPDX-License-Identifier: MIT OR Apache-2.0

//! The table of C functions, and its implementation for the module that has the graphs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use crate::{GraphError, Rev};

hpy_bindings::payload! {
    /// The functions behind the capsule `vermilion.graph_capi`; `vermilion_graph.h` says the
    /// same to C. Rust has [`GraphApi`](crate::GraphApi) around it.
    pub struct Table = c"vermilion.graph_capi", version 1 {
        pub(crate) length: unsafe extern "C" fn(u64, *mut usize) -> i32,
        pub(crate) parents: unsafe extern "C" fn(u64, i32, *mut i32) -> i32,
        pub(crate) is_ancestor: unsafe extern "C" fn(u64, i32, i32, *mut bool) -> i32,
        pub(crate) ancestors: unsafe extern "C" fn(
            u64, *const i32, usize, i32, bool, *mut i32, usize, *mut usize
        ) -> i32,
        pub(crate) heads: unsafe extern "C" fn(u64, *mut i32, usize, *mut usize) -> i32,
        // Not c_char, which is another type on other processors: C finds one number in the
        // header on all of them.
        pub(crate) message: extern "C" fn(i32) -> *const u8,
    }
}

/// The graphs of a process, by the ids that their `capi_id`s are.
///
/// The functions are called from any thread, which need not hold the interpreter, and by
/// several at once. A panic becomes [`GraphError::Internal`].
pub trait Graphs {
    /// Returns the number of revisions.
    fn length(id: u64) -> Result<usize, GraphError>;
    /// Returns both parents, -1 for none.
    fn parents(id: u64, rev: Rev) -> Result<[Rev; 2], GraphError>;
    /// Returns `true` if `a` is an ancestor of `b`, or `b` itself.
    fn is_ancestor(id: u64, a: Rev, b: Rev) -> Result<bool, GraphError>;
    /// Hands the ancestors of `revs` that are not below `stoprev` to `take`, descending,
    /// in any number of blocks.
    fn ancestors(
        id: u64,
        revs: &[Rev],
        stoprev: Rev,
        inclusive: bool,
        take: &mut dyn FnMut(&[Rev]),
    ) -> Result<(), GraphError>;
    /// Hands the revisions without children to `take`, ascending.
    fn heads(id: u64, take: &mut dyn FnMut(&[Rev])) -> Result<(), GraphError>;
}

impl Table {
    /// Returns the table of functions that ask `G`.
    pub const fn of<G: Graphs>() -> Self {
        Table {
            length: length::<G>,
            parents: parents::<G>,
            is_ancestor: is_ancestor::<G>,
            ancestors: ancestors::<G>,
            heads: heads::<G>,
            message,
        }
    }
}

/// Runs one function of the table, and returns its code.
fn answer(question: impl FnOnce() -> Result<(), GraphError>) -> i32 {
    match catch_unwind(AssertUnwindSafe(question)) {
        Ok(Ok(())) => GraphError::OK,
        Ok(Err(error)) => error.code(),
        Err(_) => GraphError::Internal.code(),
    }
}

unsafe extern "C" fn length<G: Graphs>(id: u64, length: *mut usize) -> i32 {
    answer(|| {
        let found = G::length(id)?;
        // SAFETY: the header asks for a place of this type.
        unsafe { length.write(found) };
        Ok(())
    })
}

unsafe extern "C" fn parents<G: Graphs>(id: u64, rev: i32, parents: *mut i32) -> i32 {
    answer(|| {
        let found = G::parents(id, rev)?;
        // SAFETY: the header asks for a place for two revisions.
        unsafe { parents.cast::<[Rev; 2]>().write(found) };
        Ok(())
    })
}

unsafe extern "C" fn is_ancestor<G: Graphs>(id: u64, a: i32, b: i32, answered: *mut bool) -> i32 {
    answer(|| {
        let found = G::is_ancestor(id, a, b)?;
        // SAFETY: the header asks for a place of this type.
        unsafe { answered.write(found) };
        Ok(())
    })
}

unsafe extern "C" fn ancestors<G: Graphs>(
    id: u64,
    revs: *const i32,
    nrevs: usize,
    stoprev: i32,
    inclusive: bool,
    buffer: *mut i32,
    capacity: usize,
    count: *mut usize,
) -> i32 {
    answer(|| {
        let revs = match nrevs {
            0 => &[][..],
            // SAFETY: the header asks for so many revisions there.
            _ => unsafe { slice::from_raw_parts(revs, nrevs) },
        };
        let mut room = Room::new(buffer, capacity);
        G::ancestors(id, revs, stoprev, inclusive, &mut |block| room.take(block))?;
        room.end(count)
    })
}

unsafe extern "C" fn heads<G: Graphs>(
    id: u64,
    buffer: *mut i32,
    capacity: usize,
    count: *mut usize,
) -> i32 {
    answer(|| {
        let mut room = Room::new(buffer, capacity);
        G::heads(id, &mut |block| room.take(block))?;
        room.end(count)
    })
}

extern "C" fn message(code: i32) -> *const u8 {
    GraphError::text(code).as_ptr().cast()
}

/// A caller's buffer: takes what there is room for, and counts all.
struct Room {
    buffer: *mut Rev,
    capacity: usize,
    count: usize,
}

impl Room {
    fn new(buffer: *mut Rev, capacity: usize) -> Self {
        Room {
            buffer,
            capacity,
            count: 0,
        }
    }

    fn take(&mut self, block: &[Rev]) {
        let room = self.capacity.saturating_sub(self.count).min(block.len());
        if room > 0 {
            // SAFETY: the header asks for a buffer of that capacity, which `count + room`
            // does not exceed.
            unsafe {
                let end = self.buffer.add(self.count);
                end.copy_from_nonoverlapping(block.as_ptr(), room);
            }
        }
        self.count += block.len();
    }

    fn end(self, count: *mut usize) -> Result<(), GraphError> {
        // SAFETY: the header asks for a place of this type.
        unsafe { count.write(self.count) };
        if self.count <= self.capacity {
            Ok(())
        } else {
            Err(GraphError::BufferTooSmall(self.count))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GraphApi;
    use hpy_bindings::{Capsule, StaticPayload};

    /// The graph 7 is a line of ten revisions; there is no other, and 13 panics.
    struct Line;

    const LENGTH: Rev = 10;

    fn check(id: u64, revs: &[Rev]) -> Result<(), GraphError> {
        assert!(id != 13, "the test's panic");
        if id != 7 {
            Err(GraphError::Gone)
        } else if revs.iter().all(|rev| (-1..LENGTH).contains(rev)) {
            Ok(())
        } else {
            Err(GraphError::OutOfRange)
        }
    }

    impl Graphs for Line {
        fn length(id: u64) -> Result<usize, GraphError> {
            check(id, &[]).map(|()| LENGTH as usize)
        }
        fn parents(id: u64, rev: Rev) -> Result<[Rev; 2], GraphError> {
            check(id, &[rev]).map(|()| [(rev - 1).max(-1), -1])
        }
        fn is_ancestor(id: u64, a: Rev, b: Rev) -> Result<bool, GraphError> {
            check(id, &[a, b]).map(|()| a <= b)
        }
        fn ancestors(
            id: u64,
            revs: &[Rev],
            stoprev: Rev,
            inclusive: bool,
            take: &mut dyn FnMut(&[Rev]),
        ) -> Result<(), GraphError> {
            check(id, revs)?;
            let highest = revs
                .iter()
                .max()
                .map_or(-1, |max| max - Rev::from(!inclusive));
            let found: Vec<_> = (stoprev.max(-1)..=highest).rev().collect();
            found.chunks(4).for_each(take);
            Ok(())
        }
        fn heads(id: u64, take: &mut dyn FnMut(&[Rev])) -> Result<(), GraphError> {
            check(id, &[])?;
            take(&(0..100).collect::<Vec<_>>());
            Ok(())
        }
    }

    fn api() -> GraphApi {
        static TABLE: StaticPayload<Table> = StaticPayload::new(Table::of::<Line>());
        GraphApi(Capsule::from(&TABLE))
    }

    #[test]
    fn answers_come_through() {
        let graph = api().graph_of_id(7);
        assert_eq!((graph.len(), graph.is_empty()), (Ok(10), Ok(false)));
        assert_eq!(graph.parents(4), Ok([3, -1]));
        assert_eq!(graph.parents(-1), Ok([-1, -1]));
        assert_eq!(graph.is_ancestor(3, 4), Ok(true));
        assert_eq!(graph.is_ancestor(4, 3), Ok(false));
        assert_eq!(graph.ancestors(&[5, 3], 1, false), Ok(vec![4, 3, 2, 1]));
        let all: Vec<_> = (-1..10).rev().collect();
        assert_eq!(graph.ancestors(&[9], -5, true), Ok(all));
        assert_eq!(graph.ancestors(&[], 0, true), Ok(vec![]));
        assert_eq!(graph.ancestors(&[3], 9, true), Ok(vec![]));
        assert_eq!(graph.heads(), Ok((0..100).collect()));
    }

    #[test]
    fn a_buffer_is_filled_and_no_more() {
        let graph = api().graph_of_id(7);
        let mut buffer = [99; 8];
        let mut into = |room: usize| graph.ancestors_into(&[9], 0, true, &mut buffer[..room]);
        assert_eq!(into(0), Err(GraphError::BufferTooSmall(10)));
        assert_eq!(into(6), Err(GraphError::BufferTooSmall(10)));
        assert_eq!(buffer, [9, 8, 7, 6, 5, 4, 99, 99]);
        let mut buffer = [99; 12];
        assert_eq!(graph.ancestors_into(&[9], 0, true, &mut buffer), Ok(10));
        assert_eq!(buffer[8..], [1, 0, 99, 99]);
        assert_eq!(graph.ancestors_into(&[9], 8, true, &mut buffer[..2]), Ok(2));
    }

    #[test]
    fn errors_come_through() {
        let graph = api().graph_of_id(7);
        assert_eq!(graph.parents(10), Err(GraphError::OutOfRange));
        assert_eq!(graph.is_ancestor(-2, 3), Err(GraphError::OutOfRange));
        for outside in [10, -2, Rev::MAX, Rev::MIN] {
            let error = graph.ancestors(&[outside], -1, true);
            assert_eq!(error, Err(GraphError::OutOfRange));
        }
        let gone = api().graph_of_id(8);
        assert_eq!(gone.len(), Err(GraphError::Gone));
        assert_eq!(gone.heads(), Err(GraphError::Gone));
        assert_eq!(gone.ancestors(&[1], 0, true), Err(GraphError::Gone));
        let bad = api().graph_of_id(13);
        assert_eq!(bad.len(), Err(GraphError::Internal));
        assert_eq!(bad.heads(), Err(GraphError::Internal));
    }
}
