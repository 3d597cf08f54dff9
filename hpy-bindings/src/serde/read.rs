// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python objects to values of Rust.

use ::serde::de::{
    self, DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use ::serde::forward_to_deserialize_any;

use super::{Error, deeper};
use crate::convert::{FromPy, expected};
use crate::error::Exception;
use crate::handle::{Borrowed, Handle};
use crate::object::Iter;
use crate::receiver::{BytesLike, FromArg as _};

#[derive(Clone, Copy)]
pub(super) struct Deserializer<'c> {
    pub(super) value: Borrowed<'c>,
    pub(super) depth: usize,
}

impl<'c> Deserializer<'c> {
    fn deeper(self) -> Result<Self, Error> {
        let depth = deeper(self.depth)?;
        Ok(Deserializer { depth, ..self })
    }

    fn is_a(self, class: fn(&hpy_shim::HPyContext) -> hpy_shim::HPy) -> bool {
        let ctx = self.value.ctx();
        ctx.has_type(self.value, ctx.constant(class))
    }

    fn is_text(self) -> bool {
        self.is_a(|c| c.h_UnicodeType)
    }

    fn is_mapping(self) -> bool {
        self.value.is_dict() || self.value.has_attr(c"keys")
    }

    /// Begins with the items of an iterable.
    fn items(self) -> Result<Items<'c>, Error> {
        let value = self.value;
        if self.is_text() || value.as_bytes().is_some() || self.is_mapping() {
            return Err(Error(expected("a sequence", value)));
        }
        let depth = deeper(self.depth)?;
        let items = value.iter()?;
        Ok(Items { items, depth })
    }

    /// Begins with the keys and values of a mapping.
    fn pairs(self) -> Result<Pairs<'c>, Error> {
        if !self.is_mapping() {
            return Err(Error(expected("a mapping", self.value)));
        }
        let depth = deeper(self.depth)?;
        // A list, which does not change with the mapping.
        let keys = self.value.call_method(c"keys", &[])?;
        let list = self.value.ctx().builtin(c"list")?;
        let keys = list.call(&[keys.as_borrowed()])?.iter()?;
        Ok(Pairs {
            mapping: self.value,
            keys,
            key: None,
            depth,
        })
    }

    /// Returns `None` for an int that the type cannot hold.
    fn int_if_it_fits<T: FromPy>(self) -> Result<Option<T>, Error> {
        let ctx = self.value.ctx();
        match self.value.extract() {
            Err(error) if error.is(ctx, Exception::Overflow) => {
                error.forget(ctx);
                Ok(None)
            }
            number => Ok(Some(number?)),
        }
    }

    fn visit_int<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Some(number) = self.int_if_it_fits()? {
            visitor.visit_i64(number)
        } else if let Some(number) = self.int_if_it_fits()? {
            visitor.visit_u64(number)
        } else if let Some(number) = self.int_if_it_fits()? {
            visitor.visit_i128(number)
        } else {
            visitor.visit_u128(self.value.extract()?)
        }
    }
}

impl<'de> de::Deserializer<'de> for Deserializer<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.value;
        if value.is_none() {
            visitor.visit_unit()
        } else if self.is_text() {
            visitor.visit_str(value.as_str()?)
        } else if self.is_a(|c| c.h_BoolType) {
            visitor.visit_bool(value.truth()?)
        } else if self.is_a(|c| c.h_LongType) {
            self.visit_int(visitor)
        } else if self.is_a(|c| c.h_FloatType) {
            visitor.visit_f64(value.extract()?)
        } else if let Some(bytes) = value.as_bytes() {
            visitor.visit_bytes(bytes)
        } else if self.is_mapping() {
            self.deserialize_map(visitor)
        } else if value.has_attr(c"__iter__") {
            visitor.visit_seq(&mut self.items()?)
        } else if value.has_attr(c"__index__") {
            self.visit_int(visitor)
        } else if value.has_attr(c"__float__") {
            visitor.visit_f64(value.extract()?)
        } else {
            Err(Error(expected("a value that serde knows", value)))
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_text() || self.value.is_none() {
            return self.deserialize_any(visitor); // whose error says what was wanted
        }
        visitor.visit_f64(self.value.extract()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_none() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self.deeper()?)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self.deeper()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_text() || self.value.is_sequence() {
            return self.deserialize_any(visitor);
        }
        visitor.visit_bytes(&BytesLike::from_arg(self.value)?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let whole = self.value.as_bytes().is_some() || self.is_text() || self.value.is_none();
        if whole || self.is_mapping() {
            return self.deserialize_any(visitor); // whose error says what was wanted
        }
        visitor.visit_seq(&mut self.items()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        let mut items = self.items()?;
        let read = visitor.visit_seq(&mut items)?;
        match items.items.next() {
            None => Ok(read),
            Some(_) => Err(Error::custom("the sequence has too many items")),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self.pairs()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let depth = deeper(self.depth)?;
        if self.is_text() {
            let name = self.value.to_owned();
            let content = None;
            return visitor.visit_enum(Variant {
                name,
                content,
                depth,
            });
        }
        let mut pairs = self.pairs()?;
        let (Some(name), None) = (pairs.keys.next(), pairs.keys.next()) else {
            return Err(Error::custom("a variant is a dict with one key, its name"));
        };
        let name = name?;
        let content = Some(self.value.get(&name)?);
        visitor.visit_enum(Variant {
            name,
            content,
            depth,
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string unit unit_struct identifier
    }
}

struct Items<'c> {
    items: Iter<'c>,
    depth: usize,
}

impl<'de> SeqAccess<'de> for &mut Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(item) = self.items.next().transpose()? else {
            return Ok(None);
        };
        let (value, depth) = (item.as_borrowed(), self.depth);
        seed.deserialize(Deserializer { value, depth }).map(Some)
    }
}

struct Pairs<'c> {
    mapping: Borrowed<'c>,
    keys: Iter<'c>,
    /// The key whose value comes next.
    key: Option<Handle<'c>>,
    depth: usize,
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(key) = self.keys.next().transpose()? else {
            return Ok(None);
        };
        let (value, depth) = (key.as_borrowed(), self.depth);
        let read = seed.deserialize(Deserializer { value, depth })?;
        self.key = Some(key);
        Ok(Some(read))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let without = || Error::custom("a value without a key is asked for");
        let key = self.key.take().ok_or_else(without)?;
        let value = self.mapping.get(&key)?;
        let (value, depth) = (value.as_borrowed(), self.depth);
        seed.deserialize(Deserializer { value, depth })
    }
}

struct Variant<'c> {
    name: Handle<'c>,
    /// `None` for a name alone.
    content: Option<Handle<'c>>,
    depth: usize,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let (value, depth) = (self.name.as_borrowed(), self.depth);
        let name = seed.deserialize(Deserializer { value, depth })?;
        Ok((name, self))
    }
}

impl Variant<'_> {
    fn content(&self) -> Result<Deserializer<'_>, Error> {
        let without = || Error::custom("the variant has data, and is given as its name alone");
        let content = self.content.as_ref().ok_or_else(without)?;
        let (value, depth) = (content.as_borrowed(), self.depth);
        Ok(Deserializer { value, depth })
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match &self.content {
            Some(content) if !content.is_none() => Err(Error::custom(
                "the variant has no data, and is given with some",
            )),
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_tuple(self.content()?, len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        de::Deserializer::deserialize_map(self.content()?, visitor)
    }
}
