// SPDX-License-Identifier: GPL-2.0-or-later

//! What can be asked of values: whether they are true, what is in them, which item is the greatest.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::convert::number_of;
use super::evaluate::Evaluator;
use super::scope::Scope;
use super::show::{known_of_rev, not};
use super::value::{Item, Items, List, Plain, Revs, Shown, Value};
use crate::Result;

impl Evaluator<'_> {
    /// Tells whether a value counts as true.
    pub(super) fn truth(&self, value: &Value) -> Result<bool> {
        Ok(match value {
            Value::Nothing => false,
            Value::Text(text) => !text.is_empty(),
            Value::Bool(truth) | Value::Flag(truth) => *truth,
            Value::Number(_) | Value::Date(..) | Value::Plain(_) => true,
            Value::List(list) => list.items.len() > 0,
            Value::Item(item) => self.truth(&item.value)?,
            Value::Revs(revs) => !revs.revs.is_empty(),
            Value::Maps(maps) => !maps.maps.is_empty(),
            Value::Mapped(made) => !made.is_empty(),
        })
    }

    /// Tells whether something is in a value; what cannot be compared is not.
    pub(super) fn contains(&self, scope: &Scope, value: &Value, item: &Value) -> Result<bool> {
        Ok(match value {
            Value::Text(text) => {
                let item = self.show(scope, item)?;
                memchr::memmem::find(text, &item).is_some()
            }
            Value::List(list) => {
                let item = if list.is_numeric {
                    match number_of(&self.plain(scope, item)?) {
                        Some(number) => Plain::Number(number),
                        None => return Ok(false),
                    }
                } else {
                    self.plain(scope, item)?
                };
                if matches!(item, Plain::List(_) | Plain::Dictionary(_) | Plain::Revs(_)) {
                    return Err(not("comparable"));
                }
                (0..list.items.len()).any(|at| list.items.key(at) == item)
            }
            Value::Item(own) => self.contains(scope, &own.value, item)?,
            Value::Revs(revs) => match number_of(&self.plain(scope, item)?) {
                Some(number) => revs.revs.iter().any(|rev| i64::from(rev.get()) == number),
                None => false,
            },
            Value::Mapped(made) => made.contains(&self.show(scope, item)?),
            _ => false,
        })
    }

    /// Returns the member of a dictionary.
    pub(super) fn member(&self, scope: &Scope, value: &Value, key: &Value) -> Result<Value> {
        match value {
            Value::List(list) if matches!(list.items, Items::Dictionary(_)) => {
                let Items::Dictionary(items) = &list.items else {
                    return Err(not("a dictionary"));
                };
                let key = match self.plain(scope, key)? {
                    Plain::Text(key) => key,
                    Plain::None | Plain::Bool(_) | Plain::Number(_) => return Ok(Value::Nothing),
                    _ => return Err(not("a key")),
                };
                match items.iter().find(|(own, _)| *own == key) {
                    None => Ok(Value::Nothing),
                    Some((_, Value::Nothing)) => Ok(Value::Nothing),
                    Some((_, nested @ Value::List(_))) => Ok(nested.clone()),
                    Some((_, value)) => self.item(list, &Plain::Text(key), value.clone()),
                }
            }
            Value::Item(item) => self.member(scope, &item.value, key),
            _ => Err(not("a dictionary")),
        }
    }

    fn item(&self, list: &List, key: &Plain, value: Value) -> Result<Value> {
        Ok(Value::Item(Rc::new(Item {
            shown: None,
            value,
            members: self.known_of(list, key)?,
        })))
    }

    /// Returns the least item of a value, or the greatest.
    pub(super) fn extreme(&self, value: &Value, is_greatest: bool) -> Result<Value> {
        fn choose<T: Ord>(items: impl Iterator<Item = T>, is_greatest: bool) -> Result<T> {
            let found = if is_greatest {
                items.max()
            } else {
                items.min()
            };
            found.ok_or_else(|| not("empty"))
        }
        Ok(match value {
            Value::Text(text) => Value::Text(vec![choose(text.iter().copied(), is_greatest)?]),
            Value::Mapped(made) => Value::Text(choose(made.iter(), is_greatest)?.clone()),
            Value::Item(item) => self.extreme(&item.value, is_greatest)?,
            Value::Revs(revs) => {
                let rev = choose(revs.revs.iter().copied(), is_greatest)?;
                Value::Item(Rc::new(Item {
                    shown: None,
                    value: Value::Number(rev.get().into()),
                    members: known_of_rev(revs, rev),
                }))
            }
            Value::List(list) => {
                let keys = (0..list.items.len()).map(|at| list.items.key(at));
                let (mut texts, mut numbers) = (Vec::new(), Vec::new());
                for key in keys {
                    match key {
                        Plain::Text(text) => texts.push(text),
                        Plain::Number(number) => numbers.push(number),
                        _ => return Err(not("comparable")),
                    }
                }
                let found = match (texts.is_empty(), numbers.is_empty()) {
                    (false, true) => Plain::Text(choose(texts.into_iter(), is_greatest)?),
                    (true, false) => Plain::Number(choose(numbers.into_iter(), is_greatest)?),
                    _ => return Err(not("comparable")),
                };
                self.item(list, &found, found.clone().into())?
            }
            _ => return Err(not("iterable")),
        })
    }

    /// Returns a value with only those items for which `select` is true.
    pub(super) fn filtered(
        &self,
        value: &Value,
        select: impl Fn(&Value) -> Result<bool>,
    ) -> Result<Value> {
        match value {
            Value::List(list) => {
                let mut kept = BTreeSet::new();
                for at in 0..list.items.len() {
                    let key = list.items.key(at);
                    let item = match &list.items {
                        Items::Sequence(_) => self.item(list, &key, key.clone().into())?,
                        Items::Dictionary(items) => match &items[at].1 {
                            nested @ Value::List(_) => nested.clone(),
                            Value::Nothing => return Err(not("filterable")),
                            value => self.item(list, &key, value.clone())?,
                        },
                    };
                    if select(&item)? {
                        kept.insert(at);
                    }
                }
                let is_kept = |at: &usize| kept.contains(at);
                let items = match &list.items {
                    Items::Sequence(items) => {
                        let kept = (0..items.len()).filter(is_kept);
                        Items::Sequence(kept.map(|at| items[at].clone()).collect())
                    }
                    Items::Dictionary(items) => {
                        let kept = (0..items.len()).filter(is_kept);
                        Items::Dictionary(kept.map(|at| items[at].clone()).collect())
                    }
                };
                Ok(Value::List(Rc::new(List {
                    items,
                    shown: Shown::Joined,
                    ..(**list).clone()
                })))
            }
            Value::Revs(revs) => {
                let mut kept = Vec::new();
                for &rev in &revs.revs {
                    let item = Item {
                        shown: None,
                        value: Value::Number(rev.get().into()),
                        members: known_of_rev(revs, rev),
                    };
                    if select(&Value::Item(Rc::new(item)))? {
                        kept.push(rev);
                    }
                }
                Ok(Value::Revs(Rc::new(Revs {
                    revs: kept,
                    is_named: false,
                    scope: revs.scope.clone(),
                })))
            }
            Value::Mapped(made) => {
                let mut kept = Vec::new();
                for text in made.iter() {
                    if select(&Value::Text(text.clone()))? {
                        kept.push(text.clone());
                    }
                }
                Ok(Value::Mapped(Rc::new(kept)))
            }
            Value::Item(item) => self.filtered(&item.value, select),
            _ => Err(not("filterable")),
        }
    }
}
