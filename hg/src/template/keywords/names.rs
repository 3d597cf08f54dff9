// SPDX-License-Identifier: GPL-2.0-or-later

//! What changesets are called.

use std::rc::Rc;

use vermilion_core::Rev;
use vermilion_core::refs::Found as Symbol;

use super::changeset::{branch_of, compat_list};
use crate::template::evaluate::{Evaluator, Found};
use crate::template::scope::{Changeset, Scope};
use crate::template::value::{Compat, CompatItems, Each, Form, Items, List, Plain, Shown, Value};
use crate::text::TextMatcher;
use crate::{Error, Result};

pub(super) fn active_bookmark(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let active = ev.env.active_bookmark()?;
    let own = bookmarks_of(ev, scope)?;
    let active = active.filter(|active| own.contains(active));
    Ok(Value::Text(active.unwrap_or_default()))
}

fn bookmarks_of(ev: &Evaluator<'_>, scope: &Scope) -> Result<Vec<Vec<u8>>> {
    Ok(ev.env.names()?.bookmarks(ev.rev(scope)?))
}

pub(super) fn bookmarks(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let each = Each::Bookmark(ev.env.active_bookmark()?);
    Ok(compat_list(
        scope,
        "bookmark",
        "bookmarks",
        bookmarks_of(ev, scope)?,
        each,
    ))
}

pub(super) fn tags(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let tags = ev.env.names()?.tags(ev.rev(scope)?);
    Ok(compat_list(
        scope,
        "tag",
        "tags",
        tags,
        Each::Named(b"tag"[..].into()),
    ))
}

/// A kind of names: what it is called, what each is called in a loop, and the names.
type Kind = (&'static str, &'static [&'static str], Vec<Vec<u8>>);

pub(super) fn namespaces(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = ev.rev(scope)?;
    let names = ev.env.names()?;
    let branch = branch_of(ev, scope)?;
    let kinds: [Kind; 3] = [
        ("bookmarks", &["name", "bookmark"], names.bookmarks(rev)),
        ("tags", &["name", "tag"], names.tags(rev)),
        ("branches", &["name", "branch"], vec![branch]),
    ];
    let items = kinds.map(|(kind, called, names)| {
        let list = compat_list(scope, "name", "names", names, Each::Alike(called));
        (kind.as_bytes().to_vec(), list)
    });
    let kinds = items.iter().map(|(kind, _)| kind.clone()).collect();
    Ok(Value::List(Rc::new(List {
        items: Items::Dictionary(items.into()),
        each: Each::Namespace,
        form: Form::Plain,
        shown: Shown::Compat(Box::new(Compat {
            name: "namespace",
            plural: "namespaces".into(),
            separator: b" ",
            scope: scope.clone(),
            items: CompatItems::Texts(kinds),
            is_spent: false.into(),
        })),
        is_numeric: false,
    })))
}

/// Returns the tags of the nearest tagged changeset, `null` if there is none, and how far it is
/// away.
fn nearest(
    ev: &Evaluator<'_>,
    scope: &Scope,
    pattern: Option<&[u8]>,
) -> Result<(Vec<Vec<u8>>, usize)> {
    let rev = ev.rev(scope)?;
    let matcher = pattern.map(TextMatcher::name).transpose()?;
    let names = ev.env.names()?;
    let mut tagged = Vec::new();
    for (of, name) in names.global_tags() {
        let is_meant = match &matcher {
            Some(matcher) => matcher.matches(name)?,
            None => true,
        };
        if is_meant {
            tagged.push((of, name));
        }
    }
    let mut revs: Vec<Rev> = tagged.iter().map(|(rev, _)| *rev).collect();
    revs.dedup();
    let known = ev.env.latest_tag(rev).filter(|_| pattern.is_none());
    let latest = match known {
        Some(latest) => latest,
        None => ev.env.snapshot()?.refs().latest_tag(rev, &revs)?,
    };
    let found = tagged.iter().filter(|(of, _)| *of == latest.rev);
    let mut found: Vec<Vec<u8>> = found.map(|(_, name)| name.to_vec()).collect();
    found.sort_unstable();
    if found.is_empty() {
        found.push(b"null".to_vec());
    }
    Ok((found, latest.distance))
}

pub(in super::super) fn latest_tags(
    ev: &Evaluator<'_>,
    scope: &Scope,
    pattern: Option<&[u8]>,
) -> Result<Value> {
    let (tags, distance) = nearest(ev, scope, pattern)?;
    Ok(Value::List(Rc::new(List {
        items: Items::Sequence(tags.iter().cloned().map(Plain::Text).collect()),
        each: Each::LatestTag(distance as i64),
        form: Form::Plain,
        shown: Shown::Compat(Box::new(Compat {
            name: "latesttag",
            plural: "latesttags".into(),
            separator: b":",
            scope: scope.clone(),
            items: CompatItems::Texts(tags),
            is_spent: false.into(),
        })),
        is_numeric: false,
    })))
}

pub(super) fn latest_tag_distance(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(Value::Number(nearest(ev, scope, None)?.1 as i64))
}

pub(super) fn changes_since_latest_tag(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let (tags, _) = nearest(ev, scope, None)?;
    let tag = tags.first().cloned().unwrap_or_default();
    since(ev, ev.rev(scope)?, &tag)
}

/// Returns how many changesets came since the tag that a loop is about.
pub(in super::super) fn changes_since_tag(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let Found::Value(Value::Text(tag)) = ev.symbol(scope, b"tag")? else {
        return Err(Error::unsupported("changes since no tag"));
    };
    match scope.changeset {
        Some(Changeset::Rev(rev)) => since(ev, rev, &tag),
        _ => Err(Error::unsupported("changes since a tag")),
    }
}

fn since(ev: &Evaluator<'_>, rev: Rev, tag: &[u8]) -> Result<Value> {
    let refs = ev.env.snapshot()?.refs();
    let Ok(Symbol::Rev(tagged)) = refs.lookup(tag) else {
        return Err(Error::unsupported("changes since a tag that is not there"));
    };
    let count = refs.changelog().graph()?.only(&[rev], &[tagged])?.len();
    Ok(Value::Number(count as i64))
}
