//! `List`, `Stack` and `Queue`.

use hpy_bindings::{
    Ctx, Exception, Handle, IntoPy, Object, PyErr, PyResult, VarArgs, pyclass, pymethods,
};

use crate::iterator::{Iterator, Source};
use crate::keys::spread;
use crate::python::{equal, repr_of};

/// A persistent list, which grows at its front.
#[pyclass(module = "rpds", frozen, objects)]
pub struct List(rpds::ListSync<Object>);

/// A persistent stack: the last in is the first out.
#[pyclass(module = "rpds", frozen, objects)]
pub struct Stack(rpds::StackSync<Object>);

/// A persistent queue: the first in is the first out.
#[pyclass(module = "rpds", frozen, objects)]
pub struct Queue(rpds::QueueSync<Object>);

/// Returns the elements that a constructor is given: one by one, or in one iterable.
fn elements(given: VarArgs<'_>) -> PyResult<Vec<Object>> {
    match given.get(0) {
        Some(iterable) if given.len() == 1 => {
            iterable.iter()?.map(|item| item?.extract()).collect()
        }
        _ => given.extract(),
    }
}

/// Returns whether two sequences of the same length have equal elements.
fn all_equal<'o>(
    ctx: Ctx<'_>,
    these: impl std::iter::Iterator<Item = &'o Object>,
    others: impl std::iter::Iterator<Item = &'o Object>,
) -> PyResult<bool> {
    for (this, other) in these.zip(others) {
        if !equal(ctx, this, other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns a hash that depends on the order.
fn hash_of<'o>(
    ctx: Ctx<'_>,
    objects: impl std::iter::Iterator<Item = &'o Object>,
    kind: &str,
) -> PyResult<u64> {
    let mut hash = 0;
    for (index, object) in objects.enumerate() {
        let object = object.get(ctx)?;
        let of_this = object.hash().map_err(|error| {
            let shown = object.repr().and_then(|repr| repr.extract::<String>());
            match shown {
                Ok(shown) => {
                    let message = format!("Unhashable type in {kind} of element {index}: {shown}");
                    error.replace(ctx, Exception::Type, message)
                }
                Err(_) => error,
            }
        })?;
        hash = spread(hash ^ of_this as u64).wrapping_add(1);
    }
    Ok(hash)
}

fn empty(message: &str) -> PyErr {
    PyErr::new(Exception::Index, message)
}

#[pymethods]
impl List {
    #[new]
    #[py(signature = (*elements))]
    fn new(elements: VarArgs<'_>) -> PyResult<Self> {
        Ok(List(self::elements(elements)?.into_iter().collect()))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        Ok(format!("List([{}])", repr_of(ctx, &self.0)?))
    }

    fn __eq__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<bool> {
        Ok(self.0.len() == other.0.len() && all_equal(ctx, self.0.iter(), other.0.iter())?)
    }

    fn __hash__(&self, ctx: Ctx<'_>) -> PyResult<u64> {
        hash_of(ctx, self.0.iter(), "List")
    }

    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::List(self.0.clone()))
    }

    fn __reversed__(&self) -> Self {
        List(self.0.reverse())
    }

    fn __reduce__<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        (ctx.class::<Self>()?, (ctx.list(&self.0)?,)).into_py(ctx)
    }

    #[getter]
    fn first(&self) -> PyResult<Object> {
        let first = self.0.first().cloned();
        first.ok_or_else(|| empty("empty list has no first element"))
    }

    #[getter]
    fn rest(&self) -> Self {
        List(self.0.drop_first().unwrap_or_default())
    }

    fn push_front(&self, other: Object) -> Self {
        List(self.0.push_front(other))
    }

    fn drop_first(&self) -> PyResult<Self> {
        let rest = self.0.drop_first().map(List);
        rest.ok_or_else(|| empty("empty list has no first element"))
    }
}

#[pymethods]
impl Stack {
    #[new]
    #[py(signature = (*elements))]
    fn new(elements: VarArgs<'_>) -> PyResult<Self> {
        let mut stack = rpds::Stack::new_sync();
        for element in self::elements(elements)? {
            stack.push_mut(element);
        }
        Ok(Stack(stack))
    }

    fn __len__(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        let elements: Vec<&Object> = self.0.iter().collect();
        let shown = repr_of(ctx, elements.into_iter().rev())?;
        Ok(format!("Stack([{shown}])"))
    }

    fn __eq__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<bool> {
        Ok(self.0.size() == other.0.size() && all_equal(ctx, self.0.iter(), other.0.iter())?)
    }

    fn __hash__(&self, ctx: Ctx<'_>) -> PyResult<u64> {
        hash_of(ctx, self.0.iter(), "Stack")
    }

    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::Stack(self.0.clone()))
    }

    fn peek(&self) -> PyResult<Object> {
        let top = self.0.peek().cloned();
        top.ok_or_else(|| empty("peeked an empty stack"))
    }

    fn pop(&self) -> PyResult<Self> {
        let rest = self.0.pop().map(Stack);
        rest.ok_or_else(|| empty("popped an empty stack"))
    }

    fn push(&self, other: Object) -> Self {
        Stack(self.0.push(other))
    }
}

#[pymethods]
impl Queue {
    #[new]
    #[py(signature = (*elements))]
    fn new(elements: VarArgs<'_>) -> PyResult<Self> {
        Ok(Queue(self::elements(elements)?.into_iter().collect()))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        Ok(format!("Queue([{}])", repr_of(ctx, &self.0)?))
    }

    fn __eq__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<bool> {
        Ok(self.0.len() == other.0.len() && all_equal(ctx, self.0.iter(), other.0.iter())?)
    }

    fn __hash__(&self, ctx: Ctx<'_>) -> PyResult<u64> {
        hash_of(ctx, self.0.iter(), "Queue")
    }

    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::Queue(self.0.clone()))
    }

    fn peek(&self) -> PyResult<Object> {
        let first = self.0.peek().cloned();
        first.ok_or_else(|| empty("peeked an empty queue"))
    }

    #[getter]
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn enqueue(&self, value: Object) -> Self {
        Queue(self.0.enqueue(value))
    }

    fn dequeue(&self) -> PyResult<Self> {
        let rest = self.0.dequeue().map(Queue);
        rest.ok_or_else(|| empty("dequeued an empty queue"))
    }
}
