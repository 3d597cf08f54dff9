// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lists, tuples, dicts and sets.
//!
//! Converting an item may run Python code, which may change the container. So dicts and
//! sets are copied to a list first; a list that becomes shorter is an IndexError.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use crate::api::Ctx;
use crate::builtin;
use crate::convert::{FromPy, IntoPy, List, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

/// The largest number of items for which room is made on the word of an object.
const LIKELY_LENGTH: usize = 1 << 16;

impl<T: FromPy> FromPy for Vec<T> {
    /// Takes the items of a `list` or `tuple`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        if !value.is_sequence() {
            return Err(expected("a list or tuple", value));
        }
        let len = value.len()?;
        // `collect` into a result does not know how many there will be. A subclass may say
        // anything of its length.
        let mut items = Vec::with_capacity(len.min(LIKELY_LENGTH));
        for index in 0..len {
            // Converting an item may run Python code that shortens the list: IndexError.
            items.push(value.item(index)?.extract()?);
        }
        Ok(items)
    }
}

impl<T: IntoPy> IntoPy for Vec<T> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        List(self.into_iter()).into_py(ctx)
    }
}

impl<I: Iterator> IntoPy for List<I>
where
    I::Item: IntoPy,
{
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.list(self.0)
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident $index:tt)+;)*) => {$(
        impl<$($name: FromPy),+> FromPy for ($($name,)+) {
            fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
                if !value.is_sequence() || value.len()? != $count {
                    return Err(expected(concat!("a tuple of ", $count), value));
                }
                Ok(($(value.item($index)?.extract::<$name>()?,)+))
            }
        }
        impl<$($name: IntoPy),+> IntoPy for ($($name,)+) {
            fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
                let items = ($(self.$index.into_py(ctx)?,)+);
                ctx.pack(&[$(items.$index.as_borrowed()),+])
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

impl<T: FromPy, const N: usize> FromPy for [T; N] {
    /// Takes the items of a `list` or `tuple` of this length.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let wanted = || format!("a list or tuple of {N}");
        if !value.is_sequence() {
            return Err(expected(&wanted(), value));
        }
        let items = Vec::<T>::from_py(value)?;
        <[T; N]>::try_from(items).map_err(|items| {
            let message = format!("expected {}, got one of {}", wanted(), items.len());
            PyErr::new(Exception::Type, message)
        })
    }
}

impl<T: IntoPy, const N: usize> IntoPy for [T; N] {
    /// Makes a list.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        List(self.into_iter()).into_py(ctx)
    }
}

/// Returns the pairs of a dict, or of another object with `keys()`, as a list of tuples that
/// nobody else has.
pub(super) fn pairs(value: Borrowed<'_>) -> PyResult<Handle<'_>> {
    let ctx = value.ctx();
    let dict = if value.is_dict() {
        value.to_owned()
    } else if value.has_attr(c"keys") {
        ctx.builtin(c"dict")?.call(&[value])?
    } else {
        return Err(expected("a dict or another mapping", value));
    };
    // Not the object's own method: a subclass of dict may have another.
    let items = ctx
        .builtin(c"dict")?
        .attr(c"items")?
        .call(&[dict.as_borrowed()])?;
    let list = ctx.constant(|c| c.h_ListType);
    list.call(&[items.as_borrowed()])
}

fn each_pair<K: FromPy, V: FromPy>(
    value: Borrowed<'_>,
    mut insert: impl FnMut(K, V) -> Option<V>,
) -> PyResult<()> {
    let pairs = pairs(value)?;
    for index in 0..pairs.len()? {
        let (key, value) = pairs.item(index)?.extract::<(K, V)>()?;
        if insert(key, value).is_some() {
            let message = "two keys of the dict are the same key when they are converted";
            return Err(PyErr::new(Exception::Value, message));
        }
    }
    Ok(())
}

fn dict_of<K: IntoPy, V: IntoPy>(
    ctx: Ctx<'_>,
    pairs: impl Iterator<Item = (K, V)>,
) -> PyResult<Handle<'_>> {
    let dict = ctx.dict()?;
    for (key, value) in pairs {
        dict.set(key, value)?;
    }
    Ok(dict)
}

fn each_item<T: FromPy>(value: Borrowed<'_>, mut insert: impl FnMut(T)) -> PyResult<()> {
    let ctx = value.ctx();
    let set = value.is_instance(builtin::SET.get(ctx)?.as_borrowed())?
        || value.is_instance(builtin::FROZENSET.get(ctx)?.as_borrowed())?;
    if !set {
        return Err(expected("a set or frozenset", value));
    }
    let list = ctx.constant(|c| c.h_ListType).call(&[value])?;
    for index in 0..list.len()? {
        insert(list.item(index)?.extract()?);
    }
    Ok(())
}

impl<K: FromPy + Eq + Hash, V: FromPy, S: BuildHasher + Default> FromPy for HashMap<K, V, S> {
    /// Takes a dict, or an object with `keys()` and subscripts. ValueError where two keys become
    /// one when they are converted.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let mut map = HashMap::default();
        each_pair(value, |key, value| map.insert(key, value))?;
        Ok(map)
    }
}

impl<K: FromPy + Ord, V: FromPy> FromPy for BTreeMap<K, V> {
    /// Takes what `HashMap` takes.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let mut map = BTreeMap::new();
        each_pair(value, |key, value| map.insert(key, value))?;
        Ok(map)
    }
}

impl<K: IntoPy, V: IntoPy, S> IntoPy for HashMap<K, V, S> {
    /// Makes a dict, in no order.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        dict_of(ctx, self.into_iter())
    }
}

impl<K: IntoPy, V: IntoPy> IntoPy for BTreeMap<K, V> {
    /// Makes a dict in this order.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        dict_of(ctx, self.into_iter())
    }
}

impl<T: FromPy + Eq + Hash, S: BuildHasher + Default> FromPy for HashSet<T, S> {
    /// Takes a `set` or `frozenset`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let mut set = HashSet::default();
        each_item(value, |item| {
            set.insert(item);
        })?;
        Ok(set)
    }
}

impl<T: FromPy + Ord> FromPy for BTreeSet<T> {
    /// Takes a `set` or `frozenset`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let mut set = BTreeSet::new();
        each_item(value, |item| {
            set.insert(item);
        })?;
        Ok(set)
    }
}

impl<T: IntoPy, S> IntoPy for HashSet<T, S> {
    /// Makes a set.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.set(self)
    }
}

impl<T: IntoPy> IntoPy for BTreeSet<T> {
    /// Makes a set.
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.set(self)
    }
}
