//! The iterator over all of the collections.

use std::vec;

use hpy_bindings::{Ctx, Handle, IntoPy, Object, PyResult, pyclass, pymethods};

use crate::keys::Key;
use crate::map::Entries;
use crate::set::Members;

/// A collection, as it was when the iteration began: changes make others.
pub enum Source {
    Keys(Entries),
    Values(Entries),
    Items(Entries),
    Members(Members),
    List(rpds::ListSync<Object>),
    Stack(rpds::StackSync<Object>),
    Queue(rpds::QueueSync<Object>),
}

/// What a step returns.
pub enum Item {
    One(Object),
    Pair(Object, Object),
}

impl IntoPy for Item {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        match self {
            Item::One(object) => object.into_py(ctx),
            Item::Pair(key, value) => (key, value).into_py(ctx),
        }
    }
}

/// The number of items that are taken out of a collection first.
const FIRST: usize = 16;

/// Iterates over a collection.
///
/// An iterator of Rust borrows the collection, which this one cannot. So it takes items out,
/// each time as many as it has had: that passes over each of them twice.
#[pyclass(module = "rpds", objects)]
pub struct Iterator {
    source: Source,
    /// The number of items taken out.
    taken: usize,
    items: vec::IntoIter<Item>,
}

impl Iterator {
    pub fn over(source: Source) -> Self {
        Iterator {
            source,
            taken: 0,
            items: Vec::new().into_iter(),
        }
    }

    fn take_more(&mut self) {
        let (skip, count) = (self.taken, self.taken.max(FIRST));
        let one = |object: &Object| Item::One(object.clone());
        let key = |key: &Key| Item::One(key.object.clone());
        let items: Vec<Item> = match &self.source {
            Source::Keys(map) => map.keys().skip(skip).take(count).map(key).collect(),
            Source::Values(map) => map.values().skip(skip).take(count).map(one).collect(),
            Source::Items(map) => {
                let pair =
                    |(key, value): (&Key, &Object)| Item::Pair(key.object.clone(), value.clone());
                map.iter().skip(skip).take(count).map(pair).collect()
            }
            Source::Members(set) => set.iter().skip(skip).take(count).map(key).collect(),
            Source::List(list) => list.iter().skip(skip).take(count).map(one).collect(),
            Source::Stack(stack) => stack.iter().skip(skip).take(count).map(one).collect(),
            Source::Queue(queue) => queue.iter().skip(skip).take(count).map(one).collect(),
        };
        self.taken += items.len();
        self.items = items.into_iter();
    }
}

#[pymethods]
impl Iterator {
    fn __next__(&mut self) -> Option<Item> {
        if self.items.len() == 0 {
            self.take_more();
        }
        self.items.next()
    }
}
