//! `HashTrieSet`.

use archery::ArcTK;
use hpy_bindings::{
    Borrowed, Compare, Ctx, Handle, IntoPy, OrNotImplemented, PyResult, Shared, VarArgs, pyclass,
    pymethods,
};

use crate::iterator::{Iterator, Source};
use crate::keys::{AnyKey, Key, Spread, Wanted, compare, spread};
use crate::map::missing;
use crate::python::repr_of;
use crate::set_like::SetLike;

/// The set itself.
pub type Members = rpds::HashTrieSet<Key, ArcTK, Spread>;

/// A persistent set: what changes it returns another one.
#[pyclass(name = "HashTrieSet", module = "rpds", frozen, objects)]
pub struct Set(Members);

fn empty() -> Members {
    Members::new_with_hasher_with_ptr_kind(Spread)
}

/// Adds what any iterable has.
fn add(set: &mut Members, other: Borrowed<'_>) -> PyResult<()> {
    let ctx = other.ctx();
    if let (true, Some(other)) = (set.is_empty(), Shared::<Set>::of(other)?) {
        *set = other.borrow(ctx)?.0.clone();
        return Ok(());
    }
    for member in other.iter()? {
        let member = member?.extract()?;
        compare(ctx, || set.insert_mut(member))?;
    }
    Ok(())
}

/// Returns what of an iterable is also in something else.
pub fn intersection(this: &impl SetLike, other: Borrowed<'_>) -> PyResult<Set> {
    let mut set = empty();
    for member in other.iter()? {
        let member = member?;
        // what cannot be hashed is in no set
        if this.has(member.as_borrowed())? {
            let member = member.extract()?;
            compare(other.ctx(), || set.insert_mut(member))?;
        }
    }
    Ok(Set(set))
}

/// Returns some keys, and what an iterable has.
pub fn union(
    mut these: impl std::iter::Iterator<Item = PyResult<Key>>,
    other: Borrowed<'_>,
) -> PyResult<Set> {
    let mut set = empty();
    these.try_for_each(|key| {
        let key = key?;
        compare(other.ctx(), || set.insert_mut(key))
    })?;
    add(&mut set, other)?;
    Ok(Set(set))
}

impl SetLike for Set {
    fn size(&self) -> usize {
        self.0.size()
    }

    fn has(&self, object: Borrowed<'_>) -> PyResult<bool> {
        let key = Wanted::new(object)?;
        let key: &dyn AnyKey = &key;
        compare(object.ctx(), || self.0.contains(key))
    }

    fn members(&self) -> impl std::iter::Iterator<Item = impl IntoPy> {
        self.0.iter()
    }
}

impl Set {
    /// Returns the larger and the smaller one of two.
    fn by_size<'s>(&'s self, other: &'s Set) -> (&'s Members, &'s Members) {
        if self.0.size() > other.0.size() {
            (&self.0, &other.0)
        } else {
            (&other.0, &self.0)
        }
    }
}

#[pymethods]
impl Set {
    #[new]
    #[py(signature = (value=None), text_signature = "(value=())")]
    fn new(value: Option<Borrowed<'_>>) -> PyResult<Self> {
        let mut set = empty();
        value.map_or(Ok(()), |value| add(&mut set, value))?;
        Ok(Set(set))
    }

    fn __contains__(&self, object: Borrowed<'_>) -> PyResult<bool> {
        self.has(object)
    }

    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::Members(self.0.clone()))
    }

    fn __len__(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        Ok(format!("HashTrieSet({{{}}})", repr_of(ctx, &self.0)?))
    }

    fn __richcmp__(
        &self,
        ctx: Ctx<'_>,
        other: Borrowed<'_>,
        how: Compare,
    ) -> PyResult<OrNotImplemented<bool>> {
        self.compare(ctx, other, how)
    }

    fn __hash__(&self) -> u64 {
        let each = self.0.iter().map(|key| spread(key.hash as u64));
        // in whatever order
        spread(each.fold(self.0.size() as u64, u64::wrapping_add))
    }

    fn __reduce__<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        (ctx.class::<Self>()?, (ctx.list(&self.0)?,)).into_py(ctx)
    }

    fn __and__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        self.intersection(ctx, other)
    }

    fn __or__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        self.union(ctx, other)
    }

    fn __sub__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        self.difference(ctx, other)
    }

    fn __xor__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        self.symmetric_difference(ctx, other)
    }

    fn insert(&self, ctx: Ctx<'_>, value: Key) -> PyResult<Self> {
        compare(ctx, || self.0.insert(value)).map(Set)
    }

    fn discard(&self, ctx: Ctx<'_>, value: Wanted<'_>) -> PyResult<Self> {
        let value: &dyn AnyKey = &value;
        compare(ctx, || self.0.remove(value)).map(Set)
    }

    fn remove(&self, ctx: Ctx<'_>, value: Wanted<'_>) -> PyResult<Self> {
        let mut set = self.0.clone();
        let wanted: &dyn AnyKey = &value;
        if compare(ctx, || set.remove_mut(wanted))? {
            Ok(Set(set))
        } else {
            Err(missing(ctx, &value))
        }
    }

    fn difference(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        let mut set = self.0.clone();
        compare(ctx, || {
            for member in &other.0 {
                set.remove_mut(member);
            }
        })?;
        Ok(Set(set))
    }

    fn intersection(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        let (larger, smaller) = self.by_size(other);
        let mut set = empty();
        compare(ctx, || {
            for member in smaller.iter().filter(|member| larger.contains(*member)) {
                set.insert_mut(member.clone());
            }
        })?;
        Ok(Set(set))
    }

    fn symmetric_difference(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        let (larger, smaller) = self.by_size(other);
        let mut set = larger.clone();
        compare(ctx, || {
            for member in smaller {
                if !set.remove_mut(member) {
                    set.insert_mut(member.clone());
                }
            }
        })?;
        Ok(Set(set))
    }

    fn union(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<Self> {
        let (larger, smaller) = self.by_size(other);
        let mut set = larger.clone();
        compare(ctx, || {
            for member in smaller {
                set.insert_mut(member.clone());
            }
        })?;
        Ok(Set(set))
    }

    #[py(signature = (*iterables))]
    fn update(&self, iterables: VarArgs<'_>) -> PyResult<Self> {
        let mut set = self.0.clone();
        for other in iterables.iter() {
            add(&mut set, other)?;
        }
        Ok(Set(set))
    }
}
