//! Python objects as keys of Rust's maps.
//!
//! The hash is computed once, when a key is made. Comparing two keys with the same hash asks
//! Python, and what that raises is kept until the operation of the map is over.

use std::borrow::Borrow;
use std::cell::Cell;
use std::hash::{BuildHasher, Hash, Hasher};

use hpy_bindings::{Borrowed, Ctx, FromArg, FromPy, Handle, IntoPy, Object, PyErr, PyResult};

/// A key that a map keeps.
#[derive(Clone)]
pub struct Key {
    pub hash: isize,
    pub object: Object,
}

/// A key that is looked for.
pub struct Wanted<'a> {
    hash: isize,
    object: Borrowed<'a>,
}

/// What both kinds of keys have.
pub trait AnyKey {
    fn hash(&self) -> isize;
    fn get<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>>;
}

impl AnyKey for Key {
    fn hash(&self) -> isize {
        self.hash
    }

    fn get<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        self.object.get(ctx)
    }
}

impl AnyKey for Wanted<'_> {
    fn hash(&self) -> isize {
        self.hash
    }

    fn get<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        self.object.into_py(ctx)
    }
}

impl<'a> Wanted<'a> {
    pub fn new(object: Borrowed<'a>) -> PyResult<Self> {
        let hash = object.hash()?;
        Ok(Wanted { hash, object })
    }

    pub fn object(&self) -> Borrowed<'a> {
        self.object
    }
}

impl<'a> FromArg<'a> for Wanted<'a> {
    fn from_arg(object: Borrowed<'a>) -> PyResult<Self> {
        Wanted::new(object)
    }
}

impl FromPy for Key {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let hash = value.hash()?;
        let object = Object::new(value)?;
        Ok(Key { hash, object })
    }
}

impl IntoPy for &Key {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.object.get(ctx)
    }
}

impl<'a> Borrow<dyn AnyKey + 'a> for Key {
    fn borrow(&self) -> &(dyn AnyKey + 'a) {
        self
    }
}

impl<'a> Borrow<dyn AnyKey + 'a> for Wanted<'a> {
    fn borrow(&self) -> &(dyn AnyKey + 'a) {
        self
    }
}

thread_local! {
    /// What a comparison has raised.
    static RAISED: Cell<Option<PyErr>> = const { Cell::new(None) };
}

/// Does an operation of a map that may compare keys.
pub fn compare<R>(ctx: Ctx<'_>, operation: impl FnOnce() -> R) -> PyResult<R> {
    let result = ctx.make_current(operation);
    RAISED.take().map_or(Ok(result), Err)
}

impl PartialEq for dyn AnyKey + '_ {
    fn eq(&self, other: &Self) -> bool {
        let equal = |ctx: Ctx<'_>| self.get(ctx)?.equals(other.get(ctx)?);
        match Ctx::current(equal) {
            Some(Ok(equal)) => equal,
            Some(Err(error)) => {
                RAISED.set(Some(error));
                false
            }
            None => false,
        }
    }
}

impl Eq for dyn AnyKey + '_ {}

impl Hash for dyn AnyKey + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_isize(self.hash());
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let (this, other): (&dyn AnyKey, &dyn AnyKey) = (self, other);
        this == other
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_isize(self.hash);
    }
}

/// Spreads Python's hashes, which are the numbers themselves for small ints.
#[derive(Clone, Copy, Default)]
pub struct Spread;

/// The state of [`Spread`]: one hash.
#[derive(Default)]
pub struct Spreader(u64);

impl BuildHasher for Spread {
    type Hasher = Spreader;

    fn build_hasher(&self) -> Spreader {
        Spreader::default()
    }
}

impl Hasher for Spreader {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_isize(isize::from(*byte));
        }
    }

    fn write_isize(&mut self, hash: isize) {
        self.0 = spread(self.0 ^ hash as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Returns another number for each number, with all bits of it in each one of its own:
/// the last step of the generator SplitMix64.
pub fn spread(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
