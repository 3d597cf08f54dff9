// SPDX-License-Identifier: GPL-2.0-or-later

//! How values are shown and joined, and what is known of their items in a loop.

use vermilion_core::Rev;

use super::compile::Library;
use super::convert::flattened;
use super::evaluate::Evaluator;
use super::scope::{Binding, Changeset, Overlay, Scope};
use super::value::{
    Compat, CompatItems, Each, Form, Items, List, MapsKind, Plain, Revs, Shown, Value,
};
use crate::{Error, Result};

/// Returns the error for what Mercurial has an error for.
pub(super) fn not(what: &str) -> Error {
    Error::unsupported(format!("a value in a template that is not {what}"))
}

pub(super) fn truth(truth: bool) -> &'static [u8] {
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
            Value::Revs(revs) => revs
                .revs
                .iter()
                .map(|rev| rev.to_string().into_bytes())
                .collect(),
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
            Form::EscapedPair => [
                &text(&key)?[..],
                b"=",
                &super::filters::escaped(&value(at)?),
            ]
            .concat(),
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

    /// Returns what a template may be applied to.
    pub(super) fn maps(&self, value: &Value) -> Result<Vec<Overlay>> {
        match value {
            Value::List(list) => (0..list.items.len())
                .map(|at| self.known_of(list, &list.items.key(at)))
                .collect(),
            Value::Revs(revs) => Ok(revs
                .revs
                .iter()
                .map(|&rev| known_of_rev(revs, rev))
                .collect()),
            Value::Maps(maps) => Ok(maps.maps.clone()),
            _ => {
                let members = self.members(value);
                members
                    .map(|members| vec![members])
                    .ok_or_else(|| not("iterable of mappings"))
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
    pub(super) fn known_of(&self, list: &List, key: &Plain) -> Result<Overlay> {
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
            Each::Alike(names) => names
                .iter()
                .fold(known, |known, name| known.named(name, own())),
            Each::Bookmark(active) => {
                let active = active.clone().map_or(Value::Nothing, Value::Text);
                let known = known.named("bookmark", own());
                known
                    .named("active", active.clone())
                    .named("current", active)
            }
            Each::Pair(key, name) => known.with(key.clone(), own()).with(name.clone(), value()),
            Each::Copy => {
                let known = known.named("name", own()).named("path", own());
                known.named("source", value())
            }
            Each::Changeset => Overlay::of(self.listed_changeset(key)?),
            Each::LatestTag(distance) => {
                let mut known = known.named("distance", Value::Number(*distance));
                known
                    .vars
                    .push((b"changes"[..].into(), Binding::ChangesSinceTag));
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
}

pub(super) fn known_of_rev(revs: &Revs, rev: Rev) -> Overlay {
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
