// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values of Rust to Python objects.

use ::serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Error, deeper};
use crate::api::Ctx;
use crate::convert::IntoPy;
use crate::handle::Handle;

type Made<'c> = Result<Handle<'c>, Error>;

#[derive(Clone, Copy)]
pub(super) struct Serializer<'c> {
    pub(super) ctx: Ctx<'c>,
    pub(super) depth: usize,
}

/// A container that is being filled.
pub(super) struct Filled<'c> {
    /// That of the items.
    serializer: Serializer<'c>,
    items: Items<'c>,
    /// The variant around it.
    variant: Option<&'static str>,
}

enum Items<'c> {
    List(Handle<'c>),
    Tuple(Vec<Handle<'c>>),
    /// And the key whose value comes next.
    Dict(Handle<'c>, Option<Handle<'c>>),
}

impl<'c> Serializer<'c> {
    fn make(self, value: impl IntoPy) -> Made<'c> {
        Ok(value.into_py(self.ctx)?)
    }

    fn deeper(self) -> Result<Self, Error> {
        let depth = deeper(self.depth)?;
        Ok(Serializer { depth, ..self })
    }

    fn fill(self, items: Items<'c>, variant: Option<&'static str>) -> Result<Filled<'c>, Error> {
        let serializer = self.deeper()?;
        Ok(Filled {
            serializer,
            items,
            variant,
        })
    }

    fn tuple(self, len: usize, variant: Option<&'static str>) -> Result<Filled<'c>, Error> {
        self.fill(Items::Tuple(Vec::with_capacity(len)), variant)
    }

    fn dict(self, variant: Option<&'static str>) -> Result<Filled<'c>, Error> {
        self.fill(Items::Dict(self.ctx.dict()?, None), variant)
    }
}

impl<'c> Filled<'c> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let value = value.serialize(self.serializer)?;
        match &mut self.items {
            Items::List(list) => list.append(&value)?,
            Items::Tuple(items) => items.push(value),
            Items::Dict(dict, key) => {
                let key = key.take().ok_or_else(|| {
                    <Error as ::serde::ser::Error>::custom("a map has a value without a key")
                })?;
                dict.set(&key, &value)?;
            }
        }
        Ok(())
    }

    fn set_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let made = key.serialize(self.serializer)?;
        if let Items::Dict(_, next) = &mut self.items {
            *next = Some(made);
        }
        Ok(())
    }

    fn finish(self) -> Made<'c> {
        let ctx = self.serializer.ctx;
        let made = match self.items {
            Items::List(made) | Items::Dict(made, _) => made,
            Items::Tuple(items) => ctx.tuple(items)?,
        };
        match self.variant {
            Some(name) => wrap(ctx, name, made),
            None => Ok(made),
        }
    }
}

/// Makes the dict of a variant.
fn wrap<'c>(ctx: Ctx<'c>, variant: &str, value: Handle<'c>) -> Made<'c> {
    let dict = ctx.dict()?;
    dict.set(variant, &value)?;
    Ok(dict)
}

macro_rules! plain {
    ($($name:ident: $type:ty;)*) => {$(
        fn $name(self, value: $type) -> Made<'c> {
            self.make(value)
        }
    )*};
}

impl<'c> ::serde::Serializer for Serializer<'c> {
    type Ok = Handle<'c>;
    type Error = Error;
    type SerializeSeq = Filled<'c>;
    type SerializeTuple = Filled<'c>;
    type SerializeTupleStruct = Filled<'c>;
    type SerializeTupleVariant = Filled<'c>;
    type SerializeMap = Filled<'c>;
    type SerializeStruct = Filled<'c>;
    type SerializeStructVariant = Filled<'c>;

    plain! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_u128: u128;
        serialize_f32: f32;
        serialize_f64: f64;
        serialize_char: char;
        serialize_str: &str;
    }

    fn serialize_bytes(self, value: &[u8]) -> Made<'c> {
        Ok(self.ctx.bytes(value)?)
    }

    fn serialize_none(self) -> Made<'c> {
        self.make(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made<'c> {
        value.serialize(self.deeper()?)
    }

    fn serialize_unit(self) -> Made<'c> {
        self.make(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Made<'c> {
        self.make(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Made<'c> {
        self.make(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Made<'c> {
        value.serialize(self.deeper()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Made<'c> {
        let value = value.serialize(self.deeper()?)?;
        wrap(self.ctx, variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Filled<'c>, Error> {
        let none: [(); 0] = [];
        self.fill(Items::List(self.ctx.list(none)?), None)
    }

    fn serialize_tuple(self, len: usize) -> Result<Filled<'c>, Error> {
        self.tuple(len, None)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Filled<'c>, Error> {
        self.tuple(len, None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Filled<'c>, Error> {
        self.tuple(len, Some(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Filled<'c>, Error> {
        self.dict(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Filled<'c>, Error> {
        self.dict(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Filled<'c>, Error> {
        self.dict(Some(variant))
    }
}

macro_rules! items {
    ($($trait:ident $add:ident;)*) => {$(
        impl<'c> $trait for Filled<'c> {
            type Ok = Handle<'c>;
            type Error = Error;

            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.add(value)
            }

            fn end(self) -> Made<'c> {
                self.finish()
            }
        }
    )*};
}

items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl<'c> $trait for Filled<'c> {
            type Ok = Handle<'c>;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                self.set_key(name)?;
                self.add(value)
            }

            fn end(self) -> Made<'c> {
                self.finish()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl<'c> SerializeMap for Filled<'c> {
    type Ok = Handle<'c>;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.set_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.add(value)
    }

    fn end(self) -> Made<'c> {
        self.finish()
    }
}
