// SPDX-License-Identifier: GPL-2.0-or-later

//! What a changeset says of itself.

use std::os::unix::ffi::OsStrExt as _;
use std::rc::Rc;

use vermilion_core::RepoPath;
use vermilion_core::text::trim;

use crate::template::evaluate::Evaluator;
use crate::template::scope::{Changeset, Overlay, Scope, Where};
use crate::template::value::{Compat, CompatItems, Each, Form, Items, List, Plain, Shown, Value};
use crate::{Error, Result};

/// The number and the node of the working copy.
pub(super) const WORKING_REV: i64 = i32::MAX as i64;
pub(super) const WORKING_NODE: &[u8] = b"ffffffffffffffffffffffffffffffffffffffff";

/// Returns a list of texts that is shown by templates that are called like its items.
pub(super) fn compat_list(
    scope: &Scope,
    name: &'static str,
    plural: impl Into<std::borrow::Cow<'static, str>>,
    texts: Vec<Vec<u8>>,
    each: Each,
) -> Value {
    Value::List(Rc::new(List {
        items: Items::Sequence(texts.iter().cloned().map(Plain::Text).collect()),
        each,
        form: Form::Plain,
        shown: Shown::Compat(Box::new(Compat {
            name,
            plural: plural.into(),
            separator: b" ",
            scope: scope.clone(),
            items: CompatItems::Texts(texts),
            is_spent: false.into(),
        })),
        is_numeric: false,
    }))
}

pub(super) fn user(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    ev.with_content(ev.rev(scope)?, |content| {
        Ok(Value::Text(ev.env.text(content.user())?.into_owned()))
    })
}

pub(super) fn branch_of(ev: &Evaluator<'_>, scope: &Scope) -> Result<Vec<u8>> {
    if scope.changeset == Some(Changeset::WorkingCopy) {
        let branch = ev.env.snapshot()?.repository().working_branch()?;
        return Ok(ev.env.text(&branch)?.into_owned());
    }
    ev.with_content(ev.rev(scope)?, |content| {
        Ok(ev.env.text(content.branch())?.into_owned())
    })
}

pub(super) fn branch(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    Ok(Value::Text(branch_of(ev, scope)?))
}

pub(super) fn branches(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let branch = branch_of(ev, scope)?;
    let branches = if branch == b"default" {
        Vec::new()
    } else {
        vec![branch]
    };
    let each = Each::Named(b"branch"[..].into());
    Ok(compat_list(scope, "branch", "branches", branches, each))
}

pub(super) fn closes_branch(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    ev.with_content(ev.rev(scope)?, |content| {
        Ok(Value::Flag(content.closes_branch()))
    })
}

pub(super) fn date(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    ev.with_content(ev.rev(scope)?, |content| {
        Ok(Value::Date(content.date(), true))
    })
}

pub(super) fn description(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    ev.with_content(ev.rev(scope)?, |content| {
        let text = ev.env.text(content.description())?;
        Ok(Value::Text(trim(&text).to_vec()))
    })
}

pub(super) fn extras(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let mut extras = std::collections::BTreeMap::new();
    extras.insert(b"branch".to_vec(), b"default".to_vec());
    ev.with_content(ev.rev(scope)?, |content| {
        for (key, value) in content.extra() {
            extras.insert(key.into_owned(), value.into_owned());
        }
        Ok(())
    })?;
    let overlays = extras.iter().map(|(key, value)| {
        let known = Overlay::default().named("key", Value::Text(key.clone()));
        known.named("value", Value::Text(value.clone()))
    });
    let overlays = overlays.collect();
    let items = extras
        .into_iter()
        .map(|(key, value)| (key, Value::Text(value)));
    Ok(Value::List(Rc::new(List {
        items: Items::Dictionary(items.collect()),
        each: Each::Pair(b"key"[..].into(), b"value"[..].into()),
        form: Form::EscapedPair,
        shown: Shown::Compat(Box::new(Compat {
            name: "extra",
            plural: "extras".into(),
            separator: b" ",
            scope: scope.clone(),
            items: CompatItems::Overlays(overlays),
            is_spent: false.into(),
        })),
        is_numeric: false,
    })))
}

pub(super) fn files(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    ev.with_content(ev.rev(scope)?, |content| {
        let files = content.files().map(RepoPath::as_bytes);
        Ok(super::file_list(
            scope,
            "file",
            files.map(<[u8]>::to_vec).collect(),
        ))
    })
}

pub(super) fn node(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    if scope.changeset == Some(Changeset::WorkingCopy) {
        return Ok(Value::Text(WORKING_NODE.to_vec()));
    }
    Ok(Value::Text(ev.env.node(ev.rev(scope)?)?))
}

pub(super) fn rev(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    if scope.changeset == Some(Changeset::WorkingCopy) {
        return Ok(Value::Number(WORKING_REV));
    }
    Ok(Value::Number(ev.rev(scope)?.get().into()))
}

pub(super) fn negative_rev(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let rev = match scope.changeset {
        Some(Changeset::Rev(rev)) if !rev.is_null() => rev,
        _ => return Ok(Value::Nothing),
    };
    // Those that are hidden count as well.
    let len = ev.env.snapshot()?.refs().changelog().len();
    Ok(Value::Number(i64::from(rev.get()) - len as i64))
}

pub(super) fn root(ev: &Evaluator<'_>, _: &Scope) -> Result<Value> {
    let root = ev.env.snapshot()?.repository().root();
    Ok(Value::Text(root.as_os_str().as_bytes().to_vec()))
}

pub(super) fn verbosity(ev: &Evaluator<'_>, _: &Scope) -> Result<Value> {
    let word: &[u8] = match (ev.env.is_quiet, ev.env.is_verbose) {
        (true, _) => b"quiet",
        (_, true) => b"verbose",
        _ => b"",
    };
    Ok(Value::Text(word.to_vec()))
}

pub(super) fn width(ev: &Evaluator<'_>, _: &Scope) -> Result<Value> {
    Ok(Value::Number(ev.env.width()? as i64))
}

pub(super) fn summary(ev: &Evaluator<'_>, scope: &Scope) -> Result<Value> {
    let library = ev.env.summary.as_ref();
    let library = library.ok_or_else(|| Error::unsupported("a summary within a summary"))?;
    let inner = ev.beside(library);
    let scope = Scope::new(Some(Changeset::Rev(ev.rev(scope)?)), Where::Everywhere);
    let shown = inner.render(&library.whole, &scope)?;
    let end = memchr::memchr(b'\n', &shown).unwrap_or(shown.len());
    Ok(Value::Text(shown[..end].to_vec()))
}
