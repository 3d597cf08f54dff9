//! What `keys()`, `values()` and `items()` of a map return.

use hpy_bindings::{
    Borrowed, Compare, Ctx, IntoPy, OrNotImplemented, PyResult, pyclass, pymethods,
};

use crate::iterator::{Iterator, Source};
use crate::keys::Wanted;
use crate::map::{Entries, find};
use crate::python::repr_of;
use crate::set::{Set, intersection, union};
use crate::set_like::SetLike;

/// The keys of a map.
#[pyclass(name = "keys_view", module = "rpds", frozen, objects)]
pub struct KeysView(pub Entries);

/// The values of a map.
#[pyclass(name = "values_view", module = "rpds", frozen, objects)]
pub struct ValuesView(pub Entries);

/// The pairs of a map.
#[pyclass(name = "items_view", module = "rpds", frozen, objects)]
pub struct ItemsView(pub Entries);

impl SetLike for KeysView {
    fn size(&self) -> usize {
        self.0.size()
    }

    fn has(&self, object: Borrowed<'_>) -> PyResult<bool> {
        Ok(find(object.ctx(), &self.0, &Wanted::new(object)?)?.is_some())
    }

    fn members(&self) -> impl std::iter::Iterator<Item = impl IntoPy> {
        self.0.keys()
    }
}

impl SetLike for ItemsView {
    fn size(&self) -> usize {
        self.0.size()
    }

    fn has(&self, object: Borrowed<'_>) -> PyResult<bool> {
        let ctx = object.ctx();
        if !object.is_sequence() || object.len()? != 2 {
            return Ok(false);
        }
        let key = object.item(0)?;
        let value = match find(ctx, &self.0, &Wanted::new(key.as_borrowed())?)? {
            Some(value) => value.get(ctx)?,
            None => return Ok(false),
        };
        // a list is no pair
        (key, value).into_py(ctx)?.equals(object)
    }

    fn members(&self) -> impl std::iter::Iterator<Item = impl IntoPy> {
        self.0.iter()
    }
}

#[pymethods]
impl KeysView {
    fn __contains__(&self, object: Borrowed<'_>) -> PyResult<bool> {
        self.has(object)
    }

    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::Keys(self.0.clone()))
    }

    fn __len__(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        Ok(format!("keys_view({{{}}})", repr_of(ctx, self.0.keys())?))
    }

    fn __richcmp__(
        &self,
        ctx: Ctx<'_>,
        other: Borrowed<'_>,
        how: Compare,
    ) -> PyResult<OrNotImplemented<bool>> {
        self.compare(ctx, other, how)
    }

    fn __and__(&self, other: Borrowed<'_>) -> PyResult<Set> {
        self.intersection(other)
    }

    fn __or__(&self, other: Borrowed<'_>) -> PyResult<Set> {
        self.union(other)
    }

    fn intersection(&self, other: Borrowed<'_>) -> PyResult<Set> {
        intersection(self, other)
    }

    fn union(&self, other: Borrowed<'_>) -> PyResult<Set> {
        union(self.0.keys().cloned().map(Ok), other)
    }
}

#[pymethods]
impl ValuesView {
    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::Values(self.0.clone()))
    }

    fn __len__(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        Ok(format!("values_view([{}])", repr_of(ctx, self.0.values())?))
    }
}

#[pymethods]
impl ItemsView {
    fn __contains__(&self, object: Borrowed<'_>) -> PyResult<bool> {
        self.has(object)
    }

    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::Items(self.0.clone()))
    }

    fn __len__(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        Ok(format!("items_view([{}])", repr_of(ctx, self.0.iter())?))
    }

    fn __richcmp__(
        &self,
        ctx: Ctx<'_>,
        other: Borrowed<'_>,
        how: Compare,
    ) -> PyResult<OrNotImplemented<bool>> {
        self.compare(ctx, other, how)
    }

    fn __and__(&self, other: Borrowed<'_>) -> PyResult<Set> {
        self.intersection(other)
    }

    fn __or__(&self, other: Borrowed<'_>) -> PyResult<Set> {
        self.union(other)
    }

    fn intersection(&self, other: Borrowed<'_>) -> PyResult<Set> {
        intersection(self, other)
    }

    fn union(&self, other: Borrowed<'_>) -> PyResult<Set> {
        let ctx = other.ctx();
        let pairs = self.0.iter().map(|pair| pair.into_py(ctx)?.extract());
        union(pairs, other)
    }
}
