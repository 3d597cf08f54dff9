// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.RevSet`: a set of revisions that behaves like Python's `set`.

use hpy_bindings::{
    Borrowed, Bytes, Class, ClassDef, Ctx, Exception, Follower, FromPy, Handle, IntoPy as _,
    IntoPyErr, New, OrNotImplemented, PyErr, PyResult, Shared, This,
};
use vermilion_core::{self as core, Rev};

use crate::error::{Error, Result};
use crate::python;
use crate::revs::{OneRev, Query, Revs, impossible, set_of};

/// The number of revisions that an iterator fetches from the set at a time.
const BLOCK: usize = 256;

pub struct RevSet(pub core::RevSet);

/// The other side of a binary operator: a RevSet or a Python set.
struct Operand {
    revs: core::RevSet,
    /// Members that are no revision: another type, or a number out of range.
    foreign: usize,
}

/// An operand, or `None` for an object that is no set.
struct MaybeSet(Option<Operand>);

/// The items of any iterable: revisions, and things that are none.
struct Items(core::RevSet);

impl FromPy for MaybeSet {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match value.extract::<Shared<RevSet>>() {
            Ok(set) => {
                let revs = set.borrow(value.ctx())?.0.clone();
                return Ok(MaybeSet(Some(Operand { revs, foreign: 0 })));
            }
            Err(error) if error.is(value.ctx(), Exception::Type) => error.forget(value.ctx()),
            Err(error) => return Err(error),
        }
        if python::is_set(value)? {
            operand_from_iterable(value).map(|operand| MaybeSet(Some(operand)))
        } else {
            Ok(MaybeSet(None))
        }
    }
}

impl FromPy for Items {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match value.extract::<MaybeSet>()?.0 {
            Some(operand) => Ok(Items(operand.revs)),
            None => operand_from_iterable(value).map(|operand| Items(operand.revs)),
        }
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
    /// Returns the revisions, where every member has to be one.
    fn all(self) -> Result<core::RevSet> {
        match self.foreign {
            0 => Ok(self.revs),
            _ => Err(PyErr::new(Exception::Type, "a RevSet holds revisions only").into()),
        }
    }

    fn len(&self) -> usize {
        self.revs.len() + self.foreign
    }
}

fn new(_: Ctx<'_>, revs: Option<Revs>) -> Result<RevSet> {
    Ok(RevSet(set_of(revs.map_or(Vec::new(), |revs| revs.0))?))
}

pub fn from_pickle(_: Ctx<'_>, data: Bytes) -> Result<New<RevSet>> {
    Ok(New(RevSet(core::RevSet::deserialize(&data.0)?)))
}

type Operation = fn(&core::RevSet, &core::RevSet) -> core::RevSet;
type Comparison = fn(&core::RevSet, &Operand) -> bool;

/// `this OP other`; `strict` where members of the other set come into the result.
fn operate(
    this: &RevSet,
    other: MaybeSet,
    strict: bool,
    operation: Operation,
) -> Result<OrNotImplemented<New<RevSet>>> {
    let Some(other) = other.0 else {
        return Ok(OrNotImplemented(None));
    };
    let other = if strict { other.all()? } else { other.revs };
    Ok(OrNotImplemented(Some(New(RevSet(operation(
        &this.0, &other,
    ))))))
}

/// `this OP= other`; `changes` tells whether that changes anything.
fn operate_in_place<'c>(
    this: Borrowed<'c>,
    args: &[Borrowed<'c>],
    strict: bool,
    changes: fn(&core::RevSet, &core::RevSet) -> bool,
    operation: fn(&mut core::RevSet, &core::RevSet),
) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let [other] = args else {
        return Err(python::one_argument("an operator"));
    };
    let Some(other) = other.extract::<MaybeSet>()?.0 else {
        return Ok(ctx.not_implemented());
    };
    let change = || -> Result<()> {
        let other = if strict { other.all()? } else { other.revs };
        let set = this.extract::<Shared<RevSet>>()?;
        if changes(&set.borrow(ctx)?.0, &other) {
            operation(&mut set.borrow_mut(ctx)?.0, &other);
        }
        Ok(())
    };
    change().map_err(IntoPyErr::into_py_err)?;
    Ok(this.to_owned())
}

fn compare(this: &RevSet, other: MaybeSet, comparison: Comparison) -> OrNotImplemented<bool> {
    OrNotImplemented(other.0.map(|other| comparison(&this.0, &other)))
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

impl RevSet {
    fn add(ctx: Ctx<'_>, this: This<RevSet>, rev: OneRev) -> Result<()> {
        change(ctx, &this, rev.0, true).map(drop)
    }

    fn discard(ctx: Ctx<'_>, this: This<RevSet>, rev: Query) -> Result<()> {
        rev.0
            .map_or(Ok(false), |rev| change(ctx, &this, rev, false))
            .map(drop)
    }

    fn remove(ctx: Ctx<'_>, this: This<RevSet>, rev: OneRev) -> Result<()> {
        if change(ctx, &this, rev.0, false)? {
            Ok(())
        } else {
            Err(PyErr::new(Exception::Key, rev.0.to_string()).into())
        }
    }

    fn pop(ctx: Ctx<'_>, this: This<RevSet>) -> Result<OneRev> {
        let empty = || PyErr::new(Exception::Key, "pop from an empty RevSet");
        let rev = this.borrow(ctx)?.0.max().ok_or_else(empty)?;
        change(ctx, &this, rev, false)?;
        Ok(OneRev(rev))
    }

    fn update(ctx: Ctx<'_>, this: This<RevSet>, revs: Revs) -> Result<()> {
        let more = set_of(revs.0)?;
        if !more.is_subset(&this.borrow(ctx)?.0) {
            this.borrow_mut(ctx)?.0.union_with(&more);
        }
        Ok(())
    }

    fn clear(ctx: Ctx<'_>, this: This<RevSet>) -> Result<()> {
        if !this.borrow(ctx)?.0.is_empty() {
            this.borrow_mut(ctx)?.0.clear();
        }
        Ok(())
    }

    fn is_disjoint(_: Ctx<'_>, this: &RevSet, items: Items) -> bool {
        this.0.is_disjoint(&items.0)
    }

    fn iter(ctx: Ctx<'_>, this: This<RevSet>) -> New<RevSetIterator> {
        New(RevSetIterator {
            set: this.follow(ctx),
            block: Vec::new(),
            position: 0,
            last: None,
        })
    }

    fn repr(_: Ctx<'_>, this: &RevSet) -> String {
        const SHOWN: usize = 16;
        let mut shown: Vec<String> = this
            .0
            .iter()
            .take(SHOWN)
            .map(|rev| rev.to_string())
            .collect();
        if this.0.len() > SHOWN {
            shown.push(format!("… {} in all", this.0.len()));
        }
        if shown.is_empty() {
            "RevSet()".into()
        } else {
            format!("RevSet([{}])", shown.join(", "))
        }
    }
}

impl Class for RevSet {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.RevSet";
    const DOC: &'static std::ffi::CStr = c"RevSet(revs=(), /)\n--\n\n\
        A set of revisions, kept compactly in Rust; iterates in ascending order.\n\n\
        Behaves like a `set` of ints: `in`, `len`, iteration, `| & - ^` and their in-place\n\
        forms (with another RevSet or a set), comparisons, pickling. The null revision -1\n\
        may be a member. Changing it while an iterator is open makes the iterator's next\n\
        step a RuntimeError. `in`, add and discard are O(log n), the operators are linear\n\
        in blocks of 65,536 revisions.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(new)
            .unhashable()
            .length(|_: Ctx<'_>, this: &RevSet| this.0.len())
            .truth(|_: Ctx<'_>, this: &RevSet| !this.0.is_empty())
            .contains(|_: Ctx<'_>, this: &RevSet, item: Query| {
                item.0.is_some_and(|rev| this.0.contains(rev))
            })
            .repr(RevSet::repr)
            .method(c"__iter__", c"", RevSet::iter);
        define_operators(class);
        define_methods(class);
    }
}

fn define_operators(class: &mut ClassDef<RevSet>) {
    class
        .method(c"__or__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            operate(a, b, true, core::RevSet::union)
        })
        .method(c"__ror__", c"", |_: Ctx<'_>, b: &RevSet, a: MaybeSet| {
            operate(b, a, true, core::RevSet::union)
        })
        .method(c"__and__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            operate(a, b, false, core::RevSet::intersection)
        })
        .method(c"__rand__", c"", |_: Ctx<'_>, b: &RevSet, a: MaybeSet| {
            operate(b, a, false, core::RevSet::intersection)
        })
        .method(c"__sub__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            operate(a, b, false, core::RevSet::difference)
        })
        .method(c"__rsub__", c"", |_: Ctx<'_>, b: &RevSet, a: MaybeSet| {
            operate(b, a, true, |b, a| a.difference(b))
        })
        .method(c"__xor__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            operate(a, b, true, core::RevSet::symmetric_difference)
        })
        .method(c"__rxor__", c"", |_: Ctx<'_>, b: &RevSet, a: MaybeSet| {
            operate(b, a, true, core::RevSet::symmetric_difference)
        })
        .method_raw(c"__ior__", c"", |this, args| {
            let changes = |a: &core::RevSet, b: &core::RevSet| !b.is_subset(a);
            operate_in_place(this, args, true, changes, core::RevSet::union_with)
        })
        .method_raw(c"__iand__", c"", |this, args| {
            let changes = |a: &core::RevSet, b: &core::RevSet| !a.is_subset(b);
            operate_in_place(this, args, false, changes, core::RevSet::intersect_with)
        })
        .method_raw(c"__isub__", c"", |this, args| {
            let changes = |a: &core::RevSet, b: &core::RevSet| !a.is_disjoint(b);
            operate_in_place(this, args, false, changes, core::RevSet::difference_with)
        })
        .method_raw(c"__ixor__", c"", |this, args| {
            let changes = |_: &core::RevSet, b: &core::RevSet| !b.is_empty();
            operate_in_place(
                this,
                args,
                true,
                changes,
                core::RevSet::symmetric_difference_with,
            )
        })
        .method(c"__eq__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            compare(a, b, |a, b| b.foreign == 0 && *a == b.revs)
        })
        .method(c"__ne__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            compare(a, b, |a, b| b.foreign != 0 || *a != b.revs)
        })
        .method(c"__le__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            compare(a, b, is_subset)
        })
        .method(c"__lt__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            compare(a, b, |a, b| a.len() < b.len() && is_subset(a, b))
        })
        .method(c"__ge__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            compare(a, b, is_superset)
        })
        .method(c"__gt__", c"", |_: Ctx<'_>, a: &RevSet, b: MaybeSet| {
            compare(a, b, |a, b| a.len() > b.len() && is_superset(a, b))
        });
}

fn define_methods(class: &mut ClassDef<RevSet>) {
    class
        .method(
            c"add",
            c"add($self, rev, /)\n--\n\nAdds a revision; IndexError for one that no graph can have.",
            RevSet::add,
        )
        .method(
            c"discard",
            c"discard($self, rev, /)\n--\n\nTakes a revision out if it is there.",
            RevSet::discard,
        )
        .method(
            c"remove",
            c"remove($self, rev, /)\n--\n\nTakes a revision out; KeyError if it is not there.",
            RevSet::remove,
        )
        .method(
            c"pop",
            c"pop($self)\n--\n\nTakes the highest revision out and returns it; KeyError if there is none.",
            RevSet::pop,
        )
        .method(
            c"update",
            c"update($self, revs, /)\n--\n\nAdds revisions: any iterable of ints, or a RevSet.",
            RevSet::update,
        )
        .method(c"clear", c"clear($self)\n--\n\nTakes everything out.", RevSet::clear)
        .method(
            c"copy",
            c"copy($self)\n--\n\nAn independent RevSet with the same revisions.",
            |_: Ctx<'_>, this: &RevSet| New(RevSet(this.0.clone())),
        )
        .method(
            c"isdisjoint",
            c"isdisjoint($self, items, /)\n--\n\nWhether none of the items of an iterable is a member.",
            RevSet::is_disjoint,
        )
        .method(
            c"to_bytes",
            c"to_bytes($self)\n--\n\nThe revisions as packed native int32, ascending: 4 bytes each.",
            |_: Ctx<'_>, this: &RevSet| Bytes(this.0.to_packed()),
        )
        .method_raw(
            c"to_array",
            c"to_array($self)\n--\n\nThe revisions as array('i'), ascending.",
            |this, args| {
                python::no_arguments("to_array", args)?;
                let packed = this.extract::<Shared<RevSet>>()?.borrow(this.ctx())?.0.to_packed();
                python::to_array(this.ctx(), packed)
            },
        )
        .method_raw(
            c"__reduce__",
            c"__reduce__($self)\n--\n\nFor pickle: a portable, compressed form.",
            |this, args| {
                let ctx = this.ctx();
                python::no_arguments("__reduce__", args)?;
                let data = this.extract::<Shared<RevSet>>()?.borrow(ctx)?.0.serialize();
                // A function of the Python package: PyPy does not pickle native ones.
                let undo = ctx.import(c"vermilion.graph")?.attr(c"restore_revset")?;
                ctx.pack(&[undo.as_borrowed(), (Bytes(data),).into_py(ctx)?.as_borrowed()])
            },
        );
}

/// Iterates over a RevSet that may be changed meanwhile.
pub struct RevSetIterator {
    set: Follower<RevSet>,
    /// Revisions fetched ahead, good for as long as the set is not changed.
    block: Vec<Rev>,
    position: usize,
    last: Option<Rev>,
}

impl RevSetIterator {
    fn next(ctx: Ctx<'_>, this: &mut RevSetIterator) -> Result<Option<OneRev>> {
        if !this.set.is_current(ctx) {
            let message = "RevSet changed during iteration";
            return Err(Error::from(PyErr::new(Exception::Runtime, message)));
        }
        if this.position == this.block.len() {
            this.block.clear();
            this.position = 0;
            let set = this.set.get(ctx, "RevSet changed during iteration")?;
            set.0.next_chunk(this.last, BLOCK, &mut this.block);
            this.last = this.block.last().copied().or(this.last);
        }
        let rev = this.block.get(this.position).copied();
        this.position += usize::from(rev.is_some());
        Ok(rev.map(OneRev))
    }
}

impl Class for RevSetIterator {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.RevSetIterator";
    const DOC: &'static std::ffi::CStr = c"Iterates over a RevSet, ascending.";

    fn define(class: &mut ClassDef<Self>) {
        class.iterator(RevSetIterator::next);
    }
}
