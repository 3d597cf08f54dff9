// SPDX-License-Identifier: GPL-2.0-or-later

//! `matching()`: changesets of which some fields are the same.

use std::collections::HashSet;

use vermilion_core::changelog::Changeset;
use vermilion_core::refs::phases::Phases;
use vermilion_core::{Graph, Rev};

use super::super::arguments::{between, text, wrong};
use super::super::evaluate::Evaluator;
use super::super::sets::{self, Condition, Set};
use super::super::tree::Tree;
use crate::text::{lossy, shown};
use crate::{Error, Result};

/// The fields, in the order in which they are compared.
const FIELDS: [&str; 10] = [
    "phase",
    "parents",
    "user",
    "date",
    "branch",
    "summary",
    "files",
    "description",
    "substate",
    "diff",
];

/// Returns the names of fields for those that were written.
fn fields(words: &[u8]) -> Result<Vec<&'static str>> {
    let mut wanted: HashSet<&[u8]> = HashSet::new();
    let words = words.split(|&byte| vermilion_core::text::is_space(byte));
    for word in words.filter(|word| !word.is_empty()) {
        match word {
            b"metadata" => wanted.extend([&b"user"[..], b"description", b"date"]),
            b"diff" => wanted.extend([&b"files"[..], b"diff"]),
            b"author" => {
                wanted.insert(b"user");
            }
            _ => {
                wanted.insert(word);
            }
        }
    }
    if wanted.contains(&b"description"[..]) {
        wanted.remove(&b"summary"[..]);
    }
    let known = |word: &[u8]| FIELDS.iter().any(|field| field.as_bytes() == word);
    if let Some(word) = wanted.iter().filter(|word| !known(word)).min() {
        let message = format!("unexpected field name passed to matching: {}", lossy(word));
        return wrong(message);
    }
    let fields = FIELDS.iter().copied();
    Ok(fields
        .filter(|field| wanted.contains(field.as_bytes()))
        .collect())
}

/// What is compared: the bytes of all fields, each with its length.
fn row(
    fields: &[&str],
    rev: Rev,
    changeset: &Changeset<'_>,
    graph: &Graph,
    phases: &Phases,
) -> Result<Vec<u8>> {
    let mut row = Vec::new();
    let mut add = |value: &[u8]| {
        row.extend((value.len() as u64).to_be_bytes());
        row.extend(value);
    };
    for &field in fields {
        match field {
            "phase" => add(phases.get(rev).name().as_bytes()),
            "parents" => {
                for parent in graph.parents(rev)? {
                    add(&parent.get().to_be_bytes());
                }
            }
            "user" => add(&shown(changeset.user())),
            "date" => {
                let date = changeset.date();
                add(&date.seconds.to_be_bytes());
                add(&date.offset.to_be_bytes());
            }
            "branch" => add(&shown(changeset.branch())),
            "summary" => {
                let description = changeset.description();
                if description.is_empty() {
                    return Err(Error::unsupported("matching() of an empty summary"));
                }
                let end = description.iter().position(|byte| b"\r\n".contains(byte));
                add(&shown(&description[..end.unwrap_or(description.len())]));
            }
            "files" => add(changeset.files_block()),
            "description" => add(&shown(changeset.description())),
            _ => return Err(Error::unsupported(format!("matching(…, '{field}')"))),
        }
    }
    Ok(row)
}

pub(super) fn matching<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 1, Some(2), "matching takes 1 or 2 arguments")?;
    let revs = ev.all(&arguments[0])?;
    let words = match arguments.get(1) {
        None => b"metadata",
        Some(words) => text(words, "matching requires a string as its second argument")?,
    };
    let fields = fields(words)?;
    if let Some(field) = fields
        .iter()
        .find(|field| matches!(**field, "substate" | "diff"))
    {
        return Err(Error::unsupported(format!("matching(…, '{field}')")));
    }
    let (env, phases) = (ev.env, ev.env.refs().phases()?);
    let rows = {
        let fields = fields.clone();
        move |revs: &[Rev]| {
            env.map(revs, |rev, changeset| {
                row(&fields, rev, changeset, env.graph, phases)
            })
        }
    };
    let targets: HashSet<Vec<u8>> = rows(&revs.to_vec()?)?.into_iter().collect();
    let tests = move |revs: &[Rev]| {
        let rows = rows(revs)?.into_iter();
        Ok(rows.map(|row| targets.contains(&row)).collect())
    };
    Ok(sets::filter(subset, Condition::slow(tests)))
}
