// SPDX-License-Identifier: GPL-2.0-or-later

//! What can be asked of values: how they are shown, joined, compared and looked through.

use std::collections::BTreeSet;
use std::rc::Rc;

use vermilion_core::Rev;
use vermilion_core::changelog::Date;
use vermilion_core::text::integer;

use super::compile::Library;
use super::evaluate::Evaluator;
use super::scope::{Binding, Changeset, Overlay, Scope};
use super::value::{
    Compat, CompatItems, Each, Form, Item, Items, List, Maps, MapsKind, Plain, Revs, Shown, Value,
};
use crate::text::repr;
use crate::{Error, Result};

/// Returns the error for what Mercurial has an error for.
fn not(what: &str) -> Error {
    Error::unsupported(format!("a value in a template that is not {what}"))
}

fn truth(truth: bool) -> &'static [u8] {
    if truth { b"True" } else { b"False" }
}

impl Evaluator<'_> {
    /// Returns how a value is shown.
    pub(super) fn show(&self, scope: &Scope, value: &Value) -> Result<Vec<u8>> {
        Ok(match value {
            Value::Nothing => Vec::new(),
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string().into_bytes(),
            Value::Bool(value) => truth(*value).to_vec(),
            Value::Flag(flag) => flag.to_string().into_bytes(),
            Value::Date(date, with_decimal) => {
                let decimal = if *with_decimal { ".0" } else { " " };
                format!("{}{decimal}{}", date.seconds, date.offset).into_bytes()
            }
            Value::List(list) => match &list.shown {
                Shown::Joined => self.join(scope, value, b" ")?,
                Shown::Text(text) => text.clone(),
                Shown::Compat(compat) => self.show_compat(compat)?,
            },
            Value::Item(item) => match &item.shown {
                Some(shown) => shown.clone(),
                None => match &item.value {
                    Value::List(_) | Value::Plain(_) => return Err(not("to be shown")),
                    value => self.show(scope, value)?,
                },
            },
            Value::Revs(revs) if revs.is_named => self.show_compat(&compat_of(revs))?,
            Value::Revs(_) => self.join(scope, value, b" ")?,
            Value::Maps(maps) => self.join(scope, value, &maps.separator)?,
            Value::Mapped(made) => made.concat(),
            Value::Plain(plain) => flattened(plain),
        })
    }

    /// Returns the items of a value, with something between them.
    pub(super) fn join(&self, scope: &Scope, value: &Value, separator: &[u8]) -> Result<Vec<u8>> {
        let parts: Vec<Vec<u8>> = match value {
            Value::Text(text) => text.iter().map(|&byte| vec![byte]).collect(),
            Value::List(list) => (0..list.items.len())
                .map(|at| self.form(list, at))
                .collect::<Result<_>>()?,
            Value::Item(item) => return self.join(scope, &item.value, separator),
            Value::Revs(revs) => revs.revs.iter().map(|rev| rev.to_string().into_bytes()).collect(),
            Value::Mapped(made) => made.to_vec(),
            Value::Maps(maps) if maps.kind != MapsKind::None => {
                let template = maps.template.as_ref().ok_or_else(|| not("displayable"))?;
                let template = Library::new(template, &Default::default(), &Default::default())?;
                let mut parts = Vec::new();
                for (at, overlay) in maps.maps.iter().enumerate() {
                    let inner = self.overlaid_item(scope, overlay, at)?;
                    parts.push(self.render(&template.whole, &inner)?);
                }
                parts
            }
            Value::Maps(_) if separator.is_empty() => Vec::new(),
            _ => return Err(not("iterable")),
        };
        Ok(parts.join(separator))
    }

    /// Returns an item as it is joined with others.
    fn form(&self, list: &List, at: usize) -> Result<Vec<u8>> {
        let key = list.items.key(at);
        let text = |plain: &Plain| match plain {
            Plain::Text(text) => Ok(text.clone()),
            Plain::Number(number) => Ok(number.to_string().into_bytes()),
            Plain::Bool(value) => Ok(truth(*value).to_vec()),
            _ => Err(not("to be joined")),
        };
        let value = |at: usize| match &list.items {
            Items::Dictionary(items) => match &items[at].1 {
                Value::Text(text) => Ok(text.clone()),
                Value::Number(number) => Ok(number.to_string().into_bytes()),
                Value::Bool(value) => Ok(truth(*value).to_vec()),
                Value::Nothing => Ok(b"None".to_vec()),
                _ => Err(not("to be joined")),
            },
            Items::Sequence(_) => Err(not("a dictionary")),
        };
        Ok(match list.form {
            Form::Plain => text(&key)?,
            Form::Pair => [&text(&key)?[..], b"=", &value(at)?].concat(),
            Form::EscapedPair => {
                [&text(&key)?[..], b"=", &super::filters::escaped(&value(at)?)].concat()
            }
            Form::Copy => [&text(&key)?[..], b" (", &value(at)?, b")"].concat(),
            Form::Changeset => match self.listed_changeset(&key)? {
                Changeset::Rev(rev) => self.env.called(rev)?,
                _ => return Err(not("a changeset")),
            },
        })
    }

    /// Returns the changeset that an item of a list of them stands for.
    fn listed_changeset(&self, key: &Plain) -> Result<Changeset> {
        match key {
            Plain::Number(number) => {
                let rev = i32::try_from(*number).map_err(|_| not("a changeset"))?;
                Ok(Changeset::Rev(Rev::new(rev)))
            }
            Plain::Text(hex) => {
                let scope = Scope::new(None, super::scope::Where::Everywhere);
                self.changeset_of(&scope, &Value::Text(hex.clone()))
            }
            _ => Err(not("a changeset")),
        }
    }

    /// Shows a list by the templates that are called like its items.
    fn show_compat(&self, compat: &Compat) -> Result<Vec<u8>> {
        if compat.is_spent.replace(true) {
            return Ok(Vec::new());
        }
        let (name, plural, scope) = (compat.name, &compat.plural, &compat.scope);
        let named = |name: String| self.named(name.as_bytes(), scope);
        let overlays: Vec<Overlay> = match &compat.items {
            CompatItems::Texts(texts) => {
                if texts.is_empty() {
                    return Ok(named(format!("no_{plural}"))?.unwrap_or_default());
                }
                if self.library.get(name.as_bytes())?.is_none() {
                    return Ok(texts.join(compat.separator));
                }
                let of = |text: &Vec<u8>| Overlay::default().named(name, Value::Text(text.clone()));
                texts.iter().map(of).collect()
            }
            CompatItems::Overlays(overlays) => {
                if overlays.is_empty() {
                    return Ok(named(format!("no_{plural}"))?.unwrap_or_default());
                }
                overlays.clone()
            }
        };
        let mut shown = named(format!("start_{plural}"))?.unwrap_or_default();
        let last_name = format!("last_{name}");
        let has_last = self.library.get(last_name.as_bytes())?.is_some();
        for (at, overlay) in overlays.iter().enumerate() {
            let is_last = has_last && at + 1 == overlays.len();
            let template = if is_last { &last_name[..] } else { name };
            let inner = self.overlaid(scope, overlay)?;
            let one = self.named(template.as_bytes(), &inner)?;
            shown.extend(one.ok_or_else(|| not("displayable"))?);
        }
        shown.extend(named(format!("end_{plural}"))?.unwrap_or_default());
        Ok(shown)
    }

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

    /// Returns what a template may be applied to.
    pub(super) fn maps(&self, value: &Value) -> Result<Vec<Overlay>> {
        match value {
            Value::List(list) => (0..list.items.len())
                .map(|at| self.known_of(list, &list.items.key(at)))
                .collect(),
            Value::Revs(revs) => Ok(revs.revs.iter().map(|&rev| known_of_rev(revs, rev)).collect()),
            Value::Maps(maps) => Ok(maps.maps.clone()),
            _ => {
                let members = self.members(value);
                members.map(|members| vec![members]).ok_or_else(|| not("iterable of mappings"))
            }
        }
    }

    /// Returns the members of a value that has any.
    pub(super) fn members(&self, value: &Value) -> Option<Overlay> {
        match value {
            Value::Item(item) => Some(item.members.clone()),
            Value::Maps(maps) if maps.kind == MapsKind::One => maps.maps.first().cloned(),
            Value::Date(date, _) => Some(
                Overlay::default()
                    .named("unixtime", Value::Number(date.seconds))
                    .named("tzoffset", Value::Number(date.offset.into())),
            ),
            _ => None,
        }
    }

    /// Returns what is known of an item in a loop.
    fn known_of(&self, list: &List, key: &Plain) -> Result<Overlay> {
        let value = || match (&list.items, key) {
            (Items::Dictionary(items), Plain::Text(key)) => {
                let found = items.iter().find(|(own, _)| own == key);
                found.map_or(Value::Nothing, |(_, value)| value.clone())
            }
            _ => Value::Nothing,
        };
        let own = || Value::from(key.clone());
        let known = Overlay::default();
        Ok(match &list.each {
            Each::Named(name) => known.with(name.clone(), own()),
            Each::Alike(names) => names.iter().fold(known, |known, name| known.named(name, own())),
            Each::Bookmark(active) => {
                let active = active.clone().map_or(Value::Nothing, Value::Text);
                let known = known.named("bookmark", own());
                known.named("active", active.clone()).named("current", active)
            }
            Each::Pair(key, name) => known.with(key.clone(), own()).with(name.clone(), value()),
            Each::Copy => {
                let known = known.named("name", own()).named("path", own());
                known.named("source", value())
            }
            Each::Changeset => Overlay::of(self.listed_changeset(key)?),
            Each::LatestTag(distance) => {
                let mut known = known.named("distance", Value::Number(*distance));
                known.vars.push((b"changes"[..].into(), Binding::ChangesSinceTag));
                known.named("latesttag", own()).named("tag", own())
            }
            Each::Namespace => {
                let colour: &[u8] = match key {
                    Plain::Text(name) if name == b"bookmarks" => b"bookmark",
                    Plain::Text(name) if name == b"tags" => b"tag",
                    _ => b"branch",
                };
                let known = known.named("namespace", own()).named("names", value());
                let known = known.named("builtin", Value::Bool(true));
                known.named("colorname", Value::Text(colour.to_vec()))
            }
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
                let Plain::Text(key) = self.plain(scope, key)? else {
                    return Err(not("a key"));
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
            let found = if is_greatest { items.max() } else { items.min() };
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
                    let pairs = pairs.map(|(key, value)| Ok((key.clone(), self.plain(scope, value)?)));
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
            Plain::Date(seconds, offset) => Ok(Date {
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

fn number_of(plain: &Plain) -> Option<i64> {
    match plain {
        Plain::Number(number) => Some(*number),
        Plain::Bool(truth) => Some((*truth).into()),
        Plain::Text(text) => integer(text),
        _ => None,
    }
}

/// Returns all items of a list, one after the other.
fn flattened(plain: &Plain) -> Vec<u8> {
    match plain {
        Plain::None => Vec::new(),
        Plain::Bool(value) => truth(*value).to_vec(),
        Plain::Number(number) => number.to_string().into_bytes(),
        Plain::Text(text) => text.clone(),
        Plain::List(items) => items.iter().flat_map(flattened).collect(),
        Plain::Dictionary(items) => items.iter().flat_map(|(key, _)| key.clone()).collect(),
        Plain::Date(seconds, offset) => format!("{seconds}{offset}").into_bytes(),
        Plain::Revs(revs) => revs.iter().flat_map(|rev| rev.to_string().into_bytes()).collect(),
    }
}

fn known_of_rev(revs: &Revs, rev: Rev) -> Overlay {
    let known = Overlay::of(Changeset::Rev(rev));
    if revs.is_named {
        known.named("revision", Value::Number(rev.get().into()))
    } else {
        known
    }
}

fn compat_of(revs: &Revs) -> Compat {
    let texts = revs.revs.iter().map(|rev| rev.to_string().into_bytes());
    Compat {
        name: "revision",
        plural: "revisions".into(),
        separator: b" ",
        scope: revs.scope.clone(),
        items: CompatItems::Texts(texts.collect()),
        is_spent: false.into(),
    }
}
