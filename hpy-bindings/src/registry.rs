// SPDX-License-Identifier: MIT OR Apache-2.0

//! The class objects of the native classes: one for each Rust type.
//!
//! What lies in an object's struct is told by its class, so nobody but this crate may say
//! which class belongs to which type: no place for it is declared outside, and generic types
//! have one for each of their instances.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

use crate::api::Ctx;
use crate::class::{self, Class};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::Handle;
use crate::stored::Global;

/// The classes of the module. One binary holds one module.
static CLASSES: OnceLock<Classes> = OnceLock::new();

/// Places for class objects, by Rust type.
#[derive(Default)]
pub(crate) struct Classes(HashMap<TypeId, &'static Global, BuildHasherDefault<TypeIdHasher>>);

impl Classes {
    /// Adds a place for the class of `T`, where there is none.
    pub(crate) fn add<T: Class>(&mut self) {
        let place = || &*Box::leak(Box::new(Global::new()));
        self.0.entry(TypeId::of::<T>()).or_insert_with(place);
    }

    /// Returns all places, for the module's table of globals.
    pub(crate) fn globals(&self) -> impl Iterator<Item = &'static Global> + '_ {
        self.0.values().copied()
    }
}

/// Sets the classes of the module; the first ones stay.
pub(crate) fn publish(classes: Classes) {
    let _ = CLASSES.set(classes);
}

/// Returns the hash that a `TypeId` is already.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn place<T: Class>() -> PyResult<&'static Global> {
    let found = CLASSES.get().and_then(|c| c.0.get(&TypeId::of::<T>()));
    found.copied().ok_or_else(missing::<T>)
}

#[cold]
#[inline(never)]
fn missing<T: Class>() -> PyErr {
    let name = T::NAME.to_string_lossy();
    PyErr::new(
        Exception::Runtime,
        format!("the class {name} is none of the module's, or not yet"),
    )
}

/// Returns the class object of `T`.
pub(crate) fn class<T: Class>(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    place::<T>()?.get(ctx)?.ok_or_else(missing::<T>)
}

/// Returns the class object of `T`, which is made the first time: a module that is executed
/// again has the same classes, and its older objects are instances of them.
pub(crate) fn make_once<T: Class>(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    let place = place::<T>()?;
    if let Some(class) = place.get(ctx)? {
        return Ok(class);
    }
    let made = class::create::<T>(ctx)?;
    // Making it has run Python code, and that may have executed the module.
    if let Some(class) = place.get(ctx)? {
        return Ok(class);
    }
    place.store(made.as_borrowed())?;
    class::set_attributes::<T>(made.as_borrowed())?;
    Ok(made)
}
