// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg log`: changesets, by revision sets, files, users, dates and words.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::AtomicBool;

use vermilion_core::changelog::{Changeset, Reading};
use vermilion_core::filelog::Filelog;
use vermilion_core::history::Following;
use vermilion_core::{RepoPathBuf, Rev};

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE, VALUES};
use crate::encoding::Encoding;
use crate::program::chosen::Chosen;
use crate::program::differences::{Files, Parts, Patches};
use crate::program::graph::Drawing;
use crate::program::invocation::Invocation;
use crate::program::printer::{Listing, Printer};
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
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["follow-first", "line-range", "only-branch"])?;
    let parts = Parts {
        patch: hg.options.flag("patch"),
        stat: hg.options.flag("stat"),
        copies: hg.options.flag("copies"),
    };
    let limit = limit(hg)?;
    let chosen = hg.chosen()?;
    let graph = hg.options.flag("graph");
    if graph && parts.stat && hg.config.environment().is_plain("") {
        return Err(Error::unsupported("a graph with the width of a plain one"));
    }
    let is_followed = hg.options.flag("follow") && !chosen.is_all();
    if is_followed && hg.options.flag("removed") {
        return Err(Error::unsupported("log --follow --removed of files"));
    }
    let (mut revs, files) = if is_followed {
        followed(hg, &chosen)?
    } else {
        (selected(hg, &chosen)?, Files::Chosen(&chosen))
    };
    if graph && !revs.is_sorted_by(|a, b| a > b) {
        let specs = hg.options.values("rev");
        let is_by_graph = |spec: &&OsStr| memchr::memmem::find(spec.as_bytes(), b"topo").is_some();
        if specs.iter().any(is_by_graph) {
            return Err(Error::unsupported("a graph in an order of its own"));
        }
        revs.sort_unstable_by(|a, b| b.cmp(a));
    }
    revs.truncate(limit);
    let listing = Listing {
        parts,
        files,
        graph,
    };
    hg.print_changesets(&revs, &listing)?;
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
fn selected(hg: &mut Invocation, chosen: &Chosen) -> Result<Vec<Rev>> {
    let specs: Vec<_> = hg
        .options
        .values("rev")
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    // Changesets that remove a file are not in its filelog.
    let is_named = chosen.is_named() && !hg.options.flag("removed");
    let filter = filter(hg, is_named.then_some(chosen))?;
    let is_follow = hg.options.flag("follow");
    let mut revs = if !specs.is_empty() {
        hg.revs(&specs)?
    } else if is_follow {
        let parent = hg.snapshot()?.refs().working_parents()[0];
        if parent.is_null() {
            return Ok(Vec::new());
        }
        vec![parent]
    } else if let Some(filter) = &filter {
        let mut revs = hg.evaluate_own(filter)?;
        revs.sort_unstable();
        revs.reverse();
        return by_patterns(hg, revs, chosen);
    } else {
        let revs = hg.evaluate_own(b"reverse(all())")?;
        return by_patterns(hg, revs, chosen);
    };
    if is_follow {
        let starts = revs
            .iter()
            .map(|rev| Value::Number(rev.get().into()))
            .collect();
        let spec = revset::format(b"reverse(ancestors(%ld))", &[Value::List(starts)])?;
        revs = hg.evaluate_own(&spec)?;
    }
    if let Some(filter) = filter {
        // The null revision is in no set of all, and meets conditions nevertheless.
        if revs.contains(&Rev::NULL) {
            return Err(Error::unsupported("the null revision on conditions"));
        }
        let wanted: HashSet<Rev> = hg.evaluate_own(&filter)?.into_iter().collect();
        revs.retain(|rev| wanted.contains(rev));
    }
    by_patterns(hg, revs, chosen)
}

/// Returns the changesets that made versions of files, back from where they start, the latest first,
/// and the paths that the files have in each.
fn followed<'c>(hg: &mut Invocation, chosen: &'c Chosen) -> Result<(Vec<Rev>, Files<'c>)> {
    let places = chosen.places().unwrap_or_default();
    if !chosen.is_named() || places.is_empty() {
        return Err(Error::unsupported("log --follow of patterns"));
    }
    let snapshot = hg.snapshot()?;
    let specs = hg.options.values("rev").into_iter();
    let specs: Vec<OsString> = specs.map(ToOwned::to_owned).collect();
    let starts = match &specs[..] {
        [] => vec![snapshot.refs().working_parents()[0]],
        specs => hg.revs(specs)?,
    };
    let mut files = Vec::new();
    for &start in &starts {
        let manifest = snapshot.manifest(start)?;
        for place in &places {
            // Directories, and what is not there, are Mercurial's.
            if manifest.find(place)?.is_none() {
                return Err(Error::unsupported("log --follow of no file"));
            }
            files.push((&**place, start));
        }
    }
    if specs.is_empty() {
        let dirstate = hg.repository()?.dirstate()?;
        for place in &places {
            if !dirstate
                .map
                .get(place)?
                .is_some_and(|entry| entry.tracked())
            {
                return Err(Error::unsupported("log --follow of a file that is removed"));
            }
        }
    }
    let interrupt = AtomicBool::new(false);
    let mut histories = snapshot.files(&interrupt)?;
    let how = Following {
        hidden: Some(snapshot.refs().filtered()?),
        ..Following::default()
    };
    let versions = histories.follow(&files, &how)?;
    let mut paths: HashMap<Rev, HashSet<RepoPathBuf>> = HashMap::new();
    for version in versions {
        let path = histories.path(version.path).to_owned();
        paths.entry(version.changeset).or_default().insert(path);
    }
    let mut revs: Vec<Rev> = paths.keys().copied().collect();
    revs.sort_unstable_by(|a, b| b.cmp(a));
    if let Some(filter) = filter(hg, None)? {
        let wanted: HashSet<Rev> = hg.evaluate_own(&filter)?.into_iter().collect();
        revs.retain(|rev| wanted.contains(rev));
    }
    Ok((revs, Files::Each(paths)))
}

/// Returns those of some changesets that touch a file of those that patterns choose.
fn by_patterns(hg: &Invocation, revs: Vec<Rev>, chosen: &Chosen) -> Result<Vec<Rev>> {
    let is_removed = hg.options.flag("removed");
    if chosen.is_all() || chosen.is_named() && !is_removed {
        return Ok(revs);
    }
    let snapshot = hg.snapshot()?;
    if is_removed {
        for place in chosen.places().unwrap_or_default() {
            if Filelog::open(snapshot.store(), &place)?.is_empty() {
                return Err(Error::unsupported("log --removed of no file"));
            }
        }
    }
    let interrupt = AtomicBool::new(false);
    let touching = snapshot.touching(&revs, |path| chosen.has(path), &interrupt)?;
    chosen.check()?;
    Ok(touching)
}

/// Returns the revision set that options and files stand for.
fn filter(hg: &mut Invocation, chosen: Option<&Chosen>) -> Result<Option<Vec<u8>>> {
    let encoding = Encoding::of(&hg.config);
    let texts = |name: &str| -> Result<Vec<Vec<u8>>> {
        let values = hg.options.values(name).into_iter();
        values
            .map(|value| Ok(encoding.read(value.as_encoded_bytes())?.to_vec()))
            .collect()
    };
    let (keywords, users, branches) = (texts("keyword")?, texts("user")?, texts("branch")?);
    let (pruned, bookmarks) = (texts("prune")?, texts("bookmark")?);
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
        all.push([b"not ", &any("ancestors(%s)", pruned)?[..]].concat());
    }
    if let Some(chosen) = chosen {
        // Those of the root are in changesets that touch a file at all.
        let anywhere = || vec![RepoPathBuf::default()];
        let places = chosen.places().unwrap_or_else(anywhere);
        all.push(of_places(hg, &places)?);
    }
    let bookmarks = bookmarks.into_iter().map(|bookmark| {
        let mark = Value::Text([b"literal:", &bookmark[..]].concat());
        revset::format(
            b"(ancestors(bookmark(%s)) - ancestors(head() and not bookmark(%s)) \
              - ancestors(bookmark() and not bookmark(%s)))",
            &[mark.clone(), mark.clone(), mark],
        )
    });
    let bookmarks: Vec<Vec<u8>> = bookmarks.collect::<Result<_>>()?;
    if !bookmarks.is_empty() {
        all.push([b"(", &bookmarks.join(&b" or "[..])[..], b")"].concat());
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
        let is_root = place.as_bytes().is_empty();
        is_file.push(!is_root && !Filelog::open(snapshot.store(), place)?.is_empty());
    }
    let any = |predicate: &[u8], patterns: Vec<Vec<u8>>| -> Result<Vec<u8>> {
        let each = patterns
            .into_iter()
            .map(|pattern| revset::format(predicate, &[Value::Text(pattern)]));
        let each: Result<Vec<_>> = each.collect();
        Ok([b"(", &each?.join(&b" or "[..])[..], b")"].concat())
    };
    if is_file.contains(&false) {
        let places = places.iter();
        let patterns = places.map(|place| [b"path:", place.as_bytes()].concat());
        return any(b"file(%s)", patterns.collect());
    }
    // With a kind, it would be one of the files that there are now.
    let words = hg.options.words.iter();
    any(
        b"filelog(%s)",
        words.map(|word| word.as_bytes().to_vec()).collect(),
    )
}

impl Invocation {
    /// Prints changesets; those of many are read by several threads.
    pub(super) fn print_changesets(&mut self, revs: &[Rev], listing: &Listing<'_>) -> Result<()> {
        if self.print_by_template(revs, listing)? {
            return Ok(());
        }
        let snapshot = self.snapshot()?;
        let printer = Printer::new(self, &snapshot, listing.parts)?;
        let mut drawing = if listing.graph {
            Some(Drawing::new(self, &snapshot, revs)?)
        } else {
            None
        };
        if printer.is_certain() {
            self.out.certain();
        }
        let interrupt = AtomicBool::new(false);
        let reading = Reading {
            check: false,
            interrupt: &interrupt,
        };
        let make = |rev: Rev, changeset: &Changeset<'_>| {
            Ok((rev, changeset.closes_branch(), printer.show(rev, changeset)))
        };
        let difference = printer.difference();
        let files = &listing.files;
        let mut patches =
            difference.map(|how| Patches::new(&snapshot, how.options(), files, revs, &interrupt));
        let mut each = |rev: Rev, closes_branch: bool, shown: Result<Vec<u8>>| {
            let mut shown = shown?;
            if let (Some(difference), Some(patches)) = (difference, &mut patches) {
                let taken = drawing
                    .as_mut()
                    .map_or(Ok(0), |drawing| drawing.width(rev))?;
                shown.extend_from_slice(&difference.show(&patches.next()?, taken)?);
            }
            match &mut drawing {
                Some(drawing) => drawing.draw(rev, closes_branch, &shown),
                None => Ok(shown),
            }
        };
        let mut failed = None;
        let done = snapshot.refs().changelog().for_each(
            revs,
            &reading,
            make,
            |(rev, closes_branch, shown)| {
                match each(rev, closes_branch, shown) {
                    Ok(shown) => self.out.print(shown),
                    Err(error) => {
                        failed = Some(error);
                        return Err(vermilion_core::Error::Interrupted);
                    }
                }
                self.out.still_wanted()
            },
        );
        match failed {
            Some(error) => Err(error),
            None => Ok(done?),
        }
    }
}
