// SPDX-License-Identifier: GPL-2.0-or-later

//! Predicates that choose members by their place, and those that put them in order.

use std::cmp::Ordering;

use vermilion_core::{Node, Rev};

use super::super::arguments::{between, named, number, number_range, text, wrong};
use super::super::evaluate::{Evaluator, Order};
use super::super::sets::{self, Revisions, Set};
use super::super::tree::Tree;
use crate::text::{lossy, shown};
use crate::{Error, Result};

pub(super) fn limit<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    let arguments = named(x, "limit", &["set", "n", "offset"])?;
    let Some(set) = arguments.get("set") else {
        return wrong("limit requires one to three arguments");
    };
    let count = |key: &str, default: usize, negative: &str| match arguments.get(key) {
        None => Ok(default),
        Some(count) => match number(count, "limit expects a number")? {
            ..0 => wrong(negative),
            count => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
        },
    };
    let count_of = count("n", 1, "negative number to select")?;
    let offset = count("offset", 0, "negative offset")?;
    let part = ev
        .all(set)?
        .slice(offset, offset.saturating_add(count_of))?;
    Ok(if order == Order::Follow && count_of > 1 {
        sets::and(subset, &part)
    } else {
        sets::and(&part, subset)
    })
}

pub(super) fn last<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    let arguments = between(x, 1, Some(2), "last requires one or two arguments")?;
    let count = match arguments.get(1) {
        None => 1,
        Some(count) => match number(count, "last expects a number")? {
            ..0 => return wrong("negative number to select"),
            count => usize::try_from(count).unwrap_or(usize::MAX),
        },
    };
    let all = ev.all(&arguments[0])?;
    all.reverse()?;
    let part = all.slice(0, count)?;
    if order == Order::Follow && count > 1 {
        return Ok(sets::and(subset, &part));
    }
    part.reverse()?;
    Ok(sets::and(&part, subset))
}

pub(super) fn extreme<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    highest: bool,
) -> Result<Set<'e>> {
    let all = ev.all(x)?;
    let found = if highest { all.max()? } else { all.min()? };
    match found {
        Some(rev) if subset.contains(rev)? => Ok(Revisions::list(vec![rev])),
        _ => Ok(Revisions::empty()),
    }
}

pub(super) fn reverse<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    let set = ev.set(subset, x, order)?;
    if order == Order::Define {
        set.reverse()?;
    }
    Ok(set)
}

pub(super) fn expect_size<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    let arguments = named(x, "expectsize", &["set", "size"])?;
    let (Some(set), Some(size)) = (arguments.get("set"), arguments.get("size")) else {
        return wrong("invalid set of arguments");
    };
    // As in Mercurial, hidden ones count here.
    let most = ev.env.len() + 1;
    let (least, most) = number_range(
        size,
        "expectsize requires a size range or a positive integer",
        "size range bounds must be integers",
        [Some(0), Some(most as i64)],
    )?;
    if least < 0 || most < 0 {
        return wrong("negative size");
    }
    let set = ev.set(&ev.everything(), set, order)?;
    let len = set.len()? as i64;
    if least == most && len != least {
        let message = format!("revset size mismatch. expected {least}, got {len}");
        return Err(Error::lookup(message));
    }
    if least != most && !(least..=most).contains(&len) {
        let expected = format!("expected between {least} and {most}");
        return Err(Error::lookup(format!(
            "revset size mismatch. {expected}, got {len}"
        )));
    }
    Ok(if order == Order::Follow {
        sets::and(subset, &set)
    } else {
        sets::and(&set, subset)
    })
}

pub(super) fn present<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    match ev.set(subset, x, order) {
        Err(error) if error.is_lookup() => Ok(Revisions::empty()),
        result => result,
    }
}

/// What changesets are sorted by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Rev,
    Branch,
    Description,
    User,
    Date,
    Node,
    Random,
    Topology,
}

fn key(name: &[u8]) -> Option<Key> {
    Some(match name {
        b"rev" => Key::Rev,
        b"branch" => Key::Branch,
        b"desc" => Key::Description,
        b"user" | b"author" => Key::User,
        b"date" => Key::Date,
        b"node" => Key::Node,
        b"random" => Key::Random,
        b"topo" => Key::Topology,
        _ => return None,
    })
}

/// Returns keys, each with whether it sorts descending.
fn keys(words: &[u8]) -> Result<Vec<(Key, bool)>> {
    let words = words.split(|&byte| vermilion_core::text::is_space(byte));
    let words = words.filter(|word| !word.is_empty());
    let keys = words.map(|word| {
        let descending = word.starts_with(b"-");
        match key(word.strip_prefix(b"-").unwrap_or(word)) {
            Some(key) => Ok((key, descending)),
            None => wrong(format!("unknown sort key {}", python_repr(word))),
        }
    });
    let keys = keys.collect::<Result<Vec<_>>>()?;
    if keys.len() > 1 && keys.iter().any(|(key, _)| *key == Key::Topology) {
        return wrong("topo sort order cannot be combined with other sort keys");
    }
    Ok(keys)
}

/// Returns a text in quotes, as messages have it.
pub(in crate::revset) fn python_repr(text: &[u8]) -> String {
    format!("'{}'", lossy(text))
}

pub(super) fn sort<'e>(
    ev: Evaluator<'e, '_>,
    subset: &Set<'e>,
    x: &Tree,
    order: Order,
) -> Result<Set<'e>> {
    let names = &["set", "keys", "topo.firstbranch", "random.seed"];
    let arguments = named(x, "sort", names)?;
    let Some(set) = arguments.get("set") else {
        return wrong("sort requires one or two arguments");
    };
    let words = match arguments.get("keys") {
        Some(words) => text(words, "sort spec must be a string")?,
        None => b"rev",
    };
    let keys = keys(words)?;
    let has = |key| keys.iter().any(|(other, _)| *other == key);
    let first_branch = arguments.get("topo.firstbranch");
    if first_branch.is_some() && !has(Key::Topology) {
        return wrong("topo.firstbranch can only be used when using the topo sort key");
    }
    if let Some(seed) = arguments.get("random.seed") {
        if !has(Key::Random) {
            return wrong("random.seed can only be used when using the random sort key");
        }
        text(seed, "random.seed must be a string")?;
    }
    let revs = ev.set(subset, set, order)?;
    if keys.is_empty() || order != Order::Define {
        return Ok(revs);
    }
    match keys[..] {
        [(Key::Rev, descending)] => {
            revs.sort(descending);
            Ok(revs)
        }
        [(Key::Topology, descending)] => {
            let first = match first_branch {
                Some(first) => ev.set(subset, first, Order::Define)?.to_vec()?,
                None => Vec::new(),
            };
            revs.sort(true);
            let sorted = ev.env.graph.toposort(&revs.to_vec()?, &first)?;
            let sorted = Revisions::list(sorted);
            if descending {
                sorted.reverse()?;
            }
            Ok(sorted)
        }
        _ => by_keys(ev, &revs.to_vec()?, &keys),
    }
}

/// What there is to sort a changeset by.
struct Row {
    rev: Rev,
    node: Node,
    branch: Vec<u8>,
    user: Vec<u8>,
    description: Vec<u8>,
    seconds: i64,
}

fn by_keys<'e>(ev: Evaluator<'e, '_>, revs: &[Rev], keys: &[(Key, bool)]) -> Result<Set<'e>> {
    let has = |key| keys.iter().any(|(other, _)| *other == key);
    if has(Key::Random) {
        return Err(Error::unsupported("sort(random)"));
    }
    let changelog = ev.env.changelog();
    let wanted = |key, text: &[u8]| {
        if has(key) {
            shown(text).into_owned()
        } else {
            Vec::new()
        }
    };
    let mut rows = ev.env.map(revs, |rev, changeset| {
        Ok(Row {
            rev,
            node: changelog.node(rev)?,
            branch: wanted(Key::Branch, changeset.branch()),
            user: wanted(Key::User, changeset.user()),
            description: wanted(Key::Description, changeset.description()),
            seconds: changeset.date().seconds,
        })
    })?;
    let compare = |a: &Row, b: &Row, key: Key| match key {
        Key::Rev => a.rev.cmp(&b.rev),
        Key::Branch => a.branch.cmp(&b.branch),
        Key::Description => a.description.cmp(&b.description),
        Key::User => a.user.cmp(&b.user),
        Key::Date => a.seconds.cmp(&b.seconds),
        Key::Node => a.node.cmp(&b.node),
        Key::Random | Key::Topology => Ordering::Equal,
    };
    rows.sort_by(|a, b| {
        let mut order = Ordering::Equal;
        for &(key, descending) in keys {
            let by_key = compare(a, b, key);
            order = order.then(if descending { by_key.reverse() } else { by_key });
        }
        order
    });
    Ok(Revisions::list(
        rows.into_iter().map(|row| row.rev).collect(),
    ))
}
