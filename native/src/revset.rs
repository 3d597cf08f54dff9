// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.RevSet`: a set of revisions that behaves like Python's `set`.

use hpy_bindings::{
    Borrowed, Bytes, Compare, Ctx, Exception, Follower, FromPy, Handle, IntoPy as _,
    OrNotImplemented, PyErr, PyResult, Shared, pyclass, pyfunction, pymethods,
};
use vermilion_core::{self as core, Rev};

use crate::error::Result;
use crate::python;
use crate::revs::{OneRev, Query, Revs, impossible, set_of};

/// The number of revisions that an iterator fetches from the set at a time.
const BLOCK: usize = 256;

/// A set of revisions, kept compactly in Rust; iterates in ascending order.
///
/// Behaves like a `set` of ints: `in`, `len`, iteration, `| & - ^` and their in-place
/// forms (with another RevSet or a set), comparisons, pickling. The null revision -1
/// may be a member. Changing it while an iterator is open makes the iterator's next
/// step a RuntimeError. `in`, add and discard are O(log n), the operators are linear
/// in blocks of 65,536 revisions.
#[pyclass(module = "vermilion._native")]
pub struct RevSet(pub core::RevSet);

/// The other side of a binary operator: a RevSet or a Python set.
struct Operand {
    revs: core::RevSet,
    /// Members that are no revision: another type, or a number out of range.
    foreign: usize,
}

/// An operand, or `None` for an object that is no set. An error is one of the operator: that an
/// operand cannot be converted would leave the work to the other one.
struct MaybeSet(PyResult<Option<Operand>>);

/// The items of any iterable: revisions, and things that are none.
struct Items(core::RevSet);

impl FromPy for MaybeSet {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        Ok(MaybeSet(operand(value)))
    }
}

impl FromPy for Items {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match operand(value)? {
            Some(operand) => Ok(Items(operand.revs)),
            None => operand_from_iterable(value).map(|operand| Items(operand.revs)),
        }
    }
}

fn operand(value: Borrowed<'_>) -> PyResult<Option<Operand>> {
    match value.extract::<Shared<RevSet>>() {
        Ok(set) => {
            let revs = set.borrow(value.ctx())?.0.clone();
            return Ok(Some(Operand { revs, foreign: 0 }));
        }
        Err(error) if error.is(value.ctx(), Exception::Type) => error.forget(value.ctx()),
        Err(error) => return Err(error),
    }
    if python::is_set(value)? {
        operand_from_iterable(value).map(Some)
    } else {
        Ok(None)
    }
}

fn operand_from_iterable(iterable: Borrowed<'_>) -> PyResult<Operand> {
    let items = python::list(iterable)?;
    let mut operand = Operand {
        revs: core::RevSet::new(),
        foreign: 0,
    };
    for index in 0..items.as_borrowed().len()? {
        let added = items.as_borrowed().item(index)?.extract::<Query>()?.0;
        match added.map(|rev| operand.revs.add(rev)) {
            Some(Ok(_)) => {}
            Some(Err(_)) | None => operand.foreign += 1,
        }
    }
    Ok(operand)
}

impl Operand {
    /// Returns the revisions; where it is `strict`, every member has to be one.
    fn revs(self, strict: bool) -> PyResult<core::RevSet> {
        if strict && self.foreign > 0 {
            return Err(PyErr::new(Exception::Type, "a RevSet holds revisions only"));
        }
        Ok(self.revs)
    }

    fn len(&self) -> usize {
        self.revs.len() + self.foreign
    }
}

/// Undoes RevSet.__reduce__.
#[pyfunction(signature = (data, /))]
pub fn revset_from_bytes(data: &[u8]) -> Result<RevSet> {
    Ok(RevSet(core::RevSet::deserialize(data)?))
}

type Operation = fn(&core::RevSet, &core::RevSet) -> core::RevSet;
type Operated = PyResult<OrNotImplemented<RevSet>>;
type Changed = PyResult<OrNotImplemented<()>>;

impl RevSet {
    /// `self OP other`; `strict` where members of the other set come into the result.
    fn operate(&self, other: MaybeSet, strict: bool, operation: Operation) -> Operated {
        let operate = |other: Operand| Ok(RevSet(operation(&self.0, &other.revs(strict)?)));
        other.0?.map(operate).transpose().map(OrNotImplemented)
    }
}

/// `this OP= other`; `changes` tells whether that changes anything.
fn operate_in_place(
    ctx: Ctx<'_>,
    this: &Shared<RevSet>,
    other: MaybeSet,
    strict: bool,
    changes: fn(&core::RevSet, &core::RevSet) -> bool,
    operation: fn(&mut core::RevSet, &core::RevSet),
) -> Changed {
    let Some(other) = other.0? else {
        return Ok(OrNotImplemented(None));
    };
    let other = other.revs(strict)?;
    if changes(&this.borrow(ctx)?.0, &other) {
        operation(&mut this.borrow_mut(ctx)?.0, &other);
    }
    Ok(OrNotImplemented(Some(())))
}

fn is_subset(set: &core::RevSet, other: &Operand) -> bool {
    set.is_subset(&other.revs)
}

fn is_superset(set: &core::RevSet, other: &Operand) -> bool {
    other.foreign == 0 && set.is_superset(&other.revs)
}

/// Changes the set only where that makes a difference: what changes nothing does not
/// end an iteration, as with `set`.
fn change(ctx: Ctx<'_>, this: &Shared<RevSet>, rev: Rev, present: bool) -> Result<bool> {
    if this.borrow(ctx)?.0.contains(rev) == present {
        return Ok(false);
    }
    if rev < Rev::NULL {
        return Err(impossible(rev).into());
    }
    let mut set = this.borrow_mut(ctx)?;
    if present {
        Ok(set.0.add(rev)?)
    } else {
        Ok(set.0.discard(rev))
    }
}

#[pymethods(positional_only)]
impl RevSet {
    #[new]
    #[py(text_signature = "(revs=(), /)")]
    fn new(revs: Option<Revs>) -> PyResult<Self> {
        Ok(RevSet(set_of(revs.map_or(Vec::new(), |revs| revs.0))?))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __bool__(&self) -> bool {
        !self.0.is_empty()
    }

    fn __contains__(&self, item: Query) -> bool {
        item.0.is_some_and(|rev| self.0.contains(rev))
    }

    fn __iter__(this: Shared<Self>, ctx: Ctx<'_>) -> RevSetIterator {
        RevSetIterator {
            set: this.follow(ctx),
            block: Vec::new(),
            position: 0,
            last: None,
        }
    }

    fn __repr__(&self) -> String {
        const SHOWN: usize = 16;
        let mut shown: Vec<String> = self
            .0
            .iter()
            .take(SHOWN)
            .map(|rev| rev.to_string())
            .collect();
        if self.0.len() > SHOWN {
            shown.push(format!("… {} in all", self.0.len()));
        }
        if shown.is_empty() {
            "RevSet()".into()
        } else {
            format!("RevSet([{}])", shown.join(", "))
        }
    }

    fn __or__(&self, other: MaybeSet) -> Operated {
        self.operate(other, true, core::RevSet::union)
    }

    fn __ror__(&self, other: MaybeSet) -> Operated {
        self.operate(other, true, core::RevSet::union)
    }

    fn __and__(&self, other: MaybeSet) -> Operated {
        self.operate(other, false, core::RevSet::intersection)
    }

    fn __rand__(&self, other: MaybeSet) -> Operated {
        self.operate(other, false, core::RevSet::intersection)
    }

    fn __sub__(&self, other: MaybeSet) -> Operated {
        self.operate(other, false, core::RevSet::difference)
    }

    fn __rsub__(&self, other: MaybeSet) -> Operated {
        self.operate(other, true, |this, other| other.difference(this))
    }

    fn __xor__(&self, other: MaybeSet) -> Operated {
        self.operate(other, true, core::RevSet::symmetric_difference)
    }

    fn __rxor__(&self, other: MaybeSet) -> Operated {
        self.operate(other, true, core::RevSet::symmetric_difference)
    }

    fn __ior__(this: Shared<Self>, ctx: Ctx<'_>, other: MaybeSet) -> Changed {
        let changes = |a: &core::RevSet, b: &core::RevSet| !b.is_subset(a);
        operate_in_place(ctx, &this, other, true, changes, core::RevSet::union_with)
    }

    fn __iand__(this: Shared<Self>, ctx: Ctx<'_>, other: MaybeSet) -> Changed {
        let changes = |a: &core::RevSet, b: &core::RevSet| !a.is_subset(b);
        operate_in_place(
            ctx,
            &this,
            other,
            false,
            changes,
            core::RevSet::intersect_with,
        )
    }

    fn __isub__(this: Shared<Self>, ctx: Ctx<'_>, other: MaybeSet) -> Changed {
        let changes = |a: &core::RevSet, b: &core::RevSet| !a.is_disjoint(b);
        operate_in_place(
            ctx,
            &this,
            other,
            false,
            changes,
            core::RevSet::difference_with,
        )
    }

    fn __ixor__(this: Shared<Self>, ctx: Ctx<'_>, other: MaybeSet) -> Changed {
        let changes = |_: &core::RevSet, b: &core::RevSet| !b.is_empty();
        let operation = core::RevSet::symmetric_difference_with;
        operate_in_place(ctx, &this, other, true, changes, operation)
    }

    fn __richcmp__(&self, other: MaybeSet, how: Compare) -> PyResult<OrNotImplemented<bool>> {
        let (this, other) = (&self.0, other.0?);
        let answer = |other: Operand| match how {
            Compare::Eq => other.foreign == 0 && *this == other.revs,
            Compare::Ne => other.foreign != 0 || *this != other.revs,
            Compare::Le => is_subset(this, &other),
            Compare::Lt => this.len() < other.len() && is_subset(this, &other),
            Compare::Ge => is_superset(this, &other),
            Compare::Gt => this.len() > other.len() && is_superset(this, &other),
        };
        Ok(OrNotImplemented(other.map(answer)))
    }

    /// Adds a revision; IndexError for one that no graph can have.
    fn add(this: Shared<Self>, ctx: Ctx<'_>, rev: OneRev) -> Result<()> {
        change(ctx, &this, rev.0, true).map(drop)
    }

    /// Takes a revision out if it is there.
    fn discard(this: Shared<Self>, ctx: Ctx<'_>, rev: Query) -> Result<()> {
        rev.0
            .map_or(Ok(false), |rev| change(ctx, &this, rev, false))
            .map(drop)
    }

    /// Takes a revision out; KeyError if it is not there.
    fn remove(this: Shared<Self>, ctx: Ctx<'_>, rev: OneRev) -> Result<()> {
        if change(ctx, &this, rev.0, false)? {
            Ok(())
        } else {
            Err(PyErr::new(Exception::Key, rev.0.to_string()).into())
        }
    }

    /// Takes the highest revision out and returns it; KeyError if there is none.
    fn pop(this: Shared<Self>, ctx: Ctx<'_>) -> Result<OneRev> {
        let empty = || PyErr::new(Exception::Key, "pop from an empty RevSet");
        let rev = this.borrow(ctx)?.0.max().ok_or_else(empty)?;
        change(ctx, &this, rev, false)?;
        Ok(OneRev(rev))
    }

    /// Adds revisions: any iterable of ints, or a RevSet.
    fn update(this: Shared<Self>, ctx: Ctx<'_>, revs: Revs) -> PyResult<()> {
        let more = set_of(revs.0)?;
        if !more.is_subset(&this.borrow(ctx)?.0) {
            this.borrow_mut(ctx)?.0.union_with(&more);
        }
        Ok(())
    }

    /// Takes everything out.
    fn clear(this: Shared<Self>, ctx: Ctx<'_>) -> PyResult<()> {
        if !this.borrow(ctx)?.0.is_empty() {
            this.borrow_mut(ctx)?.0.clear();
        }
        Ok(())
    }

    /// An independent RevSet with the same revisions.
    fn copy(&self) -> Self {
        RevSet(self.0.clone())
    }

    /// Returns whether none of the items of an iterable is a member.
    fn isdisjoint(&self, items: Items) -> bool {
        self.0.is_disjoint(&items.0)
    }

    /// The revisions as packed native int32, ascending: 4 bytes each.
    fn to_bytes(&self) -> Bytes {
        Bytes(self.0.to_packed())
    }

    /// The revisions as array('i'), ascending.
    fn to_array(this: Shared<Self>, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let packed = this.borrow(ctx)?.0.to_packed();
        python::to_array(ctx, packed)
    }

    /// For pickle: a portable, compressed form.
    fn __reduce__(this: Shared<Self>, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let data = this.borrow(ctx)?.0.serialize();
        // A function of the Python package: PyPy does not pickle native ones.
        let undo = ctx.import(c"vermilion.graph")?.attr(c"restore_revset")?;
        ctx.pack(&[
            undo.as_borrowed(),
            (Bytes(data),).into_py(ctx)?.as_borrowed(),
        ])
    }
}

/// Iterates over a RevSet, ascending.
// The set may be changed meanwhile.
#[pyclass(module = "vermilion._native")]
pub struct RevSetIterator {
    set: Follower<RevSet>,
    /// Revisions fetched ahead, good for as long as the set is not changed.
    block: Vec<Rev>,
    position: usize,
    last: Option<Rev>,
}

#[pymethods]
impl RevSetIterator {
    fn __next__(&mut self, ctx: Ctx<'_>) -> PyResult<Option<OneRev>> {
        if !self.set.is_current(ctx) {
            let message = "RevSet changed during iteration";
            return Err(PyErr::new(Exception::Runtime, message));
        }
        if self.position == self.block.len() {
            self.block.clear();
            self.position = 0;
            let set = self.set.get(ctx, "RevSet changed during iteration")?;
            set.0.next_chunk(self.last, BLOCK, &mut self.block);
            self.last = self.block.last().copied().or(self.last);
        }
        let rev = self.block.get(self.position).copied();
        self.position += usize::from(rev.is_some());
        Ok(rev.map(OneRev))
    }
}
