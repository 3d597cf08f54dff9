// SPDX-License-Identifier: GPL-2.0-or-later

//! Predicates about what changesets are called.

use std::fs::File;
use std::io::Read as _;

use vermilion_core::refs::Found;
use vermilion_core::{Node, Rev, RevSet};

use super::super::arguments::{between, nothing, parse_number, text, wrong};
use super::super::evaluate::{Evaluator, wdir};
use super::super::sets::{self, Revisions, Set};
use super::super::tree::Tree;
use crate::text::{TextMatcher, lossy, split_pattern};
use crate::{Error, Result};
use vermilion_core::text::is_space;

/// A file of nodes, a line of 41 bytes each, has no more bytes.
const LONGEST: u64 = 1 << 30;

/// Returns revisions without the null revision.
fn without_null(revs: impl IntoIterator<Item = Rev>) -> Result<RevSet> {
    let revs = revs.into_iter().filter(|rev| !rev.is_null());
    Ok(RevSet::from_revs(revs)?)
}

/// Returns the revisions whose names match.
fn named_by<'n>(names: impl Iterator<Item = (&'n [u8], Rev)>, pattern: &[u8]) -> Result<Vec<Rev>> {
    let matcher = TextMatcher::name(pattern)?;
    let mut found = Vec::new();
    for (name, rev) in names {
        if matcher.matches(name)? {
            found.push(rev);
        }
    }
    Ok(found)
}

pub(super) fn bookmark<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 0, Some(1), "bookmark takes one or no arguments")?;
    let bookmarks = ev.env.refs().bookmarks()?;
    let Some(pattern) = arguments.first() else {
        let all = without_null(bookmarks.iter().map(|(_, rev)| rev))?;
        return Ok(sets::and_these(subset, all));
    };
    let pattern = text(pattern, "the argument to bookmark must be a string")?;
    let found = match split_pattern(pattern) {
        (true, _) => named_by(bookmarks.iter(), pattern)?,
        (false, mut name) => {
            if name == b"." && pattern == b"." {
                let active = bookmarks.active();
                name = active.ok_or_else(|| Error::lookup("no active bookmark"))?;
            }
            let Some(rev) = bookmarks.get(name) else {
                let message = format!("bookmark '{}' does not exist", lossy(name));
                return Err(Error::lookup(message));
            };
            vec![rev]
        }
    };
    Ok(sets::and_these(subset, without_null(found)?))
}

pub(super) fn tag<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 0, Some(1), "tag takes one or no arguments")?;
    let refs = ev.env.refs();
    let tags = refs.tags()?;
    let all = tags.iter().map(|(name, rev, _)| (name, rev));
    let Some(pattern) = arguments.first() else {
        let all = RevSet::from_revs(all.map(|(_, rev)| rev))?;
        return Ok(sets::and_these(subset, all));
    };
    let pattern = text(pattern, "the argument to tag must be a string")?;
    let found = match split_pattern(pattern) {
        (true, _) => {
            let tip = std::iter::once((&b"tip"[..], refs.tip()?));
            named_by(all.chain(tip), pattern)?
        }
        (false, b"tip") => vec![refs.tip()?],
        (false, name) => match tags.get(name) {
            Some(rev) => vec![rev],
            None if tags.has(name) => {
                return Err(Error::unsupported("a tag of a changeset that is not there"));
            }
            None => {
                let message = format!("tag '{}' does not exist", lossy(name));
                return Err(Error::lookup(message));
            }
        },
    };
    Ok(sets::and_these(subset, RevSet::from_revs(found)?))
}

/// The kinds of names that there are without extensions.
const NAMESPACES: [&[u8]; 3] = [b"bookmarks", b"tags", b"branches"];

pub(super) fn named<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 1, Some(1), "named requires a namespace argument")?;
    let pattern = text(&arguments[0], "the argument to named must be a string")?;
    let (is_re, name) = split_pattern(pattern);
    if !is_re && !NAMESPACES.contains(&name) {
        let message = format!("namespace '{}' does not exist", lossy(pattern));
        return Err(Error::lookup(message));
    }
    let (matcher, refs) = (TextMatcher::name(pattern)?, ev.env.refs());
    let mut found = Vec::new();
    for namespace in NAMESPACES {
        if !matcher.matches(namespace)? {
            continue;
        }
        match namespace {
            b"bookmarks" => found.extend(refs.bookmarks()?.iter().map(|(_, rev)| rev)),
            b"tags" => found.extend(refs.tags()?.iter().map(|(_, rev, _)| rev)),
            _ => found.extend(refs.branches()?.iter().map(|(_, heads)| heads.tip())),
        }
    }
    Ok(sets::and_these(subset, without_null(found)?))
}

pub(super) fn head<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    nothing(x, "head")?;
    let mut heads = RevSet::new();
    for (_, of_branch) in ev.env.refs().branches()?.iter() {
        for &(rev, _) in of_branch.all() {
            heads.add(rev)?;
        }
    }
    Ok(sets::and(subset, &Revisions::members(heads)))
}

/// Returns what a node or the beginning of one stands for, nothing where that is not clear.
fn by_node(ev: Evaluator<'_, '_>, digits: &[u8]) -> Result<Option<Found>> {
    let found = if digits.len() == Node::HEX_LEN {
        match Node::from_hex(digits) {
            None => None,
            Some(node) if node.as_bytes() == &[0xff; Node::LEN] => Some(Found::WorkingCopy),
            Some(node) => ev.env.changelog().rev_of(&node)?.map(Found::Rev),
        }
    } else {
        ev.env.refs().by_prefix(digits)?
    };
    let hidden = |rev: Rev| ev.env.hidden.contains(rev);
    Ok(found.filter(|found| !matches!(found, Found::Rev(rev) if hidden(*rev))))
}

pub(super) fn id<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 1, Some(1), "id requires one argument")?;
    let digits = text(&arguments[0], "id requires a string")?;
    match by_node(ev, digits)? {
        None => Ok(Revisions::empty()),
        Some(Found::Rev(rev)) => Ok(sets::and(&Revisions::list(vec![rev]), subset)),
        Some(Found::WorkingCopy) if subset.is_everything() => Err(wdir()),
        Some(Found::WorkingCopy) => Ok(Revisions::empty()),
    }
}

pub(super) fn node_from_file<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
) -> Result<Set<'e>> {
    use std::ffi::OsStr;
    use vermilion_core::platform::ext::OsStrExt as _;

    let path = text(x, "nodefromfile require a file path")?;
    let file = ev.env.cwd.join(OsStr::from_bytes(path));
    let mut content = Vec::new();
    let read = File::open(file).and_then(|file| file.take(LONGEST).read_to_end(&mut content));
    read.map_err(|error| {
        let reason = vermilion_core::error::system_words(&error);
        Error::abort(format!(
            "cannot open nodes file \"{}\": {reason}",
            lossy(path)
        ))
    })?;
    if content.len() as u64 == LONGEST {
        return Err(Error::unsupported("nodefromfile() with an endless file"));
    }
    let mut revs = Vec::new();
    for line in content.split(|&byte| byte == b'\n') {
        let start = line.iter().position(|&byte| !is_space(byte));
        let end = line.iter().rposition(|&byte| !is_space(byte));
        let line = match (start, end) {
            (Some(start), Some(end)) => &line[start..=end],
            // after the last line there is none
            _ if line.is_empty() => continue,
            _ => &[],
        };
        match by_node(ev, line)? {
            Some(Found::Rev(rev)) => revs.push(rev),
            Some(Found::WorkingCopy) => return Err(wdir()),
            None => {}
        }
    }
    let found = Revisions::members(RevSet::from_revs(revs)?);
    Ok(sets::and(subset, &found))
}

/// Returns a revision by its number; one that is not there is an error.
pub(super) fn number<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let arguments = between(x, 1, Some(1), "rev requires one argument")?;
    let number = text(&arguments[0], "rev requires a number")?;
    let Some(number) = parse_number(number)? else {
        return wrong("rev expects a number");
    };
    if number == i64::from(i32::MAX) {
        return if subset.is_everything() {
            Err(wdir())
        } else {
            Ok(Revisions::empty())
        };
    }
    let rev = i32::try_from(number).map(Rev::new);
    match rev {
        Ok(rev) if rev.is_null() || ev.env.is_there(rev) => {
            Ok(sets::and(subset, &Revisions::list(vec![rev])))
        }
        _ => Err(Error::lookup(format!("unknown revision '{number}'"))),
    }
}

pub(super) fn rev<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    match number(ev, subset, x) {
        Err(error) if error.is_lookup() => Ok(Revisions::empty()),
        result => result,
    }
}

/// Returns symbols with NULs in between, each revision once.
pub(super) fn list<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let names = text(x, "internal error")?;
    if names.is_empty() {
        return Ok(Revisions::empty());
    }
    let (mut revs, mut seen) = (Vec::new(), RevSet::new());
    for name in names.split(|&byte| byte == 0) {
        let number = parse_number(name)?.and_then(|number| i32::try_from(number).ok());
        let number = number.filter(|number| number.to_string().as_bytes() == name);
        let found = match number.map(Rev::new).filter(|&rev| ev.env.is_there(rev)) {
            Some(rev) => vec![rev],
            None => ev.symbol(subset, name)?.to_vec()?,
        };
        for rev in found {
            let there = subset.contains(rev)? || (rev.is_null() && subset.is_everything());
            if seen.add(rev)? && there {
                revs.push(rev);
            }
        }
    }
    Ok(Revisions::list(revs))
}

/// Returns numbers with NULs in between, as often as they come.
pub(super) fn numbers<'e>(subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let numbers = text(x, "internal error")?;
    let mut revs = Vec::new();
    for number in numbers
        .split(|&byte| byte == 0)
        .filter(|_| !numbers.is_empty())
    {
        let Some(number) = parse_number(number)? else {
            return Err(Error::unsupported(
                "a list of numbers with something else in it",
            ));
        };
        if let Ok(number) = i32::try_from(number)
            && subset.contains(Rev::new(number))?
        {
            revs.push(Rev::new(number));
        }
    }
    Ok(Revisions::list(revs))
}

/// Returns nodes with NULs in between.
pub(super) fn nodes<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let nodes = text(x, "internal error")?;
    let mut revs = Vec::new();
    for digits in nodes.split(|&byte| byte == 0).filter(|_| !nodes.is_empty()) {
        let node = Node::from_hex(digits);
        let node = node.ok_or_else(|| Error::unsupported("a list of nodes with others in it"))?;
        let rev = ev.env.changelog().rev_of(&node)?;
        let Some(rev) = rev.filter(|&rev| rev.is_null() || ev.env.is_there(rev)) else {
            return Err(Error::lookup(format!(
                "unknown revision '{}'",
                lossy(digits)
            )));
        };
        if subset.contains(rev)? {
            revs.push(rev);
        }
    }
    Ok(Revisions::list(revs))
}
