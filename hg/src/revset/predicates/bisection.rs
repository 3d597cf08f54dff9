// SPDX-License-Identifier: GPL-2.0-or-later

//! `bisect()`: what `hg bisect` knows so far, and what follows from that.

use vermilion_core::error::FileKind;
use vermilion_core::platform::files;
use vermilion_core::{Node, RevSet};

use super::super::analysis::optimize;
use super::super::arguments::{text, wrong};
use super::super::evaluate::Evaluator;
use super::super::sets::{self, Revisions, Set};
use super::super::tree::{Op, Tree};
use crate::{Error, Result};

/// The file has a line of some 46 bytes for each changeset that somebody has marked.
const LONGEST: u64 = 64 << 20;

fn bisect(state: &str) -> Tree {
    let state = Tree::String(state.as_bytes().to_vec());
    Tree::call("bisect", vec![state])
}

fn or(parts: Vec<Tree>) -> Tree {
    Tree::Node(Op::Or, vec![Tree::Node(Op::List, parts)])
}

fn minus(a: Tree, b: Tree) -> Tree {
    Tree::Node(Op::And, vec![a, Tree::Node(Op::Not, vec![b])])
}

fn before(state: &str) -> Tree {
    Tree::call("ancestors", vec![bisect(state)])
}

fn after(state: &str) -> Tree {
    Tree::call("descendants", vec![bisect(state)])
}

fn between(from: &str, to: &str) -> Tree {
    Tree::Node(Op::DagRange, vec![bisect(from), bisect(to)])
}

/// All that takes part in the bisection.
fn range() -> Tree {
    or(vec![between("bad", "good"), between("good", "bad")])
}

pub(super) fn marked<'e>(ev: Evaluator<'e, '_>, subset: &Set<'e>, x: &Tree) -> Result<Set<'e>> {
    let state = text(x, "bisect requires a string")?.to_ascii_lowercase();
    let state = String::from_utf8_lossy(&state).into_owned();
    if matches!(&state[..], "good" | "bad" | "skip" | "current") {
        return Ok(sets::and_these(subset, of_file(ev, &state)?));
    }
    // Whether good ones are before bad ones
    let forwards = !ev.all(&between("good", "bad"))?.is_empty()?;
    let goods = || {
        if forwards {
            before("good")
        } else {
            after("good")
        }
    };
    let bads = || {
        if forwards {
            after("bad")
        } else {
            before("bad")
        }
    };
    let pruned = || or(vec![goods(), bads(), bisect("skip")]);
    let tree = match &state[..] {
        "range" => range(),
        "pruned" => pruned(),
        "untested" => minus(range(), pruned()),
        "ignored" => {
            let of_bad = minus(before("bad"), before("good"));
            let of_good = minus(before("good"), before("bad"));
            minus(or(vec![of_bad, of_good]), range())
        }
        "goods" => goods(),
        "bads" => bads(),
        _ => return wrong("invalid bisect state"),
    };
    let found = ev.all(&optimize(tree)?)?.to_set()?;
    Ok(sets::and(subset, &Revisions::members(found)))
}

/// Returns the changesets that were marked by hand.
fn of_file(ev: Evaluator<'_, '_>, state: &str) -> Result<RevSet> {
    let odd = || Error::unsupported("bisect() with an odd file bisect.state");
    let path = ev.env.snapshot.repository().dot_hg().join("bisect.state");
    let mut found = RevSet::new();
    let Some(content) = files::read_if_there(FileKind::Repository, &path, LONGEST)? else {
        return Ok(found);
    };
    let lines = content.split(|&byte| byte == b'\n');
    for line in lines.filter(|line| !line.is_empty()) {
        let space = line.iter().position(|&byte| byte == b' ').ok_or_else(odd)?;
        let node = Node::from_hex(&line[space + 1..]).ok_or_else(odd)?;
        let rev = ev.env.changelog().rev_of(&node)?.ok_or_else(odd)?;
        if &line[..space] == state.as_bytes() {
            found.add(rev)?;
        }
    }
    Ok(found.difference(ev.env.hidden))
}
