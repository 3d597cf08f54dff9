// SPDX-License-Identifier: GPL-2.0-or-later

//! Values as what functions and filters take: without their form, as numbers, as dates.

use vermilion_core::changelog::Date;
use vermilion_core::text::integer;

use super::evaluate::Evaluator;
use super::scope::{Binding, Scope};
use super::show::{not, truth};
use super::value::{Items, Maps, MapsKind, Plain, Value};
use crate::text::repr;
use crate::{Error, Result};

impl Evaluator<'_> {
    /// Returns a value without its form.
    pub(super) fn plain(&self, scope: &Scope, value: &Value) -> Result<Plain> {
        Ok(match value {
            Value::Nothing => Plain::None,
            Value::Text(text) => Plain::Text(text.clone()),
            Value::Number(number) => Plain::Number(*number),
            Value::Bool(truth) => Plain::Bool(*truth),
            Value::Flag(flag) => Plain::Text(flag.to_string().into_bytes()),
            Value::Date(date, _) => Plain::Date(date.seconds, date.offset.into()),
            Value::List(list) => match &list.items {
                Items::Sequence(items) => Plain::List(items.clone()),
                Items::Dictionary(items) => {
                    let pairs = items.iter();
                    let pairs =
                        pairs.map(|(key, value)| Ok((key.clone(), self.plain(scope, value)?)));
                    Plain::Dictionary(pairs.collect::<Result<_>>()?)
                }
            },
            Value::Item(item) => self.plain(scope, &item.value)?,
            Value::Revs(revs) => Plain::Revs(revs.revs.clone()),
            Value::Maps(maps) => self.plain_maps(scope, maps)?,
            Value::Mapped(made) => Plain::List(made.iter().cloned().map(Plain::Text).collect()),
            Value::Plain(plain) => (**plain).clone(),
        })
    }

    fn plain_maps(&self, scope: &Scope, maps: &Maps) -> Result<Plain> {
        let mut all = Vec::new();
        for map in &maps.maps {
            let inner = self.overlaid(scope, map)?;
            let mut pairs = Vec::new();
            for (name, binding) in &map.vars {
                let Binding::Value(value) = binding else {
                    return Err(not("to be taken out"));
                };
                pairs.push((name.to_vec(), self.plain(&inner, value)?));
            }
            all.push(Plain::Dictionary(pairs));
        }
        Ok(match maps.kind {
            MapsKind::Sequence => Plain::List(all),
            MapsKind::One => all.pop().unwrap_or(Plain::None),
            MapsKind::None => Plain::None,
        })
    }

    /// Returns a value as a number.
    pub(super) fn number(&self, scope: &Scope, value: &Value) -> Result<i64> {
        number_of(&self.plain(scope, value)?).ok_or_else(|| not("a number"))
    }

    /// Returns a value as a date.
    pub(super) fn date(&self, scope: &Scope, value: &Value) -> Result<Date> {
        match self.plain(scope, value)? {
            Plain::Date(seconds, offset) | Plain::Moment(seconds, offset) => Ok(Date {
                seconds,
                offset: i32::try_from(offset).map_err(|_| not("a date"))?,
            }),
            Plain::None | Plain::Number(0) => Ok(Date::default()),
            Plain::Text(text) => {
                let wrong = || Error::unsupported(format!("the date {}", repr(&text)));
                crate::dates::parse(&text).map_err(|_| wrong())
            }
            _ => Err(not("a date")),
        }
    }
}

/// Returns a value as a number, if Python has one for it.
pub(super) fn number_of(plain: &Plain) -> Option<i64> {
    match plain {
        Plain::Number(number) => Some(*number),
        Plain::Bool(truth) => Some((*truth).into()),
        Plain::Text(text) => integer(text),
        _ => None,
    }
}

/// Returns all items of a list, one after the other.
pub(super) fn flattened(plain: &Plain) -> Vec<u8> {
    match plain {
        Plain::None => Vec::new(),
        Plain::Bool(value) => truth(*value).to_vec(),
        Plain::Number(number) => number.to_string().into_bytes(),
        Plain::Text(text) => text.clone(),
        Plain::List(items) => items.iter().flat_map(flattened).collect(),
        Plain::Dictionary(items) => items.iter().flat_map(|(key, _)| key.clone()).collect(),
        Plain::Date(seconds, offset) => format!("{seconds}{offset}").into_bytes(),
        Plain::Moment(seconds, offset) => format!("{seconds}.0{offset}").into_bytes(),
        Plain::Revs(revs) => revs
            .iter()
            .flat_map(|rev| rev.to_string().into_bytes())
            .collect(),
    }
}
