// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg log`: changesets, by revision sets, files, users, dates and words.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;

use vermilion_core::changelog::{Changeset, Reading};
use vermilion_core::filelog::Filelog;
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE, VALUES};
use crate::encoding::Encoding;
use crate::program::invocation::Invocation;
use crate::program::places::is_within;
use crate::program::printer::{Parts, Printer};
use crate::revset::{self, Value};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["log", "history"],
    options: &[
        ('f', "follow", FLAG),
        (' ', "follow-first", FLAG),
        ('d', "date", VALUE),
        ('C', "copies", FLAG),
        ('k', "keyword", VALUES),
        ('r', "rev", VALUES),
        ('L', "line-range", VALUES),
        (' ', "removed", FLAG),
        ('m', "only-merges", FLAG),
        ('u', "user", VALUES),
        (' ', "only-branch", VALUES),
        ('b', "branch", VALUES),
        ('B', "bookmark", VALUES),
        ('P', "prune", VALUES),
        ('p', "patch", FLAG),
        ('g', "git", FLAG),
        ('l', "limit", VALUE),
        ('M', "no-merges", FLAG),
        (' ', "stat", FLAG),
        ('G', "graph", FLAG),
        (' ', "style", VALUE),
        TEMPLATE,
        INCLUDE,
        EXCLUDE,
    ],
    is_coloured: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&[
        "follow-first",
        "copies",
        "line-range",
        "removed",
        "only-branch",
        "bookmark",
        "graph",
        "include",
        "exclude",
    ])?;
    let parts = Parts {
        patch: hg.options.flag("patch"),
        stat: hg.options.flag("stat"),
    };
    let limit = limit(hg)?;
    let places = hg.places()?;
    if !hg.options.words.is_empty() && (places.is_none() || hg.options.flag("follow")) {
        return Err(Error::unsupported("log of these paths"));
    }
    let mut revs = selected(hg, places.as_deref())?;
    revs.truncate(limit);
    hg.print_changesets(&revs, parts, places.as_deref())?;
    Ok(0)
}

fn limit(hg: &Invocation) -> Result<usize> {
    let Some(limit) = hg.options.value("limit") else {
        return Ok(usize::MAX);
    };
    let limit = limit
        .to_str()
        .and_then(|limit| limit.parse().ok())
        .filter(|&limit| limit > 0);
    limit.ok_or_else(|| Error::unsupported("a limit that is none"))
}

/// Returns the changesets that are asked for, in the order in which they are shown.
fn selected(hg: &mut Invocation, places: Option<&[RepoPathBuf]>) -> Result<Vec<Rev>> {
    let specs: Vec<_> = hg
        .options
        .values("rev")
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    let filter = filter(hg, places)?;
    let is_follow = hg.options.flag("follow");
    let mut revs = if !specs.is_empty() {
        hg.revs(&specs)?
    } else if is_follow {
        hg.evaluate(b".")?
    } else if let Some(filter) = &filter {
        let mut revs = hg.evaluate(filter)?;
        revs.sort_unstable();
        revs.reverse();
        return Ok(revs);
    } else {
        return hg.evaluate(b"reverse(all())");
    };
    if is_follow {
        let starts = revs
            .iter()
            .map(|rev| Value::Number(rev.get().into()))
            .collect();
        let spec = revset::format(b"reverse(ancestors(%ld))", &[Value::List(starts)])?;
        revs = hg.evaluate(&spec)?;
    }
    if let Some(filter) = filter {
        let wanted: HashSet<Rev> = hg.evaluate(&filter)?.into_iter().collect();
        revs.retain(|rev| wanted.contains(rev));
    }
    Ok(revs)
}

/// Returns the revision set that options and files stand for.
fn filter(hg: &mut Invocation, places: Option<&[RepoPathBuf]>) -> Result<Option<Vec<u8>>> {
    let encoding = Encoding::of(&hg.config);
    let texts = |name: &str| -> Result<Vec<Vec<u8>>> {
        let values = hg.options.values(name).into_iter();
        values
            .map(|value| Ok(encoding.read(value.as_encoded_bytes())?.to_vec()))
            .collect()
    };
    let (keywords, users, branches, pruned) = (
        texts("keyword")?,
        texts("user")?,
        texts("branch")?,
        texts("prune")?,
    );
    let mut all = Vec::new();
    let any = |template: &str, texts: Vec<Vec<u8>>| -> Result<Vec<u8>> {
        let each: Result<Vec<_>> = texts
            .into_iter()
            .map(|text| revset::format(template.as_bytes(), &[Value::Text(text)]))
            .collect();
        Ok([b"(", &each?.join(&b" or "[..])[..], b")"].concat())
    };
    let literal = |texts: Vec<Vec<u8>>| {
        texts
            .into_iter()
            .map(|text| [b"literal:", &text[..]].concat())
            .collect()
    };
    if hg.options.flag("no-merges") {
        all.push(b"not merge()".to_vec());
    }
    if hg.options.flag("only-merges") {
        all.push(b"merge()".to_vec());
    }
    if let Some(date) = hg.options.value("date") {
        all.push(revset::format(
            b"date(%s)",
            &[Value::Text(date.as_encoded_bytes().to_vec())],
        )?);
    }
    if !keywords.is_empty() {
        all.push(any("keyword(%s)", keywords)?);
    }
    if !users.is_empty() {
        all.push(any("user(%s)", literal(users))?);
    }
    if !pruned.is_empty() {
        all.push([b"not ", &any("ancestors(%r)", pruned)?[..]].concat());
    }
    if let Some(places) = places {
        all.push(of_places(hg, places)?);
    }
    if !branches.is_empty() {
        let snapshot = hg.snapshot()?;
        let known = snapshot.refs().branches()?;
        if branches.iter().any(|branch| known.get(branch).is_none()) {
            return Err(Error::unsupported(
                "log --branch of what is not the name of one",
            ));
        }
        all.push(any("branch(%s)", literal(branches))?);
    }
    Ok((!all.is_empty()).then(|| all.join(&b" and "[..])))
}

/// Returns the revision set of those that touch files, or anything below directories.
fn of_places(hg: &mut Invocation, places: &[RepoPathBuf]) -> Result<Vec<u8>> {
    let snapshot = hg.snapshot()?;
    let mut is_file = Vec::new();
    for place in places {
        is_file.push(!Filelog::open(snapshot.store(), place)?.is_empty());
    }
    let predicate = if is_file.contains(&false) {
        "file"
    } else {
        "filelog"
    };
    let each: Result<Vec<_>> = places
        .iter()
        .map(|place| {
            let pattern = [b"path:", place.as_bytes()].concat();
            revset::format(
                format!("{predicate}(%s)").as_bytes(),
                &[Value::Text(pattern)],
            )
        })
        .collect();
    Ok([b"(", &each?.join(&b" or "[..])[..], b")"].concat())
}

impl Invocation {
    /// Prints changesets; those of many are read by several threads.
    pub(super) fn print_changesets(
        &mut self,
        revs: &[Rev],
        parts: Parts,
        places: Option<&[RepoPathBuf]>,
    ) -> Result<()> {
        if self.print_by_template(revs, parts, places)? {
            return Ok(());
        }
        let snapshot = self.snapshot()?;
        let printer = Printer::new(self, &snapshot, parts)?;
        if printer.is_certain() {
            self.out.certain();
        }
        let interrupt = AtomicBool::new(false);
        let is_wanted = |path: &RepoPath| is_within(places, path);
        let reading = Reading {
            check: false,
            interrupt: &interrupt,
        };
        let make = |rev: Rev, changeset: &Changeset<'_>| Ok((rev, printer.show(rev, changeset)));
        let mut failed = None;
        let done = snapshot
            .refs()
            .changelog()
            .for_each(revs, &reading, make, |(rev, shown)| {
                let whole = shown.and_then(|mut shown| {
                    shown.extend_from_slice(&printer.difference(rev, is_wanted, &interrupt)?);
                    Ok(shown)
                });
                match whole {
                    Ok(shown) => self.out.print(shown),
                    Err(error) => {
                        failed = Some(error);
                        return Err(vermilion_core::Error::Interrupted);
                    }
                }
                Ok(())
            });
        match failed {
            Some(error) => Err(error),
            None => Ok(done?),
        }
    }
}
