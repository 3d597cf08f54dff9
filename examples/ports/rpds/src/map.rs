//! `HashTrieMap`.

use archery::ArcTK;
use hpy_bindings::{
    Borrowed, Ctx, Exception, FromPy, Handle, IntoPy, Object, PyErr, PyResult, Shared, VarArgs,
    pyclass, pymethods,
};

use crate::iterator::{Iterator, Source};
use crate::keys::{AnyKey, Key, Spread, Wanted, compare, spread};
use crate::python::{equal, is_mapping};
use crate::views::{ItemsView, KeysView, ValuesView};

/// The map itself.
pub type Entries = rpds::HashTrieMap<Key, Object, ArcTK, Spread>;

/// A persistent mapping: what changes it returns another one.
#[pyclass(name = "HashTrieMap", module = "rpds", frozen, objects)]
pub struct Map(Entries);

pub fn empty() -> Entries {
    Entries::new_with_hasher_and_ptr_kind(Spread)
}

/// Looks a key up.
pub fn find<'m>(ctx: Ctx<'_>, map: &'m Entries, key: &Wanted<'_>) -> PyResult<Option<&'m Object>> {
    let key: &dyn AnyKey = key;
    compare(ctx, || map.get(key))
}

/// Adds what any mapping has, or any iterable of pairs.
fn add(map: &mut Entries, other: Borrowed<'_>) -> PyResult<()> {
    let ctx = other.ctx();
    let mut insert = |key: Key, value: Object| compare(ctx, || map.insert_mut(key, value));
    if let Some(other) = Shared::<Map>::of(other)? {
        let other = other.borrow(ctx)?;
        if map.is_empty() {
            *map = other.0.clone();
            return Ok(());
        }
        return compare(ctx, || {
            for (key, value) in &other.0 {
                map.insert_mut(key.clone(), value.clone());
            }
        });
    }
    if is_mapping(other)? {
        for pair in other.items()? {
            let (key, value) = pair?;
            insert(key.extract()?, value.extract()?)?;
        }
        return Ok(());
    }
    for pair in other.iter()? {
        let (key, value) = pair?.extract()?;
        insert(key, value)?;
    }
    Ok(())
}

impl FromPy for Map {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let mut map = empty();
        add(&mut map, value)?;
        Ok(Map(map))
    }
}

#[pymethods]
impl Map {
    #[new]
    #[py(signature = (value=None, **kwds), text_signature = "(value={}, **kwds)")]
    fn new(value: Option<Borrowed<'_>>, kwds: Option<Borrowed<'_>>) -> PyResult<Self> {
        let mut map = empty();
        for given in [value, kwds].into_iter().flatten() {
            add(&mut map, given)?;
        }
        Ok(Map(map))
    }

    fn __contains__(&self, ctx: Ctx<'_>, key: Wanted<'_>) -> PyResult<bool> {
        Ok(find(ctx, &self.0, &key)?.is_some())
    }

    fn __iter__(&self) -> Iterator {
        Iterator::over(Source::Keys(self.0.clone()))
    }

    fn __getitem__<'c>(&self, ctx: Ctx<'c>, key: Wanted<'_>) -> PyResult<Handle<'c>> {
        match find(ctx, &self.0, &key)? {
            Some(value) => value.get(ctx),
            None => Err(missing(ctx, &key)),
        }
    }

    fn __len__(&self) -> usize {
        self.0.size()
    }

    fn __repr__(&self, ctx: Ctx<'_>) -> PyResult<String> {
        let mut text = String::new();
        for (key, value) in &self.0 {
            let separator = if text.is_empty() { "" } else { ", " };
            let (key, value) = (key.object.get(ctx)?.repr()?, value.get(ctx)?.repr()?);
            text += separator;
            text += key.as_borrowed().as_str()?;
            text += ": ";
            text += value.as_borrowed().as_str()?;
        }
        Ok(format!("HashTrieMap({{{text}}})"))
    }

    fn __eq__(&self, ctx: Ctx<'_>, other: &Self) -> PyResult<bool> {
        if self.0.size() != other.0.size() {
            return Ok(false);
        }
        for (key, value) in &self.0 {
            match compare(ctx, || other.0.get(key))? {
                Some(others) if equal(ctx, value, others)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    fn __hash__(&self, ctx: Ctx<'_>) -> PyResult<u64> {
        let mut all = self.0.size() as u64;
        for (key, value) in &self.0 {
            let object = value.get(ctx)?;
            let hash = object
                .hash()
                .map_err(|error| unhashable(ctx, error, key, &object))?;
            let pair = spread(key.hash as u64) ^ (hash as u64);
            all = all.wrapping_add(spread(pair)); // in whatever order
        }
        Ok(spread(all))
    }

    fn __reduce__<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        let pairs = ctx.list(&self.0)?;
        (ctx.class::<Self>()?, (pairs,)).into_py(ctx)
    }

    #[classmethod]
    fn convert<'c>(_cls: Borrowed<'_>, value: Borrowed<'_>, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        match Shared::<Map>::of(value)? {
            Some(_) => value.into_py(ctx),
            None => value.extract::<Map>()?.into_py(ctx),
        }
    }

    #[classmethod]
    #[py(signature = (keys, val=None))]
    fn fromkeys(
        _cls: Borrowed<'_>,
        ctx: Ctx<'_>,
        keys: Borrowed<'_>,
        val: Option<Object>,
    ) -> PyResult<Self> {
        let value = match val {
            Some(value) => value,
            None => Object::new(ctx.none().as_borrowed())?,
        };
        let mut map = empty();
        for key in keys.iter()? {
            let key = key?.extract()?;
            compare(ctx, || map.insert_mut(key, value.clone()))?;
        }
        Ok(Map(map))
    }

    #[py(signature = (key, default=None))]
    fn get<'c>(
        &self,
        ctx: Ctx<'c>,
        key: Wanted<'_>,
        default: Option<Borrowed<'_>>,
    ) -> PyResult<Handle<'c>> {
        match find(ctx, &self.0, &key)? {
            Some(value) => value.get(ctx),
            None => default.into_py(ctx),
        }
    }

    fn keys(&self) -> KeysView {
        KeysView(self.0.clone())
    }

    fn values(&self) -> ValuesView {
        ValuesView(self.0.clone())
    }

    fn items(&self) -> ItemsView {
        ItemsView(self.0.clone())
    }

    fn discard(&self, ctx: Ctx<'_>, key: Wanted<'_>) -> PyResult<Self> {
        let key: &dyn AnyKey = &key;
        compare(ctx, || self.0.remove(key)).map(Map)
    }

    fn insert(&self, ctx: Ctx<'_>, key: Key, value: Object) -> PyResult<Self> {
        compare(ctx, || self.0.insert(key, value)).map(Map)
    }

    fn remove(&self, ctx: Ctx<'_>, key: Wanted<'_>) -> PyResult<Self> {
        let mut map = self.0.clone();
        let wanted: &dyn AnyKey = &key;
        if compare(ctx, || map.remove_mut(wanted))? {
            Ok(Map(map))
        } else {
            Err(missing(ctx, &key))
        }
    }

    #[py(signature = (*maps, **kwds))]
    fn update(&self, maps: VarArgs<'_>, kwds: Option<Borrowed<'_>>) -> PyResult<Self> {
        let mut map = self.0.clone();
        for other in maps.iter().chain(kwds) {
            add(&mut map, other)?;
        }
        Ok(Map(map))
    }
}

/// Returns the KeyError for a key that is not there.
pub fn missing(ctx: Ctx<'_>, key: &Wanted<'_>) -> PyErr {
    PyErr::with_argument(ctx, Exception::Key, key.object())
}

#[cold]
fn unhashable(ctx: Ctx<'_>, error: PyErr, key: &Key, value: &Handle<'_>) -> PyErr {
    let shown = || -> PyResult<(String, String)> {
        let key = key.object.get(ctx)?.repr()?.extract()?;
        Ok((key, value.repr()?.extract()?))
    };
    match shown() {
        Ok((key, value)) => {
            let message = format!("Unhashable type in HashTrieMap of key {key}: {value}");
            error.replace(ctx, Exception::Type, message)
        }
        Err(_) => error,
    }
}
