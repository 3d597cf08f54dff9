// SPDX-License-Identifier: GPL-2.0-or-later

//! Predicates about what changesets say of themselves.

use std::collections::HashSet;
use std::sync::Arc;

use memchr::memmem;
use vermilion_core::Rev;
use vermilion_core::changelog::Changeset;

use super::super::arguments::{between, named, nothing, text, wrong};
use super::super::evaluate::Evaluator;
use super::super::sets::{self, Condition, Set};
use super::super::tree::Tree;
use crate::dates::DateMatcher;
use crate::text::{Search, TextMatcher, lossy, lower, shown, split_pattern};
use crate::{Error, Result};

/// Returns the members of `subset` for whose changesets a test is true.
pub(super) fn matching<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    test: impl Fn(&Changeset<'_>) -> Result<bool> + Sync + 'e,
) -> Set<'e> {
    let env = ev.env;
    let tests = move |revs: &[Rev]| env.map(revs, |_, changeset| test(changeset));
    sets::filter(subset, Condition::slow(tests))
}

pub(super) fn user<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let matcher = TextMatcher::part(text(x, "author requires a string")?)?;
    Ok(matching(ev, subset, move |changeset| {
        matcher.matches(&shown(changeset.user()))
    }))
}

pub(super) fn description<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    let matcher = TextMatcher::part(text(x, "desc requires a string")?)?;
    Ok(matching(ev, subset, move |changeset| {
        matcher.matches(&shown(changeset.description()))
    }))
}

pub(super) fn keyword<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let word = lower(text(x, "keyword requires a string")?);
    Ok(matching(ev, subset, move |changeset| {
        let has = |text: &[u8]| memmem::find(&lower(text), &word).is_some();
        let mut files = changeset.files();
        Ok(files.any(|path| has(path.as_bytes()))
            || has(&shown(changeset.user()))
            || has(&shown(changeset.description())))
    }))
}

pub(super) fn grep<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let search = Search::new(text(x, "grep requires a string")?, false)?;
    Ok(matching(ev, subset, move |changeset| {
        for path in changeset.files() {
            if search.is_match(path.as_bytes())? {
                return Ok(true);
            }
        }
        Ok(search.is_match(&shown(changeset.user()))?
            || search.is_match(&shown(changeset.description()))?)
    }))
}

pub(super) fn date<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let dates = DateMatcher::new(text(x, "date requires a string")?)?;
    Ok(matching(ev, subset, move |changeset| {
        Ok(dates.matches(changeset.date().seconds))
    }))
}

pub(super) fn closed<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    nothing(x, "closed")?;
    Ok(matching(ev, subset, |changeset| {
        Ok(changeset.closes_branch())
    }))
}

pub(super) fn branch<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let on = |matcher: TextMatcher| {
        matching(ev, subset, move |changeset| {
            matcher.matches(&shown(changeset.branch()))
        })
    };
    if let Some(pattern) = x.text() {
        let (is_re, name) = split_pattern(pattern);
        if is_re || ev.env.refs().branches()?.get(name).is_some() {
            return Ok(on(TextMatcher::name(pattern)?));
        }
        if pattern.starts_with(b"literal:") {
            let message = format!("branch '{}' does not exist", lossy(name));
            return Err(Error::lookup(message));
        }
    }
    let of = ev.all(x)?;
    let revs = of.to_vec()?;
    let names = ev.env.map(&revs, |_, changeset| {
        Ok(shown(changeset.branch()).into_owned())
    })?;
    // Members are on the branch of a member: there is no need to look for them.
    let names: Arc<HashSet<Vec<u8>>> = Arc::new(names.into_iter().collect());
    Ok(matching(ev, subset, move |changeset| {
        Ok(names.contains(&*shown(changeset.branch())))
    }))
}

/// Returns the value of a key among the extras; the last one counts.
fn extra_value(changeset: &Changeset<'_>, key: &[u8]) -> Option<Vec<u8>> {
    let all = changeset.extra().filter(|(other, _)| **other == *key);
    let value = all.last().map(|(_, value)| value.into_owned());
    // every changeset has one, whether it says so or not
    value.or_else(|| (key == b"branch").then(|| changeset.branch().to_vec()))
}

pub(super) fn extra<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = named(x, "extra", &["label", "value"])?;
    let Some(label) = arguments.get("label") else {
        return wrong("extra takes at least 1 argument");
    };
    let label = text(label, "first argument to extra must be a string")?.to_vec();
    let value = match arguments.get("value") {
        None => None,
        Some(value) => {
            let value = text(value, "second argument to extra must be a string")?;
            Some(TextMatcher::name(value)?)
        }
    };
    Ok(matching(ev, subset, move |changeset| {
        match (extra_value(changeset, &label), &value) {
            (None, _) => Ok(false),
            (Some(_), None) => Ok(true),
            (Some(found), Some(value)) => value.matches(&found),
        }
    }))
}

pub(super) fn converted<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 0, Some(1), "converted takes one or no arguments")?;
    let beginning = match arguments.first() {
        None => Vec::new(),
        Some(rev) => text(rev, "converted requires a revision")?.to_vec(),
    };
    Ok(matching(ev, subset, move |changeset| {
        let source = extra_value(changeset, b"convert_revision");
        Ok(source.is_some_and(|source| source.starts_with(&beginning)))
    }))
}

/// Returns what changesets were grafted or rebased from, as they say themselves.
pub(super) fn sources(changeset: &Changeset<'_>) -> Vec<Vec<u8>> {
    let labels: [&[u8]; 3] = [b"source", b"transplant_source", b"rebase_source"];
    let sources = labels.into_iter();
    sources
        .filter_map(|label| extra_value(changeset, label))
        .collect()
}
