// SPDX-License-Identifier: GPL-2.0-or-later

//! Revisions as arguments and as results.

use hpy_bindings::{Borrowed, Ctx, Exception, FromPy, Handle, IntoPy, PyErr, PyResult, Shared};
use vermilion_core::{Rev, RevSet as CoreRevSet};

use crate::python;
use crate::revset::RevSet;

/// From so many items on, packing the items in Python is cheaper than fetching them
/// one by one; measured on both interpreters.
const FEW: usize = 16;

/// One revision, as an argument or a result. Numbers that no graph can have are an IndexError.
#[derive(Clone, Copy)]
pub struct OneRev(pub Rev);

/// Any number of revisions: a RevSet, packed native int32 as `bytes`, or any iterable
/// of ints.
pub struct Revs(pub Vec<Rev>);

/// A number of revisions, or the first of those not meant. A number that this
/// cannot be is a ValueError.
#[derive(Clone, Copy)]
pub struct Count(pub usize);

/// An item that somebody asks a set for: no number is out of place, nor is another object.
pub struct Query(pub Option<Rev>);

/// A list of revisions as a result, made in Python from a packed block when it is long.
pub struct RevList(pub Vec<Rev>);

/// Complains about a number. `repr()` of a very long int is an error of its own.
fn refused(value: Borrowed<'_>, class: Exception, what: &str, why: &str) -> PyErr {
    let number = value
        .attr(c"__repr__")
        .and_then(|repr| repr.call(&[])?.extract::<String>());
    match number {
        Ok(number) => PyErr::new(class, format!("{what} {number} {why}")),
        Err(error) => error.replace(value.ctx(), class, format!("a {what} {why}")),
    }
}

/// Returns the set of these revisions; IndexError for one that no graph can have.
pub fn set_of(revs: Vec<Rev>) -> PyResult<CoreRevSet> {
    CoreRevSet::from_revs(revs.iter().copied())
        .map_err(|_| impossible(revs.into_iter().min().unwrap_or(Rev::NULL)))
}

/// Returns the complaint about a number below that of the null revision.
pub fn impossible(rev: Rev) -> PyErr {
    let message = format!("revision {rev} is out of range");
    PyErr::new(Exception::Index, message)
}

impl FromPy for OneRev {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match value.extract::<i32>() {
            Ok(number) => Ok(OneRev(Rev::new(number))),
            Err(error) if error.is(value.ctx(), Exception::Overflow) => {
                error.forget(value.ctx());
                Err(refused(
                    value,
                    Exception::Index,
                    "revision",
                    "is out of range",
                ))
            }
            Err(error) => Err(error),
        }
    }
}

impl FromPy for Count {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match value.extract::<usize>() {
            Ok(count) => Ok(Count(count)),
            Err(error) if error.is(value.ctx(), Exception::Overflow) => {
                error.forget(value.ctx());
                Err(refused(
                    value,
                    Exception::Value,
                    "number",
                    "is no number of revisions",
                ))
            }
            Err(error) => Err(error),
        }
    }
}

impl FromPy for Query {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match value.extract::<i32>() {
            Ok(number) => Ok(Query(Some(Rev::new(number)))),
            Err(error)
                if error.is(value.ctx(), Exception::Overflow)
                    || error.is(value.ctx(), Exception::Type) =>
            {
                error.forget(value.ctx());
                Ok(Query(None))
            }
            Err(error) => Err(error),
        }
    }
}

impl IntoPy for OneRev {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.0.get().into_py(ctx)
    }
}

/// Returns the revisions of packed native int32.
pub fn unpack(packed: &[u8]) -> PyResult<Vec<Rev>> {
    Rev::unpacked(packed).ok_or_else(|| {
        let message = format!("{} bytes are not a whole number of int32", packed.len());
        PyErr::new(Exception::Value, message)
    })
}

impl FromPy for Revs {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        if value.is_sequence() {
            return from_sequence(value).map(Revs);
        }
        if let Some(packed) = value.as_bytes() {
            return unpack(packed).map(Revs);
        }
        match value.extract::<Shared<RevSet>>() {
            Ok(set) => return Ok(Revs(set.borrow(value.ctx())?.0.iter().collect())),
            Err(error) if error.is(value.ctx(), Exception::Type) => error.forget(value.ctx()),
            Err(error) => return Err(error),
        }
        let items = python::list(value)?;
        from_sequence(items.as_borrowed()).map(Revs)
    }
}

fn from_sequence(items: Borrowed<'_>) -> PyResult<Vec<Rev>> {
    let count = items.len()?;
    if count > FEW {
        match python::pack(items) {
            Ok(packed) => return unpack(packed.as_borrowed().as_bytes().unwrap_or_default()),
            // One by one tells which item is wrong.
            Err(error) => error.forget(items.ctx()),
        }
    }
    (0..count)
        .map(|index| Ok(items.item(index)?.extract::<OneRev>()?.0))
        .collect()
}

impl IntoPy for RevList {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        if self.0.len() <= FEW {
            return Rev::as_numbers(&self.0).to_vec().into_py(ctx);
        }
        python::to_list(ctx, Rev::packed(&self.0).to_vec())
    }
}

/// Positional revisions, as in `f(*revs)`.
pub fn from_args(args: &[Borrowed<'_>]) -> PyResult<Vec<Rev>> {
    args.iter()
        .map(|arg| Ok(arg.extract::<OneRev>()?.0))
        .collect()
}
